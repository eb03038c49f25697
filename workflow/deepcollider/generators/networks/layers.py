"""Layers shared by several networks."""

import keras
import numpy as np
from keras import ops

MOMENTUM = 0.9
"""Of the moving mean and variance of batch normalisation, which the theses leave open. With the 0.99 that Keras has by
default, they still lag behind the code after a few hundred batches, and what is generated with them is off."""


def looked_up(table: np.ndarray, places):
    """Entries of a constant table at places (...,), as float32."""
    return ops.take(ops.convert_to_tensor(table.astype(np.float32)), places)


@keras.saving.register_keras_serializable("deepcollider")
class GaussianCode(keras.layers.Layer):
    """The variator of a beta-VAE: z = mean + exp(log_variance / 2) * epsilon, epsilon ~ N(0, 1) (VAE thesis 7.5.3)."""

    text = "N(mean, exp(log_variance))"
    """What a diagram says of it."""

    def __init__(self, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, mean, log_variance):
        epsilon = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * epsilon

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable("deepcollider")
class NoisyCode(keras.layers.Layer):
    """The variator of an alpha-VAE: adds N(0, alpha) noise to the code, in training and after it (VAE thesis 7.3.2)."""

    def __init__(self, alpha: float, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.alpha, self.seed = alpha, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    @property
    def text(self) -> str:
        """What a diagram says of it."""
        return f"code + {self.alpha:g} · N(0, 1)"

    def call(self, code):
        return code + self.alpha * keras.random.normal(ops.shape(code), seed=self.seed_generator)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha, "seed": self.seed}


def gaussian_kl(mean, log_variance):
    """KL(N(mean, exp(log_variance)) || N(0, 1)) of each code dimension, same shape as ``mean``, in nats."""
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance)


def joined(branches, width: int, latent: int):
    """Branches, joined: two Dense with ReLU, Dense of 2 * latent with batch normalisation (VAE thesis 7.3, 7.4)."""
    hidden = dense_chain(keras.layers.Concatenate(name="joined")(branches), [width, width], "encoder")
    hidden = keras.layers.Dense(2 * latent, name="encoder_code")(hidden)
    return keras.layers.BatchNormalization(momentum=MOMENTUM, name="normalised")(hidden)


def dense_chain(tensor, widths, name: str, activation: str = "relu"):
    """Dense layers, one after the other, named ``{name}_1``, ``{name}_2``, ..."""
    for position, width in enumerate(widths, 1):
        tensor = keras.layers.Dense(width, activation=activation, name=f"{name}_{position}")(tensor)
    return tensor
