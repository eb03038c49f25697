"""Experiment 0 of the VAE thesis (7.3), experiment III of the slides: an alpha-VAE of whole events."""

from deepcollider.generators.event_systems import FromSeedEvents


class AlphaVAE(FromSeedEvents):
    """Hyperparameters: ``alpha`` scales the noise on the code; ``latent`` is the size of the code, which the thesis
    states for experiment I alone (160); ``width`` of the Dense layers; ``learning_rate`` of Adam, which it leaves open.
    """

    name = "alpha-vae"
    defaults = {"alpha": 0.2, "latent": 160, "width": 512, "learning_rate": 1e-3}  # noqa: RUF012
    merged = False


SYSTEM = AlphaVAE
