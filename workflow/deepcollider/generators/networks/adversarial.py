"""A conditional generator and its critic, which are trained against each other (GAN thesis 4.1, 7.1.3)."""

import keras
import numpy as np
from keras import ops

from deepcollider.features.scaling import MinMaxScaler
from deepcollider.generators.backend_tensorflow import input_gradients, value_and_gradients

EPSILON = 1e-12
"""Added to the square of a gradient before its root, whose own gradient at 0 would be infinite."""

LOSSES = ("gan", "lsgan", "wgan", "wgan-gp")


def split_noise(noise: int) -> tuple[int, int]:
    """Of so many random numbers, how many are uniform and how many are normal."""
    return noise // 2, noise - noise // 2


def generator_loss(kind: str, fake):
    """What the generator minimises, from the scores (N, 1) of generated rows: one number.

    ``gan``: -log D, D the sigmoid of the score (GAN thesis 4.1). ``lsgan``: half of (score - 1)^2 (Mao et al. 2017).
    ``wgan`` and ``wgan-gp``: minus the score (4.3, 4.5).
    """
    if kind == "gan":
        return ops.mean(ops.softplus(-fake))
    if kind == "lsgan":
        return 0.5 * ops.mean(ops.square(fake - 1.0))
    return -ops.mean(fake)


def critic_loss(kind: str, real, fake):
    """What the critic minimises, without a penalty, from the scores (N, 1) of true and of generated rows: one number.

    ``gan``: -log D(real) - log(1 - D(fake)) (GAN thesis 4.2). ``lsgan``: half of (real - 1)^2 + fake^2. ``wgan`` and
    ``wgan-gp``: fake - real; the thesis prints the difference with the other sign (4.4, 4.6), which would be maximised.
    """
    if kind == "gan":
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    if kind == "lsgan":
        return 0.5 * (ops.mean(ops.square(real - 1.0)) + ops.mean(ops.square(fake)))
    return ops.mean(fake) - ops.mean(real)


def gradient_norms(score, rows):
    """Length of the gradient of a score at each row (N,)."""
    return ops.sqrt(ops.sum(ops.square(input_gradients(score, rows)), axis=1) + EPSILON)


def gradient_penalty(score, real, fake, mixing):
    """Mean of (length of the gradient - 1)^2 at rows between true and generated ones, and the mean length.

    Between a true row (share ``mixing``, (N, 1)) and a generated one (GAN thesis 4.6). The gradient is that with
    respect to the features, as the critic may depend on the condition as it likes; the thesis does not say it.
    """
    norms = gradient_norms(score, mixing * real + (1.0 - mixing) * fake)
    return ops.mean(ops.square(norms - 1.0)), ops.mean(norms)


def global_norm(gradients):
    """Length of all gradients taken as one vector."""
    return ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))


def leaky_chain(tensor, widths, name: str):
    """Dense layers with LeakyReLU of slope 0.2 (Keras's default), named ``{name}_1``, ``{name}_2``, ..."""
    for position, width in enumerate(widths, 1):
        tensor = keras.layers.Dense(width, activation="leaky_relu", name=f"{name}_{position}")(tensor)
    return tensor


