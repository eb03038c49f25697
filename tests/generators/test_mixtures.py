"""Mixtures on the line and on the circle against numerical integrals, scipy's densities and distributions."""

import numpy as np
import pytest
from scipy import special, stats

from deepcollider.generators.networks.mixtures import CIRCLE, LINE

LOGITS, MEANS, WIDTHS = np.array([0.3, -1.0, 2.0]), np.array([-1.0, 0.5, 2.9]), np.array([0.6, 1.2, 0.2])
WEIGHTS = np.exp(LOGITS) / np.exp(LOGITS).sum()


def raw_of(mixture, logits, means, widths) -> np.ndarray:
    """Outputs of a network that stand for these components, (3 K,) float32."""
    share = (np.log(widths) - mixture.least) / (mixture.most - mixture.least)
    offset = np.log(-mixture.least / mixture.most)
    raw_widths = (special.logit(share) - offset) * (mixture.most - mixture.least) / 4
    return np.concatenate([logits, means - mixture.places(len(means)), raw_widths]).astype(np.float32)


def repeated(mixture, n: int) -> np.ndarray:
    raw = raw_of(mixture, LOGITS, MEANS, WIDTHS)
    return np.broadcast_to(raw, (n, len(raw)))


def test_components():
    log_weights, means, log_widths = (np.array(each) for each in LINE.components(repeated(LINE, 1)))
    np.testing.assert_allclose(np.exp(log_weights[0]), WEIGHTS, rtol=1e-5)
    np.testing.assert_allclose(means[0], MEANS, atol=1e-6)
    np.testing.assert_allclose(np.exp(log_widths[0]), WIDTHS, rtol=1e-5)


def test_outputs_of_zero_stand_side_by_side():
    for mixture, places in ((LINE, [-1.5, 0, 1.5]), (CIRCLE, [-2 * np.pi / 3, 0, 2 * np.pi / 3])):
        log_weights, means, log_widths = (np.array(each)[0] for each in mixture.components(np.zeros((1, 9), "f4")))
        np.testing.assert_allclose(log_weights, -np.log(3), rtol=1e-6)
        np.testing.assert_allclose(means, places, atol=1e-6)
        np.testing.assert_allclose(log_widths, 0, atol=1e-6)


@pytest.mark.parametrize("mixture", [LINE, CIRCLE])
def test_widths_are_limited(mixture):
    raw = np.array([[0, 0, 0, 0, -100.0, 100.0]], np.float32)
    *_, log_widths = mixture.components(raw)
    np.testing.assert_allclose(np.array(log_widths)[0], [mixture.least, mixture.most], atol=1e-5)


def test_line_against_scipy():
    values = np.linspace(-5, 6, 400).astype(np.float32)
    expected = sum(w * stats.norm(m, s).pdf(values) for w, m, s in zip(WEIGHTS, MEANS, WIDTHS, strict=True))
    np.testing.assert_allclose(np.exp(LINE.log_density(repeated(LINE, 400), values)), expected, rtol=1e-3, atol=1e-12)


def test_circle_against_many_windings():
    angles = np.linspace(-np.pi, np.pi, 400).astype(np.float32)
    expected = sum(
        w * stats.norm(m, s).pdf(angles + 2 * np.pi * winding)
        for w, m, s in zip(WEIGHTS, MEANS, WIDTHS, strict=True)
        for winding in range(-20, 21)
    )
    np.testing.assert_allclose(np.exp(CIRCLE.log_density(repeated(CIRCLE, 400), angles)), expected, rtol=1e-3)


@pytest.mark.parametrize("width", [0.0303, 0.3, 1.0, 1.999])
@pytest.mark.parametrize("mean", [0.0, 3.0, -8.0])
def test_density_on_the_circle_is_one(mean, width):
    angles = np.linspace(-np.pi, np.pi, 20001)
    raw = np.broadcast_to(raw_of(CIRCLE, [0.7], np.array([mean]), np.array([width])), (len(angles), 3))
    density = np.exp(CIRCLE.log_density(raw, angles.astype(np.float32)))
    assert np.trapezoid(density, angles) == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize("width", [0.0303, 1.0, 1.6])
def test_density_on_the_line_is_one(width):
    values = np.linspace(1 - 9 * width, 1 + 9 * width, 20001)
    raw = np.broadcast_to(raw_of(LINE, [0.0], np.array([1.0]), np.array([width])), (len(values), 3))
    density = np.exp(LINE.log_density(raw, values.astype(np.float32)))
    assert np.trapezoid(density, values) == pytest.approx(1.0, abs=1e-4)


def test_draws_have_the_distribution():
    rng = np.random.default_rng(5)
    n = 20_000
    drawn = np.array(LINE.draw(repeated(LINE, n), rng.random(n, np.float32), rng.standard_normal(n, np.float32)))

    def cdf(x):
        return sum(w * stats.norm(m, s).cdf(x) for w, m, s in zip(WEIGHTS, MEANS, WIDTHS, strict=True))

    assert stats.kstest(drawn, cdf).pvalue > 0.001
    assert stats.kstest(drawn + 0.05, cdf).pvalue < 1e-6  # the test sees a small shift


