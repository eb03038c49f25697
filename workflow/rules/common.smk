"""Configuration, wildcards and helpers that the rules share. Everything that the DAG is made of is decided here."""

import logging
import os
import re
import sys
from pathlib import Path

ROOT = Path(str(workflow.current_basedir)).parents[1]  # workflow.basedir is that of the workflow that uses this one
LIBRARY = str(ROOT / "workflow")
if not os.path.isdir(LIBRARY):
    raise WorkflowError(f"deepcollider is used from {ROOT}: clone it and give the path of the clone's Snakefile")
if set(LIBRARY) & {os.pathsep, "{", "}"}:
    raise WorkflowError(f"{ROOT}: braces and {os.pathsep!r} mean something to Snakemake and Python; rename this folder")
if workflow.modifier.path_modifier.prefix or workflow.modifier.path_modifier.modifies_prefixes:
    raise WorkflowError("deepcollider is used with a prefix, which its results cannot have; run it with --directory")
AS_MODULE = workflow.modifier.parent_modifier is not None
sys.path.insert(0, LIBRARY)

from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from deepcollider.config import check_ntuples, check_processes, given_files, prepare_config
from deepcollider.environment import prepare_interpreters
from deepcollider.errors import ConfigError
from deepcollider.experiment import Experiment, chunk_sizes, scaled_events
from deepcollider.failures import show_failures
from deepcollider.features.views import view_module
from deepcollider.generators.registry import module_of
from deepcollider.metrics.observables import OBSERVABLES
from deepcollider.metrics.table import ALL_EVENTS, UNTRAINED
from deepcollider.occupancy import record_holder
from deepcollider.paths import without_braces
from deepcollider.provenance.imports import modules_of
from deepcollider.samples import SAMPLE_REPORTS, read_ntuples, read_processes
from deepcollider.seeds import derive_seed
from deepcollider.sources.csv_files import SourceError, csv_in
from deepcollider.sources.ntuples import FORMATS
from deepcollider.sources.root_files import expand_each, expand_paths
from deepcollider.sources.same_files import is_remote, shared_files

prepare_interpreters(os.environ, LIBRARY, keep_path=AS_MODULE)  # in every job, under conda too
FAILURES = show_failures(logging.getLogger("snakemake.logging"))


onstart:
    record_holder()


onerror:
    print(FAILURES.summary(), file=sys.stderr)


def in_root(path):
    """A path of the project as seen from the working directory (the two differ under --directory)."""
    return os.path.relpath(ROOT / path)


if workflow.modifier.skip_configfile:  # the workflow that uses this one says what differs, as --configfile would
    defaults = load_configfile(ROOT / "config/config.yaml")
    update_config(defaults, config)
    config = defaults

try:
    PROCESS_TABLE = read_processes(ROOT / "config/processes.tsv")
    NTUPLE_TABLE = read_ntuples(ROOT / "config/ntuples.tsv")
    config = prepare_config(config, ROOT / "workflow/schemas/config.schema.json")
    check_processes(config, PROCESS_TABLE)
    check_ntuples(config, NTUPLE_TABLE)
    ALL_NAMES = [name for process in PROCESS_TABLE.values() for name in process.names]
    OWN_CSV = {
        name: without_braces(csv_in(entry["path"], PROCESS_TABLE[name].names, ALL_NAMES))
        for name, entry in config["processes"].items()
        if entry["source"] == "file"
    }
except (ConfigError, SourceError) as error:
    mixed = AS_MODULE and not workflow.modifier.skip_configfile
    hint = "\nThe keys of the workflow that uses this one are among them: give its module a `config:`" if mixed else ""
    raise WorkflowError(f"{error}{hint}") from None

if workflow.is_main_process:  # not once more in every job
    for warning in shared_files(given_files(config, OWN_CSV)):
        print(f"warning: {warning}; is one of them meant to have another?", file=sys.stderr)

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
    chosen=any_of([ALL_EVENTS, *SELECTIONS]),
    n_generated=r"\d+",
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
