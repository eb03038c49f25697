"""Systems of whole events: from seed events or from a mixture of codes to events."""

import itertools

import keras
import numpy as np
import pytest

from deepcollider.features.scaling import Standardiser
from deepcollider.features.views.whole_events import VIEW
from deepcollider.generators.event_systems import MIXTURE_DEFAULTS
from deepcollider.generators.mixture import CodeMixture
from deepcollider.generators.protocol import Trained
from deepcollider.generators.registry import known_systems, system_class
from deepcollider.generators.sampling import generate_to_file, seed_events_of
from deepcollider.physics.events import Events, concatenate, empty_events, sort_objects
from deepcollider.store.event_files import EventReader, EventWriter
from deepcollider.store.part_files import PartReader, split_parts
from deepcollider.store.rows import BLOCK_ROWS

FROM_TRUTH = ("alpha-vae", "beta-vae-merged", "beta-vae-split")
FROM_MIXTURE = tuple(f"{name}-bgmm" for name in FROM_TRUTH)


def toy_events(n, seed=0):
    """Events with 0 to 20 objects, numbered from 0 on."""
    rng = np.random.default_rng(seed)
    batch = empty_events(n)
    batch.events["event_id"] = np.arange(n)
    batch.events["met"], batch.events["met_phi"] = 10 ** rng.normal(1.5, 0.3, n), rng.uniform(-3, 3, n)
    objects = batch.objects
    objects["valid"] = np.arange(20) < rng.integers(0, 21, n)[:, None]
    objects["kind"] = rng.integers(1, 8, objects.shape)
    objects["pt"], objects["energy"] = 10 ** rng.normal(2, 0.2, (2, *objects.shape))
    objects["eta"], objects["phi"] = rng.normal(size=objects.shape), rng.uniform(-3, 3, objects.shape)
    objects[~objects["valid"]] = np.zeros((), objects.dtype)
    batch.events["n_objects"] = objects["valid"].sum(axis=1)
    return Events(batch.events, sort_objects(objects))


class PerfectNetwork:
    """An alpha-VAE whose code is the row itself, and that disturbs its quantities by ``alpha``."""

    def __init__(self, alpha):
        self.alpha = alpha

    def perturbed_codes(self, rows, rng):
        codes = np.nan_to_num(rows.astype(float))
        noise = self.alpha * rng.standard_normal(codes.shape)
        noise[:, 2:22] = 0
        return codes + noise

    def decode(self, codes):
        return codes


def write(path, events):
    with EventWriter(path, {"process": "ttbar"}) as writer:
        writer.append_events(events)
    return path


@pytest.fixture(scope="module")
def seed_file(tmp_path_factory):
    return write(tmp_path_factory.mktemp("seeds") / "test.h5", toy_events(7))


def generate(network, seeds, n=20, seed=1, batch=5, name="alpha-vae"):
    system = system_class(name)()
    return list(system.generate(Trained({"event": network}, seed_events=seed_events_of(seeds)), n, seed, batch))


def as_bytes(events):
    return events.events.tobytes(), events.objects.tobytes()


@pytest.mark.parametrize("n", [7, BLOCK_ROWS + 10])
def test_seeds_come_in_order_and_go_round(tmp_path, n):
    events = empty_events(n)
    events.events["event_id"] = np.arange(n)
    seeds, size = seed_events_of(write(tmp_path / "events.h5", events)), 5 if n == 7 else 9000
    for _ in range(2):  # always from the first on
        batches = list(itertools.islice(seeds(size), 5))
        assert [len(batch) for batch in batches] == [size] * 5
        found = concatenate(batches).events["event_id"]
        np.testing.assert_array_equal(found, np.arange(5 * size) % n)


