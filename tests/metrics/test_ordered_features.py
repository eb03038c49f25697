"""Columns of the second classifier: by hand against ``vector``, and apart from what refinements look at."""

from itertools import combinations

import numpy as np
import pytest
import vector
from scipy.stats import rankdata

from deepcollider.features.tree_inputs import tree_inputs
from deepcollider.metrics.event_features import event_features
from deepcollider.metrics.ordered_features import PAIRED, RANKED, ordered_features
from deepcollider.physics.events import Events, sort_objects
from deepcollider.physics.kinds import BY_NAME
from tests.hand_made_events import event_and_bare_met

OBJECTS = [
    ("electron", 130.0, -0.5, 1.0, 0.0),
    ("jet", 120.0, 0.4, 2.1, 14.0),
    ("bjet", 80.0, -1.2, -2.9, 9.0),
    ("photon", 45.0, 0.9, 0.3, 0.0),
]
"""Kind, pt, eta, phi, mass; hardest first."""

MET, MET_PHI = 55.0, -2.5


@pytest.fixture
def events() -> Events:
    found = event_and_bare_met(OBJECTS, MET, MET_PHI)
    return Events(found.events, sort_objects(found.objects))


def test_objects_are_ranked_across_kinds(events):
    columns = ordered_features(events).iloc[0]
    for rank, (kind, pt, eta, phi, _) in enumerate(OBJECTS, start=1):
        assert columns[f"object{rank}_kind"] == BY_NAME[kind].code
        assert columns[f"object{rank}_pt"] == pytest.approx(np.log10(pt))
        assert columns[f"object{rank}_eta"] == pytest.approx(abs(eta))
        if rank > 1:
            away = abs((phi - 1.0 + np.pi) % (2 * np.pi) - np.pi)
            assert columns[f"object{rank}_delta_phi"] == pytest.approx(away, abs=1e-5)
    assert columns["n_all"] == 4
    assert columns["sum_pt"] == pytest.approx(np.log10(375))
    assert columns.filter(like=f"object{RANKED}").isna().all()


def test_pairs_sums_and_balance_agree_with_vector(events):
    columns = ordered_features(events).iloc[0]
    momenta = [vector.obj(pt=pt, eta=eta, phi=phi, mass=mass) for _, pt, eta, phi, mass in OBJECTS]
    for one, other in combinations(range(4), 2):
        pair = f"object{one + 1}_object{other + 1}"
        assert 10 ** columns[f"mass_{pair}"] == pytest.approx((momenta[one] + momenta[other]).mass, rel=1e-4)
        assert columns[f"delta_r_{pair}"] == pytest.approx(momenta[one].deltaR(momenta[other]), rel=1e-5)
    assert np.isnan(columns[f"mass_object1_object{PAIRED}"])
    together = sum(momenta[1:], start=momenta[0])
    assert 10 ** columns["mass_all"] == pytest.approx(together.mass, rel=1e-4)
    met = vector.obj(pt=MET, phi=MET_PHI)
    balance = vector.obj(px=met.px + together.px, py=met.py + together.py)
    assert 10 ** columns["balance"] == pytest.approx(balance.rho, rel=1e-5)
    assert columns["delta_phi_met_balance"] == pytest.approx(abs(balance.deltaphi(met)), abs=1e-5)


def test_an_event_without_objects_has_met_for_its_balance(events):
    columns = ordered_features(events).iloc[1]
    assert columns.dropna().to_dict() == {
        "n_all": 0,
        "balance": pytest.approx(np.log10(20)),
        "delta_phi_met_balance": pytest.approx(0, abs=1e-6),
    }


def test_nothing_depends_on_the_order_of_the_slots_or_on_a_rotation(random_events):
    events = random_events(300, seed=1)
    shuffled = events.objects[:, np.random.default_rng(2).permutation(events.objects.shape[1])].copy()
    turned = events.events.copy()
    shuffled["phi"], turned["met_phi"] = shuffled["phi"] + np.float32(0.7), turned["met_phi"] + np.float32(0.7)
    expected, found = ordered_features(events), ordered_features(Events(turned, shuffled))
    assert np.allclose(found, expected, atol=2e-3, equal_nan=True)


@pytest.mark.parametrize("other", [tree_inputs, event_features])
def test_no_column_is_one_that_a_refinement_or_the_first_classifier_looks_at(random_events, other):
    """Neither by name nor by what it says: trees see the order of values alone, so ranks are compared."""
    events = random_events(400, seed=3)
    ours, theirs = ordered_features(events), {name: np.asarray(each) for name, each in dict(other(events)).items()}
    assert not set(ours) & set(theirs)
    for name, values in ours.items():
        values = values.to_numpy()
        for their_name, their_values in theirs.items():
            there = np.isfinite(values)
            if there.sum() < 20 or not np.array_equal(there, np.isfinite(their_values)):
                continue
            same = np.array_equal(rankdata(values[there]), rankdata(their_values[there]))
            assert not same, (name, their_name)


def test_the_balance_is_kept_from_what_refines(random_events):
    """Though it is a spectrum like others."""
    events = random_events(50, seed=4)
    assert "balance" not in tree_inputs(events)
    assert "balance" not in event_features(events)
