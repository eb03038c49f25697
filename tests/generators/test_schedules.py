"""Schedules of the learning rate, and that an interruption of the training leaves no trace in it."""

import json

import keras
import numpy as np
import pytest

from deepcollider.generators.networks.beta_vae import BetaVAE
from deepcollider.generators.networks.schedules import CosineDecay, ReduceOnPlateau
from deepcollider.generators.systems.beta_vae_per_particle import BetaVAEPerParticle
from deepcollider.generators.training import TrainingPlan
from deepcollider.store.rows import RowWriter
from tests.generators.interruption import cut_off_after
from tests.generators.small_training import train_in


def rates(losses, factor=0.1, patience=3, cut=None):
    """Learning rate of each epoch and after the last; at a ``cut``, a new callback takes the place of the old one."""
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")

    def begun():
        callback = ReduceOnPlateau(factor, patience)
        callback.set_model(model)
        callback.on_train_begin()
        return callback

    callback, found = begun(), []
    for epoch, loss in enumerate(losses):
        if epoch == cut:
            memory = json.loads(json.dumps(callback.state()))
            callback = begun()
            callback.restore(memory)
        found.append(float(model.optimizer.learning_rate))
        callback.on_epoch_end(epoch, {"loss": loss, "val_loss": -epoch})
    return [*found, float(model.optimizer.learning_rate)]


def test_rate_falls_after_three_epochs_without_a_lower_loss():
    losses = [3.0, 2.0, 2.5, 2.0, 2.2, 2.1, 1.0, 1.5, 1.4, 1.3]
    expected = [1.0] * 5 + [0.1] * 5 + [0.01]
    assert rates(losses) == pytest.approx(expected)


def test_rate_stays_while_the_loss_falls():
    assert rates([1 / (1 + epoch) for epoch in range(10)]) == [1.0] * 11


def test_factor_and_patience_are_as_told():
    assert rates([1.0] * 6, factor=0.9, patience=2) == pytest.approx([1, 1, 1, 0.9, 0.9, 0.81, 0.81])


@pytest.mark.parametrize("cut", range(1, 10))
def test_memory_goes_through_json(cut):
    losses = [3.0, 2.0, 2.5, 2.0, 2.2, 2.1, 1.0, 1.5, 1.4, 1.3]
    assert rates(losses, cut=cut) == rates(losses)


def test_rate_falls_along_a_cosine():
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(9.0), loss="mse")
    found = []

    class Rates(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            found.append(float(model.optimizer.learning_rate))

    rows = np.zeros((20, 1))
    model.fit(rows, rows, batch_size=5, epochs=3, callbacks=[CosineDecay(0.5), Rates()], verbose=0)
    expected = [0.25 * (1 + np.cos(np.pi * step / 12)) for step in range(12)]  # three epochs of four batches
    assert found == pytest.approx(expected, rel=1e-5)


class Scheduled(BetaVAEPerParticle):
    """A small network with a schedule that falls at once, since the training is stuck at a far too high rate."""

    def build(self, part, scaler, seed):
        settings = {"encoder_widths": [8], "latent": 2, "decoder_widths": [8], "output_width": 4}
        network = BetaVAE({**settings, "beta": 1.0, "scaler": scaler.to_config(), "seed": seed})
        network.compile(optimizer=keras.optimizers.Adam(0.3))
        return network

    def callbacks(self):
        return [ReduceOnPlateau(factor=0.1, patience=2)]


def write_part(path):
    """A part file of 90 rows with four columns."""
    features = np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32)
    attributes = {"columns": list("abcd"), "n_events": 90, "mean": [0.0] * 4, "std": [1.0] * 4}
    with RowWriter(path, {"features": (np.dtype("f4"), (4,))}, attributes) as writer:
        writer.append(features=features)


def train(folder, name):
    """Final weights, and the losses and rates that are logged."""
    outputs = train_in(
        folder,
        name,
        system=Scheduled(),
        part="jet",
        train_path=folder / "rows.h5",
        validation_path=folder / "rows.h5",
        plan=TrainingPlan(epochs=12, batch_size=30, seed=5),
    )
    return keras.saving.load_model(outputs["network"]).get_weights(), outputs["log"].read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scheduled")
    write_part(folder / "rows.h5")
    return folder


@pytest.fixture(scope="module")
def whole(folder):
    return train(folder, "whole")


def logged(log, column):
    header, *lines = log.splitlines()
    return [float(line.split(",")[header.split(",").index(column)]) for line in lines]


def test_rates_are_logged(whole):
    losses, found = (logged(whole[1], column) for column in ("loss", "learning_rate"))
    assert len(losses) == 12
    assert found == pytest.approx([rate * 0.3 for rate in rates(losses, patience=2)[:-1]])
    assert len(set(found)) > 2  # else the tests below would not notice


@pytest.mark.parametrize("before", [1, 2])
def test_interrupted_training_ends_as_an_uninterrupted_one(monkeypatch, folder, whole, before):
    """Cut where the first epoch of a lower rate begins, or an epoch before, in the middle of waiting."""
    epoch = int(np.argmin(np.isclose(logged(whole[1], "learning_rate"), 0.3))) - before

    with cut_off_after(monkeypatch, epoch):
        train(folder, f"cut-{before}")
    assert len((folder / "checkpoints" / f"cut-{before}" / "losses.csv").read_text().splitlines()) == epoch + 2
    resumed = train(folder, f"cut-{before}")
    assert resumed[1] == whole[1]
    for a, b in zip(resumed[0], whole[0], strict=True):
        np.testing.assert_array_equal(a, b)
