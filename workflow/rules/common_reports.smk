"""What the reports and the figures of the samples show: their files and the parameters of their notebooks."""

import csv
import functools

import yaml

from deepcollider.config import SUMMARY_REPORTS
from deepcollider.generators.registry import known_systems
from deepcollider.metrics.ntuple_variables import VIEWS
from deepcollider.metrics.observables import BY_OBSERVABLE
from deepcollider.physics import reconstruction
from deepcollider.physics.kinds import KINDS
from deepcollider.reports.figure_index import SEPARATOR, Run
from deepcollider.reports.figure_index import figure_index as index_of
from deepcollider.reports.published_figures import read_mapping, read_published, sample_groups
from deepcollider.reports.remedies import Remedies

# Exploration of the samples


DATA_FIGURES = ["met", *(kind.name for kind in KINDS)]
NTUPLE_FIGURES = {
    "trileptons": [("variables", name) for name in VIEWS["variables"]],
    "dileptons": [(view, name) for view in ("features", "images") for name in VIEWS[view]],
}
"""(view, variable) of each figure of the samples in ROOT files."""


def has_samples(family):
    """Whether the samples of a report (``data``, ``trileptons``, ``dileptons``) are configured."""
    return family not in FORMAT_OF or bool(ntuples_of(FORMAT_OF[family]))


def published_correlations():
    """The configured processes that have a published correlation matrix."""
    with open(ROOT / "resources/published_correlations.csv", newline="") as file:
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
        return common | {"summary": f"results/{family}/summary.json", "statistics": statistics}
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
        "figures": ntuple_figures(family),
    }


# Reports


def all_reports():
    others = [name for name in SAMPLE_REPORTS if has_samples(name)]
    wanted = {"overview": True, "bsm": bool(of_group("BSM")), "vae": bool(variational_experiments())}
    summaries = [name for name in SUMMARY_REPORTS if wanted[name]]
    return [f"results/reports/{name}.html" for name in [*summaries, *others, *EXPERIMENTS]]


def of_group(group):
    """The processes of a group (SM, BSM) that an experiment has, in the order of the configuration."""
    used = {process for e in EXPERIMENTS.values() for process in e.processes}
    return [process for process in PROCESSES if process in used and PROCESS_TABLE[process].group == group]


DERIVED = [name for name in HISTOGRAMS if BY_OBSERVABLE[name].group in reconstruction.GROUPS]
"""Spectra that are derived from several objects, which the theses do not have."""


def figures_of(experiment, process):
    """Figure files of an experiment and process, by what they show."""
    folder = f"results/figures/{experiment.name}/{process}"
    return {
        "losses": [f"{folder}/losses.png"],
        "masks": [f"{folder}/masks-frequent.png", f"{folder}/masks-rare.png"],
        "settings": [f"{folder}/settings.png"],
        "two_sample": [f"{folder}/two-sample.png"],
        "memorisation": [f"{folder}/memorisation.png"],
        "features": [f"{folder}/histogram-{name}.png" for name in HISTOGRAMS if name not in DERIVED],
        "derived": [f"{folder}/histogram-{name}.png" for name in DERIVED],
        "correlations": [f"{folder}/correlations-{setting}.png" for setting in experiment.settings],
    }


def architecture_figures(experiment):
    """Diagram of the network of each part."""
    return {part: f"results/figures/{experiment.name}/architecture-{part}.png" for part in experiment.parts}


def descriptions_of(wildcards):
    """What each part is made of: of the first setting and process, as others differ in weights, losses and noise."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return trained_files(experiment, next(iter(experiment.settings)), experiment.processes[0], "network.json")


def title_of_networks(experiment):
    """Whose networks the diagrams of an experiment show."""
    return f"{experiment.name}, {next(iter(experiment.settings))}"


def mixtures_of(experiment, process):
    """Record of the mixture of codes of each setting, where the system has one."""
    if not experiment.system_class.fits_mixture:
        return {}
    folder = f"results/mixtures/{experiment.name}"
    return {setting: f"{folder}/{setting}/{process}.cost.json" for setting in experiment.settings_to_generate}


def counted_samples(experiment, process):
    """Event files whose numbers of events a report tells: the seeds; test events, all and those that are selected."""
    counted = {"seeds": sample_file(experiment, process, experiment.seeds)} if experiment.seeds else {}
    if experiment.view.selects:
        counted |= {"selected": sample_file(experiment, process, "test"), "all": f"results/splits/{process}/test.h5"}
    return counted


def making_of(experiment):
    """What a report tells about how the events of an experiment were made."""
    truth, floor = experiment.truth_and_floor
    return {
        "seeds": experiment.seeds,
        "truth": truth,
        "floor": floor,
        "n_generated": experiment.n_generated,
        "selection": experiment.view.name if experiment.view.selects else None,
        "networks_of": experiment.owner.name if experiment.owner is not experiment else None,
        "draws_masks": experiment.system_class.draws_masks,
        "fits_mixture": experiment.system_class.fits_mixture,
    }


def timings_of(experiment, process):
    """Timing record of each setting."""
    return {
        setting: f"results/generated/{experiment.name}/{setting}/{process}.timing.json"
        for setting in experiment.settings_to_generate
    }


def report_timings(wildcards):
    experiment = EXPERIMENTS[wildcards.experiment]
    return [path for process in experiment.processes for path in timings_of(experiment, process).values()]


def report_tables(wildcards):
    return list(experiment_tables(EXPERIMENTS[wildcards.experiment]).values())


def report_figures(wildcards):
    experiment = EXPERIMENTS[wildcards.experiment]
    shown = [paths for process in experiment.processes for paths in figures_of(experiment, process).values()]
    return [path for paths in [*shown, architecture_figures(experiment).values()] for path in paths]


def report_records(wildcards):
    """Records that the report reads: of the mixtures, and the event files that it counts."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return [
        path
        for process in experiment.processes
        for files in (mixtures_of(experiment, process), counted_samples(experiment, process))
        for path in files.values()
    ]


