"""Cuts of SYSTEMS 1.1, each border by hand."""

import numpy as np
import pytest
import vector

from deepcollider.physics.acceptance import describe_cuts, has_merged_jets, has_trigger, in_acceptance
from deepcollider.physics.events import OBJECT_DTYPE
from deepcollider.physics.kinds import BY_SYMBOL

STORED = [
    ("j", 20.1, 2.79, True), ("j", 19.9, 0.0, False), ("j", 25.0, 2.81, False), ("j", 25.0, -2.81, False),
    ("b", 20.1, -2.79, True), ("b", 19.9, 0.0, False),
    ("e-", 15.1, 2.69, True), ("e+", 14.9, 0.0, False), ("e-", 20.0, 2.71, False), ("e+", 20.0, 1.45, True),
    ("m-", 15.1, -2.69, True), ("m+", 14.9, 0.0, False), ("m+", 20.0, 2.71, False),
    ("g", 20.1, 2.36, True), ("g", 19.9, 0.0, False), ("g", 30.0, 2.38, False),
]  # fmt: skip

TRIGGER = [
    ("j", 60.1, 2.79, True), ("j", 59.9, 0.0, False), ("b", 60.1, 0.0, True),
    ("e-", 25.1, 0.0, True), ("e-", 24.9, 0.0, False), ("e+", 40.0, 1.40, False), ("e+", 40.0, -1.51, False),
    ("e+", 40.0, 1.36, True), ("e-", 40.0, 1.53, True), ("e-", 40.0, 2.48, False),
    ("m-", 25.1, 2.69, True), ("m+", 24.9, 0.0, False), ("m+", 40.0, 1.45, True),
    ("g", 25.1, 2.36, True), ("g", 24.9, 0.0, False),
]  # fmt: skip


def one(symbol, pt, eta):
    objects = np.zeros((1, 20), OBJECT_DTYPE)
    objects[0, 3] = (BY_SYMBOL[symbol].code, True, pt * np.cosh(eta), pt, eta, 0.0)
    return objects


@pytest.mark.parametrize(("symbol", "pt", "eta", "expected"), STORED)
def test_what_may_be_stored(symbol, pt, eta, expected):
    accepted = in_acceptance(one(symbol, pt, eta))
    assert accepted[0, 3] == expected and accepted.sum() == expected


@pytest.mark.parametrize(("symbol", "pt", "eta", "expected"), TRIGGER)
def test_what_makes_an_event_valid(symbol, pt, eta, expected):
    assert has_trigger(one(symbol, pt, eta)).tolist() == [expected]


def test_an_empty_event_is_not_valid():
    assert not has_trigger(np.zeros((1, 20), OBJECT_DTYPE)).any()


def test_cuts_in_words_name_the_crack_for_electrons_alone():
    words = describe_cuts()
    assert set(words) == {"jet", "electron", "muon", "photon"}
    assert [family for family, text in words.items() if "1.37" in text] == ["electron"]


@pytest.mark.parametrize(
    ("symbols", "first", "second", "merged"),
    [
        ("jj", (1.0, 0.5), (1.3, 0.75), True),  # 0.39 apart
        ("jj", (1.0, 0.5), (1.3, 0.77), False),  # 0.404
        ("jj", (-2.0, 3.1), (-2.0, -3.1), True),  # over the cut of phi
        ("bj", (1.0, 0.5), (1.3, 0.75), True),
        (("b", "e-"), (1.0, 0.5), (1.3, 0.75), False),  # an electron is no jet
    ],
)
def test_jets_that_would_have_been_one(symbols, first, second, merged):
    objects = np.zeros((1, 20), OBJECT_DTYPE)
    for slot, (symbol, (eta, phi)) in enumerate(zip(symbols, (first, second), strict=True)):
        objects[0, slot] = (BY_SYMBOL[symbol].code, True, 50.0 * np.cosh(eta), 50.0, eta, phi)
    assert has_merged_jets(objects).tolist() == [merged]


def test_any_two_jets_of_many_are_looked_at():
    rng, n_events, n_jets = np.random.default_rng(1), 300, 11
    objects = np.zeros((n_events, 20), OBJECT_DTYPE)
    jets = objects[:, :n_jets]
    jets["kind"], jets["valid"], jets["pt"] = BY_SYMBOL["j"].code, True, 30.0
    jets["kind"][:, :2] = BY_SYMBOL["b"].code
    jets["eta"], jets["phi"] = rng.uniform(-2.8, 2.8, jets.shape), rng.uniform(-np.pi, np.pi, jets.shape)
    vectors = vector.array(
        {name: jets[name].astype(float) for name in ("pt", "eta", "phi")} | {"m": np.zeros(jets.shape)}
    )
    apart = np.array([vectors[:, i].deltaR(vectors[:, j]) for i in range(n_jets) for j in range(i)])
    merged = apart.min(axis=0) < 0.4
    assert 0.2 < merged.mean() < 0.98
    np.testing.assert_array_equal(has_merged_jets(objects), merged)
