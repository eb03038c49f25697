"""The report on adversarial systems, and what the report of an experiment says of them, as a browser shows them."""

import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from deepcollider.physics.events import empty_events
from deepcollider.reports.adversarial_training import AT_KEPT_EPOCH
from deepcollider.reports.thesis_tables import experiment_table
from deepcollider.store.event_files import EventWriter
from tests.reports.gan_run import BASE, entry_of, metrics_of_run, shapes_of_run
from tests.reports.pages import REFERENCE, ROOT, page_of


@pytest.fixture
def folder(powers, tmp_path, monkeypatch):
    """The working directory is one with the results of the run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "workflow"))
    metrics_of_run().to_csv("metrics.csv", index=False)
    reference = pd.read_csv(REFERENCE)
    for name, (_, process, *_) in BASE.items():
        entry = entry_of(name)
        table = experiment_table(metrics_of_run(), name, process, entry["settings"], reference, entry["published"])
        table.to_csv(f"{name}.csv", index=False)
        shapes_of_run(name).to_csv(f"{name}.shapes.csv", index=False)
    powers.to_csv("powers.csv", index=False)
    Image.new("RGB", (800, 600), "teal").save("figure.png")


def test_report(folder):
    page = page_of(
        "gan",
        {
            "metrics_path": "metrics.csv",
            "reference_path": str(REFERENCE),
            "experiments": {name: {**entry_of(name), "tables": {BASE[name][1]: f"{name}.csv"}} for name in BASE},
            "shapes": {name: {BASE[name][1]: {"default": f"{name}.shapes.csv"}} for name in BASE},
            "monitoring": {"wgan, ttbar": ["figure.png"]},
            "figures": {"Figure 7.6: MET, ttbar": ["figure.png"] * 4, "Figure 7.2: masks, ttbar": ["figure.png"]},
            "scales": {"what": ["width"], "config.yaml": ["128"], "paper.yaml": ["1024"], "of": ["wgan"]},
        },
    )
    assert page["images"] == 6
    for words in (
        *("Title of wgan-gp-bsm", "Of 37 statements:", "reproduced (37): ", "all reach it"),
        *("GAN thesis, table 7.1 (ttbar)", "wgan-gp †: default", "0.0235", "GAN thesis, table 7.2 (stop_02)", "3.826"),
        *("reproduced: On ttbar, phi of electrons is uniform in neither", "237", "47.3", "Figure 7.6: MET, ttbar"),
        *("1024", "spread is the standard deviation"),
    ):
        assert words in page["text"], words
    assert "VAE thesis" not in page["text"]


def test_report_of_an_experiment(folder):
    for split in ("train", "validation", "test", "floor"):
        with EventWriter(f"{split}.h5", {"selected_of": 24, "combinations": 3}) as writer:
            writer.append_events(empty_events(5))
    parent = {"experiment": "wgan-gp", "setting": "default", "process": "ttbar", "scaler": "parent"}
    costs = {
        "met": {"epochs": 5, "best_epoch": 3, "diverged_at": None, "collapsed_at": None, "parent": parent},
        "photon": {"epochs": 5, "best_epoch": 3, "diverged_at": None, "collapsed_at": 4, "parent": parent},
    }
    for part, cost in costs.items():
        Path(f"{part}.cost.json").write_text(json.dumps(cost), encoding="utf-8")
        log = pd.DataFrame({"epoch": range(5)}).assign(**dict.fromkeys(AT_KEPT_EPOCH, 0.0625))
        log.to_csv(f"{part}.losses.csv", index=False)
    record = {"events": 9, "batch": 3, "threads": 1, "backend": "none", "machine": "a laptop"}
    Path("timing.json").write_text(json.dumps(record), encoding="utf-8")
    stages = [{"name": "generator", "parameters": 2000}, {"name": "critic", "parameters": 345}]
    network = {"network": "ToyGAN", "stages": stages, "parameters": 2345, "trainable_parameters": 2345}
    Path("network.json").write_text(json.dumps(network), encoding="utf-8")
    kinds = ("settings", "two_sample", "memorisation", "masks", "features", "derived", "correlations", "losses")
    shown = {
        "figures": {kind: [] for kind in kinds} | {"monitoring": ["figure.png"]},
        "timings": {"default": "timing.json"},
        "mixtures": {},
        "counted": {},
        "frequent": [f"{split}.h5" for split in ("train", "validation", "test", "floor")],
        "trainings": {"default": {part: [f"{part}.cost.json", f"{part}.losses.csv"] for part in costs}},
        "table": "wgan-gp-bsm.csv",
    }
    text = page_of(
        "experiment",
        {
            "experiment": "wgan-gp-bsm",
            "title": "WGAN-GP, fine-tuned",
            "system": "wgan-gp",
            "settings": ["default"],
            "published": {"source": "GAN thesis", "experiment": "BSM"},
            "plan": {"training": {"epochs": 5}},
            "processes": {"stop_02": shown},
            "making": {
                **{"seeds": None, "truth": "test", "floor": "floor", "n_generated": 5, "selection": "chained"},
                **{
                    "frequent_fraction": 0.95,
                    "networks_of": None,
                    "draws_masks": True,
                    "fits_mixture": False,
                    "fits_refinement": False,
                },
                **{"learns_counts": False, "joint": None},
                "fine_tunes": {"experiment": "wgan-gp", "process": "ttbar", "scaler": "parent"},
            },
            "networks_paths": {"met": "network.json"},
            "networks_figures": {"met": "figure.png"},
            "metrics_path": "metrics.csv",
            "powers_path": "powers.csv",
            "readings_path": str(ROOT / "resources/readings.tsv"),
            "chosen": {},
        },
    )["text"]
    for words in (
        *("start from the weights of wgan-gp, trained on ttbar", "3 combinations, which 20 of 24 events have (83.3 %)"),
        *("stop_02: training of default", "The generator of photon has collapsed", "collapsed since epoch 4"),
        *("0.0625", "wgan-gp, default, ttbar", "stop_02: how the training went", "estimate the Lipschitz constant"),
    ):
        assert words in text, words
    section = text.partition("stop_02: training of default")[2]
    assert section.index("The generator of photon has collapsed") < section.index("epoch kept")
