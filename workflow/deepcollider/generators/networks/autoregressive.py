"""The likelihood of events object by object, from mixtures whose parameters know all that came before."""

from functools import cached_property

import keras
import numpy as np
from keras import ops

from deepcollider.features.views.sequences import (
    ETA_LIMITS,
    IS_JET,
    PT_CUTS,
    QUANTITIES,
    SequenceScaler,
)
from deepcollider.generators.networks.drawing import CHUNK, Drawing
from deepcollider.generators.networks.layers import dense_chain, looked_up
from deepcollider.generators.networks.mixtures import CIRCLE, LINE, NEVER
from deepcollider.generators.networks.numbers import build_numbers, draw_numbers, log_probability
from deepcollider.generators.networks.partners import (
    HISTORY,
    MOMENTUM_UNIT,
    N_KINDS,
    NODES,
    SEEN,
    Others,
    Partners,
)
from deepcollider.generators.networks.resonances import four_momentum
from deepcollider.physics.kinds import MAX_OBJECTS

WITHIN = 0.97
"""Of the limit of eta: components beside earlier objects lie within."""

GIVEN = {"pt": 0, "eta": 2, "phi": 3, "mass": 5}
"""How many numbers of the object itself a head is told: (pt, hardness), eta, (cos phi, sin phi)."""


