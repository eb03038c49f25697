"""Experiment II of the VAE thesis (7.5): a statistical mask generator and eight independent beta-VAEs.

One network for (MET, METphi), one for the four features of each kind of particle, nothing shared. Events come from
noise alone: mask, then MET, then as many particles of each kind as the mask says, ordered by pt.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from deepcollider.features.masks import MaskGenerator
from deepcollider.features.parts import PART_NAMES, met_from_part, objects_from_part
from deepcollider.features.scaling import Standardiser
from deepcollider.generators.protocol import GenerativeSystem
from deepcollider.physics.events import Events, empty_events, sort_objects
from deepcollider.physics.kinds import BY_NAME, KINDS, MAX_OBJECTS

if TYPE_CHECKING:
    import keras

MAX_GENERATED_OBJECTS = 19
"""Most objects that a generated event keeps (VAE thesis 7.5.3)."""


class BetaVAEPerParticle(GenerativeSystem):
    """Hyperparameters: ``beta`` weighs the KL term; ``learning_rate`` of Adam, which the thesis leaves open."""

    name = "beta-vae-per-particle"
    network_module = "deepcollider.generators.networks.beta_vae"
    defaults = {"beta": 1.5, "learning_rate": 1e-3}  # noqa: RUF012

    @classmethod
    def parts(cls) -> tuple[str, ...]:
        return PART_NAMES

    def build(self, part: str, scaler: Standardiser, seed: int) -> "keras.Model":
        import keras

        from deepcollider.generators.networks.beta_vae import BetaVAE

        widening = 1 if part == "met" else 2  # all widths of a particle network are doubled
        network = BetaVAE(
            n_features=len(scaler.mean),
            encoder_widths=[width * widening for width in (128, 128, 64, 64)],
            latent=32 * widening,
            decoder_widths=[width * widening for width in (64, 64)],
            output_width=64 * widening,
            beta=self.hyperparameters["beta"],
            scaler=scaler.to_config(),
            seed=seed,
        )
        network.compile(optimizer=keras.optimizers.Adam(self.hyperparameters["learning_rate"]))
        return network

    def generate(
        self, networks: dict[str, "keras.Model"], masks: MaskGenerator, n: int, seed: int, batch: int
    ) -> Iterator[Events]:
        rng = np.random.default_rng(seed)
        for start in range(0, n, batch):
            size = min(batch, n - start)
            counts = masks.sample(size, rng)
            events = empty_events(size)
            events.events["event_id"] = np.arange(start, start + size)
            events.events["weight"] = 1.0
            met = draw(networks["met"], size, rng)
            events.events["met"], events.events["met_phi"] = met_from_part(met)
            fill_objects(events, counts, lambda kind, k: draw(networks[kind], k, rng))
            yield events


SYSTEM = BetaVAEPerParticle


def draw(network: "keras.Model", n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` rows of physical features (n, F) decoded from N(0, 1)."""
    if not n:
        return np.zeros((0, network.n_features))
    noise = rng.standard_normal((n, network.latent), dtype=np.float32)
    return Standardiser.from_config(network.scaler).inverse(network.decode(noise))


def fill_objects(events: Events, counts: np.ndarray, draw_kind) -> None:
    """Put objects into empty events: ``counts`` (N, 7) of each, all of one kind drawn in one call.

    Objects are ordered as in the store; past MAX_GENERATED_OBJECTS those of lowest pt are left out.
    """
    n_slots = max(int(counts.sum(axis=1).max(initial=0)), MAX_OBJECTS)
    slots = np.zeros((len(events), n_slots), events.objects.dtype)
    first = np.cumsum(counts, axis=1) - counts
    for column, kind in enumerate(KINDS):
        total = int(counts[:, column].sum())
        rows = np.repeat(np.arange(len(events)), counts[:, column])
        within = np.arange(total) - np.repeat(np.cumsum(counts[:, column]) - counts[:, column], counts[:, column])
        slots[rows, first[rows, column] + within] = objects_from_part(draw_kind(kind.name, total), BY_NAME[kind.name])
    if (counts.sum(axis=1) > MAX_GENERATED_OBJECTS).any():
        softest_first = np.argsort(np.where(slots["valid"], slots["pt"], -1), axis=1)
        dropped = np.take_along_axis(slots["valid"], softest_first, axis=1)
        dropped[:, n_slots - MAX_GENERATED_OBJECTS :] = False
        rows, columns = np.nonzero(dropped)
        slots[rows, softest_first[rows, columns]] = np.zeros((), slots.dtype)
    events.objects[:] = sort_objects(slots)[:, :MAX_OBJECTS]
    events.events["n_objects"] = events.objects["valid"].sum(axis=1)
