"""Scores of simple detectors by hand, and a forest that finds what was never there."""

import numpy as np
import pytest

from deepcollider.anomaly.detectors import isolation_forest, of_likelihood, quantities
from tests.features.test_sequences import event, random_events


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


def test_forest_finds_hard_events_and_is_reproducible():
    background, usual, hard = random_events(1500, 1), random_events(300, 2), random_events(300, 3)
    hard.objects["pt"] *= 20
    hard.objects["energy"] *= 20
    hard.events["met"] *= 20
    of_usual, of_hard = isolation_forest(background, [usual, hard], seed=1)
    again = isolation_forest(background, [usual], seed=1)[0]
    np.testing.assert_array_equal(of_usual, again)
    assert np.median(of_hard) > np.quantile(of_usual, 0.75)
