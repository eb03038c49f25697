import numpy as np
import pytest

from deepcollider.metrics.observables import OBSERVABLES
from deepcollider.metrics.overall import MEMBERS, kind_weights, overall
from deepcollider.physics.reconstruction import spectra


def test_members_leave_out_what_would_count_twice():
    used = [name for names in MEMBERS.values() for name in names]
    assert len(used) == len(set(used)) == 2 + 10 * 4
    assert not any(name.startswith(("lepton1", "total_energy")) for name in used)
    assert len(MEMBERS["jet"]) == 12
    assert len(MEMBERS["bjet"]) == 8


def test_derived_spectra_do_not_enter(random_events):
    derived = set(spectra(random_events(3, seed=1)))
    assert not derived & {name for names in MEMBERS.values() for name in names}
    values = {each.name: 1.0 for each in OBSERVABLES}
    assert overall(values | dict.fromkeys(derived, 99.0), dict.fromkeys(MEMBERS, 1)) == (1.0, 1.0)


def test_weights_are_truth_particles_and_events(make_events):
    jets = [("j", 90.0, 0.0)] * 4
    events = make_events((1.0, [*jets, ("b", 30.0, 0.0)]), (1.0, [*jets, ("e-", 30.0, 0.0)]), (1.0, []))
    weights = kind_weights(events)
    assert weights == {
        "met": 3, "bjet": 1, "jet": 8, "electron": 1, "positron": 0, "muon": 0, "antimuon": 0, "photon": 0
    }  # fmt: skip


def test_overall_by_hand(make_events):
    events = make_events((1.0, [("j", 90.0, 0.0)] * 3 + [("b", 30.0, 0.0)]), (1.0, []))
    values = {each.name: 100.0 for each in OBSERVABLES}  # of kinds that truth lacks: without weight
    values |= {"met": 1.0, "met_phi": 3.0}
    values |= {name: float(i) for i, name in enumerate(MEMBERS["jet"])}  # mean 5.5
    values |= dict.fromkeys(MEMBERS["bjet"], 4.0)
    assert overall(values, kind_weights(events)) == ((2 * 2.0 + 3 * 5.5 + 1 * 4.0) / 6, 1.0)


def test_missing_values_renormalise_and_show_in_the_coverage():
    values = {each.name: 1.0 for each in OBSERVABLES}
    values |= dict.fromkeys(MEMBERS["photon"], np.nan) | {"jet3_pt": np.nan}
    weights = dict.fromkeys(MEMBERS, 1) | {"photon": 2}
    value, covered = overall(values, weights)
    assert value == pytest.approx(1.0)
    assert covered == pytest.approx(7 / 9)
    nothing, covered = overall(dict.fromkeys(values, np.nan), weights)
    assert np.isnan(nothing)
    assert covered == 0


def test_resamples_are_averaged_one_by_one():
    values = {each.name: np.array([1.0, 2.0]) for each in OBSERVABLES}
    average, _ = overall(values, dict.fromkeys(MEMBERS, 1))
    assert average == pytest.approx([1.0, 2.0])
