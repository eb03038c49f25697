"""Cuts of SYSTEMS 1.1, each border by hand."""

import numpy as np
import pytest

from deepcollider.physics.acceptance import describe_cuts, has_trigger, in_acceptance
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
