"""Experiment III of the VAE slides: an alpha-VAE of whole events, its codes drawn from a mixture."""

from deepcollider.generators.event_systems import EVENT_DEFAULTS, MIXTURE_DEFAULTS, FromMixture


class AlphaVAEBGMM(FromMixture):
    """Hyperparameters: as in the system without mixture, and those of the mixture (``MIXTURE_DEFAULTS``)."""

    name = "alpha-vae-bgmm"
    defaults = {"alpha": 0.2, **EVENT_DEFAULTS, **MIXTURE_DEFAULTS}  # noqa: RUF012
    merged = False


SYSTEM = AlphaVAEBGMM
