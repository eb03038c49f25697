import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score, roc_curve
from threadpoolctl import threadpool_info, threadpool_limits

from deepcollider.metrics import two_sample
from deepcollider.metrics.event_features import event_features
from deepcollider.metrics.two_sample import (
    FALSE_POSITIVE_RATES,
    N_FOLDS,
    WEIGHT_EDGES,
    TwoSampleTest,
    auc_with_variance,
    classifier_weights,
    curves,
    roc,
    two_sample_test,
    weight_histogram,
)
from deepcollider.physics.events import Events, sort_objects


def _normal(n: int, seed: int, shift: float = 0.0, n_features: int = 1) -> pd.DataFrame:
    values = np.random.default_rng(seed).standard_normal((n, n_features))
    values[:, 0] += shift
    return pd.DataFrame(values).add_prefix("x")


def _test_of(scores, labels, folds=None) -> TwoSampleTest:
    """A result with given scores, in one fold repeated N_FOLDS times unless said."""
    if folds is None:
        labels, scores, folds = np.tile(labels, N_FOLDS), np.tile(scores, N_FOLDS), np.repeat(range(5), len(labels))
    return TwoSampleTest(0.5, 0.1, int(np.sum(labels)), np.asarray(labels, bool), np.asarray(scores, float), folds)


def test_auc_agrees_with_scikit_learn_and_ties_count_half():
    rng = np.random.default_rng(1)
    positive, negative = rng.integers(0, 8, 70), rng.integers(0, 6, 50)
    auc, _ = auc_with_variance(positive, negative)
    labels = np.repeat([1, 0], [70, 50])
    assert auc == pytest.approx(roc_auc_score(labels, np.concatenate([positive, negative])))


def test_variance_of_the_auc_agrees_with_the_double_sum_over_pairs():
    rng = np.random.default_rng(2)
    positive, negative = rng.integers(0, 9, 40), rng.integers(0, 7, 30)
    pairs = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    expected = pairs.mean(axis=1).var(ddof=1) / 40 + pairs.mean(axis=0).var(ddof=1) / 30
    assert auc_with_variance(positive, negative)[1] == pytest.approx(expected)


def test_variance_of_the_auc_agrees_with_repetitions():
    rng = np.random.default_rng(3)
    repeated = np.array([auc_with_variance(rng.normal(0.5, 1, 60), rng.normal(0, 1, 60)) for _ in range(1000)])
    assert np.sqrt(repeated[:, 1].mean()) == pytest.approx(repeated[:, 0].std(ddof=1), rel=0.1)


def test_shifted_gaussians_reach_the_best_possible_auc():
    """Which is Phi(d / sqrt 2) for two Gaussians that lie d standard deviations apart."""
    test = two_sample_test(_normal(20_000, 1, shift=1.0), _normal(20_000, 2))
    best = stats.norm.cdf(1 / np.sqrt(2))
    assert test.auc == pytest.approx(best, abs=0.006)
    assert test.interval[0] < best < test.interval[1]
    assert np.diff(test.interval) < 0.02


def test_weights_of_shifted_gaussians_are_the_ratio_of_their_densities():
    generated, truth = _normal(20_000, 3, shift=1.0), _normal(20_000, 4)
    test = two_sample_test(generated, truth, seed=5)
    drawn = [each["x0"].to_numpy()[np.random.default_rng(5).permutation(20_000)] for each in (generated, truth)]
    x, found = np.concatenate(drawn), np.log(classifier_weights(test))
    expected = 0.5 - x  # log of the ratio truth / generated
    central = np.abs(expected) < 2
    slope, intercept = np.polyfit(expected[central], found[central], 1)
    assert (slope, intercept) == pytest.approx((1.0, 0.0), abs=0.05)


def test_interval_covers_one_half_for_a_classifier_that_is_linear_in_its_training_sample(monkeypatch):
    """Difference of means in place of trees, so cheap that the coverage itself can be measured."""

    def difference_of_means(features, labels, folds, seed):
        scores = np.empty(len(labels))
        for fold in range(N_FOLDS):
            held_out = folds == fold
            means = [features[~held_out & (labels == label)].mean(axis=0) for label in (True, False)]
            scores[held_out] = (features[held_out] - np.mean(means, axis=0)) @ (means[0] - means[1])
        return scores

    monkeypatch.setattr(two_sample, "_out_of_fold", difference_of_means)
    results = [
        two_sample_test(_normal(100, 2 * seed, n_features=6), _normal(100, 2 * seed + 1, n_features=6), seed=seed)
        for seed in range(300)
    ]
    covered = sum(each.interval[0] <= 0.5 <= each.interval[1] for each in results)
    assert stats.binomtest(covered, len(results), 0.95).pvalue > 1e-3
    pulls = [(each.auc - 0.5) / each.error for each in results]
    assert np.std(pulls) == pytest.approx(1, abs=0.12)


