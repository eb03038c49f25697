"""What the systems with one network of whole events have in common (VAE thesis 7.3, VAE slides)."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from deepcollider.features.scaling import Standardiser
from deepcollider.features.views.whole_events import VIEW
from deepcollider.generators.protocol import GenerativeSystem, Trained, batch_sizes, numbered
from deepcollider.physics.events import Events

if TYPE_CHECKING:
    import keras

    from deepcollider.store.part_files import PartReader

(PART,) = VIEW.parts

EVENT_DEFAULTS = {"latent": 160, "width": 512, "learning_rate": 1e-3, "standardise": True}
"""``latent``: size of the code, which the VAE thesis states for experiment I alone; ``width`` of the Dense layers;
``learning_rate`` of Adam, neither of which thesis or slides name.

``standardise``: true, our reading, as the thesis has it from experiment I on: every column of every slot has mean 0 and
variance 1, so that an empty slot, whose features are then set to 0, looks like a mean object. false, as experiment 0
(7.3.1) is described: log10 of energies, angles as they are, 0 for the features of an empty slot, nothing else. The
slides state logarithms alone too. The scaler is stored with the network, so generation follows the training."""

MIXTURE_DEFAULTS = {"gamma": 100, "mixture_codes": 100_000, "mixture_iterations": 200}
"""``gamma`` components, fitted to the codes of at most ``mixture_codes`` training events in at most
``mixture_iterations`` iterations; the slides state gamma alone."""


class WholeEventSystem(GenerativeSystem):
    """One network of whole events. An alpha-VAE has the hyperparameter ``alpha``, a beta-VAE ``beta``."""

    network_module = "deepcollider.generators.networks.event_vae"
    choices = {"standardise": (True, False)}  # noqa: RUF012
    view = VIEW
    merged: ClassVar[bool]
    """Whether MET is one more particle."""

    @classmethod
    def architecture(cls) -> tuple:
        return (*super().architecture(), cls.merged)

    def scaler(self, reader: "PartReader") -> Standardiser:
        standardise = self.hyperparameters["standardise"]
        return super().scaler(reader) if standardise else Standardiser.unchanged(len(reader.columns))

    def build(self, part: str, scaler: Standardiser, seed: int) -> "keras.Model":
        import keras

        from deepcollider.generators.networks.event_vae import EventVAE

        chosen = {name: self.hyperparameters[name] for name in ("alpha", "beta") if name in self.hyperparameters}
        network = EventVAE(
            {
                **chosen,
                "latent": self.hyperparameters["latent"],
                "width": self.hyperparameters["width"],
                "merged": self.merged,
                "scaler": scaler.to_config(),
                "seed": seed,
            }
        )
        network.compile(optimizer=keras.optimizers.Adam(self.hyperparameters["learning_rate"]))
        return network

    @abstractmethod
    def codes(self, trained: Trained, rng: np.random.Generator, batch: int) -> Iterator[np.ndarray]:
        """Endless batches of codes (batch, latent) that events are decoded from."""

    def generate(self, trained: Trained, n: int, seed: int, batch: int) -> Iterator[Events]:
        codes = self.codes(trained, np.random.default_rng(seed), min(n, batch))
        for first, size in batch_sizes(n, batch):
            yield numbered(VIEW.events_of(trained.networks[PART].decode(next(codes)[:size])), first)


class FromSeedEvents(WholeEventSystem):
    """Codes of true events, with the variator's noise: no generation from noise alone."""

    starts_from_truth = True

    def codes(self, trained: Trained, rng: np.random.Generator, batch: int) -> Iterator[np.ndarray]:
        for seeds in trained.seed_events(batch):
            yield trained.networks[PART].perturbed_codes(VIEW.rows(seeds, PART), rng)


class FromMixture(WholeEventSystem):
    """Codes drawn from a Bayesian Gaussian mixture, fitted to those of training events (VAE slides)."""

    generation_only = frozenset(MIXTURE_DEFAULTS)
    fits_mixture = True

    def codes(self, trained: Trained, rng: np.random.Generator, batch: int) -> Iterator[np.ndarray]:
        while True:
            yield trained.mixture.sample(batch, rng)
