"""The Wasserstein GAN with weight clipping of the GAN thesis (4.1.1, 7.1), ten chained models."""

from deepcollider.generators.chained import CHAIN_DEFAULTS, ChainedGAN


class WGAN(ChainedGAN):
    """Hyperparameters: ``clip``, the largest weight of a critic; others as in CHAIN_DEFAULTS."""

    name = "wgan"
    loss = "wgan"
    defaults = {**CHAIN_DEFAULTS, "clip": 0.01}  # noqa: RUF012


SYSTEM = WGAN
