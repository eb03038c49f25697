"""Tables of a report, cut from the tidy ``metrics.csv`` and the published ``reference_results.csv``."""

from collections.abc import Sequence

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
    """Invalid event rate, correlation distance, mask test and speed of each setting."""
    ier, ier_error = (chosen(metrics, settings, "ier", what) for what in ("value", "error"))
    return pd.DataFrame(
        {
            "IER [%]": with_error(ier, ier_error, 2),
            "largest correlation difference": chosen(metrics, settings, "correlation_max_difference").map(
                "{:.3f}".format
            ),
            "its floor": chosen(metrics, settings, "correlation_max_difference", "floor").map("{:.3f}".format),
            "mask chi2 p-value": chosen(metrics, settings, "mask_model_p_value").map("{:.3f}".format),
            "ms/event": chosen(metrics, settings, "generation_ms_per_event").map("{:.4f}".format),
            "Monte Carlo ms/event": chosen(metrics, settings, "mc_ms_per_event").map("{:.1f}".format),
        }
    )


def ier_table(metrics: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Percent of events that break each condition, one column a setting; an event can break several."""
    conditions = [name for name in metrics["metric"].unique() if name == "ier" or name.startswith("ier_")]
    table = pd.DataFrame({name: chosen(metrics, settings, name) for name in conditions}).T
    names = {
        "ier": "any (IER)",
        **{name: name.removeprefix("ier_").replace("_", " ") for name in conditions[1:]},
    }
    return table.rename(index=names).map("{:.2f}".format)


def published_table(reference: pd.DataFrame, source: str, experiment: str, process: str) -> pd.DataFrame:
    """The published rows of an experiment and process, columns as in :func:`distances_table`."""
    rows = reference[
        (reference["source"] == source) & (reference["experiment"] == experiment) & (reference["process"] == process)
    ]
    parameter = rows["parameter"].fillna("") + "-" + rows["value"].astype(str)
    return pd.DataFrame(
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


def best_setting(metrics: pd.DataFrame, settings: Sequence[str]) -> str:
    """The setting of smallest overall Wasserstein distance."""
    return str(chosen(metrics, settings, "wd").astype(float).idxmin())
