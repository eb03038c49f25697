"""Training: the circular stream, and that an interruption leaves no trace in the result."""

import fcntl
import itertools
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from deepcollider.features.scaling import Standardiser
from deepcollider.generators import checkpoints, training
from deepcollider.generators.training import TrainingPlan, held_alone, training_data, validation_data
from tests.generators.interrupted_case import Case

SMALL_JET_PARAMETERS = sum(
    (inputs + 1) * outputs
    for inputs, outputs in [
        (4, 8), (8, 2),  # encoder: ReLU layer and Dense of the latent size
        (2, 2), (2, 2),  # mean and log variance
        (2, 8), (8, 4), (4, 4),  # decoder
    ]
)  # fmt: skip
"""Weights and biases of the small system's network of a part with four features, counted by hand."""

SCALER = Standardiser((3.0, -1.0, 0.5, 10.0), (2.0, 0.25, 1.0, 7.0))


def numbered(n):
    """Rows (n, 4) that can be told apart."""
    return np.arange(4 * n, dtype=np.float32).reshape(n, 4)


def stream_plainly(rows, plan, block_rows, n_batches):
    """The training stream by plain lists: blocks of whole batches, round and round, each in an order of its own."""
    size = max(1, block_rows // plan.batch_size) * plan.batch_size
    stream = []
    for block in range(-(-n_batches * plan.batch_size // size)):
        order = np.random.default_rng([plan.seed, block]).permutation(size)
        stream += [rows[(block * size + i) % len(rows)] for i in order]
    scaled = [
        [(float(x) - m) / s for x, m, s in zip(row, SCALER.mean, SCALER.std, strict=True)]
        for row in stream[: n_batches * plan.batch_size]
    ]
    return np.array(scaled, np.float32).reshape(n_batches, plan.batch_size, 4)


def batches_of(path, plan, n_batches, first_step=0):
    data = training_data(path, SCALER, plan, first_step).take(n_batches)
    return np.stack(list(data.as_numpy_iterator()))


@pytest.mark.parametrize(
    ("n_rows", "batch_size", "block_rows"),
    [
        (7, 10, 64),  # shorter than a batch
        (1, 4, 16),
        (100, 10, 64),  # blocks of 60 rows that wrap in the middle
        (100, 10, 100),  # a block is the file
        (23, 50, 20),  # a batch is larger than a block
    ],
)
def test_stream_is_circular(tmp_path, monkeypatch, write_part, n_rows, batch_size, block_rows):
    monkeypatch.setattr(training, "BLOCK_ROWS", block_rows)
    plan = TrainingPlan(epochs=1, batch_size=batch_size, seed=8)
    path = write_part(tmp_path / "jet.h5", numbered(n_rows))
    expected = stream_plainly(numbered(n_rows), plan, block_rows, 25)
    np.testing.assert_array_equal(batches_of(path, plan, 25), expected)


def test_no_row_starves(tmp_path, monkeypatch, write_part):
    monkeypatch.setattr(training, "BLOCK_ROWS", 60)
    path = write_part(tmp_path / "jet.h5", numbered(20))
    batches = batches_of(path, TrainingPlan(epochs=1, batch_size=10, seed=1), 12)
    rows, times = np.unique(batches.reshape(-1, 4), axis=0, return_counts=True)
    assert len(rows) == 20
    assert set(times) == {6}  # 120 rows drawn of 20


@pytest.mark.parametrize("block_rows", [16, 64])
def test_stream_of_the_first_rows_alone(tmp_path, monkeypatch, write_part, block_rows):
    """As if the file had no more."""
    monkeypatch.setattr(training, "BLOCK_ROWS", block_rows)
    plan = TrainingPlan(epochs=1, batch_size=8, seed=8, max_rows=13)
    path = write_part(tmp_path / "jet.h5", numbered(100))
    np.testing.assert_array_equal(batches_of(path, plan, 9), stream_plainly(numbered(13), plan, block_rows, 9))


@pytest.mark.parametrize("first_step", [1, 5, 6, 7, 17])
def test_resumed_stream_is_the_tail_of_the_whole(tmp_path, monkeypatch, write_part, first_step):
    monkeypatch.setattr(training, "BLOCK_ROWS", 64)  # six batches a block
    plan = TrainingPlan(epochs=1, batch_size=10, seed=8)
    path = write_part(tmp_path / "jet.h5", numbered(41))
    whole = batches_of(path, plan, 24)
    np.testing.assert_array_equal(batches_of(path, plan, 24 - first_step, first_step), whole[first_step:])


def test_seed_decides_the_order(tmp_path, write_part):
    path = write_part(tmp_path / "jet.h5", numbered(100))
    streams = [batches_of(path, TrainingPlan(epochs=1, batch_size=10, seed=seed), 5) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(streams[0], streams[1])
    assert (streams[0] != streams[2]).any()


def test_validation_takes_every_row_once_in_order(tmp_path, write_part):
    data = validation_data(write_part(tmp_path / "jet.h5", numbered(23)), SCALER, 10)
    assert len(data) == 3
    batches = list(data.as_numpy_iterator())
    assert [len(batch) for batch in batches] == [10, 10, 3]
    np.testing.assert_array_equal(np.concatenate(batches), SCALER.transform(numbered(23)))
    assert validation_data(write_part(tmp_path / "none.h5", numbered(0)), SCALER, 10) is None


@pytest.mark.parametrize(
    ("n_events", "given", "steps"), [(1000, {}, 10), (1001, {}, 11), (3, {}, 1), (1000, {"steps_per_epoch": 7}, 7)]
)
def test_steps_of_an_epoch(n_events, given, steps):
    assert TrainingPlan(epochs=1, batch_size=100, seed=0, **given).steps(n_events) == steps


@pytest.mark.parametrize(("steps", "rounded"), [(7, 8), (8, 8), (5, 8), (3, 3), (1, 1)])
def test_an_epoch_is_a_whole_number_of_executions(steps, rounded):
    plan = TrainingPlan(epochs=1, batch_size=1, seed=0, steps_per_epoch=steps, steps_per_execution=4)
    assert plan.steps(100) == rounded


def test_checkpoint_folder_is_held_by_one(tmp_path):
    with (
        held_alone(tmp_path / "jet"),
        open(tmp_path / "jet.lock", "w", encoding="utf-8") as lock,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with open(tmp_path / "jet.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.fixture(scope="module")
def whole_case(tmp_path_factory, short_blocks, small_system, write_part):
    return Case(tmp_path_factory.mktemp("whole"), small_system, write_part)


@pytest.fixture(scope="module")
def whole(whole_case):
    """What a training that nothing interrupts ends with."""
    return whole_case.run("whole")


def assert_same(first, second):
    assert first[1] == second[1]
    for a, b in zip(first[0], second[0], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("interruption", "resumed"),
    [
        ({"epoch": 2, "after_batches": 3}, 2),
        ({"epoch": 0, "after_batches": 2}, 0),  # before the first checkpoint
        ({"epoch": 2, "interval": 2}, 2),  # the third epoch is logged, but not in a checkpoint
        ({"epoch": 3}, 4),  # after the last epoch, before the files are written
    ],
)
def test_interrupted_training_ends_as_an_uninterrupted_one(capsys, whole, case, interruption, resumed):
    case.run_until(name="resumed", **interruption)
    kept = [path.name for path in case.checkpoints("resumed").glob("*.weights.h5")]
    assert kept == ([f"epoch-{resumed}.weights.h5"] if resumed else [])
    capsys.readouterr()
    assert_same(case.run("resumed"), whole)
    assert (f"resuming after epoch {resumed}\n" in capsys.readouterr().out) == (resumed > 0)
    assert not case.checkpoints("resumed").exists()


def test_resumed_in_step_when_an_epoch_is_no_whole_number_of_executions(
    tmp_path, short_blocks, small_system, write_part
):
    case = Case(tmp_path, small_system, write_part, epochs=3, steps_per_epoch=3, steps_per_execution=2)
    case.run_until(epoch=1, name="resumed")
    assert_same(case.run("resumed"), case.run("whole"))


KILLED = """
import os, signal, sys
sys.path[:0] = {path!r}
from conftest import SmallSystem, _write_part
from interrupted_case import Case
from deepcollider.generators import checkpoints, training

class Killed(training.Checkpoints):
    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (2, 1):
            os.kill(os.getpid(), signal.SIGKILL)

training.Checkpoints = Killed
training.BLOCK_ROWS = 64
Case({folder!r}, SmallSystem, _write_part).run("killed")
"""


def test_killed_training_ends_as_an_uninterrupted_one(tmp_path, capsys, whole, case):
    script = KILLED.format(path=[str(Path(__file__).parent), *sys.path], folder=str(tmp_path))
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert json.loads((case.checkpoints("killed") / "state.json").read_text())["epochs"] == 2
    assert not (tmp_path / "killed.keras").exists()
    state = case.checkpoints("killed") / "state.json"
    before = json.loads(state.read_text())
    assert before["spent"]["seconds"] > 0
    before["spent"] = {"seconds": 1000.0, "peak_memory_mb": 1e6}  # as if the killed one had been long and large
    before["digest"] = checkpoints.digest_of(before)
    state.write_text(json.dumps(before))
    started = time.perf_counter()
    assert_same(case.run("killed"), whole)
    assert "resuming after epoch 2" in capsys.readouterr().out
    cost = case.cost("killed")
    assert 1000 < cost["seconds"] < 1000 + time.perf_counter() - started
    assert cost["peak_memory_mb"] == 1e6
    assert (cost["epochs"], cost["steps"]) == (4, 16)


def test_seconds_add_up_over_two_interruptions(monkeypatch, case):
    """On a clock that ticks a second at every look: between two looks nothing else can have counted."""
    ticks = itertools.count()
    monkeypatch.setattr(checkpoints, "time", SimpleNamespace(perf_counter=lambda: float(next(ticks))))
    case.run_until(epoch=0, name="twice")  # looks: start, checkpoint of the first epoch
    case.run_until(epoch=2, after_batches=1, name="twice")  # start, checkpoint of the second; of the third, nothing
    spent = json.loads((case.checkpoints("twice") / "state.json").read_text())["spent"]
    case.run("twice")  # start, two checkpoints, the end
    assert spent["seconds"] == 2
    assert case.cost("twice")["seconds"] == 2 + 3


def test_cost_of_a_training(whole_case, whole):
    cost = whole_case.cost("whole")
    assert cost["part"] == "jet"
    assert (cost["epochs"], cost["steps"], cost["threads"]) == (4, 16, 3)
    assert cost["parameters"] == cost["trainable_parameters"] == SMALL_JET_PARAMETERS
    assert 0 < cost["seconds"] < 60
    assert 100 < cost["peak_memory_mb"] < 8000  # this process has TensorFlow in it
    assert {"machine", "backend"} <= set(cost)


def test_weights_that_are_not_trained_count_apart(case):
    network = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2), keras.layers.BatchNormalization()])
    cost = training.cost_record(network, "jet", {}, epochs=1, steps=1, threads=1)
    assert cost["trainable_parameters"] == (3 + 1) * 2 + 2 * 2  # with scale and shift
    assert cost["parameters"] == cost["trainable_parameters"] + 2 * 2  # with moving mean and variance


def test_training_seconds_are_those_of_fit_alone(monkeypatch, case):
    """Building, resuming and saving take 100 seconds each, by the clock of this test, and ``fit`` takes 7."""
    now = 0.0

    def slow(call, seconds):
        def slowed(*arguments, **options):
            nonlocal now
            now += seconds
            return call(*arguments, **options)

        return slowed

    monkeypatch.setattr(checkpoints, "time", SimpleNamespace(perf_counter=lambda: now))
    monkeypatch.setattr(case.system, "build", slow(case.system.build, 100))
    monkeypatch.setattr(training.Checkpoints, "restore", slow(training.Checkpoints.restore, 100))
    monkeypatch.setattr(training, "save", slow(training.save, 100))
    monkeypatch.setattr(keras.Model, "fit", slow(keras.Model.fit, 7))
    case.run("timed")
    assert case.cost("timed")["seconds"] == 7


def test_checkpoint_of_another_setting_is_not_resumed(capsys, whole, case):
    case.run_until(epoch=1, name="stale", beta=1.2)
    capsys.readouterr()
    assert_same(case.run("stale"), whole)
    assert "another configuration: starting afresh" in capsys.readouterr().out


def test_training_lowers_the_loss_that_is_logged(tmp_path, small_system, write_part):
    case = Case(tmp_path, small_system, write_part, epochs=2, steps_per_epoch=100)
    _, log = case.run("trained", beta=0.01, learning_rate=0.01)
    header, *lines = log.splitlines()
    assert header == "epoch,kl,loss,reconstruction,val_kl,val_loss,val_reconstruction"
    losses = [dict(zip(header.split(","), map(float, line.split(",")), strict=True)) for line in lines]
    assert [epoch["epoch"] for epoch in losses] == [0, 1]
    assert losses[1]["loss"] < 0.9 * losses[0]["loss"]
    for epoch, prefix in itertools.product(losses, ("", "val_")):
        expected = epoch[f"{prefix}reconstruction"] + 0.01 * epoch[f"{prefix}kl"]
        assert epoch[f"{prefix}loss"] == pytest.approx(expected, rel=1e-4)


def test_part_without_rows_stays_untrained(tmp_path, capsys, small_system, write_part):
    case = Case(tmp_path, small_system, write_part, n_rows=0)
    weights, log = case.run("empty")
    assert log == "epoch,loss\n"
    assert "WARNING: no jet in" in capsys.readouterr().out
    keras.utils.set_random_seed(case.plan.seed)
    untrained = small_system().build("jet", Standardiser((0.0,) * 4, (1.0,) * 4), case.plan.seed)
    for got, expected in zip(weights, untrained.get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)
    assert not case.checkpoints("empty").exists()
    cost = case.cost("empty")
    assert (cost["seconds"], cost["epochs"], cost["steps"]) == (0, 0, 0)
    assert cost["parameters"] == cost["trainable_parameters"] == SMALL_JET_PARAMETERS
