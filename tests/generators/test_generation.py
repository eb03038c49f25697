"""Generation of experiment II: counts from the masks, the store's order, seeds, batches and files."""

import json

import keras
import numpy as np
import pytest

from deepcollider.features.masks import MaskGenerator
from deepcollider.features.scaling import Standardiser
from deepcollider.generators import sampling
from deepcollider.generators.assembly import MAX_GENERATED_OBJECTS, fill_objects
from deepcollider.generators.protocol import Trained
from deepcollider.generators.sampling import generate_to_file, load_networks, load_trained, untrained_copy
from deepcollider.generators.systems.beta_vae_per_particle import BetaVAEPerParticle, draw
from deepcollider.physics.digits import Writing, as_written
from deepcollider.physics.events import concatenate, empty_events
from deepcollider.physics.kinds import BY_NAME, KINDS
from deepcollider.store.event_files import EventReader, EventWriter

MASKS = MaskGenerator(
    frequent=[(2, 3, 0, 0, 0, 0, 0), (1, 4, 1, 0, 0, 1, 0), (0, 0, 0, 0, 0, 0, 0)],
    frequent_counts=[50, 25, 15],
    rare=[(0, 1, 0, 1, 1, 0, 3), (9, 10, 0, 0, 0, 0, 0)],
    rare_counts=[8, 2],
)
CROWDED = MaskGenerator(frequent=[(5, 12, 1, 0, 0, 0, 7)], frequent_counts=[1], rare=[], rare_counts=[])
"""25 objects, more than any event of the store has."""

SYSTEM = BetaVAEPerParticle()
WIDE = 200.0
"""Untrained decoders give numbers near zero: angles have to be scaled up to cover more than a turn."""


def build_networks():
    built = {}
    for seed, part in enumerate(SYSTEM.parts()):
        met = part == "met"
        mean, std = ((1.8, 0.0), (5.0, WIDE)) if met else ((2.0, 1.7, 0.0, 0.0), (5.0, 5.0, 3.0, WIDE))
        keras.utils.set_random_seed(seed)
        built[part] = SYSTEM.build(part, Standardiser(mean, std), seed)
    return built


@pytest.fixture(scope="module")
def networks():
    return build_networks()


def generate(networks, masks=MASKS, n=400, seed=3, batch=1000):
    return concatenate(list(SYSTEM.generate(Trained(networks, masks), n, seed, batch)))


def counts_plainly(events):
    """Objects of each kind by loops, (N, 7)."""
    valid = [[item["kind"] for item in row if item["valid"]] for row in events.objects]
    return np.array([[row.count(kind.code) for kind in KINDS] for row in valid])


def as_bytes(events):
    return events.events.tobytes(), events.objects.tobytes()


def test_counts_are_the_masks_drawn(networks):
    drawn = MASKS.sample(400, np.random.default_rng(3))
    assert len(np.unique(drawn, axis=0)) == 5
    events = generate(networks)
    np.testing.assert_array_equal(counts_plainly(events), drawn)
    np.testing.assert_array_equal(events.events["n_objects"], drawn.sum(axis=1))


def test_objects_are_in_the_order_of_the_store(networks):
    events = generate(networks)
    for row, n_objects in zip(events.objects, events.events["n_objects"], strict=True):
        assert row["valid"].tolist() == [True] * n_objects + [False] * (20 - n_objects)
        present = [(item["kind"], -item["pt"]) for item in row[:n_objects]]
        assert present == sorted(present)
        assert row[n_objects:].tobytes() == bytes(row[n_objects:].nbytes)  # empty slots are all zeros


def test_angles_are_wrapped(networks):
    events = generate(networks)
    present = events.objects[events.objects["valid"]]
    for phi in (events.events["met_phi"].astype(float), present["phi"].astype(float)):
        assert (phi > -np.pi).all()
        assert (phi <= np.pi).all()
        assert phi.max() - phi.min() > np.pi  # so that some had to be
    assert (present["pt"] > 0).all()
    assert (events.events["met"] > 0).all()


