"""Whole events in one row: MET, kinds and features of 20 slots, and the way back."""

import math

import numpy as np
import pytest

from deepcollider.features.views import view_named
from deepcollider.features.views.whole_events import N_IDS, VIEW
from deepcollider.physics.events import Events, empty_events, sort_objects
from deepcollider.physics.kinds import KINDS, MAX_OBJECTS
from deepcollider.store.event_files import EventWriter
from deepcollider.store.part_files import PartReader, RunningMoments, split_parts
from deepcollider.store.rows import BLOCK_ROWS

FIRST_FEATURE = 2 + MAX_OBJECTS


def random_events(n, seed=3):
    """Events with 0 to 20 objects, of any kinds; the first has none, the second has 20."""
    rng = np.random.default_rng(seed)
    batch = empty_events(n)
    batch.events["met"] = np.exp(rng.normal(4, 1, n))
    batch.events["met_phi"] = rng.uniform(-3.1, 3.1, n)
    counts = rng.integers(0, MAX_OBJECTS + 1, n)
    counts[:2] = 0, MAX_OBJECTS
    batch.events["n_objects"] = counts
    objects = batch.objects
    objects["valid"] = np.arange(MAX_OBJECTS) < counts[:, None]
    objects["kind"] = rng.integers(1, len(KINDS) + 1, objects.shape)
    objects["pt"], objects["energy"] = np.exp(rng.normal(4, 1, (2, *objects.shape)))
    objects["eta"] = rng.normal(size=objects.shape)
    objects["phi"] = rng.uniform(-3.1, 3.1, objects.shape)
    objects[~objects["valid"]] = np.zeros((), objects.dtype)
    return Events(batch.events, sort_objects(objects))


@pytest.fixture(scope="module")
def events():
    return random_events(60)


def test_one_part_and_its_columns():
    assert view_named("whole-events") is VIEW
    assert VIEW.parts == ("event",) and not VIEW.selects
    assert N_IDS == 8
    columns = VIEW.columns("event")
    assert len(columns) == len(set(columns)) == 2 + 20 + 20 * 4
    assert columns[:4] == ("log10_met", "met_phi", "kind_1", "kind_2")
    assert columns[21:26] == ("kind_20", "log10_energy_1", "log10_pt_1", "eta_1", "phi_1")
    assert columns[-4:] == ("log10_energy_20", "log10_pt_20", "eta_20", "phi_20")
    assert VIEW.unscaled("event") == columns[2:22]


def test_rows_against_loops(events):
    expected = []
    for event, objects in zip(events.events, events.objects, strict=True):
        features = []
        for item in objects:
            if item["kind"]:
                features += [math.log10(item["energy"]), math.log10(item["pt"]), item["eta"], item["phi"]]
            else:
                features += [math.nan] * 4
        kinds = [int(item["kind"]) for item in objects]
        expected.append([math.log10(event["met"]), event["met_phi"], *kinds, *features])
    rows = VIEW.rows(events, "event")
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected, rtol=1e-6, atol=1e-7)  # NaN equals NaN here
    assert np.isnan(rows[0, FIRST_FEATURE:]).all() and not np.isnan(rows[1]).any()


def test_events_come_back(events):
    found = VIEW.events_of(VIEW.rows(events, "event"))
    assert (found.events["n_objects"] == events.events["n_objects"]).all()
    assert (found.events["met_phi"] == events.events["met_phi"]).all()
    np.testing.assert_allclose(found.events["met"], events.events["met"], rtol=2e-6)
    for exact in ("kind", "valid", "eta", "phi"):
        assert (found.objects[exact] == events.objects[exact]).all()
    for name in ("energy", "pt"):
        np.testing.assert_allclose(found.objects[name], events.objects[name], rtol=2e-6)


def test_slots_in_any_order_and_with_gaps_come_back_in_the_order_of_the_store(events):
    rows = VIEW.rows(events, "event").astype(float)
    shuffled = rows.copy()
    rng = np.random.default_rng(0)
    for row in shuffled:
        order = rng.permutation(MAX_OBJECTS)
        row[2:FIRST_FEATURE] = row[2:FIRST_FEATURE][order]
        row[FIRST_FEATURE:] = row[FIRST_FEATURE:].reshape(MAX_OBJECTS, 4)[order].ravel()
    assert (shuffled[1] != rows[1]).any()
    found, expected = VIEW.events_of(shuffled), VIEW.events_of(rows)
    assert (found.objects == expected.objects).all() and (found.events == expected.events).all()


def test_a_slot_of_code_0_is_no_object_whatever_its_features(events):
    rows = np.ones((2, 2 + 5 * MAX_OBJECTS))
    rows[:, 2:FIRST_FEATURE] = 0
    rows[1, 2 + 7] = 7
    found = VIEW.events_of(rows)
    assert found.events["n_objects"].tolist() == [0, 1]
    assert (found.objects[0] == np.zeros((), found.objects.dtype)).all()
    assert found.objects[1]["kind"].tolist() == [7] + [0] * 19
    assert found.objects[1, 0]["pt"] == pytest.approx(10)
    assert (found.objects[1, 1:] == np.zeros((), found.objects.dtype)).all()


def test_moments_ignore_what_is_not_there():
    rng = np.random.default_rng(1)
    values = rng.normal([5.0, -2.0, 1e4], [1.0, 3.0, 0.1], (500, 3))
    values[rng.random(values.shape) < [0.0, 0.4, 0.95]] = np.nan
    values[:100, 1] = np.nan  # a whole batch without any
    moments = RunningMoments(4)
    for batch in np.split(np.column_stack([values, np.full(500, np.nan)]), [100, 101, 300]):
        moments.add(batch)
    np.testing.assert_allclose(moments.mean, [*np.nanmean(values, axis=0), 0], rtol=1e-12)
    np.testing.assert_allclose(moments.std, [*np.nanstd(values, axis=0), 0], rtol=1e-7)
    assert moments.n.tolist() == [*(~np.isnan(values)).sum(axis=0), 0]


def test_part_file_scales_quantities_over_the_objects_that_are_there(tmp_path):
    events = random_events(BLOCK_ROWS + 300, seed=4)  # more than one block
    events.objects[:, -1] = np.zeros((), events.objects.dtype)  # a slot that is never filled
    with EventWriter(tmp_path / "train.h5", {"process": "ttbar"}) as writer:
        writer.append_events(events)
    assert split_parts(tmp_path / "train.h5", VIEW, {"event": tmp_path / "event.h5"}, False) == {"event": len(events)}
    with PartReader(tmp_path / "event.h5") as reader:
        rows = reader.read()["features"]
        assert reader.columns == VIEW.columns("event") and reader.attributes["view"] == "whole-events"
    np.testing.assert_array_equal(rows, VIEW.rows(events, "event"))
    mean, std = np.array(reader.mean), np.array(reader.std)
    assert (mean[2:FIRST_FEATURE] == 0).all() and (std[2:FIRST_FEATURE] == 1).all()
    scaled = [0, 1, *range(FIRST_FEATURE, rows.shape[1] - 4)]
    values = rows[:, scaled].astype(float)
    np.testing.assert_allclose(mean[scaled], np.nanmean(values, axis=0), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(std[scaled], np.nanstd(values, axis=0), rtol=1e-9)
    assert (mean[-4:] == 0).all() and (std[-4:] == 1).all()
