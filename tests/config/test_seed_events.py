"""True events that a system starts from, and masks that it draws: where they may stand."""

import pytest

from deepcollider.config import validate_config
from deepcollider.experiment import Experiment
from tests.config.configurations import SCHEMA, fault


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
