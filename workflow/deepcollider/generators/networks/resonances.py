"""Where an object must lie in eta and phi for it and earlier ones to have a given mass together.

Once its pt is known, that is a closed curve around the momentum of the others: it spans a range of eta, and at each eta
in it there are two angles, above and below. A mixture that is made of masses needs to learn no kinematics: that two
jets often have the mass of a W is one number.

Momenta (..., 4) are E, px, py, pz, all in the same unit, as are masses. New objects count as massless.
"""

import math
from itertools import combinations

import numpy as np
from keras import ops

TINY = 1e-6
LEAST_REACH = 1e-4
"""Of a reach in rapidity, cosh is at least this much more than 1."""

LEAST_SINE = 1e-2
"""Nearer to 0 and pi than this, an angle says so little of the mass that its width is taken as here."""

ARCTANGENT = (
    0.0028662257, -0.0161657367, 0.0429096138, -0.0752896400,
    0.1065626393, -0.1420889944, 0.1999355085, -0.3333314528, 1.0,
)  # fmt: skip
"""arctan(t) / t as a polynomial in t^2, highest power first, for t up to 1 (Abramowitz and Stegun 4.4.49)."""


def angle_of(x, y):
    """Angle of (x, y), in [-pi, pi], to 3e-7 rad: of sums and products alone, which compile to a fourth of the time."""
    of_x, of_y = ops.abs(x), ops.abs(y)
    ratio = ops.minimum(of_x, of_y) / ops.maximum(ops.maximum(of_x, of_y), TINY)
    square = ops.square(ratio)
    sum_of_powers = ARCTANGENT[0]
    for coefficient in ARCTANGENT[1:]:
        sum_of_powers = sum_of_powers * square + coefficient
    angle = ratio * sum_of_powers
    angle = ops.where(of_y > of_x, 0.5 * math.pi - angle, angle)
    angle = ops.where(x < 0, math.pi - angle, angle)
    return ops.where(y < 0, -angle, angle)


def four_momentum(pt, eta, phi, mass):
    """E, px, py, pz (..., 4) of objects (...,)."""
    pz = pt * ops.sinh(eta)
    energy = ops.sqrt(ops.square(mass) + ops.square(pt) + ops.square(pz))
    return ops.stack([energy, pt * ops.cos(phi), pt * ops.sin(phi), pz], axis=-1)


def pairs_of(tensor, n: int):
    """The two members of all pairs of the first ``n`` of (M, A, ...): two tensors (M, n (n - 1) / 2, ...)."""
    members = np.array(list(combinations(range(n), 2)), int).reshape(-1, 2)
    return [ops.take(tensor, members[:, i], axis=1) for i in range(2)]


def with_pairs(momenta, n: int):
    """Momenta (M, A, 4), and after them those of all pairs of the first ``n``; of a pair with an absent one, zeros."""
    one, other = pairs_of(momenta, n)
    both = ops.logical_and(one[..., :1] > 0, other[..., :1] > 0)
    return ops.concatenate([momenta, ops.where(both, one + other, 0.0)], axis=1)


def square_of(momenta):
    """Squares (...,) of the masses of momenta (..., 4)."""
    energy, px, py, pz = (ops.square(momenta[..., i]) for i in range(4))
    return energy - px - py - pz


def product(new: list, momenta):
    """Scalar products (...) of momenta, one given as its four components (...,), the other as (..., 4)."""
    energy, px, py, pz = new
    rest = px * momenta[..., 1] + py * momenta[..., 2] + pz * momenta[..., 3]
    return energy * momenta[..., 0] - rest


def kinematics(momenta):
    """pt, phi, rapidity and square of the mass of momenta (..., 4), each (...,); pt is never 0."""
    energy, px, py, pz = (momenta[..., i] for i in range(4))
    pt = ops.sqrt(ops.square(px) + ops.square(py) + TINY)
    rapidity = ops.arctanh(ops.clip(pz / ops.maximum(energy, TINY), -1 + TINY, 1 - TINY))
    square = ops.maximum(square_of(momenta), 0.0)
    return pt, angle_of(px, py), rapidity, square


def cosine_at(known, pt, difference, log_mass):
    """Cosine of the distance in phi at which a new object gives a mass, beyond -1 and 1 if there is none.

    ``known``: pt, phi, rapidity and square of the mass of what is there; ``difference`` to it in rapidity.
    """
    other_pt, _, _, square = known
    transverse = ops.sqrt(square + ops.square(other_pt))
    grown = ops.exp(difference)  # with its inverse it is a cosh that compiles to less
    of_massless = (ops.exp(2.0 * log_mass) - square) / (2.0 * other_pt * pt)
    return 0.5 * transverse / other_pt * (grown + 1.0 / grown) - of_massless


def reach_of_masses(known, pt, log_mass):
    """(largest difference in rapidity at which a new object gives a mass, whether there is one at all).

    ``known`` as for :func:`cosine_at`; all of the same shape or one that broadcasts.
    """
    other_pt, _, _, square = known
    transverse = ops.sqrt(square + ops.square(other_pt))
    farthest = ((ops.exp(2.0 * log_mass) - square) / (2.0 * pt) + other_pt) / transverse
    possible = farthest > 1.0 + LEAST_REACH
    farthest = ops.maximum(farthest, 1.0 + LEAST_REACH)
    return ops.log(farthest + ops.sqrt(ops.square(farthest) - 1.0)), possible  # arccosh, which is slower


def angles_of_masses(known, pt, eta, log_mass, log_spread):
    """(distance in phi, its cosine, logarithm of its width, whether there is one) at which a new object gives a mass.

    ``known``: pt, phi, rapidity and square of the mass of what is there, each (M, A, 1); ``pt`` and ``eta`` of the new
    object (M, 1, 1); logarithms of the mass and of its relative spread (M, A, P). All results (M, A, P).
    """
    other_pt, _, rapidity, _ = known
    cosine = cosine_at(known, pt, rapidity - eta, log_mass)
    possible = ops.abs(cosine) < 1.0
    cosine = ops.clip(cosine, -1.0 + TINY, 1.0 - TINY)
    sine = ops.sqrt(1.0 - ops.square(cosine))
    log_width = 2.0 * log_mass + log_spread - ops.log(other_pt * pt) - ops.log(ops.maximum(sine, LEAST_SINE))
    return angle_of(cosine, sine), cosine, log_width, possible


def turned(direction, cosine):
    """Directions in the transverse plane at such cosines (M, A, K) of the distance in phi to a direction: two of them.

    A direction is (cos, sin), each (M, A), and, of what is found, (M, A, K): first that above, then that below.
    """
    x, y = (each[..., None] for each in direction)
    sine = ops.sqrt(1.0 - ops.square(cosine))
    return (x * cosine - y * sine, y * cosine + x * sine), (x * cosine + y * sine, y * cosine - x * sine)
