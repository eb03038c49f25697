"""The conditional GAN: losses, penalty and clipping by hand, what a step does, and that it learns."""

import itertools

import keras
import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from deepcollider.features.scaling import MinMaxScaler
from deepcollider.generators.networks import adversarial
from deepcollider.generators.networks.adversarial import ConditionalGAN

SCALER = MinMaxScaler((0.0, -1.0, 10.0, 2.0, -3.0), (4.0, 1.0, 20.0, 2.5, 3.0))
"""Two columns of condition, three features."""


def network_with(loss="wgan-gp", **settings):
    defaults = {
        "loss": loss, "features": 3, "widths": [8, 8], "noise": 6, "clip": 0.1, "penalty": 10.0, "critic_steps": 2,
        "critic_batches": "own", "sum_of": "log", "averaging": 0.0,
        "learning_rate": 0.01, "beta_1": 0.5, "beta_2": 0.9, "scaler": SCALER.to_config(), "seed": 3,
    }  # fmt: skip
    keras.utils.set_random_seed(settings.get("seed", 3))
    network = ConditionalGAN({**defaults, **settings})
    network.compile(optimizer=network.critic_optimizer)
    return network


def rows(n, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n, 5)).astype(np.float32)


def tensor_of(values):
    return keras.ops.convert_to_tensor(values)


def numbers(tensor):
    return keras.ops.convert_to_numpy(tensor)


