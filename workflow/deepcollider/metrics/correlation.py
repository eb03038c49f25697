"""Pearson correlations of MET, the four leading jets and the leading lepton (VAE thesis 7.2).

Energies and momenta enter in GeV, not as logarithms. The document does not say what stands for an object that
an event lacks: here each pair of features uses the events that have both (what pandas does with NaN), since
filling with zeros would mostly measure which objects are there. This also comes closest to the matrix that
the document prints.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from deepcollider.metrics.observables import MIN_VALUES
from deepcollider.physics.events import Events, leading
from deepcollider.physics.kinds import BY_NAME, LEPTON_CODES

_OBJECTS = {f"jet{rank + 1}": ((BY_NAME["jet"].code,), rank) for rank in range(4)} | {"lepton1": (LEPTON_CODES, 0)}

FEATURE_LABELS = {"met": r"$E_{\mathrm{T}}^{\mathrm{miss}}$"} | {
    f"{name}_{feature}": f"{name[:-1]} {name[-1]} {symbol}"
    for name in _OBJECTS
    for feature, symbol in (("energy", "$E$"), ("pt", r"$p_{\mathrm{T}}$"))
}
"""The 11 features in the document's order, with LaTeX labels."""

SAMPLES = ("truth", "generated")

DIFFERENCES = ("correlation_distance", "correlation_max_difference", "correlation_mean_difference")
"""Root mean square, largest and mean absolute difference of two matrices."""


def correlation_features(events: Events) -> pd.DataFrame:
    """The 11 features (N, 11) in GeV, NaN where the event lacks the object."""
    columns = {"met": events.events["met"].astype(np.float64)}
    for name, (codes, rank) in _OBJECTS.items():
        found = leading(events.objects, codes, rank)
        for feature in ("energy", "pt"):
            columns[f"{name}_{feature}"] = np.where(found["valid"], found[feature].astype(np.float64), np.nan)
    return pd.DataFrame(columns, columns=list(FEATURE_LABELS))


def _matrix(features: pd.DataFrame) -> pd.DataFrame:
    return features.corr(method="pearson", min_periods=MIN_VALUES)


def correlation_matrix(events: Events) -> pd.DataFrame:
    """Correlation matrix (11, 11); NaN for pairs that fewer than MIN_VALUES events have."""
    return _matrix(correlation_features(events))


def correlation_differences(generated: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    """DIFFERENCES of two matrices over the 55 pairs; those without a value in both are left out."""
    above = np.triu_indices(len(truth), k=1)
    difference = np.abs(generated.to_numpy() - truth.to_numpy())[above]
    difference = difference[np.isfinite(difference)]
    if not len(difference):
        return dict.fromkeys(DIFFERENCES, np.nan)
    values = np.sqrt(np.mean(difference**2)), difference.max(), difference.mean()
    return {name: float(value) for name, value in zip(DIFFERENCES, values, strict=True)}


def correlation_differences_resampled(
    generated: Events, generated_weights: np.ndarray, truth: Events, truth_weights: np.ndarray
) -> dict[str, np.ndarray]:
    """DIFFERENCES in each of R bootstrap resamples; weights (R, N): how often an event is drawn."""
    tables = correlation_features(generated), correlation_features(truth)
    resampled = []
    for weights in zip(generated_weights, truth_weights, strict=True):
        drawn = [table.iloc[np.repeat(np.arange(len(table)), w)] for table, w in zip(tables, weights, strict=True)]
        resampled.append(correlation_differences(_matrix(drawn[0]), _matrix(drawn[1])))
    return {name: np.array([each[name] for each in resampled]) for name in DIFFERENCES}


def correlation_matrices(generated: Events, truth: Events) -> pd.DataFrame:
    """Both matrices as one table: index (sample, feature) with the samples of SAMPLES, 11 columns."""
    matrices = [correlation_matrix(truth), correlation_matrix(generated)]
    return pd.concat(matrices, keys=SAMPLES, names=["sample", "feature"])


def published_matrix(path: str | Path, process: str) -> pd.DataFrame:
    """The published correlation matrix (11, 11) of true events of a process, from resources/published_correlations.csv.

    Raises ValueError if the table does not have all pairs of the process once.
    """
    table = pd.read_csv(path)
    rows = table[table["process"] == process]
    names = list(FEATURE_LABELS)
    pairs = set(zip(rows["feature_1"], rows["feature_2"], strict=True))
    if len(rows) != len(names) ** 2 or pairs != {(a, b) for a in names for b in names}:
        raise ValueError(
            f"{path}: {process} must have each pair of the {len(names)} features once, has {len(rows)} rows"
        )
    values = rows.set_index(["feature_1", "feature_2"])["value"].to_dict()
    return pd.DataFrame([[values[a, b] for b in names] for a in names], index=names, columns=names)
