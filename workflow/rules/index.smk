"""Every published figure and table beside ours; ``snakemake figure_index`` makes all of them that a run can have."""


rule figure_index:
    """Which figures this configuration makes, by which files, and what would make the others."""
    input:
        published=in_root("resources/published_figures.csv"),
        mapping=in_root("config/published_figures.tsv"),
        ours=indexed_files,
        library=library("figure_index.py"),
    output:
        index=report(
            "results/tables/figure_index.csv",
            caption="../report/figure_index.rst",
            category="Tables",
            labels={"table": "published figures and ours"},
        ),
        counts=report(
            "results/tables/figure_counts.csv",
            caption="../report/figure_index.rst",
            category="Tables",
            labels={"table": "published figures by document and status"},
        ),
        page=report(
            "results/reports/figure_index.html",
            caption="../report/figure_index.rst",
            category="Reports",
            labels={"report": "published figures and ours"},
        ),
    log:
        "results/logs/figure_index.log",
    benchmark:
        "results/benchmarks/figure_index.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        index=lambda wildcards: indexed_figures(),
        title="Published figures and tables, and ours",
    script:
        "../scripts/figure_index.py"
