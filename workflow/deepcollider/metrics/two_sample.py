"""Classifier two-sample test: can boosted trees tell generated events from truth (Lopez-Paz and Oquab 2017)?

The trees see every event feature at once, so they find what no histogram of one feature shows: lost correlations,
objects that do not belong together, momentum that does not balance. Equal numbers of generated and of truth events are
cut into ``N_FOLDS`` folds; the trees that score the events of a fold have learned from the other folds only. The result
is the area under the ROC curve (AUC), averaged over the folds: 0.5 where nothing can be told apart, 1 where every event
gives itself away. It is the probability that a generated event gets a higher score than a truth event.

* The test fixes the classifier, hence a power: it is a lower bound of what can be seen, and comparable between samples
  of equal size. More events make better trees; that is why ``n`` belongs to the number. How small a fault it finds is
  measured in :mod:`deepcollider.metrics.power`.
* Error: variance of DeLong, DeLong and Clarke-Pearson (1988) in each fold, combined with a correlation between folds
  of ``FOLD_CORRELATION``. Folds are not independent, as the trees of each learn from the others: any two of them meet
  twice, with either as the test. For a classifier that is linear in what it learned by chance, and where nothing can
  be told apart, that correlates them by 1 / (N_FOLDS - 1) and doubles the variance of the mean; truth-against-truth
  repetitions of these trees come close to it. Where generated events are easily told apart it is less, and the interval
  covers more than it says; no unbiased estimate exists (Bengio and Grandvalet 2004). Where trees separate all events
  the error is 0.
* An AUC below 0.5 is reported as it is: it happens by chance, or where each generated event has a twin in truth.
* Classifier weights (Das et al. 2023, arXiv:2305.16774): w = (1 - p) / p with p the out-of-fold probability of being
  generated, an estimate of the ratio of the densities truth / generated. All are 1 for a perfect generator. Generated
  events with w << 1 lie where truth has none; truth events with w >> 1 lie where the generator makes none.

The same seed gives the same result.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from deepcollider.metrics.observables import MIN_VALUES

N_FOLDS = 5
FOLD_CORRELATION = 1 / (N_FOLDS - 1)
BOOSTING = {"max_iter": 60, "learning_rate": 0.1, "max_leaf_nodes": 15, "early_stopping": False}
"""Of scikit-learn's HistGradientBoostingClassifier. More or larger trees take longer and see no more."""

SIGNIFICANT = 2.0
"""Standard errors from which on a difference is called one."""

COVERAGE = 0.95
FALSE_POSITIVE_RATES = np.linspace(0, 1, 201)
WEIGHT_EDGES = np.logspace(-3, 3, 61)


@dataclass(frozen=True)
class TwoSampleTest:
    """Result of :func:`two_sample_test`: AUC with standard error, and the out-of-fold scores that it comes from.

    ``n`` events of each sample; ``labels`` (2n,) True for generated, ``scores`` (2n,) probability of being generated,
    ``folds`` (2n,) in which fold each event was scored.
    """

    auc: float
    error: float
    n: int
    labels: np.ndarray
    scores: np.ndarray
    folds: np.ndarray

    @property
    def interval(self) -> tuple[float, float]:
        """Interval of coverage COVERAGE for the AUC, normal approximation, within 0..1."""
        half = stats.norm.ppf((1 + COVERAGE) / 2) * self.error
        return float(np.clip(self.auc - half, 0, 1)), float(np.clip(self.auc + half, 0, 1))


