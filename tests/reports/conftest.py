"""Tidy metrics made by hand, as the reports read them."""

import numpy as np
import pandas as pd
import pytest

NAN = float("nan")
SETTINGS = ["beta-0.5", "beta-1.5", "untrained"]

VALUES = {
    # metric: (value, error, floor) of each of SETTINGS
    "wd": [(0.02, 0.001, 0.01), (0.012345, 0.0004, 0.01), (0.5, 0.02, 0.01)],
    "validation_wd": [(0.019, 0.001, 0.01), (0.012, 0.0004, 0.01), (0.49, 0.02, 0.01)],
    "js_distance": [(0.2, 0.01, 0.1), (0.1, 0.01, 0.1), (0.8, 0.01, 0.1)],
    "js_divergence": [(0.04, 0.002, 0.01), (0.01, 0.002, 0.01), (0.64, 0.01, 0.01)],
    "kl": [(0.3, 0.02, 0.1), (0.15, 0.02, 0.1), (3.0, 0.2, 0.1)],
    "ier": [(9.166, 0.51, 0.0), (4.55, 0.4, 0.0), (99.0, 0.1, 0.0)],
    "ier_negative_mass": [(5.0, 0.5, 0.0), (2.0, 0.4, 0.0), (98.0, 0.1, 0.0)],
    "ier_low_pt": [(6.25, 0.5, 0.0), (3.0, 0.4, 0.0), (97.0, 0.1, 0.0)],
    "c2st_auc": [(0.9, 0.004, 0.502), (0.812, 0.005, 0.501), (1.0, 0.0, 0.501)],
    "c2st_ordered_auc": [(0.95, 0.004, 0.503), (0.83, 0.005, 0.504), (1.0, 0.0, 0.505)],
    "correlation_distance": [(0.4, 0.01, 0.02), (0.3, 0.01, 0.02), (0.9, 0.01, 0.02)],
    "memorisation_auc": [(0.47, 0.01, 0.5), (0.495, 0.01, 0.5), (0.1, 0.01, 0.5)],
    "memorisation_nearer_train": [(0.5, 0.01, 0.5), (0.505, 0.01, 0.5), (0.49, 0.01, 0.5)],
    "generation_ms_per_event": [(0.05, NAN, NAN), (0.0625, NAN, NAN), (0.05, NAN, NAN)],
    "generation_ms_per_event_batch_1": [(40.0, 1.0, NAN), (41.0, 1.0, NAN), (42.0, 1.0, NAN)],
    "generation_ms_per_event_batch_1000": [(0.06, 0.001, NAN), (0.05, 0.001, NAN), (0.06, 0.001, NAN)],
    "mc_ms_per_event": [(11.25, 0.1, NAN)] * 3,
    "mc_over_generation": [(225.0, 4.5, NAN)] * 3,
    "parameters": [(1234567.0, NAN, NAN)] * 3,
    "training_seconds": [(312.0, NAN, NAN), (330.0, NAN, NAN), (0.0, NAN, NAN)],
}
COLUMNS = ["setting", "part_or_feature", "metric", "value", "error", "floor"]


@pytest.fixture
def metrics() -> pd.DataFrame:
    """Two settings and a baseline of one experiment and process, in no order, with rows of two features."""
    rows = [
        (setting, "overall", metric, *numbers)
        for metric, of_settings in VALUES.items()
        for setting, numbers in zip(SETTINGS, of_settings, strict=True)
    ]
    rows += [("beta-0.5", "jet1_pt", "wd", 0.7, 0.07, 0.1), ("beta-0.5", "met", "wd", 0.05, 0.01, 0.001)]
    rows += [
        ("beta-0.5", "photon1_pt", "wd", NAN, NAN, 0.1),
        ("beta-0.5", "w_candidate", "peak_position", NAN, NAN, 81),
    ]
    table = pd.DataFrame(rows, columns=COLUMNS).sample(frac=1, random_state=1)
    identity = {"experiment": "two", "system": "beta-vae-per-particle", "process": "ttbar"}
    return table.assign(**identity, n_generated=6300, n_truth=6300)


@pytest.fixture
def powers() -> pd.DataFrame:
    """What the classifiers would find of 6300 top pairs a side: jets by 2 % and 1 %, MET by one alone, no balance."""
    ladder = [(classifier, shift, size, rise) for classifier, shift, size, rise in (
        *(("c2st_auc", "jets", 0.02, 0.0), ("c2st_auc", "jets", 0.04, 1.0)),
        *(("c2st_ordered_auc", "jets", 0.01, 0.0), ("c2st_ordered_auc", "jets", 0.02, 1.0)),
        *(("c2st_auc", "met", 0.64, 0.0), ("c2st_ordered_auc", "met", 0.08, 1.0)),
        *(("c2st_auc", "balance", 0.64, 0.0), ("c2st_ordered_auc", "balance", 0.64, 0.0)),
    )]  # fmt: skip
    table = pd.DataFrame(ladder, columns=["classifier", "shift", "size", "rise"])
    return table.assign(selection="all", process="ttbar", events=6300, auc=table["rise"] / 100, error=1e-9, n=6300)


@pytest.fixture
def board() -> pd.DataFrame:
    """A leaderboard of two systems on top pairs, of which one was also trained on a signal."""
    row = {
        "system": "vae",
        "process": "ttbar",
        "experiment": "two",
        "setting": "beta-1.5",
        "starts_from_truth": False,
        "seeds": "",
        "selection": "",
        "n_generated": 6300,
        "n_truth": 6300,
        "wd": 0.02,
        "wd_error": 0.001,
        "wd_floor": 0.01,
        "c2st_auc": 0.8,
        "c2st_auc_error": 0.005,
        "c2st_auc_floor": 0.5,
        "c2st_classifier": "by pt",
        "c2st_events": 6300.0,
        "precision": 0.9,
        "precision_error": 0.01,
        "precision_floor": 0.97,
        "ier": 4.0,
        "ier_error": 0.3,
        "ier_floor": 0.0,
        "fpd": np.nan,
        "ms_per_event": 0.05,
        "ms_per_event_error": np.nan,
        "mc_ms_per_event": 10.0,
        "parameters": 1234567.0,
        "training_seconds": 312.0,
    }
    other = {"system": "gan", "experiment": "g", "setting": "default", "wd": 0.03, "c2st_auc": 0.7, "ms_per_event": 0.1}
    signal = {"process": "stop_02", "experiment": "bsm", "wd": 0.04, "wd_floor": 0.02, "precision": 0.905, "ier": 2.0}
    return pd.DataFrame([row, {**row, **other}, {**row, **signal}])
