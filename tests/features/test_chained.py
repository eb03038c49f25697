"""The chain of objects: masks, rows and conditions, against plain loops and the example of the thesis."""

import numpy as np
import pytest

from deepcollider.features.parts import met_features, object_features
from deepcollider.features.views import view_named
from deepcollider.features.views.chained import MASK_COLUMNS, MOST, SUMS_OF, VIEW, Chain, ordinal_masks
from deepcollider.physics.events import empty_events, sort_objects
from deepcollider.physics.kinds import BY_SYMBOL, KINDS

CONTENTS = (
    ["b", "b", "j", "j", "j", "e+"],  # the example of Figure 7.5
    ["j", "j", "j", "e+", "m-"],
    ["b", "b", "b", *["j"] * 9, "e-", "e+", "m-", "m+", "g"],
    ["b"],
    ["g"],
    [],
    ["m+", "g", "j"],
)


def events_with(contents, seed=0):
    """Events with objects of these kinds and random features."""
    rng = np.random.default_rng(seed)
    events = empty_events(len(contents))
    for objects, symbols in zip(events.objects, contents, strict=True):
        for slot, symbol in enumerate(symbols):
            energy, pt = 10 ** rng.uniform(1.5, 3, 2)
            objects[slot] = (BY_SYMBOL[symbol].code, True, energy, pt, rng.normal(), rng.uniform(-3.1, 3.1))
    events.objects[:] = sort_objects(events.objects)
    n = len(contents)
    events.events["met"], events.events["met_phi"] = rng.uniform(1, 300, n), rng.uniform(-3.1, 3.1, n)
    events.events["n_objects"] = [len(symbols) for symbols in contents]
    return events


def counts_of(contents):
    return np.array([[symbols.count(kind.symbol) for kind in KINDS] for symbols in contents])


def test_masks_are_those_of_the_thesis():
    assert len(MASK_COLUMNS) == 17
    masks = ordinal_masks(counts_of(CONTENTS))
    text = ["".join(str(int(bit)) for bit in mask) for mask in masks]
    assert text[0] == "110" + "111000000" + "01000"  # Figure 7.5
    assert text[1] == "000" + "111000000" + "01100"
    assert text[2] == "1" * 17
    assert text[5] == "0" * 17
    assert masks.sum(axis=1).tolist() == [len(symbols) for symbols in CONTENTS]


def test_ten_parts():
    assert VIEW.parts == (
        "met", "bjet-first", "bjet-further", "jet-first", "jet-further", "electron", "positron", "muon", "antimuon",
        "photon",
    )  # fmt: skip
    assert view_named("chained") is VIEW
    for sum_of in ("log", "raw"):
        widths = {part: len(VIEW.seen(part, sum_of)) for part in VIEW.parts}
        assert widths == {
            "met": 19,
            "bjet-first": 6,
            "bjet-further": 14,
            "jet-first": 10,
            "jet-further": 14,
        } | dict.fromkeys(("electron", "positron", "muon", "antimuon", "photon"), 10)
    assert VIEW.seen("photon", "log")[2:6] == ("sum_log10_energy", "sum_log10_pt", "sum_eta", "sum_phi")
    assert VIEW.seen("photon", "raw")[2:6] == ("sum_energy", "sum_pt", "sum_eta", "sum_phi")


def seen_rows(events, part, sum_of):
    """The rows of a part as a network sees them."""
    rows, columns = VIEW.rows(events, part), VIEW.columns(part)
    assert rows.shape[1] == len(columns)
    return rows[:, [columns.index(name) for name in VIEW.seen(part, sum_of)]]


def plain_rows(events, part, sum_of):
    """Rows of a part of objects, by walking through each event; sums in GeV are of what the store has."""
    kind, _, which = part.partition("-")
    found = []
    for event, objects in zip(met_features(events), events.objects, strict=True):
        total, previous, rank = np.zeros(4), np.zeros(4), 0
        for one in objects[objects["valid"]]:
            own = object_features(one[np.newaxis])[0]
            if KINDS[one["kind"] - 1].name == kind:
                if which == "" or (which == "first") == (rank == 0):
                    context = [] if part == "bjet-first" else [*total]
                    context += [*previous] if which == "further" else []
                    found.append([*event, *context, *own])
                rank += 1
            added = own if sum_of == "log" else [float(one[name]) for name in ("energy", "pt", "eta", "phi")]
            total, previous = total + added, own
    return np.array(found, np.float32).reshape(-1, len(VIEW.seen(part, sum_of)))


