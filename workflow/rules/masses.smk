"""Signals at masses that no training has seen, beside the nearest that one has."""


rule mass_points:
    input:
        events=[
            path
            for point in mass_points()
            for path in (point["generated"], point["truth"], point["floor"], *point["trained"].values())
        ],
        library=library("mass_points.py"),
    output:
        table=report(
            "results/tables/masses.csv",
            caption="../report/masses.rst",
            category="Tables",
            labels={"table": "masses that no training has seen"},
        ),
    log:
        "results/logs/mass_points.log",
    benchmark:
        "results/benchmarks/mass_points.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        points=mass_points(),
        max_events=config["evaluation"]["max_events"],
        classifier_events=config["evaluation"]["classifier_events"],
        seed=derive_seed(config["seed"], "mass_points"),
    script:
        "../scripts/mass_points.py"
