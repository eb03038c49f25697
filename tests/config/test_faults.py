"""Faults of a configuration are named with place and remedy; those that come along have none."""

import copy
import json

import pytest
from snakemake.utils import update_config

from deepcollider.config import check_ntuples, check_processes, prepare_config, validate_config, without_dropped
from deepcollider.errors import ConfigError
from tests.config.configurations import ROOT, SCHEMA, configuration, fault, fault_as_it_stands


def at(config, path):
    """The mapping at a dotted path."""
    for step in filter(None, path.split(".")):
        config = config[step]
    return config


@pytest.mark.parametrize("files", [["config.yaml"], ["config.yaml", "paper.yaml"], ["config.yaml", "demo-real.yaml"]])
def test_configurations_that_come_along_are_valid(files, processes, ntuples):
    config = without_dropped(configuration(*files))
    validate_config(config, SCHEMA)
    check_processes(config, processes)
    check_ntuples(config, ntuples)


@pytest.mark.parametrize(
    ("place", "right", "wrong"),
    [
        ("", "shuffle", "shufle"),
        ("scale", "epochs", "epoch"),
        ("split", "validation", "validaton"),
        ("processes.ttbar", "events", "event"),
        ("experiments.small", "hyperparameters", "hyper_parameters"),
        ("experiments.small.training", "batch_size", "batchsize"),
        ("experiments.small.generation", "batch", "bach"),
        ("experiments.small.masks", "frequent_fraction", "frequent_fractions"),
    ],
)
def test_misspelt_key_is_named_with_the_nearest(config, place, right, wrong):
    section = at(config, place)
    section[wrong] = section.pop(right)
    assert f"{place or 'top level'}: unknown key {wrong!r}; did you mean {right!r}?" in fault(config)


def test_key_like_no_other_is_refused_with_the_known_ones(config):
    config["skim"]["xyz"] = 1
    assert "skim: unknown key 'xyz'; known: max_bad_fraction, require_valid" in fault(config)


def test_all_faults_are_told_at_once(config):
    config["skim"]["xyz"] = 1
    config["seed"] = "often"
    del config["split"]["test"]
    message = fault(config)
    assert "unknown key 'xyz'" in message
    assert "seed: 'often' is not of type 'integer'" in message
    assert "split: 'test' is a required property" in message


@pytest.mark.parametrize(
    "path",
    [
        "seed",
        "processes",
        "experiments",
        "simulate.chunk_events",
        "zenodo.offline",
        "processes.ttbar.source",
        "processes.ttbar.events",
        "experiments.small.system",
        "experiments.small.training.epochs",
    ],
)
def test_missing_key_is_named_with_its_place(config, path):
    place, _, key = path.rpartition(".")
    del at(config, place)[key]
    assert f"{place or 'top level'}: {key!r} is a required property" in fault(config)


@pytest.mark.parametrize("section", ["experiments", "processes"])
@pytest.mark.parametrize("value", [None, ["ttbar"]])
def test_section_of_another_kind_is_named(config, section, value):
    config[section] = value
    assert f"{section}: {value!r} is not of type 'object'" in fault(config)


@pytest.mark.parametrize("split", [(0.6, 0.2, 0.2, 0.1), (0.5, 0.1, 0.2, 0.1)])
def test_split_must_sum_to_one(config, split):
    config["split"].update(zip(("train", "validation", "test", "floor"), split, strict=True))
    assert f"split: train + validation + test + floor is {sum(split):g}, but must be 1" in fault(config)


def test_unknown_system_is_named_with_the_nearest(config):
    config["experiments"]["small"]["system"] = "beta-vae-per-particles"
    expected = (
        "experiments.small.system: unknown system 'beta-vae-per-particles'; did you mean 'beta-vae-per-particle'?"
    )
    assert expected in fault(config)


@pytest.mark.parametrize("section", ["grid", "hyperparameters"])
def test_unknown_hyperparameter_is_named_with_the_nearest(config, section):
    config["experiments"]["small"][section]["learning_rat"] = [1] if section == "grid" else 1
    expected = f"experiments.small.{section}: unknown key 'learning_rat'; did you mean 'learning_rate'?"
    assert expected in fault(config)


