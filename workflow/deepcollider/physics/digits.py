"""Numbers are written with the digits of the sample they belong to, and generated ones with those of their truth.

The Dark Machines CSV gives energies, pt and MET in MeV, eta and angles in rad, all with six significant digits. The
rest is lost, and that shows: the mass of a lepton, sqrt(E^2 - pt^2 cosh^2 eta), is the rounding of its energy, up to
0.4 GeV at 100 GeV. A generator that keeps more digits gives itself away by them alone, which says nothing about its
physics. So what is generated is written as truth is (:func:`as_written`).

How truth is written is found from its values (:func:`writing_of`). Two conventions are known:

* Energies upwards, so that E >= pt cosh(eta) holds on the written values: our simulation, which rounds pt and eta
  first, computes the energy of leptons and photons from these, and cuts on the written values.
* Every value by itself to the nearest: the published files, in which E^2 - p^2 of leptons and photons can be negative.
"""

from dataclasses import dataclass

import numpy as np

from deepcollider.physics.acceptance import in_acceptance, triggers
from deepcollider.physics.events import Events, wrap_phi
from deepcollider.physics.kinds import JET_CODES, MEV_PER_GEV

DIGITS = 6
"""Significant decimal digits of the Dark Machines CSV."""

MOST_DIGITS = 7
"""Significant decimal digits that float32, and so an event file, always holds; samples with more have all it has."""

ON_SHELL = 3e-7
"""Relative difference of E and pt cosh(eta) up to which float32 cannot tell a particle from a massless one."""

LARGEST_BELOW = 0.01
"""Share of the leptons and photons that may lie below their mass shell where energies are written upwards."""


@dataclass(frozen=True)
class Writing:
    """The convention of a sample: ``digits`` significant ones (None: all of float32); energies ``upwards`` or not."""

    digits: int | None = DIGITS
    upwards: bool = True

    def describe(self) -> dict:
        """Return the convention as attributes of an event file."""
        return {"digits": self.digits or "float32", "energies": "upwards" if self.upwards else "nearest"}


def round_significant(values, rounding=np.round, digits: int = DIGITS):
    """Round to significant decimal digits, float64; ``rounding`` may be np.ceil. What is not finite stays."""
    values = np.asarray(values, float)
    finite = np.where(np.isfinite(values), values, 0.0)
    magnitude = np.floor(np.log10(np.abs(finite), out=np.zeros_like(finite), where=finite != 0))
    power = digits - 1 - magnitude
    scale = 10.0 ** np.abs(power)  # of whole powers of ten, those above 1 are exact
    whole = rounding(np.where(power >= 0, finite * scale, finite / scale))
    return np.where(np.isfinite(values), np.where(power >= 0, whole / scale, whole * scale), values)


def _in_gev(gev: np.ndarray, digits: int, rounding=np.round) -> np.ndarray:
    """Energies (GeV) as they are read from a file that has them in MeV, float64."""
    return round_significant(gev.astype(np.float64) * MEV_PER_GEV, rounding, digits) / MEV_PER_GEV


def _up(values: np.ndarray) -> np.ndarray:
    """The next whole numbers, but for values that only float32 has put above one."""
    return np.ceil(values * (1 - 2.0**-24))


def _momentum(pt: np.ndarray, eta: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):  # absurd values of an untrained network
        return pt.astype(np.float64) * np.cosh(eta.astype(np.float64))


def _fits(events: Events, digits: int) -> bool:
    """Whether all values have no more significant digits."""
    objects = events.objects[events.objects["valid"]]
    of_energy = [events.events["met"], objects["energy"], objects["pt"]]
    others = [events.events["met_phi"], objects["eta"], objects["phi"]]
    return all(np.array_equal(each, _in_gev(each, digits).astype(np.float32)) for each in of_energy) and all(
        np.array_equal(each, wrap_phi(round_significant(each, digits=digits).astype(np.float32))) for each in others
    )


def writing_of(events: Events) -> Writing:
    """How the numbers of a sample are written, found from its values; that of our simulation where it has no event."""
    if not len(events):
        return Writing()
    digits = next((n for n in range(1, MOST_DIGITS + 1) if _fits(events, n)), None)
    objects = events.objects[events.objects["valid"]]
    massless = objects[~np.isin(objects["kind"], JET_CODES)]
    below = massless["energy"] < _momentum(massless["pt"], massless["eta"]) * (1 - ON_SHELL)
    return Writing(digits, upwards=bool(below.sum() <= LARGEST_BELOW * len(below)))


def as_written(events: Events, writing: Writing) -> Events:
    """The events after they were written to a file of that convention and read again; the given ones stay.

    Rounding carries no object across a cut: one that would be goes to the neighbouring number on its own side. A
    particle on its mass shell stays there, and one whose energy holds its momentum goes on to do so, as far as the
    convention has it. An energy below the momentum, as a network may make it, is rounded and no more.
    """
    if writing.digits is None:
        return events
    digits = writing.digits
    headers, objects = events.events.copy(), events.objects.copy()
    headers["met"] = _in_gev(headers["met"], digits)
    headers["met_phi"] = wrap_phi(round_significant(headers["met_phi"], digits=digits).astype(np.float32))
    given = objects[objects["valid"]]
    # in double precision: the energy of a massless particle is that of the very numbers that are written
    pt, eta = _in_gev(given["pt"], digits), round_significant(given["eta"], digits=digits)
    crosses = _side_of_cuts(given, given["pt"], given["eta"]) != _side_of_cuts(given, pt, eta)
    for values, name, rounded in ((pt, "pt", _in_gev), (eta, "eta", round_significant)):
        before = given[name][crosses]
        down, up = (rounded(before, digits=digits, rounding=each) for each in (np.floor, np.ceil))
        values[crosses] = np.where(values[crosses] > before, down, up)
    written = given.copy()
    written["pt"], written["eta"] = pt, eta
    written["phi"] = wrap_phi(round_significant(given["phi"], digits=digits).astype(np.float32))
    written["energy"] = _energies(given, _momentum(pt, eta), writing)
    objects[objects["valid"]] = written
    return Events(headers, objects)


def _side_of_cuts(objects: np.ndarray, pt: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Tell which cuts of their kind objects (M,) of that pt and eta would pass: a code (M,)."""
    moved = objects.copy()
    moved["pt"], moved["eta"] = pt, eta
    return in_acceptance(moved) + 2 * triggers(moved)


def _energies(given: np.ndarray, momentum: np.ndarray, writing: Writing) -> np.ndarray:
    """Energies (M,) in GeV of objects that were ``given`` and whose momenta are written as ``momentum``."""
    energy, had = given["energy"].astype(np.float64), _momentum(given["pt"], given["eta"])
    holds = energy >= had * (1 - ON_SHELL)
    on_shell = holds & (energy <= had * (1 + ON_SHELL)) & ~np.isin(given["kind"], JET_CODES)
    if writing.digits > DIGITS:  # float32 has hardly more
        on_shell = np.zeros_like(on_shell)
    # of a massless particle the momentum says the energy better than float32, which a network may have rounded upwards
    nearest = _in_gev(np.where(on_shell, had, energy), writing.digits)
    if not writing.upwards:
        return nearest
    least = _in_gev(np.where(holds, momentum, 0.0), writing.digits, np.ceil)
    return np.where(on_shell, least, np.where(holds, np.maximum(least, _in_gev(energy, writing.digits, _up)), nearest))
