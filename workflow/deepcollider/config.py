"""The configuration: strict validation with helpful messages. What follows from it: :mod:`deepcollider.experiment`.

Nothing here imports Snakemake or Keras, so that it can be tested and used on its own.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema

from deepcollider.errors import ConfigError, nearest
from deepcollider.experiment import Experiment
from deepcollider.features.conditions import of_masses
from deepcollider.generators.protocol import GenerativeSystem, spelt
from deepcollider.generators.registry import known_systems, system_class
from deepcollider.paths import with_homes
from deepcollider.samples import SAMPLE_REPORTS, Ntuple, Process
from deepcollider.sources.pythia import NOT_IN_PYTHIA
from deepcollider.sources.root_files import expand_paths

SUMMARY_REPORTS = ("overview", "bsm", "vae", "gans", "flagship")
"""Reports on all experiments."""

TAKEN = (*SAMPLE_REPORTS, *SUMMARY_REPORTS, "best")
"""What no experiment can be called: reports and tables (``best-<process>.csv``) of all of them have these names."""


def _explain(error: jsonschema.ValidationError) -> str:
    place = ".".join(str(step) for step in error.absolute_path) or "top level"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        unknown = [key for key in error.instance if key not in known]
        return "; ".join(f"{place}: unknown key {key!r}; {nearest(str(key), known)}" for key in unknown)
    return f"{place}: {error.message}"


def with_types(value: Any, schema: dict) -> Any:
    """``value`` with strings turned into the numbers, booleans and nulls that the schema wants in their place.

    Snakemake leaves every scalar a string in ``--config 'key={nested: 0.1}'``.
    """
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        return {key: with_types(entry, known.get(key, others)) for key, entry in value.items()}
    if isinstance(value, list):
        return [with_types(entry, schema.get("items", {})) for entry in value]
    types = schema.get("type", [])
    wanted = {types} if isinstance(types, str) else set(types)
    if isinstance(value, str) and wanted & {"number", "integer", "boolean", "null"}:
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def load_schema(path: str | Path) -> dict:
    """The JSON schema of the configuration."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def prepare_config(config: dict, schema_path: str | Path) -> dict:
    """The configuration as Snakemake merged it -> typed, without what was dropped, and valid; or a ConfigError.

    A leading ``~`` of its paths is expanded.
    """
    schema = load_schema(schema_path)
    config = without_dropped(with_types(config, schema))
    validate_config(config, schema_path)
    config = with_homes(config, schema)
    chosen = config.get("only") or config["experiments"]
    kept = {name: entry for name, entry in config["experiments"].items() if name in chosen}
    return {**config, "experiments": kept}


def validate_config(config: dict, schema_path: str | Path) -> None:
    """Check ``config`` against the strict schema and for consistency; raise ConfigError with every fault found."""
    schema = load_schema(schema_path)
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(config), key=lambda e: str(e.path))
    if errors:
        raise ConfigError("configuration:\n  " + "\n  ".join(_explain(error) for error in errors))
    _check_split("split", config["split"])
    _check_split("trileptons.split", config["trileptons"]["split"])
    _check_split("dileptons.split", config["dileptons"]["split"])
    chosen = config.get("only") or list(config["experiments"])
    for name in chosen:
        if name not in config["experiments"]:
            raise ConfigError(f"only: unknown experiment {name!r}; {nearest(name, config['experiments'])}")
        _check_experiment(name, config)
    for name in chosen:
        _check_networks(name, config)
        _check_parent(name, config)
        _check_joint(name, config)
    if config.get("anomaly"):
        _check_anomaly(config, chosen)
    if config.get("amplification"):
        _check_amplification(config, chosen)


def _check_anomaly(config: dict, chosen: list[str]) -> None:
    """The likelihood is that of an experiment which has one, and the background of it is no signal."""
    entry, experiments = config["anomaly"], config["experiments"]
    name = entry["likelihood"]
    if name not in experiments or name not in chosen:
        return  # left out, and with it the table
    system = system_class(experiments[name]["system"])
    if not system.has_likelihood:
        able = [each for each in known_systems() if system_class(each).has_likelihood]
        raise ConfigError(
            f"anomaly.likelihood: system {system.name} of {name} has none; choose an experiment of {', '.join(able)}"
        )
    background = experiments[name]["processes"][0]
    for signal in entry["signals"]:
        if signal == background:
            raise ConfigError(f"anomaly.signals: {signal} is the background, the first process of {name}")


