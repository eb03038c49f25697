"""Published events: the one file of a Zenodo record that a process needs."""


rule acquire:
    """Receipt of a downloaded and verified file.

    The file itself is no output: Snakemake deletes the outputs of a failed job, and what was downloaded of 58 GB should
    survive. Parallel downloads are limited with ``--resources download=2``.
    """
    input:
        library=library("acquire.py"),
    output:
        receipt="results/acquired/{process}.json",
    log:
        "results/logs/acquire/{process}.log",
    benchmark:
        "results/benchmarks/acquire/{process}.tsv"
    conda:
        "../../envs/download.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=1440,
        download=1,
    params:
        # what the file depends on; how it is fetched (offline, retries) is taken from the configuration, so that a
        # change there does not rerun what is already acquired
        record=record_of,
        file=lambda wildcards: config["processes"][wildcards.process].get("file"),
        folder=config["zenodo"]["folder"],
        names=lambda wildcards: PROCESS_TABLE[wildcards.process].names,
        all_names=ALL_NAMES,
        manifests=in_root("resources/zenodo"),
    script:
        "../scripts/acquire.py"
