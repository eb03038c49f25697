"""Tables and words of the report on new physics: the same system on Standard Model events and on signals."""

from collections.abc import Iterator, Sequence

import pandas as pd

from deepcollider.metrics.two_sample import SIGNIFICANT
from deepcollider.reports.overview_tables import known_rows, metric_rows, system_column
from deepcollider.reports.rounding import plain


def systems_on_both(
    board: pd.DataFrame, signals: Sequence[str], backgrounds: Sequence[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """By system that has a signal: its rows of the leaderboard, Standard Model processes first."""
    for system, rows in board.groupby("system", sort=False):
        order = {process: i for i, process in enumerate([*backgrounds, *signals])}
        if set(rows["process"]) & set(signals):
            yield str(system), rows.sort_values("process", key=lambda names: names.map(order))


def change_table(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a quantity, one column a process, each with its floor: how a system fares on each."""
    columns = {}
    for _, row in rows.iterrows():
        shown, numbers = system_column(row), metric_rows(row)
        columns[row["process"], "value"] = shown
        columns[row["process"], "floor"] = {
            label: plain(numbers[label].floor) if label in numbers else "" for label in shown
        }
    return known_rows(pd.DataFrame(columns, index=list(shown)))


def change_finding(background: pd.Series, signal: pd.Series) -> str:
    """Which metrics of a system differ between two processes by more than their errors, as a list."""
    larger, smaller, alike = [], [], []
    after = metric_rows(signal)
    for label, before in metric_rows(background).items():
        error = (before.error**2 + after[label].error ** 2) ** 0.5
        if not before or not after[label] or not error > 0:
            continue
        change = (after[label].value - before.value) / error
        found = alike if abs(change) < SIGNIFICANT else larger if change > 0 else smaller
        found.append(label if found is alike else f"{label} ({before} → {after[label]})")
    groups = {"Larger": larger, "Smaller": smaller, f"Alike within {SIGNIFICANT:g} standard errors": alike}
    lines = [f"- {words}: {', '.join(found)}." for words, found in groups.items() if found]
    if not lines:
        return ""
    return f"From `{background['process']}` to `{signal['process']}`:\n\n" + "\n".join(lines)
