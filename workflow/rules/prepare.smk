"""Shuffle, split into train / validation / test / floor, and split by particle."""


rule shuffle:
    input:
        events="results/events/{process}.h5",
        library=library("shuffle.py"),
    output:
        events="results/shuffled/{process}.h5",
    log:
        "results/logs/shuffle/{process}.log",
    benchmark:
        "results/benchmarks/shuffle/{process}.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        bucket_rows=config["shuffle"]["bucket_rows"],
        seed=seed_of("shuffle"),
    script:
        "../scripts/shuffle.py"


rule split:
    input:
        events="results/shuffled/{process}.h5",
        library=library("split.py"),
    output:
        train="results/splits/{process}/train.h5",
        validation="results/splits/{process}/validation.h5",
        test="results/splits/{process}/test.h5",
        floor="results/splits/{process}/floor.h5",
    log:
        "results/logs/split/{process}.log",
    benchmark:
        "results/benchmarks/split/{process}.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        fractions={name: config["split"][name] for name in SPLITS},
        min_train=config["split"]["min_train"],
    script:
        "../scripts/split.py"


rule split_particles:
    """The part files of the per-particle systems: MET with the masks, and one a kind."""
    input:
        events="results/splits/{process}/{split}.h5",
        library=library("split_particles.py"),
    output:
        **{part: f"results/parts/{{process}}/{{split}}/{part}.h5" for part in PART_NAMES},
    log:
        "results/logs/split_particles/{process}/{split}.log",
    benchmark:
        "results/benchmarks/split_particles/{process}/{split}.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    script:
        "../scripts/split_particles.py"
