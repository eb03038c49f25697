"""Papermill reports as notebook and self-contained HTML: one an experiment, the overview, one on new physics."""


rule report:
    input:
        template=in_root("workflow/notebooks/experiment.ipynb"),
        metrics="results/tables/metrics.csv",
        powers="results/tables/power.csv",
        tables=report_tables,
        figures=report_figures,
        timings=report_timings,
        networks=descriptions_of,
        records=report_records,
        readings=in_root("resources/readings.tsv"),
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


rule report_overview:
    """All systems and processes, the published numbers and figures beside ours."""
    input:
        template=in_root("workflow/notebooks/overview.ipynb"),
        leaderboard="results/tables/leaderboard.csv",
        powers="results/tables/power.csv",
        tables=comparison_tables(),
        speed_quality="results/figures/overview/speed-quality.png",
        reference=in_root("resources/reference_results.csv"),
        index="results/tables/figure_index.csv",
        figures=indexed_files,
        library=library("report.py") + library("../notebooks/overview.ipynb"),
    output:
        notebook="results/reports/overview.ipynb",
        html=report(
            "results/reports/overview.html",
            caption="../report/report_overview.rst",
            category="Overview",
            labels={"report": "overview"},
        ),
    log:
        "results/logs/report_overview.log",
    benchmark:
        "results/benchmarks/report_overview.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        title="Overview: deep generative models of LHC events",
        parameters=overview_parameters,
    script:
        "../scripts/report.py"


rule report_bsm:
    """Signals of new physics, with the same systems on Standard Model events beside them."""
    input:
        template=in_root("workflow/notebooks/bsm.ipynb"),
        leaderboard="results/tables/leaderboard.csv",
        tables=list(best_tables(of_group("BSM")).values()),
        figures=[path for shown in bsm_figures().values() for paths in shown.values() for path in paths],
        library=library("report.py") + library("../notebooks/bsm.ipynb"),
    output:
        notebook="results/reports/bsm.ipynb",
        html=report(
            "results/reports/bsm.html",
            caption="../report/report_bsm.rst",
            category="Overview",
            labels={"report": "beyond the Standard Model"},
        ),
    log:
        "results/logs/report_bsm.log",
    benchmark:
        "results/benchmarks/report_bsm.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        title="Beyond the Standard Model",
        parameters=bsm_parameters,
    script:
        "../scripts/report.py"


rule report_vae:
    """All variational autoencoders of the thesis and the slides: their tables beside ours, and which findings hold."""
    input:
        template=in_root("workflow/notebooks/vae.ipynb"),
        metrics="results/tables/metrics.csv",
        reference=in_root("resources/reference_results.csv"),
        tables=[path for e in variational_experiments() for path in experiment_tables(e).values()],
        published_correlations=in_root("resources/published_generated_correlations.csv"),
        best=list(vae_best_tables().values()),
        correlations=leaves(vae_correlations()),
        figures=leaves(vae_figures()),
        heatmaps=leaves(vae_heatmaps()),
        library=library("report.py") + library("../notebooks/vae.ipynb"),
    output:
        notebook="results/reports/vae.ipynb",
        html=report(
            "results/reports/vae.html",
            caption="../report/report_vae.rst",
            category="Overview",
            labels={"report": "variational autoencoders"},
        ),
    log:
        "results/logs/report_vae.log",
    benchmark:
        "results/benchmarks/report_vae.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        title="Variational autoencoders: thesis, slides and this run",
        parameters=vae_parameters,
    script:
        "../scripts/report.py"


rule report_gan:
    """All generative adversarial networks: tables and figures of the thesis and ours, and which findings hold."""
    input:
        template=in_root("workflow/notebooks/gan.ipynb"),
        metrics="results/tables/metrics.csv",
        reference=in_root("resources/reference_results.csv"),
        tables=[path for e in adversarial_experiments() for path in experiment_tables(e).values()],
        shapes=leaves(shapes_of_samples()),
        monitoring=leaves(monitoring_figures()),
        figures=leaves(thesis_figures()),
        library=library("report.py") + library("../notebooks/gan.ipynb"),
    output:
        notebook="results/reports/gans.ipynb",
        html=report(
            "results/reports/gans.html",
            caption="../report/report_gan.rst",
            category="Overview",
            labels={"report": "generative adversarial networks"},
        ),
    log:
        "results/logs/report_gan.log",
    benchmark:
        "results/benchmarks/report_gan.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        title="Generative adversarial networks: thesis and this run",
        parameters=gan_parameters,
    script:
        "../scripts/report.py"


rule report_flagship:
    """The systems with a likelihood: what they reach, beside all others, and the studies that are made of them."""
    input:
        template=in_root("workflow/notebooks/flagship.ipynb"),
        metrics="results/tables/metrics.csv",
        leaderboard="results/tables/leaderboard.csv",
        reference=in_root("resources/reference_results.csv"),
        tables=study_tables(),
        studies=study_figures(),
        figures=leaves(flagship_figures()),
        library=library("report.py") + library("../notebooks/flagship.ipynb"),
    output:
        notebook="results/reports/flagship.ipynb",
        html=report(
            "results/reports/flagship.html",
            caption="../report/report_flagship.rst",
            category="Overview",
            labels={"report": "autoregressive mixture"},
        ),
    log:
        "results/logs/report_flagship.log",
    benchmark:
        "results/benchmarks/report_flagship.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        title="Autoregressive mixture: a generator with its likelihood",
        parameters=flagship_parameters,
    script:
        "../scripts/report.py"
