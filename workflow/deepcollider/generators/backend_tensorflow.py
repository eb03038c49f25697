"""What must name TensorFlow: data pipelines, gradients, thread settings. Another Keras backend replaces this module."""

import ctypes
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version

import keras
import numpy as np
import tensorflow as tf


def use_threads(n: int) -> None:
    """Bind TensorFlow to ``n`` threads and to deterministic kernels; call before anything is computed."""
    tf.config.threading.set_intra_op_parallelism_threads(n)
    tf.config.threading.set_inter_op_parallelism_threads(n)
    tf.config.experimental.enable_op_determinism()


def n_threads() -> int:
    """Threads that TensorFlow has: as many as it was bound to, or as there are cores."""
    return tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Numbers of two parameters of glibc's ``mallopt``."""


def reuse_freed_memory() -> None:
    """Let the allocator keep what is freed, for the next step of a training to use.

    When the first dataset of a generator runs, TensorFlow tells glibc to give back to the system at once whatever is
    freed. Networks with tensors of megabytes then spend a third of their training in page faults. So one is run here,
    and the order taken back; with another C library nothing happens.
    """
    nothing = tf.TensorSpec((0,), tf.float32)
    for _ in tf.data.Dataset.from_generator(lambda: iter([np.zeros(0, np.float32)]), output_signature=nothing):
        pass
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        for parameter in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD):
            mallopt(parameter, 1 << 30)


def describe_backend() -> str:
    """Backend and version of Keras, for reading times."""
    return f"{keras.backend.backend()}, keras {version('keras')}"


def dataset(
    blocks: Callable[[], Iterator[np.ndarray]],
    n_columns: int,
    batch: int,
    skip_batches: int = 0,
    n_batches: int | None = None,
) -> tf.data.Dataset:
    """A tf.data pipeline of (batch, n_columns) float32 from an iterator of larger blocks.

    ``n_batches`` tells Keras the length of a finite one (the last batch may be shorter).
    """
    signature = tf.TensorSpec((None, n_columns), tf.float32)
    rows = tf.data.Dataset.from_generator(blocks, output_signature=signature)
    batches = rows.rebatch(batch).skip(skip_batches)
    if n_batches is not None:
        batches = batches.apply(tf.data.experimental.assert_cardinality(n_batches))
    options = tf.data.Options()
    options.autotune.enabled = False  # nothing is left to it, and its thread may sleep for a minute before it ends
    return batches.prefetch(2).with_options(options)


def value_and_gradients(function: Callable[[], tuple], variables: list[keras.Variable]) -> tuple:
    """What ``function`` gives, and the gradients of the first of its values with respect to the variables."""
    values = [variable.value for variable in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for value in values:
            tape.watch(value)
        found = function()
    return found, tape.gradient(found[0], values)


def input_gradients(function: Callable, inputs):
    """Gradients of a function of rows with respect to these, row by row (N, columns); they have gradients themselves.

    The function gives one number a row, of that row alone.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        values = function(inputs)
    return tape.gradient(values, inputs)


def graph_of_rows(function: Callable, shapes: list[tuple[tuple[int, ...], str]], rows: int | None = None) -> Callable:
    """A function of tensors (rows, *shape) as one graph; shapes and types in order.

    For any number of rows, or for one number alone: then the graph is compiled for the processor at hand, which takes
    seconds, and is faster ever after.
    """
    signature = [tf.TensorSpec((rows, *shape), kind) for shape, kind in shapes]
    return tf.function(function, input_signature=signature, jit_compile=rows is not None)
