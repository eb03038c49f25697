"""The beta-VAE of experiment II (VAE thesis 7.5.3, Figure 7.37)."""

import keras
from keras import ops

from deepcollider.generators.networks.layers import GaussianCode, dense_relu, gaussian_kl


@keras.saving.register_keras_serializable("deepcollider")
class BetaVAE(keras.Model):
    """Encoder (Dense + ReLU blocks, Dense of the latent size, mean and log variance), variator, decoder.

    The loss is L = L_rec + beta * KL. The thesis leaves the reductions open; here both are means, as Keras's MSE is:
    L_rec over the features, KL over the latent dimensions. With sums, the KL term would outweigh four standardised
    features at every beta of the published grid, and the code would carry nothing.

    ``scaler`` (mean and std per feature) travels with the network, so that a saved file is all that generation needs.
    """

    def __init__(
        self, n_features, encoder_widths, latent, decoder_widths, output_width, beta, scaler, seed=0, **kwargs
    ):
        super().__init__(**kwargs)
        self.settings = {
            "n_features": n_features,
            "encoder_widths": list(encoder_widths),
            "latent": latent,
            "decoder_widths": list(decoder_widths),
            "output_width": output_width,
            "beta": beta,
            "scaler": dict(scaler),
            "seed": seed,
        }
        self.n_features, self.latent, self.beta, self.scaler = n_features, latent, beta, dict(scaler)
        self.encoder = dense_relu(encoder_widths, name="encoder")
        self.encoder.add(keras.layers.Dense(latent))
        self.mean = keras.layers.Dense(latent, name="mean")
        self.log_variance = keras.layers.Dense(latent, name="log_variance")
        self.variator = GaussianCode(seed=seed)
        self.decoder = dense_relu(decoder_widths, name="decoder")
        self.decoder.add(keras.layers.Dense(output_width))
        self.decoder.add(keras.layers.Dense(n_features))
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction")
        self.kl_tracker = keras.metrics.Mean(name="kl")
        self.build((None, n_features))

    def build(self, input_shape):
        if self.built:
            return
        self.encoder.build((None, self.n_features))
        self.mean.build((None, self.latent))
        self.log_variance.build((None, self.latent))
        self.decoder.build((None, self.latent))
        self.built = True

    def encode(self, features):
        """Standardised features (N, F) -> mean and log variance of their codes, each (N, latent)."""
        hidden = self.encoder(features)
        return self.mean(hidden), self.log_variance(hidden)

    def call(self, features, training=None):
        mean, log_variance = self.encode(features)
        decoded = self.decoder(self.variator(mean, log_variance))
        return {"reconstruction": decoded, "mean": mean, "log_variance": log_variance}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        reconstruction = ops.mean(ops.square(x - y_pred["reconstruction"]))
        kl = ops.mean(gaussian_kl(y_pred["mean"], y_pred["log_variance"]))
        self.reconstruction_tracker.update_state(reconstruction, sample_weight=ops.shape(x)[0])
        self.kl_tracker.update_state(kl, sample_weight=ops.shape(x)[0])
        return reconstruction + self.beta * kl

    def decode(self, codes):
        """Codes (N, latent) -> standardised features (N, F), as numpy; one compiled call."""
        return self.decoder.predict_on_batch(codes)

    def get_config(self):
        return {**super().get_config(), **self.settings}
