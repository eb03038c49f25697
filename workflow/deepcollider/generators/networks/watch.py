"""Watching an adversarial training: whether its generator has collapsed."""

import math

import keras

from deepcollider.generators.collapse import COLLAPSED

PATIENCE = 3
"""Epochs in a row that it takes to be called so."""

SETTLING = 0.25
"""Share of the epochs in which an untrained generator may still be narrow."""


class Watch(keras.callbacks.Callback):
    """Says when the generator of a training collapses.

    What it found is in its :meth:`record`; it is printed as soon as it is seen.
    """

    def __init__(self):
        super().__init__()
        self.narrow, self.collapsed_at = 0, None

    def on_epoch_end(self, epoch, logs=None):
        spread = (logs or {}).get("val_spread")
        if spread is None or math.isnan(spread) or epoch < SETTLING * self.params["epochs"]:
            return
        self.narrow = self.narrow + 1 if spread < COLLAPSED else 0
        if self.narrow == PATIENCE:
            self.collapsed_at = epoch
            print(
                f"WARNING: the generator has collapsed: for {PATIENCE} epochs up to {epoch}, the standard deviation of "
                f"one of its features was {spread:.3f} of the true one or less"
            )
        elif self.collapsed_at is not None and not self.narrow:
            print(f"the generator has recovered in epoch {epoch}")
            self.collapsed_at = None

    def state(self) -> dict[str, int | None]:
        """Tell for how many epochs the generator has been narrow, and since when it is collapsed."""
        return {"narrow": self.narrow, "collapsed_at": self.collapsed_at}

    def restore(self, state: dict[str, int | None]) -> None:
        """Take back a :meth:`state`."""
        self.narrow, self.collapsed_at = state["narrow"], state["collapsed_at"]

    def record(self) -> dict[str, int | None]:
        """Tell in which epoch it was found to have collapsed for good; None if it was not."""
        return {"collapsed_at": self.collapsed_at}