@pytest.mark.parametrize("name", FROM_TRUTH)
def test_without_noise_a_perfect_network_gives_its_seeds_back(seed_file, name):
    events = concatenate(generate(PerfectNetwork(0.0), seed_file, name=name))
    with EventReader(seed_file) as reader:
        expected = Events(**reader.read()).take(np.arange(20) % 7)
    for exact in ("kind", "valid", "eta", "phi"):
        assert (events.objects[exact] == expected.objects[exact]).all()
    for column in ("energy", "pt"):
        np.testing.assert_allclose(events.objects[column], expected.objects[column], rtol=2e-6)
    np.testing.assert_allclose(events.events["met"], expected.events["met"], rtol=2e-6)
    for exact in ("met_phi", "n_objects"):
        assert (events.events[exact] == expected.events[exact]).all()


def test_noise_moves_events_away_from_their_seeds_by_its_scale(tmp_path):
    truth = toy_events(2000, seed=5)
    events = generate(PerfectNetwork(0.1), write(tmp_path / "test.h5", truth), n=2000, batch=2000)[0]
    shift = np.log10(events.events["met"] / truth.events["met"])
    assert shift.std() == pytest.approx(0.1, rel=0.07) and abs(shift.mean()) < 0.01


def test_batches_and_numbers(seed_file):
    batches = generate(PerfectNetwork(0.1), seed_file, n=12)
    assert [len(batch) for batch in batches] == [5, 5, 2]
    events = concatenate(batches)
    assert events.events["event_id"].tolist() == list(range(12))
    assert (events.events["weight"] == 1).all()


def test_no_more_seeds_are_taken_than_events_wanted(seed_file):
    asked = []

    def seeds(size):
        asked.append(size)
        return seed_events_of(seed_file)(size)

    trained = Trained({"event": PerfectNetwork(0.1)}, seed_events=seeds)
    (events,) = system_class("alpha-vae")().generate(trained, 3, 1, 100)
    assert (len(events), asked) == (3, [3])


def test_same_seed_same_events(seed_file):
    first, again, other = (
        concatenate(generate(PerfectNetwork(0.1), seed_file, seed=seed, batch=batch))
        for seed, batch in ((1, 5), (1, 5), (2, 5))
    )
    assert as_bytes(first) == as_bytes(again) != as_bytes(other)


def small_network(name):
    mean, std = np.zeros(102), np.ones(102)
    mean[:2], mean[22:] = 1.5, 2.0
    keras.utils.set_random_seed(1)
    scaler = Standardiser(tuple(mean.tolist()), tuple(std.tolist()))
    return system_class(name)(width=8, latent=3).build("event", scaler, 1)


@pytest.mark.parametrize("name", FROM_MIXTURE)
def test_mixture_systems_decode_codes_of_the_mixture_and_touch_no_seeds(name):
    network = small_network(name)
    covariance = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 3.0]])
    mixture = CodeMixture(np.ones(1), np.full((1, 3), 4.0), covariance[None], {})

    def no_seeds(size):
        raise AssertionError("seed events were asked for")

    trained = Trained({"event": network}, mixture=mixture, seed_events=no_seeds)
    batches = list(system_class(name)().generate(trained, 50, 3, 20))
    assert [len(batch) for batch in batches] == [20, 20, 10]
    codes, rng = [], np.random.default_rng(3)
    for _ in range(3):
        codes.append(mixture.sample(20, rng))
    expected = VIEW.events_of(network.decode(np.concatenate(codes)[:50]))
    events = concatenate(batches)
    assert (events.objects["kind"] == expected.objects["kind"]).all()
    np.testing.assert_allclose(events.objects["pt"], expected.objects["pt"], rtol=1e-4)
    np.testing.assert_allclose(events.events["met"], expected.events["met"], rtol=1e-4)
    assert events.events["event_id"].tolist() == list(range(50))
    again = concatenate(list(system_class(name)().generate(trained, 50, 3, 20)))
    assert as_bytes(events) == as_bytes(again)


