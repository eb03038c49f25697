import numpy as np
import pytest

from deepcollider.metrics.validity import below_mass_shell, broken_conditions, invalid, rate, validity_rates

GOOD = ("j", 100.0, 0.5)

BREAKING = {
    "no_trigger": [("j", 50.0, 0.0), ("e-", 40.0, 1.45)],  # soft jet, electron in the crack
    "jet_pt": [GOOD, ("b", 19.0, 0.0)],
    "jet_eta": [GOOD, ("j", 30.0, -2.9)],
    "electron_pt": [GOOD, ("e+", 14.0, 0.0)],
    "electron_eta": [GOOD, ("e-", 30.0, 2.8)],
    "muon_pt": [GOOD, ("m-", 14.0, 0.0)],
    "muon_eta": [GOOD, ("m+", 30.0, -2.75)],
    "photon_pt": [GOOD, ("g", 19.0, 0.0)],
    "photon_eta": [GOOD, ("g", 30.0, 2.4)],
}


@pytest.mark.parametrize("condition", BREAKING)
def test_each_condition_alone(make_events, condition):
    events = make_events((10.0, [GOOD]), (10.0, BREAKING[condition]))
    broken = broken_conditions(events)
    assert {name: failed.tolist() for name, failed in broken.items()} == {
        name: [False, name == condition] for name in BREAKING
    }
    assert invalid(events).tolist() == [False, True]


@pytest.mark.parametrize("trigger", [("b", 61.0, 2.7), ("e-", 26.0, 2.4), ("m+", 26.0, 2.6), ("g", 26.0, 2.3)])
def test_each_trigger_alone_makes_an_event_valid(make_events, trigger):
    assert not invalid(make_events((10.0, [trigger]))).any()


def test_an_event_that_breaks_two_conditions_counts_once_in_the_rate(make_events):
    both = [("j", 19.0, 2.9)]
    rates = validity_rates(make_events((1.0, both), *[(1.0, [GOOD])] * 3))
    assert rates["overall", "ier"].percent == 25
    for condition in ("no_trigger", "jet_pt", "jet_eta"):
        assert rates["overall", f"ier_{condition}"].percent == 25
    assert rates["overall", "ier_muon_pt"].percent == 0
    assert rates["overall", "ier"].error == pytest.approx(100 * np.sqrt(0.25 * 0.75 / 4))


def test_object_rates_count_objects(make_events):
    events = make_events((1.0, [GOOD, ("j", 19.0, 0.0), ("b", 18.0, 0.0), ("e-", 20.0, 0.0)]))
    rates = validity_rates(events)
    assert rates["jet", "object_invalid_pt"].percent == pytest.approx(200 / 3)
    assert rates["overall", "object_invalid_pt"].percent == 50
    assert rates["electron", "object_invalid_pt"].percent == 0
    assert np.isnan(rates["photon", "object_invalid_pt"].percent)
    assert rates["photon", "object_invalid_pt"].n == 0


def test_energy_below_momentum_is_seen_beyond_rounding(make_events):
    events = make_events((1.0, [GOOD] * 4))
    events.objects["energy"][0, :4] *= [1 + 1e-3, 1, 1 - 5e-5, 1 - 5e-4]
    assert below_mass_shell(events.objects)[0, :4].tolist() == [False, False, False, True]
    rates = validity_rates(events)
    assert rates["jet", "energy_below_pt_cosh_eta"].percent == 25
    assert rates["overall", "ier"].percent == 0


def test_rate_of_nothing_is_nan():
    assert np.isnan(rate(np.zeros(0, bool)).percent)
