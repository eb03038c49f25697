"""Scores of simple detectors by hand, and a forest that finds what was never there."""

import numpy as np
import pytest

from deepcollider.anomaly import detectors
from deepcollider.anomaly.detectors import isolation_forest, of_likelihood, quantities
from tests.features.test_sequences import event


def test_quantities_by_hand():
    found = quantities(event(50.0, 1.0, (1, 70, 60, 0, 0), (2, 90, 80, 0, 0), (3, 200, 100, 0, 0)))
    expected = {"MET": 50, "HT": 140, "MET + HT": 190, "number of objects": 3, "leading pt": 100}
    assert {name: score[0] for name, score in found.items()} == pytest.approx(expected)


def test_quantities_of_an_empty_event():
    found = quantities(event(10.0, 0.0))
    assert {name: score[0] for name, score in found.items()} == pytest.approx(
        {"MET": 10, "HT": 0, "MET + HT": 10, "number of objects": 0, "leading pt": 0}
    )


def test_likelihood_per_object():
    events = event(50.0, 1.0, (1, 70, 60, 0, 0), (2, 90, 80, 0, 0), (3, 200, 100, 0, 0))
    assert of_likelihood("p", np.array([8.0]), events) == {"p": [8.0], "p, per object": [2.0]}


def test_forest_finds_what_was_never_there_and_is_reproducible():
    rng = np.random.default_rng(1)
    background, usual, far = rng.normal(size=(2000, 5)), rng.normal(size=(300, 5)), rng.normal(4, 1, (300, 5))
    of_usual, of_far = isolation_forest(background, [usual, far], seed=1)
    np.testing.assert_array_equal(of_usual, isolation_forest(background, [usual], seed=1)[0])
    assert of_far.min() > np.quantile(of_usual, 0.95)


def test_forest_learns_from_a_bounded_number_of_events(monkeypatch):
    monkeypatch.setattr(detectors, "FOREST_EVENTS", 500)
    rng = np.random.default_rng(2)
    background, sample = rng.normal(size=(2000, 3)), rng.normal(size=(50, 3))
    cut, whole = (isolation_forest(each, [sample], seed=1)[0] for each in (background[:500], background))
    np.testing.assert_array_equal(cut, whole)
