"""Experiment II of the VAE slides: a beta-VAE of whole events, with MET in a layer of its own."""

from deepcollider.generators.event_systems import EVENT_DEFAULTS, FromSeedEvents


class BetaVAESplit(FromSeedEvents):
    """Hyperparameters: ``beta`` weighs the KL term and 1 - beta the reconstruction; the others as in the alpha-VAE."""

    name = "beta-vae-split"
    defaults = {"beta": 0.001, **EVENT_DEFAULTS}  # noqa: RUF012
    merged = False


SYSTEM = BetaVAESplit