def test_interval_covers_one_half_between_samples_of_truth():
    results = [
        two_sample_test(_normal(80, seed, n_features=3), _normal(80, 1000 + seed, n_features=3), seed=seed)
        for seed in range(25)
    ]
    covered = sum(each.interval[0] <= 0.5 <= each.interval[1] for each in results)
    assert covered >= stats.binom.ppf(1e-3, len(results), 0.95)
    pulls = np.array([(each.auc - 0.5) / each.error for each in results])
    assert np.abs(pulls.mean()) < 3 / np.sqrt(len(results))
    assert 0.6 < pulls.std() < 1.2


def _swapped_jets(events: Events) -> Events:
    """Leading jets exchanged between events that have one: every distribution of one jet stays as it is."""
    objects = events.objects.copy()
    first = np.argmax(objects["kind"] == 2, axis=1)
    rows = np.flatnonzero((objects["kind"] == 2).any(axis=1))
    jets = objects[rows, first[rows]]
    objects[rows, first[rows]] = jets[np.random.default_rng(0).permutation(len(rows))]
    return Events(events.events, sort_objects(objects))


def _without_soft_jets(events: Events) -> Events:
    """The softest jet lost in the events with four or more."""
    objects = events.objects.copy()
    is_jet = objects["kind"] == 2
    last = objects.shape[1] - 1 - np.argmax(is_jet[:, ::-1], axis=1)
    lost = is_jet.sum(axis=1) >= 4
    objects[lost, last[lost]] = np.zeros((), objects.dtype)
    return Events(events.events, sort_objects(objects))


def test_truth_against_truth_gives_one_half_and_planted_defects_do_not(random_events):
    n = 500
    truth = event_features(random_events(n, seed=1))
    samples = {
        "truth": random_events(n, seed=2),
        "shifted": random_events(n, seed=3, shift=0.05),
        "uncorrelated": random_events(n, seed=4, correlated=False),
        "swapped": _swapped_jets(random_events(n, seed=5)),
        "lost jets": _without_soft_jets(random_events(n, seed=6)),
    }
    tests = {name: two_sample_test(event_features(events), truth) for name, events in samples.items()}
    low, high = tests.pop("truth").interval
    assert low < 0.5 < high
    for name, test in tests.items():
        assert test.auc > 0.5 + 4 * test.error, name


def test_defect_that_no_single_feature_shows_is_found():
    rng = np.random.default_rng(6)
    truth = pd.DataFrame(rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 2000), columns=["x", "y"])
    independent = pd.DataFrame({name: rng.permutation(truth[name]) for name in truth})
    assert two_sample_test(independent, truth).auc > 0.65


def test_which_features_an_event_lacks_tells_samples_apart():
    generated, truth = _normal(600, 7), _normal(600, 8)
    generated.loc[::2, "x0"] = np.nan
    assert two_sample_test(generated, truth).auc == pytest.approx(0.75, abs=0.05)


def test_names_of_the_samples_can_be_exchanged():
    generated, truth = _normal(1000, 9, shift=0.5, n_features=3), _normal(1000, 10, n_features=3)
    first, second = two_sample_test(generated, truth), two_sample_test(truth, generated)
    assert first.auc == pytest.approx(second.auc, abs=0.2 * first.error)
    assert classifier_weights(first)[first.labels] == pytest.approx(
        1 / classifier_weights(second)[~second.labels], rel=0.5
    )


def test_order_of_events_only_matters_as_chance():
    generated, truth = _normal(1000, 11, shift=0.5), _normal(1000, 12)
    first, second = two_sample_test(generated, truth), two_sample_test(generated[::-1], truth[::-1])
    assert first.auc == pytest.approx(second.auc, abs=3 * first.error)


def test_no_event_is_scored_by_trees_that_have_seen_it():
    """Scores of a fold do not change with the labels of that fold."""
    features, labels = np.random.default_rng(13).standard_normal((200, 3)), np.tile([True, False], 100)
    folds = np.arange(200) // 2 % N_FOLDS
    other = np.where(folds == 2, ~labels, labels)
    first, second = (two_sample._out_of_fold(features, each, folds, 0) for each in (labels, other))
    assert np.array_equal(first[folds == 2], second[folds == 2])
    assert not np.array_equal(first[folds == 1], second[folds == 1])


def test_equally_many_of_both_samples_in_every_fold():
    test = two_sample_test(_normal(103, 14), _normal(300, 15))
    assert test.n == 103 and len(test.labels) == len(test.scores) == 206
    for fold in range(N_FOLDS):
        inside = test.labels[test.folds == fold]
        assert inside.sum() == (~inside).sum() in (20, 21)


