"""Ours beside the published numbers, as printed in the theses."""

from pathlib import Path

import pandas as pd
import pytest

from deepcollider.reports.published_tables import beside_published, published_beside_ours, setting_names
from deepcollider.reports.thesis_tables import experiment_table

REFERENCE = pd.read_csv(Path(__file__).parents[2] / "resources/reference_results.csv")
VAE_II = {"source": "VAE thesis", "experiment": "II"}
GRID = {"beta-0.5": {"beta": 0.5}, "beta-1.5": {"beta": 1.5}}
EXPERIMENTS = {"two": {"system": "beta-vae-per-particle", "published": VAE_II, "settings": GRID}}


@pytest.fixture
def table(metrics):
    return experiment_table(metrics, "two", "ttbar", GRID, REFERENCE, VAE_II)


def test_table_7_3_beside_ours(table):
    names = setting_names(table)
    text = beside_published(table, names)
    assert names == ["beta-0.5", "beta-1.5 (best)", "untrained", "beta-0.7", "beta-1.0", "beta-1.2"]
    assert text.loc["beta-1.5 (best)", "WD"].tolist() == ["0.01235 ± 0.00040", "0.002771"]
    assert text.loc["beta-1.0", "WD"].tolist() == ["–", "0.002800"]  # as printed
    assert text.loc["untrained", "IER [%]"].tolist() == ["99.00 ± 0.10", "–"]
    assert text.loc["beta-0.7", "ms/event"].tolist() == ["–", "75.26"]
    assert text.loc["beta-1.5 (best)", "ms/event"].to_dict() == {
        "ours, batches of 1 000": "0.0500 ± 0.0010",
        "published": "74.64",
    }
    assert "JS divergence" not in text.columns.get_level_values(0)  # the thesis has none


def test_generation_time_of_other_batches_says_so(table):
    other = table.assign(generation_batch=[200.0, 200.0, *[float("nan")] * 4])
    text = beside_published(other, setting_names(other))
    assert list(text["ms/event"]) == ["ours, batches of 200", "published"]
    found = dict(published_beside_ours(REFERENCE, EXPERIMENTS, {("two", "ttbar"): other}))
    ours = found["VAE thesis, table 7.3 (ttbar)"]["ms/event"]
    assert list(ours) == ["ours, batches of 200", "published"]


def test_generation_times_of_different_batches_say_so_one_by_one(table):
    mixed = table.assign(generation_batch=[1000.0, 200.0, *[float("nan")] * 4])
    text = beside_published(mixed, setting_names(mixed))["ms/event"]
    assert text["ours"].tolist()[:3] == [
        *("0.0600 ± 0.0010, batches of 1 000", "0.0500 ± 0.0010, batches of 200", "0.0600 ± 0.0010"),
    ]


def test_every_published_table_with_the_nearest_of_ours(table):
    found = dict(published_beside_ours(REFERENCE, EXPERIMENTS, {("two", "ttbar"): table}))
    assert list(found) == [
        *("VAE thesis, table 7.1 (ttbar)", "VAE thesis, table 7.2 (ttbar)", "VAE thesis, table 7.3 (ttbar)"),
        *("VAE thesis, table 7.4 (ttbar)", "VAE thesis, table 7.5 (stop_02)"),
        *("GAN thesis, table 7.1 (ttbar)", "GAN thesis, table 7.2 (stop_02)"),
    ]
    assert sum(map(len, found.values())) == len(REFERENCE)
    ours = found["VAE thesis, table 7.3 (ttbar)"]
    nearest = ours["", "nearest of ours"]
    # 0.5 and 0.7 lie nearest to 0.5; 1.0 lies in the middle, and the first in the grid has it
    assert nearest.tolist() == ["two: beta-0.5", "two: beta-0.5", "two: beta-0.5", "two: beta-1.5", "two: beta-1.5"]
    row = ours.loc["beta-VAE per particle, beta 1.2"]
    assert row["WD"].tolist() == ["0.01235 ± 0.00040", "0.002785"]
    assert row["KL"].tolist() == ["0.150 ± 0.020", "0.016177"]
    for name, other in found.items():
        if name != "VAE thesis, table 7.3 (ttbar)":
            assert set(other["", "nearest of ours"]) == {"not in this run"}
            assert "ours" not in other["WD"].columns
    gan = found["GAN thesis, table 7.2 (stop_02)"]
    assert gan.index.tolist() == ["WGAN-GP", "WGAN"]
    assert gan["JS divergence", "published"].tolist() == ["0.0325", "0.0300"]
    assert "JS distance" not in gan.columns.get_level_values(0)


def test_published_model_without_a_parameter_has_the_best_of_its_system(metrics):
    """The GAN thesis has two models in one experiment, without a parameter: each is ours only of the same system."""
    gan = {"source": "GAN thesis", "experiment": "SM"}
    own = metrics.assign(experiment="gp", system="wgan-gp")
    grid = {"beta-0.5": {"penalty": 1}, "beta-1.5": {"penalty": 10}}
    table = experiment_table(own, "gp", "ttbar", grid, REFERENCE, gan)
    experiments = {"gp": {"system": "wgan-gp", "published": gan, "settings": grid}}
    found = dict(published_beside_ours(REFERENCE, experiments, {("gp", "ttbar"): table}))
    nearest = found["GAN thesis, table 7.1 (ttbar)"]["", "nearest of ours"]
    assert nearest.to_dict() == {"WGAN-GP": "gp: beta-1.5", "WGAN": "not in this run"}
