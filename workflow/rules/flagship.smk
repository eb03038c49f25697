"""Fidelity against the number of training events."""

if scale_points():

    rule plot_scale_curve:
        input:
            metrics="results/tables/metrics.csv",
            library=library("plot_scale_curve.py"),
        output:
            pdf="results/figures/flagship/scale.pdf",
            png=report(
                "results/figures/flagship/scale.png",
                caption="../report/scale.rst",
                category="Overview",
                labels={"figure": "training events"},
            ),
        log:
            "results/logs/plot_scale_curve.log",
        benchmark:
            "results/benchmarks/plot_scale_curve.tsv"
        conda:
            "../../envs/analysis.yaml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=30,
        params:
            points=scale_points(),
            process=scale_process(),
            title=scale_process(),
        script:
            "../scripts/plot_scale_curve.py"
