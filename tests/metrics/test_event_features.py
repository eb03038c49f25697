import numpy as np
import pandas as pd
import pytest

from deepcollider.metrics.event_features import RANKS, event_features, filled_and_scaled, summary_features
from deepcollider.physics.events import Events, counts_per_kind, empty_events, leading
from deepcollider.physics.kinds import BY_NAME, BY_SYMBOL, KINDS, LEPTON_CODES

# 60 GeV of MET along x; the objects are given in no order: symbol, energy, pt, eta, phi
OBJECTS = [
    ("j", 50.0, 40.0, -0.5, 2.0),
    ("m-", 35.0, 30.0, 0.5, -3.0),
    ("j", 130.0, 100.0, 0.7, -1.0),
    ("b", 110.0, 80.0, -0.8, 0.5),
    ("e+", 36.0, 35.0, 0.1, 1.5),
]
MET, MET_PHI = 60.0, 0.0


def _event(objects=OBJECTS, met=MET, met_phi=MET_PHI) -> Events:
    """One event with the objects in the order in which they are given."""
    event = empty_events(1)
    event.events["met"], event.events["met_phi"] = met, met_phi
    event.events["n_objects"] = len(objects)
    for slot, (symbol, energy, pt, eta, phi) in enumerate(objects):
        event.objects[0, slot] = (BY_SYMBOL[symbol].code, True, energy, pt, eta, phi)
    return event


def test_a_hand_made_event_gives_its_own_numbers():
    row = event_features(_event()).iloc[0]
    assert row["met"] == pytest.approx(np.log10(60))
    assert row["met_phi"] == 0
    assert row["total_energy"] == pytest.approx(np.log10(50 + 35 + 130 + 110 + 36))
    assert row[[f"n_{kind.name}" for kind in KINDS]].tolist() == [1, 2, 0, 1, 1, 0, 0]
    for name, (_, energy, pt, eta, phi) in {
        "jet1": OBJECTS[2], "jet2": OBJECTS[0], "muon1": OBJECTS[1], "bjet1": OBJECTS[3], "positron1": OBJECTS[4],
    }.items():  # fmt: skip
        expected = [np.log10(energy), np.log10(pt), eta, phi, abs(phi)]
        found = row[[f"{name}_{feature}" for feature in ("energy", "pt", "eta", "phi", "delta_phi_met")]]
        assert found.to_numpy() == pytest.approx(expected, rel=1e-6)
    absent = ["jet3", "bjet2", "electron1", "antimuon1", "photon1"]
    assert row[[column for column in row.index if column.split("_")[0] in absent]].isna().all()


def test_vector_sum_of_the_hand_made_event():
    row = event_features(_event()).iloc[0]
    pt, phi = (np.array([each[i] for each in OBJECTS]) for i in (2, 4))
    visible = np.sum(pt * np.exp(1j * phi))
    assert row["visible_pt"] == pytest.approx(np.log10(np.abs(visible)), rel=1e-5)
    assert row["delta_phi_met_visible"] == pytest.approx(np.abs(np.angle(visible)), rel=1e-5)


def test_derived_spectra_of_the_hand_made_event():
    row = event_features(_event()).iloc[0]
    assert row["ht"] == pytest.approx(np.log10(40 + 100 + 80))
    assert row["delta_phi_met_jet1"] == pytest.approx(1.0)
    (_, muon_e, muon_pt, muon_eta, muon_phi), (_, e, pt, eta, phi) = OBJECTS[1], OBJECTS[4]
    momentum = [
        muon_pt * np.cos(muon_phi) + pt * np.cos(phi),
        muon_pt * np.sin(muon_phi) + pt * np.sin(phi),
        muon_pt * np.sinh(muon_eta) + pt * np.sinh(eta),
    ]
    assert row["m_ll"] == pytest.approx(np.log10(np.sqrt((muon_e + e) ** 2 - np.sum(np.square(momentum)))), rel=1e-5)
    assert np.isnan(row["m_bb"])
    assert not any(name.startswith("n_objects") for name in row.index)


def test_angles_to_met_do_not_change_when_the_event_is_turned():
    """By 3 rad: MET and the objects leave (-pi, pi] and come back on the other side."""
    turned = [(*rest, (phi + 3 + np.pi) % (2 * np.pi) - np.pi) for *rest, phi in OBJECTS]
    first, second = event_features(_event()).iloc[0], event_features(_event(turned, met_phi=3.0)).iloc[0]
    own_phi = [name for name in first.index if name.endswith("_phi")]
    assert first.drop(own_phi).to_numpy() == pytest.approx(second.drop(own_phi).to_numpy(), abs=1e-5, nan_ok=True)
    assert first["jet1_phi"] != second["jet1_phi"]
    summary = summary_features(_event()), summary_features(_event(turned, met_phi=3.0))
    assert summary[0].to_numpy() == pytest.approx(summary[1].to_numpy(), abs=1e-5, nan_ok=True)


def test_the_order_of_the_objects_in_the_event_does_not_matter():
    for make in (event_features, summary_features):
        assert make(_event()).equals(make(_event(OBJECTS[::-1])))


def test_all_objects_agree_with_the_leading_ones_found_by_search(random_events):
    events = random_events(300, seed=1)
    table = event_features(events)
    assert table.dtypes.eq(np.float32).all()
    for name, n_ranks in RANKS.items():
        for rank in range(n_ranks):
            found = leading(events.objects, (BY_NAME[name].code,), rank)
            for feature, scale in {"energy": np.log10, "pt": np.log10, "eta": np.array, "phi": np.array}.items():
                values = table[f"{name}{rank + 1}_{feature}"]
                assert np.array_equal(values.notna(), found["valid"])
                has = found["valid"]
                assert values[has].to_numpy() == pytest.approx(scale(found[feature][has]), rel=1e-5)


