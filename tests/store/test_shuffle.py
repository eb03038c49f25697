"""Shuffle and split: exact permutations, fixed by the seed, cut into disjoint ranges."""

import json
from itertools import pairwise

import numpy as np
import pytest

from deepcollider.physics.events import EVENT_DTYPE, OBJECT_DTYPE
from deepcollider.store import shuffle as module
from deepcollider.store.event_files import EventReader, EventWriter, read_events
from deepcollider.store.rows import RowFileError
from deepcollider.store.shuffle import shuffle, split, split_borders

N = 5000


@pytest.fixture
def source(tmp_path):
    return write_events(tmp_path / "events.h5", N)


def write_events(path, n, process="ttbar"):
    """Events whose fields and objects all follow from their number."""
    events, objects = np.zeros(n, EVENT_DTYPE), np.zeros((n, 20), OBJECT_DTYPE)
    events["event_id"] = events["met"] = np.arange(n)
    objects["pt"] = np.arange(n)[:, None] + np.arange(20)
    with EventWriter(path, {"process": process, "counts": {"read": n}}) as writer:
        writer.append(events=events, objects=objects)
    return path


def shuffled_ids(source, path, **options):
    shuffle(source, path, **options)
    return read_events(path).events["event_id"]


@pytest.mark.parametrize("bucket_rows", [1, 37, 500, N, 10 * N])
def test_exact_permutation_of_whole_events(source, tmp_path, bucket_rows):
    if bucket_rows == 1:  # one bucket an event: keep the file small
        source = write_events(tmp_path / "small.h5", 200)
    shuffle(source, tmp_path / "out.h5", seed=1, bucket_rows=bucket_rows)
    found, original = read_events(tmp_path / "out.h5"), read_events(source)
    order = found.events["event_id"]
    assert (order != original.events["event_id"]).mean() > 0.9
    assert (np.sort(order) == original.events["event_id"]).all()
    assert (found.events == original.events[order]).all() and (found.objects == original.objects[order]).all()


def test_the_seed_fixes_the_order(source, tmp_path):
    first, again, other = (
        shuffled_ids(source, tmp_path / f"{i}.h5", seed=seed, bucket_rows=600) for i, seed in enumerate((4, 4, 5))
    )
    assert (first == again).all() and (first != other).any()
    with EventReader(tmp_path / "0.h5") as reader:
        assert reader.attributes["seed"] == 4 and reader.attributes["counts"] == {"read": N}


def test_position_after_is_independent_of_position_before(source, tmp_path):
    """Buckets must mix the whole file: rank correlation and the share of early events in each quarter."""
    order = shuffled_ids(source, tmp_path / "out.h5", seed=2, bucket_rows=300)
    assert abs(np.corrcoef(order, np.arange(N))[0, 1]) < 4 / np.sqrt(N)
    for quarter in np.array_split(order, 4):
        assert abs((quarter < N / 2).mean() - 0.5) < 4 * np.sqrt(0.25 / len(quarter))


def test_all_permutations_are_equally_likely(tmp_path):
    """Chi-squared over the 6 orders of 3 events, two buckets."""
    source = write_events(tmp_path / "three.h5", 3)
    orders = [tuple(shuffled_ids(source, tmp_path / "out.h5", seed=s, bucket_rows=2)) for s in range(300)]
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 6 and ((counts - 50) ** 2 / 50).sum() < 20.5  # 0.1 % of chi-squared with 5 degrees


def test_buckets_bound_what_is_in_memory(source, tmp_path, monkeypatch):
    sizes = []
    plain_fromfile = np.fromfile

    def noted_fromfile(*arguments):
        values = plain_fromfile(*arguments)
        sizes.append(len(values))
        return values

    monkeypatch.setattr(module.np, "fromfile", noted_fromfile)
    shuffle(source, tmp_path / "out.h5", seed=1, bucket_rows=500)
    assert len(sizes) == 10 and sum(sizes) == N and max(sizes) < 650


def test_empty_file_stays_empty(tmp_path):
    assert not len(shuffled_ids(write_events(tmp_path / "e.h5", 0), tmp_path / "out.h5", seed=1))


