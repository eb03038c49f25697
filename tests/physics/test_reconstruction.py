"""Spectra of several objects: by hand, and against a slow loop over ``vector`` objects."""

import math
from itertools import combinations

import numpy as np
import pytest
import vector

from deepcollider.physics.events import Events, empty_events, sort_objects
from deepcollider.physics.kinds import BY_SYMBOL, KIND_TABLE, MAX_OBJECTS
from deepcollider.physics.reconstruction import balance, spectra

NAMES = {
    "ht", "m_jj", "m_bb", "m_ll", "mt_lepton1_met", "delta_phi_met_jet1", "w_mass", "top_mass", "balance",
    "n_bjet", "n_jet", "n_electron", "n_positron", "n_muon", "n_antimuon", "n_photon", "n_objects",
}  # fmt: skip
LEPTONS = ("e-", "e+", "m-", "m+")


def _event(*objects, met=0.0, met_phi=0.0) -> Events:
    """One event of (symbol, pt, eta, phi) massless objects."""
    batch = empty_events(1)
    batch.events[0]["met"], batch.events[0]["met_phi"] = met, met_phi
    for i, (symbol, pt, eta, phi) in enumerate(objects):
        batch.objects[0, i] = (BY_SYMBOL[symbol].code, True, pt * math.cosh(eta), pt, eta, phi)
    return Events(batch.events, sort_objects(batch.objects))


def _found(events: Events) -> dict[str, float]:
    """What the first event has."""
    return {name: values[0] for name, (has, values) in spectra(events).items() if has[0]}


def _random_events(n: int, seed: int) -> Events:
    """Any number of massive objects of any kind, energies below the momentum among them."""
    rng = np.random.default_rng(seed)
    batch, shape = empty_events(n), (n, MAX_OBJECTS)
    kind = rng.choice(len(KIND_TABLE), shape, p=[0.4, 0.15, 0.25, 0.04, 0.04, 0.04, 0.04, 0.04])
    pt, eta = 20 + rng.exponential(60, shape), rng.uniform(-2.5, 2.5, shape)
    values = {"energy": pt * np.cosh(eta) * rng.uniform(0.9, 1.2, shape), "pt": pt, "eta": eta}
    for name, value in (values | {"phi": rng.uniform(-np.pi, np.pi, shape)}).items():
        batch.objects[name] = np.where(kind > 0, value, 0)
    batch.objects["kind"], batch.objects["valid"] = kind, kind > 0
    batch.events["met"], batch.events["met_phi"] = rng.exponential(50, n), rng.uniform(-np.pi, np.pi, n)
    return Events(batch.events, sort_objects(batch.objects))


def _by_loop(event: np.void, objects: np.ndarray) -> dict[str, float]:
    """The same for one event, from its objects one by one."""
    of = {symbol: [] for symbol in BY_SYMBOL}
    for each in sorted(objects[objects["kind"] > 0].tolist(), key=lambda each: -each[3]):
        kind, _, energy, pt, eta, phi = each
        x, y, z = pt * math.cos(phi), pt * math.sin(phi), pt / math.tan(2 * math.atan(math.exp(-eta)))
        of[KIND_TABLE[kind]].append(vector.obj(px=x, py=y, pz=z, E=energy))
    leptons = sorted((each for symbol in LEPTONS for each in of[symbol]), key=lambda each: -each.pt)
    found = {f"n_{kind.name}": len(of[symbol]) for symbol, kind in BY_SYMBOL.items()}
    found["n_objects"] = sum(found.values())
    for name, pair in (("m_jj", of["j"]), ("m_bb", of["b"]), ("m_ll", leptons)):
        if len(pair) >= 2:
            found[name] = (pair[0] + pair[1]).mass
    if of["j"] or of["b"]:
        found["ht"] = sum(each.pt for each in of["j"] + of["b"])
    met = vector.obj(pt=float(event["met"]), phi=float(event["met_phi"]))
    together = sum((vector.obj(px=each.px, py=each.py) for symbol in of for each in of[symbol]), start=met)
    found["balance"] = together.rho
    if leptons:
        cosine = math.cos(leptons[0].deltaphi(met))
        found["mt_lepton1_met"] = math.sqrt(2 * leptons[0].pt * met.pt * (1 - cosine))
    if of["j"]:
        found["delta_phi_met_jet1"] = abs(met.deltaphi(of["j"][0]))
    candidates = [(b + j + k, j + k) for b in of["b"][:2] for j, k in combinations(of["j"][:4], 2)]
    if candidates:
        top, w = max(candidates, key=lambda each: each[0].pt)
        found |= {"top_mass": top.mass, "w_mass": w.mass}
    return found


def test_names_and_shapes():
    events = _random_events(7, seed=1)
    found = spectra(events)
    assert set(found) == NAMES
    for has, values in found.values():
        assert (has.shape, has.dtype, values.shape, values.dtype) == ((7,), bool, (7,), np.float64)
    assert all(len(values) == 0 for _, values in spectra(events.take(slice(0))).values())


