"""Events that the likelihood of a model finds unlikely: how well that finds signals, beside simple detectors."""

if anomaly_experiment():
    LIKELIHOOD = anomaly_experiment()
    BACKGROUND = LIKELIHOOD.processes[0]
    LIKELIHOOD_SETTING = next(iter(LIKELIHOOD.settings))

    rule score_likelihood:
        input:
            networks=trained_files(LIKELIHOOD, LIKELIHOOD_SETTING, BACKGROUND, "keras"),
            masks=masks_file(LIKELIHOOD, BACKGROUND),
            events=list(anomaly_samples().values()),
            library=library("score_likelihood.py", module_of(LIKELIHOOD.system)),
        output:
            scores="results/anomaly/likelihood.npz",
        log:
            "results/logs/score_likelihood.log",
        benchmark:
            "results/benchmarks/score_likelihood.tsv"
        conda:
            "../../envs/training.yaml"
        threads: 1
        resources:
            mem_mb=3000,
            runtime=120,
        params:
            system=LIKELIHOOD.system,
            hyperparameters=LIKELIHOOD.hyperparameters(LIKELIHOOD_SETTING),
            conditions=LIKELIHOOD.conditions(PROCESS_TABLE)[BACKGROUND],
            samples=list(anomaly_samples()),
            max_events=config["evaluation"]["max_events"],
        script:
            "../scripts/score_likelihood.py"

    rule anomaly:
        """Every detector on every signal; the background is what no training has seen."""
        input:
            scores="results/anomaly/likelihood.npz",
            train=f"results/splits/{BACKGROUND}/train.h5",
            events=list(anomaly_samples().values()),
            library=library("anomaly.py"),
        output:
            table=report(
                "results/tables/anomaly.csv",
                caption="../report/anomaly.rst",
                category="Tables",
                labels={"table": "anomaly detection"},
            ),
            curves="results/anomaly/curves.csv",
        log:
            "results/logs/anomaly.log",
        benchmark:
            "results/benchmarks/anomaly.tsv"
        conda:
            "../../envs/analysis.yaml"
        threads: 1
        resources:
            mem_mb=3000,
            runtime=60,
        params:
            samples=list(anomaly_samples()),
            signals=anomaly_signals(),
            detector=LIKELIHOOD.name,
            max_events=config["evaluation"]["max_events"],
            seed=derive_seed(config["seed"], "anomaly"),
        script:
            "../scripts/anomaly.py"

    rule plot_anomaly:
        input:
            curves="results/anomaly/curves.csv",
            table="results/tables/anomaly.csv",
            library=library("plot_anomaly.py"),
        output:
            pdf="results/figures/anomaly/roc.pdf",
            png=report(
                "results/figures/anomaly/roc.png",
                caption="../report/anomaly.rst",
                category="Overview",
                labels={"figure": "anomaly detection"},
            ),
        log:
            "results/logs/plot_anomaly.log",
        benchmark:
            "results/benchmarks/plot_anomaly.tsv"
        conda:
            "../../envs/analysis.yaml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=30,
        params:
            background=BACKGROUND,
        script:
            "../scripts/plot_anomaly.py"
