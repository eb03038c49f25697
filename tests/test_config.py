"""The configuration: faults are named with their remedy, and what the workflow derives from it."""

import copy
import dataclasses
import json
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from deepcollider.config import (
    check_ntuples,
    check_processes,
    prepare_config,
    validate_config,
    without_dropped,
)
from deepcollider.errors import ConfigError
from deepcollider.experiment import Experiment, chunk_sizes, scaled_events, setting_name
from deepcollider.metrics.table import UNTRAINED
from deepcollider.samples import read_ntuples, read_processes
from deepcollider.sources.pythia import NOT_IN_PYTHIA

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "workflow/schemas/config.schema.json"

SM = """
njets w_jets gam_jets z_jets ttbar wtop wtopbar ww single_top single_topbar 2gam Wgam ZW Zgam ZZ single_higgs ttbarGam
ttbarZ ttbarHiggs atop ttbarW atopbar ztop ztopbar 4top ttbarWW
"""
BSM = [
    *(f"gluino_{i:02}" for i in range(1, 8)),
    *(f"stop_{i:02}" for i in range(1, 5)),
    *(f"Zp_{i:02}" for i in range(1, 6)),
]


def configuration(*files):
    """Config files merged as Snakemake does."""
    merged = {}
    for file in files:
        update_config(merged, yaml.safe_load((ROOT / "config" / file).read_text()))
    return merged


@pytest.fixture
def config():
    return {
        "seed": 1,
        "scale": {"events": 1.0, "epochs": 1.0},
        "processes": {"ttbar": {"source": "pythia", "events": 100}},
        "ntuples": {"WZto3LNu": {"source": "pythia", "events": 100}},
        "trileptons": {
            "min_pt": 10,
            "max_isolation": None,
            "missing": "nan",
            "split": {"train": 0.64, "validation": 0.16, "test": 0.2},
            "min_train": 10,
        },
        "dileptons": {
            "cuts": {"lepton_pt": 20, "lepton_eta": 2.4, "b_pt": 20, "b_eta": 3.0},
            "transverse_mass": "standard",
            "split": {"train": 0.75, "test": 0.25},
            "min_train": 10,
        },
        "toy_gaussians": {"points": 100},
        "zenodo": {
            "record": 3685861,
            "api": "https://zenodo.org/api",
            "folder": "results/downloads",
            "offline": False,
            "retries": 8,
        },
        "simulate": {"chunk_events": 50, "batch_size": 10},
        "skim": {"max_bad_fraction": 0.01, "require_valid": True},
        "shuffle": {"bucket_rows": 1000},
        "split": {"train": 0.5, "validation": 0.1, "test": 0.2, "floor": 0.2, "min_train": 10},
        "evaluation": {
            "bootstrap": 20,
            "max_events": 1000,
            "classifier_events": 1000,
            "neighbour_events": 1000,
            "timing_batches": [1, 10],
        },
        "experiments": {
            "small": {
                "title": "Small",
                "system": "beta-vae-per-particle",
                "processes": ["ttbar"],
                "grid": {"beta": [0.5, 1.5]},
                "hyperparameters": {"learning_rate": 0.01},
                "masks": {"frequent_fraction": 0.85},
                "training": {"epochs": 10, "batch_size": 50},
                "generation": {"events": 200, "batch": 50},
            }
        },
    }


@pytest.fixture(scope="module")
def processes():
    return read_processes(ROOT / "config/processes.tsv")


def at(config, path):
    """The mapping at a dotted path."""
    for step in filter(None, path.split(".")):
        config = config[step]
    return config


def fault(config):
    """The message with which a config is refused."""
    with pytest.raises(ConfigError) as error:
        validate_config(without_dropped(config), SCHEMA)
    return str(error.value)


@pytest.mark.parametrize("files", [["config.yaml"], ["config.yaml", "paper.yaml"], ["config.yaml", "demo-real.yaml"]])
def test_configurations_that_come_along_are_valid(files, processes, ntuples):
    config = without_dropped(configuration(*files))
    validate_config(config, SCHEMA)
    check_processes(config, processes)
    check_ntuples(config, ntuples)