def test_no_temporary_files_stay(source, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    shuffle(source, folder / "a.h5", seed=1, bucket_rows=500)
    assert [path.name for path in folder.iterdir()] == ["a.h5"]

    def failing(*_):
        raise OSError("disk full")

    monkeypatch.setattr(module, "_collect", failing)
    with pytest.raises(OSError, match="disk full"):
        shuffle(source, folder / "b.h5", seed=1, bucket_rows=500)
    assert [path.name for path in folder.iterdir()] == ["a.h5"]


def test_bucket_rows_must_be_positive(source, tmp_path):
    with pytest.raises(ValueError, match="bucket_rows"):
        shuffle(source, tmp_path / "out.h5", seed=1, bucket_rows=0)


FRACTIONS = {"train": 0.8, "validation": 0.1, "test": 0.1}


def test_splits_are_disjoint_and_use_every_event(source, tmp_path):
    shuffle(source, tmp_path / "shuffled.h5", seed=9)
    outputs = {name: tmp_path / f"{name}.h5" for name in FRACTIONS}
    sizes = split(tmp_path / "shuffled.h5", outputs, FRACTIONS)
    assert sizes == {"train": 4000, "validation": 500, "test": 500}
    ids = [read_events(path).events["event_id"] for path in outputs.values()]
    assert [len(part) for part in ids] == list(sizes.values())
    assert (np.concatenate(ids) == read_events(tmp_path / "shuffled.h5").events["event_id"]).all()
    for name, path in outputs.items():
        with EventReader(path) as reader:
            found = reader.attributes
        assert (found["split"], found["seed"], found["process"]) == (name, 9, "ttbar")
        assert found["fractions"] == FRACTIONS


@pytest.mark.parametrize("n", [0, 1, 7, 99, 1001])
def test_borders_meet_for_any_size(n):
    borders = list(split_borders(n, {"a": 0.7, "b": 0.15, "c": 0.15}).values())
    assert borders[0][0] == 0 and borders[-1][1] == n
    assert all(left[1] == right[0] for left, right in pairwise(borders))


def test_fractions_may_leave_a_rest():
    assert split_borders(100, {"train": 0.5, "test": 0.25}) == {"train": (0, 50), "test": (50, 75)}


@pytest.mark.parametrize("fractions", [{"train": 0.8, "test": 0.3}, {"train": 1.0, "test": 0.0}, {}])
def test_impossible_fractions_are_refused(fractions):
    with pytest.raises(ValueError, match=r"split\.fractions"):
        split_borders(100, fractions)


def test_a_training_on_too_few_events_is_refused(tmp_path):
    source = write_events(tmp_path / "few.h5", 96, process="4top")
    outputs = {name: tmp_path / "out" / f"{name}.h5" for name in FRACTIONS}
    with pytest.raises(RowFileError, match=r"few\.h5: process 4top has 96 .*train 77.*1000 .*split\.min_train"):
        split(source, outputs, FRACTIONS)
    assert not (tmp_path / "out").exists()
    assert split(source, outputs, FRACTIONS, min_train=77)["train"] == 77


def test_names_of_outputs_and_fractions_must_agree(source, tmp_path):
    with pytest.raises(ValueError, match="asked for"):
        split(source, {"train": tmp_path / "a.h5"}, FRACTIONS)


def test_attributes_are_plain_json(source, tmp_path):
    split(source, {"train": tmp_path / "a.h5"}, {"train": 1.0})
    with EventReader(tmp_path / "a.h5") as reader:
        json.dumps(reader.attributes)


@pytest.mark.parametrize("show", [True, False])
def test_progress_is_shown_to_the_end_or_not_at_all(source, tmp_path, capfd, show):
    shuffle(source, tmp_path / "out.h5", seed=1, bucket_rows=600, show_progress=show)
    shown = capfd.readouterr().err
    assert (f"{2 * N}/{2 * N}" in shown) if show else not shown  # every row goes to a bucket and comes back
    split(tmp_path / "out.h5", {"train": tmp_path / "train.h5"}, {"train": 1.0}, show_progress=show)
    shown = capfd.readouterr().err
    assert ("train: 100%" in shown) if show else not shown
