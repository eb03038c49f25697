import numpy as np
import pytest
from scipy import stats

from deepcollider.metrics.mask_test import (
    chi2_against_probabilities,
    chi2_homogeneity,
    compare_masks,
    compare_with_probabilities,
    mask_counts,
    mask_label,
    mask_table,
)


def test_masks_are_counted_and_named(make_events):
    jets = [("j", 90.0, 0.0)] * 4
    events = make_events((1.0, [*jets, ("b", 90.0, 0.0), ("e-", 90.0, 0.0)]), (1.0, jets), (1.0, jets))
    assert mask_counts(events) == {(0, 4, 0, 0, 0, 0, 0): 2, (1, 4, 1, 0, 0, 0, 0): 1}
    assert mask_label((2, 4, 1, 0, 0, 0, 0)) == "2b 4j 1e-"
    assert mask_label((0,) * 7) == "none"


def _mask(i: int) -> tuple[int, ...]:
    return (i, 0, 0, 0, 0, 0, 0)


def test_frequent_masks_are_the_first_that_reach_85_percent():
    truth = {_mask(i): n for i, n in enumerate((5, 60, 20, 10, 5))}
    table = mask_table({_mask(9): 3, _mask(1): 7}, truth)
    assert table["n_truth"].tolist() == [60, 20, 10, 5, 5, 0]
    assert table["frequent"].tolist() == [True, True, True, False, False, False]
    assert table["n_generated"].sum() == 10


def test_chi2_agrees_with_scipy_when_no_cell_is_rare():
    observed, probabilities = np.array([48, 35, 17]), np.array([0.5, 0.3, 0.2])
    expected = stats.chisquare(observed, 100 * probabilities)
    result = chi2_against_probabilities(observed, probabilities)
    assert (result.chi2, result.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert result.ndof == 2


def test_rare_cells_are_joined_and_then_the_smallest_if_still_too_small():
    result = chi2_against_probabilities([50, 40, 4, 6], [0.5, 0.42, 0.04, 0.04])
    expected = stats.chisquare([50, 40, 10], [50, 42, 8])
    assert (result.chi2, result.ndof) == pytest.approx((expected.statistic, 2))
    result = chi2_against_probabilities([50, 47, 3], [0.5, 0.48, 0.02])
    assert (result.chi2, result.ndof) == pytest.approx((0.0, 1))


def test_homogeneity_agrees_with_scipy_for_unequal_samples():
    a, b = np.array([100, 200, 300]), np.array([30, 40, 80])
    expected = stats.chi2_contingency([a, b], correction=False)
    result = chi2_homogeneity(a, b)
    assert (result.chi2, result.ndof, result.p_value) == pytest.approx(
        (expected.statistic, expected.dof, expected.pvalue)
    )


def test_p_values_are_uniform_under_the_hypothesis_and_small_for_a_defect():
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.full(60, 0.5))
    drawn = [rng.multinomial(3000, probabilities) for _ in range(200)]
    against = [chi2_against_probabilities(counts, probabilities).p_value for counts in drawn]
    pairs = [chi2_homogeneity(*pair).p_value for pair in zip(drawn[::2], drawn[1::2], strict=True)]
    assert stats.kstest(against, "uniform").pvalue > 0.01
    assert stats.kstest(pairs, "uniform").pvalue > 0.01
    wrong = 0.85 * probabilities + 0.15 / 60
    assert chi2_against_probabilities(rng.multinomial(3000, wrong), probabilities).p_value < 1e-6


def test_nothing_to_test_is_nan():
    assert np.isnan(chi2_against_probabilities([10], [1.0]).p_value)
    assert np.isnan(chi2_homogeneity([0, 0], [5, 5]).p_value)


def test_masks_of_samples_are_aligned():
    a, b = {_mask(0): 50, _mask(1): 50}, {_mask(1): 60, _mask(0): 40}
    assert compare_masks(a, b) == chi2_homogeneity([50, 50], [40, 60])
    probabilities = {_mask(1): 0.4, _mask(0): 0.6}
    assert compare_with_probabilities(a, probabilities).chi2 == pytest.approx(100 / 60 + 100 / 40)


def test_masks_drawn_from_a_finite_sample_inherit_its_fluctuations():
    """Frequencies of one sample, drawn again, against another sample: p-values are uniform only if corrected."""
    rng = np.random.default_rng(5)
    probabilities = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
    corrected, naive = [], []
    for _ in range(400):
        training = rng.multinomial(1500, probabilities)
        generated = rng.multinomial(1500, training / 1500)
        truth = rng.multinomial(800, probabilities)
        corrected.append(chi2_homogeneity(generated, truth, drawn_from=1500).p_value)
        naive.append(chi2_homogeneity(generated, truth).p_value)
    assert stats.kstest(corrected, "uniform").pvalue > 0.01
    assert stats.kstest(naive, "uniform").pvalue < 0.01
