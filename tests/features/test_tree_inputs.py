"""What trees see of whole events: hand-made events, against the vector library."""

import numpy as np
import pytest
import vector

from deepcollider.features.tree_inputs import tree_inputs
from deepcollider.physics.events import wrap_phi
from tests.hand_made_events import event_and_bare_met

OBJECTS = [
    ("bjet", 120.0, 0.4, 2.1, 14.0),
    ("jet", 80.0, -1.2, -2.9, 9.0),
    ("jet", 45.0, 0.9, 0.3, 6.0),
    ("electron", 30.0, -0.5, 1.0, 0.0),
]
MET, MET_PHI = 55.0, -2.5


@pytest.fixture
def events():
    return event_and_bare_met(OBJECTS, MET, MET_PHI)


@pytest.fixture
def momenta():
    return [vector.obj(pt=pt, eta=eta, phi=phi, mass=mass) for _, pt, eta, phi, mass in OBJECTS]


def test_pairs_and_triples(events, momenta):
    bjet, first, second, _ = momenta
    found = {name: values[0] for name, values in tree_inputs(events).items()}
    assert found["mass_jet1_jet2"] == pytest.approx((first + second).mass, rel=1e-4)
    assert found["mass_bjet1_jet1"] == pytest.approx((bjet + first).mass, rel=1e-4)
    assert found["mass_bjet1_jet1_jet2"] == pytest.approx((bjet + first + second).mass, rel=1e-4)
    assert found["delta_r_bjet1_jet2"] == pytest.approx(bjet.deltaR(second), rel=1e-4)
    assert found["delta_r_jet1_jet2"] == pytest.approx(first.deltaR(second), rel=1e-4)


def test_event_and_objects(events, momenta):
    found = {name: values[0] for name, values in tree_inputs(events).items()}
    visible = sum(momenta[1:], start=momenta[0])
    met = vector.obj(pt=MET, phi=MET_PHI)
    assert found["visible_pt"] == pytest.approx(visible.pt, rel=1e-4)
    assert found["delta_phi_met_visible"] == pytest.approx(abs(visible.to_2D().deltaphi(met)), rel=1e-4)
    assert found["ht"] == pytest.approx(120 + 80 + 45, rel=1e-6)
    assert (found["met"], found["n_jet"], found["n_bjet"], found["n_photon"]) == (MET, 2, 1, 0)
    assert (found["jet2_pt"], found["electron1_pt"]) == (45, 30)
    assert found["jet1_delta_phi_met"] == pytest.approx(abs(momenta[1].to_2D().deltaphi(met)), rel=1e-4)


def test_what_is_not_there_is_nan(events):
    found = tree_inputs(events)
    assert all(values.shape == (2,) and values.dtype == np.float32 for values in found.values())
    absent = [name for name, values in found.items() if np.isnan(values[1])]
    there = {"met", "visible_pt", *(name for name in found if name.startswith("n_"))}
    assert set(found) - set(absent) == there
    assert np.isnan(found["mass_jet1_jet3"][0]) and np.isnan(found["muon1_pt"][0])


def test_directions_that_nothing_prefers(events):
    """A turned event looks the same; a reflected one has opposite eta, and nothing else changed."""
    turned, reflected = events.take(np.arange(2)), events.take(np.arange(2))
    turned.events["met_phi"] = wrap_phi(turned.events["met_phi"] + 0.7)
    turned.objects["phi"] = wrap_phi(turned.objects["phi"] + np.float32(0.7))
    reflected.objects["eta"] *= -1
    found = tree_inputs(events)
    for name, values in tree_inputs(turned).items():
        np.testing.assert_allclose(values, found[name], rtol=1e-4, atol=1e-4, err_msg=name)
    for name, values in tree_inputs(reflected).items():
        sign = -1 if name.endswith("_eta") else 1
        np.testing.assert_allclose(values, sign * found[name], rtol=1e-4, atol=1e-4, err_msg=name)