def test_published_scale(processes):
    config = configuration("config.yaml", "paper.yaml")
    experiment = Experiment("experiment-2", config)
    assert list(experiment.settings) == ["beta-0.5", "beta-0.7", "beta-1.0", "beta-1.2", "beta-1.5"]
    assert experiment.n_generated == 150_000
    assert (experiment.training["epochs"], experiment.training["batch_size"]) == (100, 100)
    assert experiment.training["steps_per_epoch"] is None
    assert experiment.entry["masks"]["frequent_fraction"] == 0.85


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


def test_file_source_needs_a_path(config):
    config["processes"]["ttbar"] = {"source": "file"}
    assert "processes.ttbar: 'path' is a required property" in fault(config)
    config["processes"]["ttbar"]["path"] = "ttbar.csv.gz"
    validate_config(config, SCHEMA)


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


def test_unknown_process_is_named_with_the_nearest(config, processes):
    config["processes"]["tbar"] = {"source": "pythia", "events": 1}
    validate_config(config, SCHEMA)
    with pytest.raises(ConfigError, match=r"processes: unknown process 'tbar'; did you mean 'ttbar'\?"):
        check_processes(config, processes)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ttbarHiggs", "it has no Pythia settings yet"),
        *((name, "Pythia 8 has no built-in process for it") for name in NOT_IN_PYTHIA),
    ],
)
def test_process_that_pythia_cannot_make_is_refused_with_what_to_do(config, processes, name, why):
    processes = processes | {"ttbarHiggs": dataclasses.replace(processes["ttbarHiggs"], settings=())}
    config["processes"][name] = {"source": "pythia", "events": 1}
    validate_config(config, SCHEMA)
    with pytest.raises(ConfigError, match=rf"processes\.{name}: {why}; .*source: zenodo.*source: file, path:"):
        check_processes(config, processes)
    config["processes"][name] = {"source": "file", "path": f"{name}.csv"}
    check_processes(config, processes)


def test_published_processes(processes):
    assert len(processes) == 42
    assert (len(SM.split()), len(BSM)) == (26, 16)
    for group, names in (("SM", SM.split()), ("BSM", BSM)):
        assert [process.id for process in processes.values() if process.group == group] == names
    assert all(process.label.count("$") == 2 for process in processes.values())
    names = [name.lower() for process in processes.values() for name in process.names]
    assert len(set(names)) == len(names)


def test_settings_of_pythia_go_with_the_source(processes):
    for process in processes.values():
        assert process.source == ("pythia" if process.settings else "zenodo"), process.id
        assert bool(process.settings) == (process.id not in NOT_IN_PYTHIA), process.id
        assert all(setting.count("=") == 1 for setting in process.settings)
    assert processes["ttbar"].settings == ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on")
    assert processes["ttbar"].slha is None
    assert processes["stop_02"].slha == "resources/slha/stop.slha"
    assert {process.slha for process in processes.values()} == {
        None,
        "resources/slha/stop.slha",
        "resources/slha/gluino.slha",
    }
    assert all((ROOT / process.slha).is_file() for process in processes.values() if process.slha)


def test_preselections_of_the_published_sample(processes):
    cuts = {process.id: process.min_ht for process in processes.values() if process.min_ht}
    assert cuts == {"njets": 600, "w_jets": 100, "gam_jets": 100, "z_jets": 100}
    tops = {process.id: process.contains for process in processes.values() if process.contains is not None}
    assert tops == {"single_top": 6, "single_topbar": -6}


def test_samples_for_exploration_are_not_trained_on(processes):
    config = configuration("config.yaml")
    trained = {process for entry in config["experiments"].values() for process in entry["processes"]}
    explored = set(config["processes"]) - trained
    assert {processes[process].group for process in explored} == {"SM", "BSM"}


