"""Rows of what a model costs, from records made by hand."""

import numpy as np
import pandas as pd
import pytest

from deepcollider.metrics.cost import cost_rows
from deepcollider.metrics.table import COLUMNS

TIMING = {
    "ms_per_event": 0.5,
    "events": 6300,
    "batch": 10000,
    "threads": 2,
    "peak_memory_mb": 800.0,
    "by_batch": [  # in no order
        {"batch": 100, "ms_per_event": 0.25, "error": 0.05, "cpu_ms_per_event": 0.4, "events": 300},
        {"batch": 1, "ms_per_event": 2.0, "error": None, "cpu_ms_per_event": 3.0, "events": 1},
    ],
    "untrained": False,
}
TRAINING = [
    {"part": "met", "seconds": 12.0, "trainable_parameters": 40, "parameters": 44, "peak_memory_mb": 700.0, "rows": 50},
    {
        "part": "jet",
        "seconds": 30.5,
        "trainable_parameters": 100,
        "parameters": 100,
        "peak_memory_mb": 650.0,
        "rows": 70,
    },
]
SIMULATION = {"ms_per_accepted_event": 8.0, "n_passed": 28357, "n_accepted": 24000}


def rows(timing=TIMING, training=TRAINING, simulation=SIMULATION):
    """(part, metric) -> the rest of the row."""
    table = pd.DataFrame(cost_rows(timing, training, simulation), columns=COLUMNS)
    assert not table.duplicated(["part_or_feature", "metric"]).any()
    return table.set_index(["part_or_feature", "metric"])


def test_rows_have_the_columns_of_the_table():
    assert all(list(row) == COLUMNS for row in cost_rows(TIMING, TRAINING, SIMULATION))


def test_every_value():
    values = rows()["value"].to_dict()
    assert values == {
        ("overall", "generation_ms_per_event"): 0.5,
        ("overall", "generation_ms_per_event_batch_1"): 2.0,
        ("overall", "generation_ms_per_event_batch_100"): 0.25,
        ("overall", "generation_peak_memory_mb"): 800,
        ("overall", "parameters"): 140,
        ("met", "parameters"): 40,
        ("jet", "parameters"): 100,
        ("overall", "training_seconds"): 42.5,
        ("met", "training_seconds"): 12,
        ("jet", "training_seconds"): 30.5,
        ("overall", "training_rows"): 70,
        ("overall", "training_peak_memory_mb"): 700,
        ("overall", "mc_ms_per_event"): 8,
        ("overall", "mc_over_generation"): 32,
        ("overall", "mc_over_generation_core_time"): 20,
    }


def test_errors_and_floors():
    table = rows()
    errors = table["error"].dropna().to_dict()
    assert errors == {
        ("overall", "generation_ms_per_event_batch_100"): 0.05,
        ("overall", "mc_over_generation"): pytest.approx(32 * 0.05 / 0.25),
    }
    assert table["floor"].isna().all()


def test_one_repetition_leaves_the_ratio_without_error():
    table = rows({**TIMING, "by_batch": TIMING["by_batch"][1:]})
    assert table.loc[("overall", "mc_over_generation"), "value"] == 4
    assert np.isnan(table.loc[("overall", "mc_over_generation"), "error"])


def test_events_that_entered():
    sizes = rows()[["n_generated", "n_truth"]]
    found = {metric: tuple(row) for (part, metric), row in sizes.iterrows() if part == "overall"}
    assert found["generation_ms_per_event"] == found["generation_peak_memory_mb"] == (6300, 0)
    assert found["generation_ms_per_event_batch_1"] == (1, 0)
    assert found["generation_ms_per_event_batch_100"] == (300, 0)
    assert found["mc_ms_per_event"] == (0, 28357)
    assert found["mc_over_generation"] == found["mc_over_generation_core_time"] == (300, 28357)
    assert found["parameters"] == found["training_seconds"] == (0, 0)


def test_without_timed_batches_there_is_no_ratio_to_the_monte_carlo():
    table = rows({**TIMING, "by_batch": []})["value"]
    assert table["overall", "mc_ms_per_event"] == rows()["value"]["overall", "mc_ms_per_event"]
    assert not [metric for _, metric in table.index if "mc_over" in metric or "_batch_" in metric]


def test_untrained_baseline_cost_no_training():
    table = rows({**TIMING, "untrained": True})["value"]
    assert (table.xs("training_seconds", level="metric") == 0).all()
    assert table[("overall", "parameters")] == 140
    assert ("overall", "training_peak_memory_mb") not in table.index


def test_no_monte_carlo_of_ours_no_rows_of_it():
    assert not [metric for _, metric in rows(simulation=None).index if metric.startswith("mc_")]


def test_slower_generation_lowers_the_ratio():
    slower = {
        **TIMING,
        "by_batch": [{**each, "ms_per_event": 80 * each["ms_per_event"]} for each in TIMING["by_batch"]],
    }
    assert rows(slower).loc[("overall", "mc_over_generation"), "value"] == pytest.approx(0.4)


def test_the_likelihood_of_validation_events_where_networks_have_one():
    assert ("overall", "validation_loss") not in rows().index
    training = [{**TRAINING[0], "val_loss": 28.5}]
    assert rows(training=training)["value"]["overall", "validation_loss"] == 28.5
    assert ("overall", "validation_loss") not in rows({**TIMING, "untrained": True}, training).index
