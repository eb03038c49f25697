"""Digits of written numbers: as printed, found from a sample, and nothing that tells generated events from truth."""

import numpy as np
import pandas as pd
import pytest

from deepcollider.metrics.two_sample import two_sample_test
from deepcollider.physics.acceptance import in_acceptance, triggers
from deepcollider.physics.digits import Writing, as_written, round_significant, writing_of
from deepcollider.physics.events import OBJECT_DTYPE, Events, empty_events
from deepcollider.physics.kinds import BY_NAME
from deepcollider.sources import detector
from deepcollider.sources.csv_writer import format_events
from deepcollider.sources.dark_machines import read_csv

NEAREST, UPWARDS = Writing(upwards=False), Writing(upwards=True)
PDG = {"electron": 11, "positron": -11, "muon": 13, "antimuon": -13, "photon": 22}


def momenta(n: int, seed: int) -> dict[str, np.ndarray]:
    """pt (GeV), eta and phi (n,) of objects well inside the acceptance, float64."""
    rng = np.random.default_rng(seed)
    return {"pt": 30 + rng.exponential(40, n), "eta": rng.uniform(-2.3, 2.3, n), "phi": rng.uniform(-3.1, 3.1, n)}


def events_of(objects: np.ndarray, seed: int = 0) -> Events:
    """An event for each of the objects (n,), with some MET."""
    events = empty_events(len(objects))
    events.objects[:, 0] = objects
    rng = np.random.default_rng(seed)
    events.events["n_objects"] = 1
    events.events["met"], events.events["met_phi"] = rng.lognormal(3, 1, len(objects)), rng.uniform(-3, 3, len(objects))
    events.events["process"], events.events["weight"] = b"ttbar", 1
    return events


def generated(n: int, seed: int, kind: str = "electron", mass=0.0) -> Events:
    """Objects as a network makes them: all digits of float32."""
    objects = np.zeros(n, OBJECT_DTYPE)
    objects["kind"], objects["valid"] = BY_NAME[kind].code, True
    for name, values in momenta(n, seed).items():
        objects[name] = values
    objects["energy"] = np.hypot(objects["pt"].astype(float) * np.cosh(objects["eta"].astype(float)), mass)
    return events_of(objects, seed)


def printed(events: Events) -> Events:
    """The same events, each number printed by itself and read again: the published convention, by Python alone."""
    found = Events(events.events.copy(), events.objects.copy())
    for array, name in ((found.events, "met"), (found.objects, "energy"), (found.objects, "pt")):
        flat = array[name].reshape(-1)
        flat[:] = [float(f"{1000 * float(value):.6g}") / 1000 for value in flat]
        array[name] = flat.reshape(array[name].shape)
    for array, name in ((found.events, "met_phi"), (found.objects, "eta"), (found.objects, "phi")):
        flat = array[name].reshape(-1)
        flat[:] = [float(f"{float(value):.6g}") for value in flat]
        array[name] = flat.reshape(array[name].shape)
    return found


def simulated(n: int, seed: int, kind: str = "electron") -> Events:
    """Leptons and photons as the simulation writes them."""
    values = momenta(n, seed)
    particles = detector.massless(np.arange(n), np.full(n, PDG[kind]), *values.values())
    events = events_of(detector.as_objects(particles, BY_NAME[kind].code).astype(OBJECT_DTYPE), seed)
    return Events(printed(events).events, events.objects)


TRUTH = {"published": lambda n, seed, kind: printed(generated(n, seed, kind)), "simulated": simulated}
WRITING = {"published": NEAREST, "simulated": UPWARDS}


def digits_alone(events: Events) -> pd.DataFrame:
    """All that the digits of an object say: distances from six-digit numbers, and the mass that rounding leaves."""
    table = {}
    first = events.objects[:, 0]
    for name, unit in (("energy", 1000), ("pt", 1000), ("eta", 1), ("phi", 1)):
        value = unit * first[name].astype(float)
        table[name] = np.log10(np.abs(value - [float(f"{each:.6g}") for each in value]) / np.abs(value) + 1e-12)
    square = first["energy"].astype(float) ** 2 - (first["pt"].astype(float) * np.cosh(first["eta"].astype(float))) ** 2
    table |= {"mass": np.sqrt(np.maximum(square, 0)), "square": square}
    return pd.DataFrame(table)


