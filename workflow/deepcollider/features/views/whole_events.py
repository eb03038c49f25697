"""A whole event in one row: MET, the kinds of 20 slots, the features of 20 slots (VAE thesis 7.3.1)."""

import numpy as np

from deepcollider.features.parts import (
    MET_COLUMNS,
    OBJECT_COLUMNS,
    events_from_features,
    met_features,
    object_features,
)
from deepcollider.features.view import View
from deepcollider.physics.events import Events
from deepcollider.physics.kinds import KINDS, MAX_OBJECTS

N_IDS = len(KINDS) + 1
"""Identifiers of a slot: the codes of the seven kinds, and 0 for the mask object of an empty slot."""


class WholeEvents(View):
    """Columns: MET_COLUMNS, then the kind code of each slot, then OBJECT_COLUMNS slot by slot (NaN in empty ones)."""

    name = "whole-events"
    parts = ("event",)

    def columns(self, part: str) -> tuple[str, ...]:
        slots = range(1, MAX_OBJECTS + 1)
        features = (f"{column}_{slot}" for slot in slots for column in OBJECT_COLUMNS)
        return (*MET_COLUMNS, *self.unscaled(part), *features)

    def unscaled(self, part: str) -> tuple[str, ...]:
        return tuple(f"kind_{slot}" for slot in range(1, MAX_OBJECTS + 1))

    def rows(self, events: Events, part: str) -> np.ndarray:
        features = object_features(events.objects).reshape(len(events), -1)
        return np.concatenate([met_features(events), events.objects["kind"].astype(np.float32), features], axis=1)

    def events_of(self, rows: np.ndarray) -> Events:
        """Inverse of :meth:`rows`: events of which only MET and objects are set, in the store's order."""
        met, codes, features = np.split(rows, [len(MET_COLUMNS), len(MET_COLUMNS) + MAX_OBJECTS], axis=1)
        features = features.reshape(len(rows), MAX_OBJECTS, len(OBJECT_COLUMNS))
        return events_from_features(met, features, np.rint(codes).astype(np.uint8))


VIEW = WholeEvents()
