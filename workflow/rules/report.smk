"""Papermill reports, one an experiment: notebook and self-contained HTML."""


rule report:
    input:
        template=in_root("workflow/notebooks/experiment.ipynb"),
        metrics="results/tables/metrics.csv",
        reference=in_root("resources/reference_results.csv"),
        figures=report_figures,
        timings=report_timings,
        library=library("report.py") + library("../notebooks/experiment.ipynb"),
    output:
        notebook="results/reports/{experiment}.ipynb",
        html=report(
            "results/reports/{experiment}.html",
            caption="../report/report.rst",
            category="Reports",
            labels={"report": "{experiment}"},
        ),
    log:
        "results/logs/report/{experiment}.log",
    benchmark:
        "results/benchmarks/report/{experiment}.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        title=of_experiment(lambda e: e.title),
        parameters=report_parameters,
    script:
        "../scripts/report.py"
