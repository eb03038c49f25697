"""Events as sequences of objects, in coordinates in which every combination of numbers is a possible event.

An event is its MET and then its objects in the store's order: kind by kind in the order of KINDS, by descending pt
within a kind. All angles phi are relative to that of MET, which is uniform. An object has four coordinates:

* pt: for the hardest of its kind log(pt / cut - 1), for the others logit(log(pt / cut) / log(previous pt / cut)), so
  that no pt lies below the cut of its kind or above that of the object before;
* eta: atanh(eta / limit of its kind);
* phi: the difference to METphi, in (-pi, pi];
* mass: log(m / pt) of jets, so that no energy lies below pt cosh(eta). Leptons and photons have no mass.

A reflection of the event changes the sign of every eta or of every phi, and nothing else.
"""

from dataclasses import dataclass

import numpy as np

from deepcollider.features.view import View
from deepcollider.physics.acceptance import CUTS
from deepcollider.physics.events import Events, empty_events, wrap_phi
from deepcollider.physics.kinds import JET_CODES, KINDS, MAX_OBJECTS

QUANTITIES = ("pt", "eta", "phi", "mass")
"""The coordinates of an object, in the order in which they are drawn."""

LEAST_MET = 1e-3
"""GeV. Smaller values of MET are taken as this before the logarithm."""

EDGE = 1e-6
"""Relative distance from a cut, or from the pt before, at which values are taken that float32 leaves nearer."""

LEAST_MASS = 1e-3
"""Smallest m / pt of a jet: below, the energy in float32 says nothing of the mass."""

_FAMILIES = [None] + [kind.family for kind in KINDS]  # by kind code
PT_CUTS = np.array([1.0 if family is None else CUTS[family].pt for family in _FAMILIES])
"""GeV, by kind code; 1 where there is no object."""
ETA_LIMITS = np.array([1.0 if family is None else CUTS[family].eta for family in _FAMILIES])
IS_JET = np.array([code in JET_CODES for code in range(len(_FAMILIES))])

N_CLASSES = 2 * len(KINDS) + 1
"""Objects of a class share their scales: 0 for none, then the first of a kind and its further ones, kind by kind."""


def classes_of(codes: np.ndarray) -> np.ndarray:
    """Class (N, 20) of each slot from its kind code (N, 20): 2 code - 1 for the hardest of a kind, 2 code after it."""
    codes = np.asarray(codes, np.int64)
    before = np.roll(codes, 1, axis=1)
    before[:, 0] = 0
    return np.where(codes > 0, 2 * codes - (codes != before), 0)


def hardness(objects: np.ndarray) -> np.ndarray:
    """log(pt / cut of its kind) of objects (...,) of OBJECT_DTYPE, never below EDGE; float64."""
    ratio = np.log(np.maximum(objects["pt"].astype(np.float64), EDGE) / PT_CUTS[objects["kind"]])
    return np.maximum(ratio, EDGE)


def _before(values: np.ndarray) -> np.ndarray:
    """Of each slot (N, 20), the value of the one before it; 1 for the first."""
    before = np.roll(values, 1, axis=1)
    before[:, 0] = 1.0
    return before


def coordinates(events: Events) -> dict[str, np.ndarray]:
    """QUANTITIES and ``hardness`` of every slot, each (N, 20) float64; NaN where there is no such thing."""
    objects = events.objects
    codes = objects["kind"]
    hard = hardness(objects)
    share = np.clip(hard / _before(hard), EDGE, 1 - EDGE)
    further = (classes_of(codes) % 2 == 0) & (codes > 0)
    eta = np.clip(objects["eta"].astype(np.float64) / ETA_LIMITS[codes], -1 + EDGE, 1 - EDGE)
    pt = np.maximum(objects["pt"].astype(np.float64), EDGE)
    momentum = pt * np.cosh(objects["eta"].astype(np.float64))
    energy = objects["energy"].astype(np.float64)
    square = np.maximum((energy - momentum) * (energy + momentum), 0.0)  # as E and p are far larger than m
    phi = wrap_phi(objects["phi"].astype(np.float64) - events.events["met_phi"].astype(np.float64)[:, np.newaxis])
    found = {
        "hardness": hard,
        "pt": np.where(further, np.log(share) - np.log1p(-share), np.log(np.expm1(hard))),
        "eta": np.arctanh(eta),
        "phi": phi,
        "mass": np.where(IS_JET[codes], np.log(np.maximum(np.sqrt(square) / pt, LEAST_MASS)), np.nan),
    }
    return {name: np.where(codes > 0, values, np.nan) for name, values in found.items()}


def log_met(events: Events) -> np.ndarray:
    """Natural logarithm of MET (GeV), (N,) float64."""
    return np.log(np.maximum(events.events["met"].astype(np.float64), LEAST_MET))


