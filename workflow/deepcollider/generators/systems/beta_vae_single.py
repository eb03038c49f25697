"""Experiment III of the VAE thesis (7.6): one beta-VAE of events with at most four jets and two b-jets, from noise."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from deepcollider.features.scaling import Standardiser
from deepcollider.features.views.few_jets import SLOTS, VIEW
from deepcollider.generators.protocol import GenerativeSystem, Trained, batch_sizes, numbered
from deepcollider.physics.events import Events

if TYPE_CHECKING:
    import keras

(PART,) = VIEW.parts


class BetaVAESingle(GenerativeSystem):
    """Hyperparameters: ``beta`` weighs the KL term; ``learning_rate`` of Adam, at the start.

    The rate is multiplied by ``learning_rate_factor`` when the training loss has not improved for
    ``learning_rate_patience`` epochs. The thesis speaks of a small reduction of 0.1, which is the default factor of
    Keras's ReduceLROnPlateau; one could also read that the rate falls by a tenth, a factor of 0.9.

    An object is there if its presence bit has a probability above ``mask_threshold``, which the thesis leaves open.
    """

    name = "beta-vae-single"
    network_module = "deepcollider.generators.networks.single_vae"
    defaults = {  # noqa: RUF012
        "beta": 1.5,
        "learning_rate": 1e-4,
        "learning_rate_factor": 0.1,
        "learning_rate_patience": 3,
        "mask_threshold": 0.5,
    }
    generation_only = frozenset({"mask_threshold"})
    view = VIEW

    def build(self, part: str, scaler: Standardiser, seed: int) -> "keras.Model":
        import keras

        from deepcollider.generators.networks.single_vae import SingleVAE

        settings = {"latent": 128, "beta": self.hyperparameters["beta"], "scaler": scaler.to_config(), "seed": seed}
        network = SingleVAE(settings)
        network.compile(optimizer=keras.optimizers.Adam(self.hyperparameters["learning_rate"]))
        return network

    def callbacks(self) -> list["keras.callbacks.Callback"]:
        from deepcollider.generators.networks.schedules import ReduceOnPlateau

        return [
            ReduceOnPlateau(
                self.hyperparameters["learning_rate_factor"], self.hyperparameters["learning_rate_patience"]
            )
        ]

    def generate(self, trained: Trained, n: int, seed: int, batch: int) -> Iterator[Events]:
        rng = np.random.default_rng(seed)
        network = trained.networks[PART]
        for first, size in batch_sizes(n, batch):
            rows = network.decode(rng.standard_normal((size, network.latent), dtype=np.float32))
            rows[:, -len(SLOTS) :] = rows[:, -len(SLOTS) :] > self.hyperparameters["mask_threshold"]
            yield numbered(VIEW.events_of(rows), first)


SYSTEM = BetaVAESingle
