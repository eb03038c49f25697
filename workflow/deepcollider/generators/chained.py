"""What the chained adversarial systems share (GAN thesis 7.1): ten models, each told what the others made before it.

Events come from noise: mask, then MET, then object after object in the order of the store, each from the network of its
part with MET, the sum of the features of all objects before it and, from the second jet or b-jet on, those of the one
before. All events that need an object get theirs in one call.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from deepcollider.features.scaling import MinMaxScaler
from deepcollider.features.views.chained import VIEW, Chain, ordinal_masks
from deepcollider.generators.protocol import GenerativeSystem, Trained, batch_sizes, numbered
from deepcollider.physics.events import Events

if TYPE_CHECKING:
    import keras

    from deepcollider.store.part_files import PartReader

CHAIN_DEFAULTS: dict[str, Any] = {
    "width": 1024,
    "layers": 7,
    "noise": 128,
    "critic_steps": 6,
    "averaging": 0.0,
    "learning_rate": 5e-6,
    "beta_1": 0.5,
    "beta_2": 0.9,
}
"""``layers`` counts the last one of each network; ``noise``, the size of the random input, the thesis leaves open.
``averaging`` is not of the thesis: the momentum of an average of the generator's weights, for short trainings."""


class ChainedGAN(GenerativeSystem):
    """A system says which loss its networks have (``loss``), and its hyperparameters in ``defaults``."""

    loss: ClassVar[str]
    network_module = "deepcollider.generators.networks.adversarial"
    view = VIEW
    draws_masks = True
    adversarial = True
    frequent_fraction = 1.0
    training_only = frozenset({"learning_rate", "beta_1", "beta_2", "critic_steps"})
    monitor = "val_wd"
    validation_batch = 10_000
    epoch_of_rows = True

    @property
    def batches_per_step(self) -> int:
        return self.hyperparameters["critic_steps"]

    @property
    def against_divergence(self) -> str:
        return f"{super().against_divergence}; or raise critic_steps or penalty there"

    @classmethod
    def architecture(cls) -> tuple:
        return (*super().architecture(), cls.loss)

    def scaler(self, reader: "PartReader") -> MinMaxScaler:
        return MinMaxScaler(*(tuple(limits) for limits in reader.limits))

    def build(self, part: str, scaler: MinMaxScaler, seed: int) -> "keras.Model":
        from deepcollider.generators.networks.adversarial import ConditionalGAN

        values = self.hyperparameters
        names = ("noise", "clip", "penalty", "critic_steps", "averaging", "learning_rate", "beta_1", "beta_2")
        network = ConditionalGAN(
            {
                "loss": self.loss,
                "features": len(VIEW.own(part)),
                "widths": [values["width"]] * (values["layers"] - 1),
                **{name: values[name] for name in names if name in values},
                "scaler": scaler.to_config(),
                "seed": seed,
            }
        )
        network.compile(optimizer=network.critic_optimizer)
        return network

    def callbacks(self) -> list["keras.callbacks.Callback"]:
        from deepcollider.generators.networks.watch import Watch

        return [Watch()]

    def generate(self, trained: Trained, n: int, seed: int, batch: int) -> Iterator[Events]:
        rng = np.random.default_rng(seed)
        for first, size in batch_sizes(n, batch):
            yield numbered(self.events_of(trained.masks.sample(size, rng), trained.networks, rng), first)

    def events_of(self, counts: np.ndarray, networks: dict[str, "keras.Model"], rng: np.random.Generator) -> Events:
        """Events with so many objects of each kind (N, 7)."""
        chain = Chain(networks["met"].generate(ordinal_masks(counts), rng).astype(np.float32), counts)
        for part, slot, rows in chain.steps():
            chain.add(slot, rows, networks[part].generate(chain.conditions(part, rows), rng))
        return chain.events()
