"""What follows from an entry under experiments."""

import pytest

from deepcollider.config import validate_config
from deepcollider.experiment import Experiment, chunk_sizes, scaled_events, setting_name
from deepcollider.metrics.table import UNTRAINED
from tests.config.configurations import SCHEMA, configuration


def test_published_scale():
    config = configuration("config.yaml", "paper.yaml")
    experiment = Experiment("experiment-2", config)
    assert list(experiment.settings) == ["beta-0.5", "beta-0.7", "beta-1.0", "beta-1.2", "beta-1.5"]
    assert experiment.n_generated == 150_000
    assert (experiment.training["epochs"], experiment.training["batch_size"]) == (100, 100)
    assert experiment.training["steps_per_epoch"] is None
    assert experiment.entry["masks"]["frequent_fraction"] == 0.85


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


def test_every_setting_of_other_systems_is_trained(config):
    experiment = Experiment("small", config)
    assert list(experiment.trained_settings) == list(experiment.settings) == ["beta-0.5", "beta-1.5"]
    assert [experiment.trained_setting(setting) for setting in experiment.settings] == list(experiment.settings)


def test_fraction_of_frequent_masks_is_the_published_one_unless_the_config_says_another(config):
    del config["experiments"]["small"]["masks"]
    assert Experiment("small", config).frequent_fraction == 0.85
    config["experiments"]["small"]["masks"] = {"frequent_fraction": 0.5}
    assert Experiment("small", config).frequent_fraction == 0.5
