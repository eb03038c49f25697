"""Masks: frequencies of the data, the alias table that draws them and the split into frequent and rare."""

import json
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from deepcollider.features.masks import AliasTable, MaskGenerator, count_masks


def mask(*counts):
    """A mask of the given first counts, the other kinds 0."""
    return (*counts, *(0,) * (7 - len(counts)))


FREQUENCIES = Counter(
    {mask(2, 3): 50, mask(1, 4): 30, mask(0, 2, 1): 10, mask(0, 0, 0, 1): 6, mask(4, 0, 0, 0, 0, 0, 2): 4}
)
"""A hundred events, so that the counts are percents."""


def wide_frequencies():
    """Sixty masks, as unequal as those of a sample: the first has 4000 events, the last 1."""
    return Counter({mask(i // 8, i % 8): round(4000 / (1 + i) ** 2) + 1 for i in range(60)})


@pytest.mark.parametrize("seed", range(60))
def test_alias_table_has_exactly_the_given_probabilities(seed):
    rng = np.random.default_rng(seed)
    weights = rng.exponential(size=rng.integers(1, 60)) ** rng.integers(1, 6)
    weights[rng.random(len(weights)) < 0.3 * (seed % 3)] = 0
    weights[rng.integers(len(weights))] = 1.0  # not all zero
    drawn = AliasTable(weights).probabilities()
    np.testing.assert_allclose(drawn, weights / weights.sum(), rtol=0, atol=1e-14)
    assert (drawn[weights == 0] == 0).all()


@pytest.mark.parametrize("weights", [[3.0], [1, 0, 0], [0, 0, 1], [1, 1, 1, 1], [0.1] * 10, [1e-12, 1, 1e12]])
def test_alias_table_of_special_distributions(weights):
    drawn = AliasTable(weights).probabilities()
    np.testing.assert_allclose(drawn, np.array(weights) / np.sum(weights), rtol=0, atol=1e-15)
    possible = np.flatnonzero(weights)
    assert np.isin(AliasTable(weights).sample(1000, np.random.default_rng(0)), possible).all()


def test_alias_table_draws_its_probabilities():
    weights = np.array([0.5, 7, 0, 1, 1, 3, 0.02, 12])
    drawn = AliasTable(weights).sample(200_000, np.random.default_rng(5))
    seen = np.bincount(drawn, minlength=len(weights))
    assert seen[2] == 0
    expected = weights / weights.sum() * len(drawn)
    assert stats.chisquare(seen[weights > 0], expected[weights > 0]).pvalue > 1e-3


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1e-9], [[1, 2]], [1, np.nan]])
def test_alias_table_refuses_what_is_no_distribution(weights):
    with pytest.raises(ValueError, match="alias table"):
        AliasTable(weights)


def test_count_masks_over_batches():
    batches = [
        np.array([mask(1, 2), mask(1, 2), mask(3)], "u1"),
        np.zeros((0, 7), "u1"),
        np.array([mask(3), mask(1, 2)], "u1"),
    ]
    assert count_masks(batches) == {mask(1, 2): 3, mask(3): 2}
    assert count_masks([]) == {}


@pytest.mark.parametrize(
    ("fraction", "n_frequent"),
    [(0.85, 3), (0.8, 2), (0.81, 3), (0.5, 1), (0.9, 3), (0.91, 4), (1.0, 5), (0.01, 1)],
)
def test_frequent_masks_reach_the_fraction(fraction, n_frequent):
    # 50, 80, 90, 96, 100 % of the events have one of the first 1, 2, 3, 4, 5 masks
    generator = MaskGenerator.fit(FREQUENCIES, fraction)
    ordered = [mask(2, 3), mask(1, 4), mask(0, 2, 1), mask(0, 0, 0, 1), mask(4, 0, 0, 0, 0, 0, 2)]
    assert generator.frequent == ordered[:n_frequent]
    assert generator.rare == ordered[n_frequent:]
    assert generator.frequent_counts + generator.rare_counts == [50, 30, 10, 6, 4]


def test_85_percent_is_the_default():
    assert MaskGenerator.fit(FREQUENCIES) == MaskGenerator.fit(FREQUENCIES, 0.85)


def test_masks_of_equal_frequency_have_a_fixed_order():
    tied = {mask(2): 5, mask(1): 5, mask(0, 1): 5}
    fitted = [MaskGenerator.fit(Counter(dict(items)), 0.5) for items in (tied.items(), reversed(tied.items()))]
    assert fitted[0] == fitted[1]
    assert fitted[0].frequent == [mask(0, 1), mask(1)]


