"""Events in which objects depend on each other, and an autoregressive mixture that has learnt them a little."""

import keras
import numpy as np
from scipy import special

from deepcollider.features.masks import MaskGenerator
from deepcollider.features.views.sequences import VIEW, SequenceScaler, events_of, slot_codes
from deepcollider.generators.protocol import Trained
from deepcollider.generators.systems.autoregressive_mixture import SYSTEM
from deepcollider.physics.events import Events
from deepcollider.physics.kinds import MAX_OBJECTS

SMALL = {"width": 12, "blocks": 1, "embedding": 6, "components": 3, "dropout": 0.0}
ONE_ELECTRON = (0, 0, 1, 0, 0, 0, 0)
SOME = ((0, 2, 0, 0, 0, 0, 0), (1, 3, 0, 0, 1, 0, 0), (2, 9, 1, 0, 0, 1, 1), (0, 0, 0, 0, 0, 0, 0), ONE_ELECTRON)


def true_events(n: int, seed: int = 1, masks=SOME) -> Events:
    """Events of simple distributions, in which objects depend on MET and on each other."""
    rng = np.random.default_rng(seed)
    codes = slot_codes(np.array(masks)[rng.integers(len(masks), size=n)])
    met = rng.normal(4, 0.7, n)
    hardness = np.exp(rng.normal(0, 0.4, codes.shape) + 0.3 * (met - 4)[:, None])
    for slot in range(1, MAX_OBJECTS):
        same = codes[:, slot] == codes[:, slot - 1]
        share = special.expit(rng.normal(0.5, 0.8, n))
        hardness[:, slot] = np.where(same, hardness[:, slot - 1] * share, hardness[:, slot])
    eta = 0.5 * rng.normal(0, 1, codes.shape)
    phi = np.pi - 0.8 * rng.normal(0, 1, codes.shape)
    values = {"hardness": hardness, "eta": eta, "phi": phi, "mass": rng.normal(-2.3, 0.4, codes.shape)}
    return events_of(met, rng.uniform(-np.pi, np.pi, n), codes, values)


def trained_a_little() -> Trained:
    """A network after a few epochs, so that its densities are neither flat nor sharp."""
    keras.utils.set_random_seed(3)
    rows = VIEW.rows(true_events(4000), "event")
    scaler = SequenceScaler.fit([rows])
    network = SYSTEM(**SMALL).build("event", scaler, seed=3)
    network.fit(scaler.transform(rows), batch_size=200, epochs=8, verbose=0)
    masks = {"frequent": SOME, "frequent_counts": [30, 20, 10, 5, 35], "rare": [], "rare_counts": []}
    return Trained({"event": network}, masks=MaskGenerator.from_config(masks))
