"""Metrics of a run of all variational systems, made by hand: every statement of the documents holds in it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from deepcollider.metrics.correlation import FEATURE_LABELS
from deepcollider.reports.generated_samples import Samples
from deepcollider.reports.vae_findings import JETS, SHOWN

ERROR, FLOOR = 1e-4, 1e-3
"""Of every WD; a difference of 1e-3 is seven standard errors of it."""

BASE = {
    # experiment: (system, process, published, hyperparameter of the grid, values, WD of each less the floor, IER)
    "zero": ("alpha-vae", "ttbar", "0", "alpha", (0.1, 0.2, 0.3), (0.008, 0.006, 0.008), 1.7),
    "zero-bsm": ("alpha-vae", "stop_02", None, "alpha", (0.2,), (0.006,), 1.7),
    "one": ("alpha-vae-per-particle", "ttbar", "I", "alpha", (0.1, 0.3), (0.0028, 0.0020), 0.5),
    "two": ("beta-vae-per-particle", "ttbar", "II", "beta", (0.5, 1.5), (0.012, 0.010), 4.9),
    "two-bsm": ("beta-vae-per-particle", "stop_02", "II", "beta", (1.5,), (0.008,), 5.9),
    "three": ("beta-vae-single", "ttbar", "III", "beta", (0.5, 1.5, 2.0), (0.017, 0.014, 0.016), 4.0),
    "three-bsm": ("beta-vae-single", "stop_02", "III", "beta", (1.5,), (0.012,), 2.0),
    "merged": ("beta-vae-merged", "ttbar", None, "beta", (0.001,), (0.004,), 3.0),
    "merged-mixture": ("beta-vae-merged-bgmm", "ttbar", None, "beta", (0.001,), (0.009,), 3.0),
    "split": ("beta-vae-split", "ttbar", None, "beta", (0, 0.001), (0.006, 0.004), 3.0),
    "split-mixture": ("beta-vae-split-bgmm", "ttbar", None, "beta", (0.001,), (0.009,), 3.0),
    "split-bsm": ("beta-vae-split", "stop_02", None, "beta", (0.001,), (0.009,), 3.0),
    "zero-mixture": ("alpha-vae-bgmm", "ttbar", None, "alpha", (0.2,), (0.012,), 3.0),
}
MILLISECONDS = {"zero": 0.3, "one": 2.0, "two": 0.2, "two-bsm": 0.2, "three": 0.1}
FEATURES = {
    # (experiment, observable): its WD less the floor where it is not the overall one
    **{("zero", part): 0.02 for part in ("lepton1_pt", "photon1_pt")},
    **{("one", part): 0.0 for part in ("met_phi", "jet1_phi")},
    **{("split", part): 0.0 for part in ("met_phi", "jet1_phi")},
    ("two", "lepton1_energy"): 0.004,
}
CORRELATIONS = {"zero": (0.28, 0.7), "one": (0.01, 0.6), "two": (0.0, 0.5), "three": (0.29, 0.68)}
CORRELATIONS |= {"two-bsm": (0.0, 0.5), "three-bsm": (0.29, 0.68)}
"""r of MET with pt of the first jet, and of pt of the first two jets; truth has TRUE."""
TRUE = (0.3, 0.75)
OF_TRUTH = ("zero", "one", "merged", "split")


def grid_of(name: str) -> dict[str, dict[str, float]]:
    """Settings of an experiment and their hyperparameters."""
    _, _, _, parameter, values, *_ = BASE[name]
    return {f"{parameter}-{value}": {parameter: value, "width": 512} for value in values}


def entry_of(name: str) -> dict[str, Any]:
    """What the report is told of an experiment."""
    system, _, published, *_ = BASE[name]
    trained = name.replace("-mixture", "")
    from_truth = name.startswith(OF_TRUTH) and "mixture" not in name
    starts_from = "true events (test split)" if from_truth else "mixture of codes" if "mixture" in name else "noise"
    return {
        "title": f"Title of {name}",
        "system": system,
        "published": published and {"source": "VAE thesis", "experiment": published},
        "settings": grid_of(name),
        "networks": {setting: f"{trained}/{setting}" for setting in grid_of(name)},
        "starts_from": starts_from,
        "starts_from_truth": from_truth,
        "seeds": "test" if from_truth else "",
        "selection": "few-jets" if system == "beta-vae-single" else "",
    }


def rows_of(name: str) -> list[tuple]:
    """Tidy rows of an experiment: (experiment, system, process, setting, part, metric, value, error, floor)."""
    system, process, _, _, _, wds, ier = BASE[name]
    rows = []
    for i, (setting, wd) in enumerate([*zip(grid_of(name), wds, strict=True), ("untrained", 0.2)]):
        identity = (name, system, process, setting)
        rows += [
            (*identity, "overall", "wd", wd + FLOOR, ERROR, FLOOR),
            (*identity, "overall", "validation_wd", wd + FLOOR, np.nan, FLOOR),
            (*identity, "overall", "js_distance", 5 * wd, ERROR, FLOOR),
            (*identity, "overall", "js_divergence", wd, ERROR, FLOOR),
            (*identity, "overall", "kl", 2 * wd, ERROR, FLOOR),
            (*identity, "overall", "ier", ier + (i == 0 and len(wds) > 1), 0.1, 0.0),
            (*identity, "overall", "c2st_auc", 0.9, 0.01, 0.5),
            (*identity, "overall", "correlation_distance", 0.1, 0.01, 0.02),
            (*identity, "overall", "memorisation_nearer_train", 0.5, 0.01, 0.5),
            (*identity, "overall", "parameters", 1000.0 + i, np.nan, np.nan),
            (*identity, "overall", "training_seconds", 60.0, np.nan, np.nan),
            (*identity, "overall", "generation_ms_per_event", 0.1, np.nan, np.nan),
        ]
        time = MILLISECONDS.get(name, 0.1)
        rows += [
            (*identity, "overall", f"generation_ms_per_event_batch_{n}", t, t / 100, np.nan)
            for n, t in ((1, 40.0), (1000, time), (100000, 7.0))
        ]
        for part in dict.fromkeys([*SHOWN, *(f"{jet}_{feature}" for jet in JETS for feature in ("pt", "eta", "phi"))]):
            rows.append((*identity, part, "wd", FEATURES.get((name, part), wd) + FLOOR, ERROR, FLOOR))
    return rows


def metrics_of_run() -> pd.DataFrame:
    """The tidy metrics of all experiments."""
    return _metrics_of_run().copy()


@cache
def _metrics_of_run() -> pd.DataFrame:
    columns = ["experiment", "system", "process", "setting", "part_or_feature", "metric", "value", "error", "floor"]
    table = pd.DataFrame([row for name in BASE for row in rows_of(name)], columns=columns)
    return table.assign(n_generated=10003, n_truth=10003)


def matrices(of_met: float, of_jets: float) -> pd.DataFrame:
    """Both correlation matrices: these two of the generated events, TRUE in truth, else none."""
    features, tables = list(FEATURE_LABELS), []
    for met, jets in (TRUE, (of_met, of_jets)):
        table = pd.DataFrame(np.eye(len(features)), index=features, columns=features)
        table.loc["met", "jet1_pt"] = table.loc["jet1_pt", "met"] = met
        table.loc["jet1_pt", "jet2_pt"] = table.loc["jet2_pt", "jet1_pt"] = jets
        tables.append(table)
    return pd.concat(tables, keys=["truth", "generated"], names=["sample", "feature"])


def run_of(
    metrics: pd.DataFrame | None = None,
    experiments: Mapping[str, Mapping[str, Any]] | None = None,
    correlations: Mapping[str, tuple[float, float]] | None = None,
) -> Samples:
    """The run, or one that differs from it in some of this."""
    found = {**CORRELATIONS, **(correlations or {})}
    return Samples(
        metrics_of_run() if metrics is None else metrics,
        {name: entry_of(name) for name in BASE} if experiments is None else experiments,
        lambda experiment, setting, process: matrices(*found.get(experiment, TRUE)),
    )
