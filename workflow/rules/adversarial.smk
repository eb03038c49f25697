"""What is known of adversarial systems alone: how their training went, and shapes that their thesis speaks of."""


rule plot_monitoring:
    """Losses, Wasserstein estimate, gradients, distances and spread of every part over the epochs."""
    input:
        logs=lambda wildcards: [path for _, _, path in losses_of(wildcards)],
        costs=lambda wildcards: [path.replace(".losses.csv", ".cost.json") for _, _, path in losses_of(wildcards)],
        library=library("plot_monitoring.py"),
    output:
        pdf="results/figures/{experiment}/{process}/monitoring.pdf",
        png=report(
            "results/figures/{experiment}/{process}/monitoring.png",
            caption="../report/monitoring.rst",
            category="{experiment}",
            subcategory="{process}: training",
            labels={"figure": "monitoring"},
        ),
    log:
        "results/logs/plot_monitoring/{experiment}/{process}.log",
    benchmark:
        "results/benchmarks/plot_monitoring/{experiment}/{process}.tsv"
    wildcard_constraints:
        experiment=any_of([e.name for e in adversarial_experiments()]),
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        labels=watched_labels,
        title=lambda wildcards: f"{wildcards.experiment}, {wildcards.process}",
    script:
        "../scripts/plot_monitoring.py"


rule shapes:
    """Mean, spread and central share of every feature, generated and true."""
    input:
        generated="results/generated/{experiment}/{setting}/{process}.h5",
        truth=truth_of,
        library=library("shapes.py"),
    output:
        shapes="results/metrics/{experiment}/{setting}/{process}.shapes.csv",
    log:
        "results/logs/shapes/{experiment}/{setting}/{process}.log",
    benchmark:
        "results/benchmarks/shapes/{experiment}/{setting}/{process}.tsv"
    wildcard_constraints:
        experiment=any_of([e.name for e in adversarial_experiments()]),
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        max_events=config["evaluation"]["max_events"],
    script:
        "../scripts/shapes.py"