def test_an_event_without_objects_has_multiplicities_only():
    found = _found(_event(met=30.0))
    assert found == {"balance": pytest.approx(30.0), **{name: 0 for name in NAMES if name.startswith("n_")}}


def test_balance_is_what_met_and_objects_leave_over():
    jets = [("j", 40.0, 1.0, 0.0), ("b", 30.0, -2.0, math.pi / 2)]
    assert _found(_event(*jets))["balance"] == pytest.approx(50.0)
    phi = math.atan2(30.0, 40.0) - math.pi
    assert _found(_event(*jets, met=50.0, met_phi=phi))["balance"] == pytest.approx(0.0, abs=1e-4)
    assert _found(_event(*jets, met=20.0, met_phi=phi))["balance"] == pytest.approx(30.0)
    size, angle = balance(_event(*jets, met=20.0, met_phi=phi))
    assert (size[0], angle[0]) == (pytest.approx(30.0), pytest.approx(math.atan2(30.0, 40.0)))


def test_back_to_back_jets_have_the_mass_of_their_energies():
    found = _found(_event(("j", 40.0, 0.0, 1.0), ("j", 40.0, 0.0, 1.0 - math.pi), ("j", 20.0, 1.0, 0.0)))
    assert found["m_jj"] == pytest.approx(80.0)
    assert found["ht"] == pytest.approx(100.0)
    assert "m_bb" not in found
    assert "w_mass" not in found  # no b-jet


def test_masses_use_the_stored_energy_and_space_like_ones_are_negative():
    events = _event(("b", 40.0, 0.0, 0.0), ("b", 40.0, 0.0, math.pi / 2))
    events.objects["energy"][0, :2] = 50.0  # instead of 40
    assert _found(events)["m_bb"] == pytest.approx(math.sqrt(100**2 - 2 * 40**2))
    events.objects["energy"][0, :2] = 20.0
    assert _found(events)["m_bb"] == pytest.approx(-math.sqrt(2 * 40**2 - 40**2))


def test_lepton_pair_is_of_any_flavour_and_charge():
    found = _found(_event(("e-", 20.0, 0.0, 0.5), ("m+", 50.0, 0.0, 0.0), ("e-", 50.0, 0.0, math.pi)))
    assert found["m_ll"] == pytest.approx(100.0)
    assert (found["n_electron"], found["n_antimuon"], found["n_objects"]) == (2, 1, 3)


def test_transverse_mass_and_angle_to_met():
    found = _found(_event(("m-", 40.0, 1.5, 3.0), ("j", 50.0, 0.0, 3.0), met=40.0, met_phi=3.0 - math.pi))
    assert found["mt_lepton1_met"] == pytest.approx(80.0)
    assert found["delta_phi_met_jet1"] == pytest.approx(math.pi, abs=1e-6)
    found = _found(_event(("j", 50.0, 0.0, 3.0), met=40.0, met_phi=-3.0))
    assert found["delta_phi_met_jet1"] == pytest.approx(2 * math.pi - 6.0, abs=1e-6)


def test_three_jets_at_120_degrees_are_a_top_at_rest():
    star = [("b", 60.0, 0.0, 0.0), ("j", 60.0, 0.0, 2 * math.pi / 3), ("j", 60.0, 0.0, -2 * math.pi / 3)]
    found = _found(_event(*star))
    assert found["top_mass"] == pytest.approx(180.0)
    assert found["w_mass"] == pytest.approx(60.0 * math.sqrt(3))


def test_the_candidate_has_the_largest_vector_sum_not_the_hardest_jets():
    others = [("j", 100.0, 0.0, 0.0), ("j", 90.0, 0.0, math.pi), ("b", 70.0, 0.0, math.pi)]
    found = _found(_event(*others, ("b", 60.0, 0.0, 0.2), ("j", 80.0, 0.0, 0.1)))
    together = 2 * 100 * 80 * (1 - math.cos(0.1))
    assert found["w_mass"] == pytest.approx(math.sqrt(together), rel=1e-4)
    with_b = together + 2 * 100 * 60 * (1 - math.cos(0.2)) + 2 * 80 * 60 * (1 - math.cos(0.1))
    assert found["top_mass"] == pytest.approx(math.sqrt(with_b), rel=1e-4)


def test_agrees_with_a_loop_over_vector_objects():
    events = _random_events(300, seed=2)
    found = spectra(events)
    for i in range(len(events)):
        expected = _by_loop(events.events[i], events.objects[i])
        assert {name for name, (has, _) in found.items() if has[i]} == set(expected)
        for name, value in expected.items():
            assert found[name][1][i] == pytest.approx(value, rel=1e-6, abs=1e-3), name
