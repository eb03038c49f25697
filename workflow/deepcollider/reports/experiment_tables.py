"""Tables of the report of an experiment, from the tidy metrics of one process.

Distances, validity and masks have a row a setting. Other tables have a row a quantity and a column a setting, after the
floor: the same quantity for truth in the place of the generated events. A metric that a run does not have is a dash, a
quantity that no setting has is left out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from deepcollider.metrics.classifiers import CLASSIFIERS
from deepcollider.reports.rounding import NOTHING, Number, number_of, plain, rounded, span, whole

DISTANCES = {"wd": "WD", "js_distance": "JS distance", "js_divergence": "JS divergence", "kl": "KL"}
BEYOND_HISTOGRAMS = {
    **{each.metric: f"classifier two-sample test {each.name}, AUC" for each in CLASSIFIERS},
    "fpd": "Fréchet physics distance",
    "kpd": "kernel physics distance",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "correlation_distance": "correlation distance",
    "correlation_max_difference": "largest correlation difference",
    "memorisation_auc": "memorisation, AUC",
    "memorisation_nearer_train": "memorisation, share nearer to training events",
}

PEAKS = {"w_candidate": "W candidate", "top_candidate": "top candidate"}
PEAK_METRICS = {
    "peak_contrast": "contrast (peak over background, minus 1)",
    "peak_position": "peak [GeV]",
    "peak_width": "width [GeV]",
    "peak_position_shift": "difference of the peak [GeV]",
    "peak_width_shift": "difference of the width [GeV]",
}

BATCH = "generation_ms_per_event_batch_"
"""Metrics whose names begin so are generation times by batch size."""

THESES_BATCH = 1000
"""Batch size at which speeds are compared: the theses divide the time of 1000 events by 1000 (VAE 6.7, GAN 6.6)."""


def _column(metrics: pd.DataFrame, settings: Sequence[str], metric: str) -> list[Number]:
    return [number_of(metrics, setting, metric) for setting in settings]


def distances_table(metrics: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Overall distances of each setting with their error and their ratio to the truth-against-truth floor."""
    columns = {}
    for metric, label in DISTANCES.items():
        numbers = _column(metrics, settings, metric)
        columns[label] = [str(number) for number in numbers]
        columns[f"{label} / floor"] = [plain(number.ratio) for number in numbers]
    return pd.DataFrame(columns, index=list(settings))


def quality_table(metrics: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Invalid event rate and mask tests of each setting; without the columns that the system has not."""
    columns = {
        "IER [%]": _column(metrics, settings, "ier"),
        "masks, p-value against truth": _column(metrics, settings, "mask_p_value"),
        "against their own table": _column(metrics, settings, "mask_model_p_value"),
    }
    kept = {label: [str(number) for number in numbers] for label, numbers in columns.items() if any(numbers)}
    return pd.DataFrame(kept, index=list(settings))


def ier_table(metrics: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Percent of events that break each condition, one column a setting; an event can break several."""
    conditions = [name for name in metrics["metric"].unique() if name.startswith("ier_")]
    labels = {"ier": "any (IER)", **{name: name.removeprefix("ier_").replace("_", " ") for name in conditions}}
    rows = {label: [plain(n.value) for n in _column(metrics, settings, name)] for name, label in labels.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(settings))


def _row(metrics: pd.DataFrame, settings: Sequence[str], metric: str, part: str | None = None) -> dict[str, str]:
    numbers = {setting: number_of(metrics, setting, metric, part) for setting in settings}
    floor = span(number.floor for number in numbers.values())
    if floor == NOTHING and not any(numbers.values()):
        return {}
    return {"floor": floor} | {setting: str(number) for setting, number in numbers.items()}


def _table(rows: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict({label: row for label, row in rows.items() if row}, orient="index")


def beyond_table(metrics: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Metrics of whole events, which see what single histograms cannot."""
    return _table({label: _row(metrics, settings, metric) for metric, label in BEYOND_HISTOGRAMS.items()})


def peaks_table(metrics: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """The reconstructed W and top peaks; empty where the process has none."""
    return _table(
        {
            f"{candidate}: {label}": _row(metrics, settings, metric, part)
            for part, candidate in PEAKS.items()
            for metric, label in PEAK_METRICS.items()
        }
    )


def batches_among(names: Iterable[str]) -> list[int]:
    """Batch sizes whose generation time is among the names of metrics, smallest first."""
    return sorted({int(name.removeprefix(BATCH)) for name in names if name.startswith(BATCH)})


def compared_batch(sizes: Collection[int]) -> int | None:
    """The batch size whose time is compared with others: that of the theses, the largest where it was not timed.

    None where nothing was timed. Whoever shows the time says the batch too.
    """
    return THESES_BATCH if THESES_BATCH in sizes else max(sizes, default=None)


def timed_batches(metrics: pd.DataFrame) -> list[int]:
    """Batch sizes at which generation was timed, smallest first."""
    return batches_among(metrics["metric"].unique())


def cost_table(
    metrics: pd.DataFrame, settings: Sequence[str], timings: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """What each setting cost, and Monte Carlo beside it. ``timings``: setting -> record of its generation."""
    labels = {
        "parameters": "trainable parameters",
        "training_seconds": "training [s]",
        "training_peak_memory_mb": "peak memory of training [MB]",
        "generation_peak_memory_mb": "peak memory of generation [MB]",
        "generation_ms_per_event": "this sample [ms/event]",
        **{f"{BATCH}{size}": f"batches of {size} [ms/event]" for size in timed_batches(metrics)},
        "mc_ms_per_event": "Monte Carlo, CPU [ms/event]",
        "mc_over_generation": "Monte Carlo / generation",
        "mc_over_generation_core_time": "Monte Carlo / generation, CPU time of all threads",
    }
    rows = {label: _row(metrics, settings, metric) for metric, label in labels.items()}
    counts = {setting: number_of(metrics, setting, "parameters").value for setting in settings}
    rows["trainable parameters"] = {setting: whole(n) for setting, n in counts.items()}
    for name in ("events", "batch", "threads"):
        records = {setting: timings.get(setting, {}).get(name, NOTHING) for setting in settings}
        rows[f"{name} of this sample"] = {setting: str(value) for setting, value in records.items()}
    return _table(rows).drop(columns="floor", errors="ignore")


def machines(timings: Mapping[str, Mapping[str, Any]]) -> str:
    """Where the samples were generated, in words."""
    return "; ".join(dict.fromkeys(f"{each['machine']} ({each['backend']})" for each in timings.values()))


def furthest_observables(metrics: pd.DataFrame, setting: str, n: int = 8) -> pd.DataFrame:
    """The features with the largest Wasserstein distance in units of their floor."""
    rows = metrics[(metrics["metric"] == "wd") & (metrics["setting"] == setting)]
    rows = rows[(rows["part_or_feature"] != "overall") & (rows["floor"] > 0)].dropna(subset="value")
    rows = rows.assign(ratio=rows["value"] / rows["floor"]).nlargest(n, "ratio")
    return pd.DataFrame(
        {
            "WD": [rounded(value, error) for value, error in zip(rows["value"], rows["error"], strict=True)],
            "floor": rows["floor"].map(plain).to_numpy(),
            "WD / floor": rows["ratio"].map("{:.1f}".format).to_numpy(),
        },
        index=rows["part_or_feature"].to_numpy(),
    )
