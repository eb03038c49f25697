"""Four-vectors, angles and transverse masses against numbers worked out by hand."""

import math

import numpy as np
import pytest

from deepcollider.physics.kinematics import delta_phi, four_vectors, invariant_mass, transverse_mass


def test_pair_at_rest_in_the_transverse_plane():
    """Two particles of 3 GeV mass and 4 GeV momentum, back to back: 5 GeV of energy each."""
    pair = four_vectors([4.0], [0.0], [0.0], [3.0]) + four_vectors([4.0], [0.0], [math.pi], [3.0])
    assert pair.mass[0] == pytest.approx(10.0)
    assert pair.pt[0] == pytest.approx(0.0, abs=1e-12)
    assert pair.mt[0] == pytest.approx(10.0)


def test_mass_of_a_boosted_pair_does_not_depend_on_the_boost():
    masses = [
        (four_vectors([20.0], [eta + 0.5], [0.1], [0.0]) + four_vectors([30.0], [eta - 0.5], [2.1], [0.0])).mass[0]
        for eta in (0.0, 1.5, -4.0)
    ]
    expected = math.sqrt(2 * 20 * 30 * (math.cosh(1.0) - math.cos(2.0)))
    assert masses == pytest.approx([expected] * 3)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (0.5, 0.2, 0.3),
        (0.2, 0.5, -0.3),
        (3.0, -3.0, 6.0 - 2 * math.pi),
        (-3.0, 3.0, 2 * math.pi - 6.0),
        (math.pi, 0.0, math.pi),
        (-math.pi, 0.0, math.pi),
        (6.0, 0.5, 5.5 - 2 * math.pi),  # counted from 0 to 2 pi
    ],
)
def test_delta_phi_is_wrapped(first, second, expected):
    assert delta_phi([first], [second])[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("angle", "expected"), [(0.0, 0.0), (math.pi / 3, 30.0), (math.pi / 2, 30 * math.sqrt(2)), (math.pi, 60.0)]
)
def test_transverse_mass_of_equal_momenta(angle, expected):
    """sqrt(2 x 30 x 30 (1 - cos angle)), whichever way round the angle is."""
    for phi in (1.0 + angle, 1.0 - angle, 1.0 + angle - 2 * math.pi):
        assert transverse_mass([30.0], [phi], [30.0], [1.0])[0] == pytest.approx(expected, abs=1e-9)


def test_transverse_mass_keeps_its_digits_at_small_angles():
    angle = 1e-9  # 1 - cos is 0 in double precision
    assert transverse_mass([40.0], [angle], [90.0], [0.0])[0] == pytest.approx(60 * angle, rel=1e-6)
    assert transverse_mass(np.array([40.0], "f4"), np.zeros(1), np.zeros(1), np.zeros(1))[0] == 0


def test_invariant_mass_is_that_of_the_four_vector():
    px, py, pz, mass = 30.0, -40.0, 60.0, 11.0
    pt, energy = math.hypot(px, py), math.sqrt(px**2 + py**2 + pz**2 + mass**2)
    eta = math.asinh(pz / pt)
    found = invariant_mass(np.array([energy, pt]), np.array([pt, pt]), np.array([eta, eta]))
    assert found == pytest.approx([mass, 0])  # the second one is space-like
