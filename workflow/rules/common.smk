"""Configuration, wildcards and helpers that the rules share. Everything that the DAG is made of is decided here."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "workflow"))
os.environ.update(PYTHONPATH=str(ROOT / "workflow"))  # the library is importable in every job, under conda too

from deepcollider.config import SAMPLE_REPORTS, check_ntuples, check_processes, prepare_config
from deepcollider.errors import ConfigError
from deepcollider.experiment import Experiment, chunk_sizes, scaled_events
from deepcollider.features.views import view_module
from deepcollider.generators.registry import module_of
from deepcollider.metrics.observables import OBSERVABLES
from deepcollider.metrics.table import UNTRAINED
from deepcollider.provenance.imports import modules_of
from deepcollider.samples import read_ntuples, read_processes
from deepcollider.seeds import derive_seed
from deepcollider.sources.csv_files import SourceError, csv_in
from deepcollider.sources.ntuples import FORMATS
from deepcollider.sources.root_files import expand_paths, is_remote


def in_root(path):
    """A path of the project as seen from the working directory (the two differ under --directory)."""
    return os.path.relpath(ROOT / path)


try:
    PROCESS_TABLE = read_processes(ROOT / "config/processes.tsv")
    NTUPLE_TABLE = read_ntuples(ROOT / "config/ntuples.tsv")
    config = prepare_config(config, ROOT / "workflow/schemas/config.schema.json")
    check_processes(config, PROCESS_TABLE)
    check_ntuples(config, NTUPLE_TABLE)
    ALL_NAMES = [name for process in PROCESS_TABLE.values() for name in process.names]
    OWN_CSV = {
        name: csv_in(entry["path"], PROCESS_TABLE[name].names, ALL_NAMES)
        for name, entry in config["processes"].items()
        if entry["source"] == "file"
    }
except (ConfigError, SourceError) as error:
    raise WorkflowError(str(error)) from None

PROCESSES = list(config["processes"])
NTUPLES = list(config["ntuples"])
TRILEPTON_SPLITS = ["train", "validation", "test"]
SPLITS = [*TRILEPTON_SPLITS, "floor"]
"""Of the Dark Machines events: ``test`` is the truth that is compared with, ``floor`` the truth in the model's place."""

EXPERIMENTS = {name: Experiment(name, config) for name in config["experiments"]}
EVENT_VIEWS = {e.view.name: e.view for e in EXPERIMENTS.values()}
SELECTIONS = [name for name, view in EVENT_VIEWS.items() if view.selects]
JOINT = {name: e for name, e in EXPERIMENTS.items() if e.joint and e.owner is e}
"""Experiments that train one network on several processes; the joint sample of them bears the experiment's name."""
STRATIFIED = [name for name, view in EVENT_VIEWS.items() if view.frequent_fraction]
"""Selections of the most frequent combinations of objects, which have splits of their own."""


def any_of(names):
    """Wildcard pattern that matches one of the names and nothing else."""
    return "|".join(re.escape(name) for name in sorted(names)) or "(?!)"


wildcard_constraints:
    process=any_of(PROCESSES),
    ntuple=any_of(NTUPLES),
    split=any_of(SPLITS),
    sample=any_of([*PROCESSES, *JOINT]),
    joint=any_of(JOINT),
    view=any_of(EVENT_VIEWS),
    part=any_of({part for view in EVENT_VIEWS.values() for part in view.parts}),
    selection=any_of(SELECTIONS),
    samples=any_of(SAMPLE_REPORTS),
    chunk=r"\d{5}",
    experiment=any_of(EXPERIMENTS),
    setting=any_of(
        {setting for e in EXPERIMENTS.values() for setting in [*e.settings_to_generate, *e.trained_settings]}
    ),


def library(script, *modules):
    """Library files that a script uses, as inputs of its jobs: an edited module reruns these jobs and no others."""
    found = modules_of(ROOT / "workflow/scripts" / script, ROOT / "workflow", modules)
    return [in_root(path) for path in found]


def system_library(script):
    """Like ``library``, with the module of the generative system that the job's experiment names."""

    def files(wildcards):
        return library(script, module_of(EXPERIMENTS[wildcards.experiment].system))

    return files


def ntuple_library(script):
    """Like ``library``, with the module of the format of the job's n-tuple."""

    def files(wildcards):
        return library(script, FORMATS[NTUPLE_TABLE[wildcards.ntuple].format])

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


SIMULATED = {"processes": "results/simulated", "ntuples": "results/ntuples"}
"""Section of the configuration -> folder of what is simulated of it."""


def chunks_of(section, sample):
    """Events of each chunk of a simulated sample of ``processes`` or ``ntuples``."""
    n_events = scaled_events(config[section][sample]["events"], config)
    return chunk_sizes(n_events, config["simulate"]["chunk_events"])