def auc_with_variance(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """AUC of two samples of scores, ties counting half, and its variance (DeLong et al. 1988, by midranks)."""
    n, m = len(positive), len(negative)
    ranks = stats.rankdata(np.concatenate([positive, negative]))
    below = (ranks[:n] - stats.rankdata(positive)) / m  # for each positive the fraction of negatives below it
    above = 1 - (ranks[n:] - stats.rankdata(negative)) / n
    return float(below.mean()), float(below.var(ddof=1) / n + above.var(ddof=1) / m)


def _out_of_fold(features: np.ndarray, labels: np.ndarray, folds: np.ndarray, seed: int) -> np.ndarray:
    """Probability (N,) of being generated, from trees that have not seen the event."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    scores = np.empty(len(labels))
    # one thread: trees this small gain little from more, which wait for each other by spinning where cores are busy
    with threadpool_limits(1, user_api="openmp"):
        for fold in range(N_FOLDS):
            held_out = folds == fold
            trees = HistGradientBoostingClassifier(**BOOSTING, random_state=seed)
            trees.fit(features[~held_out], labels[~held_out])
            scores[held_out] = trees.predict_proba(features[held_out])[:, 1]
    return scores


def _mean_over_folds(labels: np.ndarray, scores: np.ndarray, folds: np.ndarray) -> tuple[float, float]:
    """AUC and its standard error."""
    by_fold = [
        auc_with_variance(scores[labels & (folds == fold)], scores[~labels & (folds == fold)])
        for fold in range(N_FOLDS)
    ]
    auc, variance = np.mean(by_fold, axis=0)
    return float(auc), float(np.sqrt(variance * (1 + (N_FOLDS - 1) * FOLD_CORRELATION) / N_FOLDS))


def _drawn(features: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    return features.iloc[np.random.default_rng(seed).permutation(len(features))[:n]]


def two_sample_test(
    generated: pd.DataFrame, truth: pd.DataFrame, *, max_events: int = 50_000, seed: int = 0
) -> TwoSampleTest:
    """Test generated events against truth: tables (N, F) of the same features, NaN where absent.

    At most ``max_events`` of each sample, equally many of both, drawn by ``seed``. Features that fewer than MIN_VALUES
    events have are left out. With fewer than MIN_VALUES events a side there is no result: NaN.
    """
    if list(generated.columns) != list(truth.columns):
        raise ValueError("generated and truth have different features")
    n = min(len(generated), len(truth), max_events)
    folds = np.tile(np.arange(n) % N_FOLDS, 2)  # the events come in random order
    labels = np.repeat([True, False], n)
    if n < MIN_VALUES:
        return TwoSampleTest(np.nan, np.nan, n, labels, np.full(2 * n, np.nan), folds)
    both = pd.concat([_drawn(generated, n, seed), _drawn(truth, n, seed)])
    both = both.loc[:, both.notna().sum() >= MIN_VALUES]
    scores = _out_of_fold(both.to_numpy(), labels, folds, seed)
    return TwoSampleTest(*_mean_over_folds(labels, scores, folds), n, labels, scores, folds)


def roc(test: TwoSampleTest) -> np.ndarray:
    """True-positive rates at FALSE_POSITIVE_RATES, averaged over the folds as the AUC is; from 0 to 1."""
    from sklearn.metrics import roc_curve

    if np.isnan(test.auc):
        return np.full(len(FALSE_POSITIVE_RATES), np.nan)
    rates = []
    for fold in range(N_FOLDS):
        chosen = test.folds == fold
        false_positive, true_positive, _ = roc_curve(test.labels[chosen], test.scores[chosen])
        rates.append(np.interp(FALSE_POSITIVE_RATES, false_positive, true_positive))
    mean = np.mean(rates, axis=0)
    mean[0] = 0.0
    return mean


def classifier_weights(test: TwoSampleTest) -> np.ndarray:
    """Weights w (2n,), estimates of the ratio of densities truth / generated."""
    smallest = np.finfo(float).tiny  # a probability that rounds to 0 or 1 must not divide by 0
    return np.maximum(1 - test.scores, smallest) / np.maximum(test.scores, smallest)


def weight_histogram(weights: np.ndarray) -> np.ndarray:
    """Fractions of the weights in the bins of WEIGHT_EDGES, underflow first and overflow last; NaN without any."""
    if not len(weights) or np.isnan(weights).any():
        return np.full(len(WEIGHT_EDGES) + 1, np.nan)
    bins = np.searchsorted(WEIGHT_EDGES, weights, side="right")
    return np.bincount(bins, minlength=len(WEIGHT_EDGES) + 1) / len(weights)


def curves(generated: TwoSampleTest, floor: TwoSampleTest) -> pd.DataFrame:
    """What the figure shows, of the test of generated events and of that of truth in their place: tidy.

    Columns curve, sample, x, y. ``auc``: the AUC and its error. ``roc``: false- and true-positive rate. ``weights``:
    lower edge of a bin (0 for the underflow) and fraction of the events in it. Samples are generated and floor, and for
    the weights also truth and floor_truth: the truth events of either test.
    """
    tables = []
    lower_edges = np.concatenate([[0.0], WEIGHT_EDGES])
    for test, positive, negative in ((generated, "generated", "truth"), (floor, "floor", "floor_truth")):
        weights = classifier_weights(test)
        tables += [
            _curve("auc", positive, [test.auc], [test.error]),
            _curve("roc", positive, FALSE_POSITIVE_RATES, roc(test)),
            _curve("weights", positive, lower_edges, weight_histogram(weights[test.labels])),
            _curve("weights", negative, lower_edges, weight_histogram(weights[~test.labels])),
        ]
    return pd.concat(tables, ignore_index=True)


def _curve(curve: str, sample: str, x, y) -> pd.DataFrame:
    return pd.DataFrame({"curve": curve, "sample": sample, "x": x, "y": y})