def test_features_are_unscaled_and_exponentiated(networks):
    rng = np.random.default_rng(7)
    codes = rng.standard_normal((50, 64), dtype=np.float32)
    scaled = networks["jet"].decoder.predict_on_batch(codes)["features"]
    expected = scaled * np.array([5.0, 5.0, 3.0, WIDE]) + [2.0, 1.7, 0.0, 0.0]
    np.testing.assert_allclose(draw(networks["jet"], 50, np.random.default_rng(7)), expected, rtol=1e-12)
    events = empty_events(1)
    fill_objects(
        events, np.array([[0, 2, 0, 0, 0, 0, 0]]), lambda kind, n: np.array([[2, 1, 0.5, 0.1], [3, 2, -1, 4]])[:n]
    )
    first, second = events.objects[0, :2]
    assert first.tolist() == pytest.approx((2, True, 1000, 100, -1, 4 - 2 * np.pi), rel=1e-5)
    assert second.tolist() == pytest.approx((2, True, 100, 10, 0.5, 0.1), rel=1e-5)


def test_crowded_events_lose_their_softest_objects():
    rng = np.random.default_rng(1)
    counts = np.array([(5, 12, 1, 0, 0, 0, 7), (2, 3, 0, 0, 0, 0, 0), (0, 20, 0, 0, 0, 0, 0), (9, 10, 0, 0, 0, 0, 0)])
    drawn = {}

    def draw_kind(name, n):
        drawn[name] = rng.permutation(np.linspace(1.0, 3.0, 64))[:n] + BY_NAME[name].code * 1e-3
        return np.stack([drawn[name] + 1, drawn[name], np.zeros(n), np.zeros(n)], axis=1)

    events = empty_events(4)
    fill_objects(events, counts, draw_kind)
    assert events.events["n_objects"].tolist() == [19, 5, 19, 19]
    start = dict.fromkeys(drawn, 0)
    for row, mask in zip(events.objects, counts, strict=True):
        expected = []
        for kind, n in zip(KINDS, mask, strict=True):
            own = drawn.get(kind.name, [])[start.get(kind.name, 0) :][:n]
            expected += [(float(log_pt), kind.code) for log_pt in own]
            start[kind.name] = start.get(kind.name, 0) + n
        kept = sorted(expected, reverse=True)[:MAX_GENERATED_OBJECTS]
        found = [(np.log10(item["pt"]), item["kind"]) for item in row if item["valid"]]
        assert [code for _, code in found] == sorted(code for _, code in kept)
        np.testing.assert_allclose(sorted(pt for pt, _ in found), sorted(pt for pt, _ in kept), atol=1e-5)


def test_at_most_19_objects(networks):
    events = generate(networks, CROWDED, n=50)
    assert (events.events["n_objects"] == 19).all()
    counts = counts_plainly(events)
    assert (counts.sum(axis=1) == 19).all()
    assert (counts <= CROWDED.frequent[0]).all()
    assert not events.objects["valid"][:, 19:].any()


def test_same_seed_same_events(networks):
    first, again, other = (generate(networks, n=50, seed=seed) for seed in (1, 1, 2))
    assert as_bytes(first) == as_bytes(again)
    assert (first.events["met"] != other.events["met"]).all()


@pytest.mark.parametrize(("n", "batch", "sizes"), [(25, 10, [10, 10, 5]), (20, 10, [10, 10]), (3, 10, [3])])
def test_batches(networks, n, batch, sizes):
    batches = list(SYSTEM.generate(Trained(networks, MASKS), n, 5, batch))
    assert [len(events) for events in batches] == sizes
    events = concatenate(batches)
    assert events.events["event_id"].tolist() == list(range(n))
    assert (events.events["weight"] == 1).all()
    assert len(set(events.events["met"].tolist())) == n  # no batch repeats another


def test_kind_that_no_mask_has_is_never_asked_for(networks):
    one_jet = MaskGenerator(frequent=[(0, 1, 0, 0, 0, 0, 0)], frequent_counts=[1], rare=[], rare_counts=[])
    few = {part: networks[part] if part in ("met", "jet") else _Refusing() for part in networks}
    assert (generate(few, one_jet, n=5).events["n_objects"] == 1).all()


class _Refusing:
    n_columns = 4

    def decode(self, codes):
        raise AssertionError("asked for objects that no mask has")


def test_saved_networks_generate_the_same_events(tmp_path, networks):
    paths = {part: tmp_path / f"{part}.keras" for part in networks}
    for part, path in paths.items():
        networks[part].save(path)
    loaded = load_networks(SYSTEM, paths)
    assert as_bytes(generate(loaded, n=60)) == as_bytes(generate(networks, n=60))


def test_untrained_copy_has_the_first_weights():
    scaler = Standardiser((0.0,) * 2, (1.0,) * 2)
    keras.utils.set_random_seed(9)  # as the training of a part does
    network = SYSTEM.build("met", scaler, 9)
    first = network.get_weights()
    network.set_weights([weights + 1 for weights in first])
    copy = untrained_copy(network)
    assert copy.settings == network.settings
    for got, expected, trained in zip(copy.get_weights(), first, network.get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)
        assert (got != trained).all()


