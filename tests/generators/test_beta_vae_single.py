"""Experiment III: architecture against the thesis, loss against numpy, and what its events look like."""

import keras
import numpy as np
import pytest
from scipy import integrate, stats

from deepcollider.features.scaling import Standardiser
from deepcollider.features.views.few_jets import VIEW
from deepcollider.generators.networks.schedules import ReduceOnPlateau
from deepcollider.generators.protocol import Trained
from deepcollider.generators.sampling import load_networks
from deepcollider.generators.systems.beta_vae_single import BetaVAESingle
from deepcollider.physics.events import empty_events, sort_objects
from deepcollider.physics.kinds import BY_NAME

RELU, LINEAR = "relu", "linear"
OBJECTS = ("jet1", "jet2", "jet3", "jet4", "bjet1", "bjet2")

ENCODER = {  # layer: (units, activation, inputs), from the text of 7.6.2
    "met_in_1": (128, RELU, 2),
    "met_in_2": (64, RELU, 128),
    **{f"{name}_in_1": (256, RELU, 4) for name in OBJECTS},
    **{f"{name}_in_2": (128, RELU, 256) for name in OBJECTS},
    "encoder_1": (512, RELU, 64 + 4 * 128 + 2 * 128 + 6),
    "encoder_2": (512, RELU, 512),
    "encoder_3": (256, RELU, 512),
    "encoder_4": (256, RELU, 256),
    "encoder_5": (128, RELU, 256),
    "mean": (128, LINEAR, 128),
    "log_variance": (128, LINEAR, 128),
}
DECODER = {
    "decoder_1": (256, RELU, 128),
    "decoder_2": (256, RELU, 256),
    "decoder_3": (512, RELU, 256),
    "decoder_4": (512, RELU, 512),
    "met_hidden": (64, LINEAR, 512),
    "met_out": (2, LINEAR, 64),
    **{f"{name}_hidden": (64, RELU, 512) for name in OBJECTS},
    **{f"{name}_out": (4, LINEAR, 64) for name in OBJECTS},
    "mask_hidden": (64, LINEAR, 512),
    "mask_out": (6, "sigmoid", 64),
}


def some_events(n, seed=0):
    """Events of the selection with correlated, random features."""
    rng = np.random.default_rng(seed)
    events = empty_events(n)
    bits = rng.random((n, 6)) < [0.99, 0.9, 0.7, 0.4, 0.8, 0.4]
    objects = events.objects[:, :6]
    objects["kind"] = np.where(bits, [BY_NAME["jet"].code] * 4 + [BY_NAME["bjet"].code] * 2, 0)
    objects["valid"] = bits
    pt, eta = 10 ** (rng.normal(1.9, 0.2, (n, 1)) + rng.normal(0, 0.1, (n, 6))), rng.normal(0, 1, (n, 6))
    for name, values in (("pt", pt), ("eta", eta), ("energy", pt * np.cosh(eta))):
        objects[name] = np.where(bits, values, 0)
    objects["phi"] = np.where(bits, rng.uniform(-3.14, 3.14, (n, 6)), 0)
    events.objects[:] = sort_objects(events.objects)
    events.events["met"], events.events["met_phi"] = 10 ** rng.normal(1.8, 0.3, n), rng.uniform(-3.14, 3.14, n)
    return events


ROWS = VIEW.rows(some_events(400), "event")
IS_BIT = np.array([column in VIEW.unscaled("event") for column in VIEW.columns("event")])
SCALER = Standardiser.from_moments(
    np.where(IS_BIT, 0, np.nanmean(ROWS, axis=0)), np.where(IS_BIT, 1, np.nanstd(ROWS, axis=0))
)


def build(seed=1, **hyperparameters):
    keras.utils.set_random_seed(seed)
    return BetaVAESingle(**hyperparameters).build("event", SCALER, seed)


