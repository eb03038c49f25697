"""How well a score tells signal from background: area under the ROC curve and efficiencies at few false positives.

A score is the higher, the less an event looks like background. All efficiencies are fractions of events above a
threshold, strictly.
"""

import numpy as np
import pandas as pd

from deepcollider.metrics.two_sample import auc_with_variance

FALSE_POSITIVE_RATES = (1e-2, 1e-3, 1e-4)

WORKING_POINT = 1e-2
"""False-positive rate of the threshold that is chosen on validation events."""

COLUMNS = (
    "sample",
    "detector",
    "n_signal",
    "n_background",
    "AUC",
    "AUC error",
    "threshold",
    "signal efficiency",
    "false-positive rate",
    *(f"eff@{rate:.0e}".replace("e-0", "e-") for rate in FALSE_POSITIVE_RATES),
)

CURVE_POINTS = 200


def threshold_at(background: np.ndarray, rate: float) -> float:
    """The lowest score that no more than this fraction of the background lies above; NaN where that is no event.

    Of n events, ``rate * n`` may lie above, rounded down; with less than one, the rate cannot be measured.
    """
    allowed = int(np.floor(rate * len(background) * (1 + 1e-12)))
    if allowed < 1:
        return np.nan
    return float(np.sort(background)[::-1][allowed])


def efficiency_at(background: np.ndarray, signal: np.ndarray, rate: float) -> float:
    """Fraction of the signal above :func:`threshold_at`, NaN where there is none."""
    threshold = threshold_at(background, rate)
    return np.nan if np.isnan(threshold) else float((signal > threshold).mean())


def detector_row(
    sample: str, detector: str, signal: np.ndarray, background: np.ndarray, validation: np.ndarray
) -> dict:
    """One row of COLUMNS, from the scores of signal, of background and of validation events of the background.

    The threshold is chosen on validation events, for WORKING_POINT; signal efficiency and false-positive rate are
    those of the other events above it. The error of the AUC is that of DeLong et al. 1988.
    """
    auc, variance = auc_with_variance(signal, background)
    threshold = threshold_at(validation, WORKING_POINT)
    above = [
        float((scores > threshold).mean()) if not np.isnan(threshold) else np.nan for scores in (signal, background)
    ]
    efficiencies = [efficiency_at(background, signal, rate) for rate in FALSE_POSITIVE_RATES]
    values = (sample, detector, len(signal), len(background), auc, np.sqrt(variance), threshold, *above, *efficiencies)
    return dict(zip(COLUMNS, values, strict=True))


def roc_curve(background: np.ndarray, signal: np.ndarray) -> pd.DataFrame:
    """CURVE_POINTS of the ROC curve, evenly spaced in the logarithm of the false-positive rate, from one event on."""
    rates = np.geomspace(1 / len(background), 1, CURVE_POINTS)
    order = np.sort(background)[::-1]
    allowed = np.floor(rates * len(background) * (1 + 1e-12)).astype(int)
    thresholds = np.where(allowed < len(order), order[np.minimum(allowed, len(order) - 1)], -np.inf)
    ascending = np.sort(signal)
    found = 1 - np.searchsorted(ascending, thresholds, side="right") / len(signal)
    actual = 1 - np.searchsorted(order[::-1], thresholds, side="right") / len(background)
    return pd.DataFrame({"false_positive_rate": actual, "signal_efficiency": found})


def compare_detectors(
    scores: dict[str, dict[str, np.ndarray]], background: list[str], validation: str, signals: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every detector on every signal: the table of COLUMNS, best first, and the ROC curves by sample and detector.

    ``scores``: sample -> detector -> scores (N,). The samples ``background`` together are what signals are told from;
    ``validation`` has more events of the background, for the threshold.
    """
    rows, curves = [], []
    for detector in scores[validation]:
        together = np.concatenate([scores[name][detector] for name in background])
        for signal in signals:
            found = scores[signal][detector]
            rows.append(detector_row(signal, detector, found, together, scores[validation][detector]))
            curves.append(roc_curve(together, found).assign(sample=signal, detector=detector))
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values(["sample", "AUC"], ascending=[True, False])
    return table, pd.concat(curves, ignore_index=True)
