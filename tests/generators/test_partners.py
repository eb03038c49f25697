"""Where objects are put beside earlier ones, and the company that they have there, against ``vector``."""

import numpy as np
import pytest
import vector
from keras import ops

from deepcollider.generators.networks.mixtures import NEVER
from deepcollider.generators.networks.partners import (
    ANCHORS,
    BJET_AND_JET_MASS,
    HISTORY,
    NODES,
    PAIRED,
    TOP_MASS,
    W_MASS,
    WIDTHS,
    WITH_OBJECT,
    WITH_PAIR,
    Others,
    Partners,
    company,
)
from deepcollider.generators.networks.resonances import (
    cosine_at,
    four_momentum,
    kinematics,
    reach_of_masses,
    turned,
)

N = 40
N_CONTEXT = 6


def some(shape, seed: int = 1):
    """pt, eta, phi, mass of objects."""
    rng = np.random.default_rng(seed)
    each = rng.uniform(0.2, 2, shape), rng.normal(0, 1, shape), rng.uniform(-3, 3, shape), rng.uniform(0.01, 0.3, shape)
    return tuple(values.astype(np.float32) for values in each)


def as_vector(pt, eta, phi, mass):
    names = ("pt", "eta", "phi", "mass")
    values = np.broadcast_arrays(*(np.asarray(each, float) for each in (pt, eta, phi, mass)))
    return vector.array(dict(zip(names, values, strict=True)))


@pytest.fixture
def others():
    """A b-jet or a jet at each place; of some events only two objects, of the first none."""
    kinds = np.eye(7, dtype=np.float32)[np.random.default_rng(2).integers(0, 2, (N, HISTORY))]
    momenta = np.array(four_momentum(*some((N, HISTORY))))
    for first, there in ((0, 0), (1, 2)):
        momenta[first, there:], kinds[first, there:] = 0, 0
    return Others(ops.convert_to_tensor(kinds), ops.convert_to_tensor(momenta))


@pytest.fixture
def partners():
    return Partners(N_CONTEXT, 8)


def test_reach_ends_where_both_lie_in_the_same_direction():
    known, new = some(300, 1), some(300, 2)
    measured = kinematics(np.array(four_momentum(*known)))
    mass = np.random.default_rng(3).uniform(0.3, 3, 300).astype(np.float32)
    reach, possible = (np.array(each) for each in reach_of_masses(measured, new[0], np.log(mass)))
    assert 100 < possible.sum() < 300
    for side in (1, -1):
        found = (as_vector(*known) + as_vector(new[0], measured[2] + side * reach, known[2], 0.0)).mass
        np.testing.assert_allclose(found[possible], mass[possible], rtol=5e-3)
    # the smallest mass is that of two in the same direction: where it lies above, there is none
    least = (as_vector(*known) + as_vector(new[0], np.array(measured[2]), known[2], 0.0)).mass
    clear = np.abs(least / mass - 1) > 1e-3
    np.testing.assert_array_equal(possible[clear], (least < mass)[clear])


def test_directions_at_a_mass():
    known, new = some((300, 1), 1), some((300, 1), 2)
    momenta = np.array(four_momentum(*known))
    difference, mass = np.linspace(-1.5, 1.5, 300, dtype=np.float32)[:, None], np.full((300, 1), 1.1, np.float32)
    measured = kinematics(momenta)
    cosine = np.array(cosine_at(measured, new[0], difference, np.log(mass)))
    possible = np.abs(cosine[:, 0]) < 0.99
    assert 30 < possible.sum() < 270
    direction = np.cos(known[2]), np.sin(known[2])
    both = np.array(turned(direction, np.clip(cosine, -1, 1)[..., None]))[..., 0, 0]  # above and below, x and y
    np.testing.assert_allclose((both**2).sum(axis=1), 1, atol=1e-3)
    angles = np.arctan2(both[:, 1], both[:, 0]).T
    assert (np.abs(angles[possible, 0] - angles[possible, 1]) > 1e-3).all()
    for side in range(2):
        placed = as_vector(new[0][:, 0], np.array(measured[2])[:, 0] + difference[:, 0], angles[:, side], 0.0)
        found = (as_vector(*(each[:, 0] for each in known)) + placed).mass
        np.testing.assert_allclose(found[possible], 1.1, rtol=5e-3)


def fit(mass, wanted):
    """1 at a mass and less beside it, one number a width."""
    mass = np.asarray(mass).item()
    apart = (mass**2 - wanted**2) / (mass**2 + wanted**2)
    return np.array([1 / (1 + (apart / width) ** 2) for width in WIDTHS])