@pytest.fixture(scope="module")
def network():
    """Untrained, but with biases that are not 0."""
    network, rng = build(), np.random.default_rng(3)
    for weights in network.trainable_weights:
        if weights.path.endswith("bias"):
            weights.assign(rng.normal(0, 0.3, weights.shape))
    return network


def dense_layers(model):
    return {layer.name: layer for layer in model.layers if isinstance(layer, keras.layers.Dense)}


@pytest.mark.parametrize(("half", "published"), [("encoder", ENCODER), ("decoder", DECODER)])
def test_published_architecture(network, half, published):
    layers = dense_layers(getattr(network, half))
    built = {name: (layer.units, layer.activation.__name__, layer.kernel.shape[0]) for name, layer in layers.items()}
    assert built == published
    assert all(layer.use_bias for layer in layers.values())


def test_named_inputs_and_outputs(network):
    sizes = {"met": 2, **dict.fromkeys(OBJECTS, 4), "mask": 6}
    assert {name: tensor.shape[1] for name, tensor in network.encoder.input.items()} == sizes
    assert {name: tensor.shape[1] for name, tensor in network.decoder.output.items()} == sizes
    assert {name: tensor.shape[1] for name, tensor in network.encoder.output.items()} == {
        "mean": 128,
        "log_variance": 128,
    }


def test_number_of_parameters(network):
    # encoder: MET 384 + 8256, six objects 1280 + 32896 each, the five layers, two heads; decoder in the same order
    encoder = 8_640 + 6 * 34_176 + (429_568 + 262_656 + 131_328 + 65_792 + 32_896) + 2 * 16_512
    decoder = (33_024 + 65_792 + 131_584 + 262_656) + (32_832 + 130) + 6 * (32_832 + 260) + (32_832 + 390)
    assert network.encoder.count_params() == encoder == 1_168_960
    assert network.decoder.count_params() == decoder == 757_792


def dense(values, layer):
    """A Dense layer in numpy."""
    kernel, bias = layer.get_weights()
    values = values @ kernel.astype(float) + bias
    return {
        "relu": lambda x: np.maximum(x, 0),
        "linear": lambda x: x,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    }[layer.activation.__name__](values)


def encode_by_hand(network, rows):
    """Scaled rows (N, 32) -> mean and log variance, layer by layer."""
    layers, branches = dense_layers(network.encoder), []
    for name, start, stop in [("met", 0, 2), *((name, 2 + 4 * i, 6 + 4 * i) for i, name in enumerate(OBJECTS))]:
        hidden = dense(rows[:, start:stop].astype(float), layers[f"{name}_in_1"])
        branches.append(dense(hidden, layers[f"{name}_in_2"]))
    hidden = np.concatenate([*branches, rows[:, 26:]], axis=1)
    for i in range(1, 6):
        hidden = dense(hidden, layers[f"encoder_{i}"])
    return dense(hidden, layers["mean"]), dense(hidden, layers["log_variance"])


def decode_by_hand(network, codes):
    """Codes (N, 128) -> outputs by name, layer by layer."""
    layers, hidden = dense_layers(network.decoder), codes.astype(float)
    for i in range(1, 5):
        hidden = dense(hidden, layers[f"decoder_{i}"])
    return {
        name: dense(dense(hidden, layers[f"{name}_hidden"]), layers[f"{name}_out"]) for name in network.decoder.output
    }


def test_encoder_is_its_layers(network):
    mean, log_variance = encode_by_hand(network, SCALER.transform(ROWS[:9]))
    found = network.encode(ROWS[:9])
    np.testing.assert_allclose(found["mean"], mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["log_variance"], log_variance, rtol=1e-4, atol=1e-5)


