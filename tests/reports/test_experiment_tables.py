"""Tables of the report of an experiment, on a table of metrics made by hand."""

import pytest

from deepcollider.reports.experiment_tables import (
    beyond_table,
    cost_table,
    distances_table,
    furthest_observables,
    ier_table,
    machines,
    peaks_table,
    quality_table,
)
from tests.reports.conftest import SETTINGS


def test_distances(metrics):
    table = distances_table(metrics, SETTINGS)
    assert table.index.tolist() == SETTINGS
    names = ["WD", "JS distance", "JS divergence", "KL"]
    assert table.columns.tolist() == [column for name in names for column in (name, f"{name} / floor")]
    assert table.loc["beta-1.5"].tolist() == [
        *("0.01235 ± 0.00040", "1.23"),
        *("0.100 ± 0.010", "1.00"),
        *("0.0100 ± 0.0020", "1.00"),
        *("0.150 ± 0.020", "1.50"),
    ]
    assert table.loc["untrained", "WD / floor"] == "50.0"


def test_setting_without_results_is_a_gap(metrics):
    table = distances_table(metrics, ["beta-0.7", "beta-0.5"])
    assert table.loc["beta-0.7"].tolist() == ["–"] * 8
    assert table.loc["beta-0.5", "WD"] == "0.0200 ± 0.0010"


def test_quality_has_no_columns_for_masks_that_a_system_has_not(metrics):
    table = quality_table(metrics, SETTINGS)
    assert table.columns.tolist() == ["IER [%]"]
    assert table["IER [%]"].tolist() == ["9.17 ± 0.51", "4.55 ± 0.40", "99.00 ± 0.10"]


@pytest.mark.parametrize("order", [1, -1])
def test_conditions_of_invalid_events(metrics, order):
    table = ier_table(metrics.iloc[::order], SETTINGS)
    assert table.columns.tolist() == SETTINGS
    assert set(table.index) == {"any (IER)", "negative mass", "low pt"}
    assert table.loc["any (IER)"].tolist() == ["9.17", "4.55", "99.0"]
    assert table.loc["low pt"].tolist() == ["6.25", "3.00", "97.0"]


def test_metrics_of_whole_events_with_the_floor_first(metrics):
    table = beyond_table(metrics, SETTINGS)
    assert table.columns.tolist() == ["floor", *SETTINGS]
    classifiers = {f"classifier two-sample test {name}, AUC" for name in ("by kind", "by pt")}
    memorisation = {"memorisation, AUC", "memorisation, share nearer to training events"}
    assert set(table.index) == classifiers | {"correlation distance"} | memorisation
    row = table.loc["classifier two-sample test by kind, AUC"]
    assert row["floor"] == "0.501 to 0.502"
    assert row["beta-1.5"] == "0.8120 ± 0.0050"
    assert row["untrained"] == "1.00"  # without an error of its own


def test_peak_that_only_truth_has_is_shown(metrics):
    table = peaks_table(metrics, SETTINGS)
    assert table.loc["W candidate: peak [GeV]"].tolist() == ["81.0", "–", "–", "–"]
    assert len(table) == 1
    assert peaks_table(metrics[metrics["part_or_feature"] == "overall"], SETTINGS).empty


def test_cost(metrics):
    record = {"events": 100, "batch": 50, "threads": 2, "backend": "tensorflow", "machine": "a laptop"}
    timings = {"beta-1.5": record, "untrained": {**record, "threads": 1}}
    table = cost_table(metrics, SETTINGS, timings)
    assert table.columns.tolist() == SETTINGS
    column = table["beta-1.5"]
    assert column["trainable parameters"] == "1 234 567"
    assert column["training [s]"] == "330"
    assert column["batches of 1 [ms/event]"] == "41.0 ± 1.0"
    assert column["batches of 1000 [ms/event]"] == "0.0500 ± 0.0010"
    assert column["Monte Carlo, CPU [ms/event]"] == "11.25 ± 0.10"
    assert column["Monte Carlo / generation"] == "225.0 ± 4.5"
    assert table.index.tolist().index("batches of 1 [ms/event]") < table.index.tolist().index(
        "batches of 1000 [ms/event]"
    )
    assert table.loc["threads of this sample"].tolist() == ["–", "2", "1"]
    assert "peak memory of training [MB]" not in table.index
    assert machines(timings) == "a laptop (tensorflow)"


def test_features_that_are_furthest_off_come_first(metrics):
    table = furthest_observables(metrics, "beta-0.5")
    assert table.index.tolist() == ["met", "jet1_pt"]
    assert table.loc["met"].tolist() == ["0.050 ± 0.010", "0.00100", "50.0"]
    assert furthest_observables(metrics, "beta-0.5", n=1).index.tolist() == ["met"]
    assert furthest_observables(metrics, "beta-1.5").empty
