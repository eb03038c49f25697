"""How many objects of each kind an event has, learnt: kind after kind, each given those before and the conditions.

The statistical mask generator knows the combinations that it has seen, of one sample. This network also knows what lies
between: combinations never seen, and conditions (masses) never trained on. No event gets more objects than there is
room for.
"""

import keras
import numpy as np
from keras import ops

from deepcollider.features.conditions import with_conditions
from deepcollider.generators.networks.layers import dense_chain
from deepcollider.generators.networks.mixtures import NEVER
from deepcollider.physics.kinds import KINDS, MAX_OBJECTS

N_KINDS = len(KINDS)
BEFORE = np.tri(N_KINDS, k=-1, dtype=np.float32)
"""BEFORE[kind, other] is 1 where the other kind comes before."""


def build_numbers(n_conditions: int) -> keras.Model:
    """From (one-hot kind, log(1 + number) of the kinds before, all of them / 20, conditions): logits of 0 to 20."""
    known = keras.Input((n_conditions + 2 * N_KINDS + 1,), name="known")
    hidden = dense_chain(known, [64, 64], "numbers", "silu")
    return keras.Model(known, keras.layers.Dense(MAX_OBJECTS + 1, name="numbers_logits")(hidden), name="numbers")


def log_weights(logits, n_before):
    """Logarithms of the probabilities of 0 to 20 objects (..., 21), where there are so many before (...,) already."""
    fits = np.arange(MAX_OBJECTS + 1, dtype=np.float32) + n_before[..., None] <= MAX_OBJECTS
    logits = ops.where(fits, logits, NEVER)
    return logits - ops.logsumexp(logits, axis=-1, keepdims=True)


def log_probability(network: keras.Model, counts, conditions):
    """Logarithm of the probability (N,) of numbers of objects (N, 7), given conditions (N, C); float32 tensors."""
    n = ops.shape(counts)[0]
    before = counts[:, None, :] * BEFORE
    total = ops.sum(before, axis=-1)
    kinds = ops.broadcast_to(ops.eye(N_KINDS)[None], (n, N_KINDS, N_KINDS))
    conditions = ops.repeat(conditions[:, None, :], N_KINDS, axis=1)
    known = ops.concatenate([kinds, ops.log1p(before), total[..., None] / MAX_OBJECTS, conditions], axis=-1)
    logits = ops.reshape(network(ops.reshape(known, (n * N_KINDS, -1))), (n, N_KINDS, MAX_OBJECTS + 1))
    chosen = ops.cast(counts, "int32")[..., None]
    return ops.sum(ops.take_along_axis(log_weights(logits, total), chosen, axis=-1), axis=(1, 2))


def draw_numbers(network: keras.Model, n: int, conditions: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Numbers of objects of ``n`` events (n, 7) int, all of them with the conditions (C,)."""
    counts = np.zeros((n, N_KINDS), np.int64)
    for kind in range(N_KINDS):
        total = counts.sum(axis=1)
        one_hot = np.broadcast_to(np.eye(N_KINDS)[kind], (n, N_KINDS))
        known = np.concatenate([one_hot, np.log1p(counts), total[:, None] / MAX_OBJECTS], axis=1)
        logits = network(with_conditions(known, conditions))
        weights = np.exp(ops.convert_to_numpy(log_weights(logits, total.astype(np.float32))).astype(np.float64))
        reached = np.cumsum(weights, axis=1)[:, :-1] / weights.sum(axis=1, keepdims=True)
        counts[:, kind] = (reached <= rng.random((n, 1))).sum(axis=1)
    return counts
