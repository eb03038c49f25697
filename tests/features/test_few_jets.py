"""The selection of events with few jets, and their rows, on events made by hand and against plain loops."""

import numpy as np
import pytest

from deepcollider.features.views import view_named
from deepcollider.features.views.few_jets import VIEW
from deepcollider.physics.events import empty_events, sort_objects
from deepcollider.physics.kinds import BY_SYMBOL, KIND_TABLE, KINDS


def events_with(*masks, seed=0):
    """Events with objects as in "jjb" (kinds by their symbols; an antimuon is +), with random features."""
    rng = np.random.default_rng(seed)
    events = empty_events(len(masks))
    symbols = {"+": "m+", "-": "e-"}
    for objects, mask in zip(events.objects, masks, strict=True):
        for slot, letter in enumerate(mask):
            code = BY_SYMBOL[symbols.get(letter, letter)].code
            energy, pt = 10 ** rng.uniform(1.5, 3, 2)
            objects[slot] = (code, True, energy, pt, rng.normal(), rng.uniform(-3.1, 3.1))
    events.objects[:] = sort_objects(events.objects)
    events.events["met"], events.events["met_phi"] = rng.uniform(1, 300, len(masks)), rng.uniform(-3.1, 3.1, len(masks))
    events.events["n_objects"] = [len(mask) for mask in masks]
    return events


def objects_of(event, symbol):
    """Objects of a kind in one event, by descending pt, with plain loops."""
    found = [each for each in event if KIND_TABLE[int(each["kind"])] == symbol]
    return sorted(found, key=lambda each: -each["pt"])


@pytest.mark.parametrize(
    ("mask", "accepted"),
    [
        ("jjjjbb", True),
        ("jb", True),
        ("", True),
        ("bb", True),
        ("jjjj", True),
        ("jjjjj", False),
        ("bbb", False),
        ("jjjbbb", False),
        ("jg", False),
        ("jjbb+", False),
        ("-", False),
    ],
)
def test_selection_by_hand(mask, accepted):
    assert VIEW.accepts(events_with(mask)).tolist() == [accepted]


@pytest.mark.parametrize("kind", KINDS)
def test_selection_of_single_objects(kind):
    events = empty_events(1)
    events.objects[0, 0] = (kind.code, True, 50.0, 40.0, 0.0, 0.0)
    assert VIEW.accepts(events)[0] == (kind.name in ("jet", "bjet"))


def test_selection_agrees_with_loops():
    rng = np.random.default_rng(1)
    masks = ["".join(rng.choice(list("jjjjjbbbg+"), rng.integers(0, 9))) for _ in range(400)]
    events = events_with(*masks)
    expected = [mask.count("j") <= 4 and mask.count("b") <= 2 and set(mask) <= {"j", "b"} for mask in masks]
    assert 50 < sum(expected) < 350
    assert VIEW.accepts(events).tolist() == expected


def test_it_is_a_selection_with_a_name_and_one_part():
    assert view_named("few-jets") is VIEW
    assert VIEW.selects
    assert VIEW.parts == ("event",)


def test_columns_of_a_row():
    columns = VIEW.columns("event")
    assert len(columns) == len(set(columns)) == 2 + 6 * 4 + 6
    assert columns[:6] == ("log10_met", "met_phi", "jet1_log10_energy", "jet1_log10_pt", "jet1_eta", "jet1_phi")
    assert columns[18:20] == ("bjet1_log10_energy", "bjet1_log10_pt")
    assert columns[26:] == ("has_jet1", "has_jet2", "has_jet3", "has_jet4", "has_bjet1", "has_bjet2")
    assert VIEW.unscaled("event") == columns[26:]


def test_rows_against_loops():
    masks = ["jjjjbb", "jb", "", "jjjbb", "bb", "jjjj"]
    events = events_with(*masks)
    rows = VIEW.rows(events, "event")
    assert rows.shape == (6, 32)
    assert rows.dtype == np.float32
    for event, objects, row in zip(events.events, events.objects, rows, strict=True):
        expected, bits = [np.log10(event["met"]), event["met_phi"]], []
        for symbol, most in (("j", 4), ("b", 2)):
            found = objects_of(objects, symbol)
            bits += [1.0] * len(found) + [0.0] * (most - len(found))
            for each in found:
                expected += [np.log10(each["energy"]), np.log10(each["pt"]), each["eta"], each["phi"]]
            expected += [np.nan] * 4 * (most - len(found))
        np.testing.assert_allclose(row, [*expected, *bits], rtol=1e-6, atol=1e-6)


def test_events_come_back_from_their_rows():
    events = events_with("jjjjbb", "jb", "", "jjjbb", "bb", "jjjj", seed=5)
    back = VIEW.events_of(VIEW.rows(events, "event"))
    np.testing.assert_array_equal(back.objects["kind"], events.objects["kind"])
    np.testing.assert_array_equal(back.objects["valid"], events.objects["valid"])
    np.testing.assert_array_equal(back.events["n_objects"], events.events["n_objects"])
    for name in ("energy", "pt", "eta", "phi"):
        np.testing.assert_allclose(back.objects[name], events.objects[name], rtol=3e-6)
    for name in ("met", "met_phi"):
        np.testing.assert_allclose(back.events[name], events.events[name], rtol=3e-6)


def test_bits_alone_decide_which_objects_there_are():
    rows = np.zeros((1, 32))
    rows[0, 2:26] = np.tile([2.0, 1.5, 0.3, 4.0], 6)  # energy 100 GeV, pt 32 GeV, phi beyond pi
    rows[0, 4 * 2 + 2 + 1] = 1.9  # pt of the third jet: harder than that of the first
    rows[0, [26, 28, 31]] = 1  # jets 1 and 3, b-jet 2
    event = VIEW.events_of(rows)
    kinds = [KIND_TABLE[int(each["kind"])] for each in event.objects[0]]
    assert kinds[:4] == ["b", "j", "j", "none"]
    assert set(kinds[3:]) == {"none"}
    np.testing.assert_allclose(event.objects[0]["pt"][:3], [10**1.5, 10**1.9, 10**1.5], rtol=1e-6)
    np.testing.assert_allclose(event.objects[0]["phi"][:3], 4.0 - 2 * np.pi, rtol=1e-6)
    assert event.events["n_objects"].tolist() == [3]
    np.testing.assert_allclose(event.events["met"], 1.0)


def test_rows_do_not_depend_on_the_order_of_the_objects():
    events = events_with("jjjjbb", "jjb")
    shuffled = events.take(slice(None))
    shuffled = type(events)(shuffled.events, shuffled.objects[:, ::-1])
    np.testing.assert_array_equal(VIEW.rows(shuffled, "event"), VIEW.rows(events, "event"))