@keras.saving.register_keras_serializable("deepcollider")
class AutoregressiveMixture(keras.Model):
    """log p of events (N,), in scaled coordinates, given their numbers of objects or, where it learns them, with these.

    ``settings``: ``width`` and number of ``blocks`` of the context, ``embedding`` (size of what is summed up over the
    objects before), ``components`` of each mixture, ``dropout``, ``learns_counts``, ``scaler``, ``seed``. Where the
    scaler has columns of conditions (which process, which masses), all is learnt given these.

    What an object is told is summed up by the context, a network with residual blocks, of: the numbers of objects of
    each kind and the conditions (together the facts of an event), MET, the class and the rank of the object, the last
    HISTORY objects before it, and the sum over all objects before it of an embedding that is learnt and of their
    transverse momenta. From the context and the values already drawn, one head after the other gives the mixtures of
    pt, eta, phi and mass. Those of eta and phi have more components, where the object would have the mass of a heavier
    particle with earlier ones (:mod:`.partners`).

    In training every event is reflected at random, eta -> -eta and phi -> -phi, each for all of its objects.
    """

    def __init__(self, settings, **kwargs):
        super().__init__(**kwargs)
        self.settings = settings
        self.scaler = dict(settings["scaler"])
        scaler = SequenceScaler.from_config(self.scaler)
        self.scales = {name: scaler.scales(name) for name in SequenceScaler.SCALED}
        self.embedding_size = settings["embedding"]
        self.sum_size = self.embedding_size + 2
        self.n_facts = N_KINDS + scaler.conditions
        self.numbers = build_numbers(scaler.conditions) if settings["learns_counts"] else None
        self.met = self.build_met()
        self.embedding = self.build_embedding()
        self.context = self.build_context()
        self.heads = {name: self.build_head(name) for name in QUANTITIES}
        self.partners = self.build_partners()
        self.random = keras.random.SeedGenerator(settings["seed"])
        self.built = True

    @property
    def stages(self) -> dict[str, keras.Model]:
        """What it is made of, in the order of the data."""
        return {
            **({"numbers": self.numbers} if self.numbers else {}),
            "met": self.met,
            "embedding": self.embedding,
            "context": self.context,
            "pt": self.heads["pt"],
            **self.partners.stages,
            **{name: head for name, head in self.heads.items() if name != "pt"},
        }

    def build_met(self) -> keras.Model:
        facts = keras.Input((self.n_facts,), name="facts")
        hidden = dense_chain(facts, [64, 64], "met", "silu")
        raw = keras.layers.Dense(3 * self.settings["components"], name="met_mixture")(hidden)
        return keras.Model(facts, raw, name="met")

    def build_embedding(self) -> keras.Model:
        seen = keras.Input((SEEN,), name="object")
        hidden = dense_chain(seen, [self.settings["width"]], "embedding", "silu")
        return keras.Model(seen, keras.layers.Dense(self.embedding_size, name="embedded")(hidden), name="embedding")

    def build_context(self) -> keras.Model:
        width, dropout = self.settings["width"], self.settings["dropout"]
        given = keras.Input((self.n_facts + 1 + 2 * N_KINDS + 1 + HISTORY * SEEN + self.sum_size,), name="given")
        hidden = keras.layers.Dense(width, name="context_in")(given)
        for block in range(1, self.settings["blocks"] + 1):
            inner = keras.layers.Activation("silu", name=f"block_{block}_activation")(hidden)
            inner = keras.layers.Dense(width, activation="silu", name=f"block_{block}_1")(inner)
            inner = keras.layers.Dropout(dropout, seed=self.settings["seed"] + block, name=f"block_{block}_drop")(inner)
            inner = keras.layers.Dense(width, name=f"block_{block}_2")(inner)
            hidden = keras.layers.Add(name=f"block_{block}")([hidden, inner])
        return keras.Model(given, keras.layers.Activation("silu", name="context")(hidden), name="context")

    def build_head(self, name: str) -> keras.Model:
        context = keras.Input((self.settings["width"],), name="context")
        inputs = {"context": context}
        hidden = context
        if GIVEN[name]:
            inputs["drawn"] = keras.Input((GIVEN[name],), name="drawn")
            hidden = keras.layers.Concatenate(name=f"{name}_joined")([context, inputs["drawn"]])
        hidden = dense_chain(hidden, [self.settings["width"]], name, "silu")
        raw = keras.layers.Dense(3 * self.settings["components"], name=f"{name}_mixture")(hidden)
        return keras.Model(inputs, raw, name=name)

    def build_partners(self) -> Partners:
        width = self.settings["width"]
        return Partners(
            width + N_KINDS + 1, max(8, 8 * round(0.075 * width)), name="partners"
        )  # multiples of 8 are faster

    def near(self, own, others: Others, codes, classes, pt):
        """Logits, means and log widths of components of eta, in its coordinate, beside earlier objects."""
        logits, places, log_widths = self.partners.of_eta(own, others, pt)
        limit, std = (
            each[:, None, None] for each in (looked_up(ETA_LIMITS, codes), looked_up(self.scales["eta"][1], classes))
        )
        logits = ops.where(ops.abs(places) < WITHIN * limit, logits, NEVER)
        share = ops.clip(places / limit, -WITHIN, WITHIN)
        found = logits, ops.arctanh(share) / std, log_widths - ops.log(limit * std * (1.0 - ops.square(share)))
        return [ops.reshape(each, (-1, others.n_anchors * len(NODES))) for each in found]

    def beside(self, own, others: Others, codes, classes, pt, eta, sums):
        """Logits, means and log widths of components of phi, of objects of which pt and eta are known."""
        x, y = (ops.concatenate([sums[:, i - 2, None], others.momenta[..., 1 + i]], axis=1) for i in range(2))
        return self.partners.of_phi(own, others, pt, self.physical_eta(codes, classes, eta), x, y)

    def own(self, context, codes, hardness):
        """What the networks of partners are told of objects (M,) that are put beside earlier ones."""
        return ops.concatenate([context, ops.one_hot(codes, N_KINDS + 1)[..., 1:], hardness[..., None]], axis=-1)

    def transverse(self, codes, hardness):
        """pt of objects, in MOMENTUM_UNIT."""
        return looked_up(PT_CUTS / MOMENTUM_UNIT, codes) * ops.exp(hardness)

    def momenta(self, codes, classes, hardness, eta, phi, mass):
        """Four-momenta (..., 4) of objects (...,), in MOMENTUM_UNIT; zeros where there is none."""
        pt = self.transverse(codes, hardness)
        mean, std = (looked_up(scale, classes) for scale in self.scales["mass"])
        is_jet = looked_up(IS_JET, codes)
        mass = is_jet * pt * ops.exp(mean + std * mass)
        found = four_momentum(pt, self.physical_eta(codes, classes, eta), phi, mass)
        return found * ops.cast(codes > 0, "float32")[..., None]

    def physical_eta(self, codes, classes, eta):
        """eta of objects, without scales."""
        std = looked_up(self.scales["eta"][1], classes)
        limit = looked_up(ETA_LIMITS, codes)
        return limit * ops.tanh(std * eta)

    def head(self, name: str, context, *drawn, training=False):
        """Raw parameters of the mixture of a coordinate, from the context and columns that are drawn already."""
        inputs = {"context": context}
        if drawn:
            inputs["drawn"] = ops.stack(drawn, axis=-1)
        return self.heads[name](inputs, training=training)

    def seen(self, codes, classes, hardness, eta, phi, mass):
        """What later objects are told of objects (...,): (..., SEEN)."""
        kind = ops.one_hot(codes, N_KINDS + 1)[..., 1:]
        cosine, sine = ops.cos(phi), ops.sin(phi)
        pt = self.transverse(codes, hardness)
        rest = [hardness, self.physical_eta(codes, classes, eta), cosine, sine, mass, pt * cosine, pt * sine]
        return ops.concatenate([kind, ops.stack(rest, axis=-1)], axis=-1)

    def summand(self, seen):
        """What each object (M, SEEN) adds to the sum over objects, (M, sum_size)."""
        return ops.concatenate([self.embedding(seen), seen[:, -2:]], axis=-1)

    def given(self, facts, met, classes, rank, before, sums):
        """What the context is told of objects (M,); ``before`` (M, HISTORY, SEEN) has the last object first."""
        before = ops.reshape(before, (-1, HISTORY * SEEN))
        one_hot = ops.one_hot(classes, 2 * N_KINDS + 1)[..., 1:]
        return ops.concatenate([facts, met[..., None], one_hot, rank[..., None], before, sums], axis=-1)

    def columns(self, rows):
        """log MET (N,), kind codes (N, 20) int, five quantities (N, 20) and conditions (N, C) of scaled rows."""
        met, codes, *values, conditions = ops.split(rows, [1 + i * MAX_OBJECTS for i in range(7)], axis=1)
        return met[:, 0], ops.cast(codes, "int32"), values, conditions

    def call(self, rows, training=False):
        n = ops.shape(rows)[0]
        met, codes, (hardness, pt, eta, phi, mass), conditions = self.columns(rows)
        if training:
            signs = 2.0 * ops.cast(keras.random.uniform((n, 2), seed=self.random) < 0.5, "float32") - 1.0
            eta, phi = eta * signs[:, :1], phi * signs[:, 1:]
        there = codes > 0
        shifted = ops.pad(codes, ((0, 0), (1, 0)))[:, :-1]
        is_first = ops.cast(codes != shifted, "int32")
        classes = ops.where(there, 2 * codes - is_first, 0)
        one_hot = ops.one_hot(codes, N_KINDS + 1)[..., 1:]
        counts = ops.sum(one_hot, axis=1)
        facts = ops.concatenate([ops.log1p(counts), conditions], axis=1)
        rank = ops.log1p(ops.sum((ops.cumsum(one_hot, axis=1) - one_hot) * one_hot, axis=-1))
        seen = self.seen(codes, classes, hardness, eta, phi, mass) * ops.cast(there, "float32")[..., None]
        summands = ops.reshape(self.summand(ops.reshape(seen, (-1, SEEN))), (-1, MAX_OBJECTS, self.sum_size))
        summands = summands * ops.cast(there, "float32")[..., None]
        sums = ops.cumsum(summands, axis=1) - summands
        momenta = self.momenta(codes, classes, hardness, eta, phi, mass)
        # from here on only objects that are there, one after the other
        places = ops.nonzero(ops.reshape(there, (-1,)))[0]
        event = places // MAX_OBJECTS

        def packed(tensor):
            return ops.take(ops.reshape(tensor, (-1, *tensor.shape[2:])), places, axis=0)

        def of_event(tensor):
            return ops.take(tensor, event, axis=0)

        def history(tensor):
            shifted = [ops.pad(tensor, ((0, 0), (back, 0), (0, 0)))[:, :MAX_OBJECTS] for back in range(1, HISTORY + 1)]
            return packed(ops.stack(shifted, axis=2))

        before, momenta = history(seen), history(momenta)
        codes, classes, sums = packed(codes), packed(classes), packed(sums)
        given = self.given(of_event(facts), of_event(met), classes, packed(rank), before, sums)
        context = self.context(given, training=training)
        hardness, pt, eta, phi, mass = (packed(values) for values in (hardness, pt, eta, phi, mass))
        angles = ops.cos(phi), ops.sin(phi)
        log_p = LINE.log_density(self.head("pt", context), pt)
        own, others = self.own(context, codes, hardness), Others(before[..., :N_KINDS], momenta)
        hard = self.transverse(codes, hardness)
        near = self.near(own, others, codes, classes, hard)
        log_p += LINE.log_density(self.head("eta", context, pt, hardness), eta, near)
        beside = self.beside(own, others, codes, classes, hard, eta, sums)
        log_p += CIRCLE.log_density(self.head("phi", context, pt, hardness, eta), phi, beside)
        of_mass = LINE.log_density(self.head("mass", context, pt, hardness, eta, *angles), mass)
        is_jet = looked_up(IS_JET, codes)
        of_objects = ops.segment_sum(log_p + is_jet * of_mass, event, num_segments=n)
        log_p = of_objects + LINE.log_density(self.met(facts), met)
        return log_p + log_probability(self.numbers, counts, conditions) if self.numbers else log_p

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Minus the mean of log p."""
        return -ops.mean(y_pred)

    def log_prob(self, rows: np.ndarray, batch: int = CHUNK) -> np.ndarray:
        """log p of rows of the view (N, columns), not scaled, with conditions where it has such: (N,) float64."""
        scaler = SequenceScaler.from_config(self.scaler)
        of_scaled = [
            self.predict_on_batch(scaler.transform(rows[first : first + batch])) for first in range(0, len(rows), batch)
        ]
        return np.concatenate([np.zeros(0), *of_scaled]) + scaler.log_volume(rows)

    def draw_counts(self, n: int, conditions: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Numbers of objects of each kind of ``n`` events (n, 7) int, all of them with the conditions (C,)."""
        return draw_numbers(self.numbers, n, conditions, rng)

    @cached_property
    def drawing(self) -> Drawing:
        """What draws events from it, with the graphs that were compiled for that."""
        return Drawing(self)

    def generate(
        self, counts: np.ndarray, conditions: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, dict]:
        """Events with so many objects of each kind, as :meth:`.drawing.Drawing.events`."""
        return self.drawing.events(counts, conditions, rng)

    def get_config(self):
        return {**super().get_config(), "settings": self.settings}
