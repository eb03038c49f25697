"""NanoAOD -> events with three charged leptons, mixed and split (anomaly thesis)."""


rule skim_nanoaod:
    """Selection and variables of one sample."""
    input:
        files=ntuple_files,
        library=library("skim_nanoaod.py"),
    output:
        events="results/trileptons/skimmed/{ntuple}.h5",
    log:
        "results/logs/skim_nanoaod/{ntuple}.log",
    benchmark:
        "results/benchmarks/skim_nanoaod/{ntuple}.tsv"
    conda:
        "../../envs/ntuples.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        sources=ntuple_sources,
        dataset_id=lambda wildcards: NTUPLE_TABLE[wildcards.ntuple].dataset_id,
        min_pt=config["trileptons"]["min_pt"],
        max_isolation=config["trileptons"]["max_isolation"],
        missing=config["trileptons"]["missing"],
        met=config["trileptons"]["met"],
    script:
        "../scripts/skim_nanoaod.py"


rule mix_trileptons:
    """All samples joined in random order, as HDF5 and as a ROOT tree."""
    input:
        events=expand("results/trileptons/skimmed/{ntuple}.h5", ntuple=ntuples_of("nanoaod")),
        library=library("mix_trileptons.py"),
    output:
        events="results/trileptons/mixed.h5",
        root="results/trileptons/mixed.root",
    log:
        "results/logs/mix_trileptons.log",
    benchmark:
        "results/benchmarks/mix_trileptons.tsv"
    conda:
        "../../envs/ntuples.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        signal=ntuples_of("nanoaod", "signal"),
        bucket_rows=config["shuffle"]["bucket_rows"],
        seed=seed_of("mix_trileptons"),
    script:
        "../scripts/mix_trileptons.py"


rule split_trileptons:
    input:
        events="results/trileptons/mixed.h5",
        library=library("split.py"),
    output:
        train="results/trileptons/train.h5",
        validation="results/trileptons/validation.h5",
        test="results/trileptons/test.h5",
    log:
        "results/logs/split_trileptons.log",
    benchmark:
        "results/benchmarks/split_trileptons.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        fractions={name: config["trileptons"]["split"][name] for name in TRILEPTON_SPLITS},
        min_train=config["trileptons"]["min_train"],
        min_train_key="trileptons.min_train",
    script:
        "../scripts/split.py"
