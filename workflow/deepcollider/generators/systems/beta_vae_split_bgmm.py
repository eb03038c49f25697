"""Experiment II of the VAE slides: a beta-VAE of whole events, MET in a layer of its own, codes from a mixture."""

from deepcollider.generators.event_systems import EVENT_DEFAULTS, MIXTURE_DEFAULTS, FromMixture


class BetaVAESplitBGMM(FromMixture):
    """Hyperparameters: as in the system without mixture, and those of the mixture (``MIXTURE_DEFAULTS``)."""

    name = "beta-vae-split-bgmm"
    defaults = {"beta": 0.001, **EVENT_DEFAULTS, **MIXTURE_DEFAULTS}  # noqa: RUF012
    merged = False


SYSTEM = BetaVAESplitBGMM
