"""One-dimensional mixtures of Gaussians, on the line and on the circle: log densities and draws.

A mixture of K components is given by raw outputs (..., 3 K): K logits, K means and K logarithms of widths. Outputs of
zero stand for components side by side, so that they part from the first step on. Widths are limited on both sides:
narrower ones would be spikes on single training values, wider ones, in units of the standard deviation of the data,
would reach where there are none. The limits are approached smoothly, as beyond a hard one nothing could be learnt.
"""

import math
from dataclasses import dataclass

import numpy as np
from keras import ops

TURN = 2.0 * math.pi

WINDINGS = (-1, 0, 1)
"""As many windings of a normal around the circle hold all but 3e-6 of it, at the largest width."""

NEVER = -1e9
"""Logit of a component that there is not."""


@dataclass(frozen=True)
class Mixture:
    """On the line, or, with ``circle``, wound around it, in rad."""

    circle: bool
    most: float
    """Logarithm of the largest width."""
    least: float = -3.5

    def components(self, raw, more=None):
        """Logarithms of the weights, means, and logarithms of the widths, each (..., K), of raw outputs (..., 3 K).

        ``more`` are logits, means and logarithms of widths, each (..., L), of further components; K + L in all.
        """
        logits, shifts, widths = ops.split(raw, 3, axis=-1)
        found = [logits, self.places(logits.shape[-1]) + shifts, self.log_widths(widths)]
        if more is not None:
            logits, means, log_widths = more
            more = logits, means, ops.clip(log_widths, self.least, self.most)
            found = [ops.concatenate(both, axis=-1) for both in zip(found, more, strict=True)]
        logits, means, log_widths = found
        return logits - ops.logsumexp(logits, axis=-1, keepdims=True), means, log_widths

    def log_widths(self, raw):
        """Logarithms of widths from raw outputs, any shape; 0 from 0."""
        span = self.most - self.least
        return self.least + span * ops.sigmoid(4.0 / span * raw + math.log(-self.least / self.most))

    def places(self, n: int) -> np.ndarray:
        """Where the means stand that the outputs shift, (n,) float32."""
        if self.circle:
            return (TURN * (np.arange(n) + 0.5) / n - math.pi).astype(np.float32)
        return np.linspace(-1.5, 1.5, n, dtype=np.float32) if n > 1 else np.zeros(1, np.float32)

    def log_density(self, raw, values, more=None):
        """Log density (...,) at values (...,)."""
        log_weights, means, log_widths = self.components(raw, more)
        distances = values[..., None] - means
        if not self.circle:
            return ops.logsumexp(log_weights + normal_log_density(distances, log_widths), axis=-1)
        nearest = wrap(distances)
        wound = [log_weights + normal_log_density(nearest + TURN * winding, log_widths) for winding in WINDINGS]
        return ops.logsumexp(ops.concatenate(wound, axis=-1), axis=-1)

    def draws(self, raw, uniform, normal, more=None):
        """Values (..., T) of each mixture, from uniform numbers in [0, 1) and standard normal ones, each (..., T)."""
        log_weights, means, log_widths = self.components(raw, more)
        # the last sum is 1 but for rounding: without it, no uniform number can lie above all
        n = log_weights.shape[-1]
        sums = np.triu(np.ones((n, n - 1), np.float32))  # a product with it compiles to less than a cumulative sum
        reached = ops.matmul(ops.exp(log_weights), sums)
        chosen = ops.sum(ops.cast(reached[..., None, :] <= uniform[..., None], "int32"), axis=-1)
        mean, log_width = (ops.take_along_axis(each, chosen, axis=-1) for each in (means, log_widths))
        drawn = mean + ops.exp(log_width) * normal
        return wrap(drawn) if self.circle else drawn

    def draw(self, raw, uniform, normal, more=None):
        """A value (...,) of each mixture, from a uniform number and a standard normal one, each (...,)."""
        return self.draws(raw, uniform[..., None], normal[..., None], more)[..., 0]


LINE = Mixture(circle=False, most=0.5)
CIRCLE = Mixture(circle=True, most=math.log(2.0))
"""A normal that is wider than 2 rad is all but flat on the circle."""


def normal_log_density(distances, log_widths):
    """log N(distance; 0, width), any shape."""
    return -0.5 * ops.square(distances * ops.exp(-log_widths)) - log_widths - 0.5 * math.log(TURN)


def wrap(angles):
    """Angles (rad) to [-pi, pi]."""
    return angles - TURN * ops.round(angles / TURN)
