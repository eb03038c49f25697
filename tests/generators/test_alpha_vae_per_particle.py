"""Generation of experiment I: masks at the threshold, chained networks, true particles lent, the store's order."""

import itertools
import subprocess
import sys

import keras
import numpy as np
import pytest

from deepcollider.features.scaling import Standardiser
from deepcollider.features.views.particles_in_events import VIEW
from deepcollider.generators.protocol import Trained
from deepcollider.generators.sampling import load_networks
from deepcollider.generators.systems.alpha_vae_per_particle import AlphaVAEPerParticle
from deepcollider.physics.events import Events, concatenate, counts_per_kind, empty_events, sort_objects
from deepcollider.physics.kinds import BY_NAME, KINDS

SYSTEM = AlphaVAEPerParticle()
SHIFT = np.array([0.3, 0.25, 0.5, 0.125])
"""Added to the features by the networks of particles that :func:`passing` makes."""


class Passing:
    """In place of a network: gives back the rows that it gets, or what ``change`` makes of them, and remembers them."""

    def __init__(self, change=lambda rows: rows):
        self.change, self.asked = change, []

    def perturbed_codes(self, rows, rng):
        self.asked.append(rows)
        return rows

    def decode(self, codes):
        return self.change(codes.astype(float))


class Refusing:
    def perturbed_codes(self, rows, rng):
        raise AssertionError("asked for a particle that no bit or no seed event has")


def shifted(rows):
    """Other features; MET and order of nonsense, for nobody should read them."""
    return np.concatenate([np.full((len(rows), 2), 9.0), rows[:, 2:6] + SHIFT, np.full((len(rows), 4), 0.3)], axis=1)


def passing(change_met=lambda rows: rows, change=lambda rows: rows):
    return {part: Passing(change_met if part == "met" else change) for part in VIEW.parts}


def with_bits(*contents):
    """MET network that sets for event i the bits of ``contents[i]``, kind -> orders, and MET and METphi of its own."""

    def change(rows):
        decoded = np.zeros((len(rows), 30))
        for i, row in enumerate(decoded):
            row[:2] = 2 + 0.01 * i, 0.1 * i
            for kind, orders in contents[i % len(contents)].items():
                for order in orders:
                    row[VIEW.columns("met").index(f"{kind}_{order}")] = 0.95
        return decoded

    return change


def make_events(*contents):
    """Events from kind -> pt of its objects (GeV); E = 2 pt, eta = pt / 1000, phi = pt / 500."""
    events = empty_events(len(contents))
    events.events["met"] = 50.0 + np.arange(len(contents))
    for i, kinds in enumerate(contents):
        objects = [(BY_NAME[kind].code, True, 2 * pt, pt, pt / 1000, pt / 500) for kind in kinds for pt in kinds[kind]]
        events.objects[i, : len(objects)] = objects
        events.events[i]["n_objects"] = len(objects)
    return Events(events.events, sort_objects(events.objects))


def random_seeds(n, seed=0):
    """Up to 3 b-jets and 6 jets, sometimes another object; no muon anywhere."""
    rng = np.random.default_rng(seed)
    numbers = {"bjet": 3, "jet": 6, "electron": 1, "positron": 1, "antimuon": 2, "photon": 1}
    return make_events(
        *(
            {kind: rng.uniform(20, 900, rng.integers(0, most + 1)).round() for kind, most in numbers.items()}
            for _ in range(n)
        )
    )


def going_round(events):
    """Seed events as they come from a file, see ``sampling.seed_events_of``."""

    def batches(size):
        for first in itertools.count(0, size):
            yield events.take(np.arange(first, first + size) % len(events))

    return batches


def generate(networks, seeds, n=None, seed=3, batch=None, system=SYSTEM):
    n = n or len(seeds)
    trained = Trained(networks, seed_events=going_round(seeds))
    return concatenate(list(system.generate(trained, n, seed, batch or n)))


def as_bytes(events):
    return events.events.tobytes(), events.objects.tobytes()


def pts(events, kind):
    """Of each event, the pt of its objects of a kind, rounded, as lists."""
    code = BY_NAME[kind].code
    return [[round(float(item["pt"]), 2) for item in row if item["kind"] == code] for row in events.objects]


