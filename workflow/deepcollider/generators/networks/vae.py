"""What all variational autoencoders here have in common: encoder, variator, decoder, loss and scaler."""

import keras
import numpy as np
from keras import ops

from deepcollider.features.scaling import Standardiser
from deepcollider.generators.networks.layers import GaussianCode, NoisyCode, gaussian_kl


class VariationalAutoencoder(keras.Model):
    """Rows -> encoder -> variator -> decoder -> rows; a subclass says what the networks look like.

    ``settings`` are the arguments of the constructor. Among them are ``latent``, the size of the code; ``scaler`` (mean
    and std per column), which travels with the network, so that a saved file is all that generation needs; ``seed``;
    and either ``alpha``, the scale of the noise that an alpha-VAE adds to its code, or ``beta``, the weight of the KL
    term of a beta-VAE, which is a mean over the dimensions of the code and over rows; the documents state no reduction.

    A subclass builds two functional models in ``build_encoder`` and ``build_decoder``. The encoder takes a dict of
    named inputs; it gives the code (alpha-VAE), or mean and log variance of the code (beta-VAE). The decoder takes
    a code and gives a dict of named outputs.
    """

    reconstruction_weight = 1.0
    """Of the reconstruction in the loss."""

    def __init__(self, settings, **kwargs):
        super().__init__(**kwargs)
        self.settings = settings
        self.scaler = dict(settings["scaler"])
        self.latent, self.alpha, self.beta = settings["latent"], settings.get("alpha"), settings.get("beta")
        self.encoder, self.decoder = self.build_encoder(), self.build_decoder()
        seed = settings["seed"]
        self.variator = NoisyCode(self.alpha, seed=seed) if self.is_alpha else GaussianCode(seed=seed)
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction")
        self.kl_tracker = None if self.is_alpha else keras.metrics.Mean(name="kl")
        self.built = True

    @property
    def is_alpha(self) -> bool:
        """Whether it adds noise of fixed scale to its code, in place of the KL term."""
        return self.alpha is not None

    @property
    def stages(self) -> dict[str, keras.Model | keras.layers.Layer]:
        """What it is made of, in the order of the data."""
        return {"encoder": self.encoder, "variator": self.variator, "decoder": self.decoder}

    @property
    def n_columns(self) -> int:
        """Numbers in a row."""
        return len(self.scaler["mean"])

    def build_encoder(self) -> keras.Model:
        raise NotImplementedError

    def build_decoder(self) -> keras.Model:
        raise NotImplementedError

    def inputs_of(self, rows):
        """Scaled rows (N, columns) -> the named inputs of the encoder."""
        raise NotImplementedError

    def reconstruction_loss(self, rows, outputs):
        """How far the outputs of the decoder are from the scaled rows, one number."""
        raise NotImplementedError

    def rows_of(self, outputs: dict[str, np.ndarray]) -> np.ndarray:
        """Outputs of the decoder as scaled rows (N, columns)."""
        raise NotImplementedError

    def call(self, rows, training=None):
        found = self.encoder(self.inputs_of(rows), training=training)
        code = self.variator(found["code"]) if self.is_alpha else self.variator(found["mean"], found["log_variance"])
        return {**found, "decoded": self.decoder(code, training=training)}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        size = ops.shape(x)[0]
        reconstruction = self.reconstruction_loss(x, y_pred["decoded"])
        self.reconstruction_tracker.update_state(reconstruction, sample_weight=size)
        loss = self.reconstruction_weight * reconstruction
        if self.is_alpha:
            return loss
        kl = ops.mean(gaussian_kl(y_pred["mean"], y_pred["log_variance"]))
        self.kl_tracker.update_state(kl, sample_weight=size)
        return loss + self.beta * kl

    def encode(self, features: np.ndarray) -> dict[str, np.ndarray]:
        """Physical rows (N, columns) -> their ``code``, or ``mean`` and ``log_variance``, each (N, latent)."""
        rows = Standardiser.from_config(self.scaler).transform(features)
        inputs = {name: keras.ops.convert_to_numpy(each) for name, each in self.inputs_of(rows).items()}
        return self.encoder.predict_on_batch(inputs)

    def code_means(self, features: np.ndarray) -> np.ndarray:
        """Physical rows (N, columns) -> their codes without any noise (N, latent)."""
        found = self.encode(features)
        return found["code"] if self.is_alpha else found["mean"]

    def perturbed_codes(self, features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Physical rows (N, columns) -> their codes with the variator's noise (N, latent) f4."""
        found = self.encode(features)
        mean = found["code"] if self.is_alpha else found["mean"]
        scale = self.alpha if self.is_alpha else np.exp(0.5 * found["log_variance"])
        return mean + scale * rng.standard_normal(mean.shape, dtype=np.float32)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Codes (N, latent) -> physical rows (N, columns) f8; one compiled call."""
        rows = self.rows_of(self.decoder.predict_on_batch(codes))
        return Standardiser.from_config(self.scaler).inverse(rows)

    def get_config(self):
        return {**super().get_config(), "settings": self.settings}