HEADER = "id\tgroup\tlabel\tsource\taliases\tmin_ht\tcontains\tsettings\n"
GOOD = "a\tSM\t$a$\tzenodo\tA1; A2\t100\t-6\tx = 1; y = 2;\n"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("name\tgroup\n" + GOOD, 1, "columns"),
        (HEADER + GOOD + "b\tSM\n", 3, "2 columns, but 8"),
        (HEADER + "b\tMSSM\t$b$\tzenodo\t\t\t\t\n", 2, "group 'MSSM', but SM or BSM"),
        (HEADER + GOOD + GOOD, 3, "'a' stands there already"),
        (HEADER + "b\tSM\t$b$\tzenodo\t\tmuch\t\t\n", 2, "min_ht is 'much', but a number"),
    ],
)
def test_faulty_line_of_the_process_table_is_named(tmp_path, text, line, told):
    path = tmp_path / "processes.tsv"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        read_processes(path)
    assert str(error.value).startswith(f"{path}, line {line}: ")
    assert told in str(error.value)


def test_process_table_by_hand(tmp_path):
    (tmp_path / "processes.tsv").write_text(HEADER + GOOD)
    (process,) = read_processes(tmp_path / "processes.tsv").values()
    assert (process.names, process.settings) == (("a", "A1", "A2"), ("x = 1", "y = 2"))
    assert (process.min_ht, process.contains) == (100.0, -6)


def test_ntuple_samples():
    ntuples = read_ntuples(ROOT / "config/ntuples.tsv")
    for form in ("nanoaod", "dilepton"):
        chosen = [ntuple for ntuple in ntuples.values() if ntuple.format == form]
        assert {ntuple.group for ntuple in chosen} == {"background", "signal"}
        assert len({ntuple.dataset_id for ntuple in chosen}) == len(chosen)
        assert all(ntuple.label.count("$") == 2 and ntuple.settings for ntuple in chosen)


def test_null_drops_an_experiment_and_a_process(config):
    before = copy.deepcopy(config)
    config["experiments"]["large"] = copy.deepcopy(config["experiments"]["small"])
    update_config(config, {"experiments": {"large": None}, "processes": {"stop_02": None}})
    assert without_dropped(config) == before
    assert "experiments.large: None is not of type 'object'" in _fault_as_it_stands(config)


def _fault_as_it_stands(config):
    with pytest.raises(ConfigError) as error:
        validate_config(config, SCHEMA)
    return str(error.value)


@pytest.fixture(scope="module")
def ntuples():
    return read_ntuples(ROOT / "config/ntuples.tsv")


def test_null_drops_an_ntuple(config):
    before = copy.deepcopy(config)
    update_config(config, {"ntuples": {"ZZto4L": None}})
    assert without_dropped(config) == before


def test_unknown_ntuple_is_named_with_the_nearest(config, ntuples):
    check_ntuples(config, ntuples)
    config["ntuples"]["WZto3LN"] = {"source": "pythia", "events": 1}
    validate_config(config, SCHEMA)
    with pytest.raises(
        ConfigError, match=r"ntuples: unknown sample 'WZto3LN'; did you mean 'WZto3LNu'\?.*ntuples\.tsv"
    ):
        check_ntuples(config, ntuples)


def test_ntuples_that_could_not_be_told_apart_are_refused(config, ntuples):
    twin = dataclasses.replace(ntuples["ZZto4L"], dataset_id=ntuples["WZto3LNu"].dataset_id)
    config["ntuples"]["ZZto4L"] = {"source": "pythia", "events": 1}
    with pytest.raises(ConfigError, match="WZto3LNu and ZZto4L have the same dataset_id 1"):
        check_ntuples(config, ntuples | {"ZZto4L": twin})
    # numbers of different formats never meet
    check_ntuples(config, ntuples | {"ZZto4L": dataclasses.replace(twin, format="dilepton")})


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"source": "pythia"}, "'events' is a required property"),
        ({"source": "file"}, "'paths' is a required property"),
        ({"source": "file", "paths": []}, "[] should be non-empty"),
        ({"source": "file", "paths": "a.root"}, "'a.root' is not of type 'array'"),
        ({"source": "file", "path": ["a.root"]}, "unknown key 'path'; did you mean 'paths'?"),
        ({"source": "zenodo", "events": 1}, "'zenodo' is not one of ['pythia', 'file']"),
    ],
)
def test_faults_of_an_ntuple(config, entry, told):
    config["ntuples"]["WZto3LNu"] = entry
    message = fault(config)
    assert "ntuples.WZto3LNu" in message and told in message


