"""Mixtures of codes: drawn from, fitted, written and read."""

import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn.mixture import BayesianGaussianMixture

from deepcollider.generators.mixture import CodeMixture, fit_mixture, mixture_cost

WEIGHTS = np.array([0.6, 0.3, 0.1])
MEANS = np.array([[0.0, 0.0], [10.0, -10.0], [-14.0, 6.0]])
COVARIANCES = np.array([[[1.0, 0.8], [0.8, 1.0]], [[2.0, 0.0], [0.0, 0.1]], [[0.5, -0.3], [-0.3, 4.0]]])


@pytest.fixture
def mixture():
    return CodeMixture(WEIGHTS, MEANS, COVARIANCES, {"seconds": 1.5, "converged": True})


def true_codes(n, seed=0):
    """Drawn by scipy, component by component."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(n, WEIGHTS)
    parts = [
        stats.multivariate_normal(mean, covariance).rvs(count, random_state=rng)
        for mean, covariance, count in zip(MEANS, COVARIANCES, counts, strict=True)
    ]
    return rng.permutation(np.concatenate(parts)).astype(np.float32)


def component_of(codes):
    """The nearest mean: components are many standard deviations apart."""
    return np.linalg.norm(codes[:, None] - MEANS, axis=-1).argmin(axis=1)


def test_sample_has_weights_means_and_covariances_of_the_mixture(mixture):
    n = 60_000
    codes = mixture.sample(n, np.random.default_rng(1))
    assert codes.shape == (n, 2) and codes.dtype == np.float32
    component = component_of(codes)
    for k in range(3):
        chosen = codes[component == k].astype(float)
        assert len(chosen) / n == pytest.approx(WEIGHTS[k], abs=4 * np.sqrt(WEIGHTS[k] * (1 - WEIGHTS[k]) / n))
        variances = np.diag(COVARIANCES[k])
        assert (abs(chosen.mean(axis=0) - MEANS[k]) < 4 * np.sqrt(variances / len(chosen))).all()
        error = np.sqrt((COVARIANCES[k] ** 2 + np.outer(variances, variances)) / len(chosen))
        assert (abs(np.cov(chosen, rowvar=False) - COVARIANCES[k]) < 4 * error).all()
        whitened = (chosen - MEANS[k]) @ np.linalg.inv(np.linalg.cholesky(COVARIANCES[k])).T
        assert stats.kstest(whitened.ravel(), stats.norm.cdf).pvalue > 1e-3


def test_sample_is_in_random_order(mixture):
    component = component_of(mixture.sample(4000, np.random.default_rng(2)))
    assert abs(np.corrcoef(component[:-1], component[1:])[0, 1]) < 0.06


def test_same_seed_same_codes(mixture):
    codes, again, other = (mixture.sample(50, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(codes, again)
    assert (codes != other).any()


def test_weights_that_sum_to_one_but_for_rounding_can_be_drawn_from():
    mixture = CodeMixture(WEIGHTS * (1 + 1e-6), MEANS, COVARIANCES, {})
    assert len(mixture.sample(10, np.random.default_rng(0))) == 10


def test_sample_against_scikit_learn():
    codes = true_codes(3000)
    ours = fit_mixture(codes, 5, 200, seed=1)
    theirs = BayesianGaussianMixture(n_components=5, max_iter=200, random_state=1).fit(codes.astype(float))
    theirs.weights_, theirs.means_, theirs.covariances_ = ours.weights, ours.means, ours.covariances
    drawn, _ = theirs.sample(8000)
    sample = ours.sample(8000, np.random.default_rng(5))
    for axis in range(2):
        assert stats.ks_2samp(sample[:, axis], drawn[:, axis]).pvalue > 1e-3
    assert stats.ks_2samp(sample.sum(axis=1), drawn.sum(axis=1)).pvalue > 1e-3  # of the correlation too


def test_fit_is_scikit_learns():
    codes = true_codes(1000)
    ours = fit_mixture(codes, 4, 50, seed=2)
    theirs = BayesianGaussianMixture(n_components=4, max_iter=50, random_state=2).fit(codes.astype(float))
    np.testing.assert_allclose(ours.weights, theirs.weights_, atol=1e-4)
    np.testing.assert_allclose(ours.means, theirs.means_, atol=1e-3)
    np.testing.assert_allclose(ours.covariances, theirs.covariances_, rtol=1e-3, atol=1e-4)


def test_fit_finds_well_separated_components_and_empties_the_superfluous():
    codes = true_codes(8000)
    mixture = fit_mixture(codes, 6, 1000, seed=1)
    assert mixture.fit["converged"] and mixture.fit["iterations"] <= 1000
    assert mixture.weights.sum() == pytest.approx(1)
    component = component_of(mixture.means)
    for k in range(3):
        chosen = component == k
        assert mixture.weights[chosen].sum() == pytest.approx(WEIGHTS[k], abs=0.02)
        largest = np.flatnonzero(chosen)[mixture.weights[chosen].argmax()]
        np.testing.assert_allclose(mixture.means[largest], MEANS[k], atol=0.2)
        n = mixture.weights[largest] * len(codes)
        expected = COVARIANCES[k] + np.cov(codes, rowvar=False) / n  # the prior counts as one code or two
        np.testing.assert_allclose(mixture.covariances[largest], expected, atol=5 * np.sqrt(2 / n) * expected.max())
    assert np.sort(mixture.weights)[:3].sum() < 0.05
    assert mixture.fit["used_components"] == sum(weight > 1 / 60 for weight in mixture.weights) < 6
    assert (mixture.fit["components"], mixture.fit["codes"]) == (6, 8000)
    assert mixture.fit["seconds"] > 0


def test_same_seed_same_fit():
    codes = true_codes(300)
    first, again = (fit_mixture(codes, 3, 20, seed=2**40 + 7) for _ in range(2))
    np.testing.assert_array_equal(first.means, again.means)


def test_fit_that_did_not_converge_is_recorded():
    codes = np.random.default_rng(0).uniform(size=(2000, 3)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mixture = fit_mixture(codes, 10, 2, seed=1)
    assert mixture.fit["converged"] is False and mixture.fit["iterations"] == 2


@pytest.mark.parametrize(("n", "components"), [(4, 5), (1, 1)])
def test_fewer_codes_than_components_are_refused(n, components):
    with pytest.raises(ValueError, match=rf"{n} codes for {components} components; fit fewer .* or train on more"):
        fit_mixture(np.zeros((n, 2), np.float32), components, 10, seed=1)


@pytest.mark.parametrize(
    "codes",
    [
        np.random.default_rng(0).normal(size=(40, 60)),  # fewer codes than dimensions
        np.random.default_rng(0).normal(size=(300, 2)) @ np.random.default_rng(1).normal(size=(2, 30)),  # on a plane
        1e-9 * np.random.default_rng(0).normal(size=(300, 30)),  # a collapsed posterior
        np.full((300, 30), 3.0),
    ],
)
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_codes_that_fill_no_volume_can_be_fitted_and_drawn(codes):
    mixture = fit_mixture(codes.astype(np.float32), 20, 20, seed=1)
    sample = mixture.sample(4000, np.random.default_rng(0))
    assert np.isfinite(sample).all()
    np.testing.assert_allclose(sample.mean(axis=0), codes.mean(axis=0), atol=0.2 * codes.std() + 1e-3)
    assert sample.std() < 1.5 * codes.std() + 0.1


def test_covariance_that_is_none_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match="covariance of the mixture is not positive definite; fit fewer components"):
        CodeMixture(np.ones(1), np.zeros((1, 2)), np.array([[[1.0, 2.0], [2.0, 1.0]]]), {})


def test_written_and_read_again(tmp_path, mixture):
    mixture.save(tmp_path / "mixture.npz")
    loaded = CodeMixture.load(tmp_path / "mixture.npz")
    for name in ("weights", "means", "covariances"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(mixture, name))
    assert loaded.fit == mixture.fit
    np.testing.assert_array_equal(
        loaded.sample(20, np.random.default_rng(1)), mixture.sample(20, np.random.default_rng(1))
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mixture.npz"]


def test_cost_counts_free_parameters(mixture):
    cost = mixture_cost(mixture, threads=2)
    # three means of 2, three symmetric 2 x 2 matrices of 3 numbers each, three weights that sum to 1
    assert cost["trainable_parameters"] == 3 * 2 + 3 * 3 + 2
    assert (cost["part"], cost["seconds"], cost["threads"], cost["fit"]) == ("mixture", 1.5, 2, mixture.fit)
    assert cost["peak_memory_mb"] > 0
