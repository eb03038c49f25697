import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from deepcollider.metrics import distances
from deepcollider.metrics.observables import BY_OBSERVABLE, MIN_VALUES, N_BINS, PSEUDO_COUNT

ETA = BY_OBSERVABLE["jet1_eta"]


def test_wasserstein_of_shifted_gaussians_is_the_shift():
    normal = np.random.default_rng(1).normal(size=5000)
    assert distances.wasserstein(normal, normal + 0.3, width=1) == pytest.approx(0.3)
    assert distances.wasserstein(normal, normal + 0.3, width=6) == pytest.approx(0.05)


def test_wasserstein_of_gaussians_of_different_width():
    rng = np.random.default_rng(2)
    a, b = rng.normal(0, 1, 200_000), rng.normal(0, 2, 200_000)
    assert distances.wasserstein(a, b, width=1) == pytest.approx(np.sqrt(2 / np.pi), rel=0.02)


def test_histogram_keeps_every_value():
    values = np.array([-9.0, -3.0, -2.99, 0.0, 2.99, 3.0, 3.01, 9.0])
    counts = distances.histogram(values, ETA)
    assert counts.shape == (N_BINS + 2,)
    assert counts.sum() == len(values)
    assert (counts[0], counts[-1]) == (1, 2)
    assert np.array_equal(counts[1:-1], np.histogram(values, bins=N_BINS, range=(-3, 3))[0])


def test_integers_have_their_own_bins():
    jets = BY_OBSERVABLE["n_jet"]
    counts = distances.histogram(np.array([0.0, 0.0, 1.0, 4.0, 15.0, 16.0, 19.0]), jets)
    assert counts.tolist() == [0, 2, 1, 0, 0, 1, *[0] * 10, 1, 2]
    weights = np.ones((2, 50), int)
    always, never = np.full(50, 3.0), np.full(50, 4.0)
    found = distances.compare_resampled(always, weights, never, weights, jets)
    assert found["wd"] == pytest.approx([1 / 16] * 2)
    assert found["js_distance"] == pytest.approx([distances.compare(always, never, jets)["js_distance"]] * 2)


def test_js_bounds():
    full, disjoint = np.array([10**9, 0]), np.array([0, 10**9])
    assert distances.js_divergence(full, full) == 0
    assert distances.js_divergence(full, disjoint) == pytest.approx(np.log(2), rel=1e-6)
    assert distances.js_distance(full, disjoint) == pytest.approx(np.sqrt(np.log(2)), rel=1e-6)


def test_js_agrees_with_scipy_up_to_the_smoothing():
    a, b = np.array([1000, 5000, 4000]), np.array([2000, 3000, 5000])
    assert distances.js_distance(a, b) == pytest.approx(jensenshannon(a, b), rel=1e-3)
    smooth = jensenshannon(a + PSEUDO_COUNT, b + PSEUDO_COUNT)
    assert distances.js_distance(a, b) == pytest.approx(smooth, rel=1e-12)
    assert distances.js_divergence(a, b) == pytest.approx(smooth**2, rel=1e-12)


def test_kl_closed_form_of_two_bins_and_its_direction():
    truth, generated = np.array([3 * 10**8, 10**8]), np.array([2 * 10**8, 2 * 10**8])
    expected = 0.75 * np.log(0.75 / 0.5) + 0.25 * np.log(0.25 / 0.5)
    reverse = 0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25)
    assert distances.kl_divergence(truth, generated) == pytest.approx(expected, rel=1e-6)
    assert distances.kl_divergence(generated, truth) == pytest.approx(reverse, rel=1e-6)


def test_kl_is_finite_where_generated_is_empty():
    truth, generated = np.array([8, 2]), np.array([10, 0])
    p, q = np.array([8.5, 2.5]) / 11, np.array([10.5, 0.5]) / 11
    assert distances.kl_divergence(truth, generated) == pytest.approx(np.sum(p * np.log(p / q)))


def test_too_few_values_give_nan():
    few, many = np.zeros(MIN_VALUES - 1), np.zeros(100)
    assert all(np.isnan(value) for value in distances.compare(few, many, ETA).values())
    assert all(value == 0 for value in distances.compare(many, many, ETA).values())


def test_resampled_distances_agree_with_resampled_values():
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 300), rng.normal(0.2, 1, 400)
    weights = [distances.resample_weights(len(sample), 3, rng) for sample in (a, b)]
    assert all(np.all(w.sum(axis=1) == w.shape[1]) for w in weights)
    resampled = distances.compare_resampled(a, weights[0], b, weights[1], ETA)
    for i in range(3):
        expected = distances.compare(np.repeat(a, weights[0][i]), np.repeat(b, weights[1][i]), ETA)
        weighted = stats.wasserstein_distance(a, b, weights[0][i], weights[1][i]) / ETA.width
        assert resampled["wd"][i] == pytest.approx(weighted)
        assert {m: values[i] for m, values in resampled.items()} == pytest.approx(expected)


def test_splits_are_disjoint_halves():
    rng = np.random.default_rng(6)
    first, second = rng.normal(0, 1, 30), rng.normal(0.2, 1, 50)
    splits = distances.split_weights(30, 50, 4, rng)
    assert splits.shape == (4, 80) and set(splits.ravel()) == {0, 1}
    assert (splits.sum(axis=1) == 30).all() and len(np.unique(splits, axis=0)) == 4
    found = distances.compare_splits(first, splits[:, :30], second, splits[:, 30:], ETA)
    both = np.concatenate([first, second])
    for i, split in enumerate(splits):
        expected = distances.compare(both[split == 1], both[split == 0], ETA)
        assert {metric: values[i] for metric, values in found.items()} == pytest.approx(expected)


def test_mean_over_splits_is_that_of_independent_samples():
    """Of one pair of samples, it tells what many pairs have on average, and one pair alone does not."""
    rng = np.random.default_rng(7)
    pairs = [(rng.normal(0, 1, 500), rng.normal(0, 1, 800)) for _ in range(60)]
    single = [distances.compare(*pair, ETA)["wd"] for pair in pairs]
    split = []
    for pair in pairs[:20]:
        weights = distances.split_weights(500, 800, 20, rng)
        split.append(distances.compare_splits(pair[0], weights[:, :500], pair[1], weights[:, 500:], ETA)["wd"].mean())
    assert np.mean(split) == pytest.approx(np.mean(single), rel=0.1)
    assert np.std(split) < 0.3 * np.std(single)


def test_bootstrap_error_is_the_spread_over_independent_samples():
    rng = np.random.default_rng(4)
    samples = [(rng.normal(0.5, 1, 1000), rng.normal(0, 1, 1000)) for _ in range(100)]
    spread = np.std([distances.compare(*pair, ETA)["wd"] for pair in samples])
    assert spread == pytest.approx(np.sqrt(2 / 1000) / ETA.width, rel=0.25)  # the error of a shift
    errors = distances.bootstrap_errors(*samples[0], ETA, n_resamples=100, seed=1)
    assert errors["wd"] == pytest.approx(spread, rel=0.3)
    assert errors == distances.bootstrap_errors(*samples[0], ETA, n_resamples=100, seed=1)