def _check_amplification(config: dict, chosen: list[str]) -> None:
    """The events that are weighed against true ones are not made of true ones."""
    name, experiments = config["amplification"]["experiment"], config["experiments"]
    if name not in experiments or name not in chosen:
        return  # left out, and with it the table
    system = system_class(experiments[name]["system"])
    if system.starts_from_truth:
        raise ConfigError(
            f"amplification.experiment: system {system.name} of {name} starts from true events; choose an experiment "
            "that generates from noise"
        )


def _check_split(place: str, split: dict) -> None:
    names = [name for name in ("train", "validation", "test", "floor") if name in split]
    total = sum(split[name] for name in names)
    if abs(total - 1) > 1e-9:
        raise ConfigError(f"{place}: {' + '.join(names)} is {total:g}, but must be 1")


def _check_experiment(name: str, config: dict) -> None:
    entry, place = config["experiments"][name], f"experiments.{name}"
    if name in TAKEN:
        raise ConfigError(f"{place}: {name!r} is the name of another report or table; give the experiment another name")
    if entry["system"] not in known_systems():
        hint = nearest(entry["system"], known_systems())
        raise ConfigError(f"{place}.system: unknown system {entry['system']!r}; {hint}")
    system = system_class(entry["system"])
    for section in ("grid", "hyperparameters"):
        for key in entry.get(section, {}):
            if key not in system.defaults:
                raise ConfigError(f"{place}.{section}: unknown key {key!r}; {nearest(key, system.defaults)}")
            values = entry[section][key] if section == "grid" else [entry[section][key]]
            for value in values:
                _check_choice(f"{place}.{section}.{key}", system, key, value)
    for key in set(entry["grid"]) & set(entry.get("hyperparameters", {})):
        raise ConfigError(f"{place}: {key!r} stands in both grid and hyperparameters; keep one")
    for process in entry["processes"]:
        if process not in config["processes"]:
            raise ConfigError(
                f"{place}.processes: {process!r} is not among the samples to make; "
                f"add it under processes:, or {nearest(process, config['processes'])}"
            )
    if "seeds" in entry["generation"] and not system.starts_from_truth:
        raise ConfigError(f"{place}.generation.seeds: system {system.name} needs no true events; remove the key")
    if "masks" in entry and not system.draws_masks:
        raise ConfigError(f"{place}.masks: system {system.name} draws no masks; remove the key")
    if entry.get("training", {}).get("max_rows") and (len(system.view.parts) > 1 or "joint" in entry):
        raise ConfigError(f"{place}.training.max_rows: only for systems with one row an event, of one process")
    for part in entry.get("training", {}).get("parts", {}):
        if part not in system.parts():
            raise ConfigError(f"{place}.training.parts: unknown part {part!r}; {nearest(part, system.parts())}")


def _check_choice(place: str, system: type[GenerativeSystem], key: str, value: Any) -> None:
    """A hyperparameter that chooses between a few values has one of these."""
    if system.is_choice(key, value):
        return
    choices = system.choices[key]
    near = f"; {nearest(value, choices)}" if isinstance(value, str) and isinstance(choices[0], str) else ""
    raise ConfigError(f"{place}: {value!r} is no choice of system {system.name}, but {spelt(choices)}{near}")


def _check_networks(name: str, config: dict) -> None:
    """An experiment trains its own networks, or takes those of another that has them."""
    entry, place, experiments = config["experiments"][name], f"experiments.{name}", config["experiments"]
    owner = entry.get("networks_of")
    if ("training" in entry) == (owner is not None):
        raise ConfigError(
            f"{place}: needs either training, or networks_of with the name of the experiment whose networks it takes"
        )
    if owner is None:
        return
    if owner not in experiments:
        raise ConfigError(f"{place}.networks_of: unknown experiment {owner!r}; {nearest(owner, experiments)}")
    if config.get("only") and owner not in config.get("only"):
        raise ConfigError(f"only: {name} takes the networks of {owner}; add it to the list")
    if "networks_of" in experiments[owner]:
        raise ConfigError(f"{place}.networks_of: {owner!r} takes those of {experiments[owner]['networks_of']!r} itself")
    own, theirs = (system_class(experiments[each]["system"]) for each in (name, owner))
    if own.architecture() != theirs.architecture():
        raise ConfigError(f"{place}.networks_of: {own.name} cannot use the networks of {theirs.name}")
    if missing := [process for process in entry["processes"] if process not in experiments[owner]["processes"]]:
        raise ConfigError(f"{place}.networks_of: {owner!r} trains nothing on {', '.join(missing)}; add it there")
    experiment = Experiment(name, config)
    for setting in experiment.settings:
        try:
            experiment.trained_setting(setting)
        except KeyError:
            wanted = ", ".join(f"{key} {value}" for key, value in experiment.network_hyperparameters(setting).items())
            raise ConfigError(
                f"{place}.networks_of: {owner!r} has no setting with {wanted}, which {setting} needs; its settings are "
                f"{', '.join(experiment.owner.settings)}. "
                + _differences(experiment.network_hyperparameters(setting), experiment.owner.trained_settings)
            ) from None