def log_volume(events: Events) -> np.ndarray:
    """log of |d coordinates / d (MET, METphi, pt, eta, phi, m)| of events, (N,) float64; GeV and rad.

    Added to the logarithm of a density of coordinates it gives that of the physical quantities. That of a mass is taken
    at LEAST_MASS where it is smaller, and that of a pt at most EDGE from its limits.
    """
    objects, found = events.objects, coordinates(events)
    codes = objects["kind"]
    pt = np.maximum(objects["pt"].astype(np.float64), EDGE)
    hard = found["hardness"]
    further = (classes_of(codes) % 2 == 0) & (codes > 0)
    with np.errstate(invalid="ignore"):
        # dh = dpt / pt; further: d logit(h / h0) = dh / (h (1 - h / h0)); hardest: d log(e^h - 1) = dh / (1 - e^-h)
        share = np.clip(hard / _before(np.nan_to_num(hard, nan=1.0)), EDGE, 1 - EDGE)
        logs = -np.log(pt) - np.where(further, np.log(hard) + np.log1p(-share), np.log(-np.expm1(-hard)))
        # d atanh(eta / limit) = d eta / limit / (1 - (eta / limit)^2), and tanh^2 = 1 - sech^2
        logs += 2 * np.log(np.cosh(found["eta"])) - np.log(ETA_LIMITS[codes])
        logs -= np.where(IS_JET[codes], found["mass"] + np.log(pt), 0.0)  # d log m = dm / m
    return np.where(codes > 0, logs, 0.0).sum(axis=1) - log_met(events)


def events_of(met: np.ndarray, met_phi: np.ndarray, codes: np.ndarray, found: dict[str, np.ndarray]) -> Events:
    """Inverse of :func:`log_met` and :func:`coordinates`: events of which only MET and objects are set.

    ``met`` (N,) is log MET; ``codes`` (N, 20) the kinds of the slots in the store's order; of ``found``, ``hardness``
    is used in place of ``pt``. All float32, energies rounded upwards so that they still hold the momentum.
    """
    events = empty_events(len(codes))
    there = codes > 0
    events.events["met"], events.events["met_phi"] = np.exp(met), wrap_phi(np.asarray(met_phi, np.float32))
    events.events["n_objects"] = there.sum(axis=1)
    of_slot = codes[there]
    objects = events.objects[there]
    cut = PT_CUTS[of_slot].astype(np.float32)
    pt = (cut * np.exp(found["hardness"][there].astype(np.float64))).astype(np.float32)
    limit = np.nextafter(ETA_LIMITS[of_slot].astype(np.float32), np.float32(0))
    eta = (ETA_LIMITS[of_slot] * np.tanh(found["eta"][there].astype(np.float64))).astype(np.float32)
    objects["kind"], objects["valid"] = of_slot, True
    objects["pt"] = np.maximum(pt, np.nextafter(cut, np.float32(np.inf)))
    objects["eta"] = np.clip(eta, -limit, limit)
    relative = found["phi"][there].astype(np.float64)
    rows = np.nonzero(there)[0]
    objects["phi"] = wrap_phi((relative + np.asarray(met_phi, np.float64)[rows]).astype(np.float32))
    momentum = objects["pt"].astype(np.float64) * np.cosh(objects["eta"].astype(np.float64))
    mass = np.where(
        IS_JET[of_slot], objects["pt"] * np.exp(np.nan_to_num(found["mass"][there].astype(np.float64))), 0.0
    )
    energy = np.hypot(momentum, mass)
    rounded = energy.astype(np.float32)
    objects["energy"] = np.where(rounded < momentum, np.nextafter(rounded, np.float32(np.inf)), rounded)
    events.objects[there] = objects
    return events


def slot_codes(counts: np.ndarray) -> np.ndarray:
    """Kind codes (N, 20) of the slots of events with so many objects of each kind (N, 7), in the store's order."""
    ends = np.cumsum(counts, axis=1)
    if len(ends) and ends[:, -1].max() > MAX_OBJECTS:
        raise ValueError(f"an event with {ends[:, -1].max()} objects; there is room for {MAX_OBJECTS}")
    codes = np.ones((len(ends), MAX_OBJECTS), np.uint8)
    for end in ends.T:
        codes += end[:, np.newaxis] <= np.arange(MAX_OBJECTS)
    codes[codes > len(KINDS)] = 0
    return codes


