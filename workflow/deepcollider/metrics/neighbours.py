"""Precision, recall, density and coverage of generated events, by balls around events (k nearest neighbours, k = 5).

The ball of an event reaches to its k-th nearest neighbour in its own sample; an event on its surface is outside. So it
is in the implementation of Naeem et al. (2020, arXiv:2002.09797), where density and coverage come from; precision and
recall are those of Kynkaanniemi et al. (2019, arXiv:1904.06991).

* ``precision``: share of generated events that lie in the ball of any truth event.
* ``recall``: share of truth events that lie in the ball of any generated event.
* ``density``: number of truth events' balls that a generated event lies in, over k; mean of the generated events.
* ``coverage``: share of truth events whose ball has a generated event in it.

A perfect generator gets 1 for density, and for the others a little less than 1, which depends on the features: see the
floor. Radii depend on the sizes of the samples, so both are cut to the same size.
"""

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.neighbors import NearestNeighbors

from deepcollider.metrics.observables import MIN_VALUES

METRICS = ("precision", "recall", "density", "coverage")
K = 5
N_BLOCKS = 10
"""Disjoint parts of the samples, whose scatter gives the errors."""

ROUNDING = 1e-9
"""Relative; so that an event on the surface of a ball is outside, whatever the last digits of its distance."""

ROWS = 500
"""Truth events whose distances are in memory at a time."""


def _radii(sample: np.ndarray) -> np.ndarray:
    """Distance of each event (n, D) to its K-th nearest neighbour, itself not counted."""
    found = NearestNeighbors(n_neighbors=K, algorithm="brute").fit(sample).kneighbors()[0][:, -1]
    return found * (1 - ROUNDING)


def _values(truth: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """METRICS (4,) of samples (n, D) and (m, D)."""
    truth_radii, generated_radii = _radii(truth), _radii(generated)
    balls = np.zeros(len(generated))  # of truth events, that a generated event lies in
    recalled, covered = np.zeros(len(truth), bool), np.zeros(len(truth), bool)
    for start in range(0, len(truth), ROWS):
        rows = slice(start, start + ROWS)
        distances = euclidean_distances(truth[rows], generated)
        inside = distances < truth_radii[rows, None]
        balls += inside.sum(axis=0)
        covered[rows] = inside.any(axis=1)
        recalled[rows] = (distances < generated_radii).any(axis=1)
    return np.array([np.mean(balls > 0), recalled.mean(), balls.mean() / K, covered.mean()])


def neighbour_metrics(
    truth: np.ndarray, generated: np.ndarray, *, max_events: int, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """METRICS and their errors of features without gaps, (N, D) and (M, D), on a scale on which distances make sense.

    Random subsets of both, of at most ``max_events`` and the same size. Errors: scatter of the metrics of N_BLOCKS
    disjoint parts of a size that much smaller, over sqrt(N_BLOCKS); they include the scatter of the radii.
    """
    n = min(len(truth), len(generated), max_events)
    if n < MIN_VALUES:
        return dict.fromkeys(METRICS, (np.nan, np.nan))
    rng = np.random.default_rng(seed)
    truth, generated = (sample[rng.permutation(len(sample))[:n]] for sample in (truth, generated))
    errors = np.full(len(METRICS), np.nan)
    if n >= N_BLOCKS * MIN_VALUES:
        parts = zip(np.array_split(truth, N_BLOCKS), np.array_split(generated, N_BLOCKS), strict=True)
        errors = np.std([_values(*part) for part in parts], axis=0, ddof=1) / np.sqrt(N_BLOCKS)
    values = _values(truth, generated)
    return {name: (float(v), float(e)) for name, v, e in zip(METRICS, values, errors, strict=True)}