def test_event_file_and_timing(tmp_path, networks):
    attributes = {"process": "ttbar", "source": "beta-vae-per-particle, beta-1.5"}
    timing = generate_to_file(
        SYSTEM,
        Trained(networks, MASKS),
        n=25,
        seed=5,
        batch=10,
        threads=2,
        path=tmp_path / "a.h5",
        attributes=attributes,
        timing_batches=[1, 20],
        show_progress=False,
    )
    with EventReader(tmp_path / "a.h5") as reader:
        events = reader.read_events()
        assert reader.attributes.items() >= {**attributes, "seed": 5, "digits": 6, "energies": "upwards"}.items()
    assert (events.events["process"] == b"ttbar").all()
    expected = as_written(generate(networks, n=25, seed=5, batch=10), Writing())
    expected.events["process"] = b"ttbar"
    assert as_bytes(events) == as_bytes(expected)
    fields = {"ms_per_event", "events", "batch", "threads", "machine", "backend", "peak_memory_mb", "by_batch"}
    assert set(timing) == fields
    assert (timing["events"], timing["batch"], timing["threads"]) == (25, 10, 2)
    assert 0 < timing["ms_per_event"] < 60_000
    assert "keras" in timing["backend"]
    assert 100 < timing["peak_memory_mb"] < 8000  # this process has TensorFlow in it
    assert [each["batch"] for each in timing["by_batch"]] == [1, 20]
    for each in timing["by_batch"]:
        assert 0 < each["ms_per_event"] < 60_000
        assert 0 < each["cpu_ms_per_event"] < 60_000
        assert each["error"] >= 0
        assert each["events"] % each["batch"] == 0 < each["events"]
    assert json.loads(json.dumps(timing)) == timing


@pytest.mark.parametrize("writing", [Writing(4, upwards=False), Writing(6, upwards=True), Writing(None)])
def test_events_have_the_digits_of_the_truth_that_they_are_generated_for(tmp_path, networks, writing):
    rng = np.random.default_rng(8)
    truth = empty_events(200)
    truth.events["met"], truth.events["met_phi"] = rng.lognormal(4, 1, 200), rng.uniform(-3, 3, 200)
    jets = truth.objects[:, :2]
    jets["kind"], jets["valid"] = BY_NAME["jet"].code, True
    for name, values in (("pt", rng.lognormal(4, 0.3, (200, 2))), ("eta", rng.normal(size=(200, 2)))):
        jets[name] = values
    jets["energy"] = 2 * jets["pt"] * np.cosh(jets["eta"])
    lepton = truth.objects[:, 2]
    lepton["kind"], lepton["valid"], lepton["pt"] = BY_NAME["electron"].code, True, rng.lognormal(4, 0.3, 200)
    lepton["eta"] = rng.normal(size=200)
    lepton["energy"] = lepton["pt"] * np.cosh(lepton["eta"])
    with EventWriter(tmp_path / "truth.h5") as writer:
        writer.append_events(as_written(truth, writing))
    paths = {part: tmp_path / f"{part}.keras" for part in networks}
    for part, path in paths.items():
        networks[part].save(path)
    (tmp_path / "masks.json").write_text(json.dumps(MASKS.to_config()), encoding="utf-8")
    trained = load_trained(SYSTEM, list(paths.values()), tmp_path / "masks.json", truth=tmp_path / "truth.h5")
    assert trained.writing.digits == writing.digits
    generate_to_file(SYSTEM, trained, 300, 1, 200, 1, tmp_path / "a.h5", {"process": "ttbar"}, show_progress=False)
    with EventReader(tmp_path / "a.h5") as reader:
        objects = reader.read_events().objects
    pt = objects["pt"][objects["valid"]]
    pt = pt[np.isfinite(pt)]
    digits = writing.digits or 6
    printed = np.array([float(f"{1000 * float(each):.{digits}g}") / 1000 for each in pt], np.float32)
    assert (printed == pt).all() == (writing.digits is not None)
    assert len(pt) > 300


class Clocked:
    """A system on a clock of its own: a call takes ``seconds`` (the k-th time, k) of wall time, and twice that of CPU.

    Stands for the module ``time`` too.
    """

    def __init__(self, seconds):
        self.seconds, self.now, self.calls = seconds, 0.0, []

    def generate(self, trained, n, seed, batch):
        for start in range(0, n, batch):
            self.now += self.seconds(len(self.calls))
            self.calls.append((min(batch, n - start), seed))
            yield empty_events(self.calls[-1][0])

    def perf_counter(self):
        return self.now

    def process_time(self):
        return 2 * self.now


