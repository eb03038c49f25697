"""Experiment 0 of the VAE thesis (7.3), experiment III of the slides: an alpha-VAE of whole events."""

from deepcollider.generators.event_systems import EVENT_DEFAULTS, FromSeedEvents


class AlphaVAE(FromSeedEvents):
    """Hyperparameters: ``alpha`` scales the noise on the code; the others as in
    :data:`deepcollider.generators.event_systems.EVENT_DEFAULTS`.
    """

    name = "alpha-vae"
    defaults = {"alpha": 0.2, **EVENT_DEFAULTS}  # noqa: RUF012
    merged = False


SYSTEM = AlphaVAE
