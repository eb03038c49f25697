"""Summaries of streams against numpy, scipy and pandas on the whole array, and their independence of the batches."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from deepcollider.metrics.streams import Histogram, Moments, PairwiseCorrelation, RandomSample

RNG = np.random.default_rng(11)
VALUES = np.concatenate([RNG.normal(2.0, 1.5, 900), RNG.exponential(4.0, 90), [-1.0, 5.0, 5.0, np.nan, np.inf]])
FINITE = VALUES[np.isfinite(VALUES)]


def fed(summary, values, size):
    for start in range(0, len(values), size):
        summary.add(values[start : start + size])
    return summary


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_histogram_as_numpy(size):
    found = fed(Histogram(-1.0, 5.0, 12), VALUES, size).as_dict()
    expected, _ = np.histogram(FINITE, 12, (-1.0, 5.0))
    assert found["counts"] == expected.tolist()
    assert (found["below"], found["above"]) == ((FINITE < -1).sum(), (FINITE > 5).sum())
    assert found["missing"] == 2
    assert sum(found["counts"]) + found["below"] + found["above"] == len(FINITE)


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_moments_as_scipy(size, offset):
    found = fed(Moments(), VALUES + offset, size).as_dict()
    expected = {
        "n": len(FINITE),
        "mean": FINITE.mean() + offset,
        "std": FINITE.std(),
        "skewness": stats.skew(FINITE),
        "kurtosis": stats.kurtosis(FINITE),
        "smallest": FINITE.min() + offset,
        "largest": FINITE.max() + offset,
    }
    assert found == pytest.approx(expected, rel=1e-6)


def test_moments_that_are_not_defined():
    assert Moments().as_dict()["mean"] is None
    constant = fed(Moments(), np.full(10, 3.0), 4).as_dict()
    assert (constant["mean"], constant["std"], constant["skewness"]) == (3.0, 0.0, None)


def test_random_sample_does_not_depend_on_the_batches():
    samples = [fed(RandomSample(50, seed=5), FINITE, size).drawn for size in (1, 13, 5000)]
    assert np.array_equal(samples[0], samples[1]) and np.array_equal(samples[0], samples[2])
    assert len(samples[0]) == 50 and np.isin(samples[0], FINITE).all()
    assert not np.array_equal(samples[0], fed(RandomSample(50, seed=6), FINITE, 13).drawn)


def test_random_sample_takes_all_of_few_and_each_of_many_equally_often():
    assert np.array_equal(fed(RandomSample(50, 1), np.arange(20.0), 6).drawn, np.arange(20.0))
    drawn = np.concatenate([fed(RandomSample(10, seed), np.arange(40.0), 9).drawn for seed in range(800)])
    counts = np.bincount(drawn.astype(int), minlength=40)
    assert stats.chisquare(counts).pvalue > 1e-3


def table(n=600):
    rng = np.random.default_rng(3)
    common = rng.normal(size=n)
    x = np.stack([1e6 + common, common + rng.normal(size=n), rng.exponential(size=n) - common, common, common], axis=1)
    x[rng.random(n) < 0.3, 1] = np.nan
    half = rng.random(n) < 0.5
    x[half, 3], x[~half, 4] = np.nan, np.nan  # never together
    return x


@pytest.mark.parametrize("size", [10, 97, 600])
def test_pairwise_correlation_as_pandas(size):
    rows = table()
    correlation = fed(PairwiseCorrelation(5), rows, size)
    expected = pd.DataFrame(rows).corr(min_periods=20).to_numpy()
    np.testing.assert_allclose(correlation.matrix(20), expected, atol=1e-8, equal_nan=True)
    assert np.isnan(expected[3, 4])
    assert correlation.n[1, 0] == np.isfinite(rows[:, 1]).sum()


def test_no_correlation_with_what_does_not_vary_where_the_other_is():
    rows = table()
    rows[:, 0] = np.where(np.isfinite(rows[:, 3]), 7.0, rows[:, 0])
    matrix = fed(PairwiseCorrelation(5), rows, 50).matrix()
    assert np.isnan(matrix[0, 3]) and np.isfinite(matrix[0, 4])


def test_few_rows_give_no_correlation():
    assert np.isnan(fed(PairwiseCorrelation(5), table(19), 19).matrix(20)).all()
