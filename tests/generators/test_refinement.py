"""Refinement by trees: against known ratios of densities, and as a part of generation."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from deepcollider.features.masks import MaskGenerator
from deepcollider.features.views.sequences import VIEW, SequenceScaler, events_of, slot_codes
from deepcollider.generators.protocol import Trained
from deepcollider.generators.refinement import Refinement, fit_refinement, refinement_cost
from deepcollider.generators.registry import system_class
from deepcollider.physics.events import Events, counts_per_kind

LEARNING = {"most_weight": 3.0, "trees": 60, "leaves": 8, "seed": 4}
WIDTH = 0.7
SHIFT = 0.35
"""log MET of truth and of generated events: normal, as wide as WIDTH, at 4 + SHIFT and at 4."""


def electrons(n: int, shift: float, correlation: float, seed: int) -> Events:
    """Events with MET and one electron, whose hardness depends on MET as ``correlation`` says."""
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal(n)
    codes = slot_codes(np.tile((0, 0, 1, 0, 0, 0, 0), (n, 1)))
    other = correlation * normal + np.sqrt(1 - correlation**2) * rng.standard_normal(n)
    values = {name: np.zeros(codes.shape) for name in ("eta", "phi", "mass")}
    values["hardness"] = np.exp(0.3 * np.tile(other[:, None], codes.shape[1]))
    return events_of(4 + shift + WIDTH * normal, rng.uniform(-np.pi, np.pi, n), codes, values)


def learnt(truth, generated, n=12_000, **changes) -> Refinement:
    samples = [electrons(size, *of, seed) for seed, size in enumerate((n, n // 3)) for of in (truth, generated)]
    return fit_refinement(samples[0], samples[1], tuple(samples[2:]), **{**LEARNING, **changes})


@pytest.fixture(scope="module")
def shifted():
    """Of events whose MET is too small."""
    return learnt((SHIFT, 0.0), (0.0, 0.0))


def test_weights_are_the_ratio_of_densities(shifted):
    events = electrons(5000, 0.0, 0.0, seed=9)
    log_met = np.log(events.events["met"].astype(float))
    expected = stats.norm.pdf(log_met, 4 + SHIFT, WIDTH) / stats.norm.pdf(log_met, 4, WIDTH)
    found = shifted.weights(events)
    np.testing.assert_array_equal(found, shifted.weights(events, threads=2))
    assert found.max() <= LEARNING["most_weight"]
    bulk = (expected > 0.3) & (expected < 2)
    assert bulk.mean() > 0.8
    assert np.corrcoef(np.log(found[bulk]), np.log(expected[bulk]))[0, 1] > 0.9
    assert np.mean(np.log(found[bulk] / expected[bulk])) == pytest.approx(0, abs=0.05)


def test_kept_events_follow_truth(shifted):
    events, truth = electrons(20_000, 0.0, 0.0, seed=9), electrons(20_000, SHIFT, 0.0, seed=10)
    kept = shifted.accepts(events, np.random.default_rng(1))
    mets = [np.log(each.events["met"]) for each in (truth, events, events.take(np.flatnonzero(kept)))]
    before, after = (stats.wasserstein_distance(mets[0], each) for each in mets[1:])
    assert before == pytest.approx(SHIFT, abs=0.03)
    assert after < 0.25 * before
    assert kept.mean() == pytest.approx(shifted.fit["accepted"], abs=0.03)
    assert kept.mean() == pytest.approx(1 / LEARNING["most_weight"], abs=0.05)  # the mean ratio of densities is 1


def test_lost_correlations_come_back():
    """Most of what would with the very ratio of densities, which is limited too."""
    lost = 0.6
    refinement = learnt((0.0, lost), (0.0, 0.0), n=20_000, trees=150)
    events = electrons(20_000, 0.0, 0.0, seed=9)
    kept = np.flatnonzero(refinement.accepts(events, np.random.default_rng(1)))
    x = (np.log(events.events["met"].astype(float)) - 4) / WIDTH
    y = np.log(np.log(events.objects["pt"][:, 0] / 15.0)) / 0.3
    flat = stats.multivariate_normal([0, 0], np.eye(2))
    true = stats.multivariate_normal([0, 0], [[1, lost], [lost, 1]])
    ratio = np.exp(true.logpdf(np.stack([x, y], 1)) - flat.logpdf(np.stack([x, y], 1)))
    with_ratio = np.flatnonzero(np.random.default_rng(2).random(len(x)) * LEARNING["most_weight"] < ratio)
    found, expected, before = (np.corrcoef(x[of], y[of])[0, 1] for of in (kept, with_ratio, slice(None)))
    assert abs(before) < 0.03
    assert expected > 0.5
    assert 0.75 * expected < found < expected + 0.05


def test_nothing_is_learnt_where_nothing_differs():
    refinement = learnt((0.0, 0.0), (0.0, 0.0))
    assert refinement.fit["trees"] == 10  # fewer are not tried
    assert refinement.fit["log_loss"] == pytest.approx(np.log(2), abs=2e-3)
    assert refinement.weights(electrons(5000, 0.0, 0.0, seed=9)) == pytest.approx(1, abs=0.3)


def test_as_much_weight_for_more_of_one_kind():
    """Three times as many generated events as true ones are still as likely to be either."""
    truth, held = (electrons(n, 0.0, 0.0, seed) for n, seed in ((4000, 1), (1000, 2)))
    generated, held_generated = (electrons(n, 0.0, 0.0, seed) for n, seed in ((12_000, 3), (3000, 4)))
    refinement = fit_refinement(truth, generated, (held, held_generated), **LEARNING)
    assert refinement.weights(electrons(5000, 0.0, 0.0, seed=9)).mean() == pytest.approx(1, abs=0.05)


def test_saved_and_loaded(shifted, tmp_path):
    shifted.save(tmp_path / "trees.pickle")
    events = electrons(300, 0.0, 0.0, seed=9)
    np.testing.assert_array_equal(Refinement.load(tmp_path / "trees.pickle").weights(events), shifted.weights(events))
    assert [path.name for path in tmp_path.iterdir()] == ["trees.pickle"]


def test_same_seed_same_trees(shifted):
    events = electrons(300, 0.0, 0.0, seed=9)
    np.testing.assert_array_equal(learnt((SHIFT, 0.0), (0.0, 0.0)).weights(events), shifted.weights(events))


def test_cost(shifted):
    cost = refinement_cost(shifted, threads=2)
    assert cost["part"] == "refinement" and cost["fit"] == shifted.fit
    assert 2 * shifted.fit["trees"] <= cost["trainable_parameters"] <= LEARNING["leaves"] * shifted.fit["trees"]


def test_too_few_events_are_refused():
    with pytest.raises(ValueError, match=r"15 events to refine .* takes 20 .*simulate more events"):
        learnt((SHIFT, 0.0), (0.0, 0.0), n=45)


@dataclass(frozen=True)
class Choosy:
    """Stands for trees: keeps events with the first object on one side of MET."""

    def accepts(self, events, rng, threads=1):
        relative = events.objects["phi"][:, 0].astype(float) - events.events["met_phi"]
        return np.sin(relative) > 0


@pytest.fixture(scope="module")
def trained():
    """An untrained network of some hard electrons, each with or without a photon."""
    masks = [(0, 0, 1, 0, 0, 0, 0), (0, 0, 1, 0, 0, 0, 1)]
    found = electrons(500, 0.0, 0.0, seed=1)
    rows = VIEW.rows(found, "event")
    system = system_class("autoregressive-mixture-refined")(width=8, blocks=1, embedding=4, components=2)
    network = system.build("event", SequenceScaler.fit([rows]), seed=3)
    frequencies = {"frequent": masks, "frequent_counts": [30, 70], "rare": [], "rare_counts": []}
    return Trained({"event": network}, masks=MaskGenerator.from_config(frequencies))


def generated(trained, name):
    (events,) = system_class(name)(width=8, blocks=1, embedding=4, components=2).generate(trained, 700, 5, 1000)
    return events


def test_events_that_are_not_kept_are_drawn_again(trained):
    """All are kept ones in the end, and numbers of objects are those that would have been without."""
    plain = generated(trained, "autoregressive-mixture")
    refined = generated(
        Trained(trained.networks, masks=trained.masks, refinement=Choosy()), "autoregressive-mixture-refined"
    )
    assert 0.3 < Choosy().accepts(plain, None).mean() < 0.7
    assert Choosy().accepts(refined, None).all()
    np.testing.assert_array_equal(counts_per_kind(refined.objects), counts_per_kind(plain.objects))


def test_without_trees_it_is_the_plain_chain(trained):
    plain, unrefined = (
        generated(trained, name) for name in ("autoregressive-mixture", "autoregressive-mixture-refined")
    )
    np.testing.assert_array_equal(plain.objects, unrefined.objects)


def test_it_promises_no_likelihood(trained):
    system = system_class("autoregressive-mixture-refined")()
    assert not system.has_likelihood and system.fits_refinement
    assert system.architecture() == system_class("autoregressive-mixture").architecture()
