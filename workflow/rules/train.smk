"""One training a part, setting, process and experiment."""


rule fit_masks:
    """Mask frequencies of the training events, for the alias generator."""
    input:
        events=sample_of("train"),
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
        max_rows=of_experiment(lambda e: e.training["max_rows"]),
    script:
        "../scripts/fit_masks.py"


rule join_parts:
    """Several processes in one part file, with numbers that tell them apart."""
    input:
        parts=parts_to_join,
        library=lambda wildcards: library("join_parts.py", view_module(wildcards.view)),
    output:
        part="results/parts/{view}/{joint}/{split}/{part}.h5",
    log:
        "results/logs/join_parts/{view}/{joint}/{split}/{part}.log",
    benchmark:
        "results/benchmarks/join_parts/{view}/{joint}/{split}/{part}.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        conditions=joint_conditions,
        seed=seed_of("join_parts"),
    script:
        "../scripts/join_parts.py"


rule train:
    """The network of one part. The checkpoints are no output, so that a killed job finds them again."""
    input:
        train=part_file("train"),
        validation=part_file("validation"),
        parent=parent_of,
        library=system_library("train.py"),
    output:
        network="results/models/{experiment}/{setting}/{sample}/{part}.keras",
        losses="results/models/{experiment}/{setting}/{sample}/{part}.losses.csv",
        cost="results/models/{experiment}/{setting}/{sample}/{part}.cost.json",
        description="results/models/{experiment}/{setting}/{sample}/{part}.network.json",
    log:
        "results/logs/train/{experiment}/{setting}/{sample}/{part}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{setting}/{sample}/{part}.tsv"
    conda:
        "../../envs/training.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=720,
        gpu=0,
    params:
        system=of_experiment(lambda e: e.system),
        hyperparameters=lambda wildcards: EXPERIMENTS[wildcards.experiment].trained_settings[wildcards.setting],
        plan=lambda wildcards: EXPERIMENTS[wildcards.experiment].training_of(wildcards.part),
        origin=origin_of,
        seed=seed_of("train"),
        checkpoints=lambda wildcards: "results/checkpoints/{experiment}/{setting}/{sample}/{part}".format(**wildcards),
    script:
        "../scripts/train.py"


rule fit_mixture:
    """The Gaussian mixture of the codes that a trained encoder gives to training events."""
    input:
        network=lambda wildcards: networks_of(wildcards)[0],
        train=part_file("train"),
        library=system_library("fit_mixture.py"),
    output:
        mixture="results/mixtures/{experiment}/{setting}/{process}.npz",
        cost="results/mixtures/{experiment}/{setting}/{process}.cost.json",
    log:
        "results/logs/fit_mixture/{experiment}/{setting}/{process}.log",
    benchmark:
        "results/benchmarks/fit_mixture/{experiment}/{setting}/{process}.tsv"
    conda:
        "../../envs/training.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=720,
    params:
        system=of_experiment(lambda e: e.system),
        hyperparameters=lambda wildcards: EXPERIMENTS[wildcards.experiment].hyperparameters(wildcards.setting),
        untrained=lambda wildcards: wildcards.setting == UNTRAINED,
        seed=seed_of("fit_mixture"),
    script:
        "../scripts/fit_mixture.py"


rule fit_refinement:
    """The trees that tell training events from generated ones."""
    input:
        networks=networks_of,
        masks=masks_of,
        train=sample_of("train"),
        validation=sample_of("validation"),
        library=system_library("fit_refinement.py"),
    output:
        refinement="results/refinements/{experiment}/{setting}/{process}.pickle",
        cost="results/refinements/{experiment}/{setting}/{process}.cost.json",
    log:
        "results/logs/fit_refinement/{experiment}/{setting}/{process}.log",
    benchmark:
        "results/benchmarks/fit_refinement/{experiment}/{setting}/{process}.tsv"
    conda:
        "../../envs/training.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        system=of_experiment(lambda e: e.system),
        hyperparameters=lambda wildcards: EXPERIMENTS[wildcards.experiment].hyperparameters(wildcards.setting),
        batch=of_experiment(lambda e: e.entry["generation"]["batch"]),
        max_rows=of_experiment(lambda e: e.owner.training["max_rows"]),
        untrained=lambda wildcards: wildcards.setting == UNTRAINED,
        seed=seed_of("fit_refinement"),
    script:
        "../scripts/fit_refinement.py"
