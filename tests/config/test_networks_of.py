"""Experiments that take the networks of another: what is theirs, what the owner's, and what is refused."""

import pytest

from deepcollider.config import validate_config
from deepcollider.experiment import Experiment
from tests.config.configurations import SCHEMA, fault


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
    fixed = {"latent": 160, "width": 512, "learning_rate": 1e-3, "standardise": True}
    assert mixed.trained_settings == {"beta-0.001": {"beta": 0.001, **fixed}, "beta-0.01": {"beta": 0.01, **fixed}}
    assert mixed.trained_setting("beta-0.01_gamma-100") == "beta-0.01"
    shared["experiments"]["mixed"]["grid"] = {"gamma": [10, 100]}
    mixed = Experiment("mixed", shared)
    assert list(mixed.trained_settings) == ["default"]
    assert mixed.trained_setting("gamma-100") == "default"


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
            "standardise True, which beta-0.5 needs; its settings are beta-0.001, beta-0.01",
        ),
        (
            {"hyperparameters": {"standardise": False}},
            ".networks_of: 'seeded' has no setting with beta 0.001, latent 160, width 512, learning_rate 0.001, "
            "standardise False, which beta-0.001_gamma-10 needs; its settings are beta-0.001, beta-0.01. "
            "beta-0.001 has standardise true in place of false",
        ),
        (
            {"hyperparameters": {"width": 64}},
            ".networks_of: 'seeded' has no setting with beta 0.001, latent 160, width 64",
        ),
        (
            {"system": "alpha-vae-bgmm", "grid": {"alpha": [0.2]}},
            ".networks_of: 'seeded' has no setting with alpha 0.2, latent 160, width 512, learning_rate 0.001, "
            "standardise True, which alpha-0.2 needs; its settings are beta-0.001, beta-0.01. beta-0.001 has no alpha",
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