def test_subset_is_drawn_from_the_whole_sample_and_by_seed():
    """Generated events that differ only beyond the first ones must not pass."""
    truth, generated = _normal(2000, 16), _normal(2000, 17)
    generated.iloc[1000:] += 100
    tests = [two_sample_test(generated, truth, max_events=400, seed=seed) for seed in (1, 1, 2)]
    assert tests[0].n == 400
    assert tests[0].auc == pytest.approx(0.75, abs=0.06)
    assert np.array_equal(tests[0].scores, tests[1].scores)
    assert not np.array_equal(tests[0].scores, tests[2].scores)


def test_number_of_threads_does_not_change_a_bit(monkeypatch):
    monkeypatch.setitem(two_sample.BOOSTING, "max_iter", 10)
    generated, truth = _normal(1500, 30, n_features=8), _normal(1500, 31, n_features=8)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            assert threads in [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp"]
            found.append(two_sample_test(generated, truth).scores)
    assert np.array_equal(*found)


def test_rare_and_absent_features_are_left_out():
    generated, truth = _normal(300, 18), _normal(300, 19)
    for sample in (generated, truth):
        sample["absent"] = np.nan
        sample["rare"] = [1.0, *[np.nan] * 299]
    assert two_sample_test(generated, truth).scores == pytest.approx(
        two_sample_test(generated[["x0"]], truth[["x0"]]).scores
    )


def test_too_few_events_have_no_result():
    test = two_sample_test(_normal(5, 20), _normal(500, 21))
    assert np.isnan([test.auc, test.error, *test.interval]).all() and test.n == 5
    table = curves(test, test)
    assert table["y"].isna().all()


def test_different_features_are_refused():
    with pytest.raises(ValueError, match="different features"):
        two_sample_test(_normal(50, 1, n_features=2), _normal(50, 2))


def test_interval_is_normal_and_stays_within_zero_and_one():
    test = TwoSampleTest(0.6, 0.01, 1, *[np.zeros(0)] * 3)
    assert test.interval == pytest.approx((0.6 - 0.0196, 0.6 + 0.0196), abs=1e-5)
    assert TwoSampleTest(0.99, 0.1, 1, *[np.zeros(0)] * 3).interval[1] == 1


def test_roc_curve_by_hand_and_from_scikit_learn():
    rng = np.random.default_rng(22)
    labels = rng.random(4000) < 0.5
    scores = rng.normal(labels * 0.8)
    false_positive, true_positive, _ = roc_curve(labels, scores)
    found = roc(_test_of(scores, labels))
    assert found == pytest.approx(np.interp(FALSE_POSITIVE_RATES, false_positive, true_positive), abs=0.01)
    assert (found[0], found[-1]) == (0, 1) and (np.diff(found) >= 0).all()
    assert roc(_test_of([0.9, 0.4, 0.6, 0.1], [1, 1, 0, 0]))[[50, 150]] == pytest.approx([0.5, 1.0])


def test_area_under_the_averaged_curve_is_the_averaged_auc():
    test = two_sample_test(_normal(500, 23, shift=0.7), _normal(500, 24))
    assert np.trapezoid(roc(test), FALSE_POSITIVE_RATES) == pytest.approx(test.auc, abs=0.01)


def test_weights_follow_from_probabilities_and_survive_certainty():
    weights = classifier_weights(_test_of([0.5, 0.2, 1.0, 0.0], [1, 1, 0, 0], np.zeros(4)))
    assert weights[:2] == pytest.approx([1, 4])
    assert weights[2] < 1e-300 and weights[3] > 1e300 and np.isfinite(weights[2])


def test_weight_histogram_drops_no_weight():
    fractions = weight_histogram(np.array([1e-9, 0.5, 0.5, 1e9, WEIGHT_EDGES[-1]]))
    assert (fractions[0], fractions[-1]) == pytest.approx((0.2, 0.4))
    assert fractions[np.searchsorted(WEIGHT_EDGES, 0.5)] == pytest.approx(0.4)
    assert fractions.sum() == pytest.approx(1)


def test_table_of_curves_holds_what_the_tests_say():
    own = two_sample_test(_normal(300, 25, shift=1.0), _normal(300, 26))
    floor = two_sample_test(_normal(300, 27), _normal(300, 26))
    table = curves(own, floor).set_index(["curve", "sample"]).sort_index()
    for sample, test in (("generated", own), ("floor", floor)):
        assert table.loc[("auc", sample)].tolist() == [test.auc, test.error]
        assert table.loc[("roc", sample), "y"].to_numpy() == pytest.approx(roc(test))
    for sample, test, label in (
        ("generated", own, True), ("truth", own, False), ("floor", floor, True), ("floor_truth", floor, False),
    ):  # fmt: skip
        rows = table.loc[("weights", sample)]
        weights = classifier_weights(test)[test.labels == label]
        assert rows["x"].to_numpy() == pytest.approx([0, *WEIGHT_EDGES])
        inside, _ = np.histogram(weights, WEIGHT_EDGES)
        assert rows["y"].to_numpy()[1:-1] * 300 == pytest.approx(inside)
        assert rows["y"].sum() == pytest.approx(1)
