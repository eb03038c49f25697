"""Trainings that are cut off, for tests that they end as if nothing had happened."""

from contextlib import contextmanager

import pytest

from deepcollider.generators import training


class InterruptionError(Exception):
    """Stands for whatever ends a job."""


@contextmanager
def cut_off_after(monkeypatch: pytest.MonkeyPatch, epoch: int):
    """What is trained inside ends with an error after this epoch, when its checkpoint is written."""

    class Interrupted(training.Checkpoints):
        def on_epoch_end(self, at, logs=None):
            super().on_epoch_end(at, logs)
            if at == epoch:
                raise InterruptionError

    with monkeypatch.context() as patch, pytest.raises(InterruptionError):
        patch.setattr(training, "Checkpoints", Interrupted)
        yield
