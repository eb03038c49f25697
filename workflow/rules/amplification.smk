"""How many generated events are worth how many true ones: statistical errors of spectra against truth held out."""

if amplification_experiment():
    AMPLIFIER = amplification_experiment()
    AMPLIFIED = AMPLIFIER.processes[0]
    AMPLIFIER_SETTING = next(iter(AMPLIFIER.settings))

    rule amplification:
        """Events are generated, counted in bins and thrown away; the reference is what no training has seen."""
        input:
            networks=trained_files(AMPLIFIER, AMPLIFIER_SETTING, AMPLIFIED, "keras"),
            masks=masks_file(AMPLIFIER, AMPLIFIED),
            mixture=mixture_file(AMPLIFIER, AMPLIFIER_SETTING, AMPLIFIED),
            refinement=refinement_file(AMPLIFIER, AMPLIFIER_SETTING, AMPLIFIED),
            train=sample_file(AMPLIFIER, AMPLIFIED, "train"),
            test=sample_file(AMPLIFIER, AMPLIFIED, "test"),
            floor=sample_file(AMPLIFIER, AMPLIFIED, "floor"),
            library=library("amplification.py", module_of(AMPLIFIER.system)),
        output:
            table=report(
                "results/tables/amplification.csv",
                caption="../report/amplification.rst",
                category="Tables",
                labels={"table": "amplification"},
            ),
        log:
            "results/logs/amplification.log",
        benchmark:
            "results/benchmarks/amplification.tsv"
        conda:
            "../../envs/training.yaml"
        threads: 1
        resources:
            mem_mb=3000,
            runtime=240,
        params:
            system=AMPLIFIER.system,
            hyperparameters=AMPLIFIER.hyperparameters(AMPLIFIER_SETTING),
            conditions=AMPLIFIER.conditions(PROCESS_TABLE)[AMPLIFIED],
            events=amplification_events(),
            batch=AMPLIFIER.entry["generation"]["batch"],
            bins=config["amplification"]["bins"],
            max_rows=AMPLIFIER.training["max_rows"],
            seed=derive_seed(config["seed"], "amplification"),
        script:
            "../scripts/amplification.py"

    rule plot_amplification:
        input:
            table="results/tables/amplification.csv",
            library=library("plot_amplification.py"),
        output:
            pdf="results/figures/amplification/spectra.pdf",
            png=report(
                "results/figures/amplification/spectra.png",
                caption="../report/amplification.rst",
                category="Overview",
                labels={"figure": "amplification"},
            ),
        log:
            "results/logs/plot_amplification.log",
        benchmark:
            "results/benchmarks/plot_amplification.tsv"
        conda:
            "../../envs/analysis.yaml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=30,
        script:
            "../scripts/plot_amplification.py"
