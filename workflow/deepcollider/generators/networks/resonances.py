"""Where an object must lie in phi for it and earlier ones to have a given mass together.

Once its pt and eta are known, its angle to another momentum and their mass say the same. A mixture of angles that is
made of masses needs to learn no kinematics: that two jets often have the mass of a W is one number.

Momenta (..., 4) are E, px, py, pz, all in the same unit, as are masses. New objects count as massless.
"""

from itertools import combinations

import numpy as np
from keras import ops

TINY = 1e-6
LEAST_SINE = 1e-2
"""Nearer to 0 and pi than this, an angle says so little of the mass that its width is taken as here."""


def four_momentum(pt, eta, phi, mass):
    """E, px, py, pz (..., 4) of objects (...,)."""
    pz = pt * ops.sinh(eta)
    energy = ops.sqrt(ops.square(mass) + ops.square(pt) + ops.square(pz))
    return ops.stack([energy, pt * ops.cos(phi), pt * ops.sin(phi), pz], axis=-1)


def with_pairs(momenta, n: int):
    """Momenta (M, A, 4), and after them those of all pairs of the first ``n``; of a pair with an absent one, zeros."""
    first, second = zip(*combinations(range(n), 2), strict=True)
    one, other = (ops.take(momenta, np.array(places), axis=1) for places in (first, second))
    both = ops.logical_and(one[..., :1] > 0, other[..., :1] > 0)
    return ops.concatenate([momenta, ops.where(both, one + other, 0.0)], axis=1)


def kinematics(momenta):
    """pt, phi, rapidity and square of the mass of momenta (..., 4), each (...,); pt is never 0."""
    energy, px, py, pz = (momenta[..., i] for i in range(4))
    pt = ops.sqrt(ops.square(px) + ops.square(py) + TINY)
    rapidity = ops.arctanh(ops.clip(pz / ops.maximum(energy, TINY), -1 + TINY, 1 - TINY))
    square = ops.maximum(ops.square(energy) - ops.square(pt) - ops.square(pz), 0.0)
    return pt, ops.arctan2(py, px), rapidity, square


def angles_of_masses(known, pt, eta, log_mass, log_spread):
    """(distance in phi, logarithm of its width, whether there is one) at which a new object gives a mass.

    ``known``: pt, phi, rapidity and square of the mass of what is there, each (M, A, 1); ``pt`` and ``eta`` of the new
    object (M, 1, 1); logarithms of the mass and of its relative spread (M, A, P). All results (M, A, P).
    """
    other_pt, _, rapidity, square = known
    transverse = ops.sqrt(square + ops.square(other_pt))
    mass_square = ops.exp(2.0 * log_mass)
    product = other_pt * pt
    cosine = transverse / other_pt * ops.cosh(rapidity - eta) - (mass_square - square) / (2.0 * product)
    possible = ops.abs(cosine) < 1.0
    cosine = ops.clip(cosine, -1.0 + TINY, 1.0 - TINY)
    sine = ops.sqrt(1.0 - ops.square(cosine))
    log_width = 2.0 * log_mass + log_spread - ops.log(product) - ops.log(ops.maximum(sine, LEAST_SINE))
    return ops.arccos(cosine), log_width, possible