def test_ntuples_of_ones_own(config):
    config["ntuples"]["WZto3LNu"] = {"source": "file", "paths": ["a/*.root", "root://host//b.root"]}
    validate_config(config, SCHEMA)


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


def test_scale(config):
    config["scale"] = {"events": 0.01, "epochs": 0.25}
    experiment = Experiment("small", config)
    assert experiment.n_generated == 2
    not_given = {"steps_per_epoch": None, "steps_per_execution": 1, "max_rows": None}
    assert experiment.training == {"epochs": 2, "batch_size": 50, **not_given}
    assert scaled_events(5_412_187, config) == 54_122
    config["scale"] = {"events": 1e-9, "epochs": 1e-9}
    assert (Experiment("small", config).n_generated, Experiment("small", config).epochs) == (1, 1)


def test_grid_is_unrolled(config):
    entry = config["experiments"]["small"]
    entry["grid"] = {"beta": [0.5, 1.5], "learning_rate": [0.1, 0.01, 0.001]}
    entry["hyperparameters"] = {}
    entry["untrained_baseline"] = True
    validate_config(config, SCHEMA)
    experiment = Experiment("small", config)
    names = [f"beta-{beta}_learning-rate-{rate}" for beta in (0.5, 1.5) for rate in (0.1, 0.01, 0.001)]
    assert list(experiment.settings) == names
    assert experiment.settings_to_generate == [*names, UNTRAINED]
    assert experiment.hyperparameters("beta-1.5_learning-rate-0.01") == {"beta": 1.5, "learning_rate": 0.01}
    assert experiment.hyperparameters(UNTRAINED) == {"beta": 0.5, "learning_rate": 0.1}


def test_fixed_hyperparameters_go_with_every_setting(config):
    experiment = Experiment("small", config)
    assert experiment.settings_to_generate == ["beta-0.5", "beta-1.5"]
    assert experiment.hyperparameters("beta-1.5") == {"beta": 1.5, "learning_rate": 0.01}
    assert experiment.parts == ("met", "bjet", "jet", "electron", "positron", "muon", "antimuon", "photon")


def test_grid_without_an_axis_has_one_setting(config):
    config["experiments"]["small"]["grid"] = {}
    validate_config(config, SCHEMA)
    assert Experiment("small", config).settings == {"default": {}}
    assert setting_name({}) == "default"


@pytest.mark.parametrize(("n", "chunk", "sizes"), [(5, 2, [2, 2, 1]), (4, 2, [2, 2]), (1, 9, [1])])
def test_chunk_sizes(n, chunk, sizes):
    assert chunk_sizes(n, chunk) == sizes


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


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("record", 0, "0 is less than the minimum of 1"),
        ("record", "10.5281/zenodo.7277951", "is not of type 'integer'"),
        ("file", "../ttbar.csv", "does not match"),
        ("file", "ttbar.txt", "does not match"),
        ("recrod", 7277951, "unknown key 'recrod'; did you mean 'record'?"),
    ],
)
def test_faults_of_a_published_process(config, key, value, told):
    config["processes"]["ttbar"] = {"source": "zenodo", "record": 7277951, "file": "ttbar_10fb.CSV.gz"}
    validate_config(config, SCHEMA)
    config["processes"]["ttbar"][key] = value
    message = fault(config)
    assert "processes.ttbar" in message and told in message


def test_published_processes_may_all_come_from_zenodo(config, processes):
    config["processes"] |= {name: {"source": "zenodo"} for name in processes}
    validate_config(config, SCHEMA)
    check_processes(config, processes)


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


