"""Configuration, wildcards and helpers that the rules share. Everything that the DAG is made of is decided here."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "workflow"))
os.environ.update(PYTHONPATH=str(ROOT / "workflow"))  # the library is importable in every job, under conda too

from deepcollider.config import (
    UNTRAINED,
    Experiment,
    check_processes,
    chunk_sizes,
    prepare_config,
    scaled_events,
)
from deepcollider.errors import ConfigError
from deepcollider.features.parts import PART_NAMES
from deepcollider.generators.registry import module_of
from deepcollider.metrics.observables import OBSERVABLES
from deepcollider.provenance.imports import modules_of
from deepcollider.samples import read_ntuples, read_processes
from deepcollider.seeds import derive_seed


def in_root(path):
    """A path of the project as seen from the working directory (the two differ under --directory)."""
    return os.path.relpath(ROOT / path)


try:
    PROCESS_TABLE = read_processes(ROOT / "config/processes.tsv")
    NTUPLE_TABLE = read_ntuples(ROOT / "config/ntuples.tsv")
    config = prepare_config(config, ROOT / "workflow/schemas/config.schema.json")
    check_processes(config, PROCESS_TABLE)
except ConfigError as error:
    raise WorkflowError(str(error)) from None

PROCESSES = list(config["processes"])
SPLITS = ["train", "validation", "test"]
EXPERIMENTS = {name: Experiment(name, config) for name in config["experiments"]}


def any_of(names):
    """Wildcard pattern that matches one of the names and nothing else."""
    return "|".join(re.escape(name) for name in sorted(names)) or "(?!)"


wildcard_constraints:
    process=any_of(PROCESSES),
    split=any_of(SPLITS),
    part=any_of(PART_NAMES),
    chunk=r"\d{5}",
    experiment=any_of(EXPERIMENTS),
    setting=any_of({setting for e in EXPERIMENTS.values() for setting in e.settings_to_generate}),


def library(script, *modules):
    """Library files that a script uses, as inputs of its jobs: an edited module reruns these jobs and no others."""
    found = modules_of(ROOT / "workflow/scripts" / script, ROOT / "workflow", modules)
    return [in_root(path) for path in found]


def system_library(script):
    """Like ``library``, with the module of the generative system that the job's experiment names."""

    def files(wildcards):
        return library(script, module_of(EXPERIMENTS[wildcards.experiment].system))

    return files


def seed_of(*names):
    """A function of the wildcards: the seed of the job that these names and its wildcards describe."""

    def seed(wildcards):
        return derive_seed(config["seed"], *names, *(value for _, value in sorted(wildcards.items())))

    return seed


def of_experiment(get):
    """A function of the wildcards that asks their experiment."""

    def value(wildcards):
        return get(EXPERIMENTS[wildcards.experiment])

    return value


# Monte Carlo


def chunks_of(process):
    n_events = scaled_events(config["processes"][process]["events"], config)
    return chunk_sizes(n_events, config["simulate"]["chunk_events"])


def chunk_files(suffix):
    def files(wildcards):
        n_chunks = len(chunks_of(wildcards.process))
        return [f"results/simulated/{wildcards.process}/chunk-{k:05d}.{suffix}" for k in range(n_chunks)]

    return files


def pythia_settings(wildcards):
    """Settings of a process, with the path of its SLHA file as seen from the working directory."""
    process = PROCESS_TABLE[wildcards.process]
    if not process.slha:
        return list(process.settings)
    return [setting.replace(process.slha, in_root(process.slha)) for setting in process.settings]


def slha_file(wildcards):
    process = PROCESS_TABLE[wildcards.process]
    return [in_root(process.slha)] if process.slha else []


# Generation


def networks_of(wildcards):
    """Trained parts of a setting; the untrained baseline takes the architecture of the first setting's."""
    experiment = EXPERIMENTS[wildcards.experiment]
    setting = next(iter(experiment.settings)) if wildcards.setting == UNTRAINED else wildcards.setting
    return [f"results/models/{experiment.name}/{setting}/{wildcards.process}/{part}.keras" for part in experiment.parts]


# Evaluation


def mc_statistics(wildcards):
    """What the simulation cost, where the truth was simulated by us."""
    if config["processes"][wildcards.process]["source"] == "pythia":
        return f"results/simulated/{wildcards.process}.json"
    return []


def generated_of(wildcards):
    """The samples of an experiment's grid, in the order of the grid."""
    settings = EXPERIMENTS[wildcards.experiment].settings
    return [f"results/generated/{wildcards.experiment}/{s}/{wildcards.process}.h5" for s in settings]


HISTOGRAMS = [observable.name for observable in OBSERVABLES]


def losses_of(wildcards):
    """(part, setting, log file) of every training of an experiment and process."""
    e = EXPERIMENTS[wildcards.experiment]
    return [
        (part, setting, f"results/models/{e.name}/{setting}/{wildcards.process}/{part}.losses.csv")
        for part in e.parts
        for setting in e.settings
    ]


# Reports


def all_reports():
    return [f"results/reports/{name}.html" for name in EXPERIMENTS]


def figures_of(experiment, process):
    """Figure files of an experiment and process, by what they show."""
    folder = f"results/figures/{experiment.name}/{process}"
    return {
        "losses": [f"{folder}/losses.png"],
        "masks": [f"{folder}/masks-frequent.png", f"{folder}/masks-rare.png"],
        "histograms": [f"{folder}/histogram-{name}.png" for name in HISTOGRAMS],
        "correlations": [f"{folder}/correlations-{setting}.png" for setting in experiment.settings],
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


def report_figures(wildcards):
    experiment = EXPERIMENTS[wildcards.experiment]
    return [
        path for process in experiment.processes for paths in figures_of(experiment, process).values() for path in paths
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
            process: {"figures": figures_of(experiment, process), "timings": timings_of(experiment, process)}
            for process in experiment.processes
        },
        "metrics_path": "results/tables/metrics.csv",
        "reference_path": input.reference,
    }


# Skim


def csv_of(wildcards):
    entry = config["processes"][wildcards.process]
    return entry["path"] if entry["source"] == "file" else f"results/simulated/{wildcards.process}.csv"
