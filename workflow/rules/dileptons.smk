"""Flat dilepton n-tuples -> classifier features, mixed and split, and the variables of event images (style thesis)."""


rule skim_dileptons:
    """Both views of one sample."""
    input:
        files=ntuple_files,
        library=library("skim_dileptons.py"),
    output:
        features="results/dileptons/features/{ntuple}.h5",
        images="results/dileptons/images/{ntuple}.h5",
    log:
        run="results/logs/skim_dileptons/{ntuple}.log",
        # a log, because Snakemake keeps logs of failed jobs but deletes their outputs
        quarantine="results/dileptons/{ntuple}.quarantine.tsv",
    benchmark:
        "results/benchmarks/skim_dileptons/{ntuple}.tsv"
    conda:
        "../../envs/ntuples.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        sources=ntuple_sources,
        dataset_id=lambda wildcards: NTUPLE_TABLE[wildcards.ntuple].dataset_id,
        cuts=config["dileptons"]["cuts"],
        transverse_mass=config["dileptons"]["transverse_mass"],
        max_bad_fraction=config["skim"]["max_bad_fraction"],
    script:
        "../scripts/skim_dileptons.py"


rule mix_dileptons:
    """The features of all samples joined in random order."""
    input:
        events=expand("results/dileptons/features/{ntuple}.h5", ntuple=ntuples_of("dilepton")),
        library=library("mix_dileptons.py"),
    output:
        events="results/dileptons/mixed.h5",
    log:
        "results/logs/mix_dileptons.log",
    benchmark:
        "results/benchmarks/mix_dileptons.tsv"
    conda:
        "../../envs/ntuples.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        signal=ntuples_of("dilepton", "signal"),
        bucket_rows=config["shuffle"]["bucket_rows"],
        seed=seed_of("mix_dileptons"),
    script:
        "../scripts/mix_dileptons.py"


rule split_dileptons:
    input:
        events="results/dileptons/mixed.h5",
        library=library("split.py"),
    output:
        train="results/dileptons/train.h5",
        test="results/dileptons/test.h5",
    log:
        "results/logs/split_dileptons.log",
    benchmark:
        "results/benchmarks/split_dileptons.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        fractions={name: config["dileptons"]["split"][name] for name in ("train", "test")},
        min_train=config["dileptons"]["min_train"],
        min_train_key="dileptons.min_train",
    script:
        "../scripts/split.py"