def test_summary_of_the_hand_made_event():
    row = summary_features(_event()).iloc[0]
    assert len(row) == 40
    expected = {
        "met": np.log10(60),
        "ht": np.log10(40 + 100 + 80),  # jets and b-jets
        "total_energy": np.log10(361),
        "n_jet": 2,
        "n_photon": 0,
        "lepton1_pt": np.log10(35),  # the positron
        "jet1_eta": 0.7,
        "jet1_cos_delta_phi_met": np.cos(-1.0),
        "jet1_sin_delta_phi_met": np.sin(-1.0),
        "bjet1_pt": np.log10(80),
    }
    assert row[list(expected)].to_numpy() == pytest.approx(list(expected.values()), rel=1e-6)
    px, py, pz = (
        sum(pt * f for (_, _, pt, _, _), f in zip((OBJECTS[0], OBJECTS[2]), factors, strict=True))
        for factors in ((np.cos(2.0), np.cos(-1.0)), (np.sin(2.0), np.sin(-1.0)), (np.sinh(-0.5), np.sinh(0.7)))
    )
    assert row["m_jj"] == pytest.approx(np.log10(np.sqrt(180**2 - px**2 - py**2 - pz**2)), rel=1e-5)
    assert row[["m_bb", "jet3_pt", "bjet2_sin_delta_phi_met", "photon1_eta"]].isna().all()


def test_summary_takes_the_leading_lepton_of_any_flavour(random_events):
    events = random_events(300, seed=2)
    found = leading(events.objects, LEPTON_CODES, 0)
    values = summary_features(events)["lepton1_pt"]
    assert np.array_equal(values.notna(), found["valid"])
    assert values[found["valid"]].to_numpy() == pytest.approx(np.log10(found["pt"][found["valid"]]), rel=1e-6)


def test_an_event_without_objects_has_multiplicities_only():
    for make in (event_features, summary_features):
        row = make(_event([])).iloc[0]
        known = row.dropna()
        assert known[[f"n_{kind.name}" for kind in KINDS]].eq(0).all()
        assert known["met"] == pytest.approx(np.log10(60))
        assert not any(name in known for name in ("total_energy", "jet1_pt", "ht"))
        assert np.isfinite(known).all()


def test_no_event_at_all_gives_an_empty_table():
    for make in (event_features, summary_features):
        assert make(_event().take(slice(0))).shape == (0, make(_event()).shape[1])


@pytest.mark.parametrize("make", [event_features, summary_features])
def test_infinite_and_missing_physics_values_are_errors(make, random_events):
    events = random_events(50, seed=3)
    for field, value in (("pt", np.nan), ("energy", np.inf)):
        objects = events.objects.copy()
        objects[field][7, 0] = value
        with pytest.raises(ValueError, match=f"{field}: 1 values"):
            make(Events(events.events, objects))
    broken = events.events.copy()
    broken["met"][3] = np.inf
    with pytest.raises(ValueError, match="met: 1 values"):
        make(Events(broken, events.objects))


def test_values_far_outside_of_physics_stay_finite():
    """What a badly trained model makes: no energy, negative pt, an eta beyond every detector."""
    for make in (event_features, summary_features):
        row = make(_event([("j", 0.0, -3.0, 60.0, 0.0), ("j", 50.0, 40.0, -0.5, 2.0)], met=-1.0)).iloc[0]
        assert np.isfinite(row.dropna()).all()
        assert row["met"] == pytest.approx(-3)


def test_scaled_reference_has_mean_zero_and_unit_spread_where_it_has_values(random_events):
    table = summary_features(random_events(400, seed=4))
    (scaled,) = filled_and_scaled(table, table)
    assert np.isfinite(scaled).all()
    absent = table.isna().to_numpy()
    assert absent.any() and (scaled[absent] == 0).all()
    present = np.where(absent, np.nan, scaled)
    varies = np.nanstd(table.to_numpy(), axis=0) > 0
    assert np.nanmean(present, axis=0) == pytest.approx(np.zeros(table.shape[1]), abs=1e-9)
    assert np.nanstd(present, axis=0)[varies] == pytest.approx(np.ones(varies.sum()))


def test_samples_are_scaled_by_the_reference_not_by_themselves():
    reference = pd.DataFrame({"a": [1.0, 3.0, np.nan] * 10, "constant": 5.0, "absent": np.nan})
    reference["rare"] = [1.0, 1.1, np.nan] * 6 + [np.nan] * 12  # 12 values have no scale that could be trusted
    sample = pd.DataFrame({"absent": [1.0, 2.0], "a": [7.0, np.nan], "constant": [5.0, 9.0], "rare": [3.0, 1.0]})
    first, second = filled_and_scaled(reference, sample, reference)
    assert first.tolist() == [[5, 0, 0, 0], [0, 0, 0, 0]]  # columns in the order of the reference
    assert second[:3].tolist() == [[-1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_multiplicities_are_those_of_the_events(random_events):
    events = random_events(100, seed=5)
    names = [f"n_{kind.name}" for kind in KINDS]
    for make in (event_features, summary_features):
        assert np.array_equal(make(events)[names], counts_per_kind(events.objects))