def event_experiment(system, grid, **more):
    """An experiment of a system of whole events, as it stands in the config."""
    training = {} if "networks_of" in more else {"training": {"epochs": 10, "batch_size": 50}}
    entry = {"title": "Whole events", "system": system, "processes": ["ttbar"], "grid": grid}
    return {**entry, **training, "generation": {"events": 200, "batch": 50}, **more}


@pytest.fixture
def shared(config):
    """``seeded`` trains networks at two values of beta, ``mixed`` takes them for mixtures of two sizes."""
    config["experiments"] |= {
        "mixed": event_experiment(
            "beta-vae-split-bgmm",
            {"beta": [0.001, 0.01], "gamma": [10, 100]},
            hyperparameters={"mixture_codes": 500},
            networks_of="seeded",
        ),
        "seeded": event_experiment("beta-vae-split", {"beta": [0.001, 0.01]}),
    }
    validate_config(config, SCHEMA)
    return config


def test_networks_of_another_experiment(shared):
    shared["scale"]["epochs"] = 0.5
    mixed = Experiment("mixed", shared)
    assert mixed.owner.name == "seeded" and Experiment("seeded", shared).owner.name == "seeded"
    assert mixed.training == Experiment("seeded", shared).training and mixed.epochs == 5
    assert list(mixed.settings) == [f"beta-{beta}_gamma-{gamma}" for beta in (0.001, 0.01) for gamma in (10, 100)]
    assert [mixed.trained_setting(setting) for setting in mixed.settings] == ["beta-0.001"] * 2 + ["beta-0.01"] * 2
    assert mixed.hyperparameters("beta-0.01_gamma-10") == {"beta": 0.01, "gamma": 10, "mixture_codes": 500}


def test_a_default_counts_as_if_it_were_written(shared):
    shared["experiments"]["seeded"]["hyperparameters"] = {"latent": 160}
    shared["experiments"]["mixed"]["grid"] = {"gamma": [10]}  # beta: 0.001
    validate_config(shared, SCHEMA)
    assert Experiment("mixed", shared).trained_setting("gamma-10") == "beta-0.001"


def test_what_shapes_the_training_alone_is_the_owners(shared):
    shared["experiments"]["seeded"]["hyperparameters"] = {"learning_rate": 0.01, "latent": 32}
    mixed = Experiment("mixed", shared)
    assert mixed.hyperparameters("beta-0.01_gamma-10")["learning_rate"] == 0.01
    with pytest.raises(KeyError):  # the size of the networks is not
        mixed.trained_setting("beta-0.01_gamma-10")
    shared["experiments"]["mixed"]["hyperparameters"]["latent"] = 32
    assert mixed.trained_setting("beta-0.01_gamma-10") == "beta-0.01"


def test_settings_that_differ_in_generation_alone_are_trained_once(shared):
    del shared["experiments"]["mixed"]["networks_of"]
    shared["experiments"]["mixed"]["training"] = {"epochs": 3, "batch_size": 20}
    validate_config(shared, SCHEMA)
    mixed = Experiment("mixed", shared)
    fixed = {"latent": 160, "width": 512, "learning_rate": 1e-3}
    assert mixed.trained_settings == {"beta-0.001": {"beta": 0.001, **fixed}, "beta-0.01": {"beta": 0.01, **fixed}}
    assert mixed.trained_setting("beta-0.01_gamma-100") == "beta-0.01"
    shared["experiments"]["mixed"]["grid"] = {"gamma": [10, 100]}
    mixed = Experiment("mixed", shared)
    assert list(mixed.trained_settings) == ["default"]
    assert mixed.trained_setting("gamma-100") == "default"


