"""Our numbers and the published ones as a reader sees them: the theses' tables, cell by cell."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from deepcollider.reports.rounding import NOTHING, rounded, whole
from deepcollider.reports.thesis_tables import SPEED, SPEED_BATCH, is_of_system

LABELS = {
    "WD": "WD",
    "JS_distance": "JS distance",
    "JS_divergence": "JS divergence",
    "KL": "KL",
    "IER_percent": "IER [%]",
    SPEED: "ms/event",
}
"""Column of ``reports.thesis_tables`` -> heading."""

OURS = "ours"
"""Heading of our numbers."""

NOT_IN_RUN = "not in this run"
"""What stands in the place of our sample's name where there is none."""


def _as_printed(values: pd.Series) -> list[str]:
    """Published numbers of a column with as many decimals as that of most."""
    texts = [f"{value:g}" for value in values.dropna()]
    decimals = max((len(text.partition(".")[2]) for text in texts), default=0)
    return [NOTHING if pd.isna(value) else f"{value:.{decimals}f}" for value in values]


def _ours(name: str, rows: Sequence[Mapping[str, Any] | None]) -> tuple[str, list[str]]:
    """Heading and cells of our numbers of a quantity; a row that is None has none.

    A generation time says the batch that it is of: in the heading if all have the same, in each cell if they differ.
    """
    cells = [NOTHING if row is None or name not in row else rounded(row[name], row[f"{name}_error"]) for row in rows]
    if name != SPEED:
        return OURS, cells
    timed = [row is not None and pd.notna(row.get(SPEED_BATCH)) for row in rows]
    batches = [f"batches of {whole(row[SPEED_BATCH])}" if known else "" for row, known in zip(rows, timed, strict=True)]
    different = sorted({batch for batch in batches if batch})
    if len(different) > 1:
        return OURS, [f"{cell}, {batch}" if batch else cell for cell, batch in zip(cells, batches, strict=True)]
    return ", ".join([OURS, *different]), cells


def beside_published(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """A table of ``reports.thesis_tables`` as text: ``names`` head the rows, each quantity has ours and the published.

    Columns without any number are left out.
    """
    columns = {}
    for name, label in LABELS.items():
        if name not in table:
            continue
        heading, cells = _ours(name, table.to_dict("records"))
        columns[label, heading] = cells
        columns[label, "published"] = _as_printed(table[f"{name}_published"])
    text = pd.DataFrame(columns, index=list(names))
    return text.loc[:, (text != NOTHING).any()]


def setting_names(table: pd.DataFrame) -> list[str]:
    """Settings of an experiment's table, the best one marked."""
    return [f"{s} (best)" if best else str(s) for s, best in zip(table["setting"], table["best"], strict=True)]


def _settings_of(entry: Mapping[str, Any], row: pd.Series) -> list[str]:
    """Settings of an experiment that a published row can be compared with, the nearest value of its parameter first."""
    if pd.isna(row["parameter"]):
        return list(entry["settings"]) if is_of_system(row, entry["system"]) else []
    having = {
        name: values[row["parameter"]] for name, values in entry["settings"].items() if row["parameter"] in values
    }
    return sorted(having, key=lambda name: abs(having[name] - row["value"]))


def _nearest(
    row: pd.Series, experiments: Mapping[str, Mapping[str, Any]], tables: Mapping[tuple[str, str], pd.DataFrame]
) -> tuple[str, pd.Series | None]:
    """Name and numbers of our sample that is nearest to a published row: the same experiment, process and parameter.

    A row without a parameter is compared with the best setting.
    """
    for name, entry in experiments.items():
        published, table = entry["published"], tables.get((name, row["process"]))
        if not published or (published["source"], published["experiment"]) != (row["source"], row["experiment"]):
            continue
        if table is None or not (candidates := _settings_of(entry, row)):
            continue
        if pd.isna(row["parameter"]):
            candidates = table.loc[table["best"], "setting"].tolist() or candidates
        chosen = table[table["setting"] == candidates[0]]
        if len(chosen):
            return f"{name}: {candidates[0]}", chosen.iloc[0]
    return NOT_IN_RUN, None


def _published_name(row: pd.Series) -> str:
    return row["model"] if pd.isna(row["parameter"]) else f"{row['model']}, {row['parameter']} {row['value']}"


def published_beside_ours(
    reference: pd.DataFrame,
    experiments: Mapping[str, Mapping[str, Any]],
    tables: Mapping[tuple[str, str], pd.DataFrame],
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every published table: its name, and its rows with the nearest sample of ours, or the word that there is none.

    ``experiments``: name -> ``system``, ``published``, ``settings`` (name -> hyperparameters); ``tables``:
    (experiment, process) -> its table of ``reports.thesis_tables.experiment_table``.
    """
    for (source, number, process), rows in reference.groupby(["source", "table", "process"], sort=False):
        found = [_nearest(row, experiments, tables) for _, row in rows.iterrows()]
        columns: dict[tuple[str, str], list[str]] = {("", "nearest of ours"): [name for name, _ in found]}
        for name, label in LABELS.items():
            heading, cells = _ours(name, [ours for _, ours in found])
            columns[label, heading] = cells
            columns[label, "published"] = _as_printed(rows[name])
        table = pd.DataFrame(columns, index=[_published_name(row) for _, row in rows.iterrows()])
        yield f"{source}, table {number} ({process})", table.loc[:, (table != NOTHING).any()]
