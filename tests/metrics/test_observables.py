import numpy as np
import pytest

from deepcollider.metrics.observables import BY_OBSERVABLE, GROUPS, OBSERVABLES, group_values, values


def test_every_plotted_feature_of_the_documents_is_in_the_table():
    leptons = ["electron1", "positron1", "muon1", "antimuon1"]
    objects = ["jet1", "jet2", "jet3", "bjet1", "bjet2", "lepton1", *leptons, "photon1"]
    expected = {"met", "met_phi", "total_energy"}
    expected |= {f"{name}_{feature}" for name in objects for feature in ("energy", "pt", "eta", "phi")}
    assert set(BY_OBSERVABLE) == expected
    assert len(OBSERVABLES) == len(expected)


def test_values_are_logarithms_of_gev_from_the_events_that_have_the_object(make_events):
    events = make_events((10.0, [("j", 100.0, 0.0), ("j", 30.0, 1.0)]), (100.0, [("b", 50.0, -1.0)]))
    assert values(events, BY_OBSERVABLE["met"]) == pytest.approx([1.0, 2.0])
    assert values(events, BY_OBSERVABLE["jet1_pt"]) == pytest.approx([2.0])
    assert values(events, BY_OBSERVABLE["jet2_eta"]) == pytest.approx([1.0])
    assert len(values(events, BY_OBSERVABLE["bjet2_pt"])) == 0
    total = np.log10([100 + 30 * np.cosh(1), 50 * np.cosh(1)])
    assert values(events, BY_OBSERVABLE["total_energy"]) == pytest.approx(total)


def test_leading_lepton_is_the_hardest_of_any_flavour(make_events):
    events = make_events((1.0, [("e-", 20.0, 0.1), ("m+", 80.0, 0.5), ("e+", 30.0, 0.2)]))
    assert values(events, BY_OBSERVABLE["lepton1_eta"]) == pytest.approx([0.5])
    assert values(events, BY_OBSERVABLE["positron1_eta"]) == pytest.approx([0.2])


def test_groups_give_the_same_values_as_single_observables(random_events):
    events = random_events(200, seed=1)
    for group in GROUPS:
        has, by_name = group_values(events, group)
        for name, found in by_name.items():
            assert np.array_equal(found, values(events, BY_OBSERVABLE[name]))
            assert len(found) == has.sum()


def test_infinite_values_are_refused_by_name_and_zero_is_finite(make_events):
    assert values(make_events((0.0, [])), BY_OBSERVABLE["met"]) == pytest.approx([-3.0])
    with pytest.raises(ValueError, match="met: 1 values"):
        values(make_events((np.inf, [])), BY_OBSERVABLE["met"])