def test_hyperparameter_given_twice(config):
    config["experiments"]["small"]["hyperparameters"]["beta"] = 1.0
    assert "experiments.small: 'beta' stands in both grid and hyperparameters" in fault(config)


def test_experiment_on_a_sample_that_is_not_made(config):
    config["experiments"]["small"]["processes"] = ["stop_02"]
    message = fault(config)
    assert "experiments.small.processes: 'stop_02' is not among the samples to make" in message
    assert "add it under processes:" in message


def test_null_drops_an_experiment_and_a_process(config):
    before = copy.deepcopy(config)
    config["experiments"]["large"] = copy.deepcopy(config["experiments"]["small"])
    update_config(config, {"experiments": {"large": None}, "processes": {"stop_02": None}})
    assert without_dropped(config) == before
    assert "experiments.large: None is not of type 'object'" in fault_as_it_stands(config)


def test_null_drops_an_ntuple(config):
    before = copy.deepcopy(config)
    update_config(config, {"ntuples": {"ZZto4L": None}})
    assert without_dropped(config) == before


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("missing", "none", "trileptons.missing: 'none' is not one of ['nan', 'zero']"),
        ("max_isolation", 0, "trileptons.max_isolation: 0 is less than or equal to the minimum of 0"),
        ("min_pt", -1, "trileptons.min_pt: -1 is less than the minimum of 0"),
        ("min_tran", 1, "trileptons: unknown key 'min_tran'; did you mean 'min_train'?"),
    ],
)
def test_faults_of_the_trilepton_selection(config, key, value, told):
    config["trileptons"][key] = value
    assert told in fault(config)


def test_split_of_trileptons_must_sum_to_one(config):
    config["trileptons"]["split"]["train"] = 0.8
    assert "trileptons.split: train + validation + test is 1.16, but must be 1" in fault(config)


def keys_of(schema):
    """Names of all keys that a schema knows, at any depth."""
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from keys_of(inner)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from keys_of(schema["additionalProperties"])


def test_every_key_is_documented():
    keys = set(keys_of(json.loads(SCHEMA.read_text())))
    assert {"seed", "bucket_rows", "frequent_fraction", "path", "steps_per_execution"} <= keys
    text = (ROOT / "config/README.md").read_text()
    # an inner key may be written with those above it: `training.epochs`
    written = {step for code in text.split("`")[1::2] for step in code.strip(":").split(".")}
    assert not keys - written


def test_strings_of_the_command_line_get_the_types_of_the_schema(config):
    """Snakemake hands over every scalar of --config 'key={nested: 0.1}' as a string."""
    config["scale"] = {"events": "0.001", "epochs": "2"}
    config["skim"]["require_valid"] = "false"
    config["zenodo"] |= {"offline": "true", "record": "7277951"}
    experiment = config["experiments"]["small"]
    experiment["training"] |= {"epochs": "3", "steps_per_epoch": "null"}
    experiment["grid"] = {"beta": ["0.5", "1.5"]}
    experiment["hyperparameters"] = {"learning_rate": "1e-4"}
    experiment["title"] = "7"
    config["experiments"]["other"] = "null"
    prepared = prepare_config(config, SCHEMA)
    assert prepared["scale"] == {"events": 0.001, "epochs": 2}
    assert prepared["skim"]["require_valid"] is False
    assert prepared["zenodo"]["offline"] is True and prepared["zenodo"]["record"] == 7277951
    assert list(prepared["experiments"]) == ["small"]
    found = prepared["experiments"]["small"]
    assert found["training"]["epochs"] == 3 and found["training"]["steps_per_epoch"] is None
    assert found["grid"] == {"beta": [0.5, 1.5]} and found["hyperparameters"] == {"learning_rate": 1e-4}
    assert found["title"] == "7"


def test_strings_that_are_no_numbers_stay_for_the_schema_to_refuse(config):
    config["scale"]["events"] = "many"
    with pytest.raises(ConfigError, match=r"scale\.events: 'many' is not of type 'number'"):
        prepare_config(config, SCHEMA)


@pytest.mark.parametrize("name", ["data", "trileptons", "dileptons", "overview", "bsm", "vae", "gans", "best"])
def test_experiment_named_like_another_report_or_table_is_refused(config, name):
    config["experiments"][name] = config["experiments"].pop("small")
    assert f"experiments.{name}" in fault(config) and "another name" in fault(config)
