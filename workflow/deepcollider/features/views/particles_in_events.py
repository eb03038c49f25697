"""MET with the mask of its event; objects with the MET of theirs and their order (VAE thesis 7.4.1).

Bits are thermometers: a number n has its first min(n, 4) bits set. The mask says how many objects of each kind an
event has; the order of an object is 1 for the hardest of its kind. What is past the fourth of a kind is not seen.
"""

import numpy as np

from deepcollider.features.parts import MET_COLUMNS, OBJECT_COLUMNS, met_features, object_features
from deepcollider.features.view import View
from deepcollider.physics.events import Events, counts_per_kind
from deepcollider.physics.kinds import BY_NAME, KINDS

MAX_ORDER = 4
"""Most objects of a kind that a mask can tell."""

MASK_COLUMNS = tuple(f"{kind.name}_{order}" for kind in KINDS for order in range(1, MAX_ORDER + 1))
ORDER_COLUMNS = tuple(f"order_{order}" for order in range(1, MAX_ORDER + 1))


def order_bits(numbers: np.ndarray) -> np.ndarray:
    """Numbers (...,) from 0 on as thermometers (..., 4) f4."""
    return (np.arange(MAX_ORDER) < np.asarray(numbers)[..., np.newaxis]).astype(np.float32)


def event_masks(events: Events) -> np.ndarray:
    """The mask of each event, (N, 28) f4: four bits a kind, in the order of KINDS."""
    return order_bits(counts_per_kind(events.objects)).reshape(len(events), len(MASK_COLUMNS))


def particle_rows(met: np.ndarray, features: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Rows (M, 10) f4 of a kind from MET_COLUMNS (M, 2), OBJECT_COLUMNS (M, 4) and orders (M,), 1 for the hardest."""
    return np.concatenate([met, features, order_bits(orders)], axis=1).astype(np.float32)


def _seen(events: Events, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every object of a kind up to the fourth: its event, its slot, its order; event by event, the hardest first."""
    of_kind = events.objects["kind"] == BY_NAME[kind].code
    orders = np.where(of_kind, np.cumsum(of_kind, axis=1), 0)  # objects of a kind stand in order of pt
    rows, slots = np.nonzero(of_kind & (orders <= MAX_ORDER))
    return rows, slots, orders[rows, slots]


def features_by_order(events: Events, kind: str) -> np.ndarray:
    """OBJECT_COLUMNS of the first four objects of a kind, (N, 4 orders, 4 columns) f4; NaN where there are fewer."""
    rows, slots, orders = _seen(events, kind)
    features = np.full((len(events), MAX_ORDER, len(OBJECT_COLUMNS)), np.nan, np.float32)
    features[rows, orders - 1] = object_features(events.objects[rows, slots])
    return features


class ParticlesInEvents(View):
    """Part ``met``: a row an event, MET and mask. Part of a kind: a row an object, MET, features and order."""

    name = "particles-in-events"
    parts = ("met", *(kind.name for kind in KINDS))

    def columns(self, part: str) -> tuple[str, ...]:
        features = () if part == "met" else OBJECT_COLUMNS
        return (*MET_COLUMNS, *features, *self.unscaled(part))

    def unscaled(self, part: str) -> tuple[str, ...]:
        return MASK_COLUMNS if part == "met" else ORDER_COLUMNS

    def rows(self, events: Events, part: str) -> np.ndarray:
        met = met_features(events)
        if part == "met":
            return np.concatenate([met, event_masks(events)], axis=1)
        rows, slots, orders = _seen(events, part)
        return particle_rows(met[rows], object_features(events.objects[rows, slots]), orders)


VIEW = ParticlesInEvents()
