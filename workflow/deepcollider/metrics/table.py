"""The tidy table of all metrics: its columns, and one row of it.

``part_or_feature`` is an observable, a part of a system, a reconstructed particle, or ``overall``; ``error`` a standard
error; ``floor`` the same metric of truth in the place of the generated events; the n columns count what entered the
value. What is not known is NaN.
"""

import numpy as np

OVERALL = "overall"
UNTRAINED = "untrained"
"""Name of the setting whose networks keep their first weights: the baseline that training must beat."""

ALL_EVENTS = "all"
"""Name that stands for no selection of events in the table of powers."""

COLUMNS = ["part_or_feature", "metric", "value", "error", "floor", "n_generated", "n_truth"]


def row(part: str, metric: str, value: float, error=np.nan, floor=np.nan, n_generated=0, n_truth=0) -> dict:
    """A row by COLUMNS."""
    return dict(zip(COLUMNS, (part, metric, value, error, floor, n_generated, n_truth), strict=True))
