"""MET and the seven kinds of objects apart: eight parts that know nothing of each other (VAE thesis 7.5.1)."""

import numpy as np

from deepcollider.features.parts import MET_COLUMNS, OBJECT_COLUMNS, met_features, object_features
from deepcollider.features.view import View
from deepcollider.physics.events import Events
from deepcollider.physics.kinds import BY_NAME, KINDS


class Particles(View):
    """Part ``met``: a row an event. Part of a kind: a row an object of the kind, event by event."""

    name = "particles"
    parts = ("met", *(kind.name for kind in KINDS))

    def columns(self, part: str) -> tuple[str, ...]:
        return MET_COLUMNS if part == "met" else OBJECT_COLUMNS

    def rows(self, events: Events, part: str) -> np.ndarray:
        if part == "met":
            return met_features(events)
        return object_features(events.objects[events.objects["kind"] == BY_NAME[part].code])


VIEW = Particles()
