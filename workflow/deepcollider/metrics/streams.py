"""Summaries of values that come in batches: histogram, moments, a random sample, correlations. Constant memory.

What they give does not depend on how the values are cut into batches (correlations and moments: but for rounding).
"""

from typing import Any

import numpy as np


class Histogram:
    """Counts of values in equal bins over a fixed range, with those below, above and missing (NaN or infinite)."""

    def __init__(self, low: float, high: float, n_bins: int):
        self.low, self.high, self.n_bins = low, high, n_bins
        self._counts = np.zeros(n_bins + 2, np.int64)
        self.missing = 0

    @property
    def edges(self) -> np.ndarray:
        """Bin edges, (n_bins + 1,)."""
        return np.linspace(self.low, self.high, self.n_bins + 1)

    def add(self, values: np.ndarray) -> None:
        """Count values of any shape; the last edge is inside, as in numpy."""
        values = np.ravel(values).astype(np.float64)
        finite = values[np.isfinite(values)]
        self.missing += values.size - finite.size
        bins = np.searchsorted(self.edges, finite, side="right")
        bins[finite == self.high] = self.n_bins
        self._counts += np.bincount(bins, minlength=self.n_bins + 2)

    def as_dict(self) -> dict[str, Any]:
        """Range, counts inside, and the numbers of values below, above and missing."""
        return {
            "low": self.low,
            "high": self.high,
            "counts": self._counts[1:-1].tolist(),
            "below": int(self._counts[0]),
            "above": int(self._counts[-1]),
            "missing": self.missing,
        }


class Moments:
    """Number, mean, standard deviation, skewness and excess kurtosis of finite values (Pebay 2008, SAND2008-6212)."""

    def __init__(self) -> None:
        self.n, self.mean = 0, 0.0
        self._m2 = self._m3 = self._m4 = 0.0  # sums of powers of the deviations from the mean
        self.smallest, self.largest = np.inf, -np.inf

    def add(self, values: np.ndarray) -> None:
        values = np.ravel(values).astype(np.float64)
        values = values[np.isfinite(values)]
        if not values.size:
            return
        n_a, n_b = self.n, values.size
        mean = float(values.mean())
        deviation = values - mean
        m2, m3, m4 = (float(np.sum(deviation**power)) for power in (2, 3, 4))
        n, delta = n_a + n_b, mean - self.mean
        self._m4 += (
            m4
            + delta**4 * n_a * n_b * (n_a**2 - n_a * n_b + n_b**2) / n**3
            + 6 * delta**2 * (n_a**2 * m2 + n_b**2 * self._m2) / n**2
            + 4 * delta * (n_a * m3 - n_b * self._m3) / n
        )
        self._m3 += m3 + delta**3 * n_a * n_b * (n_a - n_b) / n**2 + 3 * delta * (n_a * m2 - n_b * self._m2) / n
        self._m2 += m2 + delta**2 * n_a * n_b / n
        self.mean += delta * n_b / n
        self.n = n
        self.smallest, self.largest = min(self.smallest, values.min()), max(self.largest, values.max())

    def as_dict(self) -> dict[str, float | None]:
        """Population moments; None where they are not defined (no value, or all the same)."""
        known = self.n > 0
        spread = self._m2 > 0
        return {
            "n": self.n,
            "mean": self.mean if known else None,
            "std": float(np.sqrt(self._m2 / self.n)) if known else None,
            "skewness": float(np.sqrt(self.n) * self._m3 / self._m2**1.5) if spread else None,
            "kurtosis": float(self.n * self._m4 / self._m2**2 - 3) if spread else None,
            "smallest": float(self.smallest) if known else None,
            "largest": float(self.largest) if known else None,
        }


class RandomSample:
    """At most ``size`` of the values, each set of them equally likely: those with the smallest random numbers."""

    def __init__(self, size: int, seed: int):
        self.size = size
        self._rng = np.random.default_rng(seed)
        self._keys, self._values = np.zeros(0), np.zeros(0)

    def add(self, values: np.ndarray) -> None:
        values = np.ravel(values).astype(np.float64)
        keys = np.concatenate([self._keys, self._rng.random(values.size)])
        values = np.concatenate([self._values, values])
        kept = np.sort(np.argsort(keys, kind="stable")[: self.size])  # in the order in which they came
        self._keys, self._values = keys[kept], values[kept]

    @property
    def drawn(self) -> np.ndarray:
        """The values, in the order in which they came."""
        return self._values


class PairwiseCorrelation:
    """Pearson correlations of k features, each pair over the rows that have both (as pandas' ``corr``)."""

    def __init__(self, n_features: int):
        self._shift: np.ndarray | None = None
        shape = (n_features, n_features)
        self.n = np.zeros(shape)  # rows that have both
        self._sum, self._square, self._product = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    def add(self, rows: np.ndarray) -> None:
        """Rows (N, k); NaN or infinite is missing."""
        rows = rows.astype(np.float64)
        present = np.isfinite(rows)
        if self._shift is None:  # near the means, or the sums of squares would lose their digits
            number = present.sum(axis=0)
            self._shift = np.where(present, rows, 0).sum(axis=0) / np.maximum(number, 1)
        x, has = np.where(present, rows - self._shift, 0.0), present.astype(np.float64)
        self.n += has.T @ has
        self._sum += x.T @ has  # [i, j]: of feature i, over the rows that have j
        self._square += (x * x).T @ has
        self._product += x.T @ x

    def matrix(self, min_rows: int = 2) -> np.ndarray:
        """(k, k); NaN where fewer than ``min_rows`` rows have both features, or where one does not vary in them."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, square = self._sum / self.n, self._square / self.n
            variance = square - mean**2
            variance[variance <= 1e-12 * square] = np.nan  # nothing but rounding
            covariance = self._product / self.n - mean * mean.T
            found = np.clip(covariance / np.sqrt(variance * variance.T), -1, 1)
        found[self.n < min_rows] = np.nan
        return found