@pytest.fixture(scope="module")
def networks():
    """Small untrained ones; scaled so that masks and momenta vary."""
    built = {}
    for seed, part in enumerate(VIEW.parts):
        n_bits = len(VIEW.unscaled(part))
        mean, std = (
            ((1.8, 0.0), (0.5, 1.8)) if part == "met" else ((1.8, 0.0, 2.0, 1.7, 0, 0), (0.5, 1.8, 0.4, 0.4, 1, 1.8))
        )
        keras.utils.set_random_seed(seed)
        built[part] = AlphaVAEPerParticle(width=16, latent=4).build(
            part, Standardiser((*mean, *[0.0] * n_bits), (*std, *[1.0] * n_bits)), seed
        )
    head = built["met"].decoder.get_layer("mask_sigmoid")
    kernel, bias = head.get_weights()
    head.set_weights([kernel * 60, bias + np.log(0.1 / 0.9)])
    return built


def test_what_it_is():
    assert SYSTEM.parts() == ("met", "bjet", "jet", "electron", "positron", "muon", "antimuon", "photon")
    assert SYSTEM.starts_from_truth
    assert not SYSTEM.draws_masks
    assert not SYSTEM.fits_mixture


def test_needs_no_keras_to_be_known():
    code = "import sys; from deepcollider.generators.registry import system_class; "
    code += "print(system_class('alpha-vae-per-particle').parts(), 'keras' in sys.modules)"
    path = {"PYTHONPATH": ":".join(sys.path)}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=path).stdout
    assert found == f"{VIEW.parts} False\n"


def test_networks_without_error_give_the_seed_events_back():
    seeds = random_seeds(200)
    assert (counts_per_kind(seeds.objects).max(axis=0)[:2] == (3, 6)).all()
    events = generate(passing(), seeds)
    for kind in ("bjet", "jet", "electron", "positron", "muon", "antimuon", "photon"):
        assert pts(events, kind) == [each[:4] for each in pts(seeds, kind)]  # a mask tells four of a kind
    np.testing.assert_allclose(events.events["met"], seeds.events["met"], rtol=1e-5)
    np.testing.assert_allclose(events.events["met_phi"], seeds.events["met_phi"], rtol=1e-5)
    jets = events.objects[events.objects["kind"] == BY_NAME["jet"].code]
    np.testing.assert_allclose(jets["energy"], 2 * jets["pt"], rtol=1e-5)
    np.testing.assert_allclose(jets["eta"], jets["pt"] / 1000, rtol=1e-5)
    np.testing.assert_allclose(jets["phi"], jets["pt"] / 500, rtol=1e-5)


def test_threshold():
    """0.1 itself sets no bit, as the number of 32 bits that a network gives neither."""
    probabilities = {
        "bjet_1": 0.1,
        "bjet_2": np.float32(0.1),
        "jet_1": 0.11,
        "jet_2": 0.09,
        "jet_3": 0.99,
        "photon_1": 0.0,
    }

    def change(rows):
        rows[:, 2:] = 0.0
        for column, probability in probabilities.items():
            rows[:, VIEW.columns("met").index(column)] = probability
        return rows

    seeds = make_events({"bjet": [60, 50], "jet": [90, 80, 70], "photon": [30]})
    events = generate(passing(change), seeds)
    assert (pts(events, "bjet"), pts(events, "jet"), pts(events, "photon")) == ([[]], [[90.0, 70.0]], [[]])
    lower = generate(passing(change), seeds, system=AlphaVAEPerParticle(mask_threshold=0.095))
    assert (pts(lower, "bjet"), pts(lower, "jet"), pts(lower, "photon")) == ([[60.0, 50.0]], [[90.0, 70.0]], [[]])
    higher = generate(passing(change), seeds, system=AlphaVAEPerParticle(mask_threshold=0.5))
    assert pts(higher, "jet") == [[70.0]]


