"""Distributions of trilepton and dilepton events by sample, in one pass and constant memory.

A value that an event has not (NaN or infinite) is missing: it is counted apart and in no bin. Events count once each,
unweighted.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from deepcollider.metrics.ntuple_variables import CHANNELS, TRILEPTON_VARIABLES, Z_VARIABLES, Variable
from deepcollider.metrics.observables import MIN_VALUES
from deepcollider.metrics.streams import Histogram, PairwiseCorrelation


class SampleSummary:
    """Histograms of the variables of one sample."""

    def __init__(self, variables: Sequence[Variable]):
        self.n = 0
        self.histograms = {each.name: each.histogram() for each in variables}

    def add(self, rows: np.ndarray) -> None:
        """Rows (N,) with the variables as fields."""
        self.n += len(rows)
        for name, histogram in self.histograms.items():
            histogram.add(rows[name])

    def as_dict(self) -> dict[str, Any]:
        return {"n": self.n, "variables": {name: each.as_dict() for name, each in self.histograms.items()}}


def summarise_sample(batches: Iterable[np.ndarray], variables: Sequence[Variable]) -> dict[str, Any]:
    """Summary of a sample that comes in batches of rows, ready for JSON; with MET in fine bins under ``met_cuts``."""
    summary, fine = SampleSummary(variables), met_histogram()
    for rows in batches:
        summary.add(rows)
        fine.add(rows["met"])
    return {**summary.as_dict(), "met_cuts": fine.as_dict()}


def total_of(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Several histograms of the same bins, as dicts, added up."""
    parts = list(parts)
    total = {**parts[0], "counts": np.sum([part["counts"] for part in parts], axis=0).tolist()}
    return total | {name: sum(part[name] for part in parts) for name in ("below", "above", "missing")}


def present(part: dict[str, Any]) -> int:
    """Number of values of a histogram, inside and outside of its range."""
    return sum(part["counts"]) + part["below"] + part["above"]


NOTED = 0.5
"""Percent from which on missing values, or values outside the range, are worth a note."""


def missing_note(parts: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    """Percentage of events without a value and of values outside the range, by group of samples; empty if none.

    ``parts``: the histograms (as dicts) of the samples of a group.
    """
    notes = []
    totals = {group: total_of(found) for group, found in parts.items() if found}
    for what in ("no value", "outside"):
        shares = {}
        for group, total in totals.items():
            number = total["missing"] if what == "no value" else total["below"] + total["above"]
            of = present(total) + (total["missing"] if what == "no value" else 0)
            shares[group] = 100 * number / of if of else 0.0
        if any(share >= NOTED for share in shares.values()):
            notes.append(f"{what}: " + ", ".join(f"{group} {share:.1f} %" for group, share in shares.items()))
    return "; ".join(notes)


def with_missing(rows: np.ndarray, zero_is_missing: bool) -> np.ndarray:
    """The rows with NaN where a variable of the Z pair is missing; zeros mean that, if so written."""
    if zero_is_missing:
        rows = rows.copy()
        for name in Z_VARIABLES:
            rows[name][rows[name] == 0] = np.nan
    return rows


def summarise_trileptons(
    batches: Iterable[np.ndarray], samples: Mapping[int, str], background: Iterable[str], zero_is_missing: bool
) -> dict[str, Any]:
    """By sample: histograms, and by channel the events, with and without a Z pair; correlations of the background.

    ``samples``: name by Dataset_ID. The correlation of two variables is over the events that have both; those of
    different channels have none (None in the matrix).
    """
    summaries = {name: SampleSummary(TRILEPTON_VARIABLES) for name in samples.values()}
    yields = {name: {channel: {"events": 0, "with_z": 0} for channel in CHANNELS} for name in samples.values()}
    names, background = [each.name for each in TRILEPTON_VARIABLES], set(background)
    correlation = PairwiseCorrelation(len(names))
    for batch in batches:
        rows = with_missing(batch, zero_is_missing)
        for number, sample in samples.items():
            own = rows[rows["Dataset_ID"] == number]
            summaries[sample].add(own)
            for i, channel in enumerate(CHANNELS):
                here = own[own["Channel"] == i]
                yields[sample][channel]["events"] += len(here)
                yields[sample][channel]["with_z"] += int(np.isfinite(here[f"{channel}_Zmass"]).sum())
            if sample in background:
                correlation.add(np.stack([own[name] for name in names], axis=1))
    matrix = correlation.matrix(MIN_VALUES)
    return {
        "distributions": {"variables": {name: summary.as_dict() for name, summary in summaries.items()}},
        "yields": yields,
        "correlations": {
            "variables": names,
            "matrix": [[float(value) if np.isfinite(value) else None for value in row] for row in matrix],
        },
    }


def met_histogram() -> Histogram:
    """In bins of 1 GeV, for the accuracy of cuts."""
    return Histogram(0.0, 1000.0, 1000)


def cut_accuracy(background: np.ndarray, signal: np.ndarray, edge: int) -> tuple[float, float]:
    """Accuracy of "signal from bin ``edge`` on" for classes of equal size, and its binomial standard error.

    ``background`` and ``signal``: counts (n,) of all their events, the last one with the overflow.
    """
    n_background, n_signal = background.sum(), signal.sum()
    right = background[:edge].sum() / n_background, signal[edge:].sum() / n_signal
    variances = [p * (1 - p) / n for p, n in zip(right, (n_background, n_signal), strict=True)]
    return float(sum(right) / 2), float(np.sqrt(sum(variances)) / 2)


def met_cut_baseline(background: dict[str, Any], signal: dict[str, Any], cut: float) -> dict[str, float]:
    """Accuracy of a cut on MET (whole GeV), and the best cut in steps of 1 GeV with its accuracy on the same events.

    From :func:`met_histogram` as dicts. NaN if a class has no event.
    """
    counts = [np.array([*each["counts"], each["above"]]) for each in (background, signal)]
    if not all(each.sum() for each in counts):
        return dict.fromkeys(("accuracy", "error", "best_cut", "best_accuracy", "best_error"), np.nan)
    of_all = np.array([cut_accuracy(*counts, edge)[0] for edge in range(len(counts[0]))])
    best = int(of_all.argmax())
    accuracy, error = cut_accuracy(*counts, round(cut))
    best_accuracy, best_error = cut_accuracy(*counts, best)
    return {
        "accuracy": accuracy,
        "error": error,
        "best_cut": float(best),
        "best_accuracy": best_accuracy,
        "best_error": best_error,
    }
