"""The theses' tables: ours, made by hand, beside the numbers as printed in the theses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepcollider.reports.thesis_tables import best_table, experiment_table

REFERENCE = pd.read_csv(Path(__file__).parents[2] / "resources/reference_results.csv")
VAE_II = {"source": "VAE thesis", "experiment": "II"}
GAN_SM = {"source": "GAN thesis", "experiment": "SM"}


def tidy(experiment, system, process, settings):
    """Tidy table; ``settings``: name -> {metric: (value, error, floor)}."""
    rows = [
        (experiment, system, process, setting, "overall", metric, *numbers)
        for setting, metrics in settings.items()
        for metric, numbers in metrics.items()
    ]
    columns = ["experiment", "system", "process", "setting", "part_or_feature", "metric", "value", "error", "floor"]
    return pd.DataFrame(rows, columns=columns)


def numbers(wd, validation_wd):
    return {
        "wd": (wd, 0.1 * wd, 0.002),
        "js_distance": (0.06, 0.001, 0.03),
        "js_divergence": (0.0036, 0.0001, 0.0009),
        "kl": (0.02, 0.002, 0.005),
        "ier": (4.5, 0.3, 0.0),
        "generation_ms_per_event": (0.02, np.nan, np.nan),  # of the sample as a whole, in batches of 10 000
        "generation_ms_per_event_batch_1": (9.0, 0.5, np.nan),
        "generation_ms_per_event_batch_1000": (0.06, 0.001, np.nan),
        "generation_ms_per_event_batch_100000": (0.01, 0.001, np.nan),
        "validation_wd": (validation_wd, 0.001, 0.002),
    }


@pytest.fixture
def metrics():
    """Experiment II: 1.5 is best on validation, 0.5 on test; the baseline would win in both if it could."""
    settings = {
        "beta-0.5": numbers(0.010, 0.030),
        "beta-1.5": numbers(0.012, 0.020),
        "untrained": numbers(0.001, 0.001),
        "beta-3.0": numbers(0.020, 0.040),
    }
    return tidy("two", "beta-vae-per-particle", "ttbar", settings)


SETTINGS = {"beta-0.5": {"beta": 0.5, "units": 64}, "beta-1.5": {"beta": 1.5, "units": 64}, "beta-3.0": {"beta": 3}}


def test_table_7_3_beside_ours(metrics):
    table = experiment_table(metrics, "two", "ttbar", SETTINGS, REFERENCE, VAE_II).set_index("setting")
    assert table.index.tolist() == ["beta-0.5", "beta-1.5", "beta-3.0", "untrained", "beta-0.7", "beta-1.0", "beta-1.2"]
    assert table.index[table["best"]].tolist() == ["beta-1.5"]
    ours = table.loc["beta-1.5"]
    assert (ours["WD"], ours["WD_error"], ours["WD_over_floor"]) == pytest.approx((0.012, 0.0012, 6.0))
    assert (ours["JS_distance"], ours["JS_distance_over_floor"]) == pytest.approx((0.06, 2.0))
    assert (ours["KL_over_floor"], ours["IER_percent"], ours["IER_percent_error"]) == pytest.approx((4.0, 4.5, 0.3))
    assert ours[["generation_ms_per_event", "generation_ms_per_event_error", "generation_batch"]].tolist() == [
        *(0.06, 0.001, 1000),  # the theses' batch, neither the sample as a whole nor the largest batch
    ]
    published = [f"{name}_published" for name in ("WD", "JS_distance", "KL", "IER_percent", "generation_ms_per_event")]
    # VAE thesis, table 7.3
    assert table.loc["beta-0.5", published].tolist() == [0.002969, 0.058086, 0.016235, 9.17, 75.46]
    assert table.loc["beta-1.5", published].tolist() == [0.002771, 0.055761, 0.016530, 4.55, 74.64]
    assert table.loc["beta-1.0", published].tolist() == [0.002800, 0.056514, 0.015833, 8.16, 74.43]
    assert table.loc[["beta-3.0", "untrained"], published].isna().all(axis=None)
    assert table.loc[["beta-0.7", "beta-1.0", "beta-1.2"], ["WD", "WD_over_floor", "IER_percent"]].isna().all(axis=None)


def test_each_thesis_has_its_jensen_shannon(metrics):
    vae = experiment_table(metrics, "two", "ttbar", SETTINGS, REFERENCE, VAE_II)
    assert "JS_distance" in vae and "JS_divergence" not in vae
    gan = experiment_table(metrics, "two", "ttbar", SETTINGS, REFERENCE, GAN_SM)
    assert "JS_divergence" in gan and "JS_distance" not in gan
    neither = experiment_table(metrics, "two", "ttbar", SETTINGS, REFERENCE)
    assert "JS_divergence" in neither and "JS_distance" in neither
    assert neither["WD_published"].isna().all() and len(neither) == 4


def test_tables_without_a_parameter_go_by_the_model():
    metrics = tidy("gan", "wgan-gp", "ttbar", {"default": numbers(0.03, 0.03)})
    table = experiment_table(metrics, "gan", "ttbar", {"default": {"penalty": 10}}, REFERENCE, GAN_SM)
    # GAN thesis, table 7.1
    expected = {"default": (0.0214, 0.0235, 0.0929, 1.14, 48.416), "WGAN": (0.0197, 0.0181, 0.0941, 1.06, 47.334)}
    assert table["setting"].tolist() == list(expected)
    names = ("WD", "JS_divergence", "KL", "IER_percent", "generation_ms_per_event")
    for row, numbers_of in zip(table.to_dict("records"), expected.values(), strict=True):
        assert tuple(row[f"{name}_published"] for name in names) == numbers_of


def test_several_settings_leave_a_published_model_on_its_own():
    metrics = tidy("gan", "wgan", "stop_02", {"a": numbers(0.03, 0.03), "b": numbers(0.03, 0.02)})
    settings = {"a": {"clip": 0.01}, "b": {"clip": 0.1}}
    table = experiment_table(metrics, "gan", "stop_02", settings, REFERENCE, GAN_SM | {"experiment": "BSM"})
    assert table["setting"].tolist() == ["a", "b", "WGAN-GP", "WGAN"]
    assert table["KL_published"].tolist()[2:] == [0.2601, 0.2084]
    assert table["KL_published"].isna().tolist()[:2] == [True, True]


def test_missing_metrics_are_empty_cells(metrics):
    few = metrics[~metrics["metric"].isin(["ier", "kl"])]
    table = experiment_table(few, "two", "ttbar", SETTINGS, REFERENCE, VAE_II)
    complete = experiment_table(metrics, "two", "ttbar", SETTINGS, REFERENCE, VAE_II)
    assert table.columns.tolist() == complete.columns.tolist()
    assert table[["IER_percent", "KL", "KL_over_floor"]].isna().all(axis=None)


def only_batches(metrics, *sizes):
    """The metrics of a run that timed batches of these sizes alone."""
    prefix = "generation_ms_per_event_batch_"
    other = metrics["metric"].str.startswith(prefix) & ~metrics["metric"].isin([f"{prefix}{size}" for size in sizes])
    return metrics[~other]


@pytest.mark.parametrize(
    ("sizes", "time", "batch"),
    [((1, 1000), 0.06, 1000), ((1, 100000), 0.01, 100000), ((1,), 9.0, 1), ((), np.nan, np.nan)],
)
def test_generation_time_names_the_batch_that_it_is_of(metrics, sizes, time, batch):
    of_run = only_batches(metrics, *sizes)
    table = experiment_table(of_run, "two", "ttbar", SETTINGS, REFERENCE, VAE_II).set_index("setting")
    of_setting = table.loc["beta-1.5", ["generation_ms_per_event", "generation_batch"]].tolist()
    assert of_setting == pytest.approx([time, batch], nan_ok=True)
    assert table.loc["beta-0.7", ["generation_ms_per_event", "generation_batch"]].isna().all()  # none of ours
    entry = {"title": "II", "starts_from_truth": False, "seeds": "", "selection": "", "published": VAE_II}
    best = best_table(of_run, "ttbar", {"two": entry}, REFERENCE)
    assert best[["generation_ms_per_event", "generation_batch"]].loc[0].tolist() == pytest.approx(
        [time, batch], nan_ok=True
    )


def test_setting_that_was_not_timed_in_batches_has_no_time(metrics):
    untimed = metrics["metric"].str.contains("_batch_") & (metrics["setting"] == "untrained")
    table = experiment_table(metrics[~untimed], "two", "ttbar", SETTINGS, REFERENCE, VAE_II).set_index("setting")
    assert table.loc["untrained", ["generation_ms_per_event", "generation_batch"]].isna().all()
    assert table.loc["beta-1.5", "generation_batch"] == 1000


def test_no_floor_no_ratio(metrics):
    metrics.loc[metrics["metric"] == "wd", "floor"] = 0.0
    assert experiment_table(metrics, "two", "ttbar", SETTINGS, REFERENCE)["WD_over_floor"].isna().all()


def test_best_of_each_experiment_beside_the_published_best(metrics):
    zero = tidy("zero", "alpha-vae", "ttbar", {"alpha-0.1": numbers(0.03, 0.05), "alpha-0.3": numbers(0.04, 0.04)})
    own = tidy("own", "flow", "ttbar", {"default": numbers(0.004, 0.004)})
    elsewhere = tidy("own", "flow", "stop_02", {"default": numbers(0.5, 0.5)})
    noise = {"starts_from_truth": False, "seeds": "", "selection": ""}
    of_test = {"starts_from_truth": True, "seeds": "test", "selection": ""}
    experiments = {
        "own": {"title": "Our own", **noise, "selection": "few-jets", "published": None},
        "zero": {"title": "0", **of_test, "published": {"source": "VAE thesis", "experiment": "0"}},
        "two": {"title": "II", **noise, "published": VAE_II},
    }
    table = best_table(pd.concat([metrics, zero, own, elsewhere]), "ttbar", experiments, REFERENCE)
    columns = ["experiment", "title", "system", "starts_from_truth", "setting", "published_setting", "WD"]
    assert table[columns].to_numpy().tolist() == [
        ["own", "Our own", "flow", False, "default", "", 0.004],
        ["zero", "0", "alpha-vae", True, "alpha-0.3", "alpha-0.2", 0.04],
        ["two", "II", "beta-vae-per-particle", False, "beta-1.5", "beta-1.5", 0.012],
    ]
    assert table[["seeds", "selection"]].to_numpy().tolist() == [["", "few-jets"], ["test", ""], ["", ""]]
    assert table["WD_over_floor"].tolist() == pytest.approx([2, 20, 6])
    # VAE thesis, tables 7.1 and 7.3
    assert table["WD_published"].tolist()[1:] == [0.002077, 0.002771]
    assert table["JS_distance_published"].tolist()[1:] == [0.037879, 0.055761]
    assert np.isnan(table["WD_published"][0]) and table["JS_divergence_published"].isna().all()