def chunk_files(section, suffix):
    """A function of the one wildcard, the sample: the files of its chunks."""

    def files(wildcards):
        (sample,) = wildcards
        n_chunks = len(chunks_of(section, sample))
        return [f"{SIMULATED[section]}/{sample}/chunk-{k:05d}.{suffix}" for k in range(n_chunks)]

    return files


FORMAT_OF = {"trileptons": "nanoaod", "dileptons": "dilepton"}
"""Family of samples -> their format in ntuples.tsv."""


def ntuples_of(format, group=None):
    """The configured samples of a format; with a ``group``, only its signals or backgrounds."""
    chosen = [ntuple for ntuple in NTUPLES if NTUPLE_TABLE[ntuple].format == format]
    return [ntuple for ntuple in chosen if group in (None, NTUPLE_TABLE[ntuple].group)]


def ntuple_files(wildcards):
    """The ROOT files of a sample that lie on this machine, simulated or given: inputs of the job that reads them."""
    if config["ntuples"][wildcards.ntuple]["source"] == "pythia":
        return chunk_files("ntuples", "root")([wildcards.ntuple])
    paths = expand_paths(config["ntuples"][wildcards.ntuple]["paths"])
    return [path for path in paths if not is_remote(path)]


def ntuple_sources(wildcards):
    """All that a sample is read from: files and addresses."""
    entry = config["ntuples"][wildcards.ntuple]
    return ntuple_files(wildcards) if entry["source"] == "pythia" else expand_paths(entry["paths"])


def pythia_settings(wildcards):
    """Settings of a process, with the path of its SLHA file as seen from the working directory."""
    process = PROCESS_TABLE[wildcards.process]
    if not process.slha:
        return list(process.settings)
    return [setting.replace(process.slha, in_root(process.slha)) for setting in process.settings]


def slha_file(wildcards):
    process = PROCESS_TABLE[wildcards.process]
    return [in_root(process.slha)] if process.slha else []


# Training and generation


def sample_folder(view):
    """Where the events that a view holds lie: all of them, or those that it selects."""
    return f"results/selected/{view.name}" if view.selects else "results/splits"


def sample_file(experiment, process, split):
    """The events of a split that an experiment is about."""
    return f"{sample_folder(experiment.view)}/{process}/{split}.h5"


def sample_of(split):
    """A function of the wildcards: the events of a split that their experiment is about."""

    def file(wildcards):
        return sample_file(EXPERIMENTS[wildcards.experiment], wildcards.process, split)

    return file


def part_file(split):
    """A function of the wildcards: the part file of a split that their experiment trains on."""

    def file(wildcards):
        experiment = EXPERIMENTS[wildcards.experiment]
        part = getattr(wildcards, "part", experiment.view.parts[0])
        sample = getattr(wildcards, "sample", None) or experiment.trained_on(wildcards.process)
        return f"results/parts/{experiment.view.name}/{sample}/{split}/{part}.h5"

    return file


def parts_to_join(wildcards):
    """The part file of each process that is trained on jointly."""
    pattern = "results/parts/{view}/{process}/{split}/{part}.h5"
    return [pattern.format(**wildcards, process=process) for process in JOINT[wildcards.joint].joint["processes"]]


def joint_conditions(wildcards):
    """Numbers that tell apart the processes that are trained on jointly."""
    experiment = JOINT[wildcards.joint]
    conditions = experiment.conditions(PROCESS_TABLE)
    return {process: conditions[process] for process in experiment.joint["processes"]}


def conditions_of(wildcards):
    """Numbers that tell a network which process it is to generate."""
    return EXPERIMENTS[wildcards.experiment].conditions(PROCESS_TABLE)[wildcards.process]


def parent_of(wildcards):
    """The network that a fine-tuned one starts from."""
    origin = origin_of(wildcards)
    return (
        "results/models/{experiment}/{setting}/{process}/".format(**origin) + f"{wildcards.part}.keras"
        if origin
        else []
    )


def origin_of(wildcards):
    """What a fine-tuned network starts from, in words, and whose scaler it has."""
    experiment = EXPERIMENTS[wildcards.experiment]
    if experiment.parent is None:
        return {}
    return {
        "experiment": experiment.parent.name,
        "setting": experiment.parent_setting(wildcards.setting),
        "process": experiment.entry["fine_tunes"]["process"],
        "scaler": experiment.entry["fine_tunes"].get("scaler", "parent"),
    }


def trained_files(experiment, setting, process, suffix):
    """Files of each trained part of a setting; the untrained baseline has the architecture of the first setting's."""
    name = next(iter(experiment.settings)) if setting == UNTRAINED else setting
    sample = experiment.trained_on(process)
    folder = f"results/models/{experiment.owner.name}/{experiment.trained_setting(name)}/{sample}"
    return [f"{folder}/{part}.{suffix}" for part in experiment.parts]


def networks_of(wildcards):
    """Trained parts of a setting."""
    return trained_files(EXPERIMENTS[wildcards.experiment], wildcards.setting, wildcards.process, "keras")