class Sequences(View):
    """Columns: log MET, then, each for all slots, kind code, hardness, and QUANTITIES (NaN in empty slots)."""

    name = "sequences"
    parts = ("event",)

    def columns(self, part: str) -> tuple[str, ...]:
        names = ("kind", "hardness", *QUANTITIES)
        return ("log_met", *(f"{name}_{slot}" for name in names for slot in range(1, MAX_OBJECTS + 1)))

    def unscaled(self, part: str) -> tuple[str, ...]:
        return tuple(f"kind_{slot}" for slot in range(1, MAX_OBJECTS + 1))

    def rows(self, events: Events, part: str) -> np.ndarray:
        found = coordinates(events)
        columns = [log_met(events)[:, np.newaxis], events.objects["kind"]]
        columns += [found[name] for name in ("hardness", *QUANTITIES)]
        return np.concatenate(columns, axis=1).astype(np.float32)


VIEW = Sequences()

N_COLUMNS = len(VIEW.columns("event"))


@dataclass(frozen=True)
class SequenceScaler:
    """Zero mean and unit variance of log MET, and, class by class (:func:`classes_of`), of pt, eta and mass.

    The mean of eta is 0 by symmetry. Kind, hardness and phi stay as they are, and so do ``conditions`` more columns
    after those of the view, which say what the events are of. What is not there becomes 0. ``mean`` and ``std`` have,
    one after the other, log MET and pt, eta, mass of each class.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    conditions: int = 0

    SCALED = ("pt", "eta", "mass")

    @property
    def n_columns(self) -> int:
        """Columns of a row."""
        return N_COLUMNS + self.conditions

    @classmethod
    def fit(cls, batches) -> "SequenceScaler":
        """From batches of rows (M, columns)."""
        n, sums, squares = (np.zeros(1 + 3 * N_CLASSES) for _ in range(3))
        conditions = 0
        for rows in batches:
            conditions = rows.shape[1] - N_COLUMNS
            met, classes, values = cls._split(np.asarray(rows, np.float64))
            n[0] += len(rows)
            sums[0] += met.sum()
            squares[0] += (met**2).sum()
            for position, name in enumerate(cls.SCALED):
                there = ~np.isnan(values[name])
                places = 1 + position * N_CLASSES + classes[there]
                found = values[name][there]
                n += np.bincount(places, minlength=len(n))
                sums += np.bincount(places, found, minlength=len(n))
                squares += np.bincount(places, found**2, minlength=len(n))
        mean = sums / np.maximum(n, 1)
        mean[1 + N_CLASSES : 1 + 2 * N_CLASSES] = 0.0
        std = np.sqrt(np.maximum(squares / np.maximum(n, 1) - mean**2, 0.0))
        return cls(tuple(mean.tolist()), tuple(np.where(std > 1e-3, std, 1.0).tolist()), conditions)

    @staticmethod
    def _split(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        met, codes, hard, *values = np.split(rows[:, :N_COLUMNS], [1 + i * MAX_OBJECTS for i in range(6)], axis=1)
        return met[:, 0], classes_of(codes), {"hardness": hard, **dict(zip(QUANTITIES, values, strict=True))}

    def scales(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of a coordinate, each (classes,) float32; ``met``: (1,)."""
        if name == "met":
            chosen = slice(0, 1)
        else:
            first = 1 + self.SCALED.index(name) * N_CLASSES
            chosen = slice(first, first + N_CLASSES)
        return np.array(self.mean[chosen], np.float32), np.array(self.std[chosen], np.float32)

    def transform(self, features: np.ndarray) -> np.ndarray:
        """(N, columns) physical -> (N, columns) float32 scaled."""
        scaled = np.array(features, np.float32)
        mean, std = self.scales("met")
        scaled[:, 0] = (scaled[:, 0] - mean) / std
        classes = classes_of(np.nan_to_num(scaled[:, 1 : 1 + MAX_OBJECTS]))
        for name in self.SCALED:
            first = 1 + (2 + QUANTITIES.index(name)) * MAX_OBJECTS
            values = scaled[:, first : first + MAX_OBJECTS]
            mean, std = self.scales(name)
            values[...] = (values - mean[classes]) / std[classes]
        scaled[np.isnan(scaled)] = 0.0
        return scaled

    def log_volume(self, features: np.ndarray) -> np.ndarray:
        """log of |d scaled / d physical| of rows (N, columns), (N,) float64."""
        _, classes, values = self._split(np.asarray(features, np.float64))
        logs = np.full(len(features), -np.log(self.std[0]))
        for name in self.SCALED:
            std = self.scales(name)[1].astype(np.float64)
            logs -= np.where(np.isnan(values[name]), 0.0, np.log(std)[classes]).sum(axis=1)
        return logs

    def to_config(self) -> dict:
        return {"mean": list(self.mean), "std": list(self.std), "conditions": self.conditions}

    @classmethod
    def from_config(cls, config: dict) -> "SequenceScaler":
        return cls(tuple(config["mean"]), tuple(config["std"]), config["conditions"])
