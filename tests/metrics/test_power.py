"""How small a shift is found: the shifts by hand, the search on tests whose AUC is known, and real events."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from deepcollider.metrics import power
from deepcollider.metrics.classifiers import BY_METRIC, BY_NAME, CLASSIFIERS, WORST, with_worst, worse
from deepcollider.metrics.power import COLUMNS, NEEDED, larger_balance, larger_met, power_table, smallest_shifts
from deepcollider.metrics.two_sample import TwoSampleTest
from deepcollider.physics.acceptance import has_trigger, in_acceptance
from deepcollider.physics.reconstruction import balance


def met_of(events):
    met, phi = (events.events[name].astype(float) for name in ("met", "met_phi"))
    return met * np.exp(1j * phi)


def jets_of(events):
    objects = events.objects
    is_jet = (objects["kind"] == 1) | (objects["kind"] == 2)
    return np.where(is_jet, objects["pt"] * np.exp(1j * objects["phi"].astype(float)), 0).sum(axis=1)


def test_softer_jets_lose_a_share_that_met_gains(random_events):
    events = random_events(400, seed=1)
    found = power.softer_jets(events, 0.1)
    assert len(found) == len(events)  # all jets of these events are far above the cuts
    lost = jets_of(events) - jets_of(found)
    assert lost == pytest.approx(0.1 * jets_of(events), abs=1e-3)
    assert met_of(found) - met_of(events) == pytest.approx(lost, abs=1e-3)
    for name in ("energy", "pt"):
        assert found.objects[name][:, 0] == pytest.approx(0.9 * events.objects[name][:, 0], rel=1e-5)
    others = events.objects["kind"] > 2
    assert (found.objects["pt"][others] == events.objects["pt"][others]).all()


def test_jets_below_a_cut_are_lost_and_so_are_events_without_a_trigger(make_events):
    events = make_events(
        (10.0, [("j", 100.0, 0.1), ("j", 21.0, 1.0), ("e-", 20.0, 0.5)]),
        (20.0, [("j", 61.0, 0.1), ("j", 30.0, 1.0)]),
        (30.0, [("b", 61.0, 0.1), ("m-", 40.0, 1.0)]),
    )
    found = power.softer_jets(events, 0.1)
    assert found.events["n_objects"].tolist() == [2, 2]
    assert found.objects["pt"][0, :3].tolist() == pytest.approx([90, 20, 0])
    assert in_acceptance(found.objects[found.objects["valid"]]).all() and has_trigger(found.objects).all()
    # what is lost stays in the balance: nothing of it was seen, but for the share that the jets have lost
    assert met_of(found)[0] == pytest.approx(10 + 0.1 * 121)


def test_met_and_balance_grow_by_the_share(random_events):
    events = random_events(300, seed=2)
    assert met_of(larger_met(events, 0.2)) == pytest.approx(1.2 * met_of(events), rel=1e-5)
    size, angle = balance(events)
    found = larger_balance(events, 0.3)
    assert balance(found)[0] == pytest.approx(1.3 * size, rel=1e-3, abs=1e-3)
    assert np.cos(balance(found)[1] - angle) == pytest.approx(np.ones(300), abs=1e-3)
    assert found.objects.tobytes() == events.objects.tobytes()
    for shift in power.SHIFTS.values():
        assert met_of(shift(events, 0.0)) == pytest.approx(met_of(events), abs=1e-3)


def ladder_of(rises, classifier="c2st_auc", shift="met", error=0.01):
    rows = [(classifier, shift, size, 0.5 + rise, rise, error, 100) for size, rise in rises.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_what_is_needed_is_found_with_the_stated_probability():
    """A normal AUC whose mean lies NEEDED errors above one half lies two above it in 95 of 100 samples."""
    assert stats.norm.sf(2.0, loc=NEEDED) == pytest.approx(0.95)


def test_sizes_between_two_that_were_tested_are_interpolated():
    needed = NEEDED * 0.01
    assert smallest_shifts(ladder_of({0.02: 0.0, 0.04: 2 * needed})) == {"met": pytest.approx(np.sqrt(0.02 * 0.04))}
    assert smallest_shifts(ladder_of({0.02: needed / 2, 0.04: needed})) == {"met": pytest.approx(0.04)}
    assert smallest_shifts(ladder_of({0.02: 1.0})) == {"met": pytest.approx(0.02)}  # none below was tried
    assert np.isnan(smallest_shifts(ladder_of({0.02: 0.0, 0.64: 0.01}))["met"])


def test_the_better_classifier_counts():
    both = pd.concat([
        ladder_of({0.02: 0.0, 0.04: 1.0}), ladder_of({0.08: 0.0, 0.16: 1.0}, "c2st_ordered_auc"),
        ladder_of({0.64: 0.0}, shift="jets"), ladder_of({0.16: 1.0}, "c2st_ordered_auc", "jets"),
    ])  # fmt: skip
    found = smallest_shifts(both)
    assert 0.02 < found["met"] < 0.04 and found["jets"] == pytest.approx(0.16)


@pytest.mark.parametrize("threshold", [0.003, 0.02, 0.05, 0.2, 10.0])
def test_the_search_ends_around_the_size_that_is_found(random_events, monkeypatch, threshold):
    """A test whose AUC rises in proportion to the shift of MET, and reaches what is needed at ``threshold``."""
    events = random_events(50, seed=3)
    mean = events.events["met"].mean()

    def known(generated, truth, *, max_events, seed):
        share = generated["met"].mean() / mean - 1
        rise = NEEDED * 0.01 * share / threshold
        return TwoSampleTest(0.48 + rise, 0.01, 50, *3 * (np.array([]),))

    monkeypatch.setattr(power, "two_sample_test", known)
    monkeypatch.setattr(power, "SHIFTS", {"met": larger_met})
    monkeypatch.setattr(
        power, "CLASSIFIERS", [type("C", (), {"metric": "c2st_auc", "features": lambda e: pd.DataFrame(e.events)})]
    )
    table = power_table(events, events, max_events=50, seed=1)
    assert list(table.columns) == COLUMNS
    assert (table["auc"] - table["rise"]).to_numpy() == pytest.approx(np.full(len(table), 0.48))
    assert len(table) <= 8
    (found,) = smallest_shifts(table).values()
    if threshold > power.LARGEST:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(threshold, rel=0.1)


def test_large_shifts_of_events_are_found_and_the_table_is_repeatable(random_events):
    truth, stand_in = random_events(400, seed=4), random_events(400, seed=5)
    table = power_table(stand_in, truth, max_events=400, seed=1)
    assert set(table["classifier"]) == set(BY_METRIC) and set(table["shift"]) == set(power.SHIFTS)
    found = smallest_shifts(table)
    assert 0.01 < found["jets"] < 0.3  # the spread of an event's momenta is a factor of 2.5
    again = power_table(stand_in, truth, max_events=400, seed=1)
    pd.testing.assert_frame_equal(table, again)


def test_the_worse_classifier_is_that_of_the_larger_auc():
    assert worse({"c2st_auc": 0.51, "c2st_ordered_auc": 0.54}).name == "by pt"
    assert worse({"c2st_auc": 0.55, "c2st_ordered_auc": 0.54}).name == "by kind"
    assert worse({"c2st_auc": 0.51, "c2st_ordered_auc": np.nan}).name == "by kind"
    assert worse({"c2st_ordered_auc": 0.51, "wd": 3.0}).name == "by pt"
    assert worse({}) is None
    assert [BY_NAME[each.name] for each in CLASSIFIERS] == list(BY_METRIC.values())


def test_rows_of_the_worse_one():
    rows = [("a", "c2st_auc", 0.51), ("a", "c2st_ordered_auc", 0.54), ("b", "c2st_auc", 0.6), ("b", "wd", 0.9)]
    table = with_worst(pd.DataFrame([*rows, ("c", "c2st_auc", np.nan)], columns=["setting", "metric", "value"]))
    worst = table[table["metric"] == WORST].set_index("setting")["value"]
    assert worst.to_dict() == {"a": 0.54, "b": 0.6}
    assert len(table) == 7
