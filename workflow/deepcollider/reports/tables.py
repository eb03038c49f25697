"""Tables of a report, cut from the tidy ``metrics.csv`` and the published ``reference_results.csv``."""

from collections.abc import Mapping, Sequence

import pandas as pd

OVERALL_METRICS = {
    "wd": "WD",
    "js_distance": "JS distance",
    "js_divergence": "JS divergence",
    "kl": "KL",
}


def chosen(metrics: pd.DataFrame, settings: Sequence[str], metric: str, column: str = "value") -> pd.Series:
    """One overall number a setting, in the given order; NaN where the table has none."""
    rows = metrics[(metrics["metric"] == metric) & (metrics["part_or_feature"] == "overall")]
    return rows.set_index("setting")[column].reindex(settings)


def with_error(value: pd.Series, error: pd.Series, digits: int = 4) -> pd.Series:
    """``value ± error`` as text."""
    return pd.Series([f"{v:.{digits}f} ± {e:.{digits}f}" for v, e in zip(value, error, strict=True)], index=value.index)


def distances_table(metrics: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Overall distances of each setting with their error and their ratio to the truth-against-truth floor."""
    columns = {}
    for metric, label in OVERALL_METRICS.items():
        value, error, floor = (chosen(metrics, settings, metric, what) for what in ("value", "error", "floor"))
        columns[label] = with_error(value, error)
        columns[f"{label} / floor"] = (value / floor).map("{:.1f}".format)
    return pd.DataFrame(columns)


def quality_table(metrics: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Invalid event rate, correlation distance and mask tests of each setting."""
    ier, ier_error = (chosen(metrics, settings, "ier", what) for what in ("value", "error"))
    return pd.DataFrame(
        {
            "IER [%]": with_error(ier, ier_error, 2),
            "largest correlation difference": chosen(metrics, settings, "correlation_max_difference").map(
                "{:.3f}".format
            ),
            "its floor": chosen(metrics, settings, "correlation_max_difference", "floor").map("{:.3f}".format),
            "masks, p-value against truth": chosen(metrics, settings, "mask_p_value").map("{:.3f}".format),
            "against their own table": chosen(metrics, settings, "mask_model_p_value").map("{:.3f}".format),
        }
    )


def speed_table(metrics: pd.DataFrame, timings: Mapping[str, Mapping]) -> pd.DataFrame:
    """Generation time of each setting with its circumstances, beside the Monte Carlo's own of the same run.

    ``timings``: setting -> timing record of its generation. Monte Carlo is CPU time on one core.
    """
    settings = list(timings)
    ours = chosen(metrics, settings, "generation_ms_per_event")
    monte_carlo = chosen(metrics, settings, "mc_ms_per_event")
    records = pd.DataFrame(timings).T
    return pd.DataFrame(
        {
            "ms/event": ours.map("{:.4f}".format),
            "Monte Carlo ms/event": monte_carlo.map("{:.2f}".format),
            "Monte Carlo / ours": (monte_carlo / ours).map("{:.0f}".format),
            **{name: records[name] for name in ("events", "batch", "threads", "backend", "machine")},
        }
    )


def ier_table(metrics: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Percent of events that break each condition, one column a setting; an event can break several."""
    conditions = [name for name in metrics["metric"].unique() if name == "ier" or name.startswith("ier_")]
    table = pd.DataFrame({name: chosen(metrics, settings, name) for name in conditions}).T
    names = {
        "ier": "any (IER)",
        **{name: name.removeprefix("ier_").replace("_", " ") for name in conditions if name != "ier"},
    }
    return table.rename(index=names).map("{:.2f}".format)


def published_table(reference: pd.DataFrame, source: str, experiment: str, process: str) -> pd.DataFrame:
    """The published rows of an experiment and process; columns that the source does not have are left out."""
    rows = reference[
        (reference["source"] == source) & (reference["experiment"] == experiment) & (reference["process"] == process)
    ]
    parameter = rows["parameter"].fillna("") + "-" + rows["value"].astype(str)
    table = pd.DataFrame(
        {
            "setting": parameter.where(rows["parameter"].notna(), "published").to_numpy(),
            "WD": rows["WD"].to_numpy(),
            "JS distance": rows["JS_distance"].to_numpy(),
            "JS divergence": rows["JS_divergence"].to_numpy(),
            "KL": rows["KL"].to_numpy(),
            "IER [%]": rows["IER_percent"].to_numpy(),
            "ms/event": rows["generation_ms_per_event"].to_numpy(),
        }
    ).set_index("setting")
    return table.dropna(axis="columns", how="all")


def best_setting(metrics: pd.DataFrame, settings: Sequence[str]) -> str:
    """The setting of smallest overall Wasserstein distance."""
    return str(chosen(metrics, settings, "wd").astype(float).idxmin())
