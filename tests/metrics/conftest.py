"""Small event samples for the metrics' tests."""

import numpy as np
import pytest

from deepcollider.physics.events import Events, empty_events, sort_objects
from deepcollider.physics.kinds import BY_SYMBOL


def _make_events(*contents) -> Events:
    """Events from (met, [(symbol, pt, eta), ...]); massless, so E = pt cosh(eta), and phi 0."""
    batch = empty_events(len(contents))
    for i, (met, objects) in enumerate(contents):
        batch.events[i]["met"] = met
        batch.events[i]["n_objects"] = len(objects)
        for j, (symbol, pt, eta) in enumerate(objects):
            batch.objects[i, j] = (BY_SYMBOL[symbol].code, True, pt * np.cosh(eta), pt, eta, 0.0)
    return Events(batch.events, sort_objects(batch.objects))


def _random_events(n: int, seed: int, shift: float = 0.0, correlated: bool = True) -> Events:
    """Toy sample in acceptance: 1 to 6 jets, 0 to 2 b-jets, sometimes a lepton of each kind or a photon.

    Momenta of an event share a factor if ``correlated``; ``shift`` multiplies them by 10**shift.
    """
    rng = np.random.default_rng(seed)
    batch = empty_events(n)
    slots = ["j"] * 6 + ["b"] * 2 + ["e-", "e+", "m-", "m+", "g"]
    present = rng.random((n, len(slots))) < np.array([1.0, 0.9, 0.8, 0.7, 0.3, 0.1, 0.7, 0.3] + [0.08] * 5)
    spread = 0.4 * rng.random((n, 1) if correlated else (n, len(slots)))
    pt = 10 ** (1.8 + shift + spread + 0.1 * rng.random(present.shape))
    eta = rng.uniform(-1.3, 1.3, present.shape)
    objects = batch.objects[:, : len(slots)]
    objects["kind"] = np.where(present, [BY_SYMBOL[symbol].code for symbol in slots], 0)
    objects["valid"] = present
    for name, values in (("pt", pt), ("eta", eta), ("energy", pt * np.cosh(eta))):
        objects[name] = np.where(present, values, 0)
    objects["phi"] = np.where(present, rng.uniform(-np.pi, np.pi, present.shape), 0)
    batch.events["met"] = 10 ** rng.normal(1.5, 0.3, n)
    batch.events["met_phi"] = rng.uniform(-np.pi, np.pi, n)
    batch.events["n_objects"] = present.sum(axis=1)
    return Events(batch.events, sort_objects(batch.objects))


@pytest.fixture(scope="session")
def make_events():
    return _make_events


@pytest.fixture(scope="session")
def random_events():
    return _random_events
