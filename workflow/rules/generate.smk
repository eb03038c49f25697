"""New events from trained parts, timed."""


rule generate:
    input:
        networks=networks_of,
        masks=masks_of,
        mixture=mixture_of,
        refinement=refinement_of,
        seeds=seeds_of,
        truth=sample_of("validation"),
        library=system_library("generate.py"),
    output:
        events="results/generated/{experiment}/{setting}/{process}.h5",
        timing="results/generated/{experiment}/{setting}/{process}.timing.json",
    log:
        "results/logs/generate/{experiment}/{setting}/{process}.log",
    benchmark:
        "results/benchmarks/generate/{experiment}/{setting}/{process}.tsv"
    conda:
        "../../envs/training.yaml"
    threads: 1  # most of its time is not generation, so that a second thread would mostly wait
    resources:
        mem_mb=3000,
        runtime=240,
    params:
        system=of_experiment(lambda e: e.system),
        hyperparameters=lambda wildcards: EXPERIMENTS[wildcards.experiment].hyperparameters(wildcards.setting),
        n_events=of_experiment(lambda e: e.n_generated),
        batch=of_experiment(lambda e: e.entry["generation"]["batch"]),
        timing_batches=lambda wildcards: [] if wildcards.setting == UNTRAINED else timing_batches(),
        seeds_from=of_experiment(lambda e: e.seeds),
        conditions=conditions_of,
        untrained=lambda wildcards: wildcards.setting == UNTRAINED,
        seed=seed_of("generate"),
    script:
        "../scripts/generate.py"
