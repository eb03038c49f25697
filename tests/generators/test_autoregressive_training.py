"""Training of the autoregressive mixture from part files: resumed, best epoch, overfitting of a handful of events."""

import json

import keras
import numpy as np
import pandas as pd
import pytest

from deepcollider.features.views.sequences import VIEW, SequenceScaler
from deepcollider.generators.systems.autoregressive_mixture import SYSTEM
from deepcollider.generators.training import TrainingPlan
from deepcollider.store.event_files import EventWriter
from deepcollider.store.part_files import split_parts
from tests.features.test_sequences import random_events
from tests.generators.interruption import cut_off_after
from tests.generators.small_training import train_in

SMALL = {"width": 8, "blocks": 1, "embedding": 4, "components": 2}


def train(folder, name, epochs=6, **hyperparameters):
    """Trained network, its log and its cost."""
    paths = train_in(
        folder,
        name,
        system=SYSTEM(**{**SMALL, **hyperparameters}),
        part="event",
        train_path=folder / "train.h5",
        validation_path=folder / "validation.h5",
        plan=TrainingPlan(epochs=epochs, batch_size=20, seed=5),
    )
    return keras.saving.load_model(paths["network"]), pd.read_csv(paths["log"]), json.loads(paths["cost"].read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("autoregressive")
    for seed, (name, n) in enumerate({"train": 60, "validation": 40}.items(), 1):
        with EventWriter(folder / f"{name}-events.h5", {}) as writer:
            writer.append_events(random_events(n, seed))
        split_parts(folder / f"{name}-events.h5", VIEW, {"event": folder / f"{name}.h5"}, show_progress=False)
    return folder


@pytest.fixture(scope="module")
def whole(folder):
    return train(folder, "whole")


@pytest.mark.parametrize("epoch", [1, 4])
def test_interrupted_training_ends_as_an_uninterrupted_one(monkeypatch, folder, whole, epoch):
    """Reflections and dropout are drawn, and the rate falls, as if nothing had happened."""
    with cut_off_after(monkeypatch, epoch):
        train(folder, f"cut-{epoch}")
    network, log, cost = train(folder, f"cut-{epoch}")
    pd.testing.assert_frame_equal(log, whole[1])
    for one, other in zip(network.get_weights(), whole[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert cost["best_epoch"] == whole[2]["best_epoch"]


def test_scaler_is_that_of_the_training_rows(whole):
    rows = VIEW.rows(random_events(60, 1), "event")
    np.testing.assert_allclose(whole[0].scaler["mean"], SequenceScaler.fit([rows]).mean, atol=1e-6)


def test_weights_are_those_of_the_best_validation(folder, whole):
    """The mean of minus log p of the validation events is the lowest of the log."""
    network, log, cost = whole
    rows = VIEW.rows(random_events(40, 2), "event")
    scaled = SequenceScaler.from_config(network.scaler).transform(rows)
    assert -network.predict(scaled, verbose=0).mean() == pytest.approx(log["val_loss"].min(), rel=1e-5)
    assert cost["val_loss"] == pytest.approx(log["val_loss"].min())


def test_overfits_a_handful_of_events(folder):
    """Without dropout, 60 events with ten objects each are learnt by heart: to a loss far below that of others."""
    _, log, _ = train(
        folder, "long", epochs=60, width=48, blocks=2, embedding=24, components=6, dropout=0.0, learning_rate=1e-2
    )
    first, last = log["loss"].iloc[0], log["loss"].iloc[-5:].mean()
    assert last < 0.75 * first
    assert log["val_loss"].iloc[-1] > last + 5
