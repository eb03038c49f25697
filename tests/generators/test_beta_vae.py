"""The beta-VAE of experiment II: architecture, loss, and that it learns."""

import itertools

import keras
import numpy as np
import pytest
from scipy import integrate, stats

from deepcollider.features.scaling import Standardiser
from deepcollider.generators.networks.beta_vae import BetaVAE
from deepcollider.generators.networks.layers import GaussianCode, gaussian_kl
from deepcollider.generators.systems.beta_vae_per_particle import BetaVAEPerParticle

RELU, LINEAR = "relu", "linear"

MET_LAYERS = {
    "encoder": [(128, RELU), (128, RELU), (64, RELU), (64, RELU), (32, LINEAR)],
    "mean": [(32, LINEAR)],
    "log_variance": [(32, LINEAR)],
    "decoder": [(64, RELU), (64, RELU), (64, LINEAR), (2, LINEAR)],
}
PARTICLE_LAYERS = {
    "encoder": [(256, RELU), (256, RELU), (128, RELU), (128, RELU), (64, LINEAR)],
    "mean": [(64, LINEAR)],
    "log_variance": [(64, LINEAR)],
    "decoder": [(128, RELU), (128, RELU), (128, LINEAR), (4, LINEAR)],
}
PUBLISHED = {"met": MET_LAYERS} | {part: PARTICLE_LAYERS for part in BetaVAEPerParticle.parts() if part != "met"}


def published_network(part, seed=1, **hyperparameters):
    n_features = 2 if part == "met" else 4
    scaler = Standardiser((0.5,) * n_features, (2.0,) * n_features)
    keras.utils.set_random_seed(seed)
    return BetaVAEPerParticle(**hyperparameters).build(part, scaler, seed)


def toy_network(seed=1, beta=1e-3, learning_rate=1e-2):
    keras.utils.set_random_seed(seed)
    scaler = {"mean": [0.0, 0.0], "std": [1.0, 1.0]}
    settings = {"encoder_widths": [32, 32], "latent": 4, "decoder_widths": [32], "output_width": 32}
    network = BetaVAE({**settings, "beta": beta, "scaler": scaler, "seed": seed})
    network.compile(optimizer=keras.optimizers.Adam(learning_rate))
    return network


def toy_features(n=64):
    correlated = np.random.default_rng(3).multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], n)
    return correlated.astype(np.float32)


def chain(network, name):
    """The Dense layers of encoder, mean, log_variance or decoder, in their order."""
    model = network.decoder if name == "decoder" else network.encoder
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    heads = [layer for layer in layers if layer.name in ("mean", "log_variance")]
    return [layer for layer in heads if layer.name == name] or [layer for layer in layers if layer not in heads]


def forward(values, network, name):
    """A chain of Dense layers in numpy."""
    for dense in chain(network, name):
        kernel, bias = dense.get_weights()
        values = values @ kernel.astype(float) + bias
        values = np.maximum(values, 0) if dense.activation is keras.activations.relu else values
    return values


@pytest.fixture(scope="module")
def met_network():
    return published_network("met")


def test_eight_parts():
    kinds = {"jet", "bjet", "electron", "positron", "muon", "antimuon", "photon"}
    assert len(BetaVAEPerParticle.parts()) == 8
    assert set(BetaVAEPerParticle.parts()) == {"met"} | kinds


@pytest.mark.parametrize("part", PUBLISHED)
def test_published_architecture(part):
    network = published_network(part)
    for name, layers in PUBLISHED[part].items():
        built = [(dense.units, dense.activation.__name__) for dense in chain(network, name)]
        assert built == layers, name
        assert all(type(dense) is keras.layers.Dense and dense.use_bias for dense in chain(network, name))


@pytest.mark.parametrize("part", ["met", "photon"])
def test_number_of_parameters(part):
    layers, n_features = PUBLISHED[part], 2 if part == "met" else 4
    latent = layers["mean"][0][0]
    inputs = {"encoder": n_features, "mean": latent, "log_variance": latent, "decoder": latent}
    expected = 0
    for name, chain_of_layers in layers.items():
        widths = [inputs[name], *(width for width, _ in chain_of_layers)]
        expected += sum((a + 1) * b for a, b in itertools.pairwise(widths))
    network = published_network(part)
    assert sum(int(np.prod(weights.shape)) for weights in network.trainable_weights) == expected
    assert expected == {"met": 44_066, "photon": 174_916}[part]


def test_hyperparameters_reach_the_network():
    network = published_network("met", beta=0.7, learning_rate=0.02)
    assert network.beta == 0.7
    assert float(network.optimizer.learning_rate) == pytest.approx(0.02)
    assert published_network("met").beta == 1.5


