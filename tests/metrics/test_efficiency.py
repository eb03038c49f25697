"""Efficiencies of a score against counts by hand, scikit-learn's ROC curve, and Gaussians in closed form."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as sklearn_roc_curve

from deepcollider.metrics.efficiency import (
    COLUMNS,
    compare_detectors,
    detector_row,
    efficiency_at,
    roc_curve,
    threshold_at,
)


def test_threshold_by_hand():
    background = np.array([5.0, 1.0, 9.0, 7.0, 3.0, 8.0, 2.0, 6.0, 4.0, 0.0])
    assert threshold_at(background, 0.2) == 7.0  # above it are 8 and 9, two of ten
    assert threshold_at(background, 0.29) == 7.0
    assert threshold_at(background, 0.1) == 8.0
    assert np.isnan(threshold_at(background, 0.09))  # less than one event
    assert efficiency_at(background, np.array([7.0, 7.5, 10.0, 1.0]), 0.2) == 0.5
    assert np.isnan(efficiency_at(background, np.array([1.0]), 1e-3))


def test_equal_scores_are_not_above():
    assert threshold_at(np.ones(100), 0.1) == 1.0
    assert efficiency_at(np.ones(100), np.ones(10), 0.1) == 0.0


def test_gaussians_in_closed_form():
    rng = np.random.default_rng(1)
    signal, background, validation = rng.normal(1.5, 1, 40_000), rng.normal(0, 1, 50_000), rng.normal(0, 1, 50_000)
    row = detector_row("s", "d", signal, background, validation)
    assert tuple(row) == COLUMNS
    assert row["AUC"] == pytest.approx(stats.norm.cdf(1.5 / np.sqrt(2)), abs=4 * row["AUC error"])
    assert row["AUC error"] == pytest.approx(0.0014, rel=0.3)
    assert row["threshold"] == pytest.approx(stats.norm.isf(0.01), abs=0.05)
    assert row["false-positive rate"] == pytest.approx(0.01, abs=0.002)
    assert row["signal efficiency"] == pytest.approx(stats.norm.sf(stats.norm.isf(0.01) - 1.5), abs=0.02)
    for rate, tolerance in ((1e-2, 0.02), (1e-3, 0.03), (1e-4, 0.05)):
        expected = stats.norm.sf(stats.norm.isf(rate) - 1.5)
        assert row[f"eff@1e-{-round(np.log10(rate))}"] == pytest.approx(expected, abs=tolerance)


def test_auc_as_scikit_learn():
    rng = np.random.default_rng(2)
    signal, background = rng.integers(0, 9, 300) + 1.0, rng.integers(0, 9, 500) * 1.0  # with ties
    row = detector_row("s", "d", signal, background, background)
    labels = np.r_[np.ones(300), np.zeros(500)]
    assert row["AUC"] == pytest.approx(roc_auc_score(labels, np.r_[signal, background]))


def test_rates_that_cannot_be_measured_are_empty():
    row = detector_row("s", "d", np.arange(50.0), np.arange(500.0), np.arange(40.0))
    assert np.isnan(row["eff@1e-4"]) and np.isnan(row["eff@1e-3"]) and not np.isnan(row["eff@1e-2"])
    assert np.isnan(row["threshold"]) and np.isnan(row["signal efficiency"])  # 40 validation events: none at 1 %


def test_curve_lies_on_scikit_learns():
    rng = np.random.default_rng(3)
    signal, background = rng.normal(1, 1, 400), rng.normal(0, 1, 700)
    curve = roc_curve(background, signal)
    rates, found, _ = sklearn_roc_curve(
        np.r_[np.ones(400), np.zeros(700)], np.r_[signal, background], drop_intermediate=False
    )
    points = {(round(x * 700), round(y * 400)) for x, y in zip(rates, found, strict=True)}
    own = {(round(x * 700), round(y * 400)) for x, y in curve.to_numpy()}
    assert own <= points
    assert curve["false_positive_rate"].is_monotonic_increasing
    assert tuple(curve.iloc[-1]) == (1.0, 1.0)


def test_all_detectors_on_all_signals():
    rng = np.random.default_rng(4)
    scores = {
        name: {"good": rng.normal(shift, 1, n), "blind": rng.normal(0, 1, n)}
        for name, n, shift in (("test", 300, 0), ("floor", 200, 0), ("validation", 200, 0), ("a", 90, 2), ("b", 80, 1))
    }
    table, curves = compare_detectors(scores, ["test", "floor"], "validation", ["a", "b"])
    assert table[["sample", "detector"]].to_numpy().tolist() == [
        ["a", "good"], ["a", "blind"], ["b", "good"], ["b", "blind"],
    ]  # fmt: skip
    assert set(table["n_background"]) == {500} and table["n_signal"].tolist() == [90, 90, 80, 80]
    background = np.concatenate([scores["test"]["good"], scores["floor"]["good"]])
    expected = detector_row("b", "good", scores["b"]["good"], background, scores["validation"]["good"])
    pd.testing.assert_series_equal(table.iloc[2], pd.Series(expected), check_names=False)
    assert len(curves) == 4 * len(roc_curve(background, scores["b"]["good"]))
