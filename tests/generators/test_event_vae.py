"""The variational autoencoder of whole events: architecture, loss, noise, codes and the way back to rows."""

import keras
import numpy as np
import pytest
from scipy import stats

from deepcollider.features.scaling import Standardiser
from deepcollider.features.views.whole_events import VIEW
from deepcollider.generators.networks.layers import NoisyCode
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import untrained_copy
from deepcollider.physics.events import Events, empty_events, sort_objects
from deepcollider.store.part_files import RunningMoments

SYSTEMS = ("alpha-vae", "beta-vae-split", "beta-vae-merged")
RELU, LINEAR, SOFTMAX = "relu", "linear", "softmax"


def toy_events(n, seed=0, most=20):
    """Events of up to ``most`` objects; the first has none, the second ``most``."""
    rng = np.random.default_rng(seed)
    batch = empty_events(n)
    batch.events["met"], batch.events["met_phi"] = 10 ** rng.normal(1.5, 0.3, n), rng.uniform(-3, 3, n)
    counts = rng.integers(1, most + 1, n)
    counts[:2] = 0, most
    objects = batch.objects
    objects["valid"] = np.arange(20) < counts[:, None]
    objects["kind"] = np.where(objects["valid"], rng.integers(1, 8, objects.shape), 0)
    for name, values in {
        "pt": 10 ** rng.normal(2, 0.2, objects.shape),
        "energy": 10 ** rng.normal(2.5, 0.2, objects.shape),
        "eta": rng.normal(size=objects.shape),
        "phi": rng.uniform(-3, 3, objects.shape),
    }.items():
        objects[name] = np.where(objects["valid"], values, 0)
    return Events(batch.events, sort_objects(objects))


def toy_rows(n=12, seed=0, **more):
    return VIEW.rows(toy_events(n, seed, **more), "event")


def toy_scaler():
    """Means and deviations that nothing else has, so that a scaling forgotten or done twice is seen."""
    mean = np.where(np.isin(VIEW.columns("event"), VIEW.unscaled("event")), 0, np.linspace(-1, 2, 102))
    std = np.where(np.isin(VIEW.columns("event"), VIEW.unscaled("event")), 1, np.linspace(0.5, 3, 102))
    return Standardiser(tuple(mean.tolist()), tuple(std.tolist()))


def small(name, seed=1, **hyperparameters):
    """A system's network with narrow layers, and BatchNorm as if it had been trained."""
    keras.utils.set_random_seed(seed)
    network = system_class(name)(**{"width": 16, "latent": 5, **hyperparameters}).build("event", toy_scaler(), seed)
    rng = np.random.default_rng(seed)
    norm = network.encoder.get_layer("normalised")
    norm.set_weights([rng.uniform(0.5, 1.5, weights.shape) for weights in norm.get_weights()])
    network.run_eagerly = True  # few steps: compiling takes longer
    return network


def without_noise(network):
    """The same network, the spread of whose codes is nil."""
    if network.is_alpha:
        network.variator.alpha = 0.0
    else:
        head = network.encoder.get_layer("log_variance")
        kernel, bias = head.get_weights()
        head.set_weights([0 * kernel, 0 * bias - 60])
    return network


def dense(model, name, values, activation=LINEAR):
    kernel, bias = (weights.astype(float) for weights in model.get_layer(name).get_weights())
    values = values @ kernel + bias
    return np.maximum(values, 0) if activation == RELU else values


def inputs_plainly(rows, merged):
    """The encoder's inputs by loops, from physical rows."""
    scaler = toy_scaler()
    scaled = np.nan_to_num((rows.astype(float) - scaler.mean) / scaler.std)
    n, n_ids = len(rows), 9 if merged else 8
    met, ids, features = scaled[:, :2], np.zeros((n, 20, n_ids)), np.zeros((n, 20, 4))
    for i in range(n):
        slots = [(int(rows[i, 2 + j]), scaled[i, 22 + 4 * j : 26 + 4 * j]) for j in range(20)]
        if merged:
            slots = [(8, [met[i, 0], met[i, 0], 0, met[i, 1]]), *slots[:19]]
        for j, (code, values) in enumerate(slots):
            ids[i, j, code] = 1
            features[i, j] = values
    return {"ids": ids, "features": features} if merged else {"met": met, "ids": ids, "features": features}


