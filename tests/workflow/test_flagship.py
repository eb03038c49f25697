"""Studies of the autoregressive mixture in the whole workflow: joint networks, a mass left out, limited training."""

import json

import numpy as np
import pandas as pd
import pytest

from deepcollider.store.event_files import read_events
from deepcollider.store.part_files import PartReader
from tests.workflow.harness import copy_run, run_snakemake

pytestmark = pytest.mark.workflow

CONFIGURATION = """
processes:
  gluino_01: { source: pythia, events: 240 }
  gluino_02: { source: pythia, events: 240 }
  gluino_04: { source: pythia, events: 240 }
only: [autoregressive, autoregressive-refined, autoregressive-5k, autoregressive-joint, autoregressive-masses]
anomaly: { signals: [gluino_02] }
amplification: { events: [50, 250], bins: 4 }
experiments:
  autoregressive: &small
    hyperparameters: { blocks: 1, embedding: 4, components: 2 }
    grid: { width: [8] }
    training: { epochs: 2, batch_size: 20, steps_per_execution: 2 }
    generation: { events: 120, batch: 100 }
    untrained_baseline: false
  autoregressive-refined:
    hyperparameters: { blocks: 1, embedding: 4, components: 2, trees: 20, leaves: 4 }
    grid: { width: [8] }
    generation: { events: 120, batch: 100 }
  autoregressive-5k:
    <<: *small
    training: { epochs: 2, batch_size: 20, steps_per_execution: 2, max_rows: 70 }
  autoregressive-joint:
    <<: *small
    processes: [ttbar, gluino_01]
    joint: { processes: [ttbar, gluino_01] }
  autoregressive-masses:
    <<: *small
    processes: [gluino_02]
    joint: { processes: [gluino_01, gluino_04] }
"""
TABLES = [f"results/tables/{name}.csv" for name in ("masses", "amplification", "anomaly", "metrics")]
TARGETS = (*TABLES, "results/figures/flagship/scale.png")


def run(folder, *arguments):
    return run_snakemake(folder, *TARGETS, *arguments, "--configfile", "config/flagship.yaml", "tiny.yaml", "more.yaml")


@pytest.fixture(scope="module")
def studied(finished, tmp_path_factory):
    """The finished tiny run, gone on with in a copy by the studies."""
    folder = copy_run(finished, tmp_path_factory, CONFIGURATION)
    run(folder)
    return folder


def rows_of(folder, sample, split="train"):
    with PartReader(folder / f"results/parts/sequences/{sample}/{split}/event.h5") as reader:
        return reader.read()["features"], reader.attributes


def test_joint_part_has_the_events_of_both_with_what_they_are(studied):
    features, attributes = rows_of(studied, "autoregressive-joint")
    assert attributes["conditions"] == {"ttbar": [1, 0], "gluino_01": [0, 1]}
    for process, condition in attributes["conditions"].items():
        own = features[(features[:, -2:] == condition).all(axis=1)]
        expected = rows_of(studied, process)[0]
        assert len(own) == len(expected)
        np.testing.assert_array_equal(np.sort(own[:, 0]), np.sort(expected[:, 0]))


def test_one_network_makes_both_processes(studied):
    models = studied / "results/models/autoregressive-joint/width-8"
    assert [path.name for path in models.iterdir()] == ["autoregressive-joint"]
    light, heavy = (
        read_events(studied / f"results/generated/autoregressive-joint/width-8/{process}.h5").events["met"]
        for process in ("ttbar", "gluino_01")
    )
    assert (light != heavy).any()


def test_mass_that_was_left_out(studied):
    """Nothing of it was learnt, and it stands beside the masses that were."""
    _, attributes = rows_of(studied, "autoregressive-masses")
    assert set(attributes["conditions"]) == {"gluino_01", "gluino_04"}
    assert not (studied / "results/parts/sequences/gluino_02/train").exists()
    assert not (studied / "results/masks/autoregressive-masses").exists()
    masses = pd.read_csv(studied / "results/tables/masses.csv")
    assert masses["sample"].tolist() == ["generated", "gluino_01", "gluino_04", "floor"]
    assert masses["masses"].tolist() == ["1200 / 100", "1000 / 100", "1600 / 100", "1200 / 100"]
    assert len(set(masses["n"])) == 1 and masses["wd"].notna().all()


def test_limit_of_training_events_holds_for_all_that_is_learnt(studied):
    """The network, its masks, and the training events that generated ones are weighed against."""
    cost, masks = (
        json.loads((studied / path).read_text())
        for path in (
            "results/models/autoregressive-5k/width-8/ttbar/event.cost.json",
            "results/masks/autoregressive-5k/ttbar.json",
        )
    )
    assert cost["rows"] == 70
    assert sum(masks["frequent_counts"]) + sum(masks["rare_counts"]) == 70
    amplification = pd.read_csv(studied / "results/tables/amplification.csv")
    assert set(amplification.loc[amplification["sample"] == "training", "events"]) == {70}
    assert set(amplification.loc[amplification["sample"] == "generated", "events"]) == {50, 250}
    metrics = pd.read_csv(studied / "results/tables/metrics.csv")
    rows = metrics[metrics["metric"] == "training_rows"].set_index("experiment")["value"]
    assert rows["autoregressive-5k"] == 70 and rows["autoregressive"] > 200


def test_anomalies_are_looked_for(studied):
    table = pd.read_csv(studied / "results/tables/anomaly.csv")
    assert set(table["sample"]) == {"gluino_02"} and len(table) > 3


def test_nothing_is_left_to_do(studied):
    assert "Nothing to be done" in run(studied).stdout + run(studied).stderr
