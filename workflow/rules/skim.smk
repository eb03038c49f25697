"""From Dark Machines CSV, simulated or given, to the event store.

What is simulated is small, and a job of two threads waits until two cores are free at once, with all that needs it.
"""


rule skim:
    input:
        csv=csv_of,
        library=library("skim.py"),
    output:
        events="results/events/{process}.h5",
    log:
        run="results/logs/skim/{process}.log",
        # a log, because Snakemake keeps logs of failed jobs but deletes their outputs
        quarantine="results/events/{process}.quarantine.tsv",
    benchmark:
        "results/benchmarks/skim/{process}.tsv"
    conda:
        "../../envs/data.yaml"
    threads: lambda wildcards: 1 if config["processes"][wildcards.process]["source"] == "pythia" else 2
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        max_bad_fraction=config["skim"]["max_bad_fraction"],
        require_valid=config["skim"]["require_valid"],
        aliases=lambda wildcards: PROCESS_TABLE[wildcards.process].aliases,
    script:
        "../scripts/skim.py"
