"""What boosted trees learn of the difference between truth and a generator, and how it is taken out again.

Trees that tell true events (training events alone) from generated ones give an estimate of the ratio of their
densities, w = p / (1 - p). A generated event is kept with probability w / ``most_weight``, at most 1, and drawn again
otherwise; what is kept follows truth as far as trees can tell and the ratio does not exceed ``most_weight``. That is
discriminator rejection sampling (Azadi et al. 2018, arXiv:1810.06758), in particle physics known as refinement of a
generator by a classifier (DCTRGAN, Diefenbacher et al. 2020, arXiv:2009.03796). It costs generation the events that
are drawn again, and the likelihood its normalisation.
"""

import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from deepcollider.features.tree_inputs import tree_inputs
from deepcollider.files import written_whole
from deepcollider.machine import describe_machine, peak_memory_mb
from deepcollider.physics.events import Events

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

LEARNING = {"learning_rate": 0.05, "min_samples_leaf": 100, "l2_regularization": 1.0, "early_stopping": False}
"""Of scikit-learn's HistGradientBoostingClassifier."""

STEP = 10
"""The number of trees is a multiple of this: that at which held-out events are told apart best."""

GENERATED_PER_TRUE = 3
"""Trees learn from so many generated events for each true one: these cost little, and true ones are few."""

LEAST_EVENTS = 20
"""A side, both of those to learn from and of those held out, and of those that have what is a column: fewer teach trees
nothing."""


@dataclass(frozen=True)
class Refinement:
    """Trees that give the probability of being true, what they look at, the largest weight, and how they were found.

    ``columns`` are names of :mod:`deepcollider.features.tree_inputs`. ``fit``: trees, leaves (of all of them), events
    (true ones that they learnt from), held_out (true ones), log_loss (of those held out; log 2 where nothing can be
    told apart), accepted (share of generated events that are kept), seconds.
    """

    trees: "HistGradientBoostingClassifier"
    columns: tuple[str, ...]
    most_weight: float
    fit: dict

    def weights(self, events: Events, threads: int = 1) -> np.ndarray:
        """Estimate of the ratio of densities truth / generated, at most ``most_weight``: (N,) float64."""
        from threadpoolctl import threadpool_limits

        if not len(events):
            return np.zeros(0)
        with threadpool_limits(threads, user_api="openmp"):
            return weights_of(self.trees, rows_of(tree_inputs(events), self.columns), self.most_weight)

    def accepts(self, events: Events, rng: np.random.Generator, threads: int = 1) -> np.ndarray:
        """Which events are kept, (N,) bool; random."""
        return rng.random(len(events)) * self.most_weight < self.weights(events, threads)

    def save(self, path: str | Path) -> None:
        """Write it to one file, for the same version of scikit-learn."""
        with written_whole(path) as temporary:
            temporary.write_bytes(pickle.dumps(self))

    @classmethod
    def load(cls, path: str | Path) -> "Refinement":
        return pickle.loads(Path(path).read_bytes())


def rows_of(inputs: dict[str, np.ndarray], columns: Sequence[str]) -> np.ndarray:
    """What trees see of events, (N, F) float32."""
    return np.stack([inputs[name] for name in columns], axis=1)


def weights_of(trees: "HistGradientBoostingClassifier", rows: np.ndarray, most_weight: float) -> np.ndarray:
    """Weights (N,) of rows (N, F), at most ``most_weight``."""
    return np.minimum(np.exp(trees.decision_function(rows)), most_weight)


def fit_refinement(
    truth: Events,
    generated: Events,
    held_out: tuple[Events, Events],
    *,
    most_weight: float,
    trees: int,
    leaves: int,
    seed: int,
) -> Refinement:
    """Learn from true and generated training events; ``held_out`` (true, generated) decide how many trees are best.

    There may be more of one kind than of the other: both count as much. With too few to learn from or to hold out, a
    ValueError.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import log_loss
    from threadpoolctl import threadpool_limits

    fewest = min(map(len, (truth, generated, *held_out)))
    if fewest < LEAST_EVENTS:
        raise ValueError(
            f"{fewest} events to refine a generator with; it takes {LEAST_EVENTS} of each kind, to learn from and held "
            "out: simulate more events, or leave this system out"
        )
    start = time.perf_counter()
    inputs = [tree_inputs(events) for events in (truth, generated, *held_out)]
    columns = tuple(
        name for name in inputs[0] if min(np.isfinite(each[name]).sum() for each in inputs[:2]) >= LEAST_EVENTS
    )
    samples = [rows_of(each, columns) for each in inputs]
    rows, labels, shares = _labelled(*samples[:2])
    rows_out, labels_out, shares_out = _labelled(*samples[2:])

    def fitted(n: int) -> HistGradientBoostingClassifier:
        model = HistGradientBoostingClassifier(max_iter=n, max_leaf_nodes=leaves, random_state=seed % 2**32, **LEARNING)
        return model.fit(rows, labels, sample_weight=shares)

    with threadpool_limits(1, user_api="openmp"):
        most = fitted(trees)
        losses = [
            log_loss(labels_out, probabilities[:, 1], sample_weight=shares_out)
            for probabilities in most.staged_predict_proba(rows_out)
        ]
        best = STEP * (1 + int(np.argmin(losses[STEP - 1 :: STEP])))
        model = fitted(best) if best < trees else most
        kept = weights_of(model, samples[3], most_weight).mean() / most_weight
    fit = {
        "trees": best,
        "leaves": sum(int(tree.get_n_leaf_nodes()) for (tree,) in model._predictors),
        "events": len(truth),
        "held_out": len(held_out[0]),
        "log_loss": float(losses[best - 1]),
        "accepted": float(kept),
        "seconds": time.perf_counter() - start,
    }
    return Refinement(model, columns, most_weight, fit)


def _labelled(truth: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of both, which are true, and how much each counts: both kinds together as much as all rows."""
    labels = np.repeat([True, False], [len(truth), len(generated)])
    shares = len(labels) / 2 / np.where(labels, len(truth), len(generated))
    return np.concatenate([truth, generated]), labels, shares


def refinement_cost(refinement: Refinement, threads: int) -> dict:
    """Record of what the fit cost, as those of trainings (``generators.training.cost_record``), with how it went."""
    return {
        "part": "refinement",
        "seconds": refinement.fit["seconds"],
        "peak_memory_mb": peak_memory_mb(),
        "trainable_parameters": refinement.fit["leaves"],
        "threads": threads,
        "machine": describe_machine(),
        "fit": refinement.fit,
    }
