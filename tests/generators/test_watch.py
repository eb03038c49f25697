"""Collapse, on training logs made by hand."""

import json
from types import SimpleNamespace

import pytest

from deepcollider.generators.networks.watch import Watch


def watched(logs, epochs=None, cut=None):
    """A watch after a training with these logs; with ``cut``, its memory goes through JSON after so many epochs."""
    watch = Watch()

    def begin(watch):
        watch.set_params({"epochs": epochs or len(logs)})
        watch.set_model(SimpleNamespace(stop_training=False))
        watch.on_train_begin()

    begin(watch)
    for epoch, each in enumerate(logs):
        if epoch == cut:
            memory = json.loads(json.dumps(watch.state()))
            watch = Watch()
            begin(watch)
            watch.restore(memory)
        watch.on_epoch_end(epoch, each)
        if watch.model.stop_training:
            break
    watch.on_train_end()
    return watch


def spreads(*values):
    return [{"critic_loss": 0.1, "val_spread": value} for value in values]


def test_nothing_to_tell_of_a_good_training():
    assert watched(spreads(*[0.9] * 12)).record() == {"collapsed_at": None}


def test_a_spread_that_is_no_number_says_nothing_of_a_collapse():
    """The training ends with it; what was found before stands."""
    assert watched(spreads(*[0.9] * 4, 0.05, 0.04, 0.03, float("nan"))).record()["collapsed_at"] == 6


@pytest.mark.parametrize("cut", [None, 4, 6, 7])
def test_collapse_is_three_narrow_epochs_in_a_row(capsys, cut):
    logs = spreads(0.9, 0.9, 0.9, 0.9, 0.05, 0.04, 0.03, 0.02, 0.02, 0.02)
    assert watched(logs, cut=cut).record()["collapsed_at"] == 6
    assert "collapsed: for 3 epochs up to 6" in capsys.readouterr().out


def test_two_narrow_epochs_are_none():
    assert watched(spreads(*[0.9] * 4, 0.05, 0.05, 0.5, 0.05, 0.05, 0.5)).record()["collapsed_at"] is None


def test_a_generator_can_recover():
    assert watched(spreads(*[0.9] * 4, *[0.05] * 3, 0.5)).record()["collapsed_at"] is None


def test_an_untrained_generator_is_given_time():
    """Of 40 epochs, the first ten do not count."""
    assert watched(spreads(*[0.01] * 9, 0.9, 0.9), epochs=40).record()["collapsed_at"] is None
    assert watched(spreads(*[0.01] * 13), epochs=40).record()["collapsed_at"] == 12


def test_no_validation_no_verdict():
    assert watched([{"critic_loss": 0.1}] * 10).record()["collapsed_at"] is None