@keras.saving.register_keras_serializable("deepcollider")
class ConditionalGAN(keras.Model):
    """Generator (noise, condition -> features) and critic (features, condition -> score).

    ``settings``: ``loss`` (one of LOSSES), ``features`` (how many of the last columns of a row are made; those before
    are the condition), ``widths`` of the hidden layers of both networks, ``noise`` (random numbers, half uniform in
    (-1, 1) and half normal), ``clip`` (largest weight of the critic of a ``wgan``), ``penalty`` (weight of the gradient
    penalty of a ``wgan-gp``), ``critic_steps`` for each step of the generator, ``critic_batches`` (see below),
    ``sum_of`` (which sums stand in the condition; it is told to those who make conditions), ``averaging`` (see below),
    ``learning_rate``, ``beta_1`` and ``beta_2`` of both Adams, ``scaler``, ``seed``.

    With ``critic_batches`` "own", a training step takes ``critic_steps`` batches, one for each step of the critic, and
    the last also for the generator; with "shared" it takes one for all of them. Its log has the losses;
    ``wasserstein``, by how much the critic scores true rows above generated ones, its estimate of the distance (up to
    the Lipschitz constant); the lengths of the gradients that both networks are
    moved by; and for ``wgan-gp`` ``gradient_norm``, the mean length of the gradient of the score between true and
    generated rows: the Lipschitz constant that the penalty is to bring to 1.

    The two networks chase each other, and the last step of the generator is no better than many before it. With an
    ``averaging`` above 0, what is generated, in validation too, comes from a moving average of the generator's weights
    with this momentum, in place of the weights of the last step; training itself is the same.

    A validation step generates a row for each condition, with noise of its own. Its log has the same distance;
    ``wd_0``, ``wd_1``, ...: one-dimensional Wasserstein distances of the features, in units of the standard deviation
    of the true one, and ``wd``, their mean; ``spread``: the smallest standard deviation of a feature in units of the
    true one, near 0 where the generator has collapsed; ``gradient_norm`` and ``lipschitz``, mean and largest length of
    the gradient of the score between true and generated rows.
    """

    def __init__(self, settings, **kwargs):
        super().__init__(**kwargs)
        self.settings = settings
        self.scaler = dict(settings["scaler"])
        self.loss_kind, self.n_features, self.noise = settings["loss"], settings["features"], settings["noise"]
        if self.loss_kind not in LOSSES:
            raise ValueError(f"unknown loss {self.loss_kind!r}; known: {', '.join(LOSSES)}")
        self.sum_of = settings["sum_of"]
        self.n_batches = settings["critic_steps"] if settings["critic_batches"] == "own" else 1
        self.n_condition = len(self.scaler["minimum"]) - self.n_features
        self.generator, self.critic = self.build_generator(), self.build_critic()
        self.averaging = settings["averaging"]
        self.averaged = self.build_generator() if self.averaging else self.generator
        self.averaged.set_weights(self.generator.get_weights())
        adam = {name: settings[name] for name in ("learning_rate", "beta_1", "beta_2")}
        self.critic_optimizer, self.generator_optimizer = (keras.optimizers.Adam(**adam) for _ in range(2))
        self.critic_optimizer.build(self.critic.trainable_variables)
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.random = keras.random.SeedGenerator(settings["seed"])
        self.validation_random = keras.random.SeedGenerator(settings["seed"] + 1)
        logged = ["critic_loss", "generator_loss", "wasserstein", "critic_gradient", "generator_gradient"]
        logged += ["gradient_norm"] if self.loss_kind == "wgan-gp" else []
        self.training_trackers = {name: keras.metrics.Mean(name=name) for name in logged}
        checked = ["wd", *(f"wd_{i}" for i in range(self.n_features)), "spread", "wasserstein", "gradient_norm"]
        checked += ["lipschitz"]
        self.validation_trackers = {name: keras.metrics.Mean(name=f"validation_{name}") for name in checked}
        self.built = True

    @property
    def stages(self) -> dict[str, keras.Model]:
        """What it is made of, in the order of the data."""
        return {"generator": self.generator, "critic": self.critic}

    @property
    def metrics(self):
        return [*self.training_trackers.values(), *self.validation_trackers.values()]

    def build_generator(self) -> keras.Model:
        noise = keras.Input((self.noise,), name="noise")
        condition = keras.Input((self.n_condition,), name="condition")
        hidden = keras.layers.Concatenate(name="joined")([noise, condition])
        hidden = leaky_chain(hidden, self.settings["widths"], "generator")
        features = keras.layers.Dense(self.n_features, activation="tanh", name="generator_out")(hidden)
        return keras.Model({"noise": noise, "condition": condition}, {"features": features}, name="generator")

    def build_critic(self) -> keras.Model:
        features = keras.Input((self.n_features,), name="features")
        condition = keras.Input((self.n_condition,), name="condition")
        hidden = keras.layers.Concatenate(name="joined")([features, condition])
        hidden = leaky_chain(hidden, self.settings["widths"], "critic")
        score = keras.layers.Dense(1, name="critic_out")(hidden)
        return keras.Model({"features": features, "condition": condition}, {"score": score}, name="critic")

    def made(self, condition, noise, averaged: bool = False):
        """Features (N, features) for conditions and noise, all scaled; with the average of the weights or the last."""
        generator = self.averaged if averaged else self.generator
        return generator({"noise": noise, "condition": condition})["features"]

    def score(self, features, condition):
        """Score (N, 1) of the critic, the higher the more like truth."""
        return self.critic({"features": features, "condition": condition})["score"]

    def draw_noise(self, n, random):
        """Noise (n, noise) of a seed generator."""
        uniform, normal = split_noise(self.noise)
        return ops.concatenate(
            [keras.random.uniform((n, uniform), -1.0, 1.0, seed=random), keras.random.normal((n, normal), seed=random)],
            axis=1,
        )

    def call(self, rows):
        condition, real = rows[:, : self.n_condition], rows[:, self.n_condition :]
        made = self.made(condition, self.draw_noise(ops.shape(rows)[0], self.random))
        return {"features": made, "real": self.score(real, condition), "fake": self.score(made, condition)}

    def critic_step(self, rows):
        """One step of the critic; loss, wasserstein, length of its gradient, mean length of that of the score."""
        condition, real = rows[:, : self.n_condition], rows[:, self.n_condition :]
        n = ops.shape(rows)[0]
        fake = ops.stop_gradient(self.made(condition, self.draw_noise(n, self.random)))
        penalised = self.loss_kind == "wgan-gp"
        mixing = keras.random.uniform((n, 1), seed=self.random) if penalised else None

        def losses():
            scores = self.score(real, condition), self.score(fake, condition)
            loss, norm = critic_loss(self.loss_kind, *scores), ops.zeros(())
            if penalised:
                penalty, norm = gradient_penalty(lambda rows: self.score(rows, condition), real, fake, mixing)
                loss += self.settings["penalty"] * penalty
            return loss, ops.mean(scores[0]) - ops.mean(scores[1]), norm

        variables = self.critic.trainable_variables
        (loss, wasserstein, norm), gradients = value_and_gradients(losses, variables)
        self.critic_optimizer.apply(gradients, variables)
        if self.loss_kind == "wgan":
            self.clip_critic()
        return ops.stack([loss, wasserstein, global_norm(gradients), norm])

    def clip_critic(self) -> None:
        """Bring every weight of the critic back to between -clip and clip (GAN thesis 4.1.1)."""
        clip = self.settings["clip"]
        for variable in self.critic.trainable_variables:
            variable.assign(ops.clip(variable, -clip, clip))

    def generator_step(self, rows):
        """One step of the generator; loss, length of its gradient."""
        condition = rows[:, : self.n_condition]
        noise = self.draw_noise(ops.shape(rows)[0], self.random)

        def loss():
            return (generator_loss(self.loss_kind, self.score(self.made(condition, noise), condition)),)

        variables = self.generator.trainable_variables
        (found,), gradients = value_and_gradients(loss, variables)
        self.generator_optimizer.apply(gradients, variables)
        if self.averaging:
            self.average()
        return found, global_norm(gradients)

    def average(self) -> None:
        """Bring the average of the generator's weights nearer to the present ones."""
        for average, variable in zip(self.averaged.variables, self.generator.variables, strict=True):
            average.assign(self.averaging * average + (1.0 - self.averaging) * variable)

    def train_step(self, data):
        steps = self.settings["critic_steps"]
        batches = ops.reshape(data, (self.n_batches, -1, self.n_condition + self.n_features))

        def critic_step(i, sums):
            return sums + self.critic_step(batches[i if self.n_batches == steps else 0])

        found = ops.fori_loop(0, steps, critic_step, ops.zeros((4,)))
        loss, wasserstein, critic_gradient, norm = ops.unstack(found / steps, 4)
        generator_loss, generator_gradient = self.generator_step(batches[-1])
        logged = {
            "critic_loss": loss,
            "generator_loss": generator_loss,
            "wasserstein": wasserstein,
            "critic_gradient": critic_gradient,
            "generator_gradient": generator_gradient,
            "gradient_norm": norm,
        }
        return self._log_of(self.training_trackers, logged)

    def test_step(self, data):
        condition, real = data[:, : self.n_condition], data[:, self.n_condition :]
        n = ops.shape(data)[0]
        fake = self.made(condition, self.draw_noise(n, self.validation_random), averaged=True)
        between = keras.random.uniform((n, 1), seed=self.validation_random)
        between = between * real + (1.0 - between) * fake
        norms = gradient_norms(lambda rows: self.score(rows, condition), between)
        std = ops.std(real, axis=0)
        varies = (
            std > 1e-6
        )  # not so if there is but one validation row: then there is no unit, and no spread to compare
        scale = ops.where(varies, std, 1.0)
        distances = ops.mean(ops.abs(ops.sort(fake, axis=0) - ops.sort(real, axis=0)), axis=0) / scale
        found = {
            "wd": ops.mean(distances),
            **{f"wd_{i}": distances[i] for i in range(self.n_features)},
            "spread": ops.min(ops.where(varies, ops.std(fake, axis=0) / scale, 1.0)),
            "wasserstein": ops.mean(self.score(real, condition)) - ops.mean(self.score(fake, condition)),
            "gradient_norm": ops.mean(norms),
            "lipschitz": ops.max(norms),
        }
        return self._log_of(self.validation_trackers, found, n)

    def _log_of(self, trackers, values, n=None):
        for name, tracker in trackers.items():
            tracker.update_state(values[name], sample_weight=None if n is None else ops.cast(n, "float32"))
        return {name: tracker.result() for name, tracker in trackers.items()}

    def generate(self, conditions: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Physical conditions (N, condition) -> physical features (N, features) f8; one compiled call."""
        scaler, n = MinMaxScaler.from_config(self.scaler), len(conditions)
        uniform, normal = split_noise(self.noise)
        rows = np.zeros((n, scaler.n_columns), np.float32)
        rows[:, : self.n_condition] = conditions
        noise = [2 * rng.random((n, uniform), np.float32) - 1, rng.standard_normal((n, normal), np.float32)]
        inputs = {
            "noise": np.concatenate(noise, axis=1),
            "condition": scaler.transform(rows)[:, : self.n_condition],
        }
        rows[:, self.n_condition :] = self.averaged.predict_on_batch(inputs)["features"]
        return scaler.inverse(rows)[:, self.n_condition :]

    def get_config(self):
        return {**super().get_config(), "settings": self.settings}