def same(one: Events, other: Events) -> bool:
    return one.events.tobytes() == other.events.tobytes() and one.objects.tobytes() == other.objects.tobytes()


@pytest.mark.parametrize("kind", PDG)
@pytest.mark.parametrize("source", TRUTH)
def test_a_classifier_on_the_digits_alone_cannot_tell(source, kind):
    n = 4000
    truth = digits_alone(TRUTH[source](n, 1, kind))
    raw = generated(n, 2, kind)
    before = two_sample_test(digits_alone(raw), truth)
    after = two_sample_test(digits_alone(as_written(raw, WRITING[source])), truth)
    assert before.auc > 0.95
    assert abs(after.auc - 0.5) < 3 * after.error


@pytest.mark.parametrize(("source", "wrong"), [("published", UPWARDS), ("simulated", NEAREST)])
def test_the_other_convention_would_be_told(source, wrong):
    """So the conventions are two, and that of a sample has to be found."""
    test = two_sample_test(
        digits_alone(as_written(generated(4000, 2), wrong)), digits_alone(TRUTH[source](4000, 1, "electron"))
    )
    assert test.auc > 0.6


def test_masses_of_leptons_are_those_of_truth():
    """Which are the rounding of their energies: the same quantiles, where all digits of float32 leave far less."""
    for source, writing in WRITING.items():
        truth, raw = TRUTH[source](20_000, 3, "muon"), generated(20_000, 4, "muon")
        masses = [digits_alone(each)["mass"].quantile([0.6, 0.8, 0.95]) for each in (truth, as_written(raw, writing))]
        assert masses[1].to_numpy() == pytest.approx(masses[0].to_numpy(), rel=0.08)
        assert digits_alone(raw)["mass"].quantile(0.8) < 0.5 * masses[0][0.8]


def test_energies_that_float32_rounded_upwards_leave_no_trace():
    """E^2 - p^2 of published leptons is below zero as often as above."""
    raw, truth = generated(300_000, 13), generated(300_000, 14)
    objects = raw.objects[:, 0]
    momentum = objects["pt"].astype(float) * np.cosh(objects["eta"].astype(float))
    low = objects["energy"] < momentum
    raw.objects["energy"][low, 0] = np.nextafter(objects["energy"][low], np.float32(np.inf))
    squares = []
    for events in (raw, truth):
        written = as_written(events, NEAREST).objects[:, 0]
        energy, pt, eta = (written[name].astype(float) for name in ("energy", "pt", "eta"))
        squares.append(energy**2 - (pt * np.cosh(eta)) ** 2)
    below = [(each < 0).mean() for each in squares]
    assert below[0] == pytest.approx(below[1], abs=4 * np.sqrt(0.5 / 300_000))


def test_numbers_are_those_that_a_file_would_hold(tmp_path):
    """Through the CSV itself, jets with a mass among them."""
    raw = generated(3000, 5, "jet", mass=np.random.default_rng(1).exponential(8, 3000))
    (tmp_path / "a.csv").write_text(format_events(raw), encoding="ascii")
    (block,) = [each for each in read_csv(tmp_path / "a.csv") if len(each.events)]
    written = as_written(raw, NEAREST)
    assert same(block.events, written)
    assert same(printed(raw), written)
    (tmp_path / "b.csv").write_text(format_events(as_written(raw, UPWARDS)), encoding="ascii")
    (block,) = [each for each in read_csv(tmp_path / "b.csv") if len(each.events)]
    assert same(block.events, as_written(raw, UPWARDS))


@pytest.mark.parametrize("source", TRUTH)
def test_what_is_written_already_stays(source):
    truth = TRUTH[source](5000, 6, "photon")
    assert same(as_written(truth, WRITING[source]), truth)
    jets = as_written(generated(5000, 5, "jet", mass=7.0), WRITING[source])
    assert same(as_written(jets, WRITING[source]), jets)