def test_encoder_and_decoder_are_the_chains_of_their_layers(met_network):
    features = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    hidden = forward((features - 0.5) / 2.0, met_network, "encoder")  # as the scaler has it
    found = met_network.encode(features)
    assert set(found) == {"mean", "log_variance"}
    for name, head in found.items():
        np.testing.assert_allclose(head, forward(hidden, met_network, name), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(met_network.code_means(features), found["mean"])
    codes = np.random.default_rng(1).standard_normal((9, 32), dtype=np.float32)
    decoded = met_network.decode(codes)
    assert isinstance(decoded, np.ndarray)
    expected = 2.0 * forward(codes, met_network, "decoder") + 0.5
    np.testing.assert_allclose(decoded, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("mean", "log_variance"), [(0.0, 0.0), (1.5, 0.0), (0.0, -3.0), (-0.7, 1.2), (2.0, 2.0)])
def test_kl_is_the_integral(mean, log_variance):
    code, prior = stats.norm(mean, np.exp(0.5 * log_variance)), stats.norm(0, 1)
    integral, _ = integrate.quad(
        lambda z: code.pdf(z) * (code.logpdf(z) - prior.logpdf(z)), *(mean + s * 12 * code.std() for s in (-1, 1))
    )
    assert float(gaussian_kl(np.float64(mean), np.float64(log_variance))) == pytest.approx(integral, abs=1e-7)


def test_variator_draws_the_gaussian_it_is_told():
    n, mean, variance = 40_000, 2.0, 9.0
    shape = np.ones((n, 1), np.float32)
    variator = GaussianCode(seed=6)
    codes = np.asarray(variator(mean * shape, np.log(variance).astype(np.float32) * shape), float)[:, 0]
    assert codes.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / n))
    assert codes.var() == pytest.approx(variance, abs=4 * variance * np.sqrt(2 / n))
    assert stats.kstest(codes, stats.norm(mean, 3).cdf).pvalue > 1e-3
    again = np.asarray(variator(mean * shape, np.log(variance).astype(np.float32) * shape))[:, 0]
    assert abs(np.corrcoef(codes, again)[0, 1]) < 0.03  # fresh noise at every call


def test_variator_without_variance_returns_the_mean():
    mean = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    codes = GaussianCode(seed=0)(mean, np.full((5, 3), -200.0, np.float32))
    np.testing.assert_array_equal(np.asarray(codes), mean)


@pytest.mark.parametrize("beta", [0.5, 1.5])
def test_loss_is_reconstruction_plus_beta_kl(beta):
    network = toy_network(beta=beta)
    (head,) = chain(network, "log_variance")
    kernel, bias = head.get_weights()
    head.set_weights([0 * kernel, bias - 60])  # no noise: the code is its mean
    features = toy_features(5)
    mean = forward(forward(features, network, "encoder"), network, "mean")
    reconstruction = np.mean((features - forward(mean, network, "decoder")) ** 2)
    kl = np.mean(0.5 * (mean**2 + np.exp(-60) - 1 + 60))
    losses = network.test_on_batch(features, return_dict=True)
    assert losses["reconstruction"] == pytest.approx(reconstruction, rel=1e-5)
    assert losses["kl"] == pytest.approx(kl, rel=1e-5)
    assert losses["loss"] == pytest.approx(reconstruction + beta * kl, rel=1e-5)


def test_logged_terms_are_means_over_events_not_batches():
    network, features = toy_network(), 3 * toy_features(7)
    hidden = forward(features, network, "encoder")
    mean, log_variance = (forward(hidden, network, name) for name in ("mean", "log_variance"))
    kl = np.mean(0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance))
    losses = network.evaluate(features, batch_size=5, verbose=0, return_dict=True)
    assert losses["kl"] == pytest.approx(kl, rel=1e-4)
    assert losses["loss"] == pytest.approx(losses["reconstruction"] + network.beta * losses["kl"], rel=1e-5)


def test_saved_network_decodes_the_same_numbers(tmp_path, met_network):
    met_network.save(tmp_path / "met.keras")
    loaded = keras.saving.load_model(tmp_path / "met.keras")
    assert loaded.settings == met_network.settings
    assert loaded.scaler == {"mean": [0.5, 0.5], "std": [2.0, 2.0]}
    codes = np.random.default_rng(1).standard_normal((20, 32), dtype=np.float32)
    np.testing.assert_array_equal(loaded.decode(codes), met_network.decode(codes))


def test_learns_a_toy_sample_by_heart():
    network, features = toy_network(), toy_features()
    first = network.test_on_batch(features, return_dict=True)["loss"]
    network.fit(np.tile(features, (300, 1)), batch_size=64, epochs=1, shuffle=False, verbose=0)
    assert network.test_on_batch(features, return_dict=True)["loss"] < 0.1 * first
    residuals = network.decode(network.code_means(features)) - features
    assert np.mean(residuals**2) < 0.1 * np.mean(features**2)


def test_training_is_deterministic_given_the_seed():
    runs = []
    for seed in (1, 1, 2):
        network = toy_network(seed)
        losses = network.fit(toy_features(), batch_size=16, epochs=2, shuffle=False, verbose=0).history["loss"]
        runs.append((losses, [weights.tolist() for weights in network.get_weights()]))
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[2][0]
