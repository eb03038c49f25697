"""Which setting is best, and how all systems compare: from the tidy table of all metrics.

The best setting is the one of smallest overall Wasserstein distance to the *validation* split (``validation_wd``), or,
where the networks of all settings of an experiment have a likelihood, the one whose validation events are the most
likely (``validation_loss``): that sees whole events, where settings near the floor differ in WD by chance. The
test split, which every other number is taken on, has no part in the choice: the smallest of many noisy numbers
on the test split would look better than it is.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from deepcollider.metrics.classifiers import worse
from deepcollider.metrics.table import OVERALL, UNTRAINED

IDENTITY = ["experiment", "system", "process", "setting"]
CRITERION = "validation_wd"
LIKELIHOOD = "validation_loss"

C2ST = "c2st_auc"
"""In the table of all metrics one classifier of several (``metrics.classifiers``), in the leaderboard the worst one."""

_QUALITY = (
    *("wd", "js_distance", "js_divergence", "kl", C2ST, "fpd", "kpd"),
    *("precision", "recall", "density", "coverage", "ier", "correlation_distance"),
)
_WITH_FLOOR, _WITHOUT_FLOOR, _BARE = ("value", "error", "floor"), ("value", "error"), ("value",)
COLUMNS = {
    **dict.fromkeys(_QUALITY, _WITH_FLOOR),
    "generation_ms_per_event": _WITHOUT_FLOOR,
    "parameters": _BARE,
    "training_seconds": _BARE,
    "memorisation_auc": _WITH_FLOOR,
    "memorisation_nearer_train": _WITH_FLOOR,
    "mc_ms_per_event": _WITHOUT_FLOOR,
    CRITERION: _WITH_FLOOR,
}
"""Metric -> what the leaderboard shows of it, in the order of its columns."""

TRAITS = ("starts_from_truth", "seeds", "selection")
"""What else must be known of a row to compare it with others: whether the system changes true events, which is no
generation from noise; of which split these are; and which selection of events it makes and is compared with. The
latter two are empty for a system that makes all events from noise."""

_NAMES = {"generation_ms_per_event": "ms_per_event"}


def read_metrics(path: str | Path) -> pd.DataFrame:
    """The tidy table of all metrics; names stay text, also those that look like numbers."""
    return pd.read_csv(path, dtype=dict.fromkeys([*IDENTITY, "part_or_feature", "metric"], str))


def overall_rows(metrics: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """The rows of whole events; with ``metric``, only its own."""
    rows = metrics[metrics["part_or_feature"] == OVERALL]
    return rows if metric is None else rows[rows["metric"] == metric]


def overall_numbers(sample: pd.DataFrame) -> pd.DataFrame:
    """The overall rows of one setting by metric; ValueError if one is there twice."""
    numbers = overall_rows(sample).set_index("metric")
    if not numbers.index.is_unique:
        raise ValueError(f"rows that are there twice: {', '.join(numbers.index[numbers.index.duplicated()])}")
    return numbers


def best_settings(metrics: pd.DataFrame, untrained: str = UNTRAINED) -> pd.Series:
    """By (experiment, process), in the order of the table: the setting of smallest ``validation_loss`` if all have one.

    Where not, or of equal ones, that of smallest ``validation_wd``, and of these the first in the table. A setting
    without a ``validation_wd`` cannot win, nor can the baseline ``untrained``; ValueError if that leaves none.
    """
    keys = ["experiment", "process"]
    candidates = overall_rows(metrics, CRITERION).dropna(subset="value").reset_index(drop=True)
    candidates = candidates[candidates["setting"] != untrained]
    settings = [*keys, "setting"]
    losses = overall_rows(metrics, LIKELIHOOD)[[*settings, "value"]].rename(columns={"value": "loss"})
    candidates = candidates.merge(losses, on=settings, how="left")
    all_known = candidates["loss"].notna().groupby([candidates[key] for key in keys]).transform("all")
    candidates["loss"] = candidates["loss"].where(all_known, 0.0)
    candidates = candidates.sort_values(["loss", "value"], kind="stable")
    best = candidates.drop_duplicates(keys).set_index(keys)["setting"]
    wanted = pd.MultiIndex.from_frame(metrics[keys].drop_duplicates())
    for experiment, process in wanted.difference(best.index):
        raise ValueError(f"{experiment}, {process}: no trained setting has a {CRITERION}, by which the best is chosen")
    return best.reindex(wanted)


def _row_of(numbers: pd.DataFrame) -> dict[str, float | str]:
    """Columns of the leaderboard from the overall rows of one sample, by metric; what is missing is NaN."""
    row: dict[str, float | str] = {}
    worst = worse(numbers["value"].to_dict())
    for metric, shown in COLUMNS.items():
        for what in shown:
            name = _NAMES.get(metric, metric) + ("" if what == "value" else f"_{what}")
            row[name] = float(numbers[what].get(worst.metric if worst and metric == C2ST else metric, np.nan))
        if metric == C2ST:
            row["c2st_classifier"] = worst.name if worst else ""
            row["c2st_events"] = float(numbers.loc[worst.metric, "n_generated"]) if worst else np.nan
    return row


def leaderboard(metrics: pd.DataFrame, traits: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """One row a process and system, at the best setting of its best experiment (that of smallest ``validation_wd``).

    ``traits``: experiment -> its TRAITS.

    Columns: system, process, experiment, setting, the TRAITS; n_generated and n_truth, the events that
    were compared; then each metric with ``_error`` (one standard error) and ``_floor`` (truth in the place of the
    generated events) where it has them; what was not measured is NaN. ``ier`` is in percent, ``ms_per_event`` and
    ``mc_ms_per_event`` (CPU time of the Monte Carlo) in milliseconds, ``training_seconds`` in seconds; the others
    are pure numbers (``metrics.observables`` for the distances). ``c2st_auc`` is that of the classifier which finds the
    larger difference, ``c2st_classifier`` names it (``metrics.classifiers``), ``c2st_events`` are the events a side.

    ``wd_over_floor`` = wd / wd_floor. Its error is wd_error / wd_floor: that of the floor, a mean over splits of truth,
    is not known, small, and not in it. The floor falls with the size of the samples, so that the ratio of
    an imperfect model grows with it: compare ratios at like n_generated and n_truth.

    Sorted by process, then wd_over_floor.
    """
    best = best_settings(metrics)
    rows = []
    for (experiment, process), setting in best.items():
        chosen = (metrics["experiment"] == experiment) & (metrics["process"] == process)
        numbers = overall_numbers(metrics[chosen & (metrics["setting"] == setting)])
        (system,) = numbers["system"].unique()
        sizes = {name: numbers[name].get("wd", np.nan) for name in ("n_generated", "n_truth")}
        identity = {"system": system, "process": process, "experiment": experiment, "setting": setting}
        known = {name: traits[experiment][name] for name in TRAITS}
        rows.append({**identity, **known, **sizes, **_row_of(numbers)})
    table = pd.DataFrame(rows)
    table = table.loc[table.groupby(["process", "system"])[CRITERION].idxmin()]
    after = table.columns.get_loc("wd_floor") + 1
    table.insert(after, "wd_over_floor", table["wd"] / table["wd_floor"])
    table.insert(after + 1, "wd_over_floor_error", table["wd_error"] / table["wd_floor"])
    return table.sort_values(["process", "wd_over_floor"], kind="stable", ignore_index=True)