def test_particles_are_asked_of_generated_met_their_order_and_true_features():
    seeds = make_events({"jet": [100, 80, 60], "photon": [30]}, {"jet": [300, 200]}, {"jet": [500]})
    bits = [{"jet": [1, 3], "photon": [1]}, {"jet": [2]}, {"jet": [1]}]
    networks = passing(with_bits(*bits), shifted)
    events = generate(networks, seeds)
    np.testing.assert_array_equal(networks["met"].asked, [VIEW.rows(seeds, "met")])
    (rows,) = networks["jet"].asked  # all in one call
    expected = [
        [2.00, 0.0, 100, [1, 0, 0, 0]],
        [2.00, 0.0, 60, [1, 1, 1, 0]],
        [2.01, 0.1, 200, [1, 1, 0, 0]],
        [2.02, 0.2, 500, [1, 0, 0, 0]],
    ]
    for row, (met, phi, pt, order) in zip(rows, expected, strict=True):
        features = [np.log10(2 * pt), np.log10(pt), pt / 1000, pt / 500]
        np.testing.assert_allclose(row, [met, phi, *features, *order], rtol=1e-5, atol=1e-6)
    (rows,) = networks["photon"].asked
    assert rows[:, 3].tolist() == pytest.approx([np.log10(30)])
    assert not networks["bjet"].asked
    # decoded features make the objects; MET is of the first network, whatever those of particles make of it
    np.testing.assert_allclose(events.events["met"], 10 ** np.array([2.0, 2.01, 2.02]), rtol=1e-5)
    np.testing.assert_allclose(events.events["met_phi"], [0, 0.1, 0.2], atol=1e-6)
    first = events.objects[0, 0]
    assert first["pt"] == pytest.approx(100 * 10**0.25, rel=1e-5)
    assert first["energy"] == pytest.approx(200 * 10**0.3, rel=1e-5)
    assert first["eta"] == pytest.approx(0.6, rel=1e-5)
    assert first["phi"] == pytest.approx(0.325, rel=1e-5)


def test_angle_of_generated_met_is_wrapped_for_the_particles():
    def turned(rows):
        rows[:, 1] = 4.0
        return rows

    networks = passing(turned)
    events = generate(networks, make_events({"jet": [100]}))
    assert events.events["met_phi"] == pytest.approx(4.0 - 2 * np.pi, rel=1e-6)
    assert networks["jet"].asked[0][0, 1] == pytest.approx(4.0 - 2 * np.pi, rel=1e-6)


def test_seed_events_without_the_particle_borrow_one_of_its_order():
    n = 600
    lenders = [{"jet": [100, 50]}, {"jet": [200, 70, 30]}]
    networks = passing(with_bits({"jet": [1, 2, 4]}))
    events = generate(networks, make_events(*lenders, *[{"bjet": [400]}] * (n - 2)))
    rows = networks["jet"].asked[0].reshape(n, 3, 10)
    assert rows[:, :, 6:].sum(axis=2).tolist() == [[1, 2, 4]] * n
    pt = (10 ** rows[:, :, 3]).round(1)
    np.testing.assert_array_equal(pt[:2, :2], [[100, 50], [200, 70]])  # who has it keeps it
    for order, choice in ((0, [100, 200]), (1, [50, 70])):
        shares = [(pt[2:, order] == each).mean() for each in choice]
        assert sum(shares) == 1
        assert shares[0] == pytest.approx(0.5, abs=0.1)
    shares = [(pt[:, 2] == each).mean() for each in (100, 50, 200, 70, 30)]  # none is the fourth: any order will do
    assert sum(shares) == 1
    np.testing.assert_allclose(shares, 0.2, atol=0.08)
    assert (events.events["n_objects"] == 3).all()
    # borrowed whole: energy, eta and phi are of the same object
    np.testing.assert_allclose(rows[:, :, 2], rows[:, :, 3] + np.log10(2), rtol=1e-5)
    np.testing.assert_allclose(rows[:, :, 4] * 1000, 10 ** rows[:, :, 3], rtol=1e-4)
    np.testing.assert_allclose(rows[:, :, 5] * 500, 10 ** rows[:, :, 3], rtol=1e-4)


def test_last_batch_borrows_from_all_its_seed_events():
    """Two events in a batch of two, and one in the next, whose own seed event has no jet."""
    seeds = make_events({"jet": [100]}, {"jet": [80]}, {}, {"jet": [300]})
    networks = passing(with_bits({"jet": [1]}))
    events = generate(networks, seeds, n=3, batch=2)
    assert [(10 ** rows[:, 3]).round(1).tolist() for rows in networks["jet"].asked] == [[100, 80], [300]]
    assert events.events["event_id"].tolist() == [0, 1, 2]


def test_kind_that_no_seed_event_has_is_not_made():
    everything = {kind.name: [1, 2, 3, 4] for kind in KINDS}
    networks = passing(with_bits(everything)) | {"muon": Refusing()}
    events = generate(networks, random_seeds(100))
    found = counts_per_kind(events.objects)
    assert (found[:, 4] == 0).all()
    assert (found[:, :4].sum(axis=1) > 0).all()