def test_every_setting_of_other_systems_is_trained(config):
    experiment = Experiment("small", config)
    assert list(experiment.trained_settings) == list(experiment.settings) == ["beta-0.5", "beta-1.5"]
    assert [experiment.trained_setting(setting) for setting in experiment.settings] == list(experiment.settings)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"networks_of": "seede"}, ".networks_of: unknown experiment 'seede'; did you mean 'seeded'?"),
        ({"networks_of": "mixed"}, ".networks_of: 'mixed' takes those of 'mixed' itself"),
        (
            {"networks_of": "small"},
            ".networks_of: beta-vae-split-bgmm cannot use the networks of beta-vae-per-particle",
        ),
        ({"training": {"epochs": 1, "batch_size": 1}}, ": needs either training, or networks_of with the name of the"),
        ({"networks_of": None}, ": needs either training, or networks_of with the name of the experiment"),
        (
            {"system": "beta-vae-merged-bgmm"},
            ".networks_of: beta-vae-merged-bgmm cannot use the networks of beta-vae-split",
        ),
        (
            {"grid": {"beta": [0.001, 0.5]}},
            ".networks_of: 'seeded' has no setting with beta 0.5, latent 160, width 512, learning_rate 0.001, "
            "which beta-0.5 needs; its settings are beta-0.001, beta-0.01",
        ),
        (
            {"hyperparameters": {"width": 64}},
            ".networks_of: 'seeded' has no setting with beta 0.001, latent 160, width 64",
        ),
        (
            {"system": "alpha-vae-bgmm", "grid": {"alpha": [0.2]}},
            ".networks_of: 'seeded' has no setting with alpha 0.2, latent 160",
        ),
    ],
)
def test_networks_that_cannot_be_taken(shared, change, told):
    entry = shared["experiments"]["mixed"] | change
    shared["experiments"]["mixed"] = {key: value for key, value in entry.items() if value is not None}
    assert f"experiments.mixed{told}" in fault(shared)


def test_networks_of_an_experiment_on_other_samples(shared):
    shared["processes"]["stop_02"] = {"source": "pythia", "events": 100}
    shared["experiments"]["mixed"]["processes"] = ["ttbar", "stop_02"]
    assert "experiments.mixed.networks_of: 'seeded' trains nothing on stop_02; add it there" in fault(shared)


def test_fault_of_the_owner_is_told_of_the_owner(shared):
    shared["experiments"]["seeded"]["system"] = "beta-vae-spilt"
    assert "experiments.seeded.system: unknown system 'beta-vae-spilt'; did you mean 'beta-vae-split'?" in fault(shared)


def test_seeds_are_test_events_unless_the_config_says_train(shared):
    assert Experiment("seeded", shared).seeds == "test"
    assert Experiment("seeded", shared).truth_and_floor == ("floor", "test")  # not compared with its own seeds
    shared["experiments"]["seeded"]["generation"]["seeds"] = "train"
    validate_config(shared, SCHEMA)
    assert Experiment("seeded", shared).seeds == "train"
    assert Experiment("seeded", shared).truth_and_floor == ("test", "floor")
    for name in ("mixed", "small"):
        assert Experiment(name, shared).seeds is None
        assert Experiment(name, shared).truth_and_floor == ("test", "floor")


def test_seeds_from_another_split_are_refused(shared):
    shared["experiments"]["seeded"]["generation"]["seeds"] = "validation"
    message = fault(shared)
    assert "experiments.seeded.generation.seeds" in message and "'test', 'train'" in message


@pytest.mark.parametrize("name", ["mixed", "small"])
def test_seeds_where_none_are_needed_are_refused(shared, name):
    shared["experiments"][name]["generation"]["seeds"] = "test"
    assert f"experiments.{name}.generation.seeds: system" in fault(shared)
    assert "needs no true events; remove the key" in fault(shared)


@pytest.mark.parametrize("name", ["mixed", "seeded"])
def test_masks_of_a_system_that_draws_none_are_refused(shared, name):
    shared["experiments"][name]["masks"] = {"frequent_fraction": 0.85}
    message = fault(shared)
    assert f"experiments.{name}.masks: system beta-vae-split" in message and "draws no masks; remove the key" in message


def test_fraction_of_frequent_masks_is_the_published_one_unless_the_config_says_another(config):
    del config["experiments"]["small"]["masks"]
    assert Experiment("small", config).frequent_fraction == 0.85
    config["experiments"]["small"]["masks"] = {"frequent_fraction": 0.5}
    assert Experiment("small", config).frequent_fraction == 0.5
