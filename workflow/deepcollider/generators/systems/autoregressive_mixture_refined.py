"""The chain of mixtures, of whose events boosted trees keep those that truth has as often."""

import numpy as np

from deepcollider.generators.protocol import Trained
from deepcollider.generators.systems.autoregressive_mixture import AutoregressiveMixtureSystem
from deepcollider.physics.events import Events

REFINEMENT_DEFAULTS = {"most_weight": 2.0, "trees": 500, "leaves": 16, "refining_events": 100_000}


class RefinedAutoregressiveMixtureSystem(AutoregressiveMixtureSystem):
    """Events of the chain, kept or drawn again as :mod:`deepcollider.generators.refinement` says.

    Numbers of objects stay when an event is drawn again, so that they have the probabilities of the mask generator.
    There is no likelihood: each combination of numbers of objects has a share of kept events of its own. That of the
    chain alone is the one to use.

    Further hyperparameters: ``most_weight``, the largest ratio of densities that is mended (of so many events, about
    one is kept); at most so many ``trees``, each with at most so many ``leaves``, learn from at most so many
    ``refining_events`` of the training events.
    """

    name = "autoregressive-mixture-refined"
    has_likelihood = False
    fits_refinement = True
    takes_conditions = False
    most_rounds = 16
    generation_only = frozenset(REFINEMENT_DEFAULTS)
    defaults = {**AutoregressiveMixtureSystem.defaults, **REFINEMENT_DEFAULTS}  # noqa: RUF012

    def accepts(self, trained: Trained, events: Events, rng: np.random.Generator) -> np.ndarray:
        accepted = super().accepts(trained, events, rng)
        if trained.refinement is not None:  # none yet, while it is fitted
            from deepcollider.generators.backend_tensorflow import n_threads

            rows = np.flatnonzero(accepted)
            accepted[rows] = trained.refinement.accepts(events.take(rows), rng, n_threads())
        return accepted


SYSTEM = RefinedAutoregressiveMixtureSystem
