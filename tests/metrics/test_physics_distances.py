"""FPD and KPD against closed forms, scipy and plain loops."""

from itertools import product

import numpy as np
import pytest
from scipy import linalg

from deepcollider.metrics import physics_distances
from deepcollider.metrics.physics_distances import (
    frechet_distance,
    frechet_physics_distance,
    kernel_physics_distance,
    squared_mmd,
)

COVARIANCE_A = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]])
COVARIANCE_B = np.array([[1.0, -0.4, 0.2], [-0.4, 1.5, 0.0], [0.2, 0.0, 0.8]])
MEAN_A, MEAN_B = np.array([1.0, 0.0, -0.5]), np.array([0.7, 0.2, -0.5])


def _frechet_by_root(mean_a, covariance_a, mean_b, covariance_b):
    """The textbook formula with the root of a general matrix."""
    root = linalg.sqrtm(covariance_a @ covariance_b)
    return np.sum((mean_a - mean_b) ** 2) + np.trace(covariance_a + covariance_b - 2 * root).real


def test_frechet_distance_is_that_with_scipys_matrix_root():
    expected = _frechet_by_root(MEAN_A, COVARIANCE_A, MEAN_B, COVARIANCE_B)
    assert frechet_distance((MEAN_A, COVARIANCE_A), (MEAN_B, COVARIANCE_B)) == pytest.approx(expected, rel=1e-10)


def test_frechet_distance_of_independent_features_is_by_hand():
    # per feature (mu1 - mu2)^2 + (sigma1 - sigma2)^2; the last two do not vary in one, and in both
    a = np.zeros(4), np.diag([4.0, 1.0, 0.0, 0.0])
    b = np.array([1.0, 0.0, 0.0, 0.5]), np.diag([1.0, 9.0, 2.25, 0.0])
    assert frechet_distance(a, b) == pytest.approx(1 + 1 + 4 + 2.25 + 0.25)


@pytest.mark.parametrize("n", [3_000, 60_000])
def test_fpd_of_normal_samples_is_the_closed_form_within_its_error(n):
    rng = np.random.default_rng(n)
    truth = rng.multivariate_normal(MEAN_A, COVARIANCE_A, n)
    generated = rng.multivariate_normal(MEAN_B, COVARIANCE_B, n + 500)
    value, error = frechet_physics_distance(truth, generated, seed=1)
    scale = np.abs(truth).max(axis=0)
    both = [(mean / scale, covariance / np.outer(scale, scale)) for mean, covariance in
            ((MEAN_A, COVARIANCE_A), (MEAN_B, COVARIANCE_B))]  # fmt: skip
    expected = _frechet_by_root(*both[0], *both[1])
    assert value == pytest.approx(expected, abs=3 * error)
    assert 0 < error < 0.2 * expected


def test_fpd_has_the_error_that_it_states_and_no_bias():
    truth_scale = np.ones((1, 5))  # the same normalisation in all samples
    pulls, values, nulls = [], [], []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        truth, same, other = (np.clip(0.3 * rng.standard_normal((400, 5)), -1, 1) for _ in range(3))
        truth = np.concatenate([truth, truth_scale, -truth_scale])
        value, error = frechet_physics_distance(truth, other + 0.1, seed=seed)
        values.append(value)
        pulls.append((value - 5 * 0.1**2) / error)
        nulls.append(np.divide(*frechet_physics_distance(truth, same, seed=seed)))
    assert abs(np.mean(pulls)) < 4 / np.sqrt(len(pulls))
    assert 0.6 < np.std(pulls) < 1.5
    assert np.max(nulls) < 3.5


def test_extrapolation_removes_the_bias_of_finite_samples():
    rng = np.random.default_rng(3)
    truth, same = rng.standard_normal((2, 2000, 20))
    value, error = frechet_physics_distance(truth, same)
    scale = np.abs(truth).max(axis=0)
    plain = _frechet_by_root(
        *((truth / scale).mean(axis=0), np.cov(truth / scale, rowvar=False)),
        *((same / scale).mean(axis=0), np.cov(same / scale, rowvar=False)),
    )
    assert plain > 5 * error
    assert value < 3 * error


