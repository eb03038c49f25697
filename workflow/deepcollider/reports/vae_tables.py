"""Tables of the report on all variational systems: one row a sample, the best of each experiment and process."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

import pandas as pd

from deepcollider.reports.overview_tables import marked
from deepcollider.reports.published_tables import beside_published
from deepcollider.reports.rounding import NOTHING, Number, plain, whole
from deepcollider.reports.vae_samples import Sample, Samples

PAIRS = (("met", "jet1_pt"), ("met", "jet1_energy"), ("met", "jet2_pt"), ("jet1_pt", "jet2_pt"))
"""Pairs of features whose correlation is shown: MET with jets, and jets with each other."""

WANTED_GAIN = 4.0
"""By which factor a training must bring the WD down."""


def sample_name(sample: Sample) -> str:
    """Experiment and process, with the marks that a fair comparison needs."""
    return marked(f"{sample.experiment} ({sample.process})", sample.entry)


def _table(samples: Sequence[Sample], row: Callable[[Sample], dict]) -> pd.DataFrame:
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

    return _table(samples, row)


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

    return _table(samples, row)


def beyond_table(samples: Sequence[Sample]) -> pd.DataFrame:
    """Metrics of whole events, memorisation and speed."""

    def row(sample: Sample) -> dict[str, str]:
        return {
            "C2ST AUC": str(sample.number("c2st_auc")),
            "correlation distance": str(sample.number("correlation_distance")),
            "its floor": plain(sample.number("correlation_distance").floor),
            "share nearer to training events": str(sample.number("memorisation_nearer_train")),
            "ms/event": str(sample.milliseconds),
            "in batches of": NOTHING if sample.batch is None else whole(sample.batch),
        }

    return _table(samples, row)


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


def _published_correlation(published: pd.DataFrame, sample: Sample, pair: tuple[str, str]) -> str:
    """As printed, of the events that the thesis generated in the same experiment on the same process."""
    of = sample.entry["published"] or {}
    wanted = {**of, "process": sample.process, "feature_1": pair[0], "feature_2": pair[1]}
    found = published[(published[list(wanted)] == pd.Series(wanted)).all(axis=1)] if of else published.iloc[:0]
    return f"{found['value'].item():g}" if len(found) else NOTHING


def correlations_table(samples: Sequence[Sample], published: pd.DataFrame) -> pd.DataFrame:
    """Correlation of each of PAIRS in the generated events, in truth, and in those that the thesis generated.

    ``published``: resources/published_generated_correlations.csv.
    """

    def row(sample: Sample) -> dict[tuple[str, str], str]:
        cells = {}
        for pair in PAIRS:
            ours, truth = sample.correlation(*pair)
            columns = {"ours": str(ours), "truth": str(truth)}
            columns["published"] = _published_correlation(published, sample, pair)
            cells |= {(" – ".join(pair), column): text for column, text in columns.items()}
        return cells

    table = _table(samples, row)
    return table.set_axis(pd.MultiIndex.from_tuples(table.columns), axis="columns")


def best_of_thesis(best: pd.DataFrame) -> pd.DataFrame:
    """Table 8.1 of the VAE thesis beside ours, from the table of the best of each experiment on ttbar."""
    published = best[best["WD_published"].notna()]
    names = [marked(f"{row['experiment']}: {row['setting']}", row) for _, row in published.iterrows()]
    table = beside_published(published, names)
    return table[[column for column in table if (column[0], "published") in table]]


def with_marks(
    experiments: Mapping[str, Mapping[str, Any]], tables: Mapping[tuple[str, str], pd.DataFrame]
) -> tuple[dict[str, Mapping[str, Any]], dict[tuple[str, str], pd.DataFrame]]:
    """Experiments and their tables under names that bear the marks, as ``published_beside_ours`` shows them."""
    names = {name: marked(name, entry) for name, entry in experiments.items()}
    marked_tables = {(names[name], process): table for (name, process), table in tables.items()}
    return {names[name]: entry for name, entry in experiments.items()}, marked_tables
