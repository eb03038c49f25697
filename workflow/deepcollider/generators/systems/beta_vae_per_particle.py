"""Experiment II of the VAE thesis (7.5): a statistical mask generator and eight independent beta-VAEs.

One network for (MET, METphi), one for the four features of each kind of particle, nothing shared. Events come from
noise alone: mask, then MET, then as many particles of each kind as the mask says, ordered by pt.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from deepcollider.features.parts import met_from_features
from deepcollider.features.scaling import Standardiser
from deepcollider.features.views.particles import VIEW
from deepcollider.generators.assembly import fill_objects
from deepcollider.generators.protocol import GenerativeSystem, Trained, batch_sizes, numbered
from deepcollider.physics.events import Events, empty_events

if TYPE_CHECKING:
    import keras


class BetaVAEPerParticle(GenerativeSystem):
    """Hyperparameters: ``beta`` weighs the KL term; ``learning_rate`` of Adam, which the thesis leaves open."""

    name = "beta-vae-per-particle"
    network_module = "deepcollider.generators.networks.beta_vae"
    defaults = {"beta": 1.5, "learning_rate": 1e-3}  # noqa: RUF012
    view = VIEW
    draws_masks = True

    def build(self, part: str, scaler: Standardiser, seed: int) -> "keras.Model":
        import keras

        from deepcollider.generators.networks.beta_vae import BetaVAE

        widening = 1 if part == "met" else 2  # all widths of a particle network are doubled
        network = BetaVAE(
            {
                "encoder_widths": [width * widening for width in (128, 128, 64, 64)],
                "latent": 32 * widening,
                "decoder_widths": [width * widening for width in (64, 64)],
                "output_width": 64 * widening,
                "beta": self.hyperparameters["beta"],
                "scaler": scaler.to_config(),
                "seed": seed,
            }
        )
        network.compile(optimizer=keras.optimizers.Adam(self.hyperparameters["learning_rate"]))
        return network

    def generate(self, trained: Trained, n: int, seed: int, batch: int) -> Iterator[Events]:
        rng = np.random.default_rng(seed)
        networks = trained.networks
        for first, size in batch_sizes(n, batch):
            counts = trained.masks.sample(size, rng)
            events = empty_events(size)
            events.events["met"], events.events["met_phi"] = met_from_features(draw(networks["met"], size, rng))
            fill_objects(events, counts, lambda kind, k: draw(networks[kind], k, rng))
            yield numbered(events, first)


SYSTEM = BetaVAEPerParticle


def draw(network: "keras.Model", n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` rows of physical features (n, F) decoded from N(0, 1)."""
    if not n:
        return np.zeros((0, network.n_columns))
    return network.decode(rng.standard_normal((n, network.latent), dtype=np.float32))
