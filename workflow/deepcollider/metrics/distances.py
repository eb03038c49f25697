"""Wasserstein, Jensen-Shannon and Kullback-Leibler between two samples, with bootstrap errors.

The conventions (scaling, binning, smoothing, logarithm) are those of :mod:`deepcollider.metrics.observables`.
"""

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

from deepcollider.metrics.observables import MIN_VALUES, PSEUDO_COUNT, Observable

METRICS = ("wd", "js_distance", "js_divergence", "kl")
N_RESAMPLES = 20
"""Bootstrap resamples for an error, and random splits of truth for a floor."""


def wasserstein(a: np.ndarray, b: np.ndarray, width: float) -> float:
    """Wasserstein-1 distance of two unbinned samples in units of ``width``."""
    return float(stats.wasserstein_distance(a, b) / width)


def bin_numbers(values: np.ndarray, observable: Observable) -> np.ndarray:
    """Bin of each value: 0 underflow, 1 .. n_bins inside, n_bins + 1 overflow. The last edge is inside."""
    numbers = np.searchsorted(observable.edges, values, side="right")
    return np.where(values == observable.range[1], observable.n_bins, numbers)


def histogram(values: np.ndarray, observable: Observable) -> np.ndarray:
    """Counts (n_bins + 2,), underflow first and overflow last."""
    return np.bincount(bin_numbers(values, observable), minlength=observable.n_bins + 2)


def _histograms_resampled(values: np.ndarray, weights: np.ndarray, observable: Observable) -> np.ndarray:
    """Counts (R, n_bins + 2) of values (n,) with each of the weights (R, n); the bins are sought once for all."""
    numbers, n_counts = bin_numbers(values, observable), observable.n_bins + 2
    counts = [np.bincount(numbers, weight, minlength=n_counts) for weight in weights]
    return np.array(counts).reshape(len(weights), n_counts)


def probabilities(counts: np.ndarray) -> np.ndarray:
    """Counts as probabilities along the last axis, with PSEUDO_COUNT added to every bin."""
    smooth = np.asarray(counts, np.float64) + PSEUDO_COUNT
    return smooth / smooth.sum(axis=-1, keepdims=True)


def js_distance(truth: np.ndarray, generated: np.ndarray) -> float:
    """Jensen-Shannon distance of two histograms (counts), natural logarithm: 0 to sqrt(ln 2)."""
    return jensenshannon(probabilities(truth), probabilities(generated), axis=-1)


def js_divergence(truth: np.ndarray, generated: np.ndarray) -> float:
    """Jensen-Shannon divergence of two histograms (counts), natural logarithm: 0 to ln 2."""
    return js_distance(truth, generated) ** 2


def kl_divergence(truth: np.ndarray, generated: np.ndarray) -> float:
    """Kullback-Leibler divergence D(truth || generated) of two histograms (counts), natural logarithm."""
    return stats.entropy(probabilities(truth), probabilities(generated), axis=-1)


def compare(generated: np.ndarray, truth: np.ndarray, observable: Observable) -> dict[str, float]:
    """All METRICS of two samples of values; NaN where a sample has fewer than MIN_VALUES."""
    if min(len(generated), len(truth)) < MIN_VALUES:
        return dict.fromkeys(METRICS, np.nan)
    counts = histogram(truth, observable), histogram(generated, observable)
    return {
        "wd": wasserstein(generated, truth, observable.width),
        "js_distance": float(js_distance(*counts)),
        "js_divergence": float(js_divergence(*counts)),
        "kl": float(kl_divergence(*counts)),
    }


