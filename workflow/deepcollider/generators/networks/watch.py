"""Watching an adversarial training: whether it diverges, and whether its generator has collapsed."""

import keras
import numpy as np

from deepcollider.generators.collapse import COLLAPSED

PATIENCE = 3
"""Epochs in a row that it takes to be called so."""

SETTLING = 0.25
"""Share of the epochs in which an untrained generator may still be narrow."""


class DivergedError(RuntimeError):
    """A training that never had a finite loss; the message says which and what to change."""


class Watch(keras.callbacks.Callback):
    """Ends a training whose losses are no longer finite, and says when the generator of one collapses.

    What it found is in its :meth:`record`; it is printed as soon as it is seen.
    """

    def __init__(self):
        super().__init__()
        self.finite, self.narrow, self.collapsed_at, self.diverged_at = 0, 0, None, None

    def on_epoch_end(self, epoch, logs=None):
        wrong = {name: value for name, value in (logs or {}).items() if not np.isfinite(value)}
        if wrong:
            self.diverged_at = epoch
            self.model.stop_training = True
            print(f"WARNING: diverged in epoch {epoch}: {', '.join(f'{k} is {v}' for k, v in wrong.items())}")
            return
        self.finite += 1
        spread = (logs or {}).get("val_spread")
        if spread is None or epoch < SETTLING * self.params["epochs"]:
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

    def on_train_end(self, logs=None):
        if self.diverged_at is not None and not self.finite:
            raise DivergedError(
                "the losses were not finite in the first epoch already: lower learning_rate, or raise critic_steps or "
                "penalty, in the hyperparameters of the experiment"
            )

    def state(self) -> dict[str, int | None]:
        """How many epochs were finite; for how many the generator has been narrow, and since when it is collapsed."""
        return {"finite": self.finite, "narrow": self.narrow, "collapsed_at": self.collapsed_at}

    def restore(self, state: dict[str, int | None]) -> None:
        """Take back a :meth:`state`."""
        self.finite, self.narrow, self.collapsed_at = state["finite"], state["narrow"], state["collapsed_at"]

    def record(self) -> dict[str, int | None]:
        """Epoch in which it diverged, and in which it was found to have collapsed for good; None if it did not."""
        return {"diverged_at": self.diverged_at, "collapsed_at": self.collapsed_at}