def _differences(wanted: dict[str, Any], settings: dict[str, dict[str, Any]]) -> str:
    """In which hyperparameters the setting that is nearest to what is wanted differs from it, in words."""
    differing = {
        name: [key for key, value in wanted.items() if key not in found or found[key] != value]
        for name, found in settings.items()
    }
    name = min(differing, key=lambda each: len(differing[each]))
    found = settings[name]
    texts = (
        f"{key} {spelt([found[key]])} in place of {spelt([wanted[key]])}" if key in found else f"no {key}"
        for key in differing[name]
    )
    return f"{name} has {', '.join(texts)}"


def _check_parent(name: str, config: dict) -> None:
    """An experiment that fine-tunes needs a setting of another, with the same networks, for each of its own."""
    entry, experiments = config["experiments"][name], config["experiments"]
    if "fine_tunes" not in entry:
        return
    place, parent = f"experiments.{name}.fine_tunes", entry["fine_tunes"]["experiment"]
    if "training" not in entry:
        raise ConfigError(f"{place}: an experiment that takes the networks of another cannot fine-tune them")
    if parent not in experiments or parent == name:
        raise ConfigError(f"{place}.experiment: no other experiment {parent!r}; {nearest(parent, experiments)}")
    if config.get("only") and parent not in config["only"]:
        raise ConfigError(f"only: {name} fine-tunes the networks of {parent}; add it to the list")
    if "training" not in experiments[parent]:
        raise ConfigError(f"{place}.experiment: {parent!r} trains no networks; take the experiment that trains them")
    if "fine_tunes" in experiments[parent]:
        raise ConfigError(f"{place}.experiment: {parent!r} is fine-tuned itself; take the one that it starts from")
    process = entry["fine_tunes"]["process"]
    if process not in experiments[parent]["processes"]:
        known = experiments[parent]["processes"]
        raise ConfigError(f"{place}.process: {parent!r} trains nothing on {process!r}; {nearest(process, known)}")
    own, theirs = (system_class(experiments[each]["system"]) for each in (name, parent))
    if own.architecture() != theirs.architecture():
        raise ConfigError(f"{place}.experiment: {own.name} cannot start from the networks of {theirs.name}")
    experiment = Experiment(name, config)
    for setting in experiment.trained_settings:
        built_from = {
            key: value for key, value in experiment.trained_settings[setting].items() if key not in own.training_only
        }
        try:
            experiment.parent_setting(setting)
        except KeyError:
            raise ConfigError(
                f"{place}.experiment: {parent!r} has no setting whose networks are built like those of {setting}; its "
                f"settings are {', '.join(experiment.parent.trained_settings)}, and only "
                f"{', '.join(sorted(own.training_only))} may differ. "
                + _differences(built_from, experiment.parent.trained_settings)
            ) from None


def _check_joint(name: str, config: dict) -> None:
    """An experiment with one network of several processes needs a system that can be told which, and these samples."""
    entry, place = config["experiments"][name], f"experiments.{name}.joint"
    if "joint" not in entry:
        return
    system = system_class(entry["system"])
    if not system.takes_conditions:
        able = [each for each in known_systems() if system_class(each).takes_conditions]
        raise ConfigError(
            f"{place}: system {system.name} learns one process at a time; {', '.join(able)} learns several"
        )
    if "networks_of" in entry or "fine_tunes" in entry:
        raise ConfigError(f"{place}: it trains networks of its own, from the start; remove networks_of and fine_tunes")
    if name in config["processes"]:
        raise ConfigError(f"{place}: {name!r} is the name of a process too; give the experiment another name")
    for process in entry["joint"]["processes"]:
        if process not in config["processes"]:
            raise ConfigError(
                f"{place}.processes: {process!r} is not among the samples to make; add it under processes:, or "
                f"{nearest(process, config['processes'])}"
            )
    strangers = [process for process in entry["processes"] if process not in entry["joint"]["processes"]]
    if entry["joint"]["condition"] == "process" and strangers:
        raise ConfigError(
            f"{place}: {', '.join(strangers)} is to be generated, but not among the processes that are learnt; add it, "
            "or, where it differs from these by its masses, choose condition: masses"
        )
    if entry["joint"]["condition"] == "masses" and system.draws_masks and strangers:
        raise ConfigError(
            f"{place}: of {', '.join(strangers)} nothing is learnt, so no masks are known; choose the system "
            "autoregressive-mixture-counts"
        )