@pytest.mark.parametrize("part", VIEW.parts[1:])
def test_rows_by_walking_through_events(part):
    events = events_with(CONTENTS)
    expected = plain_rows(events, part, "log")
    assert len(expected)
    np.testing.assert_array_equal(seen_rows(events, part, "log"), expected)


@pytest.mark.parametrize("part", VIEW.parts[1:])
def test_sums_in_gev_by_walking_through_events(part):
    """To the accuracy of logarithms in float32, which they are made from."""
    events = events_with(CONTENTS)
    expected = plain_rows(events, part, "raw")
    np.testing.assert_allclose(seen_rows(events, part, "raw"), expected, rtol=5e-6, atol=2e-6)


def test_a_sum_of_logarithms_is_no_logarithm_of_a_sum():
    """Two b-jets of 100 and 1000 GeV before a jet: 5 or 1100 GeV."""
    events = events_with([["b", "b", "j"]])
    events.objects["energy"][0, :2] = events.objects["pt"][0, :2] = 1000, 100
    sums = {sum_of: seen_rows(events, "jet-first", sum_of)[0, 2:4] for sum_of in SUMS_OF}
    np.testing.assert_allclose(sums["log"], [5, 5], rtol=1e-6)
    np.testing.assert_allclose(sums["raw"], [1100, 1100], rtol=1e-5)


def test_rows_of_met():
    events = events_with(CONTENTS)
    rows = VIEW.rows(events, "met")
    np.testing.assert_array_equal(rows[:, :17], ordinal_masks(counts_of(CONTENTS)))
    np.testing.assert_array_equal(rows[:, 17:], met_features(events))
    assert VIEW.unscaled("met") == MASK_COLUMNS and VIEW.unscaled("jet-first") == ()


def test_no_object_of_a_part():
    assert seen_rows(events_with([["j"], []]), "photon", "log").shape == (0, 10)


@pytest.mark.parametrize("sum_of", ["log", "raw"])
def test_truth_through_the_conditions_of_generation_gives_the_training_rows(sum_of):
    """The features of true objects, added one after the other, make the very rows that training has."""
    rng = np.random.default_rng(1)
    kinds = [kind.symbol for kind in KINDS]
    contents = [
        [symbol for symbol, most in zip(kinds, MOST, strict=True) for _ in range(rng.integers(most + 1))]
        for _ in range(300)
    ]
    events = events_with(contents, seed=2)
    chain = Chain(met_features(events), counts_of(contents))
    first = np.cumsum(counts_of(contents), axis=1) - counts_of(contents)  # slot of the first object of each kind
    features, made = object_features(events.objects), {part: [] for part in VIEW.parts[1:]}
    seen = np.zeros((300, len(KINDS)), int)
    for part, slot, rows in chain.steps():
        kind = [kind.name for kind in KINDS].index(part.split("-")[0])
        assert (np.searchsorted(np.cumsum(MOST), slot, side="right") == kind).all()
        own = features[rows, first[rows, kind] + seen[rows, kind]]
        made[part] += [(r, s, [*c, *o]) for r, s, c, o in zip(
            rows, seen[rows, kind], chain.conditions(part, rows, sum_of), own, strict=True
        )]  # fmt: skip
        seen[rows, kind] += 1
        chain.add(slot, rows, own)
    for part, found in made.items():
        rows = np.array([row for *_, row in sorted(found, key=lambda each: each[:2])], np.float32)
        np.testing.assert_array_equal(rows, seen_rows(events, part, sum_of), err_msg=part)
    rebuilt = chain.events()
    for name in ("kind", "valid", "eta"):
        np.testing.assert_array_equal(rebuilt.objects[name], events.objects[name])
    np.testing.assert_allclose(rebuilt.objects["pt"], events.objects["pt"], rtol=1e-5)
    np.testing.assert_allclose(rebuilt.events["met"], events.events["met"], rtol=1e-5)
    assert rebuilt.events["n_objects"].tolist() == [len(symbols) for symbols in contents]


def test_selection_is_what_the_mask_can_tell():
    contents = [["b"] * 3, ["b"] * 4, ["j"] * 9, ["j"] * 10, ["e-", "e-"], ["e-", "e+"], ["g", "g"], []]
    assert VIEW.accepts(events_with(contents)).tolist() == [True, False, True, False, False, True, False, True]
    with pytest.raises(ValueError, match="more objects of a kind"):
        Chain(np.zeros((1, 2), np.float32), counts_of([["b"] * 4]))
