"""Components of mixtures of eta and phi where a new object would have the mass of a heavier particle with earlier ones.

The jets of a W or of a top quark lie where their common mass is that of the particle. Beside each of the last objects,
and beside each pair of them (the anchors), the new object is put on the curve in (eta, phi) on which it has a mass with
the anchor that a network says (:mod:`.resonances`): the mixture of eta has components at NODES along it, the mixture of
phi, once eta is known, at the two angles of each mass. Which of them are likely, the network says too, and corrects it
by the company that the object would have there: whether a third object would make a top quark or a W of it.

Momenta (..., 4) are E, px, py, pz in MOMENTUM_UNIT; the x axis is the direction of MET.
"""

from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np
from keras import ops

from deepcollider.generators.networks.layers import dense_chain
from deepcollider.generators.networks.mixtures import NEVER
from deepcollider.generators.networks.resonances import (
    angles_of_masses,
    cosine_at,
    kinematics,
    pairs_of,
    product,
    reach_of_masses,
    square_of,
    turned,
    with_pairs,
)
from deepcollider.physics.kinds import BY_NAME, KINDS

N_KINDS = len(KINDS)
BJET, JET = (BY_NAME[name].code - 1 for name in ("bjet", "jet"))
"""Columns of the kinds."""

MOMENTUM_UNIT = 100.0
"""GeV."""

HISTORY = 5
"""Objects before, the last ones, that an object is told of one by one."""

SEEN = N_KINDS + 7
"""Numbers that later objects are told of one: kind, hardness, eta, cos and sin of phi, mass, and two of momentum."""

PAIRED = 4
"""Of these, the last ones, all pairs are looked at too."""

ANCHORS = HISTORY + PAIRED * (PAIRED - 1) // 2
"""As many there are where an object has HISTORY others before it."""

NODES = np.cos(np.pi * (np.arange(4) + 0.5) / 4).astype(np.float32)
"""Of the reach in rapidity: components of eta. Where no direction is preferred, each stands for as many decays."""

W_MASS, TOP_MASS, BJET_AND_JET_MASS = 0.8, 1.65, 1.2
"""In the unit of momenta: what jets of a W, of a top quark, and a b-jet and a jet of the same, are seen to have."""

WITH_OBJECT, WITH_PAIR = (np.log(mass, dtype=np.float32) for mass in (W_MASS, 1.7))
"""Logarithms of the masses with an anchor which the network of eta shifts."""

RESONANCES = 2
"""Masses that an object may have with each anchor once its eta is known."""

LOG_MASSES = np.log([0.4, 1.2]).astype(np.float32)
"""Of the unit of momenta: where these masses stand that the network of phi shifts."""

LOG_SPREAD = float(np.log(0.2))
"""The same of their relative spread."""

FARTHEST = 6.0
"""No logarithm of a mass or spread of phi is shifted by more: far enough that no training is held up by it."""

FARTHEST_MASS, FARTHEST_WIDTH = 2.0, 3.0
"""The same of masses and widths of eta."""

FARTHEST_RAPIDITY = 4.0
"""No object is put further out to look at its company."""

WIDTHS = (0.06, 0.2)
"""Relative ones, with which a mass is compared to that of a particle."""

LOG_AT_MASS = np.log([0.8, 1.7]).astype(np.float32)
"""Logarithms of masses. The network of phi is told the cosine of the angle at which each would be reached."""


@dataclass(frozen=True)
class Others:
    """The last H objects before each of M new ones, the last one first: kinds (M, H, 7), momenta (M, H, 4).

    H is HISTORY, or less where no more are there, but 1 at least. Of H objects there are A anchors.
    """

    kinds: "keras.KerasTensor"
    momenta: "keras.KerasTensor"

    @property
    def n_objects(self) -> int:
        """H."""
        return self.momenta.shape[1]

    @property
    def n_paired(self) -> int:
        """Of how many objects all pairs are anchors."""
        return min(self.n_objects, PAIRED)

    @property
    def n_anchors(self) -> int:
        """A."""
        return self.n_objects + self.n_paired * (self.n_paired - 1) // 2

    def by_anchor(self, of_object, of_pair) -> np.ndarray:
        """Two numbers as an array (A,): the first for each object, the second for each pair."""
        return np.repeat([of_object, of_pair], [self.n_objects, self.n_anchors - self.n_objects])

    @cached_property
    def anchors(self):
        """Momenta (M, A, 4) of objects and pairs; zeros where there is none."""
        return with_pairs(self.momenta, self.n_paired)

    @cached_property
    def known(self):
        """pt, phi, rapidity and square of the mass of the anchors, each (M, A)."""
        return kinematics(self.anchors)

    @cached_property
    def direction(self):
        """Cosine and sine of phi of the anchors, each (M, A)."""
        return [self.anchors[..., i] / self.known[0] for i in (1, 2)]

    @cached_property
    def there(self):
        """Which anchors there are, (M, A) bool."""
        return self.anchors[..., 0] > 0

    @cached_property
    def anchor_kinds(self):
        """How many objects of each kind an anchor has, (M, A, 7)."""
        first, second = pairs_of(self.kinds, self.n_paired)
        return ops.concatenate([self.kinds, first + second], axis=1)

    @cached_property
    def is_kind(self):
        """Which objects are b-jets and which are jets: two tensors (M, H) of 0 and 1."""
        there = ops.cast(self.momenta[..., 0] > 0, "float32")
        return self.kinds[..., BJET] * there, self.kinds[..., JET] * there


