"""The alpha-VAEs of experiment I: architecture, loss, noise, and that they learn."""

import keras
import numpy as np
import pytest

from deepcollider.features.scaling import Standardiser
from deepcollider.features.views.particles_in_events import VIEW
from deepcollider.generators.networks.particle_vae import ParticleVAE
from deepcollider.generators.systems.alpha_vae_per_particle import AlphaVAEPerParticle

INPUTS = {"met": {"met": 2, "mask": 28}, "jet": {"met": 2, "features": 4, "mask": 4}}
"""In the order of a row, as that of the columns of the view."""

PARAMETERS = {
    "met": {
        "met_in_1": 2 * 512 + 512,
        "met_in_2": 512 * 512 + 512,
        "mask_in_1": 28 * 512 + 512,
        "mask_in_2": 512 * 512 + 512,
        "encoder_1": 2 * 512 * 512 + 512,
        "encoder_2": 512 * 512 + 512,
        "encoder_code": 512 * 320 + 320,
        "normalised": 4 * 320,
        "code": 320 * 160 + 160,
        "decoder_1": 160 * 512 + 512,
        "decoder_2": 512 * 512 + 512,
        "met_out": 512 * 256 + 256,
        "met_linear": 256 * 2 + 2,
        "mask_out_1": 512 * 512 + 512,
        "mask_sigmoid": 512 * 28 + 28,
    },
}
PARAMETERS["jet"] = PARAMETERS["met"] | {
    "mask_in_1": 4 * 512 + 512,
    "features_in_1": 4 * 512 + 512,
    "features_in_2": 512 * 512 + 512,
    "encoder_1": 3 * 512 * 512 + 512,
    "mask_sigmoid": 512 * 4 + 4,
    "features_out_1": 512 * 512 + 512,
    "features_linear": 512 * 4 + 4,
}
NOT_RELU = {"encoder_code", "code", "met_out", "met_linear", "features_linear"}


def scaler_of(part):
    """Quantities are scaled, bits are not, as in part files."""
    n_bits, n_columns = len(VIEW.unscaled(part)), len(VIEW.columns(part))
    n_scaled = n_columns - n_bits
    return Standardiser((0.5,) * n_scaled + (0.0,) * n_bits, (2.0,) * n_scaled + (1.0,) * n_bits)


def build(part, seed=1, **hyperparameters):
    keras.utils.set_random_seed(seed)
    return AlphaVAEPerParticle(**hyperparameters).build(part, scaler_of(part), seed)


def small(part, **hyperparameters):
    return build(part, **{"width": 16, "latent": 3, **hyperparameters})


def toy_rows(part, n, seed=0):
    rng = np.random.default_rng(seed)
    n_bits, n_columns = len(VIEW.unscaled(part)), len(VIEW.columns(part))
    bits = rng.random((n, n_bits)) < 0.4
    return np.concatenate([rng.normal(0.5, 2, (n, n_columns - n_bits)), bits], axis=1).astype(np.float32)


def dense_layers(network):
    layers = [*network.encoder.layers, *network.decoder.layers]
    return {layer.name: layer for layer in layers if isinstance(layer, keras.layers.Dense)}


