"""Sentences on what classifiers see of generated events, which claim no more than was tested."""

from collections.abc import Mapping, Sequence
from math import isfinite, nan

import pandas as pd

from deepcollider.metrics.classifiers import BY_METRIC, CLASSIFIERS, Classifier
from deepcollider.metrics.power import POWER, smallest_shifts
from deepcollider.metrics.table import ALL_EVENTS
from deepcollider.metrics.two_sample import SIGNIFICANT
from deepcollider.reports.rounding import NOTHING, Number, plain, whole

NEAR_THE_FLOOR = 1.5
"""Overall WD in units of its floor up to which single histograms hardly show a difference."""

SHIFTS = {"jets": "jets softer", "met": "MET larger", "balance": "the balance larger"}

Judgement = tuple[Classifier, Number]
"""A classifier and its AUC."""


def ladders(powers: pd.DataFrame, process: str, selection: str | None, events: float) -> pd.DataFrame:
    """Rows of the table of powers that are of a process, a selection (or none), and of so many events a side."""
    chosen = (powers["process"] == process) & (powers["selection"] == (selection or ALL_EVENTS))
    return powers[chosen & (powers["events"] == events)]


def seen_shifts(powers: pd.DataFrame, process: str, selection: str | None, events: float) -> dict[str, float]:
    """Smallest shift of each kind that the better of the classifiers for it finds; empty where it was not measured."""
    return smallest_shifts(ladders(powers, process, selection, events))


def shifts_in_words(shifts: Mapping[str, float]) -> str:
    """Say in one sentence what would be found; nothing where it was not measured."""
    if not shifts:
        return "How small a fault they would find at this size was not measured."
    found = [f"{SHIFTS[name]} by {plain(100 * size)} %" for name, size in shifts.items() if isfinite(size)]
    never = [SHIFTS[name] for name, size in shifts.items() if not isfinite(size)]
    text = f"Of shifts planted in truth they find, with {POWER:.0%} probability at this size, " + (
        f"{', '.join(found)}" if found else "none that was tried"
    )
    text += f"; not found was {', '.join(never)}" if never and found else ""
    return f"{text}. What is smaller stays unseen."


def _is_found(auc: Number) -> bool:
    return auc.value - SIGNIFICANT * auc.error > max(0.5, auc.floor)


def classifier_finding(
    judgements: Sequence[Judgement], wd: Number, events: float, shifts: Mapping[str, float], intro: str = ""
) -> str:
    """Whether classifiers tell generated from true events, whether histograms would have, and what they would miss.

    ``events`` are those of each side; ``shifts`` what they would find (:func:`seen_shifts`).
    """
    known = [(classifier, auc) for classifier, auc in judgements if auc]
    if not known:
        return ""
    said = [
        f"{auc} (classifier {classifier.name}: {classifier.columns}; truth against truth {plain(auc.floor)})"
        for classifier, auc in known
    ]
    size = f", {whole(events)} a side," if isfinite(events) else ""
    text = (
        f"{intro}Boosted trees tell generated from true events{size} with an AUC of {' and of '.join(said)}, where 0.5 "
        "is chance and 1 always"
    )
    if not all(isfinite(auc.error) for _, auc in known):
        return f"{text}."
    finders = [classifier.name for classifier, auc in known if _is_found(auc)]
    if not finders:
        return f"{text}: no difference beyond {SIGNIFICANT:g} standard errors. {shifts_in_words(shifts)}"
    hidden = " that single histograms hide" if wd and wd.ratio < NEAR_THE_FLOOR else ""
    return f"{text}: a difference{hidden} is found by the classifier {' and by that '.join(finders)}."


def power_table(powers: pd.DataFrame, process: str, selection: str | None, events: float) -> pd.DataFrame:
    """The smallest shift [%] of each kind that each classifier finds, a row a kind; empty where it was not measured."""
    measured = ladders(powers, process, selection, events)
    by_classifier = {
        f"classifier {BY_METRIC[metric].name}": smallest_shifts(rows)
        for metric, rows in measured.groupby("classifier", sort=False)
    }
    return pd.DataFrame(
        {
            name: [plain(100 * found[shift]) if isfinite(found.get(shift, nan)) else NOTHING for shift in SHIFTS]
            for name, found in by_classifier.items()
        },
        index=[f"{words} by [%]" for words in SHIFTS.values()],
    )


def columns_in_words() -> str:
    """Say what the classifiers look at, for the head of a table."""
    return "; ".join(f"{each.name}: {each.columns}" for each in CLASSIFIERS)
