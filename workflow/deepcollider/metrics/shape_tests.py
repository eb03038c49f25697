"""Do the features have the shapes that the theses see (VAE thesis 7.2)? Log-normal E, pt and MET; uniform phi.

* Normality: Kolmogorov and Smirnov's largest distance D between the sample and the normal distribution of its own mean
  and standard deviation. Since these are estimated, the usual p-value would be far too large; it is taken from
  simulated normal samples treated the same way (Lilliefors 1967). Above ``NULL_SIZE`` values the null distribution is
  that of Stephens's D (sqrt(n) - 0.01 + 0.85 / sqrt(n)), which hardly depends on n (Stephens 1974).
* Uniformity: the same D, without estimated parameters, and chi2 over ``UNIFORM_BINS`` equal bins.

A p-value says whether a deviation is real, not whether it is large: with many values every idealisation is rejected.
D is the size of the deviation, at most 1. The tests take the values as independent, which objects of the same event
are not quite.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import special, stats

from deepcollider.metrics.distributions import FEATURES, Feature
from deepcollider.metrics.observables import MIN_VALUES
from deepcollider.physics.acceptance import CUTS
from deepcollider.physics.kinds import BY_NAME

COLUMNS = ("kind", "feature", "scale", "test", "statistic", "p_value", "n", "skewness", "kurtosis")
NULL_SAMPLES, NULL_SIZE = 2000, 1000
UNIFORM_BINS = 50

Result = tuple[float, float]  # statistic, p-value


def _largest_distance(ordered_cdf: np.ndarray) -> np.ndarray:
    """D of values whose model CDF (..., n), ascending, is given."""
    n = ordered_cdf.shape[-1]
    steps = np.arange(n + 1) / n
    return np.maximum(np.max(steps[1:] - ordered_cdf, axis=-1), np.max(ordered_cdf - steps[:-1], axis=-1))


def _distance_to_normal(values: np.ndarray) -> np.ndarray:
    """D of samples (..., n) to the normal distribution of their own mean and standard deviation."""
    ordered = np.sort(values, axis=-1)
    mean, std = ordered.mean(axis=-1, keepdims=True), ordered.std(axis=-1, ddof=1, keepdims=True)
    return _largest_distance(special.ndtr((ordered - mean) / std))


def stephens(distance, n: int):
    """D so transformed that its null distribution hardly depends on n (Stephens 1974)."""
    return distance * (np.sqrt(n) - 0.01 + 0.85 / np.sqrt(n))


@lru_cache(maxsize=256)
def _null_distribution(n: int) -> np.ndarray:
    """Transformed D of NULL_SAMPLES normal samples of n values, ascending. The seed is a constant of the test."""
    samples = np.random.default_rng(1967).standard_normal((NULL_SAMPLES, n))
    return np.sort(stephens(_distance_to_normal(samples), n))


def normal_test(values: np.ndarray) -> Result:
    """D to the fitted normal distribution, and its p-value (at least 1 / (NULL_SAMPLES + 1))."""
    if len(values) < MIN_VALUES or np.ptp(values) == 0:
        return np.nan, np.nan
    distance = float(_distance_to_normal(values))
    null = _null_distribution(min(len(values), NULL_SIZE))
    beyond = len(null) - np.searchsorted(null, stephens(distance, len(values)))
    return distance, (1 + beyond) / (1 + len(null))


def uniform_test(values: np.ndarray, low: float, high: float) -> Result:
    """D to the uniform distribution over low..high, and its p-value."""
    if len(values) < MIN_VALUES:
        return np.nan, np.nan
    result = stats.kstest(values, stats.uniform(low, high - low).cdf)
    return float(result.statistic), float(result.pvalue)


def uniform_chi2(values: np.ndarray, low: float, high: float) -> Result:
    """Chi2 of UNIFORM_BINS equal bins over low..high (one degree of freedom less), and its p-value."""
    if len(values) < 5 * UNIFORM_BINS:  # or the chi2 distribution would not apply
        return np.nan, np.nan
    counts, _ = np.histogram(values, UNIFORM_BINS, (low, high))
    result = stats.chisquare(counts)
    return float(result.statistic), float(result.pvalue)


def _limits(feature: Feature) -> tuple[float, float]:
    """Between which a uniform feature would lie: the acceptance of its kind in eta, or the circle."""
    if feature.feature == "eta":
        limit = CUTS[BY_NAME[feature.kind].family].eta
        return -limit, limit
    return -np.pi, np.pi


def _tests_of(feature: Feature, raw: np.ndarray) -> list[tuple[str, str, np.ndarray, Result]]:
    """(scale, test, tested values, result) of all that are made on a feature."""
    if feature.log10:
        scaled = {scale: feature.on_scale(raw, scale) for scale in feature.scales}
        return [(scale, "normal_ks", values, normal_test(values)) for scale, values in scaled.items()]
    tests = [("raw", "normal_ks", raw, normal_test(raw))] if feature.feature == "eta" else []
    return [
        *tests,
        ("raw", "uniform_ks", raw, uniform_test(raw, *_limits(feature))),
        ("raw", "uniform_chi2", raw, uniform_chi2(raw, *_limits(feature))),
    ]


def check_shapes(samples: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """All tests of all features, one row each with COLUMNS; NaN where there are too few values.

    ``samples``: raw values by feature. Skewness and excess kurtosis are of the tested sample.
    """
    rows = []
    for feature in FEATURES:
        for scale, test, values, (statistic, p_value) in _tests_of(feature, samples[feature.name]):
            varies = len(values) >= MIN_VALUES and np.ptp(values) > 0
            skewness, kurtosis = (stats.skew(values), stats.kurtosis(values)) if varies else (np.nan, np.nan)
            rows.append(
                (feature.kind, feature.feature, scale, test, statistic, p_value, len(values), skewness, kurtosis)
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))