def test_company_one_by_one(others):
    """Event by event, anchor by anchor, third object by third object."""
    pt, eta, phi, _ = some((N, ANCHORS, 3), 7)
    pt = pt[:, 0, 0]
    alone = [[np.full((N, ANCHORS), float(i == j), np.float32) for j in range(len(WIDTHS))] for i in range(len(WIDTHS))]
    found = np.array([company(others, pt, eta, (np.cos(phi), np.sin(phi)), weights) for weights in alone])
    assert found.shape == (len(WIDTHS), N, ANCHORS, 3)
    weights = np.random.default_rng(8).normal(size=(len(WIDTHS), N, ANCHORS)).astype(np.float32)
    together = np.array(company(others, pt, eta, (np.cos(phi), np.sin(phi)), list(weights)))
    np.testing.assert_allclose(together, (weights[..., None] * found).sum(axis=0), atol=1e-4)
    momenta, is_bjet = np.array(others.momenta, float), np.array(others.kinds)[..., 0] == 1
    vectors = vector.array(dict(zip(("E", "px", "py", "pz"), np.moveaxis(momenta, -1, 0), strict=True)))
    pairs = [(one, other) for one in range(PAIRED) for other in range(one + 1, PAIRED)]
    for event in range(8):
        there = momenta[event, :, 0] > 0
        for anchor, k in np.ndindex(ANCHORS, 3):
            new = as_vector(pt[event], eta[event, anchor, k], phi[event, anchor, k], 0.0)
            expected = np.zeros(len(WIDTHS))
            if anchor < HISTORY:
                for third in range(HISTORY):
                    if there[anchor] and there[third] and is_bjet[event, anchor] != is_bjet[event, third]:
                        expected += fit((vectors[event, anchor] + vectors[event, third] + new).mass, TOP_MASS)
            else:
                for member in pairs[anchor - HISTORY]:
                    old = vectors[event, member]
                    without = 2 * (old.E * new.E - old.px * new.px - old.py * new.py - old.pz * new.pz)  # own masses
                    wanted = BJET_AND_JET_MASS if is_bjet[event, member] else W_MASS
                    expected += fit(np.sqrt(without), wanted) if there[member] else 0
            np.testing.assert_allclose(found[:, event, anchor, k], expected, atol=2e-3)


def test_eta_is_put_on_the_curve_of_the_mass(others, partners):
    """With networks that say nothing, the mass is that of the start: somewhere in phi the object then has it."""
    for weights in partners.rapidities.weights:
        weights.assign(np.zeros(weights.shape))
    pt = some(N, 5)[0]
    context = ops.ones((N, N_CONTEXT))
    logits, places, widths = (
        np.array(each).reshape(N, ANCHORS, len(NODES)) for each in partners.of_eta(context, others, pt)
    )
    assert np.isfinite(places).all() and np.isfinite(widths).all()
    assert (logits[0] == NEVER).all() and (logits[1, 2:HISTORY] == NEVER).all()
    possible = logits > NEVER / 2
    assert 0.3 < possible[2:].mean() < 1
    anchors = vector.array(dict(zip(("E", "px", "py", "pz"), np.moveaxis(np.array(others.anchors, float), -1, 0))))  # noqa: B905
    around = np.linspace(-np.pi, np.pi, 721)
    new = as_vector(pt[:, None, None, None], places[..., None], around, 0.0)
    masses = (anchors[..., None, None] + new).mass
    nearest = np.abs(masses / np.exp(others.by_anchor(WITH_OBJECT, WITH_PAIR))[:, None, None] - 1).min(axis=-1)
    reached = possible & (nearest < 0.02)
    # near the anchor no angle may give so large a mass: then its back is as good as it gets
    assert reached.sum() > 0.7 * possible.sum()
    outermost = possible[..., 0]
    assert (nearest[..., 0][outermost] < 0.02).mean() > 0.97


def test_phi_is_put_at_the_angles_of_the_mass(others, partners):
    for weights in partners.angles.weights:
        weights.assign(np.zeros(weights.shape))
    pt, eta, *_ = some(N, 5)
    context, sums = ops.ones((N, N_CONTEXT)), ops.ones((N, 1 + HISTORY))
    logits, means, _ = partners.of_phi(context, others, pt, eta, sums, sums)
    logits, means = (np.array(each).reshape(N, ANCHORS, 4) for each in (logits, means))
    assert (logits[0] == NEVER).all() and (logits[1, 2:HISTORY] == NEVER).all()
    anchors = vector.array(dict(zip(("E", "px", "py", "pz"), np.moveaxis(np.array(others.anchors, float), -1, 0))))  # noqa: B905
    found = (anchors[..., None] + as_vector(pt[:, None, None], eta[:, None, None], means, 0.0)).mass
    possible = logits > NEVER / 2
    expected = np.broadcast_to([0.4, 1.2, 0.4, 1.2], found.shape)
    assert possible.sum() > 200
    np.testing.assert_allclose(found[possible], expected[possible], rtol=2e-2)
    mirrored = np.abs(np.angle(np.exp(1j * (means[..., :2] - np.array(anchors.phi)[..., None]))))
    other = np.abs(np.angle(np.exp(1j * (means[..., 2:] - np.array(anchors.phi)[..., None]))))
    np.testing.assert_allclose(mirrored[possible[..., :2]], other[possible[..., :2]], atol=1e-2)


def test_company_moves_the_weights(others, partners):
    """A weight of 5 on the wide fit of tops makes those components likelier that make one."""
    pt, eta, *_ = some(N, 5)
    context, sums = ops.ones((N, N_CONTEXT)), ops.ones((N, 1 + HISTORY))
    before = np.array(partners.of_phi(context, others, pt, eta, sums, sums)[0])
    partners.phi_company.get_layer("phi_company_weights").bias.assign(
        np.array([0, 0, 5, 0], np.float32)
    )  # widths; beside objects, beside pairs
    after = np.array(partners.of_phi(context, others, pt, eta, sums, sums)[0])
    change = (after - before).reshape(N, ANCHORS, 4)
    assert change[2:, :HISTORY].max() > 3 and np.abs(change[:, HISTORY:]).max() == 0