def resample_weights(n: int, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of n entries is drawn in each bootstrap resample of size n: (n_resamples, n) counts."""
    draws = (np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(n_resamples))
    return np.array([draw.astype(np.uint16) for draw in draws]).reshape(n_resamples, n)


def split_weights(n_first: int, n_second: int, n_splits: int, rng: np.random.Generator) -> np.ndarray:
    """Random splits of n_first + n_second entries into two samples of these sizes: (n_splits, all), 1 in the first."""
    in_first = np.repeat([1, 0], [n_first, n_second]).astype(np.uint16)
    return np.array([rng.permutation(in_first) for _ in range(n_splits)]).reshape(n_splits, n_first + n_second)


def _wasserstein_weighted(values: np.ndarray, weights_a, weights_b, width: float) -> np.ndarray:
    """Wasserstein distances (R,) of the same values (n,) with weights (R, n) and others: the area between the two
    distribution functions.

    The same as scipy's with weights, but the values are sorted once for all.
    """
    order = np.argsort(values)
    steps = np.diff(values[order])
    distances = []
    for weight_a, weight_b in zip(weights_a, weights_b, strict=True):
        jumps = (weight_a / weight_a.sum() - weight_b / weight_b.sum())[order]
        distances.append(np.abs(np.cumsum(jumps)[:-1]) @ steps / width)
    return np.array(distances)


def _compare_weighted(values: np.ndarray, generated: np.ndarray, truth: np.ndarray, observable: Observable) -> dict:
    """All METRICS (R,) of the same values with weights (R, n) of either sample; NaN where one of them has none."""
    if not all(weights.any(axis=1).all() for weights in (generated, truth)):
        return {metric: np.full(len(truth), np.nan) for metric in METRICS}
    counts = [_histograms_resampled(values, weights, observable) for weights in (truth, generated)]
    return {
        "wd": _wasserstein_weighted(values, generated, truth, observable.width),
        "js_distance": js_distance(*counts),
        "js_divergence": js_divergence(*counts),
        "kl": kl_divergence(*counts),
    }


def compare_resampled(
    generated: np.ndarray,
    generated_weights: np.ndarray,
    truth: np.ndarray,
    truth_weights: np.ndarray,
    observable: Observable,
) -> dict[str, np.ndarray]:
    """All METRICS in each of R bootstrap resamples: values (n,), weights (R, n), result (R,) by metric.

    The weights are those of whole events, so that features of one object move together from resample to
    resample.
    """
    n, n_resamples = len(generated), len(truth_weights)
    if min(n, len(truth)) < MIN_VALUES:
        return {metric: np.full(n_resamples, np.nan) for metric in METRICS}
    weights = [np.zeros((n_resamples, n + len(truth)), np.uint16) for _ in range(2)]
    weights[0][:, :n], weights[1][:, n:] = generated_weights, truth_weights
    return _compare_weighted(np.concatenate([generated, truth]), *weights, observable)


def compare_splits(
    first: np.ndarray, first_weights: np.ndarray, second: np.ndarray, second_weights: np.ndarray, observable: Observable
) -> dict[str, np.ndarray]:
    """All METRICS between the two samples of each of R splits (:func:`split_weights`) of two samples of truth.

    Values (n,) and weights (R, n) of whole events, as for :func:`compare_resampled`; result (R,) by metric. Its mean
    says what a metric of two samples of truth is on average, which one pair of them does not: that of one feature
    varies by a third or more.
    """
    if min(len(first), len(second)) < MIN_VALUES:
        return {metric: np.full(len(first_weights), np.nan) for metric in METRICS}
    weights = np.concatenate([first_weights, second_weights], axis=1)
    return _compare_weighted(np.concatenate([first, second]), weights, 1 - weights, observable)


def standard_error(resampled: np.ndarray) -> float:
    """Bootstrap standard error: spread of the resamples (R,); NaN for fewer than two."""
    return float(np.std(resampled, ddof=1)) if len(resampled) > 1 else np.nan


def bootstrap_errors(
    generated: np.ndarray,
    truth: np.ndarray,
    observable: Observable,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> dict[str, float]:
    """Standard error of each of METRICS, both samples resampled."""
    rng = np.random.default_rng(seed)
    weights = [resample_weights(len(sample), n_resamples, rng) for sample in (generated, truth)]
    resampled = compare_resampled(generated, weights[0], truth, weights[1], observable)
    return {metric: standard_error(values) for metric, values in resampled.items()}
