"""One network of two samples: told which, it generates it; told one between them, it makes something between."""

import keras
import numpy as np
import pytest
from scipy import stats

from deepcollider.features.conditions import with_conditions
from deepcollider.features.masks import MaskGenerator
from deepcollider.features.views.sequences import VIEW, SequenceScaler
from deepcollider.generators.protocol import Trained
from deepcollider.generators.systems import autoregressive_mixture, autoregressive_mixture_counts
from deepcollider.physics.events import counts_per_kind
from tests.generators.small_autoregressive import true_events

SMALL = {"width": 16, "blocks": 1, "embedding": 4, "components": 3, "dropout": 0.0}
TWO_JETS, THREE_JETS = (0, 2, 0, 0, 0, 0, 0), (0, 3, 0, 0, 0, 0, 0)


def sample(n, seed, heavy):
    """Events of either sample: of the heavy one MET is three times as large, and there is one more jet."""
    events = true_events(n, seed, masks=((0, 2 + heavy, 0, 0, 0, 0, 0),))
    events.events["met"] *= 3**heavy
    return events


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(6)
    rows = np.concatenate(
        [
            with_conditions(VIEW.rows(sample(3000, 10 + heavy, heavy), "event"), np.array([2.0 * heavy - 1]))
            for heavy in (0, 1)
        ]
    )
    rows = np.random.default_rng(6).permutation(rows)
    scaler = SequenceScaler.fit([rows])
    assert scaler.conditions == 1
    found = autoregressive_mixture_counts.SYSTEM(**SMALL).build("event", scaler, seed=6)
    found.fit(scaler.transform(rows), batch_size=100, epochs=8, verbose=0)
    return found


def generated(network, condition, n=2000, seed=3):
    system = autoregressive_mixture_counts.SYSTEM(**SMALL)
    trained = Trained({"event": network}, conditions=np.array([condition], np.float32))
    return next(system.generate(trained, n, seed, n)), system, trained


@pytest.mark.parametrize("heavy", [0, 1])
def test_generates_the_sample_that_it_is_told(network, heavy):
    events, system, trained = generated(network, 2.0 * heavy - 1)
    truth = sample(4000, 77, heavy)
    truth = truth.take(autoregressive_mixture.is_possible(truth))
    assert (counts_per_kind(events.objects) == (THREE_JETS if heavy else TWO_JETS)).all(axis=1).mean() > 0.97
    assert stats.ks_2samp(np.log(events.events["met"]), np.log(truth.events["met"])).statistic < 0.15
    # and finds the own sample likelier than the other
    other = Trained({"event": network}, conditions=-trained.conditions)
    assert (system.log_prob(trained, truth) > system.log_prob(other, truth)).mean() > 0.97


def test_between_the_samples(network):
    light, between, heavy = (
        np.log(generated(network, condition)[0].events["met"]).mean() for condition in (-1.0, 0.0, 1.0)
    )
    assert light + 0.2 < between < heavy - 0.2


def test_saved_and_loaded(network, tmp_path):
    network.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    one, other = (generated(each, 1.0, n=50)[0] for each in (network, again))
    np.testing.assert_array_equal(one.objects, other.objects)


def test_masks_of_the_process_with_a_joint_network():
    """Where the masks are drawn, they are those of the process that is wanted."""
    keras.utils.set_random_seed(7)
    rows = with_conditions(VIEW.rows(sample(200, 1, 0), "event"), np.array([0.0, 1.0]))
    system = autoregressive_mixture.SYSTEM(**SMALL)
    network = system.build("event", SequenceScaler.fit([rows]), seed=7)
    masks = MaskGenerator.from_config({"frequent": [THREE_JETS], "frequent_counts": [1], "rare": [], "rare_counts": []})
    trained = Trained({"event": network}, masks=masks, conditions=np.array([0.0, 1.0], np.float32))
    events = next(system.generate(trained, 100, seed=1, batch=100))
    assert (counts_per_kind(events.objects) == THREE_JETS).all()
    assert np.isfinite(system.log_prob(trained, events)).all()
