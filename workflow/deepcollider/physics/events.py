"""Events in memory: two structured arrays, one row an event (after the ATLAS FTAG convention)."""

from dataclasses import dataclass

import numpy as np

from deepcollider.physics.kinds import JET_CODES, KINDS, MAX_OBJECTS, NO_OBJECT

EVENT_DTYPE = np.dtype(
    [
        ("event_id", "i8"),
        ("process", "S32"),
        ("weight", "f4"),
        ("met", "f4"),  # GeV
        ("met_phi", "f4"),  # rad, (-pi, pi]
        ("n_objects", "u1"),
    ]
)

OBJECT_DTYPE = np.dtype(
    [
        ("kind", "u1"),
        ("valid", "?"),
        ("energy", "f4"),  # GeV
        ("pt", "f4"),  # GeV
        ("eta", "f4"),
        ("phi", "f4"),  # rad, (-pi, pi]
    ]
)

OBJECT_FEATURES = ("energy", "pt", "eta", "phi")


@dataclass(frozen=True)
class Events:
    """A batch of events: ``events`` (N,) of EVENT_DTYPE and ``objects`` (N, 20) of OBJECT_DTYPE.

    The objects of an event come first in their row, ordered by kind code and within a kind by descending pt;
    empty slots have kind 0, valid False and zeros.
    """

    events: np.ndarray
    objects: np.ndarray

    def __len__(self) -> int:  # number of events, not of fields
        return len(self.events)

    def take(self, rows) -> "Events":
        """The events of the given rows (a slice, a mask or indices)."""
        return Events(self.events[rows], self.objects[rows])


def empty_events(n: int) -> Events:
    """``n`` events with no object, all fields zero."""
    return Events(np.zeros(n, EVENT_DTYPE), np.zeros((n, MAX_OBJECTS), OBJECT_DTYPE))


def concatenate(batches: list[Events]) -> Events:
    """Join batches of events in the given order."""
    return Events(
        np.concatenate([batch.events for batch in batches]),
        np.concatenate([batch.objects for batch in batches]),
    )


def wrap_phi(phi):
    """Map angles (rad) to (-pi, pi] as their own float type has it; those that lie inside are not changed."""
    phi = np.asarray(phi)
    limit = phi.dtype.type(np.pi)
    # as Python floats: numpy would round pi to float32 too before it compares
    if float(limit) > np.pi:  # float32 rounds pi upwards
        limit = np.nextafter(limit, phi.dtype.type(0))
    lowest = -limit if float(limit) < np.pi else np.nextafter(-limit, limit)
    outside = ~((phi >= lowest) & (phi <= limit))
    if not outside.any():
        return phi
    wrapped = phi.copy()
    wrapped[outside] = np.clip(np.pi - np.mod(np.pi - phi[outside], 2 * np.pi), lowest, limit)
    return wrapped


def sort_objects(objects: np.ndarray) -> np.ndarray:
    """Put objects (N, M) of OBJECT_DTYPE in the store's order: by kind, then by descending pt; empty slots last."""
    kind = np.where(objects["valid"], objects["kind"], 255)
    order = np.lexsort((-objects["pt"], kind), axis=-1)
    return np.take_along_axis(objects, order, axis=-1)


def counts_per_kind(objects: np.ndarray) -> np.ndarray:
    """Number of objects of each kind, (N, 7) int, in the order of KINDS."""
    return np.stack([(objects["kind"] == kind.code).sum(axis=1) for kind in KINDS], axis=1)


def jet_ht(objects: np.ndarray) -> np.ndarray:
    """HT (GeV): scalar sum of the pt of all jets and b-jets, (N,) float64."""
    is_jet = np.isin(objects["kind"], JET_CODES)
    return np.where(is_jet, objects["pt"], 0.0).sum(axis=1, dtype=np.float64)


def hardest(objects: np.ndarray, codes: tuple[int, ...], n: int) -> np.ndarray:
    """The ``n`` objects of highest pt among the kinds ``codes``, hardest first: (N, n) of OBJECT_DTYPE.

    Where an event has fewer, the records have ``valid`` False.
    """
    chosen = np.isin(objects["kind"], codes) & (objects["kind"] != NO_OBJECT)
    columns = np.argsort(np.where(chosen, -objects["pt"], 1.0), axis=1, kind="stable")[:, :n]
    found = np.take_along_axis(objects, columns, axis=1)
    found[~np.take_along_axis(chosen, columns, axis=1)] = np.zeros((), OBJECT_DTYPE)
    return found


def leading(objects: np.ndarray, codes: tuple[int, ...], rank: int) -> np.ndarray:
    """The object of given ``rank`` in pt (0 = highest) among the kinds ``codes``: (N,) of OBJECT_DTYPE.

    Where an event has fewer, the record has ``valid`` False.
    """
    return hardest(objects, codes, rank + 1)[:, rank]
