"""One training a part, setting, process and experiment."""


rule fit_masks:
    """Mask frequencies of the training events, for the alias generator."""
    input:
        met="results/parts/{process}/train/met.h5",
        library=library("fit_masks.py"),
    output:
        masks="results/masks/{experiment}/{process}.json",
    log:
        "results/logs/fit_masks/{experiment}/{process}.log",
    benchmark:
        "results/benchmarks/fit_masks/{experiment}/{process}.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        frequent_fraction=of_experiment(lambda e: e.frequent_fraction),
    script:
        "../scripts/fit_masks.py"


rule train:
    """The network of one part. The checkpoints are no output, so that a killed job finds them again."""
    input:
        train="results/parts/{process}/train/{part}.h5",
        validation="results/parts/{process}/validation/{part}.h5",
        library=system_library("train.py"),
    output:
        network="results/models/{experiment}/{setting}/{process}/{part}.keras",
        losses="results/models/{experiment}/{setting}/{process}/{part}.losses.csv",
        cost="results/models/{experiment}/{setting}/{process}/{part}.cost.json",
    log:
        "results/logs/train/{experiment}/{setting}/{process}/{part}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{setting}/{process}/{part}.tsv"
    conda:
        "../../envs/training.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=720,
        gpu=0,
    params:
        system=of_experiment(lambda e: e.system),
        hyperparameters=lambda wildcards: EXPERIMENTS[wildcards.experiment].hyperparameters(wildcards.setting),
        plan=of_experiment(lambda e: e.training),
        seed=seed_of("train"),
        checkpoints=lambda wildcards: "results/checkpoints/{experiment}/{setting}/{process}/{part}".format(**wildcards),
    script:
        "../scripts/train.py"
