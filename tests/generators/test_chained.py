"""The chained systems: generation against truth itself, training that is resumed, best epochs, fine-tuning."""

import json

import keras
import numpy as np
import pandas as pd
import pytest

from deepcollider.features.masks import MaskGenerator
from deepcollider.features.scaling import MinMaxScaler
from deepcollider.features.views.chained import VIEW
from deepcollider.files import sha256_of
from deepcollider.generators.protocol import Trained
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import load_networks, untrained_copy
from deepcollider.generators.training import Parent, TrainingPlan
from deepcollider.physics.events import counts_per_kind, empty_events, sort_objects
from deepcollider.physics.kinds import BY_SYMBOL
from deepcollider.store.part_files import PartReader
from deepcollider.store.rows import RowFileError, RowWriter
from tests.generators.interruption import cut_off_after
from tests.generators.small_training import train_in

SMALL = {"width": 8, "layers": 2, "noise": 4, "critic_steps": 2, "learning_rate": 1e-3}
SYSTEMS = ("gan", "lsgan", "wgan", "wgan-gp")


def random_events(n, seed=0):
    """Events that the mask can tell, with random features."""
    rng = np.random.default_rng(seed)
    events = empty_events(n)
    for objects in events.objects:
        symbols = (
            ["b"] * rng.integers(4) + ["j"] * rng.integers(10) + [s for s in ("e-", "m+", "g") if rng.random() < 0.4]
        )
        for slot, symbol in enumerate(symbols):
            energy, pt = 10 ** rng.uniform(1.5, 3, 2)
            objects[slot] = (BY_SYMBOL[symbol].code, True, energy, pt, rng.normal(), rng.uniform(-3.1, 3.1))
    events.objects[:] = sort_objects(events.objects)
    events.events["met"], events.events["met_phi"] = rng.uniform(1, 300, n), rng.uniform(-3.1, 3.1, n)
    events.events["n_objects"] = events.objects["valid"].sum(axis=1)
    return events


class Oracle:
    """In the place of a network: knows the training rows of true events, and gives for a condition what they have."""

    def __init__(self, events, part, sum_of):
        columns, self.sum_of = VIEW.columns(part), sum_of
        rows = VIEW.rows(events, part)[:, [columns.index(name) for name in VIEW.seen(part, sum_of)]]
        n = len(VIEW.own(part))
        self.known = {row[:-n].tobytes(): row[-n:] for row in rows}
        self.features, self.calls = n, 0

    def generate(self, conditions, rng):
        self.calls += 1
        return np.array([self.known[row.tobytes()] for row in conditions]).reshape(-1, self.features)


