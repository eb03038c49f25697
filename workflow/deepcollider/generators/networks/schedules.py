"""Schedules of the learning rate that a resumed training takes up where they were."""

import math

import keras

MIN_DELTA = 1e-4


class ReduceOnPlateau(keras.callbacks.ReduceLROnPlateau):
    """Multiplies the learning rate by ``factor`` after ``patience`` epochs without a lower training loss.

    A loss counts as lower if it is by more than MIN_DELTA, and the rate has no floor: both are Keras's defaults, and
    the VAE thesis (7.6.2) states neither.

    What it remembers goes into the checkpoints (:class:`deepcollider.generators.training.Checkpoints`); the rate itself
    is in them as a variable of the optimizer.
    """

    def __init__(self, factor: float, patience: int):
        super().__init__(monitor="loss", factor=factor, patience=patience, mode="min", min_delta=MIN_DELTA, min_lr=0.0)

    def state(self) -> dict[str, float | int | None]:
        """Lowest loss so far, and the epochs since."""
        return {"best": None if self.best is None else float(self.best), "wait": self.wait}

    def restore(self, state: dict[str, float | int | None]) -> None:
        """Take back a :meth:`state`."""
        self.best, self.wait = state["best"], state["wait"]


class CosineDecay(keras.callbacks.Callback):
    """Lets the learning rate fall from ``rate`` to 0 along half a cosine, from the first to the last batch.

    It depends on epoch and batch alone, so that a resumed training has nothing to remember.
    """

    def __init__(self, rate: float):
        super().__init__()
        self.rate, self.epoch = rate, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        done = (self.epoch + batch / (self.params["steps"] or 1)) / self.params["epochs"]
        self.model.optimizer.learning_rate = self.rate * (1 + math.cos(math.pi * min(done, 1.0))) / 2

    def state(self) -> dict:
        """Nothing."""
        return {}

    def restore(self, state: dict) -> None:
        """Nothing to take back."""
