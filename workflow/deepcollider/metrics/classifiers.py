"""The classifiers that judge whole events, by the names of their AUC in the table of all metrics.

Both are the boosted trees of :mod:`deepcollider.metrics.two_sample`, on two sets of columns. They look for other
things, and a generator is judged by the worse of the two for it, the larger AUC (:data:`WORST`). By chance alone
the larger of two lies half a standard error higher than either where nothing can be told.

* ``c2st_auc``, by kind: :func:`deepcollider.metrics.event_features.event_features`. A refinement, where there is one,
  is made of the same kind of trees and looks at many of the same columns: this one may be blind in the same places.
* ``c2st_ordered_auc``, by pt: :func:`deepcollider.metrics.ordered_features.ordered_features`. It shares no column with
  a refinement, but the kind of trees. Others are no better: against events of the autoregressive mixture, 6300 a side,
  boosted trees reach 0.552 in 1.5 s (refined: 0.528); extremely randomised trees 0.547 in 3.0 s (0.526), of six times
  the cost 0.556 (0.531); a multilayer perceptron 0.531 in 1.8 s (0.522).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan

import pandas as pd

from deepcollider.metrics.event_features import event_features
from deepcollider.metrics.ordered_features import ordered_features
from deepcollider.physics.events import Events

WORST = "c2st_worst_auc"
"""The larger AUC of all classifiers: no row of the table of all metrics, but found of its rows."""


@dataclass(frozen=True)
class Classifier:
    """Boosted trees on one set of columns: the metric of their AUC, a short name, the columns in words and as such."""

    metric: str
    name: str
    columns: str
    features: Callable[[Events], pd.DataFrame]


CLASSIFIERS = (
    Classifier(
        "c2st_auc",
        "by kind",
        "objects ranked within their kind, MET, multiplicities, sums and masses of a few pairs",
        event_features,
    ),
    Classifier(
        "c2st_ordered_auc",
        "by pt",
        "objects ranked by pt across kinds, masses and Delta R of their pairs, the balance",
        ordered_features,
    ),
)
BY_METRIC = {each.metric: each for each in CLASSIFIERS}
BY_NAME = {each.name: each for each in CLASSIFIERS}


def worse(aucs: Mapping[str, float]) -> Classifier | None:
    """The classifier of the larger AUC, given by metric; None where none is known."""
    known = [each for each in CLASSIFIERS if not isnan(aucs.get(each.metric, float("nan")))]
    return max(known, key=lambda each: aucs[each.metric], default=None)


def with_worst(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of whole events of one sample a setting, and after them one of WORST for each that has an AUC."""
    of_classifiers = rows[rows["metric"].isin(list(BY_METRIC))].dropna(subset="value")
    largest = of_classifiers.sort_values("value", kind="stable").drop_duplicates("setting", keep="last")
    return pd.concat([rows, largest.assign(metric=WORST)], ignore_index=True)
