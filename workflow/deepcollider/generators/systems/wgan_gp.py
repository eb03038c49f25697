"""The Wasserstein GAN with gradient penalty of the GAN thesis (4.1.2, 7.1), ten chained models."""

from deepcollider.generators.chained import CHAIN_DEFAULTS, ChainedGAN


class WGANGP(ChainedGAN):
    """Hyperparameters: ``penalty``, the weight of the gradient penalty; others as in CHAIN_DEFAULTS."""

    name = "wgan-gp"
    loss = "wgan-gp"
    defaults = {**CHAIN_DEFAULTS, "penalty": 10.0}  # noqa: RUF012


SYSTEM = WGANGP
