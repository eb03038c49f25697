"""Numbers that tell a network which sample is meant: by hand."""

import math

import numpy as np
import pytest

from deepcollider.features.conditions import NONE, of_masses, of_processes, with_conditions


def test_behind_every_row():
    rows = with_conditions(np.arange(6.0).reshape(3, 2), np.array([7.0, 8.0]))
    np.testing.assert_array_equal(rows, [[0, 1, 7, 8], [2, 3, 7, 8], [4, 5, 7, 8]])
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(with_conditions(np.ones((2, 3)), NONE), np.ones((2, 3)))


def test_processes_are_one_hot():
    assert of_processes(["a", "b", "c"]) == {"a": [1, 0, 0], "b": [0, 1, 0], "c": [0, 0, 1]}


def test_masses_are_logarithms_from_minus_one_to_one_and_those_that_are_alike_say_nothing():
    masses = {"light": {1: 100.0, 2: 50.0}, "heavy": {1: 400.0, 2: 50.0}, "asked": {1: 200.0, 2: 50.0}}
    found = of_masses(masses, ["light", "heavy"])
    assert found["light"] == [pytest.approx(-1)]
    assert found["heavy"] == [pytest.approx(1)]
    assert found["asked"] == [pytest.approx(0)]


def test_masses_beyond_those_that_are_learnt():
    masses = {"a": {1: 220.0, 2: 20.0}, "b": {1: 300.0, 2: 100.0}, "c": {1: 400.0, 2: 100.0}, "d": {1: 800.0, 2: 100.0}}
    found = of_masses(masses, ["a", "b", "c"])
    assert found["d"] == [
        pytest.approx(2 * math.log(800 / 220) / math.log(400 / 220) - 1),
        pytest.approx(1),
    ]
    assert found["b"][0] == pytest.approx(2 * math.log(300 / 220) / math.log(400 / 220) - 1)
