"""The chain of mixtures that learns the numbers of objects too, so that it can be asked for what no sample has."""

import numpy as np

from deepcollider.generators.protocol import Trained
from deepcollider.generators.systems.autoregressive_mixture import PART, AutoregressiveMixtureSystem


class AutoregressiveMixtureCountsSystem(AutoregressiveMixtureSystem):
    """All from one network: numbers of objects kind after kind, MET, and object after object."""

    name = "autoregressive-mixture-counts"
    draws_masks = False
    learns_counts = True

    @classmethod
    def architecture(cls) -> tuple:
        return (*super().architecture(), "counts")

    def counts(self, trained: Trained, n: int, rng: np.random.Generator) -> np.ndarray:
        return trained.networks[PART].draw_counts(n, trained.conditions, rng)

    def counts_again(self, trained: Trained, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.counts(trained, len(counts), rng)  # those drawn may be impossible, as no objects at all

    def log_prob_of_counts(self, trained: Trained, counts: np.ndarray, smoothed: bool) -> np.ndarray:
        return np.zeros(len(counts))  # the network's has it, and none is impossible


SYSTEM = AutoregressiveMixtureCountsSystem
