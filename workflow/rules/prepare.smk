"""Shuffle, split into train / validation / test / floor, select, and cut into the parts of each view."""


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


rule select:
    """The events of a split that a view holds, where that is not all of them."""
    input:
        events="results/splits/{process}/{split}.h5",
        library=lambda wildcards: library("select.py", view_module(wildcards.selection)),
    output:
        events="results/selected/{selection}/{process}/{split}.h5",
    log:
        "results/logs/select/{selection}/{process}/{split}.log",
    benchmark:
        "results/benchmarks/select/{selection}/{process}/{split}.tsv"
    wildcard_constraints:
        selection=any_of(set(SELECTIONS) - set(STRATIFIED)),
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    script:
        "../scripts/select.py"


rule split_frequent:
    """The most frequent combinations of objects that a view holds, in the same proportions in all splits."""
    input:
        events="results/shuffled/{process}.h5",
        library=lambda wildcards: library("split_frequent.py", view_module(wildcards.selection)),
    output:
        train="results/selected/{selection}/{process}/train.h5",
        validation="results/selected/{selection}/{process}/validation.h5",
        test="results/selected/{selection}/{process}/test.h5",
        floor="results/selected/{selection}/{process}/floor.h5",
    log:
        "results/logs/split_frequent/{selection}/{process}.log",
    benchmark:
        "results/benchmarks/split_frequent/{selection}/{process}.tsv"
    wildcard_constraints:
        selection=any_of(STRATIFIED),
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        fractions={name: config["split"][name] for name in SPLITS},
        min_train=config["split"]["min_train"],
        seed=seed_of("split_frequent"),
    script:
        "../scripts/split_frequent.py"


for view in EVENT_VIEWS.values():

    rule:
        name:
            f"split_{view.name.replace('-', '_')}"
        input:
            events=f"{sample_folder(view)}/{{process}}/{{split}}.h5",
            library=library("split_parts.py", view_module(view.name)),
        output:
            **{part: f"results/parts/{view.name}/{{process}}/{{split}}/{part}.h5" for part in view.parts},
        log:
            f"results/logs/split_parts/{view.name}/{{process}}/{{split}}.log",
        benchmark:
            f"results/benchmarks/split_parts/{view.name}/{{process}}/{{split}}.tsv"
        conda:
            "../../envs/data.yaml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=120,
        params:
            view=view.name,
        script:
            "../scripts/split_parts.py"
