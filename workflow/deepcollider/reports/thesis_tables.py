"""The theses' tables of results: one an experiment and process (VAE thesis 7.1 to 7.5, GAN thesis 7.1 and 7.2) and the
best of each experiment (VAE thesis 8.1), ours beside the published numbers.

Columns are those of ``reference_results.csv``: WD, JS_distance or JS_divergence (the one that the thesis has; both if
none is named), KL, IER_percent, generation_ms_per_event, each as ours, ``_error`` (one standard error),
``_over_floor`` (for the distances: ours over truth against truth) and ``_published``. The generation time is that in
batches of the theses' 1000 events or, where these were not timed, in the largest that were; ``generation_batch`` says
which. Samples that were not timed in batches, as those of untrained networks, have none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from deepcollider.metrics.leaderboard import TRAITS, best_settings, overall_numbers
from deepcollider.metrics.table import UNTRAINED
from deepcollider.reports.experiment_tables import BATCH, batches_among, compared_batch

SPEED, SPEED_BATCH = "generation_ms_per_event", "generation_batch"
"""Columns of the generation time and of the batch size that it is of."""

QUANTITIES = {
    "WD": "wd",
    "JS_distance": "js_distance",
    "JS_divergence": "js_divergence",
    "KL": "kl",
    "IER_percent": "ier",
}
"""Column of the published results -> metric of ours; that of SPEED depends on the batch."""

DISTANCES = ("WD", "JS_distance", "JS_divergence", "KL")

Published = Mapping[str, str] | None
"""``source`` and ``experiment`` of an experiment in ``reference_results.csv``; None if it is not published."""


def _published_rows(reference: pd.DataFrame, published: Published, process: str) -> list[pd.Series]:
    if published is None:
        return []
    chosen = (reference["source"] == published["source"]) & (reference["experiment"] == published["experiment"])
    return [row for _, row in reference[chosen & (reference["process"] == process)].iterrows()]


def _quantities_of(reference: pd.DataFrame, published: Published) -> list[str]:
    """The quantities that the thesis has; all of them without one."""
    if published is None:
        return [*QUANTITIES, SPEED]
    of_source = reference[reference["source"] == published["source"]]
    return [name for name in (*QUANTITIES, SPEED) if of_source[name].notna().any()]


def _name(row: pd.Series) -> str:
    """A published setting as ours are called, or its model where it has no parameter."""
    return row["model"] if pd.isna(row["parameter"]) else f"{row['parameter']}-{row['value']}"


def is_of_system(row: pd.Series, system: str) -> bool:
    """Whether the model of a published row bears the name of a system of ours."""
    return row["model"].lower().replace(" ", "-") == system


def _counterparts(row: pd.Series, system: str, settings: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Our settings that have the parameter of a published row at its value.

    A row without a parameter belongs to the only setting of the system that bears its model's name.
    """
    if pd.isna(row["parameter"]):
        return list(settings) if len(settings) == 1 and is_of_system(row, system) else []
    return [name for name, values in settings.items() if values.get(row["parameter"]) == row["value"]]


def _cells(own: pd.DataFrame, setting: str, theirs: pd.Series | None, quantities: Sequence[str]) -> dict[str, float]:
    """Our numbers of a setting beside the published ones; NaN where there is none."""
    numbers = overall_numbers(own[own["setting"] == setting])
    batch = compared_batch(batches_among(numbers.index))
    metrics = QUANTITIES | {SPEED: f"{BATCH}{batch}"}
    cells = {}
    for name in quantities:
        value, error, floor = (float(numbers[what].get(metrics[name], np.nan)) for what in ("value", "error", "floor"))
        cells |= {name: value, f"{name}_error": error}
        if name in DISTANCES:
            cells[f"{name}_over_floor"] = value / floor if floor else np.nan
        cells[f"{name}_published"] = np.nan if theirs is None else theirs[name]
    if SPEED in quantities:
        cells[SPEED_BATCH] = np.nan if batch is None else batch
    return cells


def experiment_table(
    metrics: pd.DataFrame,
    experiment: str,
    process: str,
    settings: Mapping[str, Mapping[str, Any]],
    reference: pd.DataFrame,
    published: Published = None,
) -> pd.DataFrame:
    """One row a setting: ``settings`` (name -> hyperparameters) in their order, then the untrained baseline if any.

    Published settings that are none of ours follow, with empty cells for ours. ``best`` marks the one that
    validation events choose (``metrics.leaderboard``).
    """
    own = metrics[(metrics["experiment"] == experiment) & (metrics["process"] == process)]
    (system,) = own["system"].unique()
    best = best_settings(own)[experiment, process]
    quantities = _quantities_of(reference, published)
    theirs = [(row, _counterparts(row, system, settings)) for row in _published_rows(reference, published, process)]
    lines = [
        (setting, next((row for row, ours in theirs if setting in ours), None))
        for setting in [*settings, *([UNTRAINED] if (own["setting"] == UNTRAINED).any() else [])]
    ]
    lines += [(_name(row), row) for row, ours in theirs if not ours]
    return pd.DataFrame(
        {"setting": setting, "best": setting == best, **_cells(own, setting, row, quantities)} for setting, row in lines
    )


def best_table(
    metrics: pd.DataFrame, process: str, experiments: Mapping[str, Mapping[str, Any]], reference: pd.DataFrame
) -> pd.DataFrame:
    """One row an experiment with the process, in the order of ``experiments``: its best setting and its numbers.

    ``experiments``: name -> ``title``, ``published``, its TRAITS. Beside ours stands the setting that is
    best in the published table of the experiment, by its WD; it need not be the same.
    """
    of_process = metrics[metrics["process"] == process]
    best = best_settings(of_process)
    rows = []
    for name, entry in experiments.items():
        own = of_process[of_process["experiment"] == name]
        (system,) = own["system"].unique()
        theirs = [row for row in _published_rows(reference, entry["published"], process) if is_of_system(row, system)]
        row = min(theirs, key=lambda row: row["WD"], default=None)
        identity = {"experiment": name, "title": entry["title"], "system": system}
        identity |= {trait: entry[trait] for trait in TRAITS} | {"setting": best[name, process]}
        identity["published_setting"] = "" if row is None else _name(row)
        rows.append(identity | _cells(own, best[name, process], row, _quantities_of(reference, None)))
    return pd.DataFrame(rows)
