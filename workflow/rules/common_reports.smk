"""What the reports and the index of figures show: their files and the parameters of their notebooks."""

import functools

import yaml

from deepcollider.config import SUMMARY_REPORTS
from deepcollider.generators.registry import known_systems, system_class
from deepcollider.metrics.observables import BY_OBSERVABLE
from deepcollider.physics import reconstruction
from deepcollider.reports.figure_index import SEPARATOR, Run, experiment_facts
from deepcollider.reports.figure_index import figure_index as index_of
from deepcollider.reports.published_figures import read_mapping, read_published, sample_groups
from deepcollider.reports.readings import values_of
from deepcollider.reports.remedies import Remedies

# Reports


def all_reports():
    others = [name for name in SAMPLE_REPORTS if has_samples(name)]
    shown = {"overview": EXPERIMENTS, "bsm": of_group("BSM"), "vae": variational_experiments()}
    shown |= {"gans": adversarial_experiments(), "flagship": flagship_experiments()}
    summaries = [name for name in SUMMARY_REPORTS if shown[name]]
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
        "monitoring": [f"{folder}/monitoring.png"] if experiment.system_class.adversarial else [],
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
    if experiment.view.selects and not experiment.view.frequent_fraction:
        counted |= {"selected": sample_file(experiment, process, "test"), "all": f"results/splits/{process}/test.h5"}
    return counted


def frequent_splits(experiment, process):
    """All splits of a selection of the most frequent combinations of objects; none of other selections."""
    return [sample_file(experiment, process, split) for split in SPLITS] if experiment.view.frequent_fraction else []


def watched_trainings(experiment, process):
    """Record and log of every part that was trained against a critic, by setting."""
    if not experiment.system_class.adversarial:
        return {}
    files = {
        setting: [trained_files(experiment, setting, process, suffix) for suffix in ("cost.json", "losses.csv")]
        for setting in experiment.settings
    }
    return {setting: dict(zip(experiment.parts, map(list, zip(*pair)))) for setting, pair in files.items()}


def making_of(experiment):
    """What a report tells about how the events of an experiment were made."""
    truth, floor = experiment.truth_and_floor
    return {
        "seeds": experiment.seeds,
        "truth": truth,
        "floor": floor,
        "n_generated": experiment.n_generated,
        "selection": experiment.view.name if experiment.view.selects else None,
        "frequent_fraction": experiment.view.frequent_fraction,
        "networks_of": experiment.owner.name if experiment.owner is not experiment else None,
        "fine_tunes": {"scaler": "parent", **experiment.entry["fine_tunes"]} if experiment.parent else None,
        "draws_masks": experiment.system_class.draws_masks,
        "learns_counts": experiment.system_class.learns_counts,
        "joint": experiment.joint,
        "fits_mixture": experiment.system_class.fits_mixture,
        "fits_refinement": experiment.system_class.fits_refinement,
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
    """Records that the report reads: of mixtures and adversarial trainings, and the event files that it counts."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return [
        path
        for process in experiment.processes
        for files in (
            mixtures_of(experiment, process).values(),
            counted_samples(experiment, process).values(),
            frequent_splits(experiment, process),
            leaves(watched_trainings(experiment, process)),
        )
        for path in files
    ]


def plans_of_parts(experiment):
    """Training plan of each part that has one of its own."""
    own = experiment.owner.entry["training"].get("parts", {})
    return {f"training of {part}": experiment.training_of(part) for part in own}


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
            **plans_of_parts(experiment),
            "hyperparameters": experiment.entry.get("hyperparameters", {}),
            "generation": {**experiment.entry["generation"], "events": experiment.n_generated},
        },
        "processes": {
            process: {
                "figures": figures_of(experiment, process),
                "timings": timings_of(experiment, process),
                "mixtures": mixtures_of(experiment, process),
                "counted": counted_samples(experiment, process),
                "frequent": frequent_splits(experiment, process),
                "trainings": watched_trainings(experiment, process),
                "table": table,
            }
            for process, table in experiment_tables(experiment).items()
        },
        "making": making_of(experiment),
        "readings_path": input.readings,
        "chosen": values_of([experiment.all_hyperparameters(setting) for setting in experiment.settings]),
        "networks_paths": dict(zip(experiment.parts, input.networks)),
        "networks_figures": architecture_figures(experiment),
        "metrics_path": input.metrics,
        "powers_path": input.powers,
    }


def summary_of(e):
    """What the reports on several experiments are told of each."""
    return {
        "title": e.title,
        "system": e.system,
        "published": e.entry.get("published"),
        "settings": hyperparameters_of(e),
        "tables": experiment_tables(e),
    }


def overview_parameters(wildcards, input):
    """What the notebook of the overview is told."""
    return {
        "leaderboard_path": input.leaderboard,
        "powers_path": input.powers,
        "index_path": input.index,
        "reference_path": input.reference,
        "experiments": {e.name: summary_of(e) for e in EXPERIMENTS.values()},
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
    FIGURE_MAPPING = read_mapping(
        ROOT / "config/published_figures.tsv",
        PUBLISHED_FIGURES,
        SAMPLE_GROUPS,
        {name: system_class(name).defaults for name in known_systems()},
    )
except ConfigError as error:
    raise WorkflowError(str(error)) from None


def has_rule(path):
    """Whether a rule makes a file; asked of the rules themselves, so that the index cannot claim what is not there."""
    return any(rule.is_producer(path) for rule in workflow.rules)


@functools.cache
def indexed_figures():
    """The index of published figures under this configuration; cached, since many paths are asked of all rules."""
    run = Run(
        experiments={e.name: experiment_facts(e) for e in EXPERIMENTS.values()},
        samples=frozenset([*PROCESSES, *NTUPLES]),
        groups=SAMPLE_GROUPS,
        makes=functools.cache(has_rule),
    )
    default = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    remedies = Remedies(run, PROCESS_TABLE, NTUPLE_TABLE, default, config.get("only") or ())
    return index_of(PUBLISHED_FIGURES, FIGURE_MAPPING, run, remedies.yaml)


def indexed_files(wildcards):
    """All files that the index shows."""
    files = [path for entry in indexed_figures() for path in entry["ours"].split(SEPARATOR) if path]
    return list(dict.fromkeys(files))
