"""Metrics of every generated sample, one tidy table of all, and their figures."""


rule metrics:
    """Every metric of one sample against the test split, each with its truth-against-truth floor, and its cost.

    The training split is no input: nothing is compared with it but in ``memorisation``.
    """
    input:
        generated="results/generated/{experiment}/{setting}/{process}.h5",
        timing="results/generated/{experiment}/{setting}/{process}.timing.json",
        training=training_costs,
        masks=masks_of,
        truth=truth_of,
        floor=floor_of,
        validation=sample_of("validation"),
        mc_statistics=mc_statistics,
        library=library("metrics.py"),
    output:
        metrics="results/metrics/{experiment}/{setting}/{process}.csv",
        correlations="results/metrics/{experiment}/{setting}/{process}.correlations.csv",
        curves="results/metrics/{experiment}/{setting}/{process}.two-sample.csv",
    log:
        "results/logs/metrics/{experiment}/{setting}/{process}.log",
    benchmark:
        "results/benchmarks/metrics/{experiment}/{setting}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        limits={name: config["evaluation"][name] for name in ("max_events", "classifier_events", "neighbour_events")},
        n_bootstrap=config["evaluation"]["bootstrap"],
        seed=seed_of("metrics"),
        identity=identity_of,
    script:
        "../scripts/metrics.py"


rule memorisation:
    """Are generated events nearer to the training events than other events are? The one look at the training split."""
    input:
        generated="results/generated/{experiment}/{setting}/{process}.h5",
        train=sample_of("train"),
        test=truth_of,
        held_out=floor_of,
        library=library("memorisation.py"),
    output:
        metrics="results/metrics/{experiment}/{setting}/{process}.memorisation.csv",
        distances="results/metrics/{experiment}/{setting}/{process}.distances.csv",
    log:
        "results/logs/memorisation/{experiment}/{setting}/{process}.log",
    benchmark:
        "results/benchmarks/memorisation/{experiment}/{setting}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        max_events=config["evaluation"]["neighbour_events"],
        max_train=of_experiment(lambda e: e.training["max_rows"]),
        identity=identity_of,
    script:
        "../scripts/memorisation.py"


rule aggregate_metrics:
    """The contract with readers of results: every number of every sample in one tidy table."""
    input:
        tables=[
            f"results/metrics/{e.name}/{setting}/{process}{kind}.csv"
            for e in EXPERIMENTS.values()
            for process in e.processes
            for setting in e.settings_to_generate
            for kind in ("", ".memorisation")
        ],
        library=library("concatenate_tables.py"),
    output:
        table=report(
            "results/tables/metrics.csv",
            caption="../report/metrics.rst",
            category="Tables",
            labels={"table": "all metrics"},
        ),
        parquet="results/tables/metrics.parquet",
    log:
        "results/logs/aggregate_metrics.log",
    benchmark:
        "results/benchmarks/aggregate_metrics.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    script:
        "../scripts/concatenate_tables.py"


rule classifier_power:
    """How small a shift of jets, MET and balance the classifiers would find, of so many events a side."""
    input:
        truth=lambda wildcards: f"{power_folder(wildcards)}/test.h5",
        floor=lambda wildcards: f"{power_folder(wildcards)}/floor.h5",
        library=library("power.py"),
    output:
        table="results/power/{chosen}/{process}/{n_generated}.csv",
    log:
        "results/logs/classifier_power/{chosen}/{process}/{n_generated}.log",
    benchmark:
        "results/benchmarks/classifier_power/{chosen}/{process}/{n_generated}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        n_generated=lambda wildcards: min(int(wildcards.n_generated), config["evaluation"]["max_events"]),
        max_events=config["evaluation"]["max_events"],
        classifier_events=config["evaluation"]["classifier_events"],
        seed=seed_of("classifier_power"),
        identity=lambda wildcards: {"selection": wildcards.chosen, "process": wildcards.process},
    script:
        "../scripts/power.py"


rule aggregate_powers:
    """How small a shift the classifiers would find, of all samples and sizes in one table."""
    input:
        tables=power_tables(),
        library=library("concatenate_tables.py"),
    output:
        table=report(
            "results/tables/power.csv",
            caption="../report/power.rst",
            category="Tables",
            labels={"table": "power of the classifiers"},
        ),
    log:
        "results/logs/aggregate_powers.log",
    benchmark:
        "results/benchmarks/aggregate_powers.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    script:
        "../scripts/concatenate_tables.py"


rule plot_histograms:
    """Histogram and ratio panel of every feature, all settings of the grid side by side."""
    input:
        truth=truth_of,
        generated=generated_of,
        library=library("plot_histograms.py"),
    output:
        pdf=[f"results/figures/{{experiment}}/{{process}}/histogram-{name}.pdf" for name in HISTOGRAMS],
        png=[
            report(
                f"results/figures/{{experiment}}/{{process}}/histogram-{name}.png",
                caption="../report/histogram.rst",
                category="{experiment}",
                subcategory="{process}: histograms",
                labels={"feature": name},
            )
            for name in HISTOGRAMS
        ],
    log:
        "results/logs/plot_histograms/{experiment}/{process}.log",
    benchmark:
        "results/benchmarks/plot_histograms/{experiment}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        observables=HISTOGRAMS,
        labels=lambda wildcards: list(EXPERIMENTS[wildcards.experiment].settings),
        title=lambda wildcards: f"{wildcards.experiment}, {wildcards.process}",
    script:
        "../scripts/plot_histograms.py"


