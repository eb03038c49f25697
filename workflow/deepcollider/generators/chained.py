"""What the chained adversarial systems share (GAN thesis 7.1): ten models, each told what the others made before it.

Events come from noise: mask, then MET, then object after object in the order of the store, each from the network of its
part with MET, the sum of the features of all objects before it and, from the second jet or b-jet on, those of the one
before. The thesis leaves open what is summed up (``sum_of``) and which batches the critic sees (``critic_batches``).
All events that need an object get theirs in one call.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from deepcollider.features.scaling import MinMaxScaler
from deepcollider.features.views.chained import SUMS_OF, VIEW, Chain, ordinal_masks
from deepcollider.generators.protocol import GenerativeSystem, Trained, batch_sizes, numbered
from deepcollider.physics.events import Events

if TYPE_CHECKING:
    import keras

    from deepcollider.store.part_files import PartReader

CRITIC_BATCHES = ("own", "shared")

CHAIN_DEFAULTS: dict[str, Any] = {
    "width": 1024,
    "layers": 7,
    "noise": 128,
    "critic_steps": 6,
    "critic_batches": "own",
    "sum_of": "log",
    "averaging": 0.0,
    "learning_rate": 5e-6,
    "beta_1": 0.5,
    "beta_2": 0.9,
}
"""``layers`` counts the last one of each network; ``noise``, the size of the random input, the thesis leaves open, and
with it the ``learning_rate`` of fine-tuning, for which the configurations take that of the first training.
``averaging`` is not of the thesis: the momentum of an average of the generator's weights, for short trainings.

``critic_batches``: the thesis has six updates of the critic for each of the generator, and counts epochs. ``own`` is
our reading: every step of the critic has a batch of its own, the last of which is the generator's too; an epoch goes
once through the rows of a part, and moves the generator rows / (critic_steps * batch) times. ``shared`` is the other:
all steps of the critic and that of the generator take the same batch, with noise of their own; an epoch moves the
generator rows / batch times, so that as many epochs are ``critic_steps`` times as many steps of both.

``sum_of``: what an object is told of those before it (:mod:`deepcollider.features.views.chained`). ``log`` is our
reading: sums of the inputs, log10 of energy and pt among them; ``raw`` the other: sums of energy and pt in GeV, scaled
as all else."""


class ChainedGAN(GenerativeSystem):
    """A system says which loss its networks have (``loss``), and its hyperparameters in ``defaults``."""

    loss: ClassVar[str]
    network_module = "deepcollider.generators.networks.adversarial"
    view = VIEW
    draws_masks = True
    adversarial = True
    frequent_fraction = 1.0
    training_only = frozenset({"learning_rate", "beta_1", "beta_2", "critic_steps", "critic_batches"})
    choices = {"critic_batches": CRITIC_BATCHES, "sum_of": tuple(SUMS_OF)}  # noqa: RUF012
    monitor = "val_wd"
    validation_batch = 10_000
    epoch_of_rows = True

    @property
    def batches_per_step(self) -> int:
        return self.hyperparameters["critic_steps"] if self.hyperparameters["critic_batches"] == "own" else 1

    def columns(self, part: str) -> tuple[str, ...]:
        return VIEW.seen(part, self.hyperparameters["sum_of"])

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
        names = ("noise", "clip", "penalty", "critic_steps", "critic_batches", "sum_of", "averaging")
        names += ("learning_rate", "beta_1", "beta_2")
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
        """Events with so many objects of each kind (N, 7); each network is told the sums that it was trained with."""
        chain = Chain(networks["met"].generate(ordinal_masks(counts), rng).astype(np.float32), counts)
        for part, slot, rows in chain.steps():
            conditions = chain.conditions(part, rows, networks[part].sum_of)
            chain.add(slot, rows, networks[part].generate(conditions, rng))
        return chain.events()
