"""What the figures of the samples and the reports on them show: their files and the parameters of the notebook."""

import csv

import yaml

from deepcollider.metrics.ntuple_variables import VIEWS
from deepcollider.physics.kinds import KINDS

SCHEMES = yaml.safe_load((ROOT / "resources/schemes.yaml").read_text(encoding="utf-8"))
"""Entries of the schemes by name; they are checked where they are drawn, as this process does without matplotlib."""

DATA_FIGURES = ["met", *(kind.name for kind in KINDS)]
PUBLISHED_PAIR = ("ttbar", "stop_02")
"""The background and the signal that both theses use, and overlay before they train on them."""
NTUPLE_FIGURES = {
    "trileptons": [("variables", name) for name in VIEWS["variables"]],
    "dileptons": [(view, name) for view in ("features", "images") for name in VIEWS[view]],
}
"""(view, variable) of each figure of the samples in ROOT files."""


def has_samples(family):
    """Whether the samples of a report (``data``, ``trileptons``, ``dileptons``) are configured."""
    return family not in FORMAT_OF or bool(ntuples_of(FORMAT_OF[family]))


def processes_of_pair():
    """Those of the published pair that are configured."""
    return [process for process in PUBLISHED_PAIR if process in PROCESSES]


def published_correlations():
    """The configured processes that have a published correlation matrix."""
    with open(ROOT / "resources/published_correlations.csv", newline="", encoding="utf-8") as file:
        published = {row["process"] for row in csv.DictReader(file)}
    return [process for process in PROCESSES if process in published]


def ntuple_figure(family, view, name):
    """Path of a figure without its suffix; those of the images have a prefix, since some names are features too."""
    return f"results/figures/{family}/{'image-' if view == 'images' else ''}{name}"


def statistics_of(section):
    """Statistics file of every sample of a section that we simulate, by sample."""
    return {
        sample: f"{SIMULATED[section]}/{sample}.json"
        for sample, entry in config[section].items()
        if entry["source"] == "pythia"
    }


SAMPLE_TITLES = {
    "data": "The Dark Machines events",
    "trileptons": "Trilepton events",
    "dileptons": "Dilepton events",
}


def data_figures():
    """Figures of the Dark Machines events and of the toy Gaussians, by what they show."""
    names = {
        "pair": [f"pair-{name}" for name in DATA_FIGURES] if processes_of_pair() else [],
        "distributions": DATA_FIGURES,
        "correlations": [f"correlations-{process}" for process in published_correlations()],
        "toy": ["toy-gaussians"] if config.get("toy_gaussians") else [],
    }
    return {kind: [f"results/figures/data/{name}.png" for name in found] for kind, found in names.items()}


def ntuple_figures(family):
    """Figures of the trileptons or dileptons by view."""
    figures = {}
    for view, name in NTUPLE_FIGURES[family]:
        figures.setdefault(view, []).append(f"{ntuple_figure(family, view, name)}.png")
    if family == "trileptons":
        figures["correlations"] = ["results/figures/trileptons/correlations-background.png"]
    return figures


def ntuple_statistics(family):
    """Statistics files of the simulated samples of a family."""
    found = statistics_of("ntuples")
    return {sample: found[sample] for sample in ntuples_of(FORMAT_OF[family]) if sample in found}


def inputs_of_samples(wildcards):
    """What the report on samples shows or reads."""
    family = wildcards.samples
    figures = data_figures() if family == "data" else ntuple_figures(family)
    common = {"figures": [path for paths in figures.values() for path in paths]}
    if family != "data":
        statistics = list(ntuple_statistics(family).values())
        readings = in_root("resources/readings.tsv")
        return common | {"summary": f"results/{family}/summary.json", "statistics": statistics, "readings": readings}
    return common | {
        "summaries": [f"results/data/{process}.json" for process in PROCESSES],
        "checks": "results/tables/data_checks.csv",
        "published": in_root("resources/published_correlations.csv"),
        "statistics": list(statistics_of("processes").values()),
    }


def parameters_of_samples(wildcards, input):
    """What the notebook on samples is told; paths are as seen from the working directory."""
    family = wildcards.samples
    if family == "data":
        return {
            "summary_paths": {process: f"results/data/{process}.json" for process in PROCESSES},
            "statistics_paths": statistics_of("processes"),
            "sources": {process: config["processes"][process]["source"] for process in PROCESSES},
            "groups": {process: PROCESS_TABLE[process].group for process in PROCESSES},
            "published_processes": published_correlations(),
            "published_path": input.published,
            "checks_path": input.checks,
            "figures": data_figures(),
        }
    samples = ntuples_of(FORMAT_OF[family])
    return {
        "summary_path": input.summary,
        "statistics_paths": ntuple_statistics(family),
        "sources": {sample: config["ntuples"][sample]["source"] for sample in samples},
        "groups": {sample: NTUPLE_TABLE[sample].group for sample in samples},
        "readings_path": input.readings,
        "chosen": {f"{family}.{key}": [value] for key, value in config[family].items() if not isinstance(value, dict)},
        "figures": ntuple_figures(family),
    }
