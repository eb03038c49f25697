"""Splits of the most frequent combinations of objects: which events, and in which proportions."""

from collections import Counter

import numpy as np
import pytest

from deepcollider.features.views.chained import VIEW
from deepcollider.physics.events import counts_per_kind, empty_events
from deepcollider.physics.kinds import BY_SYMBOL
from deepcollider.store import event_files, stratified
from deepcollider.store.event_files import EventReader, EventWriter, read_events
from deepcollider.store.rows import RowFileError
from deepcollider.store.stratified import split_most_frequent

FRACTIONS = {"train": 0.48, "validation": 0.1, "test": 0.21, "floor": 0.21}

SHARES = {"jj": 500, "bbj": 301, "bbbb": 60, "jg": 54, "j": 43, "b": 22, "jjg": 11, "g": 9}
"""1000 events. 95 % are reached within the fifth combination (958); the four b-jets of one no mask can tell."""


def write_events(path, shares=SHARES, seed=0):
    """Events with these combinations in random order, numbered."""
    masks = np.random.default_rng(seed).permutation([mask for mask, n in shares.items() for _ in range(n)])
    events = empty_events(len(masks))
    for objects, mask in zip(events.objects, masks, strict=True):
        for slot, symbol in enumerate(mask):
            objects[slot] = (BY_SYMBOL[symbol].code, True, 50.0, 40.0 - slot, 0.0, 0.0)
    events.events["event_id"] = np.arange(len(masks))
    events.events["n_objects"] = [len(mask) for mask in masks]
    with EventWriter(path, {"process": "ttbar"}) as writer:
        writer.append_events(events)
    return masks


def split_of(folder, **options):
    outputs = {name: folder / f"{name}.h5" for name in FRACTIONS}
    sizes = split_most_frequent(
        folder / "events.h5", VIEW, outputs, FRACTIONS, **{"seed": 1, "min_train": 10, "show_progress": False} | options
    )
    return sizes, {name: read_events(path) for name, path in outputs.items()}


def test_only_frequent_combinations_that_a_mask_can_tell(tmp_path):
    masks = write_events(tmp_path / "events.h5")
    sizes, splits = split_of(tmp_path)
    found = Counter(masks[i] for events in splits.values() for i in events.events["event_id"])
    assert found == {"jj": 500, "bbj": 301, "jg": 54, "j": 43}
    assert sum(sizes.values()) == 898
    with EventReader(tmp_path / "test.h5") as reader:
        told = reader.attributes
    assert (told["selected_of"], told["combinations"], told["split"], told["process"]) == (1000, 4, "test", "ttbar")


def test_every_combination_has_the_proportions_of_the_splits(tmp_path):
    masks = write_events(tmp_path / "events.h5")
    _, splits = split_of(tmp_path)
    for name, events in splits.items():
        found = Counter(masks[i] for i in events.events["event_id"])
        for mask in ("jj", "bbj", "jg", "j"):
            assert abs(found[mask] - FRACTIONS[name] * SHARES[mask]) < 1, (name, mask)


def test_every_event_once_and_in_order(tmp_path):
    write_events(tmp_path / "events.h5")
    _, splits = split_of(tmp_path)
    ids = [events.events["event_id"] for events in splits.values()]
    assert len(np.unique(np.concatenate(ids))) == sum(map(len, ids))
    assert all((np.diff(each) > 0).all() for each in ids)


def test_blocks_do_not_matter(tmp_path, monkeypatch):
    write_events(tmp_path / "events.h5")
    _, whole = split_of(tmp_path)
    monkeypatch.setattr(EventReader.event_batches, "__defaults__", (7,))
    _, parts = split_of(tmp_path)
    for name in FRACTIONS:
        np.testing.assert_array_equal(whole[name].events, parts[name].events)


def test_rare_combinations_go_to_all_splits_on_average():
    """A thousand combinations of two events each: rounding all of them one way would leave splits empty."""
    frequencies = {(n,): 2 for n in range(1000)}
    borders = stratified.borders_of(frequencies, FRACTIONS, seed=3)
    sizes = np.array([np.diff([0, *each]) for each in borders.values()])
    assert sizes.sum(axis=1).tolist() == [2] * 1000
    expected = 2000 * np.array(list(FRACTIONS.values()))
    assert np.abs(sizes.sum(axis=0) - expected).max() < 5 * np.sqrt(1000 * 0.25)


def test_seed_decides_the_rounding():
    frequencies = {(n,): 3 for n in range(50)}
    first, again, other = (stratified.borders_of(frequencies, FRACTIONS, seed) for seed in (1, 1, 2))
    assert all((first[mask] == again[mask]).all() for mask in frequencies)
    assert any((first[mask] != other[mask]).any() for mask in frequencies)


def test_too_few_events_are_refused(tmp_path):
    write_events(tmp_path / "events.h5")
    with pytest.raises(RowFileError, match=r"898 have one of the 4 combinations .* about 431 .*split.min_train"):
        split_of(tmp_path, min_train=1000)
    assert [path.name for path in tmp_path.iterdir()] == ["events.h5"]


def test_counts_are_those_of_the_events(tmp_path):
    """The combinations above are what the events have."""
    masks = write_events(tmp_path / "events.h5")
    counts = counts_per_kind(event_files.read_events(tmp_path / "events.h5").objects)
    assert [mask.count("b") for mask in masks] == counts[:, 0].tolist()
