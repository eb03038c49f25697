"""Events object by object, each with what came before it (GAN thesis 7.1.1).

An event is told in a fixed order: MET, then the objects as the store has them, kind by kind in the order of KINDS and
by descending pt within a kind. MET comes with the ordinal mask, which says how many objects of each kind there are. An
object comes with MET, with the sum of the features of all objects before it, and, if it is not the first jet or b-jet,
with the features of the one before it.

The thesis does not say which features are summed up. Sums of its inputs are sums of logarithms, that is the logarithm
of a product of energies; the other reading, sums of energy and pt in GeV, is the physical one. Rows have both, by
reading in SUM_COLUMNS, and a network sees one of them. eta and phi are summed as they are, phi without folding.
"""

from collections.abc import Iterator

import numpy as np

from deepcollider.features.parts import (
    MET_COLUMNS,
    OBJECT_COLUMNS,
    RAW_COLUMNS,
    events_from_features,
    met_features,
    object_features,
    raw_features,
)
from deepcollider.features.view import View
from deepcollider.physics.events import Events, counts_per_kind
from deepcollider.physics.kinds import BY_NAME, KINDS

MOST = np.array([{"bjet": 3, "jet": 9}.get(kind.name, 1) for kind in KINDS])
"""Most objects of each kind that the mask can tell."""

MASK_COLUMNS = tuple(
    f"{kind.name}_{rank}" for kind, most in zip(KINDS, MOST, strict=True) for rank in range(1, most + 1)
)
SUMS_OF = {"log": OBJECT_COLUMNS, "raw": RAW_COLUMNS}
"""Columns that are summed up over the objects before, by reading."""

SUM_COLUMNS = {reading: tuple(f"sum_{column}" for column in columns) for reading, columns in SUMS_OF.items()}
ALL_SUM_COLUMNS = tuple(dict.fromkeys(column for columns in SUM_COLUMNS.values() for column in columns))
PREVIOUS_COLUMNS = tuple(f"previous_{column}" for column in OBJECT_COLUMNS)

SEVERAL = ("bjet", "jet")
"""Kinds whose first object and whose further objects are different parts."""

_SLOT_KINDS = np.repeat(np.arange(len(KINDS)), MOST)
_SLOT_RANKS = np.concatenate([np.arange(most) for most in MOST])


def ordinal_masks(counts: np.ndarray) -> np.ndarray:
    """Numbers of objects (N, 7) -> masks (N, 17) f4: of the places of a kind, as many are 1 as there are objects."""
    return (counts[:, _SLOT_KINDS] > _SLOT_RANKS).astype(np.float32)


def part_of(kind: str, rank: int) -> str:
    """The part that an object belongs to; rank 0 is the hardest of its kind."""
    return f"{kind}-{'further' if rank else 'first'}" if kind in SEVERAL else kind


def _context(part: str, sums: tuple[str, ...]) -> tuple[str, ...]:
    """Columns beside MET that tell an object of a part what came before it, with these columns of sums."""
    if part == "bjet-first":
        return ()
    return (*sums, *PREVIOUS_COLUMNS) if part.endswith("-further") else sums


def _before(values: np.ndarray) -> np.ndarray:
    """Values of the object before each (N, slots, columns); 0 before the first, and where there is no object (NaN)."""
    before = np.roll(np.nan_to_num(values), 1, axis=1)
    before[:, 0] = 0.0
    return before