def test_batches_are_jetnets_where_the_samples_allow_it():
    """The prescription of the paper, spelled out with numpy and scipy's curve fit."""
    rng = np.random.default_rng(4)
    truth, generated = rng.standard_normal((50_000, 2)), rng.standard_normal((50_001, 2)) + 0.1
    scale = np.abs(truth).max(axis=0)
    draw = np.random.default_rng(9)
    sizes, means = (1 / np.linspace(1 / 20_000, 1 / 50_000, 10)).astype(int), []
    for size in sizes:
        values = []
        for _ in range(20):
            batches = [(each / scale)[draw.choice(len(each), size)] for each in (truth, generated)]
            moments = [(batch.mean(axis=0), np.cov(batch, rowvar=False)) for batch in batches]
            values.append(_frechet_by_root(*moments[0], *moments[1]))
        means.append(np.mean(values))
    (_, expected), covariance = np.polyfit(1 / sizes, means, 1, cov=True)
    value, error = frechet_physics_distance(truth, generated, seed=9)
    assert value == pytest.approx(expected, rel=1e-9)
    assert error > np.sqrt(covariance[1, 1])
    assert physics_distances._values_of_batches((truth / scale, generated / scale), 9)[1] == pytest.approx(means)


def _mmd_by_loops(a, b):
    def kernel(x, y):
        return (np.dot(x, y) / len(x) + 1) ** 4

    within_a = sum(kernel(a[i], a[j]) for i, j in product(range(len(a)), repeat=2) if i != j)
    within_b = sum(kernel(b[i], b[j]) for i, j in product(range(len(b)), repeat=2) if i != j)
    between = sum(kernel(x, y) for x, y in product(a, b))
    return within_a / (len(a) * (len(a) - 1)) + within_b / (len(b) * (len(b) - 1)) - 2 * between / (len(a) * len(b))


def test_squared_mmd_is_the_double_sum_over_pairs(monkeypatch):
    monkeypatch.setattr(physics_distances, "ROWS", 7)  # several blocks, the last one not full
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((23, 4)), rng.standard_normal((31, 4)) + 0.3
    assert squared_mmd(a, b) == pytest.approx(_mmd_by_loops(a, b), rel=1e-10)


def _mmd_of_moments(moments_a, moments_b):
    """Squared MMD of one-dimensional distributions: (x y + 1)^4 is a sum over powers with binomial coefficients."""
    binomial = np.array([4, 6, 4, 1])
    return np.sum(binomial * (np.array(moments_a) - np.array(moments_b)) ** 2)


def test_kpd_in_one_dimension_is_that_of_the_moments():
    rng = np.random.default_rng(6)
    truth = np.append(rng.uniform(-1, 1, 15_000), 1.0)[:, None]  # so the largest absolute value is 1
    generated = rng.uniform(0, 1, 15_000)[:, None]
    expected = _mmd_of_moments([0, 1 / 3, 0, 1 / 5], [1 / 2, 1 / 3, 1 / 4, 1 / 5])
    value, error = kernel_physics_distance(truth, generated)
    assert value == pytest.approx(expected, abs=2 * error)
    assert 0 < error < 0.05 * expected
    scaled, _ = kernel_physics_distance(7 * truth, 7 * generated)
    assert scaled == pytest.approx(value)


def test_kpd_is_median_and_spread_of_its_batches():
    rng = np.random.default_rng(7)
    truth, generated = rng.standard_normal((200, 2)), rng.standard_normal((260, 2)) + 0.2
    scale = np.abs(truth).max(axis=0)
    draw = np.random.default_rng(11)
    orders = draw.permutation(200), draw.permutation(260)
    values = [
        _mmd_by_loops(truth[orders[0][i : i + 20]] / scale, generated[orders[1][i : i + 20]] / scale)
        for i in range(0, 200, 20)
    ]
    low, high = np.percentile(values, [16.275, 83.725])
    assert kernel_physics_distance(truth, generated, seed=11) == pytest.approx((np.median(values), (high - low) / 2))


