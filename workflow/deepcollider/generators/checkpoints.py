"""Checkpoints of a training, what makes them unfit to go on from, and losses that end a training."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np

from deepcollider.files import check_space, full_disk_told, sha256_of, write_json
from deepcollider.machine import peak_memory_mb

CHECKPOINT_FORMAT = 6
"""Raised when what a checkpoint holds changes: older ones are not resumed."""


def random_states(model: keras.Model) -> list[keras.Variable]:
    """States of the random generators in a model: Keras does not save them with the weights."""
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


class DamagedError(ValueError):
    """A checkpoint cannot be resumed; the message says why."""


class DivergedError(RuntimeError):
    """A training has no finite loss; the message says of which part, in which epoch, and what to change."""


class StopWhenNotFinite(keras.callbacks.Callback):
    """Ends the training of ``part`` in the first epoch in which a value of its log is not finite.

    That is an error, unless ``kept`` says that the weights of an earlier epoch were kept: then the network has these.
    ``remedy`` tells which key of the configuration to change. It stands before the checkpoints.
    """

    def __init__(self, part: str, remedy: str, kept: Callable[[], bool]):
        super().__init__()
        self.part, self.remedy, self.kept, self.diverged_at = part, remedy, kept, None

    def on_epoch_end(self, epoch, logs=None):
        wrong = [f"{name} is {value}" for name, value in (logs or {}).items() if not np.isfinite(value)]
        if not wrong:
            return
        found = f"the training of {self.part} has diverged in epoch {epoch + 1}: {', '.join(wrong)}; {self.remedy}"
        if not self.kept():
            raise DivergedError(found)
        print(f"WARNING: {found}. The best epoch before it is kept")
        self.diverged_at = epoch
        self.model.stop_training = True

    def record(self) -> dict[str, int | None]:
        """Tell in which epoch it diverged; None if it did not."""
        return {"diverged_at": self.diverged_at}


class Checkpoints(keras.callbacks.Callback):
    """Saves weights, optimizer, random state and what other callbacks remember at most every ``interval`` epochs.

    It must stand after the callbacks ``with_memory``. A checkpoint counts only for the same ``fingerprint`` (system,
    hyperparameters, plan, data): after a change of config a stale one is thrown away, never resumed. It also says what
    the training has cost up to it.

    With a ``monitor`` (of the training log, the lower the better), the weights of the best epoch are kept beside, and
    at the end of the training the network has these. An epoch with a loss that is not finite counts for nothing.
    """

    def __init__(
        self, folder: Path, fingerprint: dict, interval: int = 1, with_memory: Sequence = (), monitor: str | None = None
    ):
        super().__init__()
        self.with_memory, self.memories = with_memory, []
        self.monitor, self.best = monitor, None
        self.folder, self.fingerprint, self.interval = Path(folder), fingerprint, interval
        self.log = self.folder / "losses.csv"
        self.spent_before = {"seconds": 0.0, "peak_memory_mb": 0.0}
        self.started = time.perf_counter()

    def restore(self, model: keras.Model) -> int:
        """Load the last checkpoint into ``model``; the number of epochs it has behind it, 0 if there is none."""
        if not (self.folder / "state.json").exists():
            return 0
        try:
            found = self._read_state()
        except DamagedError as error:
            print(f"WARNING: the checkpoint in {self.folder} is damaged ({error}): starting afresh")
            shutil.rmtree(self.folder)  # whatever is in the place of its files
            self.folder.mkdir()
            return 0
        if found is None:
            print(f"checkpoint in {self.folder} is of another configuration: starting afresh")
            return 0
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self.folder / found["weights"])
        for variable, value in zip(random_states(model), found["random_states"], strict=True):
            variable.assign(value)
        self.memories, self.best = found["callbacks"], found["best"]
        self.spent_before = found["spent"]
        remove(self.log)
        self.log.write_text(found["losses"], encoding="utf-8")
        print(f"resuming after epoch {found['epochs']}")
        return found["epochs"]

    def _read_state(self) -> dict | None:
        """Read the last checkpoint's state; None if it is of another configuration, DamagedError if it is not whole.

        A disk that was full, a power cut or a clean-up of a scratch folder leave files that are short or gone. The
        weights are checked before a network takes any, as one that took half of them could not start afresh.
        """
        try:
            found = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
            if found["fingerprint"] != self.fingerprint:
                return None
            if found["digest"] != digest_of(found):
                raise DamagedError("state.json is not what was written")
            for name, sha256 in found["sha256"].items():
                if not (self.folder / name).is_file():
                    raise DamagedError(f"{name} is gone")
                if sha256_of(self.folder / name) != sha256:
                    raise DamagedError(f"{name} is not what was written")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise error if isinstance(error, DamagedError) else DamagedError(f"state.json: {error}") from None
        return found

    def on_train_begin(self, logs=None):
        if self.memories:
            for callback, memory in zip(self.with_memory, self.memories, strict=True):
                callback.restore(memory)

    def start_clock(self) -> None:
        """From now on, time counts as training."""
        self.started = time.perf_counter()

    def spent(self) -> dict[str, float]:
        """Seconds of training, and the most memory of its processes (MB), with what lies behind the checkpoint."""
        return {
            "seconds": self.spent_before["seconds"] + time.perf_counter() - self.started,
            "peak_memory_mb": max(self.spent_before["peak_memory_mb"], peak_memory_mb()),
        }

    def _save_weights(self, name: str) -> None:
        """Write all variables; a full disk is told as such, and the checkpoint before it stays the last one."""
        path = self.folder / name
        written = (*self.model.variables, *self.model.optimizer.variables)
        check_space(path, sum(4 * int(np.prod(each.shape)) for each in written))
        with full_disk_told(path):
            self.model.save_weights(path)

    def _keep_best(self, epoch: int, value: float | None) -> None:
        if value is not None and (self.best is None or value < self.best["value"]):
            self.best = {"epoch": epoch, "value": float(value), "weights": f"best-{epoch + 1}.weights.h5"}
            self._save_weights(self.best["weights"])

    def _best_weights(self) -> list[str]:
        return [self.best["weights"]] if self.best else []

    def on_epoch_end(self, epoch, logs=None):
        if not all(np.isfinite(value) for value in (logs or {}).values()):
            return
        if self.monitor:
            self._keep_best(epoch, (logs or {}).get(self.monitor))
        if (epoch + 1) % self.interval:
            return
        weights = f"epoch-{epoch + 1}.weights.h5"
        self._save_weights(weights)
        state = {
            "epochs": epoch + 1,
            "weights": weights,
            "random_states": [variable.numpy().tolist() for variable in random_states(self.model)],
            "callbacks": [callback.state() for callback in self.with_memory],
            "best": self.best,
            "fingerprint": self.fingerprint,
            "spent": self.spent(),
            "losses": self.log.read_text(encoding="utf-8") if self.log.exists() else "",
            "sha256": {name: sha256_of(self.folder / name) for name in (weights, *self._best_weights())},
        }
        write_json({**state, "digest": digest_of(state)}, self.folder / "state.json")
        for old in self.folder.glob("*.weights.h5"):
            if old.name not in (weights, *self._best_weights()):
                old.unlink()

    def on_train_end(self, logs=None):
        if self.best:
            self.model.load_weights(self.folder / self.best["weights"])

    def record(self) -> dict:
        """Tell which epoch was kept, where it is the best of a ``monitor``."""
        return {"best_epoch": self.best["epoch"], self.monitor: self.best["value"]} if self.best else {}


def digest_of(state: dict) -> str:
    """Return the SHA-256 of a checkpoint's state, but for its own ``digest``."""
    content = {key: value for key, value in state.items() if key != "digest"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def remove(path: Path) -> None:
    """Remove a file, or a folder that is in its place; nothing happens where there is none."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def lines_of(path: Path) -> int:
    """Count the lines of a text file."""
    return len(path.read_text(encoding="utf-8").splitlines())
