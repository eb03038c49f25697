"""Layers shared by the variational systems."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("deepcollider")
class GaussianCode(keras.layers.Layer):
    """The variator: draws z = mean + exp(log_variance / 2) * epsilon with epsilon ~ N(0, 1) (VAE thesis 7.5.3)."""

    def __init__(self, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, mean, log_variance):
        epsilon = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * epsilon

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


def gaussian_kl(mean, log_variance):
    """KL(N(mean, exp(log_variance)) || N(0, 1)) of each code dimension, same shape as ``mean``, in nats."""
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance)


def dense_relu(widths, name: str) -> keras.Sequential:
    """A chain of Dense layers with ReLU."""
    return keras.Sequential([keras.layers.Dense(width, activation="relu") for width in widths], name=name)
