"""Tables of a report, on a table of metrics made by hand and on the published results."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepcollider.reports.tables import (
    best_setting,
    chosen,
    distances_table,
    ier_table,
    published_table,
    quality_table,
    speed_table,
)

REFERENCE = Path(__file__).parents[2] / "resources/reference_results.csv"

SETTINGS = ["beta-0.5", "beta-1.5", "untrained"]


@pytest.fixture
def metrics():
    """Tidy metrics of two settings and a baseline; the first has rows of a feature, which no table shows."""
    values = {
        # metric: (value, error, floor) of each of SETTINGS
        "wd": [(0.02, 0.001, 0.01), (0.012345, 0.0004, 0.01), (0.5, 0.02, 0.01)],
        "js_distance": [(0.2, 0.01, 0.1), (0.1, 0.01, 0.1), (0.8, 0.01, 0.1)],
        "js_divergence": [(0.04, 0.002, 0.01), (0.01, 0.002, 0.01), (0.64, 0.01, 0.01)],
        "kl": [(0.3, 0.02, 0.1), (0.15, 0.02, 0.1), (3.0, 0.2, 0.1)],
        "ier": [(9.166, 0.51, 0.0), (4.55, 0.4, 0.0), (99.0, 0.1, 0.0)],
        "ier_negative_mass": [(5.0, 0.5, 0.0), (2.0, 0.4, 0.0), (98.0, 0.1, 0.0)],
        "ier_low_pt": [(6.25, 0.5, 0.0), (3.0, 0.4, 0.0), (97.0, 0.1, 0.0)],
        "correlation_max_difference": [(0.4, 0.01, 0.02), (0.3, 0.01, 0.02), (0.9, 0.01, 0.02)],
        "generation_ms_per_event": [(0.05, np.nan, np.nan), (0.0625, np.nan, np.nan), (0.05, np.nan, np.nan)],
        "mc_ms_per_event": [(11.25, 0.1, np.nan)] * 3,
    }
    rows = [
        (setting, "overall", metric, *numbers)
        for metric, of_settings in values.items()
        for setting, numbers in zip(SETTINGS, of_settings, strict=True)
    ]
    rows += [("beta-0.5", "jet1_pt", "wd", 77.0, 7.0, 7.0)]
    columns = ["setting", "part_or_feature", "metric", "value", "error", "floor"]
    return pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=1).sort_values("metric", kind="stable")


def test_overall_numbers_in_the_given_order(metrics):
    numbers = chosen(metrics, ["untrained", "beta-0.5"], "wd")
    assert numbers.index.tolist() == ["untrained", "beta-0.5"]
    assert numbers.tolist() == [0.5, 0.02]
    assert chosen(metrics, ["beta-0.5"], "wd", "floor").tolist() == [0.01]


def test_distances(metrics):
    table = distances_table(metrics, SETTINGS)
    assert table.index.tolist() == SETTINGS
    names = ["WD", "JS distance", "JS divergence", "KL"]
    assert table.columns.tolist() == [column for name in names for column in (name, f"{name} / floor")]
    assert table.loc["beta-1.5"].tolist() == [
        *("0.0123 ± 0.0004", "1.2"),
        *("0.1000 ± 0.0100", "1.0"),
        *("0.0100 ± 0.0020", "1.0"),
        *("0.1500 ± 0.0200", "1.5"),
    ]
    assert table.loc["untrained", "WD / floor"] == "50.0"


def test_setting_without_results_is_a_gap(metrics):
    table = distances_table(metrics, ["beta-0.7", "beta-0.5"])
    assert table.loc["beta-0.7"].tolist() == ["nan ± nan", "nan"] * 4
    assert table.loc["beta-0.5", "WD"] == "0.0200 ± 0.0010"


def test_quality(metrics):
    row = quality_table(metrics, SETTINGS).loc["beta-0.5"]
    assert row["IER [%]"] == "9.17 ± 0.51"
    assert row["largest correlation difference"] == "0.400"
    assert row["its floor"] == "0.020"


def test_speed(metrics):
    record = {"events": 100, "batch": 50, "threads": 2, "backend": "tensorflow", "machine": "a laptop"}
    table = speed_table(metrics, {"beta-1.5": record, "untrained": {**record, "threads": 1}})
    row = table.loc["beta-1.5"]
    assert row["ms/event"] == "0.0625" and row["Monte Carlo ms/event"] == "11.25"
    assert row["Monte Carlo / ours"] == "180"
    assert (row["batch"], row["machine"]) == (50, "a laptop")
    assert table["threads"].tolist() == [2, 1]


def test_conditions_of_invalid_events(metrics):
    table = ier_table(metrics, SETTINGS)
    assert table.columns.tolist() == SETTINGS
    assert set(table.index) == {"any (IER)", "negative mass", "low pt"}
    assert table.loc["any (IER)"].tolist() == ["9.17", "4.55", "99.00"]
    assert table.loc["low pt"].tolist() == ["6.25", "3.00", "97.00"]


def test_conditions_keep_their_names_in_any_order(metrics):
    backwards = metrics.iloc[::-1]
    assert set(ier_table(backwards, SETTINGS).index) == {"any (IER)", "negative mass", "low pt"}


def test_best_setting_has_the_smallest_distance(metrics):
    assert best_setting(metrics, SETTINGS) == "beta-1.5"
    assert best_setting(metrics, ["untrained", "beta-0.5"]) == "beta-0.5"


def test_published_results_of_experiment_two():
    table = published_table(pd.read_csv(REFERENCE), "VAE thesis", "II", "ttbar")
    # Table 7.3 of the VAE thesis
    expected = {
        "beta-0.5": (0.002969, 0.058086, 0.016235, 9.17, 75.46),
        "beta-0.7": (0.002928, 0.056739, 0.015629, 7.54, 75.26),
        "beta-1.0": (0.002800, 0.056514, 0.015833, 8.16, 74.43),
        "beta-1.2": (0.002785, 0.056112, 0.016177, 4.48, 75.81),
        "beta-1.5": (0.002771, 0.055761, 0.016530, 4.55, 74.64),
    }
    assert table.index.tolist() == list(expected)
    columns = ["WD", "JS distance", "KL", "IER [%]", "ms/event"]
    assert [tuple(row) for row in table[columns].to_numpy().tolist()] == list(expected.values())
    assert "JS divergence" not in table.columns  # the source has none


def test_published_results_without_a_parameter():
    table = published_table(pd.read_csv(REFERENCE), "GAN thesis", "SM", "ttbar")
    assert table.index.tolist() == ["published", "published"]
    assert table["JS divergence"].tolist() == [0.0235, 0.0181]
    assert "JS distance" not in table.columns  # the source has none


def test_nothing_published():
    table = published_table(pd.read_csv(REFERENCE), "VAE thesis", "II", "gluino_01")
    assert table.empty
