"""The beta-VAE of experiment II (VAE thesis 7.5.3, Figure 7.37)."""

import keras
from keras import ops

from deepcollider.generators.networks.layers import dense_chain
from deepcollider.generators.networks.vae import VariationalAutoencoder


@keras.saving.register_keras_serializable("deepcollider")
class BetaVAE(VariationalAutoencoder):
    """Encoder (Dense + ReLU blocks, Dense of the latent size, mean and log variance), variator, decoder.

    ``settings``: encoder_widths, latent, decoder_widths, output_width, beta, scaler, seed.

    The loss is L = L_rec + beta * KL. The thesis leaves the reductions open; here both are means, as Keras's MSE is:
    L_rec over the features, KL over the latent dimensions. With sums, the KL term would outweigh four standardised
    features at every beta of the published grid, and the code would carry nothing. The third Dense layer of the decoder
    is linear: the thesis names a ReLU after the first two alone.
    """

    def build_encoder(self):
        features = keras.Input((self.n_columns,), name="features")
        hidden = dense_chain(features, self.settings["encoder_widths"], "encoder")
        hidden = keras.layers.Dense(self.latent, name="encoder_code")(hidden)
        heads = {name: keras.layers.Dense(self.latent, name=name)(hidden) for name in ("mean", "log_variance")}
        return keras.Model({"features": features}, heads, name="encoder")

    def build_decoder(self):
        code = keras.Input((self.latent,), name="code")
        hidden = dense_chain(code, self.settings["decoder_widths"], "decoder")
        hidden = keras.layers.Dense(self.settings["output_width"], name="output_hidden")(hidden)
        return keras.Model(
            code, {"features": keras.layers.Dense(self.n_columns, name="output")(hidden)}, name="decoder"
        )

    def inputs_of(self, rows):
        return {"features": rows}

    def reconstruction_loss(self, rows, outputs):
        return ops.mean(ops.square(rows - outputs["features"]))

    def rows_of(self, outputs):
        return outputs["features"]
