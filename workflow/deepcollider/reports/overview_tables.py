"""Tables and words of the overview: the leaderboard as a reader wants it, and what it says."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from deepcollider.metrics.classifiers import BY_NAME
from deepcollider.reports.experiment_tables import DISTANCES
from deepcollider.reports.findings import distance_finding
from deepcollider.reports.judges import classifier_finding, seen_shifts
from deepcollider.reports.rounding import NOTHING, Number, plain, rounded, span, whole

WHOLE_EVENTS = {
    "c2st_auc": "C2ST AUC",
    "fpd": "FPD",
    "kpd": "KPD",
    "correlation_distance": "correlation distance",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "memorisation_nearer_train": "share nearer to training events",
    "memorisation_auc": "memorisation AUC",
}
METRICS = {**DISTANCES, **WHOLE_EVENTS, "ier": "IER [%]"}
"""Metric -> heading."""


def board_number(row: pd.Series, metric: str) -> Number:
    """A number of a row of the leaderboard; NaN where it has no such column."""
    return Number(*(float(row.get(metric + suffix, float("nan"))) for suffix in ("", "_error", "_floor")))


def metric_rows(row: pd.Series) -> dict[str, Number]:
    """The metrics of quality of a row of the leaderboard, by heading."""
    return {label: board_number(row, metric) for metric, label in METRICS.items()}


FROM_TRUTH, OF_SELECTION = "*", "†"
"""Marks of rows that are no generation from noise, or of a selection of events."""


def marked(name: str, traits: Mapping[str, Any]) -> str:
    """A name with the marks of what must be known to compare its numbers (``metrics.leaderboard.TRAITS``).

    Traits that a file had left empty come as NaN.
    """
    marks = FROM_TRUTH * bool(traits["starts_from_truth"]) + OF_SELECTION * bool(_text(traits["selection"]))
    return f"{name} {marks}" if marks else name


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def legend_of_marks(table: pd.DataFrame) -> list[str]:
    """What the marks of the rows of a table mean, one sentence a mark that is there."""
    sentences, from_truth = [], table[table["starts_from_truth"].astype(bool)]
    if len(from_truth):
        splits = sorted({_text(split) for split in from_truth["seeds"]} - {""})
        which = f"events of the {' or '.join(splits)} split" if splits else "true events"
        sentences.append(
            f"\\{FROM_TRUTH} starts from {which}: it does not generate from noise, and its numbers profit from that; "
            "to compare them with those of systems that do is unfair to the latter."
        )
    if selections := sorted({_text(name) for name in table["selection"]} - {""}):
        sentences.append(
            f"{OF_SELECTION} makes a selection of events only ({', '.join(selections)}) and is compared with true "
            "events of the same selection: its numbers are of another, simpler sample than those of the others."
        )
    return sentences


def system_column(row: pd.Series) -> dict[str, str]:
    """A row of the leaderboard as a reader sees it, from top to bottom."""
    column = {"experiment": str(row["experiment"]), "setting": str(row["setting"])}
    column |= {"true events to start from": _text(row["seeds"]), "selection of events": _text(row["selection"])}
    for label, number in metric_rows(row).items():
        column[label] = str(number)
        if label in DISTANCES.values():
            column[f"{label} / floor"] = plain(number.ratio)
    ours, monte_carlo = board_number(row, "ms_per_event"), board_number(row, "mc_ms_per_event")
    return column | {
        "ms/event": str(ours),
        "Monte Carlo, CPU ms/event": str(monte_carlo),
        "Monte Carlo / ours": plain(monte_carlo.value / ours.value),
        "parameters": whole(board_number(row, "parameters").value),
        "training [s]": plain(board_number(row, "training_seconds").value),
        "C2ST classifier": _text(row.get("c2st_classifier")),
        "C2ST events a side": whole(board_number(row, "c2st_events").value),
        "events generated": whole(row["n_generated"]),
        "events of truth": whole(row["n_truth"]),
    }


def known_rows(table: pd.DataFrame) -> pd.DataFrame:
    """A table of texts without the rows that say nothing."""
    return table[~table.isin([NOTHING, ""]).all(axis="columns")]


def leaderboard_table(board: pd.DataFrame) -> pd.DataFrame:
    """The systems on one process, best first: a row a quantity, the floor before the columns of the systems."""
    rows = [row for _, row in board.iterrows()]
    floors = {label: span(metric_rows(row)[label].floor for row in rows) for label in METRICS.values()}
    columns = {marked(row["system"], row): system_column(row) for row in rows}
    systems = pd.DataFrame(columns).reindex(list(system_column(rows[0])))
    systems.insert(0, "floor", [floors.get(label, "") for label in systems.index])
    return known_rows(systems)


def _name(row: pd.Series) -> str:
    name = marked(f"`{row['system']}` ({row['experiment']}, {row['setting']})", row)
    return name.replace(FROM_TRUTH, f"\\{FROM_TRUTH}")  # Markdown would take the star for its own


def reading(board: pd.DataFrame, powers: pd.DataFrame) -> str:
    """Say what the leaderboard of one process shows: which system is nearest to truth, how near that is, and how fast.

    ``powers``: what the classifiers would find (``results/tables/power.csv``).
    """
    first = board.iloc[0]  # the leaderboard is sorted by WD over floor

    def get(metric: str) -> Number:
        return board_number(first, metric)

    text = [f"Nearest to truth in single histograms: {_name(first)}.", distance_finding(get)]
    if judge := BY_NAME.get(first["c2st_classifier"]):
        events = first["c2st_events"]
        shifts = seen_shifts(powers, first["process"], _text(first["selection"]), events)
        intro = "Of two classifiers the one that finds more: "
        text.append(classifier_finding([(judge, get("c2st_auc"))], get("wd"), events, shifts, intro))
    by_classifier = board.dropna(subset="c2st_auc")
    if len(by_classifier):
        best = by_classifier.loc[by_classifier["c2st_auc"].idxmin()]
        if best["system"] != first["system"]:
            auc = rounded(best["c2st_auc"], best["c2st_auc_error"])
            text.append(f"For the classifiers, {_name(best)} is nearer: AUC {auc}, {best['c2st_classifier']}.")
    by_speed = board.dropna(subset=["ms_per_event", "mc_ms_per_event"])
    if len(by_speed):
        fastest = by_speed.loc[by_speed["ms_per_event"].idxmin()]
        factor = plain(fastest["mc_ms_per_event"] / fastest["ms_per_event"])
        text.append(
            f"Fastest: {_name(fastest)} with {plain(fastest['ms_per_event'])} ms an event of its sample, where Monte "
            f"Carlo takes {plain(fastest['mc_ms_per_event'])} ms of one core: {factor} times as long."
        )
    return " ".join(sentence for sentence in text if sentence)
