"""The plain GAN that the GAN thesis tried before its WGANs (chapter 8), on the same ten parts."""

from deepcollider.generators.chained import CHAIN_DEFAULTS, ChainedGAN


class GAN(ChainedGAN):
    """Hyperparameters as in :data:`deepcollider.generators.chained.CHAIN_DEFAULTS`; one critic step each."""

    name = "gan"
    loss = "gan"
    defaults = {**CHAIN_DEFAULTS, "critic_steps": 1}  # noqa: RUF012


SYSTEM = GAN
