"""The notebooks of experiments, overview and new physics, run on tables made by hand, as a browser shows them.

Sizes are those of a small run: metrics are missing, and the figures are only squares.
"""

import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from deepcollider.physics.events import empty_events
from deepcollider.reports.figure_index import COLUMNS
from deepcollider.reports.thesis_tables import best_table, experiment_table
from deepcollider.store.event_files import EventWriter
from tests.reports.conftest import SETTINGS
from tests.reports.pages import REFERENCE, ROOT, page_of

VAE_II = {"source": "VAE thesis", "experiment": "II"}
GRID = {"beta-0.5": {"beta": 0.5}, "beta-1.5": {"beta": 1.5}}


@pytest.fixture
def run(tmp_path, monkeypatch, metrics, board, powers):
    """A folder with the results that the notebooks read; the function that runs one there and gives its page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "workflow"))
    reference = pd.read_csv(REFERENCE)
    signal = metrics.assign(experiment="bsm", process="stop_02")
    both = pd.concat([metrics, signal])
    both.to_csv("metrics.csv", index=False)
    board.to_csv("leaderboard.csv", index=False)
    powers.to_csv("powers.csv", index=False)
    entry = {"title": "Two", "starts_from_truth": False, "seeds": "", "selection": "", "published": VAE_II}
    for name, process in (("two", "ttbar"), ("bsm", "stop_02")):
        experiment_table(both, name, process, GRID, reference, VAE_II).to_csv(f"{name}.csv", index=False)
        best_table(both, process, {name: entry}, reference).to_csv(f"best-{process}.csv", index=False)
    for name, width in (("narrow", 800), ("wide", 3000)):
        Image.new("RGB", (width, 600), "teal").save(f"{name}.png")
    record = {"events": 9, "batch": 3, "threads": 1, "backend": "none", "machine": "a laptop"}
    Path("timing.json").write_text(json.dumps(record), encoding="utf-8")
    figures = [
        ("VAE thesis", "Fig 1", "histogram", "jets", "made", "narrow.png;best-ttbar.csv", "two", "", ""),
        (
            "GAN thesis",
            "Fig 2",
            "histogram",
            "MET",
            "not in this run",
            "",
            "",
            "no system wgan",
            "experiments:\n  g: {}",
        ),
    ]
    pd.DataFrame(figures, columns=list(COLUMNS)).to_csv("index.csv", index=False)

    return page_of


def test_experiment(run):
    kinds = ("settings", "two_sample", "memorisation", "masks", "features", "derived", "correlations", "losses")
    kinds += ("monitoring",)
    shown = {
        "figures": {kind: [] for kind in kinds} | {"features": ["narrow.png", "wide.png"], "settings": ["wide.png"]},
        "timings": dict.fromkeys(SETTINGS, "timing.json"),
        "mixtures": {"beta-1.5": "mixture.json"},
        "counted": {"seeds": "seeds.h5"},
        "frequent": [],
        "trainings": {},
        "table": "two.csv",
    }
    fit = {"components": 50, "used_components": 31, "codes": 14400, "iterations": 77, "converged": False}
    Path("mixture.json").write_text(json.dumps({"fit": fit}), encoding="utf-8")
    with EventWriter("seeds.h5") as writer:
        writer.append_events(empty_events(5))
    stages = [{"name": "encoder", "parameters": 2000}, {"name": "decoder", "parameters": 345}]
    network = {"network": "ToyVAE", "stages": stages, "parameters": 2345, "trainable_parameters": 2340}
    networks = {"jet": network, "met": network | {"parameters": 9}, "bjet": network}
    for part, description in networks.items():
        Path(f"{part}.json").write_text(json.dumps(description), encoding="utf-8")
    page = run(
        "experiment",
        {
            "experiment": "two",
            "title": "Experiment II",
            "system": "beta-vae-per-particle",
            "settings": list(GRID),
            "baseline": "untrained",
            "published": VAE_II,
            "plan": {"training": {"epochs": 2}},
            "processes": {"ttbar": shown},
            "making": {
                **{"seeds": "test", "truth": "floor", "floor": "test", "n_generated": 10, "selection": None},
                **{"networks_of": "slides-1", "draws_masks": False, "fits_mixture": True, "fits_refinement": False},
                **{"frequent_fraction": None, "fine_tunes": None, "learns_counts": False, "joint": None},
            },
            "readings_path": str(ROOT / "resources/readings.tsv"),
            "chosen": {"beta": [0.5, 1.5]},
            "networks_paths": {part: f"{part}.json" for part in networks},
            "networks_figures": {"jet": "narrow.png", "met": "wide.png", "bjet": "narrow.png"},
            "metrics_path": "metrics.csv",
            "powers_path": "powers.csv",
        },
    )
    assert page["images"] == 5  # equal networks are drawn once
    for text in (
        *("Experiment II", "training: epochs", "The best setting is beta-1.5", "classifier two-sample test by pt, AUC"),
        *("smallest shifts planted in truth that the classifiers find, 95% of the time", "MET larger by [%]", "8.00"),
        *("0.01235 ± 0.00040", "0.002771", "any (IER)", "a laptop", "ttbar: metrics against the hyperparameters"),
        *("Krichevsky", "W candidate: peak [GeV]", "to 0.025 of that"),
        *("each of the 5 seeds was used 2 times", "takes those of slides-1", "true events of the split floor"),
        *("Readings", "KL term and squared error. The thesis (7.5.3) states no reductions", "beta (here 0.5, 1.5)"),
        *("Gaussian mixtures of the codes", "14 400", "77", "NO", "ToyVAE", "2 345", "jet, bjet"),
    ):
        assert text in page["text"]
    assert "mask generator" not in page["text"]
    assert "ttbar: training" not in page["text"]  # no figures, no heading
    assert "collapsed" not in page["text"]  # nothing of adversarial systems


def test_overview(run):
    page = run(
        "overview",
        {
            "leaderboard_path": "leaderboard.csv",
            "powers_path": "powers.csv",
            "index_path": "index.csv",
            "reference_path": str(REFERENCE),
            "experiments": {
                name: {"title": f"title of {name}", "system": system, "published": VAE_II, "settings": GRID}
                | {"tables": {process: f"{name}.csv"}}
                for name, process, system in (
                    ("two", "ttbar", "beta-vae-per-particle"),
                    ("bsm", "stop_02", "beta-vae-per-particle"),
                )
            },
            "best_tables": {process: f"best-{process}.csv" for process in ("ttbar", "stop_02")},
            "speed_quality": "wide.png",
        },
    )
    assert page["images"] == 2  # speed against quality, and the thumbnail of a published figure
    for text in (
        *("title of bsm", "Nearest to truth in single histograms: vae (two, beta-1.5)", "not in this run"),
        *("VAE thesis, table 7.5 (stop_02)", "bsm: beta-1.5", "two: beta-1.5", "Of 2 published figures and tables"),
        *("no system wgan", "Krichevsky"),
    ):
        assert text in page["text"]


def test_new_physics(run):
    page = run(
        "bsm",
        {
            "leaderboard_path": "leaderboard.csv",
            "signals": ["stop_02"],
            "backgrounds": ["ttbar"],
            "best_tables": {"stop_02": "best-stop_02.csv"},
            "figures": {"stop_02": {"MET and leading jets, bsm": ["narrow.png", "wide.png"], "correlations, bsm": []}},
        },
    )
    assert page["images"] == 2
    for text in ("Larger: WD (0.0200 ± 0.0010 → 0.0400 ± 0.0010)", "0.002388", "stop_02: MET and leading jets, bsm"):
        assert text in page["text"]
    assert "correlations, bsm" not in page["text"]
