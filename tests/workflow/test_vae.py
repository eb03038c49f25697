"""The VAE systems in the whole workflow: selections, true events as seeds, mixtures, networks of another experiment."""

import json

import numpy as np
import pandas as pd
import pytest

from deepcollider.generators.mixture import CodeMixture
from deepcollider.physics.events import counts_per_kind
from deepcollider.store.event_files import EventReader, read_events
from tests.workflow.harness import copy_run, run_snakemake

pytestmark = pytest.mark.workflow

EXPERIMENTS = ("experiment-0", "experiment-1", "experiment-3", "slides-1", "slides-1-bgmm")
QUICK = "training: { epochs: 2, batch_size: 50, steps_per_epoch: 3, steps_per_execution: 3 }"
CONFIGURATION = f"""
only: [{", ".join(EXPERIMENTS)}]
experiments:
  experiment-0:
    hyperparameters: {{ width: 32, latent: 8 }}
    {QUICK}
    generation: {{ events: 120, batch: 50 }}
    untrained_baseline: false
  experiment-1:
    hyperparameters: {{ width: 16, latent: 8 }}
    {QUICK}
    generation: {{ events: 300, batch: 200, seeds: train }}
    untrained_baseline: false
  experiment-3:
    {QUICK}
    generation: {{ events: 50, batch: 200 }}
    untrained_baseline: false
  slides-1:
    hyperparameters: {{ width: 32, latent: 8 }}
    {QUICK}
    generation: {{ events: 120, batch: 200 }}
    untrained_baseline: false
  slides-1-bgmm:
    grid: {{ beta: [0.001], gamma: [2, 4] }}
    hyperparameters: {{ width: 32, latent: 8, mixture_codes: 200, mixture_iterations: 20 }}
    generation: {{ events: 120, batch: 200 }}
    untrained_baseline: true
"""
TARGETS = (
    "results/tables/leaderboard.csv",
    "results/figures/experiment-1/ttbar/masks-frequent.png",
    "results/figures/experiment-3/ttbar/correlations-beta-2.0.png",
    "results/figures/slides-1-bgmm/architecture-event.png",
)
"""The reports of all these would take as long as all the other tests of the workflow."""


@pytest.fixture(scope="module")
def finished_vae(finished, tmp_path_factory):
    """The finished tiny run, gone on with in a copy by the other VAE systems."""
    folder = copy_run(finished, tmp_path_factory, CONFIGURATION)
    run_snakemake(folder, *TARGETS, "--configfile", "tiny.yaml", "more.yaml")
    return folder


def generated(folder, experiment, setting):
    return read_events(folder / f"results/generated/{experiment}/{setting}/ttbar.h5")


def test_networks_are_trained_once_and_shared(finished_vae):
    models = finished_vae / "results/models"
    assert {path.name for path in models.iterdir()} == {*EXPERIMENTS, "experiment-2"} - {"slides-1-bgmm"}
    assert [path.name for path in (models / "slides-1").iterdir()] == ["beta-0.001"]
    samples = [generated(finished_vae, "slides-1-bgmm", f"beta-0.001_gamma-{gamma}") for gamma in (2, 4)]
    assert all(len(events) == 120 for events in samples)
    assert (samples[0].events["met"] != samples[1].events["met"]).all()


def test_mixtures_say_how_their_fit_went(finished_vae):
    folder = finished_vae / "results/mixtures/slides-1-bgmm"
    assert {path.name for path in folder.iterdir()} == {"beta-0.001_gamma-2", "beta-0.001_gamma-4", "untrained"}
    mixture = CodeMixture.load(folder / "beta-0.001_gamma-4/ttbar.npz")
    assert mixture.means.shape == (4, 8) and mixture.weights.sum() == pytest.approx(1)
    cost = json.loads((folder / "beta-0.001_gamma-4/ttbar.cost.json").read_text())
    assert cost["fit"]["components"] == 4 and cost["fit"]["codes"] == 200 and cost["fit"]["iterations"] <= 20
    first, untrained = (CodeMixture.load(folder / f"{name}/ttbar.npz") for name in ("beta-0.001_gamma-2", "untrained"))
    assert not np.allclose(first.means, untrained.means)  # of untrained codes


def test_seeds_are_those_of_the_configuration(finished_vae):
    for experiment, setting, seeds in (
        ("experiment-0", "alpha-0.2", "test"),
        ("experiment-1", "alpha-0.3", "train"),
        ("slides-1-bgmm", "beta-0.001_gamma-2", "none"),
    ):
        with EventReader(finished_vae / f"results/generated/{experiment}/{setting}/ttbar.h5") as reader:
            assert reader.attributes["seeds"] == seeds


def test_selected_events_are_trained_on_generated_and_compared(finished_vae):
    selected = {
        split: read_events(finished_vae / f"results/selected/few-jets/ttbar/{split}.h5") for split in ("train", "test")
    }
    everything = read_events(finished_vae / "results/splits/ttbar/test.h5")
    made = generated(finished_vae, "experiment-3", "beta-2.0")
    for events in (*selected.values(), made):
        counts = counts_per_kind(events.objects)
        assert (counts[:, 0] <= 2).all() and (counts[:, 1] <= 4).all() and not counts[:, 2:].any()
    assert 0.2 * len(everything) < len(selected["test"]) < 0.8 * len(everything)
    table = pd.read_csv(finished_vae / "results/tables/metrics.csv")
    rows = table[(table["experiment"] == "experiment-3") & (table["metric"] == "wd")]
    assert rows[rows["part_or_feature"] == "overall"]["n_truth"].item() == len(selected["test"])


def test_masks_are_fitted_for_those_who_draw_them_alone(finished_vae):
    assert [path.name for path in (finished_vae / "results/masks").iterdir()] == ["experiment-2"]  # of the run before
    table = pd.read_csv(finished_vae / "results/tables/metrics.csv")
    assert not table["metric"].str.startswith("mask_model").any()
    assert table["metric"].str.startswith("mask_chi2").any()


def test_second_run_has_nothing_to_do(finished_vae):
    done = run_snakemake(finished_vae, *TARGETS, "--configfile", "tiny.yaml", "more.yaml")
    assert "Nothing to be done" in done.stderr
