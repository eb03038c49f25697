"""Events as sequences of coordinates: values by hand, the way back, densities, and what cannot come out."""

import math

import numpy as np
import pytest

from deepcollider.features.views import view_named
from deepcollider.features.views.sequences import (
    ETA_LIMITS,
    IS_JET,
    LEAST_MASS,
    N_CLASSES,
    PT_CUTS,
    QUANTITIES,
    VIEW,
    SequenceScaler,
    classes_of,
    coordinates,
    events_of,
    log_met,
    log_volume,
    slot_codes,
)
from deepcollider.physics.acceptance import in_acceptance
from deepcollider.physics.events import Events, counts_per_kind, empty_events, sort_objects
from deepcollider.physics.kinds import KINDS, MAX_OBJECTS


def random_events(n: int, seed: int = 3) -> Events:
    """Events within the acceptance with 0 to 20 objects of any kinds; the first has none, the second 20."""
    rng = np.random.default_rng(seed)
    batch = empty_events(n)
    batch.events["met"] = np.exp(rng.normal(4, 1, n))
    batch.events["met_phi"] = rng.uniform(-np.pi, np.pi, n)
    counts = rng.integers(0, MAX_OBJECTS + 1, n)
    counts[:2] = 0, MAX_OBJECTS
    batch.events["n_objects"] = counts
    objects = batch.objects
    objects["valid"] = np.arange(MAX_OBJECTS) < counts[:, None]
    objects["kind"] = rng.integers(1, len(KINDS) + 1, objects.shape)
    objects["pt"] = PT_CUTS[objects["kind"]] * np.exp(rng.exponential(1, objects.shape) + 1e-3)
    objects["eta"] = ETA_LIMITS[objects["kind"]] * rng.uniform(-0.99, 0.99, objects.shape)
    objects["phi"] = rng.uniform(-np.pi, np.pi, objects.shape)
    mass = IS_JET[objects["kind"]] * objects["pt"] * rng.uniform(0.05, 0.3, objects.shape)
    objects["energy"] = np.hypot(objects["pt"].astype(float) * np.cosh(objects["eta"].astype(float)), mass)
    objects[~objects["valid"]] = np.zeros((), objects.dtype)
    return Events(batch.events, sort_objects(objects))


@pytest.fixture(scope="module")
def events():
    return random_events(400)


def event(met: float, met_phi: float, *objects: tuple) -> Events:
    """One event; objects as (kind code, energy, pt, eta, phi), in the store's order."""
    batch = empty_events(1)
    batch.events["met"], batch.events["met_phi"], batch.events["n_objects"] = met, met_phi, len(objects)
    for slot, (kind, energy, pt, eta, phi) in enumerate(objects):
        batch.objects[0, slot] = (kind, True, energy, pt, eta, phi)
    return batch


def test_an_event_by_hand():
    jet = math.sqrt((100 * math.cosh(0.5)) ** 2 + 10**2)
    second = math.sqrt((40 * math.cosh(-1.4)) ** 2 + 8**2)
    electron = 30 * math.cosh(1.0)
    found = event(50.0, 3.0, (2, jet, 100, 0.5, -3.0), (2, second, 40, -1.4, 0.0), (3, electron, 30, 1.0, 3.1))
    row = dict(zip(VIEW.columns("event"), VIEW.rows(found, "event")[0], strict=True))
    assert row["log_met"] == pytest.approx(math.log(50))
    assert [row[f"kind_{slot}"] for slot in (1, 2, 3, 4)] == [2, 2, 3, 0]
    first, other = math.log(100 / 20), math.log(40 / 20)
    assert row["hardness_1"] == pytest.approx(first) and row["hardness_2"] == pytest.approx(other)
    assert row["pt_1"] == pytest.approx(math.log(100 / 20 - 1))
    assert row["pt_2"] == pytest.approx(math.log(other / (first - other)))  # logit of other / first
    assert row["pt_3"] == pytest.approx(0.0, abs=1e-6)  # the first of its kind: log(30 / 15 - 1)
    assert row["eta_1"] == pytest.approx(math.atanh(0.5 / 2.8), rel=1e-5)
    assert row["eta_3"] == pytest.approx(math.atanh(1.0 / 2.7), rel=1e-5)
    assert row["phi_1"] == pytest.approx(2 * math.pi - 6.0, abs=1e-5)
    assert row["phi_2"] == pytest.approx(-3.0)
    assert row["mass_1"] == pytest.approx(math.log(0.1), abs=1e-4)
    assert row["mass_2"] == pytest.approx(math.log(0.2), abs=1e-4)
    assert np.isnan(row["mass_3"])  # no jet
    assert all(np.isnan(row[f"{name}_4"]) for name in ("hardness", *QUANTITIES))