def test_given_events_stay_as_they_are():
    raw = generated(50, 7)
    before = raw.events.tobytes(), raw.objects.tobytes()
    as_written(raw, UPWARDS)
    assert before == (raw.events.tobytes(), raw.objects.tobytes())


@pytest.mark.parametrize("digits", [3, 4, 5, 6, 7, None])
@pytest.mark.parametrize("upwards", [True, False])
def test_how_a_sample_is_written_is_found_from_its_values(digits, upwards):
    events = as_written(generated(3000, 8), Writing(digits, upwards))
    found = writing_of(events)
    assert found.digits == digits
    if digits is not None and digits < 7:  # float32 itself rounds as much as the seventh digit
        assert found.upwards == upwards
    assert same(as_written(events, found), events)


@pytest.mark.parametrize("source", TRUTH)
def test_conventions_of_simulated_and_published_samples(source):
    assert writing_of(TRUTH[source](3000, 9, "muon")) == WRITING[source]


def test_no_events_are_written_as_the_simulation_does():
    assert writing_of(empty_events(0)) == Writing(6, upwards=True)
    assert len(as_written(empty_events(0), Writing())) == 0
    assert same(as_written(empty_events(4), Writing()), empty_events(4))


@pytest.mark.parametrize("writing", [NEAREST, UPWARDS])
@pytest.mark.parametrize(
    ("kind", "pt", "eta"),
    [
        ("jet", np.nextafter(np.float32(20), np.float32(21)), 0.3),
        ("jet", np.nextafter(np.float32(60), np.float32(61)), 0.3),
        ("jet", 50.0, 2.799999),
        ("electron", 15.000001, -1.0),
        ("electron", 40.0, 1.3699999),
        ("electron", 40.0, -1.5199999),
        ("electron", 40.0, 1.5200001),
        ("electron", 40.0, -2.4699999),
        ("photon", 19.999999, 2.3699999),
    ],
)
def test_no_object_is_carried_across_a_cut(kind, pt, eta, writing):
    objects = np.zeros(1, OBJECT_DTYPE)
    objects["kind"], objects["valid"], objects["pt"], objects["eta"] = BY_NAME[kind].code, True, pt, eta
    objects["energy"] = objects["pt"].astype(float) * np.cosh(objects["eta"].astype(float))
    written = as_written(events_of(objects), writing).objects[:, 0]
    assert in_acceptance(written) == in_acceptance(objects)
    assert triggers(written) == triggers(objects)
    for name, unit in (("pt", 1000), ("eta", 1)):
        value = float(written[name][0])
        assert np.float32(float(f"{unit * value:.6g}") / unit) == written[name][0]
        assert value == pytest.approx(float(objects[name][0]), rel=1e-5)


def test_an_energy_below_the_momentum_stays_there():
    """It is a fault of the network, which rounding must not mend."""
    raw = generated(500, 10, "jet")
    raw.objects["energy"][:, 0] *= 0.9
    written = as_written(raw, UPWARDS).objects[:, 0]
    assert written["energy"] == pytest.approx(raw.objects["energy"][:, 0], rel=5e-6)


def test_what_is_no_number_is_left_for_others_to_find():
    raw = generated(4, 11)
    raw.objects["energy"][0, 0], raw.objects["pt"][1, 0], raw.objects["eta"][2, 0] = np.inf, np.nan, 500.0
    raw.events["met"][3] = np.inf
    written = as_written(raw, UPWARDS)
    assert np.isinf(written.objects["energy"][0, 0])
    assert np.isnan(written.objects["pt"][1, 0])
    assert written.objects["eta"][2, 0] == 500
    assert np.isinf(written.events["met"][3])


def test_rounding_agrees_with_printed_digits():
    rng = np.random.default_rng(12)
    values = np.concatenate([rng.normal(size=5000) * 10.0 ** rng.integers(-6, 7, 5000), [0.0]])
    for digits in (3, 6):
        for value, rounded in zip(values, round_significant(values, digits=digits), strict=True):
            assert float(f"{value:.{digits}g}") == pytest.approx(rounded, rel=1e-12)
    assert np.isnan(round_significant([np.nan, np.inf])[0])
    assert np.isinf(round_significant([np.nan, np.inf])[1])