def test_decoder_is_its_layers(network):
    codes = np.random.default_rng(1).standard_normal((9, 128), dtype=np.float32)
    outputs = decode_by_hand(network, codes)
    rows = network.decode(codes)
    mean, std = np.array(SCALER.mean), np.array(SCALER.std)
    np.testing.assert_allclose(rows[:, :2], outputs["met"] * std[:2] + mean[:2], rtol=1e-4, atol=1e-5)
    for i, name in enumerate(OBJECTS):
        columns = slice(2 + 4 * i, 6 + 4 * i)
        np.testing.assert_allclose(rows[:, columns], outputs[name] * std[columns] + mean[columns], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(rows[:, 26:], outputs["mask"], rtol=1e-4)  # never scaled


@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_loss_of_a_batch_by_hand(beta):
    network = build(beta=beta)
    head = dense_layers(network.encoder)["log_variance"]
    kernel, bias = head.get_weights()
    head.set_weights([0 * kernel, 0 * bias - 60])  # no noise: the code is its mean
    batch = SCALER.transform(ROWS[:7])
    mean, _ = encode_by_hand(network, batch)
    outputs = decode_by_hand(network, mean)
    bits = batch[:, 26:]
    expected = -np.mean(bits * np.log(outputs["mask"]) + (1 - bits) * np.log(1 - outputs["mask"]))
    expected += np.mean((batch[:, :2] - outputs["met"]) ** 2)
    for i, name in enumerate(OBJECTS):
        expected += np.mean((batch[:, 2 + 4 * i : 6 + 4 * i] - outputs[name]) ** 2)
    kl = np.mean(0.5 * (mean**2 + np.exp(-60) - 1 + 60))
    found = network.test_on_batch(batch, return_dict=True)
    assert found["reconstruction"] == pytest.approx(expected, rel=1e-4)
    assert found["kl"] == pytest.approx(kl, rel=1e-4)
    assert found["loss"] == pytest.approx(expected + beta * kl, rel=1e-4)


def test_kl_is_the_mean_of_the_integrals(network):
    """KL of each code dimension by numerical integration, for two events whose codes have mean and variance."""
    batch = SCALER.transform(ROWS[:2])
    mean, log_variance = encode_by_hand(network, batch)
    prior, integrals = stats.norm(0, 1), []
    for m, v in zip(mean[:, :16].ravel(), log_variance[:, :16].ravel(), strict=True):
        code = stats.norm(m, np.exp(0.5 * v))
        z = np.linspace(m - 10 * code.std(), m + 10 * code.std(), 2001)
        integrals.append(integrate.simpson(code.pdf(z) * (code.logpdf(z) - prior.logpdf(z)), x=z))
    closed = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    assert np.ptp(integrals) > 0.01
    np.testing.assert_allclose(closed[:, :16].ravel(), integrals, rtol=1e-5, atol=1e-8)
    assert network.test_on_batch(batch, return_dict=True)["kl"] == pytest.approx(closed.mean(), rel=1e-4)


def test_published_hyperparameters():
    system = BetaVAESingle()
    assert system.hyperparameters == {
        "beta": 1.5,
        "learning_rate": 1e-4,
        "learning_rate_factor": 0.1,
        "learning_rate_patience": 3,
        "mask_threshold": 0.5,
    }
    assert system.parts() == ("event",)
    assert system.generation_only == {"mask_threshold"}  # a threshold asks for no training of its own
    assert not (system.draws_masks or system.starts_from_truth or system.fits_mixture)
    assert float(build().optimizer.learning_rate) == pytest.approx(1e-4)
    assert (build(beta=0.7, learning_rate=0.02).beta, BetaVAESingle(beta=0.7).hyperparameters["beta"]) == (0.7, 0.7)


def test_schedule_watches_the_training_loss():
    (schedule,) = BetaVAESingle(learning_rate_factor=0.9, learning_rate_patience=5).callbacks()
    assert isinstance(schedule, ReduceOnPlateau)
    assert (schedule.monitor, schedule.factor, schedule.patience) == ("loss", 0.9, 5)
    (schedule,) = BetaVAESingle().callbacks()
    assert (schedule.factor, schedule.patience) == (0.1, 3)


def generated(network, n=600, seed=5, batch=250, **hyperparameters):
    system = BetaVAESingle(**hyperparameters)
    return list(system.generate(Trained({"event": network}), n, seed, batch))


def test_events_have_few_jets_in_the_stores_order(network):
    batches = generated(network)
    assert [len(batch) for batch in batches] == [250, 250, 100]
    numbers = np.concatenate([batch.events["event_id"] for batch in batches])
    np.testing.assert_array_equal(numbers, np.arange(600))
    for events in batches:
        assert VIEW.accepts(events).all()
        np.testing.assert_array_equal(events.objects, sort_objects(events.objects))
        np.testing.assert_array_equal(events.events["n_objects"], (events.objects["kind"] > 0).sum(axis=1))
        assert (np.abs(events.objects["phi"]) <= np.pi).all()
        assert (np.abs(events.events["met_phi"]) <= np.pi).all()
        assert (events.objects["pt"][events.objects["valid"]] > 0).all()
    assert len(np.unique(batches[0].events["met"])) > 200


def test_phi_beyond_pi_is_wrapped(network):
    """With a scaler that turns every phi by 10 rad, the angles are those of before, turned and wrapped."""
    shift = np.array([10.0 if column.endswith("phi") else 0.0 for column in VIEW.columns("event")])
    turned = build()
    turned.set_weights(network.get_weights())
    turned.scaler = {"mean": (np.array(SCALER.mean) + shift).tolist(), "std": list(SCALER.std)}
    (before,), (after,) = (generated(each, n=100) for each in (network, turned))
    there = before.objects["valid"]
    expected = np.angle(np.exp(1j * (before.objects["phi"][there].astype(float) + 10)))
    np.testing.assert_allclose(after.objects["phi"][there], expected, atol=1e-5)
    np.testing.assert_allclose(
        after.events["met_phi"], np.angle(np.exp(1j * (before.events["met_phi"].astype(float) + 10))), atol=1e-5
    )


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_an_object_is_there_above_the_threshold(network, threshold):
    codes = np.random.default_rng(5).standard_normal((300, 128), dtype=np.float32)
    there = decode_by_hand(network, codes)["mask"] > threshold
    (events,) = generated(network, n=300, batch=300, mask_threshold=threshold)
    for name, columns in (("jet", slice(0, 4)), ("bjet", slice(4, 6))):
        counts = (events.objects["kind"] == BY_NAME[name].code).sum(axis=1)
        assert np.mean(counts == there[:, columns].sum(axis=1)) > 0.99  # but for rounding at the threshold
    assert 0 < there.mean() < 1


def test_same_seed_same_events(network):
    first, again, other = (generated(network, n=100, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.events, again.events)
    np.testing.assert_array_equal(first.objects, again.objects)
    assert (first.events["met"] != other.events["met"]).all()


def test_saved_network_generates_the_same_events(tmp_path, network):
    network.save(tmp_path / "event.keras")
    loaded = load_networks(BetaVAESingle(), {"event": tmp_path / "event.keras"})["event"]
    first, second = (generated(each, n=100)[0] for each in (network, loaded))
    np.testing.assert_array_equal(first.events, second.events)
    np.testing.assert_array_equal(first.objects, second.objects)


def test_learns_a_few_events_by_heart():
    network, few = build(learning_rate=2e-3, beta=1e-3), ROWS[:16]
    batch = SCALER.transform(few)
    first = network.test_on_batch(batch, return_dict=True)["loss"]
    network.fit(np.tile(batch, (250, 1)), batch_size=16, epochs=1, shuffle=False, verbose=0)
    assert network.test_on_batch(batch, return_dict=True)["loss"] < 0.1 * first
    decoded = network.decode(network.code_means(few))
    np.testing.assert_array_equal(decoded[:, IS_BIT] > 0.5, few[:, IS_BIT] == 1)
