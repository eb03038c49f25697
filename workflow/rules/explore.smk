"""What the samples look like before any model sees them: summaries, tests of shape, figures and a report each."""


rule summarise_events:
    """One pass over the events of a process: histograms, moments, correlations, tests of shape."""
    input:
        events="results/events/{process}.h5",
        library=library("summarise_events.py"),
    output:
        summary="results/data/{process}.json",
        checks="results/data/{process}.checks.csv",
    log:
        "results/logs/summarise_events/{process}.log",
    benchmark:
        "results/benchmarks/summarise_events/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        seed=seed_of("summarise_events"),
    script:
        "../scripts/summarise_events.py"


rule data_checks:
    """The tests of shape of all processes in one table."""
    input:
        tables=expand("results/data/{process}.checks.csv", process=PROCESSES),
        library=library("concatenate_tables.py"),
    output:
        table=report(
            "results/tables/data_checks.csv",
            caption="../report/data_checks.rst",
            category="Tables",
            labels={"table": "shapes of the samples"},
        ),
    log:
        "results/logs/data_checks.log",
    benchmark:
        "results/benchmarks/data_checks.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    script:
        "../scripts/concatenate_tables.py"


rule plot_data:
    """MET and total energy, and every kind of object, SM and BSM overlaid."""
    input:
        summaries=expand("results/data/{process}.json", process=PROCESSES),
        library=library("plot_data.py"),
    output:
        pdf=[f"results/figures/data/{name}.pdf" for name in DATA_FIGURES],
        png=[
            report(
                f"results/figures/data/{name}.png",
                caption="../report/distributions.rst",
                category="Samples",
                subcategory="Dark Machines events",
                labels={"figure": name},
            )
            for name in DATA_FIGURES
        ],
    log:
        "results/logs/plot_data.log",
    benchmark:
        "results/benchmarks/plot_data.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        figures=DATA_FIGURES,
        processes=PROCESSES,
        groups={process: PROCESS_TABLE[process].group for process in PROCESSES},
        labels={process: PROCESS_TABLE[process].label for process in PROCESSES},
    script:
        "../scripts/plot_data.py"


rule plot_data_pair:
    """Distributions of the two processes that both theses use, without any other."""
    input:
        summaries=expand("results/data/{process}.json", process=processes_of_pair()),
        library=library("plot_data.py"),
    output:
        pdf=[f"results/figures/data/pair-{name}.pdf" for name in DATA_FIGURES],
        png=[
            report(
                f"results/figures/data/pair-{name}.png",
                caption="../report/distributions_pair.rst",
                category="Samples",
                subcategory="Dark Machines events",
                labels={"figure": f"{name}, published pair"},
            )
            for name in DATA_FIGURES
        ],
    log:
        "results/logs/plot_data_pair.log",
    benchmark:
        "results/benchmarks/plot_data_pair.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        figures=DATA_FIGURES,
        processes=processes_of_pair(),
        groups={process: PROCESS_TABLE[process].group for process in processes_of_pair()},
        labels={process: PROCESS_TABLE[process].label for process in processes_of_pair()},
    script:
        "../scripts/plot_data.py"


rule plot_published_correlations:
    """Correlations of the events of a process beside the published ones."""
    input:
        summary="results/data/{process}.json",
        published=in_root("resources/published_correlations.csv"),
        library=library("plot_published_correlations.py"),
    output:
        pdf="results/figures/data/correlations-{process}.pdf",
        png=report(
            "results/figures/data/correlations-{process}.png",
            caption="../report/published_correlations.rst",
            category="Samples",
            subcategory="Dark Machines events",
            labels={"figure": "correlations, {process}"},
        ),
    log:
        "results/logs/plot_published_correlations/{process}.log",
    benchmark:
        "results/benchmarks/plot_published_correlations/{process}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        title=lambda wildcards: PROCESS_TABLE[wildcards.process].label,
    script:
        "../scripts/plot_published_correlations.py"


rule plot_toy_gaussians:
    input:
        points="results/toy_gaussians/train.h5",
        library=library("plot_toy_gaussians.py"),
    output:
        pdf="results/figures/data/toy-gaussians.pdf",
        png=report(
            "results/figures/data/toy-gaussians.png",
            caption="../report/toy_gaussians.rst",
            category="Samples",
            subcategory="toy Gaussians",
            labels={"figure": "training points"},
        ),
    log:
        "results/logs/plot_toy_gaussians.log",
    benchmark:
        "results/benchmarks/plot_toy_gaussians.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    script:
        "../scripts/plot_toy_gaussians.py"