def test_columns():
    assert view_named("sequences") is VIEW and VIEW.parts == ("event",) and not VIEW.selects
    columns = VIEW.columns("event")
    assert len(columns) == len(set(columns)) == 1 + 6 * MAX_OBJECTS
    assert VIEW.unscaled("event") == columns[1:21]


def test_coordinates_and_back(events):
    codes = events.objects["kind"]
    back = events_of(log_met(events), events.events["met_phi"], codes, coordinates(events))
    for name in ("energy", "pt", "eta"):
        np.testing.assert_allclose(back.objects[name], events.objects[name], rtol=3e-6)
    turns = (back.objects["phi"].astype(float) - events.objects["phi"]) / (2 * np.pi)
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-6)
    np.testing.assert_allclose(back.events["met"], events.events["met"], rtol=1e-6)
    for name in ("met_phi", "n_objects"):
        np.testing.assert_array_equal(back.events[name], events.events[name])
    for name in ("kind", "valid"):
        np.testing.assert_array_equal(back.objects[name], events.objects[name])


def test_reflections_change_signs_alone(events):
    found = coordinates(events)
    mirrored = Events(events.events.copy(), events.objects.copy())
    mirrored.objects["eta"] *= -1
    mirrored.objects["phi"] *= -1
    mirrored.events["met_phi"] *= -1
    for name, values in coordinates(mirrored).items():
        sign = -1 if name in ("eta", "phi") else 1
        np.testing.assert_allclose(values, sign * found[name], atol=1e-9)


def test_any_numbers_are_an_event():
    """Whatever a network says: within the acceptance, ordered in pt, and with the energy to hold the momentum."""
    rng = np.random.default_rng(1)
    n = 3000
    counts = rng.integers(0, 3, (n, len(KINDS)))
    codes = slot_codes(counts)
    classes = classes_of(codes)
    hardness = np.exp(rng.uniform(-40, 2, codes.shape))
    for slot in range(1, MAX_OBJECTS):
        share = 1 / (1 + np.exp(-rng.normal(0, 10, n)))
        hardness[:, slot] = np.where(classes[:, slot] % 2 == 0, share * hardness[:, slot - 1], hardness[:, slot])
    values = {"hardness": hardness, **{name: rng.normal(0, 10, codes.shape) for name in ("eta", "phi")}}
    values["mass"] = rng.uniform(-60, 5, codes.shape)
    made = events_of(rng.normal(3, 2, n), rng.uniform(-3.1, 3.1, n), codes, values)
    objects, there = made.objects, made.objects["valid"]
    np.testing.assert_array_equal(counts_per_kind(objects), counts)
    assert in_acceptance(objects)[there].all()
    assert (np.abs(objects["phi"].astype(float)) <= np.pi).all()
    further = (classes[:, 1:] % 2 == 0) & there[:, 1:]
    assert (objects["pt"][:, 1:] <= objects["pt"][:, :-1])[further].all()
    momentum = objects["pt"].astype(float) * np.cosh(objects["eta"].astype(float))
    assert (objects["energy"] >= momentum)[there].all()


def test_slots_by_loops():
    rng = np.random.default_rng(2)
    counts = rng.integers(0, 3, (50, len(KINDS)))
    expected = np.zeros((50, MAX_OBJECTS), int)
    for row, numbers in enumerate(counts):
        kinds = [kind.code for kind, n in zip(KINDS, numbers, strict=True) for _ in range(n)]
        expected[row, : len(kinds)] = kinds
    np.testing.assert_array_equal(slot_codes(counts), expected)
    with pytest.raises(ValueError, match="21 objects"):
        slot_codes(np.array([[3] * 7]))


def test_classes():
    codes = np.array([[1, 1, 2, 2, 2, 7, 0, 0], [3, 4, 4, 0, 0, 0, 0, 0]])
    np.testing.assert_array_equal(classes_of(codes), [[1, 2, 3, 4, 4, 13, 0, 0], [5, 7, 8, 0, 0, 0, 0, 0]])
    assert classes_of(codes).max() < N_CLASSES


