"""Events with few jets and nothing else, each in one row that says which objects are there (VAE thesis 7.6.1)."""

import numpy as np

from deepcollider.features.parts import (
    MET_COLUMNS,
    OBJECT_COLUMNS,
    events_from_features,
    met_features,
    object_features,
)
from deepcollider.features.view import View
from deepcollider.physics.events import Events, counts_per_kind, hardest
from deepcollider.physics.kinds import BY_NAME, KINDS

MOST = {"jet": 4, "bjet": 2}
"""Most objects of each kind that an event of the selection has; it has none of any other kind."""

SLOTS = tuple(f"{kind}{rank}" for kind, most in MOST.items() for rank in range(1, most + 1))
"""jet1 to jet4, bjet1 and bjet2: the objects of a row, by descending pt within their kind."""

_CODES = np.array([BY_NAME[kind].code for kind, most in MOST.items() for _ in range(most)], np.uint8)


class FewJets(View):
    """Columns: MET_COLUMNS, then OBJECT_COLUMNS slot by slot (NaN in empty ones), then a presence bit of each slot."""

    name = "few-jets"
    parts = ("event",)
    selects = True

    def columns(self, part: str) -> tuple[str, ...]:
        features = (f"{slot}_{column}" for slot in SLOTS for column in OBJECT_COLUMNS)
        return (*MET_COLUMNS, *features, *self.unscaled(part))

    def unscaled(self, part: str) -> tuple[str, ...]:
        return tuple(f"has_{slot}" for slot in SLOTS)

    def accepts(self, events: Events) -> np.ndarray:
        most = np.array([MOST.get(kind.name, 0) for kind in KINDS])
        return (counts_per_kind(events.objects) <= most).all(axis=1)

    def rows(self, events: Events, part: str) -> np.ndarray:
        """Of an event outside the selection, the objects that have no slot are not seen."""
        of_kinds = [hardest(events.objects, (BY_NAME[kind].code,), most) for kind, most in MOST.items()]
        objects = np.concatenate(of_kinds, axis=1)
        features = object_features(objects).reshape(len(events), -1)
        return np.concatenate([met_features(events), features, objects["valid"].astype(np.float32)], axis=1)

    def events_of(self, rows: np.ndarray) -> Events:
        """Inverse of :meth:`rows`: events of which only MET and objects are set, in the store's order.

        A slot is filled if its bit, 0 or 1, is 1, whatever stands in the columns of its features.
        """
        met, features, bits = np.split(rows, [len(MET_COLUMNS), -len(SLOTS)], axis=1)
        codes = np.where(bits == 1, _CODES, 0).astype(np.uint8)
        return events_from_features(met, features.reshape(len(rows), len(SLOTS), len(OBJECT_COLUMNS)), codes)


VIEW = FewJets()
