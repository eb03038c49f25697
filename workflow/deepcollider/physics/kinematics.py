"""Kinematics of one or two particles, on arrays: four-vectors (with ``vector``), masses, angles between."""

import numpy as np

from deepcollider.physics.events import wrap_phi

ELECTRON_MASS, MUON_MASS = 0.000511, 0.10566
"""GeV (Particle Data Group)."""


def four_vectors(pt, eta, phi, mass):
    """Four-momenta of the given pt, eta, phi and mass (GeV, rad), as an array of ``vector``, in double precision.

    They add up with ``+`` and know their ``mass`` (negative for a space-like sum, as ROOT has it), ``pt`` and ``mt``.
    """
    import vector

    components = {"pt": pt, "eta": eta, "phi": phi, "mass": mass}
    return vector.array({name: np.asarray(values, "f8") for name, values in components.items()})


def invariant_mass(energy, pt, eta):
    """Mass (GeV) of particles of given energy, pt (GeV) and eta; 0 where rounding leaves the square negative."""
    momentum = pt * np.cosh(eta)
    return np.sqrt(np.maximum((energy - momentum) * (energy + momentum), 0.0))


def delta_phi(first, second):
    """Angle from ``second`` to ``first`` in the transverse plane (rad), in (-pi, pi]."""
    return wrap_phi(np.asarray(first, "f8") - np.asarray(second, "f8"))


def transverse_mass(pt, phi, met, met_phi):
    """Transverse mass (GeV) of a massless particle and MET: sqrt(2 pt met (1 - cos delta phi))."""
    # the sine of the half angle keeps the digits that 1 - cos loses where the two are close
    scale = np.sqrt(np.asarray(pt, "f8") * np.asarray(met, "f8"))
    return 2 * scale * np.abs(np.sin(delta_phi(phi, met_phi) / 2))
