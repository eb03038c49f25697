"""What the table of all metrics says: leaderboard, the theses' tables, figures of settings and of systems."""


rule leaderboard:
    """One row a system and process, at the best setting of its experiments, chosen on validation events."""
    input:
        metrics="results/tables/metrics.csv",
        library=library("leaderboard.py"),
    output:
        table=report(
            "results/tables/leaderboard.csv",
            caption="../report/leaderboard.rst",
            category="Tables",
            labels={"table": "leaderboard"},
        ),
    log:
        "results/logs/leaderboard.log",
    benchmark:
        "results/benchmarks/leaderboard.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        traits={e.name: traits_of(e) for e in EXPERIMENTS.values()},
    script:
        "../scripts/leaderboard.py"


rule experiment_table:
    """Every setting of an experiment on a process, beside the published ones."""
    input:
        metrics="results/tables/metrics.csv",
        reference=in_root("resources/reference_results.csv"),
        library=library("experiment_table.py"),
    output:
        table=report(
            "results/tables/{experiment}-{process}.csv",
            caption="../report/experiment_table.rst",
            category="Tables",
            labels={"table": "{experiment}, {process}"},
        ),
    log:
        "results/logs/experiment_table/{experiment}/{process}.log",
    benchmark:
        "results/benchmarks/experiment_table/{experiment}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        settings=of_experiment(hyperparameters_of),
        published=of_experiment(lambda e: e.entry.get("published")),
    script:
        "../scripts/experiment_table.py"


rule best_table:
    """The best setting of every experiment on a process."""
    input:
        metrics="results/tables/metrics.csv",
        reference=in_root("resources/reference_results.csv"),
        library=library("best_table.py"),
    output:
        table=report(
            "results/tables/best-{process}.csv",
            caption="../report/best_table.rst",
            category="Tables",
            labels={"table": "best of each experiment, {process}"},
        ),
    log:
        "results/logs/best_table/{process}.log",
    benchmark:
        "results/benchmarks/best_table/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        experiments=lambda wildcards: {
            e.name: {
                "title": e.title,
                "published": e.entry.get("published"),
                **traits_of(e),
            }
            for e in experiments_with(wildcards.process)
        },
    script:
        "../scripts/best_table.py"


rule plot_settings:
    """Metrics against the hyperparameters of the grid."""
    input:
        metrics="results/tables/metrics.csv",
        library=library("plot_settings.py"),
    output:
        pdf="results/figures/{experiment}/{process}/settings.pdf",
        png=report(
            "results/figures/{experiment}/{process}/settings.png",
            caption="../report/settings.rst",
            category="{experiment}",
            subcategory="{process}: settings",
            labels={"figure": "metrics of every setting"},
        ),
    log:
        "results/logs/plot_settings/{experiment}/{process}.log",
    benchmark:
        "results/benchmarks/plot_settings/{experiment}/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        points=of_experiment(lambda e: e.settings),
        title=lambda wildcards: f"{wildcards.experiment}, {wildcards.process}",
    script:
        "../scripts/plot_settings.py"


rule plot_speed_quality:
    """Time an event against distance to truth, of all systems and of the Monte Carlo."""
    input:
        leaderboard="results/tables/leaderboard.csv",
        library=library("plot_speed_quality.py"),
    output:
        pdf="results/figures/overview/speed-quality.pdf",
        png=report(
            "results/figures/overview/speed-quality.png",
            caption="../report/speed_quality.rst",
            category="Overview",
            labels={"figure": "speed against quality"},
        ),
    log:
        "results/logs/plot_speed_quality.log",
    benchmark:
        "results/benchmarks/plot_speed_quality.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        labels={process: PROCESS_TABLE[process].label for process in PROCESSES},
    script:
        "../scripts/plot_speed_quality.py"
