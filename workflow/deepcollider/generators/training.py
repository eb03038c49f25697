"""Training of one part by Keras ``fit``: streamed data, checkpoints, resume, CSV log of losses, record of the cost.

Batches follow the circular stream of the part file, block by block, rows shuffled within a block by a seed that
depends on the block alone; so a resumed training sees exactly the batches that an uninterrupted one sees.
"""

import fcntl
import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
from tqdm.keras import TqdmCallback

from deepcollider.features.scaling import Scaler
from deepcollider.files import sha256_of, write_json, written_whole
from deepcollider.generators.architecture import describe
from deepcollider.generators.backend_tensorflow import dataset, describe_backend, reuse_freed_memory
from deepcollider.generators.checkpoints import (
    CHECKPOINT_FORMAT,
    Checkpoints,
    DivergedError,
    StopWhenNotFinite,
    lines_of,
)
from deepcollider.generators.protocol import GenerativeSystem
from deepcollider.machine import describe_machine, peak_memory_mb
from deepcollider.store.part_files import PartReader
from deepcollider.store.rows import BLOCK_ROWS

Columns = tuple[str, ...] | None
"""Names of the columns of a part file that a network sees; None: all of them."""


@dataclass(frozen=True)
class TrainingPlan:
    """How long and in what portions to train.

    An epoch is ``steps_per_epoch`` steps for every part alike, frequent or rare, or, if that is None, as many as there
    are batches of events: the VAE thesis counts batches too, and lets short files wrap round (7.1). Keras takes
    ``steps_per_execution`` steps at a time, so a longer epoch is rounded up to a multiple of that. A step takes
    ``batches_per_step`` batches: more than one where a critic has several for one of its generator. With ``max_rows``
    only the first so many rows of a part are trained on.
    """

    epochs: int
    batch_size: int
    seed: int
    steps_per_epoch: int | None = None
    steps_per_execution: int = 1
    batches_per_step: int = 1
    max_rows: int | None = None

    @property
    def rows_per_step(self) -> int:
        """Rows that a step takes."""
        return self.batch_size * self.batches_per_step

    def steps(self, n: int) -> int:
        """Steps of an epoch of ``n`` rows."""
        steps = self.steps_per_epoch or max(1, -(-n // self.rows_per_step))
        at_a_time = min(self.steps_per_execution, steps)
        return -(-steps // at_a_time) * at_a_time


def shuffled_blocks(
    path: Path, columns: Columns, max_rows: int | None, scaler: Scaler, size: int, first: int, seed: int
) -> Iterator[np.ndarray]:
    """Scaled blocks (size, F) of the circular stream from block ``first`` on, for ever."""
    with PartReader(path, max_rows, columns) as reader:
        for index, block in zip(itertools.count(first), reader.circular(size, start=first * size), strict=False):
            order = np.random.default_rng([seed, index]).permutation(size)
            yield scaler.transform(block["features"][order])


def training_data(path: Path, scaler: Scaler, plan: TrainingPlan, first_step: int, columns: Columns = None):
    """The endless tf.data pipeline of a part, positioned at the step number ``first_step``."""
    per_block = max(1, BLOCK_ROWS // plan.rows_per_step)
    first_block, skipped = divmod(first_step, per_block)
    size = per_block * plan.rows_per_step
    blocks = partial(shuffled_blocks, path, columns, plan.max_rows, scaler, size, first_block, plan.seed)
    return dataset(blocks, scaler.n_columns, plan.rows_per_step, skip_batches=skipped)


def validation_data(path: Path, scaler: Scaler, batch: int, columns: Columns = None):
    """All rows of the validation part file once, in order; None if it has none."""
    with PartReader(path) as reader:
        n_rows = len(reader)

    def blocks():
        with PartReader(path, columns=columns) as reader:
            for block in reader.batches():
                yield scaler.transform(block["features"])

    return dataset(blocks, scaler.n_columns, batch, n_batches=-(-n_rows // batch)) if n_rows else None


@dataclass(frozen=True)
class Parent:
    """Where a fine-tuned network starts from: the weights in the file ``network``, which ``origin`` describes.

    With ``refit_scaler`` the scaler is fitted to the own training rows; without it, it is the parent's.
    """

    network: str | Path
    origin: dict
    refit_scaler: bool = False

    def record(self) -> dict:
        """JSON content that identifies it."""
        return {
            **self.origin,
            "sha256": sha256_of(self.network),
            "scaler": "refit" if self.refit_scaler else "parent",
        }


def take_weights(network: keras.Model, parent: keras.Model) -> None:
    """Give a network the weights of another of the same architecture."""
    for layer, other in zip(network.layers, parent.layers, strict=True):
        layer.set_weights(other.get_weights())


@contextmanager
def held_alone(folder: Path):
    """Hold a checkpoint folder: a job that outlived a killed workflow must end before its successor resumes."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(folder.name + ".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(parents=True, exist_ok=True)
        yield


def train_part(
    system: GenerativeSystem,
    part: str,
    train_path: Path,
    validation_path: Path,
    plan: TrainingPlan,
    checkpoints: Path,
    network_path: Path,
    log_path: Path,
    cost_path: Path,
    description_path: Path,
    threads: int,
    show_progress: bool = True,
    parent: Parent | None = None,
) -> None:
    """Train the network of one part: the network, one line of losses an epoch, its cost, and what it is made of.

    The cost has the seconds of ``fit`` (with validation and checkpoints; of a training that was resumed, up to the
    checkpoint and from there on), epochs, steps, training rows, numbers of parameters, peak memory of the process (MB),
    and, where there are such, the epoch that was kept, what callbacks recorded, and the ``parent`` whose weights it
    started from.
    A part without a single training row (no such particle in the sample) keeps its first weights: the mask
    generator, fitted to the same sample, never asks for one.
    """
    columns = system.columns(part)
    with PartReader(train_path, plan.max_rows, columns) as reader:
        n_rows, scaler = len(reader), system.scaler(reader)
        plan = replace(plan, batches_per_step=system.batches_per_step)
        steps = plan.steps(n_rows if system.epoch_of_rows or plan.max_rows else reader.attributes["n_events"])
    reuse_freed_memory()
    keras.utils.set_random_seed(plan.seed)
    if parent:
        import_module(system.network_module)
        parent_network = keras.saving.load_model(parent.network, compile=False)
        scaler = scaler if parent.refit_scaler else type(scaler).from_config(parent_network.scaler)
    network = system.build(part, scaler, plan.seed)
    if parent:
        take_weights(network, parent_network)
    network.optimizer.build(network.trainable_variables)  # seconds faster than within the graph of the first step
    network.compile(optimizer=network.optimizer, steps_per_execution=min(plan.steps_per_execution, steps))
    write_json(describe(network), description_path)
    origin = {"parent": parent.record()} if parent else {}
    if not n_rows:
        print(f"WARNING: no {part} in {train_path}; the network stays untrained and is never asked for one")
        spent = {"seconds": 0.0, "peak_memory_mb": peak_memory_mb()}
        record = cost_record(network, part, spent, epochs=0, steps=0, threads=threads, rows=0, **origin)
        write_json(record, cost_path)
        save(network, network_path, "epoch,loss\n", log_path)
        return
    fingerprint = {
        "format": CHECKPOINT_FORMAT,
        "system": system.name,
        "part": part,
        "hyperparameters": system.hyperparameters,
        "plan": asdict(plan),
        "rows": n_rows,
        "scaler": scaler.to_config(),
        **origin,
    }
    checkpoints = Path(checkpoints)
    with held_alone(checkpoints):
        schedules = system.callbacks()
        callback = Checkpoints(checkpoints, fingerprint, max(1, plan.epochs // 20), schedules, system.monitor)
        done = callback.restore(network)
        finite = StopWhenNotFinite(part, system.against_divergence, kept=lambda: callback.best is not None)
        log = callback.log
        callback.start_clock()
        network.fit(
            training_data(Path(train_path), scaler, plan, done * steps, columns),
            validation_data=validation_data(
                Path(validation_path), scaler, system.validation_batch or plan.batch_size, columns
            ),
            steps_per_epoch=steps,
            epochs=plan.epochs,
            initial_epoch=done,
            callbacks=[
                *schedules,
                keras.callbacks.CSVLogger(log, append=done > 0),  # before the checkpoint: none without its line
                finite,
                callback,
                TqdmCallback(
                    epochs=plan.epochs,
                    verbose=0,
                    initial=done,
                    desc=part,
                    unit="epoch",
                    mininterval=2.0,
                    disable=not show_progress,
                ),
            ],
            verbose=0,
        )
        told = [each.record() for each in (callback, finite, *schedules) if hasattr(each, "record")]
        more = {key: value for record in (origin, *told) for key, value in record.items()}
        epochs = lines_of(log) - 1  # fewer than planned, where a callback has ended it
        cost = cost_record(network, part, callback.spent(), epochs, epochs * steps, threads, rows=n_rows, **more)
        write_json(cost, cost_path)
        if not all(np.isfinite(weights).all() for weights in network.get_weights()):
            raise DivergedError(f"weights of {part} are not finite after epoch {epochs}; {system.against_divergence}")
        save(network, network_path, log.read_text(encoding="utf-8"), log_path)
        shutil.rmtree(checkpoints)


def cost_record(
    network: keras.Model, part: str, spent: dict[str, float], epochs: int, steps: int, threads: int, **more
) -> dict:
    """What the network of a part cost: JSON content, see :func:`train_part`; ``more`` is added as it is."""
    return {
        "part": part,
        **spent,
        "epochs": epochs,
        "steps": steps,
        "parameters": network.count_params(),
        "trainable_parameters": sum(int(np.prod(weights.shape)) for weights in network.trainable_weights),
        "threads": threads,
        "machine": describe_machine(),
        "backend": describe_backend(),
        **more,
    }


def save(network: keras.Model, network_path: Path, losses: str, log_path: Path) -> None:
    """Write network and loss log, each whole or not at all."""
    with written_whole(log_path) as path:
        path.write_text(losses, encoding="utf-8")
    with written_whole(network_path) as path:
        network.save(path)
