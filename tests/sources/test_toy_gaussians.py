"""Toy Gaussians against their means and covariances, within statistical errors."""

import numpy as np
import pytest
from scipy import stats

from deepcollider.sources.toy_gaussians import POINT_DTYPE, draw_points, write_points
from deepcollider.store.rows import RowReader

PUBLISHED = {
    0: ([20.0, 20.0], [[10.0, 9.0], [9.0, 15.0]]),
    1: ([30.0, 10.0], [[10.0, -9.0], [-9.0, 25.0]]),
}
N = 40_000


@pytest.fixture(scope="module")
def points():
    return draw_points(N, np.random.default_rng(12))


def of_category(points, category):
    chosen = points[points["category"] == category]
    return np.stack([chosen["x"], chosen["y"]], axis=1).astype(float)


def test_as_many_points_of_each_in_random_order(points):
    assert points.dtype == POINT_DTYPE and len(points) == 2 * N
    assert (points["category"] == 1).sum() == N
    first_half = (points["category"][:N] == 1).sum()
    assert abs(first_half - N / 2) < 5 * np.sqrt(N) / 2 / np.sqrt(2)  # hypergeometric


@pytest.mark.parametrize("category", PUBLISHED)
def test_mean(points, category):
    mean, covariance = PUBLISHED[category]
    off = of_category(points, category).mean(axis=0) - mean
    chi2 = N * off @ np.linalg.solve(covariance, off)
    assert 1e-4 < stats.chi2(2).sf(chi2) < 1 - 1e-4


@pytest.mark.parametrize("category", PUBLISHED)
def test_covariance(points, category):
    covariance = np.array(PUBLISHED[category][1])
    found = np.cov(of_category(points, category).T)
    variances = np.diag(covariance)
    error = np.sqrt((np.outer(variances, variances) + covariance**2) / (N - 1))
    assert (np.abs(found - covariance) < 4 * error).all()
    assert np.sign(found[0, 1]) == (1 if category == 0 else -1)


@pytest.mark.parametrize("category", PUBLISHED)
def test_shape(points, category):
    """Squared distances from the mean, in the metric of the covariance, follow chi2 of two degrees of freedom."""
    mean, covariance = PUBLISHED[category]
    off = of_category(points, category) - mean
    distances = np.einsum("ni,ij,nj->n", off, np.linalg.inv(covariance), off)
    assert stats.kstest(distances, stats.chi2(2).cdf).pvalue > 1e-3
    angles = np.linalg.solve(np.linalg.cholesky(covariance), off.T)
    assert stats.kstest(np.arctan2(*angles), stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3


@pytest.fixture
def written(tmp_path):
    def write(name, n, seed):
        paths = {split: tmp_path / f"{name}-{split}.h5" for split in ("train", "test")}
        write_points(paths, n, seed)
        return paths

    return write


def rows_of(path):
    with RowReader(path) as reader:
        assert list(reader.layout) == ["points"]
        return reader.read()["points"], reader.attributes


def test_train_and_test_are_independent(written):
    paths = written("a", 5000, 1)
    (train, attributes), (test, _) = rows_of(paths["train"]), rows_of(paths["test"])
    assert len(train) == len(test) == 10_000
    assert attributes["points_per_category"] == 5000 and attributes["split"] == "train"
    assert attributes["gaussians"][1] == {"mean": [30, 10], "covariance": [[10, -9], [-9, 25]]}
    assert not set(zip(train["x"].tolist(), train["y"].tolist(), strict=True)) & set(
        zip(test["x"].tolist(), test["y"].tolist(), strict=True)
    )
    for category in PUBLISHED:
        first, second = of_category(train, category), of_category(test, category)
        for axis in (0, 1):
            correlation = np.corrcoef(first[:, axis], second[:, axis])[0, 1]
            assert abs(correlation) < 5 / np.sqrt(5000)
            assert stats.ks_2samp(first[:, axis], second[:, axis]).pvalue > 1e-3


def test_seed_fixes_every_byte(written):
    first, again, other = (written(name, 50, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    for split in ("train", "test"):
        assert first[split].read_bytes() == again[split].read_bytes()
        assert first[split].read_bytes() != other[split].read_bytes()


def test_no_points_are_refused(tmp_path):
    with pytest.raises(ValueError, match="0 points"):
        write_points({"train": tmp_path / "train.h5"}, 0, 1)
    assert list(tmp_path.iterdir()) == []