def test_volume_against_numerical_derivatives():
    """The determinant of the derivatives of all coordinates with respect to all quantities, by central differences."""
    start = np.array([60.0, 0.3, 90.0, 0.4, 1.0, 9.0, 45.0, -1.2, 2.0, 6.0, 38.0, 0.9, -2.0])  # two jets, a muon

    def made(numbers) -> Events:
        met, met_phi, *rest = numbers
        objects = []
        for kind, values in zip((2, 2, 5), (rest[:4], rest[4:8], [*rest[8:], 0.0]), strict=True):
            pt, eta, phi, mass = values
            objects.append((kind, math.hypot(pt * math.cosh(eta), mass), pt, eta, phi))
        return event(met, met_phi, *objects)

    def numbers_of(events: Events) -> np.ndarray:
        found = coordinates(events)
        values = [found[name][0, slot] for slot in range(3) for name in QUANTITIES if (slot, name) != (2, "mass")]
        return np.array([log_met(events)[0], events.events["met_phi"][0], *values])

    # in double precision, where float32 would leave nothing of small differences
    def double(numbers) -> np.ndarray:
        met, met_phi, *rest = numbers
        jets = [rest[:4], rest[4:8]]
        hard = [math.log(pt / 20) for pt, *_ in jets]
        pts = [math.log(jets[0][0] / 20 - 1), math.log(hard[1] / (hard[0] - hard[1]))]
        flat = [math.log(met), met_phi]
        for coordinate, (pt, eta, phi, mass) in zip(pts, jets, strict=True):
            flat += [coordinate, math.atanh(eta / 2.8), phi - met_phi, math.log(mass / pt)]
        pt, eta, phi = rest[8:]
        return np.array([*flat, math.log(pt / 15 - 1), math.atanh(eta / 2.7), phi - met_phi])

    found = numbers_of(made(start))
    turns = (found - double(start)) / (2 * np.pi)
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-4)
    steps = np.eye(len(start)) * 1e-5 * np.maximum(np.abs(start), 1)
    derivatives = [(double(start + step) - double(start - step)) / (2 * step.sum()) for step in steps]
    expected = np.linalg.slogdet(np.array(derivatives))[1]
    assert log_volume(made(start))[0] == pytest.approx(expected, abs=1e-4)


def test_scales_class_by_class(events):
    rows = VIEW.rows(events, "event")
    scaler = SequenceScaler.fit([rows[:150], rows[150:]])
    found, classes = coordinates(events), classes_of(events.objects["kind"])
    scaled = scaler.transform(rows)
    assert scaled.dtype == np.float32 and not np.isnan(scaled).any()
    met = log_met(events)
    np.testing.assert_allclose(scaled[:, 0], (met - met.mean()) / met.std(), atol=1e-4)
    names = ("kind", "hardness", *QUANTITIES)
    columns = {name: scaled[:, 1 + 20 * i : 21 + 20 * i] for i, name in enumerate(names)}
    np.testing.assert_array_equal(columns["kind"], events.objects["kind"])
    for name in ("hardness", "phi"):
        np.testing.assert_allclose(columns[name], np.nan_to_num(found[name]), rtol=1e-5, atol=1e-6)
    for place in range(1, N_CLASSES):
        for name in ("pt", "eta", "mass"):
            chosen = (classes == place) & ~np.isnan(found[name])
            if not chosen.any():
                assert name == "mass"
                continue
            values = found[name][chosen]
            mean = 0.0 if name == "eta" else values.mean()
            std = np.sqrt(np.mean((values - mean) ** 2))
            np.testing.assert_allclose(columns[name][chosen], (values - mean) / std, rtol=1e-3, atol=1e-4)
    assert (columns["mass"][~IS_JET[events.objects["kind"]]] == 0).all()
    again = SequenceScaler.from_config(scaler.to_config())
    np.testing.assert_array_equal(again.transform(rows), scaled)


def test_volume_of_the_scales(events):
    rows = VIEW.rows(events, "event")
    scaler = SequenceScaler.fit([rows])
    classes, found = classes_of(events.objects["kind"]), coordinates(events)
    expected = -np.log(scaler.scales("met")[1][0]) * np.ones(len(events))
    for row in range(len(events)):
        for slot in range(MAX_OBJECTS):
            for name in ("pt", "eta", "mass"):
                if not np.isnan(found[name][row, slot]):
                    expected[row] -= np.log(scaler.scales(name)[1][classes[row, slot]])
    np.testing.assert_allclose(scaler.log_volume(rows), expected, atol=1e-4)


def test_scales_of_nothing():
    scaler = SequenceScaler.fit([])
    assert set(scaler.mean) == {0.0} and set(scaler.std) == {1.0}


def test_jet_without_mass_stands_at_the_least():
    found = coordinates(event(50, 0, (2, 50 * math.cosh(1.0), 50, 1.0, 0.0)))
    assert found["mass"][0, 0] == pytest.approx(math.log(LEAST_MASS))
