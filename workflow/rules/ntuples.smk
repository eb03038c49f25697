"""Monte Carlo as ROOT n-tuples: Pythia 8 and the fast detector, one file a chunk."""


rule simulate_ntuple:
    """One chunk of stored events of a sample."""
    input:
        library=ntuple_library("simulate_ntuple.py"),
    output:
        root="results/ntuples/{ntuple}/chunk-{chunk}.root",
        # kept as the events are: made again for its own sake, it would take the simulation with it
        statistics="results/ntuples/{ntuple}/chunk-{chunk}.json",
    log:
        "results/logs/simulate_ntuple/{ntuple}/{chunk}.log",
    benchmark:
        "results/benchmarks/simulate_ntuple/{ntuple}/{chunk}.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=120,
    params:
        format=lambda wildcards: NTUPLE_TABLE[wildcards.ntuple].format,
        settings=lambda wildcards: list(NTUPLE_TABLE[wildcards.ntuple].settings),
        n_events=lambda wildcards: chunks_of("ntuples", wildcards.ntuple)[int(wildcards.chunk)],
        first_event=lambda wildcards: int(wildcards.chunk) * config["simulate"]["chunk_events"],
        batch_size=config["simulate"]["batch_size"],
        seed=seed_of("simulate_ntuple"),
    script:
        "../scripts/simulate_ntuple.py"


rule merge_ntuple_statistics:
    """What the simulation of a sample's chunks cost and gave, summed."""
    input:
        statistics=chunk_files("ntuples", "json"),
        library=library("merge_statistics.py"),
    output:
        statistics="results/ntuples/{ntuple}.json",
    log:
        "results/logs/merge_ntuple_statistics/{ntuple}.log",
    benchmark:
        "results/benchmarks/merge_ntuple_statistics/{ntuple}.tsv"
    conda:
        "../../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=60,
    script:
        "../scripts/merge_statistics.py"
