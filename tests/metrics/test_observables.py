import numpy as np
import pytest

from deepcollider.metrics.observables import BY_OBSERVABLE, GROUPS, N_BINS, OBSERVABLES, group_values, values
from deepcollider.physics.reconstruction import spectra


def test_every_plotted_feature_of_the_documents_and_every_derived_one_is_in_the_table(random_events):
    leptons = ["electron1", "positron1", "muon1", "antimuon1"]
    objects = ["jet1", "jet2", "jet3", "bjet1", "bjet2", "lepton1", *leptons, "photon1"]
    expected = {"met", "met_phi", "total_energy"}
    expected |= {f"{name}_{feature}" for name in objects for feature in ("energy", "pt", "eta", "phi")}
    derived = set(spectra(random_events(3, seed=1)))
    assert len(derived) == 17
    assert set(BY_OBSERVABLE) == expected | derived
    assert len(OBSERVABLES) == len(expected | derived)


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


def test_derived_observables_are_the_spectra_in_their_scale(random_events):
    events = random_events(300, seed=2)
    for name, (has, expected) in spectra(events).items():
        observable = BY_OBSERVABLE[name]
        assert observable.log10 == (name in {"ht", "m_jj", "m_bb", "m_ll", "mt_lepton1_met", "balance"})
        in_scale = np.log10(expected[has]) if observable.log10 else expected[has]
        assert values(events, observable) == pytest.approx(in_scale)


def test_space_like_pairs_count_as_the_smallest_mass(make_events):
    events = make_events((10.0, [("j", 40.0, 0.0), ("j", 40.0, 1.0)]))
    events.objects["energy"][0, :2] = 1.0
    assert values(events, BY_OBSERVABLE["m_jj"]) == pytest.approx([-3.0])


def test_multiplicities_have_one_bin_an_integer_and_all_others_fifty():
    for observable in OBSERVABLES:
        if observable.group == "multiplicity":
            assert (observable.edges[:-1] + 0.5) == pytest.approx(np.arange(observable.n_bins))
        else:
            assert observable.n_bins == N_BINS == 50
    assert BY_OBSERVABLE["n_objects"].range == (-0.5, 20.5)


def test_infinite_values_are_refused_by_name_and_zero_is_finite(make_events):
    assert values(make_events((0.0, [])), BY_OBSERVABLE["met"]) == pytest.approx([-3.0])
    with pytest.raises(ValueError, match="met: 1 values"):
        values(make_events((np.inf, [])), BY_OBSERVABLE["met"])