def _mmd_by_power_sums(a, b):
    """Unbiased squared MMD in one dimension from sums of powers, without pairs."""

    def within(x):
        return sum(c * (np.sum(x**k) ** 2 - np.sum(x ** (2 * k))) for k, c in enumerate((1, 4, 6, 4, 1)))

    between = sum(c * np.sum(a**k) * np.sum(b**k) for k, c in enumerate((1, 4, 6, 4, 1)))
    n, m = len(a), len(b)
    return within(a) / (n * (n - 1)) + within(b) / (m * (m - 1)) - 2 * between / (n * m)


def test_kernel_batches_are_jetnets_where_the_samples_allow_it():
    rng = np.random.default_rng(12)
    truth, generated = rng.uniform(-1, 1, 50_001), rng.uniform(-0.9, 1, 50_000)
    values = []
    for batch in range(10):
        draw = np.random.default_rng(9 + 1000 * batch)
        a, b = (each[draw.choice(len(each), 5000)] / np.abs(truth).max() for each in (truth, generated))
        values.append(_mmd_by_power_sums(a, b))
    value, _ = kernel_physics_distance(truth[:, None], generated[:, None], seed=9)
    assert value == pytest.approx(np.median(values), rel=1e-6)


def test_fpd_keeps_its_digits_far_from_zero():
    truth, generated = np.random.default_rng(13).standard_normal((2, 1000, 1)) * [[[1.0]], [[1.5]]]
    far = 1e8
    near_value, _ = frechet_physics_distance(truth, generated)
    far_value, _ = frechet_physics_distance(truth + far, generated + far)
    scales = np.abs(truth).max(), np.abs(truth + far).max()
    assert far_value * scales[1] ** 2 == pytest.approx(near_value * scales[0] ** 2, rel=1e-3)


def test_kpd_is_zero_for_samples_of_one_distribution():
    pulls = []
    for seed in range(30):
        truth, same = np.random.default_rng(seed).standard_normal((2, 400, 6))
        value, error = kernel_physics_distance(truth, same, seed=seed)
        pulls.append(value / error)
    assert abs(np.mean(pulls)) < 0.4
    assert np.max(np.abs(pulls)) < 2.5


@pytest.fixture(scope="module")
def correlated():
    """Truth and a second sample of it (3000, 6), with correlations of 0.7 throughout."""
    rng = np.random.default_rng(8)
    return np.sqrt(0.3) * rng.standard_normal((2, 3000, 6)) + np.sqrt(0.7) * rng.standard_normal((2, 3000, 1))


def _permuted(sample):
    rng = np.random.default_rng(0)
    return np.column_stack([rng.permutation(column) for column in sample.T])


DEFECTS = {"shifted mean": lambda sample: sample + 0.3, "dropped correlation": _permuted, "too narrow": lambda s: s / 2}


@pytest.mark.parametrize("distance", [frechet_physics_distance, kernel_physics_distance])
@pytest.mark.parametrize("defect", list(DEFECTS))
def test_planted_defects_are_seen(correlated, distance, defect):
    truth, same = correlated
    floor, floor_error = distance(truth, same)
    value, error = distance(truth, DEFECTS[defect](same))
    assert value - floor > 3 * np.hypot(error, floor_error)


@pytest.mark.parametrize("distance", [frechet_physics_distance, kernel_physics_distance])
def test_same_seed_same_numbers_and_what_cannot_be_compared(correlated, distance):
    truth, same = correlated
    assert distance(truth, same, seed=3) == distance(truth, same, seed=3)
    assert distance(truth, same, seed=3) != distance(truth, same, seed=4)
    assert np.isnan(distance(truth, same[:19])).all()
    assert np.isfinite(distance(truth, same[:20])).all()
    constant = np.column_stack([truth, np.zeros(len(truth))]), np.column_stack([same, np.zeros(len(same))])
    assert np.isfinite(distance(*constant)).all()
    with pytest.raises(ValueError, match="infinite or missing"):
        distance(truth, np.where(same > 2, np.nan, same))