def fits(square, mass, weights):
    """How near squares of masses are to a mass, 1 at it: for each of WIDTHS with a weight, summed. All broadcast."""
    square, of_mass = ops.maximum(square, 0.0), mass * mass
    apart, most = ops.square(square - of_mass), ops.square(square + of_mass)  # the root of their ratio is about
    return sum(
        weight * (width**2 * most / (width**2 * most + apart)) for width, weight in zip(WIDTHS, weights, strict=True)
    )


def company(others: Others, pt, eta, direction, weights):
    """How well an object of pt (M,) would fit at eta and phi beside each anchor, (M, A, K): summed with weights.

    ``direction``, the cosine and sine of phi, each (M, A, K); ``eta`` broadcasts to that. ``weights`` has for each of
    WIDTHS what a mass is worth that is near, (M, A). Gradients are of the weights alone.

    Beside an object: the top quarks that it would make with this and a third one. Beside a pair: the W, or a b-jet and
    jet of a top quark, that it would make with either of the two.
    """
    pt = pt[:, None, None]
    eta, direction = ops.stop_gradient(eta), [ops.stop_gradient(each) for each in direction]
    grown = ops.exp(eta)
    energy, pz = (
        ops.broadcast_to(0.5 * pt * each, ops.shape(direction[0]))
        for each in (grown + 1.0 / grown, grown - 1.0 / grown)
    )
    new = [energy, *(pt * each for each in direction), pz]
    n = others.n_objects
    beside_object, beside_pair = [each[:, :n] for each in new], [each[:, n:] for each in new]
    of_object, of_pair = [each[:, :n, None] for each in weights], [each[:, n:, None] for each in weights]
    bjet, jet = others.is_kind
    tops = partners = 0.0
    for third in range(n):
        both = (others.momenta + others.momenta[:, third, None])[:, :, None]
        is_pair = (jet * bjet[:, third, None] + bjet * jet[:, third, None])[..., None]
        square = square_of(both) + 2.0 * product(beside_object, both)
        tops += is_pair * fits(square, TOP_MASS, of_object)
    members = [pairs_of(each, others.n_paired) for each in (others.momenta, bjet, jet)]
    for momentum, is_bjet, is_jet in zip(*members, strict=True):
        mass = (W_MASS * is_jet + BJET_AND_JET_MASS * (1.0 - is_jet))[..., None]
        near = fits(2.0 * product(beside_pair, momentum[:, :, None]), mass, of_pair)
        partners += (is_bjet + is_jet)[..., None] * near
    return ops.concatenate([tops, partners], axis=1)


def either(above, below):
    """log(exp(above) + exp(below)); it compiles to less than logaddexp."""
    return ops.maximum(above, below) + ops.log(1.0 + ops.exp(-ops.abs(above - below)))


def build(name: str, n_features: int, n_context: int, widths: list[int], n_outputs: int) -> keras.Model:
    """From features (anything, n_features) and the context (n_context,) of all of them to (anything, n_outputs)."""
    features = keras.Input((None, n_features), name="features")
    context = keras.Input((n_context,), name="context")
    of_context = keras.layers.Dense(widths[0], name=f"{name}_context")(context)
    hidden = keras.layers.Dense(widths[0], name=f"{name}_features")(features)
    of_context = keras.layers.Reshape((1, widths[0]), name=f"{name}_for_all")(of_context)
    hidden = keras.layers.Add(name=f"{name}_joined")([hidden, of_context])
    hidden = keras.layers.Activation("silu", name=f"{name}_activation")(hidden)
    hidden = dense_chain(hidden, widths[1:], f"{name}_hidden", "silu")
    return keras.Model(
        {"features": features, "context": context}, keras.layers.Dense(n_outputs, name=f"{name}_out")(hidden), name=name
    )


def build_weights(name: str, n_context: int) -> keras.Model:
    """From the context (n_context,) to the weights of all that :func:`company` finds; all 0 before training."""
    context = keras.Input((n_context,), name="context")
    weights = keras.layers.Dense(2 * len(WIDTHS), kernel_initializer="zeros", name=f"{name}_weights")(context)
    return keras.Model({"context": context}, weights, name=name)


