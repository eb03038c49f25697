"""Parts: the numbers that models see, their way back, and the scalers of the part files."""

import math

import numpy as np
import pytest

from deepcollider.features.parts import (
    FLOOR,
    met_features,
    met_from_features,
    object_features,
    objects_from_features,
)
from deepcollider.features.views.particles import VIEW
from deepcollider.physics.events import Events, empty_events, sort_objects
from deepcollider.physics.kinds import BY_NAME, KINDS
from deepcollider.store.event_files import EventWriter
from deepcollider.store.part_files import PartReader, RunningMoments, split_parts
from deepcollider.store.rows import BLOCK_ROWS


def random_events(n, seed=11, kinds=KINDS):
    rng = np.random.default_rng(seed)
    batch = empty_events(n)
    batch.events["event_id"] = np.arange(n)
    batch.events["met"] = np.exp(rng.normal(4, 1, n))
    batch.events["met_phi"] = rng.uniform(-np.pi, np.pi, n)
    objects = batch.objects
    objects["valid"] = np.arange(20) < rng.integers(0, 21, n)[:, None]
    objects["kind"] = rng.choice([kind.code for kind in kinds], (n, 20))
    for name, values in {
        "energy": np.exp(rng.normal(5, 1, (n, 20))),
        "pt": np.exp(rng.normal(4, 1, (n, 20))),
        "eta": rng.normal(size=(n, 20)),
        "phi": rng.uniform(-3.1, 3.1, (n, 20)),
    }.items():
        objects[name] = values
    objects[~objects["valid"]] = np.zeros((), objects.dtype)
    batch.events["n_objects"] = objects["valid"].sum(axis=1)
    return Events(batch.events, sort_objects(objects))


def features_plainly(events, name):
    """Features of a part by loops over events and objects, with math.log10."""
    rows = []
    for event, objects in zip(events.events, events.objects, strict=True):
        if name == "met":
            rows.append([math.log10(event["met"]), event["met_phi"]])
            continue
        for item in objects:
            if item["valid"] and item["kind"] == BY_NAME[name].code:
                rows.append([math.log10(item["energy"]), math.log10(item["pt"]), item["eta"], item["phi"]])
    return np.array(rows).reshape(-1, len(VIEW.columns(name)))


@pytest.fixture(scope="module")
def events():
    return random_events(700)


def test_names_and_columns():
    assert VIEW.parts == ("met", "bjet", "jet", "electron", "positron", "muon", "antimuon", "photon")
    assert VIEW.columns("met") == ("log10_met", "met_phi")
    assert VIEW.columns("photon") == ("log10_energy", "log10_pt", "eta", "phi")


@pytest.mark.parametrize("name", VIEW.parts)
def test_features_against_loops(events, name):
    features = VIEW.rows(events, name)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, features_plainly(events, name), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_objects_come_back(events, kind):
    expected = events.objects[events.objects["kind"] == kind.code]
    found = objects_from_features(VIEW.rows(events, kind.name), kind)
    assert found.dtype == expected.dtype
    assert (found["kind"] == kind.code).all() and found["valid"].all()
    np.testing.assert_allclose(found["energy"], expected["energy"], rtol=2e-6)
    np.testing.assert_allclose(found["pt"], expected["pt"], rtol=2e-6)
    assert (found["eta"] == expected["eta"]).all() and (found["phi"] == expected["phi"]).all()


def test_met_comes_back(events):
    met, phi = met_from_features(met_features(events))
    np.testing.assert_allclose(met, events.events["met"], rtol=2e-6)
    assert (phi == events.events["met_phi"]).all()


