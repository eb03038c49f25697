"""Diagrams of the networks of an experiment."""

for view in EVENT_VIEWS.values():

    rule:
        name:
            f"plot_architecture_{view.name.replace('-', '_')}"
        input:
            descriptions=descriptions_of,
            library=library("plot_architecture.py"),
        output:
            pdf=[f"results/figures/{{experiment}}/architecture-{part}.pdf" for part in view.parts],
            png=[
                report(
                    f"results/figures/{{experiment}}/architecture-{part}.png",
                    caption="../report/architecture.rst",
                    category="{experiment}",
                    subcategory="networks",
                    labels={"network": part},
                )
                for part in view.parts
            ],
        log:
            "results/logs/plot_architecture/{experiment}.log",
        benchmark:
            "results/benchmarks/plot_architecture/{experiment}.tsv"
        wildcard_constraints:
            experiment=any_of([e.name for e in EXPERIMENTS.values() if e.view.name == view.name]),
        conda:
            "../../envs/analysis.yaml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=30,
        params:
            parts=view.parts,
            title=lambda wildcards: title_of_networks(EXPERIMENTS[wildcards.experiment].owner),
        script:
            "../scripts/plot_architecture.py"
