"""Points of two Gaussians in the plane, for training and for test (style thesis)."""


rule toy_gaussians:
    input:
        library=library("toy_gaussians.py"),
    output:
        train="results/toy_gaussians/train.h5",
        test="results/toy_gaussians/test.h5",
    log:
        "results/logs/toy_gaussians.log",
    benchmark:
        "results/benchmarks/toy_gaussians.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        points=config["toy_gaussians"]["points"],
        seed=seed_of("toy_gaussians"),
    script:
        "../scripts/toy_gaussians.py"
