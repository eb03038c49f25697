"""Angles at which objects have a mass together, against four-vectors of ``vector`` and numerical derivatives."""

from itertools import combinations

import numpy as np
import pytest
import vector

from deepcollider.generators.networks.resonances import (
    angle_of,
    angles_of_masses,
    four_momentum,
    kinematics,
    with_pairs,
)


def some(n: int, seed: int = 1):
    """pt, eta, phi, mass of n objects."""
    rng = np.random.default_rng(seed)
    pt, mass = rng.uniform(0.2, 3, n), rng.uniform(0.01, 0.5, n)
    return tuple(each.astype(np.float32) for each in (pt, rng.normal(0, 1.2, n), rng.uniform(-3, 3, n), mass))


def as_vector(pt, eta, phi, mass):
    names = ("pt", "eta", "phi", "mass")
    return vector.array({name: each.astype(float) for name, each in zip(names, (pt, eta, phi, mass), strict=True)})


def test_four_momenta():
    objects = some(100)
    expected = as_vector(*objects)
    found = np.array(four_momentum(*objects))
    for column, name in enumerate(("E", "px", "py", "pz")):
        np.testing.assert_allclose(found[:, column], getattr(expected, name), rtol=1e-4, atol=1e-5)


def test_angles_in_all_directions():
    around = np.concatenate([np.linspace(-np.pi, np.pi, 1001), np.arange(-4, 5) * np.pi / 4])
    for length in (1e-3, 1.0, 30.0):
        x, y = (length * each(around).astype(np.float32) for each in (np.cos, np.sin))
        np.testing.assert_allclose(np.array(angle_of(x, y)), np.arctan2(y, x), atol=1e-6)
    assert np.array(angle_of(np.zeros(1, np.float32), np.zeros(1, np.float32))) == 0.0


def test_kinematics():
    objects = some(100)
    expected = as_vector(*objects)
    pt, phi, rapidity, square = (np.array(each) for each in kinematics(np.array(four_momentum(*objects))))
    np.testing.assert_allclose(pt, expected.pt, rtol=1e-4)
    np.testing.assert_allclose(phi, expected.phi, atol=1e-4)
    np.testing.assert_allclose(rapidity, expected.rapidity, atol=1e-3)
    np.testing.assert_allclose(square, expected.mass**2, atol=2e-3)


def test_nothing_there_gives_finite_numbers():
    assert all(np.isfinite(np.array(each)).all() for each in kinematics(np.zeros((3, 4), np.float32)))


def test_pairs():
    momenta = np.array(four_momentum(*some(20))).reshape(4, 5, 4)
    momenta[1, 2:] = 0  # two objects only
    found = np.array(with_pairs(momenta, 4))
    assert found.shape == (4, 5 + 6, 4)
    np.testing.assert_array_equal(found[:, :5], momenta)
    for row in range(4):
        for place, (one, other) in enumerate(combinations(range(4), 2), 5):
            there = momenta[row, one, 0] > 0 and momenta[row, other, 0] > 0
            expected = momenta[row, one] + momenta[row, other] if there else np.zeros(4)
            np.testing.assert_allclose(found[row, place], expected, rtol=1e-6)


def angles(known, pt, eta, mass, spread=0.1):
    """(distance, width, whether possible) for each object, all (n,)."""
    known = [np.array(each)[:, None, None] for each in known]
    masses = np.log(mass).astype(np.float32)[:, None, None]
    spreads = np.full_like(masses, np.log(spread))
    distance, _, log_width, possible = angles_of_masses(known, pt[:, None, None], eta[:, None, None], masses, spreads)
    return (np.array(each)[:, 0, 0] for each in (distance, np.exp(np.array(log_width)), possible))


def test_objects_at_these_angles_have_the_mass():
    known, new = some(300, 1), some(300, 2)
    mass = np.random.default_rng(3).uniform(0.3, 4, 300)
    distance, _, possible = angles(kinematics(np.array(four_momentum(*known))), new[0], new[1], mass)
    assert 50 < possible.sum() < 250
    for side in (1, -1):
        placed = as_vector(new[0], new[1], known[2] + side * distance, np.zeros(300))
        found = (as_vector(*known) + placed).mass
        np.testing.assert_allclose(found[possible], mass[possible], rtol=5e-3)


def test_where_no_angle_gives_the_mass():
    """Two back to back have the largest mass, two side by side the smallest: beyond, nothing is possible."""
    known, new = some(300, 1), some(300, 2)
    around = np.linspace(0, np.pi, 50)
    masses = np.array(
        [(as_vector(*known) + as_vector(new[0], new[1], known[2] + angle, np.zeros(300))).mass for angle in around]
    )
    measured = kinematics(np.array(four_momentum(*known)))
    for mass, expected in ((masses.max(axis=0) * 1.02, False), (masses.min(axis=0) * 0.98, False)):
        *_, possible = angles(measured, new[0], new[1], mass)
        assert (possible == expected).all()
    *_, possible = angles(measured, new[0], new[1], (masses.max(axis=0) + masses.min(axis=0)) / 2)
    assert possible.all()


def test_width_is_the_derivative():
    """A small relative change of the mass moves the angle by this much times the width for this spread."""
    known, new = some(300, 1), some(300, 2)
    measured = kinematics(np.array(four_momentum(*known)))
    mass = np.random.default_rng(3).uniform(0.5, 3, 300)
    distance, width, possible = angles(measured, new[0], new[1], mass, spread=0.1)
    (above, _, also), (below, _, as_well) = (angles(measured, new[0], new[1], mass * by) for by in (1.005, 0.995))
    inside = possible & also & as_well & (np.sin(distance) > 0.3)
    assert inside.sum() > 50
    np.testing.assert_allclose((above - below)[inside] / 0.01, width[inside] / 0.1, rtol=0.1)


@pytest.mark.parametrize("spread", [0.05, 0.2])
def test_width_grows_with_the_spread(spread):
    known, new = some(50, 1), some(50, 2)
    measured = kinematics(np.array(four_momentum(*known)))
    _, width, _ = angles(measured, new[0], new[1], np.full(50, 1.0), spread)
    _, twice, _ = angles(measured, new[0], new[1], np.full(50, 1.0), 2 * spread)
    np.testing.assert_allclose(twice, 2 * width, rtol=1e-4)
