"""A training of seconds that can be interrupted."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from deepcollider.generators import training
from deepcollider.generators.checkpoints import Checkpoints
from deepcollider.generators.training import TrainingPlan, train_part


class InterruptionError(Exception):
    """Stands for whatever ends a job."""


class Case:
    """A small training in a folder of its own, that can be interrupted."""

    def __init__(self, folder, system, write_part, n_rows=90, **plan):
        self.folder, self.system = Path(folder), system
        rng = np.random.default_rng(0)
        self.train_path = write_part(self.folder / "train.h5", rng.normal(2, 3, (n_rows, 4)), n_events=90)
        self.validation_path = write_part(self.folder / "validation.h5", rng.normal(2, 3, (35, 4)))
        self.plan = TrainingPlan(**{"epochs": 4, "batch_size": 20, "seed": 5, "steps_per_epoch": 4} | plan)

    def run(self, name, **hyperparameters):
        """Final weights and the text of the loss log."""
        train_part(
            system=self.system(**hyperparameters),
            part="jet",
            train_path=self.train_path,
            validation_path=self.validation_path,
            plan=self.plan,
            checkpoints=self.checkpoints(name),
            network_path=self.folder / f"{name}.keras",
            log_path=self.folder / f"{name}.csv",
            cost_path=self.folder / f"{name}.json",
            description_path=self.folder / f"{name}.network.json",
            threads=3,
            show_progress=False,
        )
        network = keras.saving.load_model(self.folder / f"{name}.keras")
        return network.get_weights(), (self.folder / f"{name}.csv").read_text(encoding="utf-8")

    def run_until(self, epoch, name, after_batches=None, interval=1, **hyperparameters):
        """Be interrupted in ``epoch`` (from 0), at its end or after some of its batches."""

        class Interrupted(Checkpoints):
            def on_train_begin(self, logs=None):
                self.interval = interval

            def on_epoch_begin(self, at, logs=None):
                self.at = at

            def on_train_batch_end(self, batch, logs=None):
                if self.at == epoch and after_batches is not None and batch + 1 >= after_batches:
                    raise InterruptionError

            def on_epoch_end(self, at, logs=None):
                super().on_epoch_end(at, logs)
                if at == epoch:
                    raise InterruptionError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(training, "Checkpoints", Interrupted)
            with pytest.raises(InterruptionError):
                self.run(name, **hyperparameters)
        assert not (self.folder / f"{name}.keras").exists()
        assert not (self.folder / f"{name}.csv").exists()
        assert not (self.folder / f"{name}.json").exists()

    def cost(self, name):
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    def checkpoints(self, name):
        return self.folder / "checkpoints" / name