@pytest.mark.parametrize("trained", ["log", "raw", "both"])
@pytest.mark.parametrize("name", SYSTEMS)
def test_networks_that_know_the_truth_generate_the_truth(name, trained):
    """Only if every condition is bit by bit that of the training rows do the oracles know an answer.

    Each is told the sums that it was trained with, whatever the system that generates has for ``sum_of``.
    """
    events = random_events(200)
    system = system_class(name)(**SMALL, sum_of="raw" if trained == "log" else "log")
    readings = {part: ("log", "raw")[i % 2] if trained == "both" else trained for i, part in enumerate(VIEW.parts)}
    networks = {part: Oracle(events, part, readings[part]) for part in VIEW.parts}
    met = VIEW.rows(events, "met")

    class Told:  # no two events of one mask have the same MET, so MET is told apart from the chain
        def generate(self, conditions, rng):
            assert (conditions == met[:, :-2]).all()
            return met[:, -2:]

    made = system.events_of(counts_per_kind(events.objects), {**networks, "met": Told()}, None)
    for field in ("kind", "valid"):
        np.testing.assert_array_equal(made.objects[field], events.objects[field])
    for field in ("energy", "pt", "eta", "phi"):
        np.testing.assert_allclose(made.objects[field], events.objects[field], rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(made.events["met"], events.events["met"], rtol=1e-5)
    calls = {part: networks[part].calls for part in VIEW.parts}
    assert calls["bjet-further"] == 2 and calls["jet-further"] == 8  # all events at once, one call a place
    assert calls["jet-first"] == calls["electron"] == 1 and calls["muon"] == 0


@pytest.mark.parametrize("name", SYSTEMS)
def test_same_seed_same_events_also_after_saving(tmp_path, name):
    system = system_class(name)(**SMALL)
    networks = {}
    for part in VIEW.parts:
        n = len(VIEW.seen(part, "log"))
        scaler = MinMaxScaler((-1.0,) * n, (1.0,) * n)
        networks[part] = system.build(part, scaler, seed=2)
        networks[part].save(tmp_path / f"{part}.keras")
    loaded = load_networks(system, {part: tmp_path / f"{part}.keras" for part in VIEW.parts})
    masks = MaskGenerator([(1, 2, 0, 0, 0, 0, 0), (0, 9, 1, 0, 0, 1, 1)], [3, 1], [], [])
    one, same, other = (
        list(system.generate(Trained(nets, masks=masks), 50, seed, 20))
        for nets, seed in ((networks, 5), (loaded, 5), (networks, 6))
    )
    assert [len(batch) for batch in one] == [20, 20, 10]
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a.objects, b.objects)
        np.testing.assert_array_equal(a.events, b.events)
    assert (one[0].events["met"] != other[0].events["met"]).any()
    ids = np.concatenate([batch.events["event_id"] for batch in one])
    assert ids.tolist() == list(range(50))
    counts = np.concatenate([counts_per_kind(batch.objects) for batch in one])
    assert {tuple(row) for row in counts.tolist()} == {(1, 2, 0, 0, 0, 0, 0), (0, 9, 1, 0, 0, 1, 1)}


def write_part(path, n=120, seed=0, part="electron", scale=1.0):
    """A part file of random rows; its sums in GeV are some hundreds."""
    rng = np.random.default_rng(seed)
    features = scale * rng.normal(size=(n, len(VIEW.columns(part)))).astype(np.float32)
    for name in ("sum_energy", "sum_pt"):
        features[:, VIEW.columns(part).index(name)] += 500
    attributes = {
        "columns": VIEW.columns(part), "n_events": 5 * n, "mean": [0.0] * features.shape[1],
        "std": [1.0] * features.shape[1], "minimum": features.min(axis=0).tolist(),
        "maximum": features.max(axis=0).tolist(),
    }  # fmt: skip
    with RowWriter(path, {"features": (np.dtype("f4"), features.shape[1:])}, attributes) as writer:
        writer.append(features=features)
    return path