def shaken(network, seed=5):
    """The network with random weights everywhere: biases, and means and variances of the normalisation too."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, 0.4, each.shape) for each in network.encoder.get_weights()]
    network.encoder.set_weights(weights)
    normalised = network.encoder.get_layer("normalised")
    normalised.set_weights([rng.uniform(0.5, 2, each.shape) for each in normalised.get_weights()])
    network.decoder.set_weights([rng.normal(0, 0.4, each.shape) for each in network.decoder.get_weights()])
    return network


class Forward:
    """A network in numpy, from the weights of its layers."""

    def __init__(self, network):
        self.network, self.layers = network, dense_layers(network)

    def dense(self, name, values, activation="relu"):
        kernel, bias = self.layers[name].get_weights()
        values = values @ kernel.astype(float) + bias
        if activation == "sigmoid":
            return 1 / (1 + np.exp(-values))
        return np.maximum(values, 0) if activation == "relu" else values

    def code(self, inputs):
        branches = [self.dense(f"{name}_in_2", self.dense(f"{name}_in_1", values)) for name, values in inputs.items()]
        hidden = self.dense("encoder_2", self.dense("encoder_1", np.concatenate(branches, axis=1)))
        hidden = self.dense("encoder_code", hidden, "linear")
        gamma, beta, mean, variance = self.network.encoder.get_layer("normalised").get_weights()
        hidden = gamma * (hidden - mean) / np.sqrt(variance + 1e-3) + beta
        return self.dense("code", hidden, "linear")

    def decoded(self, code, names):
        hidden = self.dense("decoder_2", self.dense("decoder_1", code))
        outputs = {
            "met": self.dense("met_linear", self.dense("met_out", hidden, "linear"), "linear"),
            "mask": self.dense("mask_sigmoid", self.dense("mask_out_1", hidden), "sigmoid"),
        }
        if "features" in names:
            outputs["features"] = self.dense("features_linear", self.dense("features_out_1", hidden), "linear")
        return outputs


def scaled_inputs(part, rows):
    """By the sizes of the inputs, one after the other; quantities standardised."""
    inputs, start = {}, 0
    for name, size in INPUTS[part].items():
        values = rows[:, start : start + size].astype(float)
        inputs[name] = values if name == "mask" else (values - 0.5) / 2
        start += size
    assert start == rows.shape[1]
    return inputs


@pytest.mark.parametrize("part", ["met", "jet"])
def test_published_architecture(part):
    network = build(part)
    assert {name: tensor.shape for name, tensor in network.encoder.input.items()} == {
        name: (None, size) for name, size in INPUTS[part].items()
    }
    assert {name: tensor.shape for name, tensor in network.encoder.output.items()} == {"code": (None, 160)}
    assert network.decoder.input.shape == (None, 160)
    assert {name: tensor.shape for name, tensor in network.decoder.output.items()} == {
        name: (None, size) for name, size in INPUTS[part].items()
    }
    layers = dense_layers(network)
    assert set(layers) == set(PARAMETERS[part]) - {"normalised"}
    activations = {name: layer.activation.__name__ for name, layer in layers.items()}
    assert {name for name, activation in activations.items() if activation == "linear"} == NOT_RELU & set(layers)
    assert {name for name, activation in activations.items() if activation == "sigmoid"} == {"mask_sigmoid"}
    assert set(activations.values()) == {"relu", "linear", "sigmoid"}
    with_weights = [layer for layer in [*network.encoder.layers, *network.decoder.layers] if layer.weights]
    assert {layer.name: layer.count_params() for layer in with_weights} == PARAMETERS[part]
    assert network.encoder.get_layer("normalised").momentum == 0.9
    trainable = sum(int(np.prod(weights.shape)) for weights in network.trainable_weights)
    assert trainable == sum(PARAMETERS[part].values()) - 640  # moving mean and variance of 320


def test_every_kind_has_the_network_of_jets():
    networks = [small(part) for part in AlphaVAEPerParticle.parts()]
    sizes = [[weights.shape for weights in network.weights] for network in networks]
    assert AlphaVAEPerParticle.parts() == VIEW.parts
    assert sizes[0] != sizes[1] == sizes[2] == sizes[3] == sizes[4] == sizes[5] == sizes[6] == sizes[7]


def test_hyperparameters():
    published = AlphaVAEPerParticle().hyperparameters
    assert published == {"alpha": 0.3, "latent": 160, "width": 512, "learning_rate": 1e-3, "mask_threshold": 0.1}
    network = build("jet", alpha=0.2, latent=7, width=24, learning_rate=0.02)
    assert (network.alpha, network.latent) == (0.2, 7)
    assert network.variator.alpha == 0.2
    assert float(network.optimizer.learning_rate) == pytest.approx(0.02)
    units = {name: layer.units for name, layer in dense_layers(network).items()}
    assert (units["met_in_1"], units["encoder_code"], units["code"], units["met_out"]) == (24, 14, 7, 12)
    assert AlphaVAEPerParticle.generation_only == {"mask_threshold"}


@pytest.mark.parametrize("part", ["met", "jet"])
def test_networks_are_the_chains_of_their_layers(part):
    network, rows = shaken(small(part)), toy_rows(part, 6)
    forward = Forward(network)
    code = forward.code(scaled_inputs(part, rows))
    assert code.std() > 0.1
    np.testing.assert_allclose(network.code_means(rows), code, rtol=1e-3, atol=1e-3)
    decoded = forward.decoded(code, INPUTS[part])
    expected = [decoded[name] if name == "mask" else 2 * decoded[name] + 0.5 for name in INPUTS[part]]
    np.testing.assert_allclose(
        network.decode(code.astype(np.float32)), np.concatenate(expected, axis=1), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("part", ["met", "jet"])
def test_loss_is_the_sum_of_means(part):
    network, rows = shaken(small(part, alpha=0.0)), toy_rows(part, 7)
    inputs = scaled_inputs(part, rows)
    forward = Forward(network)
    decoded = forward.decoded(forward.code(inputs), INPUTS[part])
    mask, probability = inputs["mask"], decoded["mask"].clip(1e-7, 1 - 1e-7)
    expected = -np.mean(mask * np.log(probability) + (1 - mask) * np.log(1 - probability))
    for name in set(INPUTS[part]) - {"mask"}:
        expected += np.mean((inputs[name] - decoded[name]) ** 2)
    scaled = np.concatenate(list(inputs.values()), axis=1).astype(np.float32)
    losses = network.test_on_batch(scaled, return_dict=True)
    assert set(losses) == {"loss", "reconstruction"}
    assert losses["loss"] == pytest.approx(expected, rel=2e-3)
    assert losses["reconstruction"] == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_noise_has_the_scale_alpha(alpha):
    network, rows = small("jet", alpha=alpha), toy_rows("jet", 4000)
    means = network.code_means(rows)
    noise = network.perturbed_codes(rows, np.random.default_rng(2)) - means
    in_training = np.asarray(network.variator(means)) - means
    for each in (noise, in_training):
        n = each.size
        assert each.std() == pytest.approx(alpha, abs=4 * alpha / np.sqrt(2 * n))
        assert each.mean() == pytest.approx(0, abs=4 * alpha / np.sqrt(n))
    assert abs(np.corrcoef(noise[:, 0], noise[:, 1])[0, 1]) < 0.07
    again = network.perturbed_codes(rows, np.random.default_rng(2)) - means
    np.testing.assert_array_equal(noise, again)


def test_learns_a_tiny_sample_by_heart():
    """The loss of eight rows, before and after training."""
    network = build("jet", width=48, latent=16, alpha=0.05, learning_rate=3e-3)
    network.compile(optimizer=network.optimizer, steps_per_execution=50)
    rows = scaler_of("jet").transform(toy_rows("jet", 8))
    first = network.test_on_batch(rows, return_dict=True)["loss"]
    network.fit(np.tile(rows, (400, 1)), batch_size=8, epochs=1, shuffle=False, verbose=0)
    assert network.test_on_batch(rows, return_dict=True)["loss"] < 0.1 * first


def test_saved_network_is_the_same(tmp_path):
    network, rows = shaken(small("met")), toy_rows("met", 5)
    network.save(tmp_path / "met.keras")
    loaded = keras.saving.load_model(tmp_path / "met.keras")
    assert isinstance(loaded, ParticleVAE)
    assert loaded.settings == network.settings
    codes = network.code_means(rows)
    np.testing.assert_array_equal(loaded.code_means(rows), codes)
    np.testing.assert_array_equal(loaded.decode(codes), network.decode(codes))