def test_no_bits_no_objects():
    networks = {"met": Passing(with_bits({}))} | {kind.name: Refusing() for kind in KINDS}
    events = generate(networks, random_seeds(10))
    assert not events.objects["valid"].any()
    assert (events.events["n_objects"] == 0).all()
    assert (events.events["met"] > 0).all()


def test_counts_are_the_bits():
    rng = np.random.default_rng(4)
    kinds = ("bjet", "jet", "electron", "antimuon", "photon")
    bits = [{kind: [order for order in (1, 2, 3, 4) if rng.random() < 0.4] for kind in kinds} for _ in range(300)]
    assert any(orders and orders != list(range(1, len(orders) + 1)) for each in bits for orders in each.values())
    events = generate(passing(with_bits(*bits)), random_seeds(300))
    expected = [[len(each.get(kind.name, ())) for kind in KINDS] for each in bits]
    np.testing.assert_array_equal(counts_per_kind(events.objects), expected)
    np.testing.assert_array_equal(events.events["n_objects"], np.sum(expected, axis=1))


def test_at_most_19_objects_the_hardest():
    kinds = ("bjet", "jet", "electron", "positron", "antimuon", "photon")
    everything = {kind: [1, 2, 3, 4] for kind in kinds}
    contents = {kind: [100 * order + i for order in (4, 3, 2, 1)] for i, kind in enumerate(kinds)}
    softest = sorted(pt for each in contents.values() for pt in each)[:5]  # of 24
    half = [{kind: contents[kind] for kind in each} for each in (kinds[:3], kinds[3:])]  # no event has more than 20
    events = generate(passing(with_bits(everything)), make_events(*half))
    assert (events.events["n_objects"] == 19).all()
    assert not events.objects["valid"][:, 19:].any()
    for row in events.objects:
        kept = sorted(float(pt) for pt in row["pt"][:19].round())
        assert kept == sorted(pt for each in contents.values() for pt in each if pt not in softest)


def test_objects_are_in_the_order_of_the_store(networks):
    events = generate(networks, random_seeds(300))
    assert len(set(events.events["n_objects"].tolist())) > 5
    for row, n_objects in zip(events.objects, events.events["n_objects"], strict=True):
        assert row["valid"].tolist() == [True] * n_objects + [False] * (20 - n_objects)
        present = [(item["kind"], -item["pt"]) for item in row[:n_objects]]
        assert present == sorted(present)


def test_same_seed_same_events(networks):
    seeds = random_seeds(60)
    first, again, other = (generate(networks, seeds, seed=seed, batch=25) for seed in (1, 1, 2))
    assert as_bytes(first) == as_bytes(again)
    assert (first.events["met"] != other.events["met"]).all()


def test_batches_take_the_seed_events_in_turn(networks):
    seeds = random_seeds(25)
    trained = Trained(networks, seed_events=going_round(seeds))
    batches = list(SYSTEM.generate(trained, 65, 5, 20))
    assert [len(events) for events in batches] == [20, 20, 20, 5]
    events = concatenate(batches)
    assert events.events["event_id"].tolist() == list(range(65))
    assert (events.events["weight"] == 1).all()
    assert len(set(events.events["met"].tolist())) == 65  # a seed event that comes again gets other noise
    plain = passing()
    generate(plain, seeds, n=65, batch=20)
    np.testing.assert_array_equal(np.concatenate(plain["met"].asked), VIEW.rows(seeds.take(np.arange(65) % 25), "met"))


def test_codes_are_perturbed(networks):
    """Without noise the same seed event gives the same event again; with it, never."""
    seeds = make_events({"jet": [100], "bjet": [60]})
    met = generate(networks, seeds, n=40, batch=40).events["met"]
    assert len(set(met.tolist())) == 40


def test_saved_networks_generate_the_same_events(tmp_path, networks):
    paths = {part: tmp_path / f"{part}.keras" for part in ("met", "jet")}
    for part, path in paths.items():
        networks[part].save(path)
    loaded = networks | load_networks(SYSTEM, paths)
    seeds = random_seeds(60)
    assert as_bytes(generate(loaded, seeds)) == as_bytes(generate(networks, seeds))
