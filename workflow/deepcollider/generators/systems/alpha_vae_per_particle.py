"""Experiment I of the VAE thesis (7.4): an alpha-VAE of MET and mask, and one of each kind of particle.

Events come from true ones (Figure 7.16): MET and mask are encoded, perturbed and decoded; every bit of the new mask
asks for a particle, made of a true one by its own network in the same way.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from deepcollider.features.parts import MET_COLUMNS, OBJECT_COLUMNS, met_features, met_from_features
from deepcollider.features.scaling import Standardiser
from deepcollider.features.views.particles_in_events import MAX_ORDER, VIEW, features_by_order, particle_rows
from deepcollider.generators.assembly import fill_objects
from deepcollider.generators.protocol import GenerativeSystem, Trained, batch_sizes, numbered
from deepcollider.physics.events import Events, empty_events
from deepcollider.physics.kinds import KINDS

if TYPE_CHECKING:
    import keras

MET = slice(0, len(MET_COLUMNS))
FEATURES = slice(MET.stop, MET.stop + len(OBJECT_COLUMNS))


class AlphaVAEPerParticle(GenerativeSystem):
    """Hyperparameters: ``alpha`` scales the noise on the codes; ``latent`` is the size of a code and ``width`` that of
    the Dense layers; ``learning_rate`` of Adam, which the thesis leaves open; ``mask_threshold``: a bit of a generated
    mask is set where its probability is above.
    """

    name = "alpha-vae-per-particle"
    network_module = "deepcollider.generators.networks.particle_vae"
    defaults = {"alpha": 0.3, "latent": 160, "width": 512, "learning_rate": 1e-3, "mask_threshold": 0.1}  # noqa: RUF012
    generation_only = frozenset({"mask_threshold"})
    view = VIEW
    starts_from_truth = True

    def build(self, part: str, scaler: Standardiser, seed: int) -> "keras.Model":
        import keras

        from deepcollider.generators.networks.particle_vae import ParticleVAE

        network = ParticleVAE(
            {
                **{name: self.hyperparameters[name] for name in ("alpha", "latent", "width")},
                "bits": len(VIEW.unscaled(part)),
                "scaler": scaler.to_config(),
                "seed": seed,
            }
        )
        network.compile(optimizer=keras.optimizers.Adam(self.hyperparameters["learning_rate"]))
        return network

    def generate(self, trained: Trained, n: int, seed: int, batch: int) -> Iterator[Events]:
        rng = np.random.default_rng(seed)
        seeds = trained.seed_events(batch)
        for first, size in batch_sizes(n, batch):
            yield numbered(self.events_from(next(seeds), size, trained.networks, rng), first)

    def events_from(
        self, seeds: Events, size: int, networks: dict[str, "keras.Model"], rng: np.random.Generator
    ) -> Events:
        """Events (size,) from the first true ones of ``seeds``; all of these may lend their particles to others."""
        decoded = reconstructed(networks["met"], VIEW.rows(seeds.take(slice(size)), "met"), rng)
        events = empty_events(size)
        events.events["met"], events.events["met_phi"] = met_from_features(decoded[:, MET])
        met = met_features(events)
        # probabilities are float32: as one of these the threshold is compared, so that its equal is not above it
        bits = decoded[:, MET.stop :].astype(np.float32) > np.float32(self.hyperparameters["mask_threshold"])
        bits = bits.reshape(size, len(KINDS), MAX_ORDER)
        true_features = {kind.name: features_by_order(seeds, kind.name) for kind in KINDS}
        asked = {kind.name: bits[:, i] for i, kind in enumerate(KINDS)}
        for kind, features in true_features.items():
            asked[kind] &= not np.isnan(features).all()  # a kind that no seed event has cannot be made

        def draw_kind(kind: str, n: int) -> np.ndarray:
            if not n:
                return np.zeros((0, len(OBJECT_COLUMNS)))
            rows, orders = np.nonzero(asked[kind])
            features = features_for(asked[kind], true_features[kind], rng)
            return reconstructed(networks[kind], particle_rows(met[rows], features, orders + 1), rng)[:, FEATURES]

        fill_objects(events, np.stack([each.sum(axis=1) for each in asked.values()], axis=1), draw_kind)
        return events


SYSTEM = AlphaVAEPerParticle


def reconstructed(network: "keras.Model", rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Physical rows (N, F) encoded, perturbed and decoded: (N, F)."""
    return network.decode(network.perturbed_codes(rows, rng))


def features_for(asked: np.ndarray, true_features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """True features (K, 4) for each bit that is set in ``asked`` (N, 4 orders), event by event.

    They are of the particle of that order in the seed event of the same number, where ``true_features`` (M, 4 orders,
    4 columns), M >= N, has one; else of one of that order in another seed event, drawn at random; if none has, of any
    order. There must be at least one.
    """
    there = ~np.isnan(true_features[..., 0])
    found = np.empty((*asked.shape, true_features.shape[-1]), np.float32)
    for order in range(asked.shape[1]):
        own = true_features[: len(asked), order]
        same_order = true_features[there[:, order], order]
        lenders = same_order if len(same_order) else true_features[there]
        borrowed = lenders[rng.integers(len(lenders), size=len(asked))]
        found[:, order] = np.where(there[: len(asked), order, np.newaxis], own, borrowed)
    return found[asked]
