"""Summaries of trilepton and dilepton rows: yields, missing values, correlations, and the cut on MET."""

import json

import numpy as np
import pandas as pd
import pytest

from deepcollider.metrics.ntuple_summaries import (
    met_cut_baseline,
    met_histogram,
    missing_note,
    present,
    summarise_sample,
    summarise_trileptons,
    total_of,
)
from deepcollider.metrics.ntuple_variables import FEATURE_VARIABLES, IMAGE_VARIABLES, TRILEPTON_VARIABLES, Z_VARIABLES
from deepcollider.sources.dileptons import FEATURES
from deepcollider.sources.dileptons import IMAGE_VARIABLES as IMAGE_FIELDS
from deepcollider.sources.trileptons import CHANNELS, ROW_DTYPE, VARIABLES


def test_variables_are_the_fields_of_the_rows():
    assert [each.name for each in TRILEPTON_VARIABLES] == list(VARIABLES)
    assert [each.name for each in FEATURE_VARIABLES] == list(FEATURES)
    assert [each.name for each in IMAGE_VARIABLES] == list(IMAGE_FIELDS)
    assert set(Z_VARIABLES) == {f"{c}_{q}" for c in CHANNELS for q in ("Zmass", "Dr_Z")} | {"Z_pt", "W_mt"}


def trileptons(n=400, seed=1, missing=np.nan):
    """Rows of samples 1 and 2 (background) and 4 (signal); one in ten has no Z pair."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(n, ROW_DTYPE)
    for name in VARIABLES:
        rows[name] = rng.exponential(50.0, n)
    rows["HT"] = rows["MET_pt"] + rng.normal(0, 10, n)
    rows["Dataset_ID"] = rng.choice([1, 2, 4], n)
    rows["Channel"] = rng.integers(0, 4, n)
    no_z = rng.random(n) < 0.1
    for name in Z_VARIABLES:
        channel = CHANNELS.find(name[0]) if name[1] == "_" and name[0] in CHANNELS else None
        absent = no_z if channel is None else no_z | (rows["Channel"] != channel)
        rows[name][absent] = missing
    return rows


SAMPLES = {1: "WZ", 2: "ZZ", 4: "signal"}


def summary_of(rows, size=150, zero=False):
    batches = [rows[start : start + size] for start in range(0, len(rows), size)]
    return summarise_trileptons(batches, SAMPLES, ["WZ", "ZZ"], zero)


def test_yields_by_channel():
    rows = trileptons()
    found = summary_of(rows)["yields"]
    for number, sample in SAMPLES.items():
        for i, channel in enumerate("ABCD"):
            here = rows[(rows["Dataset_ID"] == number) & (rows["Channel"] == i)]
            assert found[sample][channel] == {"events": len(here), "with_z": int(np.isfinite(here["Z_pt"]).sum())}


def test_background_correlations_as_pandas_and_none_between_channels():
    rows = trileptons()
    background = pd.DataFrame({name: rows[name].astype(float) for name in VARIABLES})[rows["Dataset_ID"] != 4]
    found = summary_of(rows)["correlations"]
    expected = background.corr(min_periods=20).to_numpy()
    np.testing.assert_allclose(np.array(found["matrix"], float), expected, atol=1e-9, equal_nan=True)
    names = found["variables"]
    assert found["matrix"][names.index("A_Zmass")][names.index("B_Dr_Z")] is None
    assert found["matrix"][names.index("HT")][names.index("MET_pt")] > 0.9


def test_zeros_written_for_missing_values_are_missing_too():
    with_nan, with_zeros = summary_of(trileptons()), summary_of(trileptons(missing=0.0), zero=True)
    assert with_nan == with_zeros
    assert summary_of(trileptons(missing=0.0), zero=False) != with_nan


def test_summary_does_not_depend_on_the_batches():
    rows = trileptons()
    first, second = summary_of(rows, 33), summary_of(rows, 400)
    assert first["distributions"] == second["distributions"] and first["yields"] == second["yields"]
    json.dumps(first, allow_nan=False)


def test_histogram_counts_and_missing_add_up():
    rows = trileptons()
    for sample in summary_of(rows)["distributions"]["variables"].values():
        for part in sample["variables"].values():
            assert present(part) + part["missing"] == sample["n"]


def test_note_tells_missing_and_outside():
    part = {"counts": [3, 0], "below": 1, "above": 0, "missing": 4}
    full = {"counts": [8, 0], "below": 0, "above": 0, "missing": 0}
    assert total_of([part, full]) == {"counts": [11, 0], "below": 1, "above": 0, "missing": 4}
    note = missing_note({"background": [part], "signal": [full]})
    assert note == "no value: background 50.0 %, signal 0.0 %; outside: background 25.0 %, signal 0.0 %"
    assert missing_note({"background": [full], "signal": []}) == ""


def filled(values):
    histogram = met_histogram()
    histogram.add(np.array(values))
    return histogram.as_dict()


def test_accuracy_of_a_cut_weighs_the_classes_alike():
    background = filled([10.0] * 60 + [200.0] * 40)  # 60 % below
    signal = filled([50.0] * 3 + [110.0] * 4 + [5000.0] * 3)  # 70 % from 110 GeV on, one part in the overflow
    found = met_cut_baseline(background, signal, 110.0)
    assert found["accuracy"] == pytest.approx(0.65)
    assert found["error"] == pytest.approx(0.5 * np.sqrt(0.6 * 0.4 / 100 + 0.7 * 0.3 / 10))
    assert found["best_cut"] == 11  # the first cut that has all 50 GeV events right
    assert found["best_accuracy"] == pytest.approx(0.8)


def test_accuracy_of_overlapping_normal_classes_is_that_of_theory():
    """Equal widths s and means m apart: the best cut lies half way and is right with probability Phi(m / 2 s)."""
    rng = np.random.default_rng(1)
    found = met_cut_baseline(filled(rng.normal(200, 40, 40_000)), filled(rng.normal(260, 40, 10_000)), 230.0)
    assert found["accuracy"] == pytest.approx(0.77337, abs=4 * found["error"])
    assert found["best_cut"] == pytest.approx(230, abs=8)


def test_cut_without_events_of_a_class():
    assert np.isnan(met_cut_baseline(filled([1.0]), filled([]), 110.0)["accuracy"])


def test_dilepton_sample():
    rows = np.zeros(100, [(each.name, "f4") for each in FEATURE_VARIABLES])
    rows["met"] = np.arange(100)
    rows["delta_phi_ll"] = np.linspace(-3, 3, 100)
    found = summarise_sample([rows[:30], rows[30:]], FEATURE_VARIABLES)
    assert found["n"] == 100
    assert found["met_cuts"]["counts"][:100] == [1] * 100
    assert sum(found["variables"]["delta_phi_ll"]["counts"]) == 100