def train(folder, name, system="wgan-gp", parent=None, rows="rows.h5", epochs=8, **hyperparameters):
    """Trained network, its log and its cost."""
    paths = train_in(
        folder,
        name,
        system=system_class(system)(**{**SMALL, **hyperparameters}),
        part="electron",
        train_path=folder / rows,
        validation_path=folder / "validation.h5",
        plan=TrainingPlan(epochs=epochs, batch_size=20, seed=5),
        parent=parent,
    )
    network = keras.saving.load_model(paths["network"], compile=False)
    return network, pd.read_csv(paths["log"]), json.loads(paths["cost"].read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chained")
    write_part(folder / "rows.h5")
    write_part(folder / "validation.h5", 60, seed=1)
    write_part(folder / "other.h5", 100, seed=2, scale=3.0)
    return folder


@pytest.fixture(scope="module")
def whole(folder):
    return train(folder, "whole", averaging=0.5)


@pytest.mark.parametrize("sum_of", ["log", "raw"])
def test_network_is_fitted_to_the_sums_of_its_reading(folder, sum_of):
    """The limits of the scaler are those of the columns that it sees, and the saved network says which these are."""
    network, log, _ = train(folder, f"sums-{sum_of}", epochs=1, sum_of=sum_of)
    assert network.sum_of == sum_of and np.isfinite(log.to_numpy()).all()
    with PartReader(folder / "rows.h5") as reader:
        features, columns = reader.read()["features"], reader.columns
    seen = features[:, [columns.index(name) for name in VIEW.seen("electron", sum_of)]]
    assert network.scaler == {"minimum": seen.min(axis=0).tolist(), "maximum": seen.max(axis=0).tolist()}
    assert (np.array(network.scaler["minimum"][2:4]) > 400).all() == (sum_of == "raw")


def test_columns_that_a_part_file_lacks_are_named(folder):
    with pytest.raises(RowFileError, match=r"rows\.h5: has no column sum_px; delete it and let the workflow make it"):
        PartReader(folder / "rows.h5", columns=("met_phi", "sum_px"))


def test_columns_in_the_order_that_is_asked_for(folder):
    with PartReader(folder / "rows.h5") as every, PartReader(folder / "rows.h5", columns=("phi", "met_phi")) as two:
        places = [every.columns.index(name) for name in ("phi", "met_phi")]
        np.testing.assert_array_equal(two.read(3, 9)["features"], every.read(3, 9)["features"][:, places])
        batches = [next(reader.circular(200, start=7))["features"] for reader in (every, two)]
        np.testing.assert_array_equal(batches[1], batches[0][:, places])
        assert two.mean.tolist() == every.mean[places].tolist() and two.std.tolist() == every.std[places].tolist()


@pytest.mark.parametrize("key", ["sum_of", "critic_batches"])
def test_checkpoint_of_another_reading_is_not_resumed(monkeypatch, capsys, folder, key):
    """An option that is changed while a training lies there begun is not mixed into it."""
    other = {"sum_of": "raw", "critic_batches": "shared"}[key]
    with cut_off_after(monkeypatch, 2):
        train(folder, f"changed-{key}", epochs=4)
    network, log, _ = train(folder, f"changed-{key}", epochs=4, **{key: other})
    assert "is of another configuration: starting afresh" in capsys.readouterr().out
    afresh, expected, _ = train(folder, f"afresh-{key}", epochs=4, **{key: other})
    pd.testing.assert_frame_equal(log, expected)
    for one, same in zip(network.get_weights(), afresh.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)


def test_epochs_of_shared_batches(folder):
    """120 rows in batches of 20: six steps an epoch, whatever the critic's steps; fine-tuning may choose anew."""
    *_, cost = train(folder, "shared", epochs=2, critic_batches="shared")
    assert (cost["epochs"], cost["steps"]) == (2, 12)
    assert "critic_batches" in system_class("wgan").training_only and "sum_of" not in system_class("wgan").training_only


@pytest.mark.parametrize("epoch", [2, 6])
def test_interrupted_training_ends_as_an_uninterrupted_one(monkeypatch, folder, whole, epoch):
    with cut_off_after(monkeypatch, epoch):
        train(folder, f"cut-{epoch}", averaging=0.5)
    network, log, cost = train(folder, f"cut-{epoch}", averaging=0.5)
    pd.testing.assert_frame_equal(log, whole[1])
    for one, other in zip(network.get_weights(), whole[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert cost["best_epoch"] == whole[2]["best_epoch"]


def test_epochs_are_those_of_the_rows(whole):
    """120 rows in batches of 20, two a step: three steps an epoch, though there are five times as many events."""
    assert (whole[2]["epochs"], whole[2]["steps"]) == (8, 24)


def test_the_best_epoch_is_kept(monkeypatch, folder, whole):
    """Its validation distance, once more with the same noise, is that of the log; the file has its weights."""
    _, log, cost = whole
    best = int(log["val_wd"].idxmin())
    assert cost["best_epoch"] == best and cost["val_wd"] == pytest.approx(log["val_wd"].min())
    assert best < 7, "the last epoch is the best one: the test would not notice"
    short, *_ = train(folder, "short", averaging=0.5, epochs=best + 1)
    for one, other in zip(short.averaged.get_weights(), whole[0].averaged.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_fine_tuning_starts_from_the_parent(folder, whole):
    """Of a training so slow that it does not move, the weights are the parent's; so is the scaler, or not."""
    origin = {"experiment": "wgan-gp", "setting": "default", "process": "ttbar"}
    for refit in (False, True):
        parent = Parent(folder / "whole.keras", origin, refit)
        child, _, cost = train(
            folder, f"child-{refit}", parent=parent, rows="other.h5", epochs=1, averaging=0.5, learning_rate=1e-12
        )
        for stage in ("generator", "critic"):
            for one, other in zip(child.stages[stage].get_weights(), whole[0].stages[stage].get_weights(), strict=True):
                np.testing.assert_allclose(one, other, atol=1e-8)
        assert (child.scaler == whole[0].scaler) == (not refit)
        assert cost["parent"] == {
            **origin,
            "sha256": sha256_of(folder / "whole.keras"),
            "scaler": "refit" if refit else "parent",
        }
    assert "parent" not in whole[2]


def test_fine_tuning_starts_from_the_average_of_the_parent_too(folder, whole):
    parent = Parent(folder / "whole.keras", {})
    child, *_ = train(folder, "averaged", parent=parent, rows="other.h5", epochs=1, averaging=0.5, learning_rate=1e-12)
    given = whole[0].averaged.get_weights(), whole[0].generator.get_weights()
    for one, average, last in zip(child.averaged.get_weights(), *given, strict=True):
        steps = 3  # 100 rows, 40 a step: three steps towards the weights of the last one
        np.testing.assert_allclose(one, last + (average - last) * 0.5**steps, atol=1e-7)


def test_untrained_copy_has_first_weights_in_what_generates(whole):
    fresh = untrained_copy(whole[0])
    for one, other in zip(fresh.averaged.get_weights(), fresh.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert any((one != other).any() for one, other in zip(
        fresh.averaged.get_weights(), whole[0].averaged.get_weights(), strict=True
    ))  # fmt: skip


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_average_of_the_weights_by_hand(momentum):
    system = system_class("wgan")(**SMALL, averaging=momentum)
    network = system.build("electron", MinMaxScaler((-1.0,) * 10, (1.0,) * 10), seed=1)
    expected = network.generator.get_weights()
    data = keras.ops.convert_to_tensor(np.random.default_rng(0).uniform(-1, 1, (30, 10)).astype(np.float32))
    for _ in range(3):
        network.generator_step(data)
        expected = [
            momentum * old + (1 - momentum) * new
            for old, new in zip(expected, network.generator.get_weights(), strict=True)
        ]
    for one, other in zip(network.averaged.get_weights(), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_defaults_are_those_of_the_thesis():
    for name in SYSTEMS:
        values = system_class(name).defaults
        assert (values["width"], values["layers"]) == (1024, 7)
        assert (values["learning_rate"], values["beta_1"], values["beta_2"]) == (5e-6, 0.5, 0.9)
        assert values["averaging"] == 0
    wgan, gp = (system_class(name).defaults for name in ("wgan", "wgan-gp"))
    assert (wgan["critic_steps"], wgan["clip"], gp["critic_steps"], gp["penalty"]) == (6, 0.01, 6, 10)


def test_networks_of_different_losses_are_not_each_others():
    assert len({system_class(name).architecture() for name in SYSTEMS}) == len(SYSTEMS)


def test_one_value_in_every_row_is_no_fault(folder):
    """As with a kind that a small sample has once: the constant columns come out as they are."""
    n = len(VIEW.columns("photon"))
    features = np.full((1, n), 0.5, np.float32)
    attributes = {"columns": VIEW.columns("photon"), "n_events": 9, "mean": [0.5] * n, "std": [0.0] * n}
    attributes |= {"minimum": [0.5] * n, "maximum": [0.5] * n}
    with RowWriter(folder / "one.h5", {"features": (np.dtype("f4"), (n,))}, attributes) as writer:
        writer.append(features=features)
    network, log, _ = train(folder, "one", rows="one.h5", epochs=2)
    assert np.isfinite(log.to_numpy()).all()
    made = network.generate(features[:, :6], np.random.default_rng(0))
    assert np.isfinite(made).all()
