"""Shape of the distributions of single features: mean, spread and share in the centre, generated and true.

Energies, pt and MET are taken as log10 of GeV, as in all comparisons. ``mean`` has the error s / sqrt(n). ``spread`` is
the standard deviation s with the error sqrt((m4 - s^4) / n) / (2 s), where m4 is the fourth central moment: it holds
for any distribution of which n is large. ``central_share``, of eta alone, is the share of objects with an absolute eta
below 0.5, with a binomial error. Every error is one standard error of its own sample, events being independent.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from deepcollider.metrics.observables import OBSERVABLES, group_values
from deepcollider.physics.events import OBJECT_FEATURES, Events

CENTRE = 0.5
"""Largest absolute eta that counts as central."""

FEATURES = ("met", "met_phi", *OBJECT_FEATURES)
"""Features of single objects and of MET; others are derived of several objects."""

Estimate = tuple[float, float]
"""Value and standard error; NaN where there is none."""


def mean(values: np.ndarray) -> Estimate:
    """Mean of values (n,)."""
    n = len(values)
    return (float(np.mean(values)), float(np.std(values) / np.sqrt(n))) if n > 1 else (np.nan, np.nan)


def spread(values: np.ndarray) -> Estimate:
    """Standard deviation of values (n,)."""
    n, s = len(values), float(np.std(values)) if len(values) else 0.0
    if n < 2:
        return np.nan, np.nan
    fourth = float(np.mean((values - np.mean(values)) ** 4))
    return s, float(np.sqrt(max(fourth - s**4, 0.0) / n) / (2 * s)) if s > 0 else np.nan


def central_share(values: np.ndarray) -> Estimate:
    """Share of values (n,) within CENTRE of zero."""
    if not len(values):
        return np.nan, np.nan
    share = float(np.mean(np.abs(values) < CENTRE))
    return share, float(np.sqrt(share * (1 - share) / len(values)))


def _rows_of(name: str, feature: str, generated: np.ndarray, truth: np.ndarray) -> Iterator[dict]:
    estimators = {"mean": mean, "spread": spread} | ({"central_share": central_share} if feature == "eta" else {})
    for quantity, estimate in estimators.items():
        row = {"part_or_feature": name, "quantity": quantity}
        for sample, values in (("generated", generated), ("truth", truth)):
            row[sample], row[f"{sample}_error"] = estimate(values)
            row[f"n_{sample}"] = len(values)
        yield row


def shapes(generated: Events, truth: Events) -> pd.DataFrame:
    """One row a feature and quantity: part_or_feature, quantity, then value, ``_error`` and ``n_`` of both samples."""
    rows, shown = [], [observable for observable in OBSERVABLES if observable.feature in FEATURES]
    for group in dict.fromkeys(observable.group for observable in shown):
        own, true = (group_values(sample, group)[1] for sample in (generated, truth))
        for observable in shown:
            if observable.group == group:
                rows += _rows_of(observable.name, observable.feature, own[observable.name], true[observable.name])
    return pd.DataFrame(rows)
