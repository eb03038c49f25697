"""The learnt numbers of objects: a distribution, drawn as it is, learnt, and told apart by conditions."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from deepcollider.features.conditions import NONE
from deepcollider.generators.networks import numbers
from deepcollider.generators.networks.numbers import N_KINDS, build_numbers, draw_numbers, log_probability


def probabilities(network, masks, conditions=NONE):
    """Probability of each mask (N, 7)."""
    masks = np.asarray(masks, np.float32)
    told = np.tile(np.asarray(conditions, np.float32), (len(masks), 1))
    return np.exp(np.array(log_probability(network, ops.convert_to_tensor(masks), ops.convert_to_tensor(told))))


def network_with(n_conditions=0, seed=1, scale=3.0):
    """A network with random weights, whose distributions are far from even."""
    keras.utils.set_random_seed(seed)
    network = build_numbers(n_conditions)
    network.set_weights([scale * weights for weights in network.get_weights()])
    return network


def test_probabilities_of_all_masks_are_one(monkeypatch):
    """If there were room for 8 objects: all 6435 ways to share up to so many among seven kinds."""
    monkeypatch.setattr(numbers, "MAX_OBJECTS", 8)
    network = network_with(scale=1.5)
    bars = np.array(list(itertools.combinations(range(15), 7)))
    masks = np.diff(np.concatenate([-np.ones((len(bars), 1), int), bars], axis=1), axis=1) - 1
    assert masks.sum(axis=1).max() == 8
    assert probabilities(network, masks).sum(dtype=float) == pytest.approx(1.0, abs=1e-5)


def test_drawn_as_often_as_probable():
    network = network_with()
    drawn = draw_numbers(network, 20_000, NONE, np.random.default_rng(2))
    masks, times = np.unique(drawn, axis=0, return_counts=True)
    frequent = times >= 40
    expected = 20_000 * probabilities(network, masks[frequent]).astype(float)
    seen = np.append(times[frequent], 20_000 - times[frequent].sum())
    assert frequent.sum() >= 10
    assert stats.chisquare(seen, np.append(expected, 20_000 - expected.sum())).pvalue > 1e-3


def test_never_more_objects_than_there_is_room_for():
    network = network_with(scale=0.0)  # even: without a limit ten of each kind, 70 in all
    drawn = draw_numbers(network, 2000, NONE, np.random.default_rng(3))
    assert drawn.shape == (2000, N_KINDS)
    assert drawn.sum(axis=1).max() == 20


def test_learns_numbers_that_depend_on_each_other_and_on_a_condition():
    """Poisson numbers of b-jets whose mean grows with the condition, and as many jets as b-jets and one."""
    keras.utils.set_random_seed(4)
    rng = np.random.default_rng(4)
    conditions = rng.choice([-1.0, 1.0], (6000, 1)).astype(np.float32)
    counts = np.zeros((6000, N_KINDS), np.float32)
    counts[:, 0] = np.minimum(rng.poisson(2.0 + conditions[:, 0]), 9)
    counts[:, 1] = counts[:, 0] + 1
    network = build_numbers(1)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, 1200))

    class Fit(keras.Model):
        def __init__(self):
            super().__init__()
            self.network = network

        def call(self, rows):
            return -log_probability(self.network, rows[:, :N_KINDS], rows[:, N_KINDS:])

    fit = Fit()
    fit.compile(optimizer=optimizer, loss=lambda _, value: ops.mean(value))
    rows = np.concatenate([counts, conditions], axis=1)
    fit.fit(rows, np.zeros(len(rows)), batch_size=100, epochs=20, verbose=0)
    means = []
    for condition in (-1.0, 0.0, 1.0):
        drawn = draw_numbers(network, 4000, np.array([condition]), rng)
        assert (drawn[:, 1] == drawn[:, 0] + 1).mean() > 0.97
        means.append(drawn[:, 0].mean())
    assert means[0] == pytest.approx(1.0, abs=0.15)
    assert means[2] == pytest.approx(3.0, abs=0.2)
    assert 1.3 < means[1] < 2.7  # a condition that was never seen
