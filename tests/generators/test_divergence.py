"""Trainings whose losses are no longer finite end with an error, and nothing generated is NaN."""

from types import SimpleNamespace

import numpy as np
import pytest

from deepcollider.generators import training
from deepcollider.generators.checkpoints import DivergedError, StopWhenNotFinite
from deepcollider.generators.mixture import fit_mixture
from deepcollider.generators.registry import known_systems, system_class
from deepcollider.generators.sampling import NotANumberError, check_numbers
from deepcollider.physics.events import empty_events


def ended(logs, kept):
    """A training with these logs, of which an earlier epoch was kept or not."""
    stop = StopWhenNotFinite("jet", "lower learning_rate", kept=lambda: kept)
    stop.set_model(SimpleNamespace(stop_training=False))
    for epoch, each in enumerate(logs):
        stop.on_epoch_end(epoch, each)
        if stop.model.stop_training:
            break
    return stop


GOOD = {"critic_loss": 0.1, "val_wd": 0.2}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["critic_loss", "val_wd"])
def test_a_value_that_is_not_finite_ends_the_training(capsys, name, value):
    stop = ended([GOOD, {**GOOD, name: value}, {"critic_loss": 0.0}], kept=True)
    assert stop.record()["diverged_at"] == 1 and stop.model.stop_training
    assert f"jet has diverged in epoch 2: {name} is {value}; lower learning_rate" in capsys.readouterr().out
    with pytest.raises(DivergedError, match=f"jet has diverged in epoch 2: {name} is {value}; lower learning_rate"):
        ended([GOOD, {**GOOD, name: value}], kept=False)


def test_a_good_training_is_left_alone(capsys):
    stop = ended([GOOD] * 3, kept=False)
    assert stop.record() == {"diverged_at": None} and not stop.model.stop_training
    assert not capsys.readouterr().out


def test_diverged_training_writes_no_network(case):
    with pytest.raises(DivergedError, match=r"jet has diverged in epoch 1: .*loss is nan.*learning_rate: 1e\+30"):
        case.run("diverged", learning_rate=1e30)
    assert not any((case.folder / f"diverged.{end}").exists() for end in ("keras", "csv", "json"))
    weights, _ = case.run("diverged")  # with another rate it is trained from its start
    assert all(np.isfinite(each).all() for each in weights)


def test_weights_that_the_last_step_spoils_are_not_saved(case, monkeypatch):
    class Spoils(training.Checkpoints):
        def on_train_end(self, logs=None):
            weights = self.model.get_weights()
            weights[0][0, 0] = np.nan
            self.model.set_weights(weights)

    monkeypatch.setattr(training, "Checkpoints", Spoils)
    with pytest.raises(DivergedError, match="weights of jet are not finite after epoch 4; lower learning_rate"):
        case.run("spoilt")
    assert not (case.folder / "spoilt.keras").exists()


@pytest.mark.parametrize("name", sorted(known_systems()))
def test_every_system_names_the_key_to_change(name):
    system = system_class(name)()
    assert "learning_rate" in system.defaults
    assert f"learning_rate: {system.hyperparameters['learning_rate']}" in system.against_divergence


@pytest.mark.parametrize("column", ["met", "met_phi"])
def test_nothing_generated_is_nan(column):
    events = empty_events(3)
    check_numbers(events)
    events.events[column][1] = np.inf  # absurd, and for the metrics to see
    check_numbers(events)
    events.events[column][2] = np.nan
    with pytest.raises(NotANumberError, match=f"NaN in 3 events: {column} of 1.*learning_rate"):
        check_numbers(events)


@pytest.mark.parametrize("column", ["energy", "pt", "eta", "phi"])
def test_no_generated_object_is_nan(column):
    events = empty_events(2)
    events.objects[column][1, :2] = np.nan
    with pytest.raises(NotANumberError, match=f"objects' {column} of 2"):
        check_numbers(events)


def test_codes_of_a_network_gone_astray_are_refused():
    codes = np.zeros((10, 2))
    codes[3] = np.nan
    with pytest.raises(ValueError, match="1 of 10 codes are not finite"):
        fit_mixture(codes, 2, 10, 0)
