"""The beta-VAE of events with few jets (VAE thesis 7.6.2, Figure 7.54)."""

import keras
import numpy as np
from keras import ops

from deepcollider.features.parts import MET_COLUMNS, OBJECT_COLUMNS
from deepcollider.features.views.few_jets import SLOTS
from deepcollider.generators.networks.layers import dense_chain
from deepcollider.generators.networks.vae import VariationalAutoencoder

SHAPES = {"met": len(MET_COLUMNS), **dict.fromkeys(SLOTS, len(OBJECT_COLUMNS)), "mask": len(SLOTS)}
"""Inputs and outputs by name, in the order of a row, with the numbers that each takes of it."""

MET_WIDTHS, OBJECT_WIDTHS = (128, 64), (256, 128)
ENCODER_WIDTHS, DECODER_WIDTHS = (512, 512, 256, 256, 128), (256, 256, 512, 512)
OUTPUT_WIDTH = 64

FIRST_LOG_VARIANCE = -4.0
"""Where the log variance of the code starts. From 0, the noise of the variator hides a code of 26 numbers from the
decoder for many epochs; the thesis does not state its first weights."""


@keras.saving.register_keras_serializable("deepcollider")
class SingleVAE(VariationalAutoencoder):
    """MET and each object have Dense + ReLU layers of their own, the presence mask none; joined they have five more.

    ``settings``: latent, beta, scaler, seed; rows as in :mod:`deepcollider.features.views.few_jets`.

    The reconstruction is a sum over the outputs, as Keras adds up the losses of a model that has several: mean squared
    error of MET and of each object, mean binary cross-entropy of the mask. An object that is not there counts too, with
    its scaled features at 0. The KL term is a mean over the latent dimensions, as in experiment II.

    The thesis gives the last layer of the mask 2 units, which cannot be for a mask of 6 bits: here it has 6. Of the
    output layers with 64 units it names a ReLU for the objects alone; those of MET and mask are linear, as in
    experiment II.
    """

    def build_encoder(self):
        inputs = {name: keras.Input((size,), name=name) for name, size in SHAPES.items()}
        branches = [
            tensor
            if name == "mask"
            else dense_chain(tensor, MET_WIDTHS if name == "met" else OBJECT_WIDTHS, f"{name}_in")
            for name, tensor in inputs.items()
        ]
        hidden = dense_chain(keras.layers.Concatenate(name="joined")(branches), ENCODER_WIDTHS, "encoder")
        heads = {
            "mean": keras.layers.Dense(self.latent, name="mean")(hidden),
            "log_variance": keras.layers.Dense(
                self.latent, bias_initializer=keras.initializers.Constant(FIRST_LOG_VARIANCE), name="log_variance"
            )(hidden),
        }
        return keras.Model(inputs, heads, name="encoder")

    def build_decoder(self):
        code = keras.Input((self.latent,), name="code")
        hidden = dense_chain(code, DECODER_WIDTHS, "decoder")
        outputs = {}
        for name, size in SHAPES.items():
            branch = keras.layers.Dense(
                OUTPUT_WIDTH, activation="relu" if name in SLOTS else "linear", name=f"{name}_hidden"
            )(hidden)
            last = "sigmoid" if name == "mask" else "linear"
            outputs[name] = keras.layers.Dense(size, activation=last, name=f"{name}_out")(branch)
        return keras.Model(code, outputs, name="decoder")

    def inputs_of(self, rows):
        stops = np.cumsum(list(SHAPES.values())).tolist()
        return {name: rows[:, stop - size : stop] for (name, size), stop in zip(SHAPES.items(), stops, strict=True)}

    def reconstruction_loss(self, rows, outputs):
        truth = self.inputs_of(rows)
        loss = ops.mean(keras.losses.binary_crossentropy(truth["mask"], outputs["mask"]))
        for name in ("met", *SLOTS):
            loss += ops.mean(ops.square(truth[name] - outputs[name]))
        return loss

    def rows_of(self, outputs):
        """In place of the presence bits stand their probabilities."""
        return np.concatenate([outputs[name] for name in SHAPES], axis=1)