class Chained(View):
    """Part ``met``: mask, then MET. Part of an object: MET, what came before it, then its own features.

    In every row the last columns are what a network makes (:meth:`own`), those before them what it is told; of these
    a network sees the sums of one reading alone (:meth:`seen`).
    """

    name = "chained"
    parts = ("met", *dict.fromkeys(part_of(kind.name, rank) for kind in KINDS for rank in range(2)))
    selects = True
    frequent_fraction = 0.95

    def own(self, part: str) -> tuple[str, ...]:
        """The last columns of a part: what the rows are about."""
        return MET_COLUMNS if part == "met" else OBJECT_COLUMNS

    def columns(self, part: str) -> tuple[str, ...]:
        return self._columns(part, ALL_SUM_COLUMNS)

    def seen(self, part: str, sum_of: str) -> tuple[str, ...]:
        """The columns of a part that a network sees which is told sums of this reading (of SUMS_OF)."""
        return self._columns(part, SUM_COLUMNS[sum_of])

    def _columns(self, part: str, sums: tuple[str, ...]) -> tuple[str, ...]:
        return (*(MASK_COLUMNS if part == "met" else (*MET_COLUMNS, *_context(part, sums))), *self.own(part))

    def unscaled(self, part: str) -> tuple[str, ...]:
        return MASK_COLUMNS if part == "met" else ()

    def accepts(self, events: Events) -> np.ndarray:
        """Events that the mask can tell; which of these are frequent, the sample must say."""
        return (counts_per_kind(events.objects) <= MOST).all(axis=1)

    def rows(self, events: Events, part: str) -> np.ndarray:
        met = met_features(events)
        if part == "met":
            return np.concatenate([ordinal_masks(counts_per_kind(events.objects)), met], axis=1)
        features = object_features(events.objects)
        of_kind = events.objects["kind"] == BY_NAME[part.split("-")[0]].code
        rank = np.cumsum(of_kind, axis=1) - 1
        of_part = of_kind & (rank > 0 if part.endswith("-further") else rank == 0)
        before, raw = (_before(values) for values in (features.astype(np.float64), raw_features(features)))
        columns = {
            **dict(zip(MET_COLUMNS, met.T, strict=True)),
            **dict(zip(SUM_COLUMNS["raw"], np.moveaxis(np.cumsum(raw, axis=1), -1, 0), strict=True)),
            **dict(zip(SUM_COLUMNS["log"], np.moveaxis(np.cumsum(before, axis=1), -1, 0), strict=True)),
            **dict(zip(PREVIOUS_COLUMNS, np.moveaxis(before, -1, 0), strict=True)),
            **dict(zip(OBJECT_COLUMNS, np.moveaxis(features, -1, 0), strict=True)),
        }
        events_at, slots = np.nonzero(of_part)
        chosen = [
            columns[name][events_at] if name in MET_COLUMNS else columns[name][events_at, slots]
            for name in self.columns(part)
        ]
        return np.stack(chosen, axis=1).astype(np.float32)


VIEW = Chained()


class Chain:
    """Events on their way from MET to the last object, all of them at the same time.

    ``met`` (N, 2) f4 are MET_COLUMNS, ``counts`` (N, 7) the numbers of objects, none above MOST.
    """

    def __init__(self, met: np.ndarray, counts: np.ndarray):
        if (counts > MOST).any():
            raise ValueError(f"more objects of a kind than the mask can tell ({MOST.tolist()})")
        self.met, self.counts = met, counts
        self._sums = {reading: np.zeros((len(met), len(columns))) for reading, columns in SUM_COLUMNS.items()}
        self._previous = np.zeros((len(met), len(OBJECT_COLUMNS)), np.float32)
        self._features = np.zeros((len(met), len(_SLOT_KINDS), len(OBJECT_COLUMNS)), np.float32)

    def steps(self) -> Iterator[tuple[str, int, np.ndarray]]:
        """(part, slot, numbers of the events that have this object) of every object of the chain, in its order."""
        for slot, (kind, rank) in enumerate(zip(_SLOT_KINDS, _SLOT_RANKS, strict=True)):
            rows = np.flatnonzero(self.counts[:, kind] > rank)
            if len(rows):
                yield part_of(KINDS[kind].name, rank), slot, rows

    def conditions(self, part: str, rows: np.ndarray, sum_of: str) -> np.ndarray:
        """Return what an object of a part is told, (M, columns) f4: of the columns seen, those before its own."""
        sums = SUM_COLUMNS[sum_of]
        context = [self._sums[sum_of][rows], self._previous[rows]][: len(_context(part, sums)) // len(sums)]
        return np.concatenate([self.met[rows], *context], axis=1).astype(np.float32)

    def add(self, slot: int, rows: np.ndarray, features: np.ndarray) -> None:
        """Give the events ``rows`` (M,) their next object: OBJECT_COLUMNS (M, 4)."""
        features = np.asarray(features, np.float32)
        self._features[rows, slot] = features
        self._sums["log"][rows] += features
        self._sums["raw"][rows] += raw_features(features)
        self._previous[rows] = features

    def events(self) -> Events:
        """The events, after the last step, in the store's order."""
        codes = np.where(ordinal_masks(self.counts) > 0, _SLOT_KINDS + 1, 0).astype(np.uint8)
        return events_from_features(self.met, self._features, codes)
