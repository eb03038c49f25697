"""What a report says of adversarial trainings: numbers of the epoch that was kept, and what went wrong."""

import numpy as np
import pandas as pd

from deepcollider.reports.adversarial_training import faults, origin_of, state_of, training_table

COST = {"epochs": 4, "best_epoch": 2, "val_wd": 0.03, "diverged_at": None, "collapsed_at": None}
PARENT = {"experiment": "wgan", "setting": "default", "process": "ttbar", "sha256": "0", "scaler": "parent"}


def log() -> pd.DataFrame:
    epochs = np.arange(4)
    return pd.DataFrame(
        {
            **{"epoch": epochs, "val_wd": [0.5, 0.1, 0.03, 0.04], "val_wasserstein": 1.0 + epochs, "wasserstein": 9.0},
            **{"val_gradient_norm": 0.9 + epochs / 100, "val_lipschitz": 2.0 + epochs, "val_spread": 1.0},
        }
    )


def test_numbers_are_those_of_the_epoch_that_was_kept():
    table = training_table({"met": COST, "muon": {**COST, "parent": PARENT}}, {"met": log(), "muon": log()})
    assert table.columns.tolist() == [
        *("epoch kept", "of", "1D Wasserstein distance", "Wasserstein estimate", "gradient, mean length"),
        *("gradient, largest length", "smallest std, generated / true", "state", "started from"),
    ]
    numbers = ["2", "4", "0.0300", "3.00", "0.920", "4.00", "1.00", "trained"]
    assert table.loc["met"].tolist() == [*numbers, "random weights"]
    assert table.loc["muon"].tolist() == [*numbers, "wgan, default, ttbar"]


def test_a_part_without_rows_has_no_numbers():
    cost = {"epochs": 0}
    table = training_table({"muon": cost}, {"muon": pd.DataFrame({"epoch": [], "loss": []})})
    assert set(table.loc["muon"].iloc[2:7]) == {"–"} and table.loc["muon", "epoch kept"] == "–"
    assert state_of(cost) == "no training rows" and faults({"muon": cost}) == []
    assert origin_of(cost) == "random weights"


def test_columns_that_the_log_lacks_are_dashes():
    table = training_table({"met": COST}, {"met": log().drop(columns="val_lipschitz")})
    assert table.loc["met", "gradient, largest length"] == "–"


def test_epoch_0_is_an_epoch():
    assert state_of({**COST, "collapsed_at": 0}) == "collapsed since epoch 0"
    assert state_of({**COST, "diverged_at": 0}) == "diverged in epoch 0"
    table = training_table({"met": {**COST, "best_epoch": 0}}, {"met": log()})
    assert table.loc["met", ["epoch kept", "1D Wasserstein distance"]].tolist() == ["0", "0.500"]


def test_faults_are_said_in_words():
    costs = {
        "met": COST,
        "jet-first": {**COST, "collapsed_at": 12},
        "photon": {**COST, "diverged_at": 3, "collapsed_at": 1},
    }
    first, second, third = faults(costs)
    assert first.startswith("**The generator of `jet-first` has collapsed**: since epoch 12")
    assert second.startswith("**The generator of `photon` has collapsed**: since epoch 1")
    assert third == (
        "**The training of `photon` has diverged**: its losses were not finite in epoch 3, in which it ended; the "
        "network is that of epoch 2."
    )
    assert state_of(costs["photon"]) == "diverged in epoch 3, collapsed since epoch 1"
    assert faults({"met": COST}) == [] and state_of(COST) == "trained"
