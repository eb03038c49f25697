"""Fine-tuning and plans of single parts in the configuration: what is derived, and what is refused."""

import pytest

from deepcollider.config import validate_config
from deepcollider.experiment import Experiment
from tests.config.configurations import ROOT, SCHEMA, configuration, fault_as_it_stands


@pytest.fixture
def config():
    """The embedded default with two learning rates to start from."""
    config = configuration("config.yaml")
    parent, child = (config["experiments"][name] for name in ("wgan", "wgan-bsm"))
    for entry in (parent, child):
        entry["hyperparameters"] = {key: v for key, v in entry["hyperparameters"].items() if key != "learning_rate"}
    parent["grid"], child["grid"] = {"clip": [0.05, 0.1]}, {"clip": [0.1], "learning_rate": [0.01, 0.02]}
    for entry in (parent, child):
        entry["hyperparameters"].pop("clip")
    return config


def test_parent_is_the_setting_that_is_built_alike(config):
    validate_config(config, SCHEMA)
    child = Experiment("wgan-bsm", config)
    assert child.parent.name == "wgan" and Experiment("wgan", config).parent is None
    assert list(child.settings) == ["clip-0.1_learning-rate-0.01", "clip-0.1_learning-rate-0.02"] or list(
        child.settings
    ) == ["learning-rate-0.01_clip-0.1", "learning-rate-0.02_clip-0.1"]
    assert [child.parent_setting(setting) for setting in child.settings] == ["clip-0.1"] * 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"experiment": "wgann"}, "fine_tunes.experiment: no other experiment 'wgann'; did you mean 'wgan'"),
        ({"experiment": "wgan-bsm"}, "no other experiment 'wgan-bsm'"),
        ({"process": "stop_02"}, "fine_tunes.process: 'wgan' trains nothing on 'stop_02'"),
        ({"experiment": "wgan-gp"}, "wgan cannot start from the networks of wgan-gp"),
        ({"experiment": "experiment-2"}, "wgan cannot start from the networks of beta-vae-per-particle"),
        ({"experiment": "slides-2-bgmm"}, "'slides-2-bgmm' trains no networks"),
        ({"experiment": "wgan-gp-bsm"}, "'wgan-gp-bsm' is fine-tuned itself"),
        ({"scaler": "own"}, "experiments.wgan-bsm.fine_tunes.scaler: 'own' is not one of ['parent', 'refit']"),
    ],
)
def test_faults_are_named(config, change, message):
    config["experiments"]["wgan-bsm"]["fine_tunes"] |= change
    assert message in fault_as_it_stands(config)


def test_networks_that_are_built_otherwise_are_refused(config):
    config["experiments"]["wgan-bsm"]["hyperparameters"]["width"] = 32
    assert "'wgan' has no setting whose networks are built like those of" in fault_as_it_stands(config)
    config["experiments"]["wgan-bsm"]["hyperparameters"]["width"] = 64
    config["experiments"]["wgan-bsm"]["grid"]["clip"] = [0.07]
    assert (
        "its settings are clip-0.05, clip-0.1, and only beta_1, beta_2, critic_batches, critic_steps, learning_rate "
        "may differ" in fault_as_it_stands(config)
    )


def test_networks_that_were_told_other_sums_are_refused(config):
    config["experiments"]["wgan-bsm"]["hyperparameters"] |= {"critic_batches": "shared"}
    validate_config(config, SCHEMA)  # it shapes the training alone
    config["experiments"]["wgan-bsm"]["hyperparameters"]["sum_of"] = "raw"
    config["experiments"]["wgan-bsm"]["grid"]["clip"] = [0.1, 0.05]
    message = fault_as_it_stands(config)
    assert "'wgan' has no setting whose networks are built like those of" in message
    assert message.endswith(". clip-0.1 has sum_of log in place of raw")
    config["experiments"]["wgan"]["hyperparameters"]["sum_of"] = "raw"
    validate_config(config, SCHEMA)


def test_what_takes_networks_cannot_fine_tune_them(config):
    entry = config["experiments"]["wgan-bsm"]
    del entry["training"]
    entry["networks_of"] = "wgan"
    config["experiments"]["wgan"]["processes"].append("stop_02")
    entry["grid"], config["experiments"]["wgan"]["grid"] = {}, {}
    assert "takes the networks of another cannot fine-tune them" in fault_as_it_stands(config)


def test_only_needs_the_parent_too(config):
    config["only"] = ["wgan-bsm"]
    assert "only: wgan-bsm fine-tunes the networks of wgan; add it to the list" in fault_as_it_stands(config)
    config["only"] = ["wgan-bsm", "wgan"]
    validate_config(config, SCHEMA)


def test_plan_of_a_part(config):
    config["experiments"]["wgan"]["training"] = {
        "epochs": 320, "batch_size": 1024, "parts": {"met": {"epochs": 160, "batch_size": 2048}}
    }  # fmt: skip
    config["scale"]["epochs"] = 0.5
    validate_config(config, SCHEMA)
    experiment = Experiment("wgan", config)
    rest = {"steps_per_epoch": None, "steps_per_execution": 1, "max_rows": None}
    assert experiment.training_of("met") == {"epochs": 80, "batch_size": 2048, **rest}
    assert experiment.training_of("jet-first") == {"epochs": 160, "batch_size": 1024, **rest} == experiment.training
    config["experiments"]["wgan"]["training"]["parts"]["mett"] = {}
    assert "experiments.wgan.training.parts: unknown part 'mett'; did you mean 'met'" in fault_as_it_stands(config)


def test_published_scale_of_the_gan_thesis():
    """Section 7.1.3: batches of 2048 and 160 epochs for MET, of 1024 and 320 epochs for particles; 40 to fine-tune."""
    from deepcollider.reports.scales import read_scales

    _, paper = read_scales(ROOT / "config")
    for name in ("wgan", "wgan-gp"):
        experiment = Experiment(name, paper)
        plans = {part: experiment.training_of(part) for part in experiment.parts}
        assert [plans["met"][key] for key in ("epochs", "batch_size")] == [160, 2048]
        assert {(p["epochs"], p["batch_size"]) for part, p in plans.items() if part != "met"} == {(320, 1024)}
        values = experiment.all_hyperparameters("default")
        assert (values["width"], values["layers"], values["learning_rate"]) == (1024, 7, 5e-6)
        assert (values["beta_1"], values["beta_2"], values["critic_steps"], values["averaging"]) == (0.5, 0.9, 6, 0)
        tuned = Experiment(f"{name}-bsm", paper)
        assert {tuned.training_of(part)["epochs"] for part in tuned.parts} == {40}
        assert tuned.processes == ["stop_02"] and tuned.parent.name == name
    assert Experiment("wgan", paper).all_hyperparameters("default")["clip"] == 0.01
    assert Experiment("wgan-gp", paper).all_hyperparameters("default")["penalty"] == 10
