"""A small configuration, the tables of samples, and experiments that share networks."""

import pytest

from deepcollider.config import validate_config
from deepcollider.samples import read_ntuples, read_processes
from tests.config.configurations import ROOT, SCHEMA


@pytest.fixture
def config():
    return {
        "seed": 1,
        "scale": {"events": 1.0, "epochs": 1.0},
        "processes": {"ttbar": {"source": "pythia", "events": 100}},
        "ntuples": {"WZto3LNu": {"source": "pythia", "events": 100}},
        "trileptons": {
            "min_pt": 10,
            "max_isolation": None,
            "missing": "nan",
            "split": {"train": 0.64, "validation": 0.16, "test": 0.2},
            "min_train": 10,
        },
        "dileptons": {
            "cuts": {"lepton_pt": 20, "lepton_eta": 2.4, "b_pt": 20, "b_eta": 3.0},
            "transverse_mass": "standard",
            "split": {"train": 0.75, "test": 0.25},
            "min_train": 10,
        },
        "toy_gaussians": {"points": 100},
        "zenodo": {
            "record": 3685861,
            "api": "https://zenodo.org/api",
            "folder": "results/downloads",
            "offline": False,
            "retries": 8,
        },
        "simulate": {"chunk_events": 50, "batch_size": 10},
        "skim": {"max_bad_fraction": 0.01, "require_valid": True},
        "shuffle": {"bucket_rows": 1000},
        "split": {"train": 0.5, "validation": 0.1, "test": 0.2, "floor": 0.2, "min_train": 10},
        "evaluation": {
            "bootstrap": 20,
            "max_events": 1000,
            "classifier_events": 1000,
            "neighbour_events": 1000,
            "timing_batches": [1, 10],
        },
        "experiments": {
            "small": {
                "title": "Small",
                "system": "beta-vae-per-particle",
                "processes": ["ttbar"],
                "grid": {"beta": [0.5, 1.5]},
                "hyperparameters": {"learning_rate": 0.01},
                "masks": {"frequent_fraction": 0.85},
                "training": {"epochs": 10, "batch_size": 50},
                "generation": {"events": 200, "batch": 50},
            }
        },
    }


@pytest.fixture(scope="module")
def processes():
    return read_processes(ROOT / "config/processes.tsv")


@pytest.fixture(scope="module")
def ntuples():
    return read_ntuples(ROOT / "config/ntuples.tsv")


def event_experiment(system, grid, **more):
    """An experiment of a system of whole events, as it stands in the config."""
    training = {} if "networks_of" in more else {"training": {"epochs": 10, "batch_size": 50}}
    entry = {"title": "Whole events", "system": system, "processes": ["ttbar"], "grid": grid}
    return {**entry, **training, "generation": {"events": 200, "batch": 50}, **more}


@pytest.fixture
def shared(config):
    """``seeded`` trains networks at two values of beta, ``mixed`` takes them for mixtures of two sizes."""
    config["experiments"] |= {
        "mixed": event_experiment(
            "beta-vae-split-bgmm",
            {"beta": [0.001, 0.01], "gamma": [10, 100]},
            hyperparameters={"mixture_codes": 500},
            networks_of="seeded",
        ),
        "seeded": event_experiment("beta-vae-split", {"beta": [0.001, 0.01]}),
    }
    validate_config(config, SCHEMA)
    return config
