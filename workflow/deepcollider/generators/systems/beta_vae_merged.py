"""Experiment I of the VAE slides: a beta-VAE of whole events, to which MET is one more particle."""

from deepcollider.generators.event_systems import EVENT_DEFAULTS, FromSeedEvents


class BetaVAEMerged(FromSeedEvents):
    """Hyperparameters: ``beta`` weighs the KL term and 1 - beta the reconstruction; the others as in the alpha-VAE."""

    name = "beta-vae-merged"
    defaults = {"beta": 0.001, **EVENT_DEFAULTS}  # noqa: RUF012
    merged = True


SYSTEM = BetaVAEMerged