REAL, FAKE = np.array([[0.5], [-1.0], [2.0]], np.float32), np.array([[0.1], [0.3], [-2.0]], np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize(
    ("loss", "critic", "generator"),
    [
        ("gan", -np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(), -np.log(sigmoid(FAKE)).mean()),
        ("lsgan", (0.25 + 4 + 1) / 6 + (0.01 + 0.09 + 4) / 6, (0.81 + 0.49 + 9) / 6),
        ("wgan", -1.6 / 3 - 0.5, 1.6 / 3),
        ("wgan-gp", -1.6 / 3 - 0.5, 1.6 / 3),
    ],
)
def test_losses_by_hand(loss, critic, generator):
    assert float(adversarial.critic_loss(loss, REAL, FAKE)) == pytest.approx(critic, rel=1e-5)
    assert float(adversarial.generator_loss(loss, FAKE)) == pytest.approx(generator, rel=1e-5)


def test_penalty_of_a_paraboloid_by_hand():
    """The score |x|^2 / 2 has the gradient x: its length at the rows between is that of these rows."""
    real, fake = np.array([[3.0, 0.0], [0.0, 0.0]], np.float32), np.array([[0.0, 4.0], [0.0, 2.0]], np.float32)
    mixing = np.array([[0.5], [0.25]], np.float32)  # between: (1.5, 2), of length 2.5, and (0, 1.5)
    half_square = lambda x: keras.ops.sum(x**2, axis=1, keepdims=True) / 2  # noqa: E731
    penalty, norm = adversarial.gradient_penalty(half_square, *map(tensor_of, (real, fake, mixing)))
    assert float(penalty) == pytest.approx((1.5**2 + 0.5**2) / 2)
    assert float(norm) == pytest.approx(2.0)


def linear_critic(weights, loss, **settings):
    """A network whose critic is weights . (features, condition) + 0."""
    network = network_with(loss, widths=[], **settings)
    network.critic.set_weights([np.array(weights, np.float32)[:, np.newaxis], np.zeros(1, np.float32)])
    return network


def test_penalty_of_a_linear_critic_and_the_step_that_it_asks_for():
    """Of w . x it is (|w| - 1)^2, w those of the features alone; its gradient is 2 (|w| - 1) w / |w|."""
    weights = np.array([3.0, 0.0, 4.0, 7.0, -7.0])  # the last two weigh the condition
    network = linear_critic(weights, "wgan-gp", penalty=10.0)
    batch = tensor_of(rows(50))
    network.critic_optimizer = keras.optimizers.SGD(0.01)  # a step shows the gradient itself
    loss, wasserstein, length, norm = numbers(network.critic_step(batch))
    assert norm == pytest.approx(5.0, rel=1e-5)
    assert loss == pytest.approx(-wasserstein + 10 * 16.0, rel=1e-5)
    moved = (weights - network.critic.get_weights()[0][:, 0]) / 0.01
    of_penalty = 10 * 2 * 4 * weights[:3] / 5
    assert np.linalg.norm(moved[:3] - of_penalty) < 3  # what is left: mean fake - mean real, each within -1 and 1
    assert np.linalg.norm(of_penalty) == pytest.approx(80)
    assert length == pytest.approx(np.linalg.norm(moved), rel=1e-3)
    np.testing.assert_allclose(moved[3:], 0, atol=1e-3)  # true and generated rows have the same conditions


def test_penalty_is_weighed():
    losses = [
        numbers(linear_critic([3, 0, 4, 0, 0], "wgan-gp", penalty=p).critic_step(tensor_of(rows(20))))[0]
        for p in (0, 1, 10)
    ]
    assert losses[1] - losses[0] == pytest.approx(16, rel=1e-4)
    assert losses[2] - losses[0] == pytest.approx(160, rel=1e-4)


def test_clipping_by_hand():
    network = linear_critic([0.3, -0.3, 0.05, -0.02, 0.1], "wgan", clip=0.1)
    network.clip_critic()
    np.testing.assert_allclose(network.critic.get_weights()[0][:, 0], [0.1, -0.1, 0.05, -0.02, 0.1], rtol=1e-6)


@pytest.mark.parametrize(("loss", "clipped"), [("wgan", True), ("wgan-gp", False), ("gan", False), ("lsgan", False)])
def test_every_step_of_a_wgan_clips_all_weights_of_its_critic_and_no_other(loss, clipped):
    network = network_with(loss, clip=0.01)
    generator = [each.copy() for each in network.generator.get_weights()]
    network.critic_step(tensor_of(rows(20)))
    largest = max(np.abs(each).max() for each in network.critic.get_weights())
    assert (largest <= 0.01 + 1e-8) == clipped
    for before, after in zip(generator, network.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_first_step_of_adam_moves_every_weight_of_the_critic_by_the_rate():
    """Adam divides the first gradient by its own size. The weights of features ascend C(real) - C(fake)."""
    network = linear_critic([0.5, 0.5, 0.5, 0.0, 0.0], "wgan", learning_rate=0.01, clip=1.0)
    truth = rows(40)
    truth[:, 2:] = [0.9, -0.9, 0.9]  # the untrained generator makes something near 0
    network.critic_step(tensor_of(truth))
    moved = network.critic.get_weights()[0][:3, 0] - 0.5
    np.testing.assert_allclose(moved, [0.01, -0.01, 0.01], rtol=1e-3)


def test_generator_step_moves_the_generator_alone_and_towards_a_higher_score():
    network = network_with("wgan-gp")
    batch = tensor_of(rows(200))
    critic = [each.copy() for each in network.critic.get_weights()]

    def mean_score():
        condition = batch[:, :2]
        noise = network.draw_noise(200, keras.random.SeedGenerator(1))
        return float(keras.ops.mean(network.score(network.made(condition, noise), condition)))

    before = mean_score()
    for _ in range(5):
        network.generator_step(batch)
    assert mean_score() > before
    for old, new in zip(critic, network.critic.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("critic_steps", [1, 3])
def test_critic_steps_for_each_of_the_generator(critic_steps):
    network = network_with("wgan-gp", critic_steps=critic_steps)
    network.fit(rows(20 * critic_steps), batch_size=10 * critic_steps, epochs=2, verbose=0)
    assert int(network.generator_optimizer.iterations) == 4
    assert int(network.critic_optimizer.iterations) == 4 * critic_steps


def rows_of_the_critic(monkeypatch, batches, data):
    """The rows that each step of the critic and of the generator took of the data of one training step."""
    network = network_with("wgan", critic_steps=3, critic_batches=batches)
    network.run_eagerly = True
    seen = {"critic": [], "generator": []}
    for kind, steps in seen.items():
        step = getattr(network, f"{kind}_step")
        monkeypatch.setattr(network, f"{kind}_step", lambda rows, step=step, steps=steps: (
            steps.append(numbers(rows)), step(rows)
        )[1])  # fmt: skip
    network.train_step(tensor_of(data))
    return seen


def test_every_step_of_the_critic_has_a_batch_of_its_own(monkeypatch):
    data = rows(30)
    seen = rows_of_the_critic(monkeypatch, "own", data)
    np.testing.assert_array_equal(np.stack(seen["critic"]), data.reshape(3, 10, 5))
    np.testing.assert_array_equal(np.stack(seen["generator"]), data[np.newaxis, 20:])


def test_shared_batch_is_that_of_all_steps(monkeypatch):
    data = rows(30)
    seen = rows_of_the_critic(monkeypatch, "shared", data)
    np.testing.assert_array_equal(np.stack(seen["critic"]), np.stack([data] * 3))
    np.testing.assert_array_equal(np.stack(seen["generator"]), data[np.newaxis])


def test_shared_batches_in_the_compiled_graph():
    network = network_with("wgan-gp", critic_steps=3, critic_batches="shared")
    losses = network.fit(rows(40), batch_size=10, epochs=2, verbose=0).history
    assert int(network.generator_optimizer.iterations) == 8  # rows / batch an epoch
    assert int(network.critic_optimizer.iterations) == 24
    assert all(np.isfinite(values).all() for values in losses.values())


def test_noise_is_half_uniform_half_normal():
    network = network_with(noise=10)
    noise = numbers(network.draw_noise(4000, network.random))
    uniform, normal = noise[:, :5], noise[:, 5:]
    assert np.abs(uniform).max() <= 1 and np.abs(normal).max() > 2
    np.testing.assert_allclose(uniform.std(axis=0), 1 / np.sqrt(3), rtol=0.05)
    np.testing.assert_allclose(normal.std(axis=0), 1, rtol=0.05)
    assert np.abs(np.corrcoef(noise.T) - np.eye(10)).max() < 0.07


@pytest.mark.parametrize(("width", "layers"), [(1024, 7), (128, 7)])
def test_layers_are_those_of_the_thesis(width, layers):
    network = network_with(widths=[width] * (layers - 1), noise=128)
    for stage, inputs, last, activation in ((network.generator, 130, 3, "tanh"), (network.critic, 5, 1, "linear")):
        dense = [layer for layer in stage.layers if isinstance(layer, keras.layers.Dense)]
        assert [layer.units for layer in dense] == [width] * 6 + [last]
        names = [keras.activations.serialize(layer.activation) for layer in dense]
        assert names == ["leaky_relu"] * 6 + [activation]
        sizes = [inputs, *[width] * 6, last]
        counted = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
        assert stage.count_params() == counted
    x = np.array([-1.0, 2.0], np.float32)
    np.testing.assert_allclose(numbers(keras.activations.leaky_relu(x)), [-0.2, 2.0])


def test_validation_distances_as_scipy():
    network = network_with(noise=4)
    data = rows(500, seed=4)
    logs = network.test_step(tensor_of(data))
    random = keras.random.SeedGenerator(network.settings["seed"] + 1)
    fake = numbers(network.made(tensor_of(data[:, :2]), network.draw_noise(500, random)))
    expected = [wasserstein_distance(fake[:, i], data[:, 2 + i]) / data[:, 2 + i].std() for i in range(3)]
    assert [float(logs[f"wd_{i}"]) for i in range(3)] == pytest.approx(expected, rel=1e-4)
    assert float(logs["wd"]) == pytest.approx(np.mean(expected), rel=1e-4)
    assert float(logs["spread"]) == pytest.approx((fake.std(axis=0) / data[:, 2:].std(axis=0)).min(), rel=1e-4)


def test_a_single_validation_row_tells_no_spread():
    logs = network_with().test_step(tensor_of(rows(1)))
    assert float(logs["spread"]) == 1 and 0 < float(logs["wd"]) < 2


def test_validation_tells_the_lipschitz_constant_of_a_linear_critic():
    logs = linear_critic([3, 0, 4, 9, 9], "wgan").test_step(tensor_of(rows(30)))
    assert float(logs["gradient_norm"]) == pytest.approx(5) and float(logs["lipschitz"]) == pytest.approx(5)


def test_validation_changes_nothing_of_the_training():
    networks = [network_with(), network_with()]
    networks[1].evaluate(rows(30), batch_size=30, verbose=0)
    for network in networks:
        network.fit(rows(40), batch_size=20, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(*(network.get_weights() for network in networks), strict=True):
        if one.dtype == np.float32 and one.ndim:
            np.testing.assert_array_equal(one, other)


def test_log_has_training_and_validation():
    history = network_with("wgan-gp").fit(rows(40), validation_data=(rows(25, 1),), batch_size=20, epochs=2, verbose=0)
    training = {
        "critic_loss",
        "generator_loss",
        "wasserstein",
        "critic_gradient",
        "generator_gradient",
        "gradient_norm",
    }
    validation = {"wd", "wd_0", "wd_1", "wd_2", "spread", "wasserstein", "gradient_norm", "lipschitz"}
    assert set(history.history) == training | {f"val_{name}" for name in validation}
    assert all(np.isfinite(values).all() and len(values) == 2 for values in history.history.values())
    assert "gradient_norm" not in network_with("wgan").fit(rows(40), batch_size=20, verbose=0).history


def test_generated_features_stay_in_the_range_of_the_scaler(tmp_path):
    network = network_with(noise=7)
    conditions = np.array([[1.0, 0.5], [3.0, -0.5]] * 500, np.float32)
    made = network.generate(conditions, np.random.default_rng(1))
    assert made.shape == (1000, 3)
    assert (made >= [10, 2, -3]).all() and (made <= [20, 2.5, 3]).all()
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", compile=False)
    np.testing.assert_array_equal(loaded.generate(conditions, np.random.default_rng(1)), made)
    assert (network.generate(conditions, np.random.default_rng(2)) != made).any()


def test_generator_is_told_the_scaled_condition():
    """Its first layer sees noise, then the condition: its output depends on both."""
    network = network_with(widths=[], noise=2)
    kernel = np.zeros((4, 3), np.float32)
    kernel[2, 0] = kernel[3, 1] = 0.5
    network.generator.set_weights([kernel, np.zeros(3, np.float32)])
    made = network.generate(np.array([[4.0, 0.0], [0.0, 1.0]], np.float32), np.random.default_rng(0))
    scaled = np.tanh([[0.5, 0.0, 0.0], [-0.5, 0.5, 0.0]])
    expected = np.array([15.0, 2.25, 0.0]) + scaled * np.array([5.0, 0.25, 3.0])
    np.testing.assert_allclose(made, expected, rtol=1e-5)


def test_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="unknown loss 'hinge'; known: gan, lsgan, wgan, wgan-gp"):
        network_with("hinge")


def test_wgan_gp_learns_a_ring_of_gaussians():
    """Eight narrow Gaussians on a circle: all of them are made, and little between them."""
    angles = 2 * np.pi * np.arange(8) / 8
    centres = 0.7 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rng = np.random.default_rng(0)
    points = centres[rng.integers(8, size=20000)] + 0.05 * rng.standard_normal((20000, 2))
    truth = np.concatenate([np.zeros((20000, 1)), points], axis=1).astype(np.float32)
    settings = {"widths": [64] * 3, "noise": 4, "critic_steps": 5, "learning_rate": 1e-3, "penalty": 1.0, "features": 2}
    settings["averaging"] = 0.95
    network = network_with("wgan-gp", **settings, scaler=MinMaxScaler((-1.0,) * 3, (1.0,) * 3).to_config())
    network.compile(optimizer=network.critic_optimizer, steps_per_execution=20)
    untrained = network.generate(np.zeros((4000, 1), np.float32), np.random.default_rng(1))
    network.fit(truth, batch_size=1000, epochs=40, verbose=0)
    made = network.generate(np.zeros((4000, 1), np.float32), np.random.default_rng(1))

    def by_mode(points):
        away = np.linalg.norm(points[:, np.newaxis] - centres, axis=2)
        near = away.min(axis=1) < 0.2  # four of the standard deviations
        return np.bincount(away.argmin(axis=1)[near], minlength=8) / len(points)

    assert by_mode(untrained).sum() < 0.1
    assert by_mode(made).sum() > 0.75
    assert by_mode(made).min() > 0.06