def test_draws_on_the_circle_have_the_distribution():
    rng = np.random.default_rng(6)
    n = 20_000
    raw = repeated(CIRCLE, n)
    drawn = np.array(CIRCLE.draw(raw, rng.random(n, np.float32), rng.standard_normal(n, np.float32)))
    assert (np.abs(drawn) <= np.pi + 1e-6).all()
    edges = np.linspace(-np.pi, np.pi, 31)
    windings = 2 * np.pi * np.arange(-10, 11)[:, None]
    cdf = sum(
        w * stats.norm(m, s).cdf(edges + windings).sum(axis=0) for w, m, s in zip(WEIGHTS, MEANS, WIDTHS, strict=True)
    )
    found = np.histogram(drawn, edges)[0]
    expected = np.diff(cdf)
    assert expected.sum() == pytest.approx(1)
    assert stats.chisquare(found, expected * found.sum() / expected.sum()).pvalue > 0.001


@pytest.mark.parametrize("mixture", [LINE, CIRCLE])
def test_several_draws_at_once(mixture):
    rng = np.random.default_rng(7)
    uniform, normal = rng.random((50, 3), np.float32), rng.standard_normal((50, 3), np.float32)
    raw = rng.normal(size=(50, 12)).astype(np.float32)
    together = np.array(mixture.draws(raw, uniform, normal))
    for column in range(3):
        alone = np.array(mixture.draw(raw, uniform[:, column], normal[:, column]))
        np.testing.assert_allclose(together[:, column], alone, atol=1e-5)


@pytest.mark.parametrize("uniform, expected", [(0.0, 1.0), (0.2499, 1.0), (0.2501, 2.0), (0.9999999, 2.0)])
def test_component_of_a_uniform_number(uniform, expected):
    raw = raw_of(LINE, [0.0, np.log(3.0)], np.array([1.0, 2.0]), np.array([1.0, 1.0]))[None]
    drawn = LINE.draw(raw, np.array([uniform], np.float32), np.zeros(1, np.float32))
    assert float(drawn[0]) == pytest.approx(expected)


def test_component_of_no_weight_is_never_drawn():
    raw = raw_of(LINE, [-np.inf, 0.0], np.array([1.0, 2.0]), np.array([1.0, 1.0]))[None]
    assert float(LINE.draw(raw, np.zeros(1, np.float32), np.zeros(1, np.float32))[0]) == pytest.approx(2.0)


MORE = np.array([0.7, -0.4, -1e9]), np.array([1.2, -2.9, 0.0]), np.log([0.2, 0.8, 0.1])
"""Further components: logits, means, logarithms of widths; the third has no weight."""


def with_more(n: int):
    raw = np.broadcast_to(raw_of(CIRCLE, [0.0, 1.0], np.array([0.0, 2.0]), np.array([0.5, 0.5])), (n, 6))
    return raw, [np.broadcast_to(each.astype(np.float32), (n, 3)) for each in MORE]


def density_with_more(angles: np.ndarray) -> np.ndarray:
    """The same by scipy."""
    weights = special.softmax(np.concatenate([[0.0, 1.0], MORE[0]]))
    means, widths = np.concatenate([[0.0, 2.0], MORE[1]]), np.concatenate([[0.5, 0.5], np.exp(MORE[2])])
    wound = angles + 2 * np.pi * np.arange(-8, 9)[:, None]
    return sum(w * stats.norm(m, s).pdf(wound).sum(axis=0) for w, m, s in zip(weights, means, widths, strict=True))


def test_further_components():
    angles = np.linspace(-np.pi, np.pi, 4001)
    raw, more = with_more(len(angles))
    density = np.exp(CIRCLE.log_density(raw, angles.astype(np.float32), more))
    np.testing.assert_allclose(density, density_with_more(angles), rtol=2e-3, atol=1e-6)
    assert np.trapezoid(density, angles) == pytest.approx(1.0, abs=1e-3)


def test_widths_of_further_components_are_limited():
    raw, (logits, means, _) = with_more(1)
    *_, log_widths = CIRCLE.components(raw, (logits, means, np.array([[-50.0, 50.0, 0.0]], np.float32)))
    np.testing.assert_allclose(np.array(log_widths)[0, 2:], [CIRCLE.least, CIRCLE.most, 0.0], atol=1e-6)


def test_draws_from_further_components():
    rng = np.random.default_rng(8)
    n = 20_000
    raw, more = with_more(n)
    drawn = np.array(CIRCLE.draw(raw, rng.random(n, np.float32), rng.standard_normal(n, np.float32), more))
    edges = np.linspace(-np.pi, np.pi, 41)
    fine = np.linspace(-np.pi, np.pi, 40 * 100 + 1)
    density = density_with_more(fine)
    expected = np.array([np.trapezoid(density[i : i + 101], fine[i : i + 101]) for i in range(0, 4000, 100)])
    found = np.histogram(drawn, edges)[0]
    assert stats.chisquare(found, expected / expected.sum() * found.sum()).pvalue > 1e-3