def test_empty_slots_are_not_there_and_come_back_empty(events):
    features = object_features(events.objects)
    assert features.shape == (700, 20, 4)
    assert (np.isnan(features).all(axis=-1) == ~events.objects["valid"]).all()
    assert not np.isnan(features[events.objects["valid"]]).any()
    found = objects_from_features(features, events.objects["kind"])
    empty = ~events.objects["valid"]
    assert found[empty].tobytes() == events.objects[empty].tobytes()
    assert (found["kind"] == events.objects["kind"]).all() and (found["valid"] == events.objects["valid"]).all()


def test_the_way_back_wraps_phi():
    features = np.array([[2.0, 2.0, 0.0, 4.0], [2.0, 2.0, 0.0, -7.0]])
    wrapped = [4.0 - 2 * np.pi, -7.0 + 2 * np.pi]
    np.testing.assert_allclose(objects_from_features(features, KINDS[0])["phi"], wrapped, atol=1e-6)
    np.testing.assert_allclose(met_from_features(features[:, [0, 3]])[1], wrapped, atol=1e-6)


def test_met_of_zero_is_taken_as_the_floor():
    batch = empty_events(1)
    features = met_features(batch)
    assert features[0, 0] == pytest.approx(math.log10(FLOOR))
    assert met_from_features(features)[0][0] == pytest.approx(FLOOR)


def test_running_moments_of_uneven_batches():
    rng = np.random.default_rng(0)
    values = rng.normal([1e4, 0.0, -3.0], [1e-2, 1.0, 50.0], (10_000, 3))  # far from zero: naive sums would fail
    moments = RunningMoments(3)
    for batch in np.split(values, [0, 1, 2, 50, 4000]):
        moments.add(batch)
    np.testing.assert_allclose(moments.mean, values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(moments.std, values.std(axis=0), rtol=1e-9)


def write(path, events, **attributes):
    with EventWriter(path, attributes) as writer:
        writer.append_events(events)
    return path


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Events over more than one block of rows, and their part files."""
    folder = tmp_path_factory.mktemp("parts")
    events = random_events(BLOCK_ROWS + 500, seed=2)
    source = write(folder / "train.h5", events, process="ttbar", split="train", seed=5)
    outputs = {name: folder / f"{name}.h5" for name in VIEW.parts}
    return events, outputs, split_parts(source, VIEW, outputs)


@pytest.mark.parametrize("name", VIEW.parts)
def test_part_files(parts, name):
    events, outputs, rows = parts
    features = VIEW.rows(events, name)
    with PartReader(outputs[name]) as reader:
        found = reader.read()
        assert set(found) == {"features"}
        assert (found["features"] == features).all()
        assert reader.columns == VIEW.columns(name)
        inherited = {key: reader.attributes[key] for key in ("view", "part", "process", "split", "seed", "n_rows")}
        assert inherited == {
            "view": "particles",
            "part": name,
            "process": "ttbar",
            "split": "train",
            "seed": 5,
            "n_rows": rows[name],
        }
        features = features.astype(np.float64)
        np.testing.assert_allclose(reader.mean, features.mean(axis=0), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(reader.std, features.std(axis=0), rtol=1e-9)


def test_rows_add_up_to_the_objects(parts):
    events, _, rows = parts
    assert rows["met"] == len(events)
    assert sum(rows.values()) - rows["met"] == events.objects["valid"].sum()


def test_a_kind_that_no_event_has(tmp_path):
    events = random_events(20, kinds=(BY_NAME["jet"],))
    outputs = {"photon": tmp_path / "photon.h5"}
    assert split_parts(write(tmp_path / "e.h5", events), VIEW, outputs) == {"photon": 0}
    with PartReader(outputs["photon"]) as reader:
        assert len(reader) == 0 and reader.mean.tolist() == [0, 0, 0, 0] and reader.std.tolist() == [1, 1, 1, 1]


def test_unknown_part_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"unknown parts.*tau.*the view particles has met, bjet"):
        split_parts(write(tmp_path / "e.h5", random_events(3)), VIEW, {"tau": tmp_path / "tau.h5"})
    assert not (tmp_path / "tau.h5").exists()
