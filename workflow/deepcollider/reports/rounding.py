"""Numbers as a reader wants them: rounded to their error, with their floor beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, isfinite, log10

import pandas as pd

from deepcollider.metrics.leaderboard import overall_rows

NOTHING = "–"
"""What stands where there is no number."""

MOST_DECIMALS = 7


def rounded(value: float, error: float = float("nan")) -> str:
    """``value ± error`` to two digits of the error (Particle Data Group); without one, the value to three digits."""
    if not isfinite(value):
        return NOTHING
    if not isfinite(error) or error <= 0:
        return plain(value)
    decimals = min(max(1 - floor(log10(error)), 0), MOST_DECIMALS)
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"


def plain(value: float) -> str:
    """Three digits, without an exponent where the number is of everyday size."""
    if not isfinite(value):
        return NOTHING
    if value and (abs(value) < 1e-5 or abs(value) >= 1e6):
        return f"{value:.2e}"
    digits = 2 - floor(log10(abs(value))) if value else 0
    return f"{value:.{max(digits, 0)}f}"


@dataclass(frozen=True)
class Number:
    """A metric of one sample, its standard error, its truth-against-truth floor; NaN for what there is none of."""

    value: float
    error: float
    floor: float

    def __bool__(self) -> bool:
        return isfinite(self.value)

    def __str__(self) -> str:
        return rounded(self.value, self.error)

    @property
    def ratio(self) -> float:
        """Value in units of the floor; NaN where the floor is no positive number."""
        return self.value / self.floor if self.floor > 0 else float("nan")

    @property
    def relative(self) -> "Number":
        """Value and error in units of the floor; NaN where the floor is no positive number."""
        return Number(self.ratio, self.error / self.floor if self.floor > 0 else float("nan"), 1.0)

    @property
    def significance(self) -> float:
        """Difference from the floor in standard errors of the value; the floor's own error is not known."""
        return (self.value - self.floor) / self.error if self.error > 0 else float("nan")


def number_of(metrics: pd.DataFrame, setting: str, metric: str, part: str | None = None) -> Number:
    """One number of a setting from the tidy metrics of an experiment and process; of whole events without a part."""
    rows = overall_rows(metrics, metric)
    if part is not None:
        rows = metrics[(metrics["metric"] == metric) & (metrics["part_or_feature"] == part)]
    rows = rows[rows["setting"] == setting]
    if rows.empty:
        return Number(*3 * (float("nan"),))
    return Number(*(float(rows.iloc[0][what]) for what in ("value", "error", "floor")))


def span(values: Iterable[float]) -> str:
    """One number, or the smallest and the largest where they differ in the three digits that are shown."""
    finite = [value for value in values if isfinite(value)]
    if not finite:
        return NOTHING
    ends = dict.fromkeys([plain(min(finite)), plain(max(finite))])
    return " to ".join(ends)


def whole(value: float) -> str:
    """A large whole number with its thousands apart."""
    return f"{value:,.0f}".replace(",", " ") if isfinite(value) else NOTHING