def time_on_its_clock(monkeypatch, seconds, batch=10, **options):
    system = Clocked(seconds)
    monkeypatch.setattr(sampling, "time", system)
    return sampling.time_batch(system, Trained({}), batch, seed=3, **options), system


def test_timing_is_the_median_after_the_warm_up(monkeypatch):
    """Calls of 1, 2, ..., 49 and 2000 ms, shuffled, after one of 900 ms."""
    milliseconds = np.random.default_rng(0).permutation([*range(1, 50), 2000])
    timing, system = time_on_its_clock(
        monkeypatch, lambda k: 0.9 if k == 0 else 0.001 * milliseconds[k - 1], budget=10.0
    )
    assert [n for n, _ in system.calls] == [10] * 51
    assert len({seed for _, seed in system.calls}) == 51  # never the same events: their number of objects varies
    assert timing["events"] == 500
    assert timing["ms_per_event"] == pytest.approx(25.5 / 10)
    assert timing["cpu_ms_per_event"] == pytest.approx(2 * 25.5 / 10)
    assert timing["error"] == pytest.approx(0.34 * 50 / 10, rel=0.05)  # half of what 68 % of them cover


@pytest.mark.parametrize(
    ("seconds", "repetitions"),
    [
        (300.0, 0),  # so long a warm-up stands for the rest
        (59.0, 1),  # used up by the warm-up: one call is timed all the same
        (4.0, 1),  # used up after warm-up and one call
        (2.0, 2),  # 2, 4 and 6 seconds after it began
        (1.0, 4),
        (0.001, 50),
    ],
)
def test_slow_system_is_bounded_by_the_budget(monkeypatch, seconds, repetitions):
    timing, system = time_on_its_clock(monkeypatch, lambda k: seconds, budget=5.0)
    assert len(system.calls) == 1 + repetitions
    assert timing["events"] == 10 * max(repetitions, 1)
    assert timing["ms_per_event"] == pytest.approx(1000 * seconds / 10)
    assert timing["error"] == (None if repetitions < 2 else pytest.approx(0, abs=1e-9))


def test_two_repetitions_spread_from_one_to_the_other(monkeypatch):
    timing, _ = time_on_its_clock(monkeypatch, lambda k: [1.0, 3.0, 2.0][k], batch=1, budget=5.0)
    assert (timing["ms_per_event"], timing["error"], timing["events"]) == (2500, 500, 2)


@pytest.mark.parametrize("show", [True, False])
def test_timing_of_the_sample_leaves_out_warm_up_writing_and_other_batches(tmp_path, monkeypatch, capsys, show):
    """Warm-up calls take 100 s, batches of the sample 0.5 s, what comes after 7 s."""
    system = Clocked(lambda k: 100 if k < 2 else 0.5 if k < 5 else 7)
    monkeypatch.setattr(sampling, "time", system)

    class SlowWriter(EventWriter):
        def append_events(self, batch):
            system.now += 50
            super().append_events(batch)

    monkeypatch.setattr(sampling, "EventWriter", SlowWriter)
    timing = generate_to_file(
        system,
        Trained({}),
        n=25,
        seed=5,
        batch=10,
        threads=1,
        path=tmp_path / "a.h5",
        attributes={"process": "ttbar"},
        timing_batches=[4],
        show_progress=show,
    )
    assert [n for n, _ in system.calls] == [5, 10, 10, 10, 5, 4, 4]
    assert timing["ms_per_event"] == pytest.approx(1000 * 3 * 0.5 / 25)
    assert timing["by_batch"][0]["ms_per_event"] == pytest.approx(1000 * 7 / 4)
    shown = capsys.readouterr().err
    assert ("25/25" in shown and "timing: 100%" in shown) if show else not shown


def test_no_graph_is_compiled_after_the_warm_up():
    """Whatever the numbers of objects are that a batch asks for."""
    trained = Trained(build_networks(), MASKS)

    def graphs():
        decoders = [trained.networks[part].decoder for part in ("met", "jet")]
        return [decoder.predict_function.experimental_get_tracing_count() for decoder in decoders]

    sampling.warm_up(SYSTEM, trained, 60, seed=1)
    before = graphs()
    for size in (60, 59, 7, 200, 1):
        sampling.time_call(SYSTEM, trained, size, seed=size)
    assert graphs() == before