rule plot_correlations:
    """Correlation heatmaps of truth, generated events and their difference."""
    input:
        truth=truth_of,
        generated="results/generated/{experiment}/{setting}/{process}.h5",
        library=library("plot_correlations.py"),
    output:
        pdf="results/figures/{experiment}/{process}/correlations-{setting}.pdf",
        png=report(
            "results/figures/{experiment}/{process}/correlations-{setting}.png",
            caption="../report/correlations.rst",
            category="{experiment}",
            subcategory="{process}: correlations",
            labels={"setting": "{setting}"},
        ),
    log:
        "results/logs/plot_correlations/{experiment}/{setting}/{process}.log",
    benchmark:
        "results/benchmarks/plot_correlations/{experiment}/{setting}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        title=lambda wildcards: f"{wildcards.experiment}, {wildcards.process}, {wildcards.setting}",
    script:
        "../scripts/plot_correlations.py"


rule plot_masks:
    """Proportions of the frequent and the rare masks."""
    input:
        truth=truth_of,
        generated=lambda wildcards: generated_of(wildcards)[0],
        library=library("plot_masks.py"),
    output:
        frequent_pdf="results/figures/{experiment}/{process}/masks-frequent.pdf",
        frequent_png=report(
            "results/figures/{experiment}/{process}/masks-frequent.png",
            caption="../report/masks.rst",
            category="{experiment}",
            subcategory="{process}: masks",
            labels={"masks": "frequent"},
        ),
        rare_pdf="results/figures/{experiment}/{process}/masks-rare.pdf",
        rare_png=report(
            "results/figures/{experiment}/{process}/masks-rare.png",
            caption="../report/masks.rst",
            category="{experiment}",
            subcategory="{process}: masks",
            labels={"masks": "rare"},
        ),
    log:
        "results/logs/plot_masks/{experiment}/{process}.log",
    benchmark:
        "results/benchmarks/plot_masks/{experiment}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        title=lambda wildcards: wildcards.process,
    script:
        "../scripts/plot_masks.py"


rule plot_two_sample:
    """ROC curves of the classifier two-sample test and its weights, all settings of the grid."""
    input:
        curves=metrics_of("two-sample"),
        library=library("plot_two_sample.py"),
    output:
        pdf="results/figures/{experiment}/{process}/two-sample.pdf",
        png=report(
            "results/figures/{experiment}/{process}/two-sample.png",
            caption="../report/two_sample.rst",
            category="{experiment}",
            subcategory="{process}: two-sample tests",
            labels={"figure": "classifier"},
        ),
    log:
        "results/logs/plot_two_sample/{experiment}/{process}.log",
    benchmark:
        "results/benchmarks/plot_two_sample/{experiment}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        labels=lambda wildcards: list(EXPERIMENTS[wildcards.experiment].settings),
        title=lambda wildcards: f"{wildcards.experiment}, {wildcards.process}",
    script:
        "../scripts/plot_two_sample.py"


rule plot_memorisation:
    """Distances to the nearest training event, of all settings beside those of test events."""
    input:
        tables=metrics_of("distances"),
        library=library("plot_memorisation.py"),
    output:
        pdf="results/figures/{experiment}/{process}/memorisation.pdf",
        png=report(
            "results/figures/{experiment}/{process}/memorisation.png",
            caption="../report/memorisation.rst",
            category="{experiment}",
            subcategory="{process}: two-sample tests",
            labels={"figure": "memorisation"},
        ),
    log:
        "results/logs/plot_memorisation/{experiment}/{process}.log",
    benchmark:
        "results/benchmarks/plot_memorisation/{experiment}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        labels=lambda wildcards: list(EXPERIMENTS[wildcards.experiment].settings),
        title=lambda wildcards: f"{wildcards.experiment}, {wildcards.process}",
    script:
        "../scripts/plot_memorisation.py"


rule plot_losses:
    """Training curves of every part."""
    input:
        logs=lambda wildcards: [path for _, _, path in losses_of(wildcards)],
        library=library("plot_losses.py"),
    output:
        pdf="results/figures/{experiment}/{process}/losses.pdf",
        png=report(
            "results/figures/{experiment}/{process}/losses.png",
            caption="../report/losses.rst",
            category="{experiment}",
            subcategory="{process}: training",
            labels={"figure": "losses"},
        ),
    log:
        "results/logs/plot_losses/{experiment}/{process}.log",
    benchmark:
        "results/benchmarks/plot_losses/{experiment}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        labels=lambda wildcards: [(part, setting) for part, setting, _ in losses_of(wildcards)],
        title=lambda wildcards: f"{wildcards.experiment}, {wildcards.process}",
    script:
        "../scripts/plot_losses.py"