def encode_plainly(network, inputs):
    """Mean (or code) and log variance in numpy, BatchNorm with its moving averages."""
    encoder, branches = network.encoder, []
    for name, values in inputs.items():
        hidden = dense(encoder, f"{name}_in_1", values.reshape(len(values), -1), RELU)
        branches.append(dense(encoder, f"{name}_in_2", hidden, RELU))
    hidden = dense(encoder, "encoder_1", np.concatenate(branches, axis=1), RELU)
    hidden = dense(encoder, "encoder_code", dense(encoder, "encoder_2", hidden, RELU))
    gamma, beta, mean, variance = encoder.get_layer("normalised").get_weights()
    hidden = (hidden - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    return dense(encoder, "code" if network.is_alpha else "mean", hidden), dense(encoder, "log_variance", hidden)


def decode_plainly(network, code):
    decoder = network.decoder
    hidden = dense(decoder, "decoder_2", dense(decoder, "decoder_1", code, RELU), RELU)
    found = {}
    for name in ("ids", "features") if network.merged else ("met", "ids", "features"):
        found[name] = dense(decoder, f"{name}_linear", dense(decoder, f"{name}_out_1", hidden, RELU))
    found["features"] = found["features"].reshape(-1, 20, 4)
    logits = found["ids"].reshape(len(code), 20, -1)
    found["ids"] = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return found


@pytest.fixture(scope="module")
def published():
    return {name: system_class(name)().build("event", toy_scaler(), 1) for name in SYSTEMS}


@pytest.mark.parametrize("name", SYSTEMS)
def test_published_architecture(published, name):
    network, merged = published[name], name == "beta-vae-merged"
    inputs = ("ids", "features") if merged else ("met", "ids", "features")
    n_ids = 9 if merged else 8
    size = {"met": 2, "ids": 20 * n_ids, "features": 80}
    expected = {f"{each}_in_{k}": (512, RELU) for each in inputs for k in (1, 2)}
    expected |= {"encoder_1": (512, RELU), "encoder_2": (512, RELU), "encoder_code": (320, LINEAR)}
    expected |= {"code" if name == "alpha-vae" else "mean": (160, LINEAR), "log_variance": (160, LINEAR)}
    assert dense_layers(network.encoder) == expected
    expected = {"decoder_1": (512, RELU), "decoder_2": (512, RELU)}
    expected |= {f"{each}_out_1": (512, RELU) for each in inputs}
    expected |= {f"{each}_linear": (size[each], LINEAR) for each in inputs}
    assert dense_layers(network.decoder) == expected
    norms = [layer for layer in network.encoder.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert [norm.name for norm in norms] == ["normalised"]
    assert network.encoder.get_layer("joined").output.shape == (None, 512 * len(inputs))
    shapes = {"met": (None, 2), "ids": (None, 20, n_ids), "features": (None, 20, 4)}
    shapes = {each: shapes[each] for each in inputs}
    assert {each: tensor.shape for each, tensor in network.encoder.input.items()} == shapes
    assert {each: tensor.shape for each, tensor in network.decoder.output.items()} == shapes
    assert network.decoder.input.shape == (None, 160)


def dense_layers(model):
    return {
        layer.name: (layer.units, layer.activation.__name__)
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense)
    }


@pytest.mark.parametrize(
    ("name", "parameters", "not_trained"),
    [
        # a BatchNorm of 320 has 4 * 320 parameters and trains half of them; the alpha-VAE's log variance is not trained
        ("beta-vae-split", 3_488_370, 640),
        ("alpha-vae", 3_488_370, 640 + 320 * 160 + 160),
        # no MET branch (-1536 - 2 * 262 656 - 512 * 512 - 1026), 20 ids more on both sides
        ("beta-vae-merged", 3_488_370 - 1536 - 2 * 262_656 - 512 * 512 - 1026 + 20 * 512 + 20 * 513, 640),
    ],
)
def test_number_of_parameters(published, name, parameters, not_trained):
    network = published[name]
    if name != "beta-vae-merged":
        square = 512 * 512 + 512
        encoder = (2 + 160 + 80) * 512 + 3 * 512 + 3 * square + 3 * 512 * 512 + 512 + square
        heads = 512 * 320 + 320 + 4 * 320 + 2 * (320 * 160 + 160)
        decoder = 160 * 512 + 512 + square + 3 * square + 512 * (2 + 160 + 80) + 2 + 160 + 80
        assert parameters == encoder + heads + decoder
    assert network.count_params() == parameters
    assert sum(int(np.prod(weights.shape)) for weights in network.trainable_weights) == parameters - not_trained


def test_hyperparameters_reach_the_network():
    network = small("alpha-vae", alpha=0.3, learning_rate=0.02, latent=7, width=9)
    assert (network.alpha, network.variator.alpha, network.beta, network.latent) == (0.3, 0.3, None, 7)
    assert network.encoder.get_layer("met_in_1").units == 9
    assert float(network.optimizer.learning_rate) == pytest.approx(0.02)
    assert small("beta-vae-split", beta=0.2).beta == 0.2
    defaults = {name: system_class(name).defaults for name in SYSTEMS}
    assert defaults["alpha-vae"]["alpha"] == 0.2  # the best of the thesis
    assert defaults["beta-vae-split"]["beta"] == defaults["beta-vae-merged"]["beta"] == 0.001  # of the slides


@pytest.mark.parametrize("name", SYSTEMS)
def test_encoder_sees_one_hot_ids_and_scaled_features(name):
    network, rows = small(name), toy_rows()
    found = network.inputs_of(toy_scaler().transform(rows))
    expected = inputs_plainly(rows, network.merged)
    assert list(found) == list(expected)
    for each, values in expected.items():
        np.testing.assert_allclose(found[each], values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", SYSTEMS)
def test_codes_and_rows_against_numpy(name):
    network, rows = small(name), toy_rows()
    mean, log_variance = encode_plainly(network, inputs_plainly(rows, network.merged))
    found = network.encode(rows)
    assert set(found) == {"code" if name == "alpha-vae" else "mean", "log_variance"}
    np.testing.assert_allclose(network.code_means(rows), mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["log_variance"], log_variance, rtol=1e-4, atol=1e-5)
    codes = np.random.default_rng(1).standard_normal((9, 5), dtype=np.float32)
    expected, scaler = decode_plainly(network, codes), toy_scaler()
    met, kinds, features = expected.get("met"), expected["ids"].argmax(-1), expected["features"]
    if name == "beta-vae-merged":  # the first slot is MET, the last is left empty
        met = features[:, 0, [1, 3]]
        kinds = np.pad(expected["ids"][:, 1:, :8].argmax(-1), ((0, 0), (0, 1)))
        features = np.pad(features[:, 1:], ((0, 0), (0, 1), (0, 0)))
    values = np.concatenate([met, kinds, features.reshape(9, -1)], axis=1) * scaler.std + scaler.mean
    np.testing.assert_allclose(network.decode(codes), values, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", SYSTEMS)
def test_loss_by_hand(name, training):
    beta = None if name == "alpha-vae" else 0.3
    network = without_noise(small(name, **({"beta": beta} if beta else {})))
    rows = toy_rows(6)
    truth = inputs_plainly(rows, network.merged)
    mean, _ = encode_plainly(network, truth)
    decoded = decode_plainly(network, mean)
    reconstruction = -np.log((truth["ids"] * decoded["ids"]).sum(axis=-1)).mean()
    reconstruction += ((truth["features"] - decoded["features"]) ** 2).mean()
    if not network.merged:
        reconstruction += ((truth["met"] - decoded["met"]) ** 2).mean()
    loss, kl = reconstruction, None
    if beta:
        kl = 0.5 * (mean**2 + np.exp(-60) - 1 + 60).mean()
        loss = (1 - beta) * reconstruction + beta * kl
    if training:  # one step forward with BatchNorm held fixed: the loss that is minimised is the one that is told
        network.encoder.get_layer("normalised").trainable = False
        network.compile(optimizer=keras.optimizers.SGD(0.0), run_eagerly=True)
    step = network.train_on_batch if training else network.test_on_batch
    found = step(toy_scaler().transform(rows), return_dict=True)
    assert found["loss"] == pytest.approx(loss, rel=1e-4)
    assert found["reconstruction"] == pytest.approx(reconstruction, rel=1e-4)
    assert found.get("kl") == (None if kl is None else pytest.approx(kl, rel=1e-4))


def test_variator_of_the_alpha_vae_adds_noise_of_scale_alpha():
    code = np.full((300, 200), 5.0, np.float32)
    variator = NoisyCode(0.3, seed=4)
    noise = np.asarray(variator(code), float) - 5
    assert stats.kstest(noise.ravel(), stats.norm(0, 0.3).cdf).pvalue > 1e-3
    again = np.asarray(variator(code), float) - 5
    assert abs(np.corrcoef(noise.ravel(), again.ravel())[0, 1]) < 0.02  # fresh noise at every call


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["alpha-vae", "beta-vae-split"])
def test_decoder_gets_codes_with_noise(name, training):
    network = small(name, latent=40)
    network.decoder = lambda code, training: code
    found = network(toy_scaler().transform(toy_rows(500)), training=training)
    code = found["code"] if name == "alpha-vae" else found["mean"]
    scale = 0.2 if name == "alpha-vae" else np.exp(0.5 * np.asarray(found["log_variance"]))
    noise = (np.asarray(found["decoded"], float) - np.asarray(code)) / scale
    assert stats.kstest(noise.ravel(), stats.norm.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", SYSTEMS)
def test_perturbed_codes_have_the_encoders_mean_and_spread(name):
    network, rows = small(name, latent=40), toy_rows(500)
    mean, log_variance = encode_plainly(network, inputs_plainly(rows, network.merged))
    scale = 0.2 if name == "alpha-vae" else np.exp(0.5 * log_variance)
    codes = network.perturbed_codes(rows, np.random.default_rng(8))
    assert codes.dtype == np.float32
    assert stats.kstest(((codes - mean) / scale).ravel(), stats.norm.cdf).pvalue > 1e-3
    np.testing.assert_array_equal(codes, network.perturbed_codes(rows, np.random.default_rng(8)))
    assert (codes != network.perturbed_codes(rows, np.random.default_rng(9))).any()


def test_log_variance_takes_no_part_in_the_alpha_vae():
    network, rows = without_noise(small("alpha-vae")), toy_scaler().transform(toy_rows())
    head = network.encoder.get_layer("log_variance")
    assert not any("log_variance" in weights.path for weights in network.trainable_weights)
    before, loss = head.get_weights(), network.test_on_batch(rows)
    network.fit(rows, epochs=2, verbose=0)
    for old, new in zip(before, head.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert network.test_on_batch(rows) != loss
    loss = network.test_on_batch(rows)
    head.set_weights([weights + 7 for weights in before])
    assert network.test_on_batch(rows) == loss
    assert any("log_variance" in weights.path for weights in small("beta-vae-split").trainable_weights)


def outputs_by_hand(n_ids, *ids):
    """Outputs of a decoder for one event: ``ids`` are (slot, id, probability), other slots are empty."""
    probabilities = np.zeros((1, 20, n_ids))
    probabilities[:, :, 0] = 0.3
    for slot, code, probability in ids:
        probabilities[0, slot, code] = probability
    return {"ids": probabilities, "features": np.arange(80.0).reshape(1, 20, 4), "met": np.array([[5.0, 6.0]])}


def test_a_slot_is_what_is_most_probable():
    rows = small("beta-vae-split").rows_of(outputs_by_hand(8, (0, 1, 0.4), (1, 7, 0.35), (1, 2, 0.31), (19, 3, 0.29)))
    assert rows.shape == (1, 102)
    assert rows[0, :2].tolist() == [5, 6]
    assert rows[0, 2:22].tolist() == [1, 7, *[0] * 18]
    assert rows[0, 22:].tolist() == list(range(80))


def test_merged_met_is_the_first_slot_and_no_object_is_met():
    outputs = outputs_by_hand(9, (0, 4, 1.0), (1, 8, 0.9), (1, 2, 0.5), (2, 8, 0.9), (19, 7, 1.0))
    del outputs["met"]
    rows = small("beta-vae-merged").rows_of(outputs)
    assert rows[0, :2].tolist() == [1, 3]  # log10 pt and phi of the first slot
    assert rows[0, 2:22].tolist() == [2, 0, *[0] * 16, 7, 0]
    assert rows[0, 22:98].tolist() == list(range(4, 80))


@pytest.mark.parametrize("name", SYSTEMS)
def test_decoded_objects_are_of_valid_kinds(name):
    network = small(name, latent=5)
    codes = 30 * np.random.default_rng(0).standard_normal((400, 5), dtype=np.float32)
    rows = network.decode(codes)
    kinds = rows[:, 2:22]
    assert (kinds == np.rint(kinds)).all() and kinds.min() >= 0 and kinds.max() <= 7
    assert len(np.unique(kinds)) > 5
    events = VIEW.events_of(rows)
    assert (events.objects["valid"] == (events.objects["kind"] > 0)).all()
    assert (events.events["n_objects"] == (kinds > 0).sum(axis=1)).all()
    assert events.events["n_objects"].max() <= (19 if network.merged else 20)


@pytest.mark.parametrize("name", SYSTEMS)
def test_saved_network_gives_the_same_numbers(tmp_path, name):
    network, rows = small(name), toy_rows()
    network.save(tmp_path / "event.keras")
    loaded = keras.saving.load_model(tmp_path / "event.keras")
    assert loaded.settings == network.settings and loaded.scaler == toy_scaler().to_config()
    codes = network.perturbed_codes(rows, np.random.default_rng(1))
    np.testing.assert_array_equal(loaded.perturbed_codes(rows, np.random.default_rng(1)), codes)
    np.testing.assert_array_equal(loaded.decode(codes), network.decode(codes))
    assert len(loaded.trainable_weights) == len(network.trainable_weights)


@pytest.mark.parametrize("name", ["alpha-vae", "beta-vae-merged"])
def test_untrained_copy_is_what_training_started_from(name):
    keras.utils.set_random_seed(3)
    network = system_class(name)(width=16, latent=5).build("event", toy_scaler(), 3)
    network.run_eagerly = True
    first = network.get_weights()
    network.fit(toy_scaler().transform(toy_rows(32)), verbose=0)
    assert any((old != new).any() for old, new in zip(first, network.get_weights(), strict=True))
    copy = untrained_copy(network)
    for old, new in zip(first, copy.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", SYSTEMS)
def test_learns_a_toy_sample_by_heart(name):
    rows = toy_rows(64, most=4)
    moments = RunningMoments(102)
    moments.add(rows)
    mean, std = moments.mean, moments.std
    mean[2:22], std[2:22] = 0, 1
    scaler = Standardiser.from_moments(mean, std)
    keras.utils.set_random_seed(1)
    network = system_class(name)(width=64, latent=32, learning_rate=3e-3).build("event", scaler, 1)
    scaled = scaler.transform(rows)
    first = network.test_on_batch(scaled, return_dict=True)["loss"]
    network.compile(optimizer=network.optimizer, steps_per_execution=50, jit_compile=False)  # XLA compiles for longer
    network.fit(np.tile(scaled, (300, 1)), batch_size=64, epochs=1, shuffle=False, verbose=0)
    assert network.test_on_batch(scaled, return_dict=True)["loss"] < 0.1 * first
    kinds = network.decode(network.code_means(rows))[:, 2:22]
    assert (kinds == rows[:, 2:22]).mean() > 0.98


@pytest.mark.parametrize("beta", [0, 0.001, 1])
def test_ends_of_the_published_grid_train(beta):
    network, rows = small("beta-vae-split", beta=beta), toy_scaler().transform(toy_rows(32))
    decoder = network.decoder.get_weights()
    losses = network.fit(rows, epochs=4, verbose=0).history
    assert all(np.isfinite(values).all() for values in losses.values())
    assert losses["loss"][-1] < losses["loss"][0]
    term = {0: "reconstruction", 1: "kl"}.get(beta)
    if term:
        np.testing.assert_allclose(losses["loss"], losses[term], rtol=1e-5)
    unchanged = [(old == new).all() for old, new in zip(decoder, network.decoder.get_weights(), strict=True)]
    assert all(unchanged) if beta == 1 else not any(unchanged)
