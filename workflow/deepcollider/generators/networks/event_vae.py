"""The variational autoencoder of whole events (VAE thesis 7.3.2, Figure 7.6; the same in the VAE slides)."""

import keras
import numpy as np
from keras import ops

from deepcollider.features.parts import MET_COLUMNS, OBJECT_COLUMNS
from deepcollider.features.views.whole_events import N_IDS
from deepcollider.generators.networks.layers import dense_chain, joined
from deepcollider.generators.networks.vae import VariationalAutoencoder
from deepcollider.physics.kinds import MAX_OBJECTS

N_MET, N_FEATURES = len(MET_COLUMNS), len(OBJECT_COLUMNS)


@keras.saving.register_keras_serializable("deepcollider")
class EventVAE(VariationalAutoencoder):
    """Every input has two Dense 512 of its own, joined they have two more, then Dense 2 * latent with BatchNorm.

    ``settings``: width (512 in the thesis), latent, merged, alpha or beta, scaler, seed; rows as in
    :mod:`deepcollider.features.views.whole_events`.

    With ``merged`` false, MET has an input and an output of its own: ``met`` (2), ``ids`` (20 x 8, one-hot) and
    ``features`` (20 x 4). With ``merged`` true, MET is one more particle (slides, experiment I): it takes the first
    slot, with an id of its own (20 x 9) and the features (log10 MET, log10 MET, 0, METphi), a massless object at
    eta = 0; 19 slots are left, and the last object of an event with 20 is not seen.

    The loss of the reconstruction is the sum of the means that Keras's losses take: categorical cross-entropy of the
    ids, squared error of the features and, apart from these, of MET. The documents name these losses and no weights,
    and the slides do not say how ids enter. In a beta-VAE the reconstruction is weighted by 1 - beta (slides); the KL
    term, whose reduction the slides leave open, is a mean over the dimensions of the code: with the 160 of the default,
    beta is 1/160 of what it would be with a sum.

    The thesis has a Dense layer for the log variance in the alpha-VAE too, though its variator has no use for it. Here
    it stands in the encoder, is never trained and never read.
    """

    @property
    def merged(self) -> bool:
        return self.settings["merged"]

    @property
    def n_ids(self) -> int:
        """Values that the id of a slot can have."""
        return N_IDS + 1 if self.merged else N_IDS

    @property
    def reconstruction_weight(self):
        return 1.0 if self.is_alpha else 1.0 - self.beta

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of one event's inputs, which are those of the outputs too."""
        slots = {"ids": (MAX_OBJECTS, self.n_ids), "features": (MAX_OBJECTS, N_FEATURES)}
        return slots if self.merged else {"met": (N_MET,), **slots}

    def build_encoder(self):
        width = self.settings["width"]
        inputs = {name: keras.Input(shape, name=name) for name, shape in self.shapes.items()}
        branches = []
        for name, tensor in inputs.items():
            flat = keras.layers.Flatten(name=f"{name}_flat")(tensor) if name != "met" else tensor
            branches.append(dense_chain(flat, [width, width], f"{name}_in"))
        hidden = joined(branches, width, self.latent)
        mean_name = "code" if self.is_alpha else "mean"
        heads = {
            mean_name: keras.layers.Dense(self.latent, name=mean_name)(hidden),
            "log_variance": keras.layers.Dense(self.latent, name="log_variance", trainable=not self.is_alpha)(hidden),
        }
        return keras.Model(inputs, heads, name="encoder")

    def build_decoder(self):
        width = self.settings["width"]
        code = keras.Input((self.latent,), name="code")
        hidden = dense_chain(code, [width, width], "decoder")
        outputs = {}
        for name, shape in self.shapes.items():
            branch = dense_chain(hidden, [width], f"{name}_out")
            branch = keras.layers.Dense(int(np.prod(shape)), name=f"{name}_linear")(branch)
            if name != "met":
                branch = keras.layers.Reshape(shape, name=f"{name}_slots")(branch)
            if name == "ids":
                branch = keras.layers.Softmax(name="ids_softmax")(branch)
            outputs[name] = branch
        return keras.Model(code, outputs, name="decoder")

    def inputs_of(self, rows):
        met, codes, features = rows[:, :N_MET], rows[:, N_MET : N_MET + MAX_OBJECTS], rows[:, N_MET + MAX_OBJECTS :]
        codes, features = ops.cast(codes, "int32"), ops.reshape(features, (-1, MAX_OBJECTS, N_FEATURES))
        if not self.merged:
            return {"met": met, "ids": ops.one_hot(codes, N_IDS), "features": features}
        met_id = ops.full_like(codes[:, :1], N_IDS)
        as_object = ops.stack([met[:, :1], met[:, :1], ops.zeros_like(met[:, :1]), met[:, 1:]], axis=-1)
        return {
            "ids": ops.one_hot(ops.concatenate([met_id, codes[:, :-1]], axis=1), self.n_ids),
            "features": ops.concatenate([as_object, features[:, :-1]], axis=1),
        }

    def reconstruction_loss(self, rows, outputs):
        truth = self.inputs_of(rows)
        loss = ops.mean(keras.losses.categorical_crossentropy(truth["ids"], outputs["ids"]))
        loss += ops.mean(ops.square(truth["features"] - outputs["features"]))
        if not self.merged:
            loss += ops.mean(ops.square(truth["met"] - outputs["met"]))
        return loss

    def rows_of(self, outputs):
        """Each slot has the most probable id; the slot of the merged MET is MET whatever its id."""
        n = len(outputs["features"])
        if self.merged:
            kinds = outputs["ids"][:, 1:, :N_IDS].argmax(axis=-1)  # an object is never MET
            kinds = np.concatenate([kinds, np.zeros((n, 1), kinds.dtype)], axis=1)
            met = outputs["features"][:, 0][:, [1, 3]]
            features = np.concatenate([outputs["features"][:, 1:], np.zeros((n, 1, N_FEATURES))], axis=1)
        else:
            kinds, met, features = outputs["ids"].argmax(axis=-1), outputs["met"], outputs["features"]
        return np.concatenate([met, kinds, features.reshape(n, -1)], axis=1)