rule summarise_trileptons:
    """Histograms, yields and correlations of all trilepton events."""
    input:
        events="results/trileptons/mixed.h5",
        skimmed=expand("results/trileptons/skimmed/{ntuple}.h5", ntuple=ntuples_of("nanoaod")),
        library=library("summarise_trileptons.py"),
    output:
        summary="results/trileptons/summary.json",
    log:
        "results/logs/summarise_trileptons.log",
    benchmark:
        "results/benchmarks/summarise_trileptons.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        background=ntuples_of("nanoaod", "background"),
    script:
        "../scripts/summarise_trileptons.py"


rule summarise_dileptons:
    """Histograms of the classifier features and of the image variables of every dilepton sample."""
    input:
        features=expand("results/dileptons/features/{ntuple}.h5", ntuple=ntuples_of("dilepton")),
        images=expand("results/dileptons/images/{ntuple}.h5", ntuple=ntuples_of("dilepton")),
        library=library("summarise_dileptons.py"),
    output:
        summary="results/dileptons/summary.json",
    log:
        "results/logs/summarise_dileptons.log",
    benchmark:
        "results/benchmarks/summarise_dileptons.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        samples=ntuples_of("dilepton"),
    script:
        "../scripts/summarise_dileptons.py"


rule plot_trileptons:
    """Signal against background, every variable of the trileptons."""
    input:
        summary="results/trileptons/summary.json",
        library=library("plot_ntuples.py"),
    output:
        pdf=[f"{ntuple_figure('trileptons', *figure)}.pdf" for figure in NTUPLE_FIGURES["trileptons"]],
        png=[
            report(
                f"{ntuple_figure('trileptons', view, name)}.png",
                caption="../report/ntuple_variables.rst",
                category="Samples",
                subcategory="trileptons",
                labels={"figure": name},
            )
            for view, name in NTUPLE_FIGURES["trileptons"]
        ],
    log:
        "results/logs/plot_trileptons.log",
    benchmark:
        "results/benchmarks/plot_trileptons.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        figures=NTUPLE_FIGURES["trileptons"],
        groups={ntuple: NTUPLE_TABLE[ntuple].group for ntuple in ntuples_of("nanoaod")},
        labels={ntuple: NTUPLE_TABLE[ntuple].label for ntuple in ntuples_of("nanoaod")},
    script:
        "../scripts/plot_ntuples.py"


rule plot_dileptons:
    """Signal against background, every classifier feature and image variable of the dileptons."""
    input:
        summary="results/dileptons/summary.json",
        library=library("plot_ntuples.py"),
    output:
        pdf=[f"{ntuple_figure('dileptons', *figure)}.pdf" for figure in NTUPLE_FIGURES["dileptons"]],
        png=[
            report(
                f"{ntuple_figure('dileptons', view, name)}.png",
                caption="../report/ntuple_variables.rst",
                category="Samples",
                subcategory=f"dileptons: {view}",
                labels={"figure": name},
            )
            for view, name in NTUPLE_FIGURES["dileptons"]
        ],
    log:
        "results/logs/plot_dileptons.log",
    benchmark:
        "results/benchmarks/plot_dileptons.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        figures=NTUPLE_FIGURES["dileptons"],
        groups={ntuple: NTUPLE_TABLE[ntuple].group for ntuple in ntuples_of("dilepton")},
        labels={ntuple: NTUPLE_TABLE[ntuple].label for ntuple in ntuples_of("dilepton")},
    script:
        "../scripts/plot_ntuples.py"


rule plot_trilepton_correlations:
    """Correlation matrix of the trilepton background."""
    input:
        summary="results/trileptons/summary.json",
        library=library("plot_trilepton_correlations.py"),
    output:
        pdf="results/figures/trileptons/correlations-background.pdf",
        png=report(
            "results/figures/trileptons/correlations-background.png",
            caption="../report/trilepton_correlations.rst",
            category="Samples",
            subcategory="trileptons",
            labels={"figure": "correlations of the background"},
        ),
    log:
        "results/logs/plot_trilepton_correlations.log",
    benchmark:
        "results/benchmarks/plot_trilepton_correlations.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    script:
        "../scripts/plot_trilepton_correlations.py"


rule report_samples:
    """Report on the Dark Machines events, the trileptons or the dileptons."""
    input:
        unpack(inputs_of_samples),
        template=lambda wildcards: in_root(f"workflow/notebooks/{wildcards.samples}.ipynb"),
        library=lambda wildcards: library("report.py") + library(f"../notebooks/{wildcards.samples}.ipynb"),
    output:
        notebook="results/reports/{samples}.ipynb",
        html=report(
            "results/reports/{samples}.html",
            caption="../report/report_samples.rst",
            category="Reports",
            labels={"report": "{samples}"},
        ),
    log:
        "results/logs/report_samples/{samples}.log",
    benchmark:
        "results/benchmarks/report_samples/{samples}.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        title=lambda wildcards: SAMPLE_TITLES[wildcards.samples],
        parameters=parameters_of_samples,
    script:
        "../scripts/report.py"
