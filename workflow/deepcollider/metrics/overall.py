"""One value a model: average over object kinds weighted by their truth particles (VAE thesis, eq. 6.5).

The value of a kind is the mean over the plotted features of its ranks: jets 1 to 3, b-jets 1 and 2, the first
of every other kind. MET and its phi count as one more kind whose particles are the events. The leading lepton
of any flavour and the total energy are left out: their particles are counted already under their own kinds.
How several plots of a kind enter, and what the total energy weighs, the theses do not state: this is our reading.
(The GAN thesis's formula, eq. 6.1, has a factor 1/N too many.)

A feature without a value (NaN: too few particles in one of the samples) is left out of its kind's mean; a
kind without any is left out of the average and the other weights are renormalised. How much of the weight was
covered is reported beside the average: below 1 it does not speak for all kinds.
"""

from collections.abc import Mapping

import numpy as np

from deepcollider.metrics.observables import OBSERVABLES, Observable
from deepcollider.physics.events import Events, counts_per_kind
from deepcollider.physics.kinds import KINDS

MET = "met"


def averaged_kind(observable: Observable) -> str | None:
    """The kind in whose mean an observable counts, if any."""
    if observable.group == MET:
        return MET
    return observable.kind_names[0] if len(observable.kind_names) == 1 else None


MEMBERS = {
    kind: tuple(each.name for each in OBSERVABLES if averaged_kind(each) == kind)
    for kind in (MET, *(kind.name for kind in KINDS))
}
"""Names of the observables that make up the value of each kind."""


def kind_weights(truth: Events) -> dict[str, int]:
    """Number of truth particles of each kind (all ranks), and of events for MET."""
    particles = counts_per_kind(truth.objects).sum(axis=0)
    return {MET: len(truth), **{kind.name: int(n) for kind, n in zip(KINDS, particles, strict=True)}}


def overall(by_observable: Mapping[str, np.ndarray], weights: Mapping[str, float]) -> tuple[np.ndarray, float]:
    """Weighted average of a metric given by observable, and the fraction of the weight that it covers.

    The metric may be a number or an array (R,) of bootstrap resamples; the average has its shape.
    """
    total, covered = 0.0, 0.0
    for kind, names in MEMBERS.items():
        present = [value for value in (by_observable[name] for name in names) if not np.isnan(value).any()]
        if present and weights[kind]:
            total = total + weights[kind] * np.mean(present, axis=0)
            covered += weights[kind]
    if not covered:
        shape = np.shape(next(iter(by_observable.values())))
        return np.full(shape, np.nan)[()], 0.0
    return total / covered, covered / sum(weights.values())
