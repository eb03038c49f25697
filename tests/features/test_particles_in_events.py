"""The view of experiment I: MET with masks, objects with MET and order, against loops over hand-made events."""

import math

import numpy as np
import pytest

from deepcollider.features.views import view_named
from deepcollider.features.views.particles_in_events import (
    VIEW,
    event_masks,
    features_by_order,
    order_bits,
    particle_rows,
)
from deepcollider.physics.events import Events, empty_events, sort_objects
from deepcollider.physics.kinds import BY_NAME
from deepcollider.store.event_files import EventWriter
from deepcollider.store.part_files import PartReader, split_parts

ORDER = ("bjet", "jet", "electron", "positron", "muon", "antimuon", "photon")
CONTENTS = [
    # MET, METphi, kind -> pt of its objects, in the order of the store
    (100.0, 0.5, {"bjet": [90.0, 40.0], "jet": [150.0, 80.0, 30.0]}),
    (1.0, -3.0, {}),
    (10.0, 2.0, {"jet": [600.0, 500.0, 400.0, 300.0, 200.0, 100.0], "photon": [21.0]}),
    (50.0, 1.0, {"antimuon": [25.0], "muon": [33.0, 22.0], "electron": [44.0], "positron": [26.0]}),
]


def features_plainly(kind, pt):
    """Energy, pt, eta and phi that no two objects of CONTENTS share."""
    return 3 * pt, pt, 0.01 * pt - 2, 0.1 * ORDER.index(kind) + 0.001 * pt


def make_events():
    events = empty_events(len(CONTENTS))
    for i, (met, phi, contents) in enumerate(CONTENTS):
        objects = [(kind, pt) for kind in contents for pt in contents[kind]]
        events.events[i]["met"], events.events[i]["met_phi"] = met, phi
        events.events[i]["n_objects"] = len(objects)
        for j, (kind, pt) in enumerate(reversed(objects)):
            events.objects[i, j] = (BY_NAME[kind].code, True, *features_plainly(kind, pt))
    return Events(events.events, sort_objects(events.objects))


def logarithmic(features):
    energy, pt, eta, phi = features
    return [math.log10(energy), math.log10(pt), eta, phi]


def test_parts_and_columns():
    assert view_named("particles-in-events") is VIEW
    assert VIEW.parts == ("met", *ORDER)
    assert not VIEW.selects
    met = VIEW.columns("met")
    assert met[:2] == ("log10_met", "met_phi")
    assert met[2:] == tuple(f"{kind}_{order}" for kind in ORDER for order in (1, 2, 3, 4)) == VIEW.unscaled("met")
    for kind in ORDER:
        assert VIEW.columns(kind) == (
            *("log10_met", "met_phi", "log10_energy", "log10_pt", "eta", "phi"),
            *("order_1", "order_2", "order_3", "order_4"),
        )
        assert VIEW.unscaled(kind) == VIEW.columns(kind)[6:]


def test_bits_are_thermometers():
    expected = [[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
    assert order_bits(np.array([0, 1, 2, 3, 4, 5, 19])).tolist() == expected
    assert order_bits(np.array([[2, 0]])).shape == (1, 2, 4)


def test_mask_of_the_thesis():
    """Two jets and two b-jets, 7.4.1."""
    events = empty_events(1)
    events.objects[0, :4]["kind"] = [1, 1, 2, 2]
    events.objects[0, :4]["valid"] = True
    assert event_masks(events)[0].tolist() == [1, 1, 0, 0] * 2 + [0] * 20


def test_rows_of_met():
    rows = VIEW.rows(make_events(), "met")
    assert rows.dtype == np.float32
    expected = []
    for met, phi, contents in CONTENTS:
        bits = [float(len(contents.get(kind, ())) >= order) for kind in ORDER for order in (1, 2, 3, 4)]
        expected.append([math.log10(met), phi, *bits])
    np.testing.assert_allclose(rows, expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ORDER)
def test_rows_of_a_kind(kind):
    rows = VIEW.rows(make_events(), kind)
    assert rows.dtype == np.float32
    expected = [
        [math.log10(met), phi, *logarithmic(features_plainly(kind, pt)), *([1] * order + [0] * (4 - order))]
        for met, phi, contents in CONTENTS
        for order, pt in enumerate(contents.get(kind, ())[:4], 1)
    ]
    assert len(expected) == {"jet": 7, "bjet": 2, "muon": 2}.get(kind, 1)
    np.testing.assert_allclose(rows, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ORDER)
def test_features_by_order(kind):
    found = features_by_order(make_events(), kind)
    assert found.shape == (4, 4, 4)
    for event, (_, _, contents) in enumerate(CONTENTS):
        pts = contents.get(kind, [])
        for order in range(4):
            if order < len(pts):
                expected = logarithmic(features_plainly(kind, pts[order]))
                np.testing.assert_allclose(found[event, order], expected, rtol=1e-5, atol=1e-6)
            else:
                assert np.isnan(found[event, order]).all()


def test_rows_of_generation_are_those_of_the_view():
    events = make_events()
    rows = VIEW.rows(events, "jet")
    features, met = features_by_order(events, "jet"), VIEW.rows(events, "met")[:, :2]
    of_event, orders = np.nonzero(~np.isnan(features[..., 0]))
    made = particle_rows(met[of_event], features[of_event, orders], orders + 1)
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, rows)


def test_events_without_objects_and_no_events():
    nothing = empty_events(3)
    assert VIEW.rows(nothing, "met").shape == (3, 30)
    assert not VIEW.rows(nothing, "met")[:, 2:].any()
    assert VIEW.rows(nothing, "jet").shape == (0, 10)
    assert VIEW.rows(empty_events(0), "met").shape == (0, 30)
    assert features_by_order(empty_events(0), "jet").shape == (0, 4, 4)


def test_bits_are_not_scaled_in_part_files(tmp_path):
    with EventWriter(tmp_path / "events.h5", {"process": "ttbar", "split": "train"}) as writer:
        writer.append_events(make_events())
    written = split_parts(
        tmp_path / "events.h5", VIEW, {part: tmp_path / f"{part}.h5" for part in VIEW.parts}, show_progress=False
    )
    assert written == {
        "met": 4,
        "bjet": 2,
        "jet": 7,
        "electron": 1,
        "positron": 1,
        "muon": 2,
        "antimuon": 1,
        "photon": 1,
    }
    for part, scaled in (("met", 2), ("jet", 6)):
        with PartReader(tmp_path / f"{part}.h5") as reader:
            rows = reader.read(0, len(reader))["features"]
            np.testing.assert_allclose(reader.mean[:scaled], rows[:, :scaled].astype(float).mean(axis=0), rtol=1e-6)
            np.testing.assert_allclose(reader.std[:scaled], rows[:, :scaled].astype(float).std(axis=0), rtol=1e-6)
            assert (reader.mean[scaled:] == 0).all()
            assert (reader.std[scaled:] == 1).all()
