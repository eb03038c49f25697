"""Schedules of the learning rate that a resumed training takes up where they were."""

import keras


class ReduceOnPlateau(keras.callbacks.ReduceLROnPlateau):
    """Multiplies the learning rate by ``factor`` after ``patience`` epochs without a lower training loss.

    What it remembers goes into the checkpoints (:class:`deepcollider.generators.training.Checkpoints`); the rate itself
    is in them as a variable of the optimizer.
    """

    def __init__(self, factor: float, patience: int):
        super().__init__(monitor="loss", factor=factor, patience=patience, mode="min")

    def state(self) -> dict[str, float | int | None]:
        """Lowest loss so far, and the epochs since."""
        return {"best": None if self.best is None else float(self.best), "wait": self.wait}

    def restore(self, state: dict[str, float | int | None]) -> None:
        """Take back a :meth:`state`."""
        self.best, self.wait = state["best"], state["wait"]
