"""Schemes in boxes and arrows, and tables of objects and samples: what the documents show before any result."""


rule plot_scheme:
    """A scheme of how samples are cut, models are trained or events are generated, or a Feynman graph."""
    input:
        schemes=in_root("resources/schemes.yaml"),
        library=library("plot_scheme.py"),
    output:
        pdf="results/figures/schemes/{scheme}.pdf",
        png=report(
            "results/figures/schemes/{scheme}.png",
            caption="../report/scheme.rst",
            category="Schemes",
            labels={"scheme": "{scheme}"},
        ),
    log:
        "results/logs/plot_scheme/{scheme}.log",
    benchmark:
        "results/benchmarks/plot_scheme/{scheme}.tsv"
    wildcard_constraints:
        scheme=any_of(SCHEMES),
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        entry=lambda wildcards: SCHEMES[wildcards.scheme],
    script:
        "../scripts/plot_scheme.py"


rule sample_tables:
    """Kinds of objects, processes and trilepton samples, and where this run has them from."""
    input:
        processes=in_root("config/processes.tsv"),
        ntuples=in_root("config/ntuples.tsv"),
        library=library("sample_tables.py"),
    output:
        objects=report(
            "results/tables/objects.csv",
            caption="../report/sample_tables.rst",
            category="Tables",
            labels={"table": "kinds of objects"},
        ),
        processes=report(
            "results/tables/processes.csv",
            caption="../report/sample_tables.rst",
            category="Tables",
            labels={"table": "processes"},
        ),
        trileptons=report(
            "results/tables/trilepton_samples.csv",
            caption="../report/sample_tables.rst",
            category="Tables",
            labels={"table": "trilepton samples"},
        ),
    log:
        "results/logs/sample_tables.log",
    benchmark:
        "results/benchmarks/sample_tables.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        processes={process: config["processes"][process]["source"] for process in PROCESSES},
        ntuples={ntuple: config["ntuples"][ntuple]["source"] for ntuple in NTUPLES},
    script:
        "../scripts/sample_tables.py"