def test_real_network_from_seeds_to_a_file(tmp_path, seed_file):
    trained = Trained({"event": small_network("beta-vae-merged")}, seed_events=seed_events_of(seed_file))
    system = system_class("beta-vae-merged")(width=8, latent=3)
    attributes = {"process": "ttbar", "seeds": "test"}
    records = [
        generate_to_file(system, trained, 30, 1, 20, 1, tmp_path / f"{k}.h5", attributes, [1], show_progress=False)
        for k in range(2)
    ]
    assert records[0]["events"] == 30 and records[0]["by_batch"][0]["batch"] == 1
    found = []
    for k in range(2):
        with EventReader(tmp_path / f"{k}.h5") as reader:
            assert reader.attributes["seeds"] == "test" and len(reader) == 30
            found.append(Events(**reader.read()))
    assert as_bytes(found[0]) == as_bytes(found[1])
    objects = found[0].objects
    assert objects["kind"].max() <= 7 and (objects["valid"] == (objects["kind"] > 0)).all()


def test_what_the_systems_say_of_themselves():
    assert set(FROM_TRUTH) | set(FROM_MIXTURE) <= set(known_systems())
    for name in (*FROM_TRUTH, *FROM_MIXTURE):
        system = system_class(name)
        assert system.name == name
        assert system.view is VIEW and system.parts() == ("event",) and not system.draws_masks
        assert system.starts_from_truth is (name in FROM_TRUTH)
        assert system.fits_mixture is (name in FROM_MIXTURE)
        assert system.merged is ("merged" in name)
        assert ("alpha" in system.defaults) is ("alpha" in name) is ("beta" not in system.defaults)
        assert system.generation_only == (set(MIXTURE_DEFAULTS) if name in FROM_MIXTURE else frozenset())


@pytest.mark.parametrize("name", FROM_TRUTH)
def test_a_system_with_mixture_has_the_networks_of_the_one_without(name):
    own, with_mixture = system_class(name), system_class(f"{name}-bgmm")
    assert own.architecture() == with_mixture.architecture()
    networks = {key: value for key, value in with_mixture.defaults.items() if key not in with_mixture.generation_only}
    assert networks == own.defaults


def write_part(path, events):
    write(path.with_name("events.h5"), events)
    split_parts(path.with_name("events.h5"), VIEW, {"event": path}, show_progress=False)
    return path


@pytest.mark.parametrize("standardise", [True, False])
@pytest.mark.parametrize("name", (*FROM_TRUTH, *FROM_MIXTURE))
def test_logarithms_alone_or_standardised(tmp_path, name, standardise):
    """Unstandardised, a network sees log10 and angles as they are, and 0 in empty slots, as 7.3.1 has it."""
    events = toy_events(300)
    system = system_class(name)(width=8, latent=3, standardise=standardise)
    with PartReader(write_part(tmp_path / "event.h5", events)) as reader:
        scaler, rows = system.scaler(reader), reader.read()["features"]
    plain = np.nan_to_num(rows.astype(float))
    there = ~np.isnan(rows)
    if standardise:
        mean, std = np.nanmean(rows.astype(float), axis=0), np.nanstd(rows.astype(float), axis=0)
        plain[:, :2] = (plain[:, :2] - mean[:2]) / std[:2]
        plain[:, 22:] = np.where(there, (plain - mean) / std, 0)[:, 22:]
    np.testing.assert_allclose(scaler.transform(rows), plain, atol=2e-5)
    assert (scaler.transform(rows)[~there] == 0).all()
    network = system.build("event", scaler, 1)  # what is decoded comes back by the scaler of the network
    codes = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    scaled = network.rows_of(network.decoder.predict_on_batch(codes))
    np.testing.assert_allclose(network.decode(codes), scaler.inverse(scaled), rtol=1e-5, atol=1e-5)
    assert (network.decode(codes) == scaled).all() != standardise


def test_a_merged_network_is_none_of_a_split_system():
    assert system_class("beta-vae-merged").architecture() != system_class("beta-vae-split").architecture()
