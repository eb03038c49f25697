"""Metrics and shapes of a run of all adversarial systems, made by hand: every statement of the thesis holds in it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from deepcollider.reports.gan_findings import AGAINST_TRUTH, MATCHED
from deepcollider.reports.generated_samples import Sample, Samples

ERROR, FLOOR = 1e-4, 1e-3
"""Of every WD; a difference of 1e-3 is seven standard errors of it."""

BASE = {
    # experiment: (system, process, published, WD less the floor, JS divergence, KL, IER)
    "wgan": ("wgan", "ttbar", "SM", 0.010, 0.018, 0.096, 1.0),
    "wgan-gp": ("wgan-gp", "ttbar", "SM", 0.012, 0.023, 0.092, 1.8),
    "wgan-bsm": ("wgan", "stop_02", "BSM", 0.022, 0.030, 0.20, 3.0),
    "wgan-gp-bsm": ("wgan-gp", "stop_02", "BSM", 0.020, 0.035, 0.26, 3.8),
    "plain": ("gan", "ttbar", None, 0.040, 0.05, 0.3, 5.0),
    "least-squares": ("lsgan", "ttbar", None, 0.030, 0.05, 0.3, 5.0),
}
FEATURES = {"positron1_phi": 0.0, "electron1_phi": 0.02, "photon1_eta": 0.03}
"""WD less the floor of single observables, in every experiment."""

TRUTH = {"central_share": 0.25, "mean": 1.9, "spread": 0.5}
AWAY = {"central_share": 0.05, "mean": 0.04, "spread": 0.06}
"""By how much a statement is true: the error is SHAPE_ERROR."""
SHAPE_ERROR = 0.004


def entry_of(name: str) -> dict[str, Any]:
    """What the report is told of an experiment."""
    system, _, published, *_ = BASE[name]
    return {
        "title": f"Title of {name}",
        "system": system,
        "published": published and {"source": "GAN thesis", "experiment": published},
        "settings": {"default": {"width": 128}},
        "networks": {"default": f"{name}/default"},
        "starts_from": "noise",
        "starts_from_truth": False,
        "seeds": "",
        "selection": "chained",
    }


def rows_of(name: str) -> list[tuple]:
    """Tidy rows of an experiment; those that are fine-tuned have no untrained baseline."""
    system, process, _, wd, js, kl, ier = BASE[name]
    rows = []
    for setting, excess in (("default", wd), *([] if name.endswith("bsm") else [("untrained", 0.2)])):
        identity = (name, system, process, setting)
        rows += [
            (*identity, "overall", metric, value, error, FLOOR)
            for metric, value, error in (
                *(("wd", excess + FLOOR, ERROR), ("validation_wd", excess + FLOOR, np.nan)),
                *(("js_distance", js**0.5, ERROR), ("js_divergence", js, ERROR), ("kl", kl, ERROR), ("ier", ier, 0.1)),
                *(("c2st_auc", 0.9, 0.01), ("correlation_distance", 0.1, 0.01)),
                *(("memorisation_nearer_train", 0.5, 0.01), ("parameters", 1e6, np.nan)),
                *(("training_seconds", 60.0, np.nan), ("generation_ms_per_event", 0.1, np.nan)),
                ("generation_ms_per_event_batch_1000", 0.2, 0.002),
            )
        ]
        parts = {part for entries in MATCHED.values() for _, part, *_ in entries} | set(FEATURES)
        rows += [(*identity, part, "wd", FEATURES[part] + FLOOR, ERROR, FLOOR) for part in sorted(parts)]
    return rows


def metrics_of_run() -> pd.DataFrame:
    """The tidy metrics of all experiments."""
    columns = ["experiment", "system", "process", "setting", "part_or_feature", "metric", "value", "error", "floor"]
    table = pd.DataFrame([row for name in BASE for row in rows_of(name)], columns=columns)
    return table.assign(n_generated=5900, n_truth=5900)


def shapes_of_run(name: str) -> pd.DataFrame:
    """Shapes of an experiment: as the statements about its system and process have them, as in truth else."""
    system, process, *_ = BASE[name]
    rows = {
        (part, quantity): TRUTH[quantity]
        for entries in AGAINST_TRUTH.values()
        for _, _, part, (quantity, _), _ in entries
    }
    for entries in AGAINST_TRUTH.values():
        for of, systems, part, (quantity, larger), _ in entries:
            if of == process and system in systems:
                rows[part, quantity] += AWAY[quantity] if larger else -AWAY[quantity]
    if name == "wgan-gp":
        rows["jet1_pt", "mean"] -= AWAY["mean"]
    return pd.DataFrame(
        [
            {"part_or_feature": part, "quantity": quantity, "generated": value, "generated_error": SHAPE_ERROR}
            | {"n_generated": 5000, "truth": TRUTH[quantity], "truth_error": SHAPE_ERROR, "n_truth": 5000}
            for (part, quantity), value in rows.items()
        ]
    )


def shapes_of(sample: Sample) -> pd.DataFrame:
    """The table of a sample."""
    return shapes_of_run(sample.experiment)


def run_of(metrics: pd.DataFrame | None = None, experiments: Mapping[str, Mapping[str, Any]] | None = None) -> Samples:
    """The run, or one that differs from it in some of this."""
    return Samples(
        metrics_of_run() if metrics is None else metrics,
        {name: entry_of(name) for name in BASE} if experiments is None else experiments,
    )