def report_parameters(wildcards, input):
    """What the notebook is told; it runs in the working directory of the workflow."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "system": experiment.system,
        "settings": list(experiment.settings),
        "baseline": UNTRAINED if experiment.entry.get("untrained_baseline") else None,
        "published": experiment.entry.get("published"),
        "plan": {
            "training": experiment.training,
            "hyperparameters": experiment.entry.get("hyperparameters", {}),
            "generation": {**experiment.entry["generation"], "events": experiment.n_generated},
        },
        "processes": {
            process: {
                "figures": figures_of(experiment, process),
                "timings": timings_of(experiment, process),
                "mixtures": mixtures_of(experiment, process),
                "counted": counted_samples(experiment, process),
                "table": table,
            }
            for process, table in experiment_tables(experiment).items()
        },
        "making": making_of(experiment),
        "networks_paths": dict(zip(experiment.parts, input.networks)),
        "networks_figures": architecture_figures(experiment),
        "metrics_path": input.metrics,
    }


def overview_parameters(wildcards, input):
    """What the notebook of the overview is told."""
    return {
        "leaderboard_path": input.leaderboard,
        "index_path": input.index,
        "reference_path": input.reference,
        "experiments": {
            e.name: {
                "title": e.title,
                "system": e.system,
                "published": e.entry.get("published"),
                "settings": hyperparameters_of(e),
                "tables": experiment_tables(e),
            }
            for e in EXPERIMENTS.values()
        },
        "best_tables": best_tables(of_group("SM") + of_group("BSM")),
        "speed_quality": input.speed_quality,
    }


BSM_FEATURES = ["met", *(f"{jet}_{feature}" for jet in ("jet1", "jet2", "bjet1") for feature in ("pt", "energy"))]


def bsm_figures():
    """Figures of every signal by what they show, and of which experiment."""
    figures = {}
    for process in of_group("BSM"):
        figures[process] = {}
        for e in experiments_with(process):
            folder = f"results/figures/{e.name}/{process}"
            figures[process] |= {
                f"MET and leading jets, {e.name}": [f"{folder}/histogram-{name}.png" for name in BSM_FEATURES],
                f"correlations, {e.name}": [f"{folder}/correlations-{setting}.png" for setting in e.settings],
            }
    return figures


def bsm_parameters(wildcards, input):
    """What the notebook on new physics is told."""
    return {
        "leaderboard_path": input.leaderboard,
        "signals": of_group("BSM"),
        "backgrounds": of_group("SM"),
        "best_tables": best_tables(of_group("BSM")),
        "figures": bsm_figures(),
    }


# Figure index


try:
    SAMPLE_GROUPS = sample_groups(PROCESS_TABLE, NTUPLE_TABLE, FORMAT_OF)
    PUBLISHED_FIGURES = read_published(ROOT / "resources/published_figures.csv")
    FIGURE_MAPPING = read_mapping(ROOT / "config/published_figures.tsv", PUBLISHED_FIGURES, SAMPLE_GROUPS)
except ConfigError as error:
    raise WorkflowError(str(error)) from None


def has_rule(path):
    """Whether a rule makes a file; asked of the rules themselves, so that the index cannot claim what is not there."""
    return any(rule.is_producer(path) for rule in workflow.rules)


@functools.cache
def indexed_figures():
    """The index of published figures under this configuration; cached, since many paths are asked of all rules."""
    run = Run(
        experiments={
            e.name: {
                "system": e.system,
                "processes": e.processes,
                "settings": list(e.settings),
                "networks_of": e.entry.get("networks_of"),
            }
            for e in EXPERIMENTS.values()
        },
        samples=frozenset([*PROCESSES, *NTUPLES]),
        groups=SAMPLE_GROUPS,
        systems=frozenset(known_systems()),
        makes=functools.cache(has_rule),
    )
    default = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    remedies = Remedies(run, PROCESS_TABLE, NTUPLE_TABLE, default, config.get("only") or ())
    return index_of(PUBLISHED_FIGURES, FIGURE_MAPPING, run, remedies.yaml)


def indexed_files(wildcards):
    """All files that the index shows."""
    files = [path for entry in indexed_figures() for path in entry["ours"].split(SEPARATOR) if path]
    return list(dict.fromkeys(files))