def without_dropped(config: dict) -> dict:
    """The config less the experiments, processes and n-tuples that a later config file set to null."""
    kept = {
        section: {name: entry for name, entry in config[section].items() if entry not in (None, "null")}
        for section in ("experiments", "processes", "ntuples")
        if isinstance(config.get(section), dict)  # what is wrong with others is for the schema to say
    }
    return {**config, **kept}


def given_files(config: dict, csv_files: dict[str, str]) -> dict[str, list[str]]:
    """The files and addresses that each sample is given, by its place in the config; ``csv_files``: CSV by process.

    Those that are fetched are told by record and name, where these are given.
    """
    found = {f"processes.{name}": [path] for name, path in csv_files.items()}
    for name, entry in config["processes"].items():
        if entry["source"] == "zenodo" and "file" in entry:
            record = entry.get("record", config["zenodo"]["record"])
            found[f"processes.{name}"] = [f"zenodo://{record}/{entry['file']}"]
    for name, entry in config["ntuples"].items():
        if entry["source"] == "file":
            found[f"ntuples.{name}"] = expand_paths(entry["paths"])
    return found


def check_processes(config: dict, processes: dict[str, Process]) -> None:
    """Refuse by name a process that is unknown or that its source cannot provide."""
    for name in (config.get("anomaly") or {}).get("signals", []):
        if name not in processes:
            raise ConfigError(f"anomaly.signals: unknown process {name!r}; {nearest(name, processes)}")
    for name, entry in config["experiments"].items():
        if entry.get("joint", {}).get("condition") == "masses":
            _check_masses(f"experiments.{name}.joint", entry, processes)
    for name, entry in config["processes"].items():
        if name not in processes:
            raise ConfigError(f"processes: unknown process {name!r}; {nearest(name, processes)}")
        if entry["source"] == "pythia" and not processes[name].settings:
            why = (
                "Pythia 8 has no built-in process for it" if name in NOT_IN_PYTHIA else "it has no Pythia settings yet"
            )
            raise ConfigError(
                f"processes.{name}: {why}; use the published file (source: zenodo) or a CSV of your "
                "own (source: file, path: ...), or add settings for it to config/processes.tsv"
            )


def _check_masses(place: str, entry: dict, processes: dict[str, Process]) -> None:
    """All processes of an experiment that learns masses state those of the same particles, and not the same ones."""
    names = dict.fromkeys([*entry["joint"]["processes"], *entry["processes"]])
    masses = {name: processes[name].masses for name in names if name in processes}
    first, *others = masses
    for other in others:
        if set(masses[other]) != set(masses[first]):
            raise ConfigError(f"{place}: {first} and {other} do not state the masses of the same particles")
    if not of_masses(masses, entry["joint"]["processes"])[first]:
        raise ConfigError(f"{place}: the processes state no masses that differ; choose condition: process")


def check_ntuples(config: dict, ntuples: dict[str, Ntuple]) -> None:
    """Refuse by name a sample that config/ntuples.tsv does not have, or that could not be told from another."""
    for name in config["ntuples"]:
        if name not in ntuples:
            raise ConfigError(
                f"ntuples: unknown sample {name!r}; {nearest(name, ntuples)}. A sample of your own needs a line in "
                "config/ntuples.tsv"
            )
    chosen = [ntuples[name] for name in config["ntuples"]]
    for ntuple in chosen:
        twins = [other.id for other in chosen if (other.format, other.dataset_id) == (ntuple.format, ntuple.dataset_id)]
        if len(twins) > 1:
            raise ConfigError(
                f"ntuples: {' and '.join(twins)} have the same dataset_id {ntuple.dataset_id}; give each its own in "
                "config/ntuples.tsv, or set one to null"
            )