def test_probabilities_are_the_frequencies():
    probabilities = MaskGenerator.fit(FREQUENCIES).probabilities()
    assert probabilities == {mask: n / 100 for mask, n in FREQUENCIES.items()}


def test_drawn_masks_follow_the_frequencies_frequent_and_rare():
    frequencies = wide_frequencies()
    generator = MaskGenerator.fit(frequencies)
    n = 300_000
    drawn = Counter(map(tuple, generator.sample(n, np.random.default_rng(2)).tolist()))
    assert set(drawn) <= set(frequencies)
    total = sum(frequencies.values())
    for masks in (list(frequencies), generator.frequent, generator.rare):
        assert len(masks) > 2
        seen = np.array([drawn[mask] for mask in masks])
        expected = np.array([frequencies[mask] for mask in masks], float)
        assert stats.chisquare(seen, expected / expected.sum() * seen.sum()).pvalue > 1e-3
    share = sum(drawn[mask] for mask in generator.frequent)
    expected = sum(frequencies[mask] for mask in generator.frequent) / total
    assert stats.binomtest(share, n, expected).pvalue > 1e-3


def test_same_random_numbers_same_masks():
    generator = MaskGenerator.fit(wide_frequencies())
    first, again, other = (generator.sample(500, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.shape == (500, 7)
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("through", [dict, lambda config: json.loads(json.dumps(config))])
def test_round_trip_draws_the_same_masks(through):
    generator = MaskGenerator.fit(count_masks([np.array(list(wide_frequencies().elements()), "u1")]))
    copy = MaskGenerator.from_config(through(generator.to_config()))
    assert copy == generator
    draws = [each.sample(2000, np.random.default_rng(3)) for each in (generator, copy)]
    assert (draws[0] == draws[1]).all()


def test_no_rare_masks():
    generator = MaskGenerator.fit(Counter({mask(1): 3, mask(2): 1}), 1.0)
    assert generator.rare == []
    drawn = generator.sample(4000, np.random.default_rng(0))
    assert set(map(tuple, drawn.tolist())) == {mask(1), mask(2)}
    single = MaskGenerator.fit(Counter({mask(0, 5): 7}))
    assert (single.sample(100, np.random.default_rng(0)) == mask(0, 5)).all()


def test_no_draws():
    assert MaskGenerator.fit(FREQUENCIES).sample(0, np.random.default_rng(0)).shape == (0, 7)


def test_empty_sample_is_refused():
    with pytest.raises(ValueError, match="training sample is empty"):
        MaskGenerator.fit(count_masks([np.zeros((0, 7), "u1")]))


def test_log_probabilities():
    generator = MaskGenerator.fit(Counter({(1, 0, 0, 0, 0, 0, 0): 6, (0, 2, 0, 0, 0, 0, 0): 2}))
    found = generator.log_probabilities(np.array([[0, 2, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0], [1, 2, 0, 0, 0, 0, 0]]))
    np.testing.assert_allclose(found, [np.log(0.25), np.log(0.75), -np.inf])


def test_smoothed_probabilities_add_up_to_one_and_leave_none_impossible():
    """Over all masks with few kinds and up to 25 objects, beyond which the geometric tails are negligible."""
    generator = MaskGenerator.fit(
        Counter(
            {(1, 0, 0, 0, 0, 0, 0): 70, (0, 2, 0, 0, 0, 0, 0): 28, (2, 1, 0, 0, 0, 0, 0): 1, (1, 1, 0, 0, 0, 0, 0): 1}
        )
    )
    first, second = np.meshgrid(np.arange(26), np.arange(26), indexing="ij")
    counts = np.zeros((26 * 26, 7), int)
    counts[:, 0], counts[:, 1] = first.ravel(), second.ravel()
    found = np.exp(generator.smoothed_log_probabilities(counts))
    assert (found > 0).all()
    unseen = 2 / 101  # two masks of 100 events were seen once
    nothing_else = ((1 - unseen) + unseen / 2) ** 5  # the five other kinds, of which none was ever seen, stay at 0
    assert found.sum() == pytest.approx(1 - unseen + unseen * nothing_else, rel=1e-6)
    by_mask = dict(zip(map(tuple, counts[:, :2].tolist()), found, strict=True))
    assert by_mask[1, 0] == pytest.approx(0.7, abs=0.02)
    assert unseen * 0.001 < by_mask[0, 0] < unseen  # never seen, but each kind has been absent
    assert by_mask[9, 9] < by_mask[3, 2] < by_mask[0, 0]
