"""Tests of shape against scipy, tabulated critical values, and samples whose shape is known."""

import numpy as np
import pytest
from scipy import stats

from deepcollider.metrics import shape_tests
from deepcollider.metrics.distributions import FEATURES
from deepcollider.metrics.shape_tests import check_shapes, normal_test, stephens, uniform_chi2, uniform_test


def normal(n, seed=1):
    return np.random.default_rng(seed).normal(3.0, 0.4, n)


def test_distance_to_normal_is_that_of_scipy():
    values = normal(300)
    fitted = stats.norm(values.mean(), values.std(ddof=1))
    assert normal_test(values)[0] == pytest.approx(stats.kstest(values, fitted.cdf).statistic, rel=1e-12)


@pytest.mark.parametrize("n", [30, 200])
def test_p_value_is_that_of_scipys_monte_carlo(n):
    values = stats.norm.rvs(size=n, random_state=4) + 0.35 * stats.expon.rvs(size=n, random_state=5)
    rng = np.random.default_rng(2)
    expected = stats.goodness_of_fit(stats.norm, values, statistic="ks", n_mc_samples=2000, rng=rng)
    distance, p_value = normal_test(values)
    assert distance == pytest.approx(expected.statistic, rel=1e-6)
    assert p_value == pytest.approx(expected.pvalue, abs=0.045)  # four standard errors of two such simulations


@pytest.mark.parametrize(("level", "critical"), [(0.15, 0.775), (0.10, 0.819), (0.05, 0.895), (0.01, 1.035)])
def test_null_distribution_has_the_critical_values_of_stephens(level, critical):
    """Stephens 1974, table 1A, case 3."""
    assert np.quantile(shape_tests._null_distribution(1000), 1 - level) == pytest.approx(critical, rel=0.03)


def test_rejection_rate_of_normal_samples_is_the_level():
    """Also beyond NULL_SIZE, where the null distribution of another size is used; naive p-values hardly ever reject."""
    p_values = [normal_test(normal(3000, seed))[1] for seed in range(300)]
    assert 0.02 <= np.mean(np.array(p_values) < 0.05) <= 0.09


def test_exponential_is_rejected_and_its_distance_large():
    distance, p_value = normal_test(np.random.default_rng(1).exponential(1.0, 1000))
    assert p_value < 0.001 and distance > 0.1


def test_stephens_hardly_changes_with_n():
    assert stephens(0.02, 2000) == pytest.approx(0.02 * np.sqrt(2000), rel=0.01)


def test_uniform_tests():
    rng = np.random.default_rng(8)
    flat, peaked = rng.uniform(-np.pi, np.pi, 2000), rng.normal(0, 1.2, 2000)
    peaked = peaked[np.abs(peaked) < np.pi]
    for test in (uniform_test, uniform_chi2):
        assert test(flat, -np.pi, np.pi)[1] > 0.01
        assert test(peaked, -np.pi, np.pi)[1] < 1e-6
    expected = stats.chisquare(np.histogram(flat, 50, (-np.pi, np.pi))[0])
    assert uniform_chi2(flat, -np.pi, np.pi) == pytest.approx(tuple(expected))


def test_too_few_or_equal_values_have_no_result():
    for values in (np.zeros(0), normal(19), np.full(100, 2.0)):
        assert np.isnan(normal_test(values)).all()
    assert np.isnan(uniform_test(normal(19), 0, 1)).all()
    assert np.isnan(uniform_chi2(normal(249), 0, 10)).all()


def samples(n=4000):
    """Log-normal energies and momenta, uniform phi, triangular eta."""
    rng = np.random.default_rng(6)
    made = {}
    for feature in FEATURES:
        if feature.log10:
            made[feature.name] = 10 ** rng.normal(1.8, 0.3, n)
        elif feature.feature == "eta":
            made[feature.name] = rng.triangular(-2.37, 0, 2.37, n)
        else:
            made[feature.name] = rng.uniform(-np.pi, np.pi, n)
    return made


def test_table_of_checks_tells_shapes_apart():
    checks = check_shapes(samples())
    logs = checks[(checks["test"] == "normal_ks") & (checks["scale"] == "log10")]
    raws = checks[(checks["test"] == "normal_ks") & (checks["scale"] == "raw") & (checks["feature"] != "eta")]
    assert len(logs) == len(raws) == 16
    assert (logs["p_value"] > 0.001).all() and (raws["p_value"] < 0.001).all()
    phi = checks[checks["feature"].isin(["phi", "met_phi"])]
    assert len(phi) == 16 and (phi["p_value"] > 1e-3).all()
    eta = checks[(checks["feature"] == "eta") & (checks["test"] != "normal_ks")]
    assert len(eta) == 14 and (eta["p_value"] < 1e-6).all()
    row = logs[logs["feature"] == "met"].iloc[0]
    values = np.log10(samples()["met"])
    assert (row["n"], row["skewness"], row["kurtosis"]) == pytest.approx(
        (4000, stats.skew(values), stats.kurtosis(values))
    )


def test_kind_without_any_object_has_empty_rows():
    checks = check_shapes(samples() | {f"photon_{name}": np.zeros(0) for name in ("energy", "pt", "eta", "phi")})
    photons = checks[checks["kind"] == "photon"]
    assert len(photons) == 9 and photons["statistic"].isna().all() and (photons["n"] == 0).all()
