"""Tables of the report on a family of systems: one row a sample, the best of each experiment and process."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

import pandas as pd

from deepcollider.metrics.classifiers import WORST
from deepcollider.reports.generated_samples import Sample, Samples
from deepcollider.reports.overview_tables import marked
from deepcollider.reports.rounding import NOTHING, Number, plain, whole

WANTED_GAIN = 4.0
"""By which factor a training must bring the WD down."""


def sample_name(sample: Sample) -> str:
    """Experiment and process, with the marks that a fair comparison needs."""
    return marked(f"{sample.experiment} ({sample.process})", sample.entry)


def table_of(samples: Sequence[Sample], row: Callable[[Sample], dict]) -> pd.DataFrame:
    """A table with the row of each sample under its name."""
    return pd.DataFrame([row(sample) for sample in samples], index=[sample_name(sample) for sample in samples])


def what_table(samples: Sequence[Sample]) -> pd.DataFrame:
    """What each sample is: system, what it starts from, selection, setting, size of the networks, time of training."""

    def row(sample: Sample) -> dict[str, str]:
        return {
            "system": sample.entry["system"],
            "starts from": sample.entry["starts_from"],
            "events": sample.entry["selection"] or "all",
            "best setting": sample.setting,
            "parameters": whole(sample.number("parameters").value),
            "training [s]": plain(sample.number("training_seconds").value),
        }

    return table_of(samples, row)


def gain(sample: Sample, untrained: Sample | None) -> Number:
    """WD of the untrained networks in units of that of the trained ones; NaN without both."""
    if untrained is None:
        return Number(float("nan"), float("nan"), 1.0)
    before, after = untrained.number("wd"), sample.number("wd")
    ratio = before.value / after.value
    return Number(ratio, ratio * ((before.error / before.value) ** 2 + (after.error / after.value) ** 2) ** 0.5, 1.0)


def distances_table(samples: Sequence[Sample], run: Samples) -> pd.DataFrame:
    """Overall distances, what training gained, and the invalid event rate."""

    def row(sample: Sample) -> dict[str, str]:
        untrained = run.untrained(sample)
        return {
            "WD": str(sample.number("wd")),
            "WD / floor": plain(sample.number("wd").ratio),
            "untrained WD": str(untrained.number("wd")) if untrained else NOTHING,
            "untrained / trained": str(gain(sample, untrained)),
            "JS distance": str(sample.number("js_distance")),
            "KL": str(sample.number("kl")),
            "IER [%]": str(sample.number("ier")),
        }

    return table_of(samples, row)


def beyond_table(samples: Sequence[Sample]) -> pd.DataFrame:
    """Metrics of whole events, memorisation and speed."""

    def row(sample: Sample) -> dict[str, str]:
        return {
            "C2ST AUC": str(sample.number(WORST)),
            "correlation distance": str(sample.number("correlation_distance")),
            "its floor": plain(sample.number("correlation_distance").floor),
            "share nearer to training events": str(sample.number("memorisation_nearer_train")),
            "ms/event": str(sample.milliseconds),
            "in batches of": NOTHING if sample.batch is None else whole(sample.batch),
        }

    return table_of(samples, row)


def gains_in_words(samples: Sequence[Sample], run: Samples) -> str:
    """Whether every training beats its untrained networks by WANTED_GAIN."""
    gains = {sample_name(sample): gain(sample, run.untrained(sample)).value for sample in samples}
    known = {name: value for name, value in gains.items() if isfinite(value)}
    if not known:
        return "The run has no untrained networks to compare with."
    least = min(known, key=lambda name: known[name])
    short = [name for name, value in known.items() if value < WANTED_GAIN]
    verdict = f"too little: {', '.join(short)}" if short else "all reach it"
    return (
        f"Training brings the overall WD down by a factor of {plain(known[least])} at least ({least}). We aim at "
        f"{WANTED_GAIN:g}; {verdict}."
    )


def with_marks(
    experiments: Mapping[str, Mapping[str, Any]], tables: Mapping[tuple[str, str], pd.DataFrame]
) -> tuple[dict[str, Mapping[str, Any]], dict[tuple[str, str], pd.DataFrame]]:
    """Experiments and their tables under names that bear the marks, as ``published_beside_ours`` shows them."""
    names = {name: marked(name, entry) for name, entry in experiments.items()}
    marked_tables = {(names[name], process): table for (name, process), table in tables.items()}
    return {names[name]: entry for name, entry in experiments.items()}, marked_tables