class Partners(keras.layers.Layer):
    """The networks behind the components, for a context of ``n_context`` numbers; ``width`` of their hidden layers."""

    def __init__(self, n_context: int, width: int, **kwargs):
        super().__init__(**kwargs)
        self.rapidities = build("rapidities", N_KINDS + 4, n_context, [width, width], len(NODES) + 2)
        of_angle = N_KINDS + 8 + 2 * HISTORY + len(LOG_AT_MASS)
        self.angles = build("angles", of_angle, n_context, [width, width], 4 * RESONANCES)
        self.eta_company, self.phi_company = (build_weights(name, n_context) for name in ("eta_company", "phi_company"))
        self.built = True

    @property
    def stages(self) -> dict[str, keras.Model]:
        """What it is made of, in the order of the data."""
        networks = (self.rapidities, self.eta_company, self.angles, self.phi_company)
        return {network.name: network for network in networks}

    @staticmethod
    def of_company(network: keras.Model, context, others: Others, pt, eta, directions):
        """What is added to the logits of components at eta in each of some directions: a list, each (M, A, K)."""
        of_kind = np.stack([others.by_anchor(1, 0), others.by_anchor(0, 1)]).astype(np.float32)
        by_width = ops.split(network({"context": context}), len(WIDTHS), axis=1)
        weights = [ops.matmul(each, of_kind) for each in by_width]
        return [company(others, pt, eta, direction, weights) for direction in directions]

    def of_eta(self, context, others: Others, pt):
        """Logits, places and log widths of components of eta, each (M, A, NODES), of objects of pt (M,)."""
        other_pt, _, rapidity, square = others.known
        pt_of = pt[:, None]
        rest = [ops.log(other_pt), ops.log1p(square), rapidity, -ops.log(other_pt * pt_of)]
        features = ops.concatenate([others.anchor_kinds, ops.stack(rest, axis=-1)], axis=-1)
        raw = self.rapidities({"features": features, "context": context})
        logits, mass, width = raw[..., : len(NODES)], raw[..., -2], raw[..., -1]
        log_mass = others.by_anchor(WITH_OBJECT, WITH_PAIR) + ops.clip(mass, -FARTHEST_MASS, FARTHEST_MASS)
        reach, possible = reach_of_masses(others.known, pt_of, log_mass)
        possible = ops.logical_and(possible, others.there)[..., None]
        difference = reach[..., None] * NODES
        place = rapidity[..., None] + difference
        known = [each[..., None] for each in others.known]
        cosine = cosine_at(known, pt_of[..., None], difference, log_mass[..., None])
        both = turned(others.direction, ops.clip(cosine, -0.999, 0.999))
        seen_at = ops.clip(place, -FARTHEST_RAPIDITY, FARTHEST_RAPIDITY)
        above, below = self.of_company(self.eta_company, context, others, pt, seen_at, both)
        logits = ops.where(possible, logits + either(above, below), NEVER)
        widths = ops.log(0.3 * reach + 0.05) + ops.clip(width, -FARTHEST_WIDTH, FARTHEST_WIDTH)
        widths = widths[..., None] + ops.zeros_like(place)
        return logits, place, widths

    def of_phi(self, context, others: Others, pt, eta, x, y):
        """Logits, means and log widths of components of phi, each (M, A * 2 * RESONANCES).

        Of objects of pt and eta (M,); ``x`` and ``y`` (M, 1 + H): momenta of all objects before, together and one
        by one.
        """
        other_pt, phi, rapidity, square = others.known
        between = rapidity - eta[:, None]
        cosine, sine = others.direction
        rest = [ops.log(other_pt), ops.log1p(square), between, 0.1 * ops.square(between), cosine, -sine]
        known = [each[..., None] for each in others.known]
        at_mass = cosine_at(known, pt[:, None, None], between[..., None], LOG_AT_MASS)
        missing = ((0, 0), (0, HISTORY - others.n_objects))
        x, y = (ops.pad(each, missing)[:, None] for each in (x, y))
        cosine, sine = cosine[..., None], sine[..., None]
        all_turned = [x * cosine + y * sine, y * cosine - x * sine]
        at_mass = 3.0 * ops.tanh(at_mass / 3.0)
        features = ops.concatenate([others.anchor_kinds, ops.stack(rest, axis=-1), *all_turned, at_mass], axis=-1)
        raw = self.angles({"features": features, "context": context})
        above, below, log_mass, log_spread = ops.split(raw, 4, axis=-1)
        distance, at, log_width, possible = angles_of_masses(
            known,
            pt[:, None, None],
            eta[:, None, None],
            LOG_MASSES + ops.clip(log_mass, -FARTHEST, FARTHEST),
            LOG_SPREAD + ops.clip(log_spread, -FARTHEST, FARTHEST),
        )
        possible = ops.logical_and(possible, others.there[..., None])
        means = ops.concatenate([phi[..., None] + distance, phi[..., None] - distance], axis=-1)
        of_company = self.of_company(
            self.phi_company, context, others, pt, eta[:, None, None], turned(others.direction, at)
        )
        both = zip((above, below), of_company, strict=True)
        logits = ops.concatenate([ops.where(possible, own + more, NEVER) for own, more in both], axis=-1)
        log_width = ops.concatenate([log_width, log_width], axis=-1)
        return [ops.reshape(each, (-1, others.n_anchors * 2 * RESONANCES)) for each in (logits, means, log_width)]
