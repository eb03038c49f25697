"""Hyperparameters that choose between a few values: what is accepted, and how another value is refused."""

import pytest
from snakemake.utils import update_config

from deepcollider.config import prepare_config
from deepcollider.generators.registry import known_systems, system_class
from tests.config.configurations import SCHEMA, configuration, fault

CHOICES = [
    ("wgan", "sum_of", "raww", "'raww' is no choice of system wgan, but log or raw; did you mean 'raw'?"),
    ("wgan-gp", "sum_of", "Log", "'Log' is no choice of system wgan-gp, but log or raw; did you mean 'log'?"),
    ("gan", "sum_of", True, "True is no choice of system gan, but log or raw"),
    ("lsgan", "critic_batches", "share", "'share' is no choice of system lsgan, but own or shared; did you mean"),
    ("wgan", "critic_batches", 6, "6 is no choice of system wgan, but own or shared"),
    ("experiment-0", "standardise", "no", "'no' is no choice of system alpha-vae, but true or false"),
    ("slides-1", "standardise", 1, "1 is no choice of system beta-vae-merged, but true or false"),
    ("slides-2-bgmm", "standardise", 0, "0 is no choice of system beta-vae-split-bgmm, but true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "key", "value", "message"), CHOICES)
@pytest.mark.parametrize("section", ["hyperparameters", "grid"])
def test_no_choice_is_named_with_the_nearest(section, name, key, value, message):
    config = configuration("config.yaml")
    config["experiments"][name][section][key] = [value] if section == "grid" else value
    assert f"experiments.{name}.{section}.{key}: {message}" in fault(config)


def test_a_misspelt_option_is_named_with_the_nearest():
    config = configuration("config.yaml")
    config["experiments"]["wgan"]["hyperparameters"]["sumof"] = "raw"
    assert "experiments.wgan.hyperparameters: unknown key 'sumof'; did you mean 'sum_of'?" in fault(config)


@pytest.mark.parametrize(("name", "key", "value"), [
    ("wgan", "sum_of", "raw"), ("wgan", "critic_batches", "shared"), ("experiment-0", "standardise", False),
])  # fmt: skip
def test_every_choice_also_from_the_command_line(name, key, value):
    """Snakemake hands over false as a string."""
    config = configuration("config.yaml")
    update_config(config, {"only": [name], "experiments": {name: {"hyperparameters": {key: str(value).lower()}}}})
    prepared = prepare_config(config, SCHEMA)
    assert prepared["experiments"][name]["hyperparameters"][key] == value


@pytest.mark.parametrize("system", known_systems())
def test_defaults_are_choices_and_others_are_refused(system):
    found = system_class(system)
    assert all(found.is_choice(name, value) for name, value in found.defaults.items())
    assert set(found.choices) <= set(found.defaults)
    for name in found.choices:
        with pytest.raises(ValueError, match=f"system {system}: {name} is 'neither'; it can be "):
            found(**{name: "neither"})
