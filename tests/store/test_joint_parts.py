"""Part files of several samples in one: every row once, behind it what its sample is, in random order."""

import numpy as np
import pytest

from deepcollider.features.view import View
from deepcollider.store import joint_parts
from deepcollider.store.event_files import EventWriter
from deepcollider.store.joint_parts import join_parts
from deepcollider.store.part_files import PartReader, split_parts
from tests.features.test_sequences import random_events


class Numbers(View):
    """One row an event: its MET, and a code that is never scaled."""

    name = "numbers"
    parts = ("event",)

    def columns(self, part):
        return ("met", "code")

    def unscaled(self, part):
        return ("code",)

    def rows(self, events, part):
        return np.stack([events.events["met"], np.full(len(events), 3.0)], axis=1).astype(np.float32)


@pytest.fixture
def sources(tmp_path):
    found = {}
    for seed, (name, n) in enumerate({"many": 70, "few": 11}.items()):
        with EventWriter(tmp_path / f"{name}-events.h5", {"process": name}) as writer:
            writer.append_events(random_events(n, seed))
        found[name] = tmp_path / f"{name}.h5"
        split_parts(tmp_path / f"{name}-events.h5", Numbers(), {"event": found[name]}, show_progress=False)
    return found


def joined(sources, path, seed=1):
    conditions = {"many": [1.0, 0.0], "few": [0.0, 0.5]}
    rows = join_parts(sources, conditions, Numbers(), "event", path, seed)
    with PartReader(path) as reader:
        return rows, reader, reader.read()["features"]


@pytest.mark.parametrize("block", [16 * 1024, 7])
def test_every_row_once_with_its_condition(monkeypatch, sources, tmp_path, block):
    monkeypatch.setattr(joint_parts, "BLOCK_ROWS", block)
    rows, reader, features = joined(sources, tmp_path / "both.h5")
    assert rows == {"many": 70, "few": 11}
    assert reader.columns == ("met", "code", "condition_1", "condition_2")
    for name, condition in {"many": (1.0, 0.0), "few": (0.0, 0.5)}.items():
        own = features[(features[:, 2:] == condition).all(axis=1)]
        with PartReader(sources[name]) as source:
            expected = source.read()["features"]
        np.testing.assert_array_equal(np.sort(own[:, 0]), np.sort(expected[:, 0]))
    positions = np.flatnonzero(features[:, 3] == 0.5)
    assert positions.min() < 30 and positions.max() > 50  # not one sample after the other


def test_scales_are_those_of_all_rows_and_of_no_condition(sources, tmp_path):
    _, reader, features = joined(sources, tmp_path / "both.h5")
    np.testing.assert_allclose(reader.mean, [features[:, 0].mean(dtype=float), 0, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(reader.std, [features[:, 0].std(dtype=float), 1, 1, 1], rtol=1e-6)
    assert reader.attributes["n_events"] == 81
    assert reader.attributes["conditions"] == {"many": [1.0, 0.0], "few": [0.0, 0.5]}


def test_same_seed_same_order(sources, tmp_path):
    one, same, other = (joined(sources, tmp_path / "both.h5", seed)[2] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
