"""Monte Carlo: Pythia 8 and the fast detector, one job a chunk, then one CSV a process."""


rule simulate:
    """One chunk of accepted events of a process."""
    input:
        slha=slha_file,
        library=library("simulate.py"),
    output:
        csv=temp("results/simulated/{process}/chunk-{chunk}.csv"),
        statistics=temp("results/simulated/{process}/chunk-{chunk}.json"),
    log:
        "results/logs/simulate/{process}/{chunk}.log",
    benchmark:
        "results/benchmarks/simulate/{process}/{chunk}.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=120,
    params:
        settings=pythia_settings,
        min_ht=lambda wildcards: PROCESS_TABLE[wildcards.process].min_ht,
        contains=lambda wildcards: PROCESS_TABLE[wildcards.process].contains,
        n_events=lambda wildcards: chunks_of("processes", wildcards.process)[int(wildcards.chunk)],
        batch_size=config["simulate"]["batch_size"],
        seed=seed_of("simulate"),
    script:
        "../scripts/simulate.py"


rule merge_simulated:
    """All chunks of a process as one Dark Machines CSV with event ids from 0."""
    input:
        csv=chunk_files("processes", "csv"),
        statistics=chunk_files("processes", "json"),
        library=library("merge_simulated.py"),
    output:
        csv="results/simulated/{process}.csv",
        statistics="results/simulated/{process}.json",
    log:
        "results/logs/merge_simulated/{process}.log",
    benchmark:
        "results/benchmarks/merge_simulated/{process}.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=60,
    script:
        "../scripts/merge_simulated.py"
