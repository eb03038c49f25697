"""Events put together from particles that were generated kind by kind."""

from collections.abc import Callable

import numpy as np

from deepcollider.features.parts import objects_from_features
from deepcollider.physics.events import Events, sort_objects
from deepcollider.physics.kinds import BY_NAME, KINDS, MAX_OBJECTS

MAX_GENERATED_OBJECTS = 19
"""Most objects that a generated event keeps (VAE thesis 7.4.2, 7.5.3)."""


def fill_objects(events: Events, counts: np.ndarray, draw_kind: Callable[[str, int], np.ndarray]) -> None:
    """Put objects into empty events: ``counts`` (N, 7) of each, all of one kind drawn in one call.

    Objects are ordered as in the store; past MAX_GENERATED_OBJECTS those of lowest pt are left out.
    """
    n_slots = max(int(counts.sum(axis=1).max(initial=0)), MAX_OBJECTS)
    slots = np.zeros((len(events), n_slots), events.objects.dtype)
    first = np.cumsum(counts, axis=1) - counts
    for column, kind in enumerate(KINDS):
        total = int(counts[:, column].sum())
        rows = np.repeat(np.arange(len(events)), counts[:, column])
        within = np.arange(total) - np.repeat(np.cumsum(counts[:, column]) - counts[:, column], counts[:, column])
        slots[rows, first[rows, column] + within] = objects_from_features(
            draw_kind(kind.name, total), BY_NAME[kind.name]
        )
    if (counts.sum(axis=1) > MAX_GENERATED_OBJECTS).any():
        softest_first = np.argsort(np.where(slots["valid"], slots["pt"], -1), axis=1)
        dropped = np.take_along_axis(slots["valid"], softest_first, axis=1)
        dropped[:, n_slots - MAX_GENERATED_OBJECTS :] = False
        rows, columns = np.nonzero(dropped)
        slots[rows, softest_first[rows, columns]] = np.zeros((), slots.dtype)
    events.objects[:] = sort_objects(slots)[:, :MAX_OBJECTS]
    events.events["n_objects"] = events.objects["valid"].sum(axis=1)
