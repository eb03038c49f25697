"""The alpha-VAEs of experiment I (VAE thesis 7.4.2, Figure 7.15)."""

import keras
import numpy as np
from keras import ops

from deepcollider.features.parts import MET_COLUMNS
from deepcollider.generators.networks.layers import dense_chain, joined
from deepcollider.generators.networks.vae import VariationalAutoencoder

N_MET = len(MET_COLUMNS)


@keras.saving.register_keras_serializable("deepcollider")
class ParticleVAE(VariationalAutoencoder):
    """Every input has two Dense 512 of its own, joined they have two more, then Dense 2 * latent with BatchNorm.

    ``settings``: width (512 in the thesis), bits (28 in the mask of an event, 4 in the order of a particle), latent,
    alpha, scaler, seed; rows as in :mod:`deepcollider.features.views.particles_in_events`. What a row has between MET
    and bits are the features of a particle; the network of MET and mask has none, hence neither input nor output.

    The thesis names no activation for the Dense 256 before the output of MET, as it does for all other hidden layers
    of the decoder: it is linear here. Its width goes with the others, as half of ``width``.

    The loss is the sum of the means that Keras's losses take: binary cross-entropy of the bits, squared error of MET
    and, apart from it, of the features; the thesis names them and no weights.
    """

    @property
    def inputs_and_sizes(self) -> dict[str, int]:
        """Name -> numbers of each input, and of each output, in the order of a row."""
        bits = self.settings["bits"]
        sizes = {"met": N_MET, "features": self.n_columns - N_MET - bits, "mask": bits}
        return {name: size for name, size in sizes.items() if size}

    def build_encoder(self):
        width = self.settings["width"]
        inputs = {name: keras.Input((size,), name=name) for name, size in self.inputs_and_sizes.items()}
        branches = [dense_chain(tensor, [width, width], f"{name}_in") for name, tensor in inputs.items()]
        hidden = joined(branches, width, self.latent)
        return keras.Model(inputs, {"code": keras.layers.Dense(self.latent, name="code")(hidden)}, name="encoder")

    def build_decoder(self):
        width = self.settings["width"]
        code = keras.Input((self.latent,), name="code")
        hidden = dense_chain(code, [width, width], "decoder")
        outputs = {}
        for name, size in self.inputs_and_sizes.items():
            if name == "met":
                branch = keras.layers.Dense(width // 2, name="met_out")(hidden)
            else:
                branch = dense_chain(hidden, [width], f"{name}_out")
            activation = "sigmoid" if name == "mask" else "linear"
            outputs[name] = keras.layers.Dense(size, activation=activation, name=f"{name}_{activation}")(branch)
        return keras.Model(code, outputs, name="decoder")

    def inputs_of(self, rows):
        ends = np.cumsum(list(self.inputs_and_sizes.values()))
        return {
            name: rows[:, end - size : end]
            for (name, size), end in zip(self.inputs_and_sizes.items(), ends.tolist(), strict=True)
        }

    def reconstruction_loss(self, rows, outputs):
        truth = self.inputs_of(rows)
        losses = [
            ops.mean(keras.losses.binary_crossentropy(truth[name], outputs[name]))
            if name == "mask"
            else ops.mean(ops.square(truth[name] - outputs[name]))
            for name in truth
        ]
        return sum(losses)

    def rows_of(self, outputs):
        """Bits are probabilities."""
        return np.concatenate([outputs[name] for name in self.inputs_and_sizes], axis=1)
