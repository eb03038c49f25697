"""A chain of mixtures with learnt context and its likelihood: from noise, one network of whole events."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from deepcollider.features.conditions import with_conditions
from deepcollider.features.views.sequences import VIEW, SequenceScaler, events_of, log_volume
from deepcollider.generators.protocol import GenerativeSystem, Trained, batch_sizes, numbered
from deepcollider.physics.acceptance import has_merged_jets, has_trigger
from deepcollider.physics.events import Events, counts_per_kind

if TYPE_CHECKING:
    import keras

    from deepcollider.store.part_files import PartReader

(PART,) = VIEW.parts

COLLISION_ENERGY = 13_000.0
"""GeV. No event can have more."""

MOST_COPIES, CANDIDATES = 32, 512
"""Of few events that are drawn again, each has many candidates at a time, CANDIDATES in all, of which the first that is
accepted is taken: one call of the network for a few events takes as long as for hundreds."""


def is_possible(events: Events) -> np.ndarray:
    """Whether each event would have been recorded as it is, (N,) bool.

    An object triggers, jets are apart from each other, and there is no more than all energy.
    """
    energy = events.objects["energy"].sum(axis=1, dtype=np.float64)
    return has_trigger(events.objects) & (energy <= COLLISION_ENERGY) & ~has_merged_jets(events.objects)


def draw(trained: Trained, counts: np.ndarray, rng: np.random.Generator) -> Events:
    """One draw of an event for each row of numbers of objects (N, 7)."""
    met_phi = rng.uniform(-np.pi, np.pi, len(counts))
    met, codes, found = trained.networks[PART].generate(counts, trained.conditions, rng)
    return events_of(met, met_phi, codes, found)


class AutoregressiveMixtureSystem(GenerativeSystem):
    """Numbers of objects from the mask generator, then MET, then object after object from mixtures of Gaussians.

    All cuts on objects hold by construction. One network may know many processes, or the masses of new particles, by
    conditions. An angle that would put a jet into another one is drawn again at once, an event that would still not
    have been recorded (:func:`is_possible`) as a whole, with the same numbers of objects where these are drawn from
    masks; the likelihood is that of a single draw.

    Hyperparameters: ``width`` and ``blocks`` of the context, ``embedding`` (size of what is summed up over objects),
    ``components`` of each mixture, ``dropout``; ``learning_rate`` of AdamW at the start, from where it falls to 0 along
    a cosine, its ``weight_decay``, and ``clip_norm``, the longest gradient.
    """

    name = "autoregressive-mixture"
    network_module = "deepcollider.generators.networks.autoregressive"
    view = VIEW
    draws_masks = True
    has_likelihood = True
    takes_conditions = True
    most_rounds: ClassVar[int] = 8
    """Events are drawn again so often; one whose numbers of objects hardly ever give an event that is accepted is kept
    as it is after the last time."""
    monitor = "val_loss"
    validation_batch = 2000
    training_only = frozenset({"learning_rate", "weight_decay", "clip_norm", "dropout"})
    defaults = {  # noqa: RUF012
        "width": 80,
        "blocks": 3,
        "embedding": 64,
        "components": 12,
        "dropout": 0.05,
        "learning_rate": 2e-3,
        "weight_decay": 1e-4,
        "clip_norm": 5.0,
    }

    def scaler(self, reader: "PartReader") -> SequenceScaler:
        return SequenceScaler.fit(block["features"] for block in reader.batches())

    def build(self, part: str, scaler: SequenceScaler, seed: int) -> "keras.Model":
        import keras

        from deepcollider.generators.networks.autoregressive import AutoregressiveMixture

        values = self.hyperparameters
        names = ("width", "blocks", "embedding", "components", "dropout")
        chosen = {name: values[name] for name in names} | {"learns_counts": self.learns_counts}
        network = AutoregressiveMixture({**chosen, "scaler": scaler.to_config(), "seed": seed})
        optimizer = keras.optimizers.AdamW(
            values["learning_rate"], weight_decay=values["weight_decay"], global_clipnorm=values["clip_norm"]
        )
        network.compile(optimizer=optimizer)
        return network

    def callbacks(self) -> list["keras.callbacks.Callback"]:
        from deepcollider.generators.networks.schedules import CosineDecay

        return [CosineDecay(self.hyperparameters["learning_rate"])]

    def counts(self, trained: Trained, n: int, rng: np.random.Generator) -> np.ndarray:
        """Numbers of objects of ``n`` events, (n, 7) int."""
        return trained.masks.sample(n, rng)

    def counts_again(self, trained: Trained, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Numbers of objects (N, 7) in the place of ``counts``, whose events would not have been recorded."""
        return counts

    def log_prob_of_counts(self, trained: Trained, counts: np.ndarray, smoothed: bool) -> np.ndarray:
        """Logarithm of the probability of numbers of objects (N, 7), as far as that of the network lacks it."""
        masks = trained.masks
        return masks.smoothed_log_probabilities(counts) if smoothed else masks.log_probabilities(counts)

    def accepts(self, trained: Trained, events: Events, rng: np.random.Generator) -> np.ndarray:
        """Which of drawn events are kept, (N,) bool; the others are drawn again."""
        return is_possible(events)

    def generate(self, trained: Trained, n: int, seed: int, batch: int) -> Iterator[Events]:
        rng = np.random.default_rng(seed)
        for first, size in batch_sizes(n, batch):
            counts = self.counts(trained, size, rng)
            events = draw(trained, counts, rng)
            again = np.flatnonzero(~self.accepts(trained, events, rng))
            for _ in range(self.most_rounds):
                if not len(again):
                    break
                copies = int(np.clip(CANDIDATES // len(again), 1, MOST_COPIES))
                wanted = self.counts_again(trained, np.repeat(counts[again], copies, axis=0), rng)
                drawn = draw(trained, wanted, rng)
                accepted = self.accepts(trained, drawn, rng).reshape(len(again), copies)
                taken = drawn.take(np.arange(len(again)) * copies + accepted.argmax(axis=1))
                events.events[again], events.objects[again] = taken.events, taken.objects
                again = again[~accepted.any(axis=1)]
            yield numbered(events, first)

    def log_prob(self, trained: Trained, events: Events, smoothed: bool = False) -> np.ndarray:
        of_counts = self.log_prob_of_counts(trained, counts_per_kind(events.objects), smoothed)
        of_met_phi = -np.log(2 * np.pi)
        rows = with_conditions(VIEW.rows(events, PART), trained.conditions)
        return of_counts + of_met_phi + log_volume(events) + trained.networks[PART].log_prob(rows)


SYSTEM = AutoregressiveMixtureSystem