def masks_file(experiment, process):
    """The mask generator, where the system has one."""
    return f"results/masks/{experiment.name}/{process}.json" if experiment.system_class.draws_masks else []


def masks_of(wildcards):
    return masks_file(EXPERIMENTS[wildcards.experiment], wildcards.process)


def mixture_file(experiment, setting, process):
    """The mixture of codes, where the system has one."""
    folder = f"results/mixtures/{experiment.name}/{setting}"
    return f"{folder}/{process}.npz" if experiment.system_class.fits_mixture else []


def mixture_of(wildcards):
    return mixture_file(EXPERIMENTS[wildcards.experiment], wildcards.setting, wildcards.process)


def refinement_file(experiment, setting, process):
    """The trees that choose which events are kept, where the system has them."""
    folder = f"results/refinements/{experiment.name}/{setting}"
    return f"{folder}/{process}.pickle" if experiment.system_class.fits_refinement else []


def refinement_of(wildcards):
    return refinement_file(EXPERIMENTS[wildcards.experiment], wildcards.setting, wildcards.process)


def seeds_of(wildcards):
    """The true events that the system perturbs, where it does."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return sample_file(experiment, wildcards.process, experiment.seeds) if experiment.seeds else []


# Evaluation


def mc_statistics(wildcards):
    """What the simulation cost, where the truth was simulated by us."""
    if config["processes"][wildcards.process]["source"] == "pythia":
        return f"results/simulated/{wildcards.process}.json"
    return []


def truth_of(wildcards):
    """The events that generated ones are compared with."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return sample_file(experiment, wildcards.process, experiment.truth_and_floor[0])


def floor_of(wildcards):
    """True events in the place of generated ones."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return sample_file(experiment, wildcards.process, experiment.truth_and_floor[1])


def training_costs(wildcards):
    """What the training of each part cost; the untrained baseline has the cost of none, and the same parameters."""
    costs = trained_files(EXPERIMENTS[wildcards.experiment], wildcards.setting, wildcards.process, "cost.json")
    fitted = [mixture_of(wildcards), refinement_of(wildcards)]
    return [*costs, *(str(Path(each).with_suffix(".cost.json")) for each in fitted if each)]


def identity_of(wildcards):
    """The columns of the table of all metrics that say whose they are."""
    return {
        "experiment": wildcards.experiment,
        "system": EXPERIMENTS[wildcards.experiment].system,
        "process": wildcards.process,
        "setting": wildcards.setting,
    }


def timing_batches():
    """Batch sizes at which generation is timed, with the scale applied; single events stay single."""
    return sorted({b if b == 1 else max(2, scaled_events(b, config)) for b in config["evaluation"]["timing_batches"]})


def generated_of(wildcards):
    """The samples of an experiment's grid, in the order of the grid."""
    settings = EXPERIMENTS[wildcards.experiment].settings
    return [f"results/generated/{wildcards.experiment}/{s}/{wildcards.process}.h5" for s in settings]


def metrics_of(kind):
    """A function of the wildcards: a kind of file beside the metrics, of each setting in the order of the grid."""

    def files(wildcards):
        experiment = EXPERIMENTS[wildcards.experiment]
        return [f"results/metrics/{experiment.name}/{s}/{wildcards.process}.{kind}.csv" for s in experiment.settings]

    return files


HISTOGRAMS = [observable.name for observable in OBSERVABLES]


def losses_of(wildcards):
    """(part, setting, log file) of every training of an experiment and process."""
    e = EXPERIMENTS[wildcards.experiment]
    found = {}
    for setting in e.settings:
        for part, path in zip(e.parts, trained_files(e, setting, wildcards.process, "losses.csv")):
            found[path] = (part, e.trained_setting(setting), path)
    return list(found.values())


# Trileptons


def prepared_trileptons():
    """All that is made of NanoAOD; nothing, if none is configured."""
    names = ["mixed.root", *(f"{split}.h5" for split in TRILEPTON_SPLITS)]
    return [f"results/trileptons/{name}" for name in names] if ntuples_of("nanoaod") else []


# Dileptons


def prepared_dileptons():
    """All that is made of dilepton n-tuples; nothing, if none are configured."""
    images = [f"results/dileptons/images/{ntuple}.h5" for ntuple in ntuples_of("dilepton")]
    return [*images, "results/dileptons/train.h5", "results/dileptons/test.h5"] if images else []


# Published files


def record_of(wildcards):
    """Number of the Zenodo record that has the process."""
    return config["processes"][wildcards.process].get("record", config["zenodo"]["record"])


# Skim


def csv_of(wildcards):
    """The CSV of a process; for one that is acquired, the receipt that says where it lies."""
    process = wildcards.process
    if process in OWN_CSV:
        return OWN_CSV[process]
    if config["processes"][process]["source"] == "zenodo":
        return f"results/acquired/{process}.json"
    return f"results/simulated/{process}.csv"
