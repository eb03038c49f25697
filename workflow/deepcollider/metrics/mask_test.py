"""Do generated events have the right objects? Masks (the 7 counts per kind) compared with truth's.

Frequent masks are the most frequent of truth that together first reach 85 % of its events, rare ones the rest
(VAE thesis 7.5). The chi2 tests join all cells with fewer than ``MIN_EXPECTED`` expected entries into one, so
that the chi2 distribution applies.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from deepcollider.physics.events import Events, counts_per_kind
from deepcollider.physics.kinds import KINDS

FREQUENT_FRACTION = 0.85
MIN_EXPECTED = 5.0

Mask = tuple[int, ...]


@dataclass(frozen=True)
class Chi2:
    """Result of a chi2 test; NaN with ndof 0 where fewer than two cells are left."""

    chi2: float
    ndof: int
    p_value: float


def mask_counts(events: Events) -> dict[Mask, int]:
    """How many events have each mask (number of objects by kind, in KINDS' order), most frequent first."""
    masks, numbers = np.unique(counts_per_kind(events.objects), axis=0, return_counts=True)
    order = np.argsort(-numbers, kind="stable")
    return {tuple(masks[i].tolist()): int(numbers[i]) for i in order}


def mask_label(mask: Mask) -> str:
    """A mask in words, such as "2b 4j 1e-"."""
    parts = [f"{n}{kind.symbol}" for n, kind in zip(mask, KINDS, strict=True) if n]
    return " ".join(parts) or "none"


def mask_table(generated: Mapping[Mask, float], truth: Mapping[Mask, float]) -> pd.DataFrame:
    """All masks of both samples: mask, label, n_truth, n_generated, frequent; ordered by n_truth."""
    masks = [*truth, *(mask for mask in generated if mask not in truth)]
    table = pd.DataFrame(
        {
            "mask": masks,
            "label": [mask_label(mask) for mask in masks],
            "n_truth": [truth.get(mask, 0) for mask in masks],
            "n_generated": [generated.get(mask, 0) for mask in masks],
        }
    )
    table = table.sort_values("n_truth", ascending=False, kind="stable", ignore_index=True)
    before = table["n_truth"].cumsum() - table["n_truth"]
    table["frequent"] = (before < FREQUENT_FRACTION * table["n_truth"].sum()) & (table["n_truth"] > 0)
    return table


def _join_rare(cells: np.ndarray, smallest_expected: np.ndarray) -> np.ndarray:
    """Join the columns of ``cells`` (k, n) that expect too little; if still too small, into the smallest."""
    rare = smallest_expected < MIN_EXPECTED
    if not rare.any():
        return cells
    kept, joined = cells[:, ~rare], cells[:, rare].sum(axis=1, keepdims=True)
    if smallest_expected[rare].sum() < MIN_EXPECTED and kept.shape[1]:
        kept[:, [np.argmin(smallest_expected[~rare])]] += joined
        return kept
    return np.concatenate([kept, joined], axis=1)


def chi2_against_probabilities(observed: np.ndarray, probabilities: np.ndarray) -> Chi2:
    """Test observed counts (n,) against probabilities (n,) known exactly, as a generator's own table is."""
    observed, probabilities = np.asarray(observed, float), np.asarray(probabilities, float)
    expected = observed.sum() * probabilities / probabilities.sum()
    cells = _join_rare(np.stack([observed, expected]), expected)
    if cells.shape[1] < 2:
        return Chi2(np.nan, 0, np.nan)
    result = stats.chisquare(*cells)
    return Chi2(float(result.statistic), cells.shape[1] - 1, float(result.pvalue))


def chi2_homogeneity(a: np.ndarray, b: np.ndarray, drawn_from: int | None = None) -> Chi2:
    """Test whether two samples of counts (n,) have the same proportions; both fluctuate.

    ``drawn_from``: the sample ``a`` was drawn with the frequencies of a third, independent sample of so many entries,
    whose fluctuations it inherits. The variance of the difference then is p (1/n_a + 1/n_b + 1/drawn_from) in place
    of p (1/n_a + 1/n_b), and the statistic is reduced by the ratio of the two.
    """
    cells = np.stack([np.asarray(a, float), np.asarray(b, float)])
    cells = cells[:, cells.sum(axis=0) > 0]
    totals = cells.sum(axis=1)
    if not totals.all():
        return Chi2(np.nan, 0, np.nan)
    cells = _join_rare(cells, cells.sum(axis=0) * totals.min() / totals.sum())
    if cells.shape[1] < 2:
        return Chi2(np.nan, 0, np.nan)
    result = stats.chi2_contingency(cells, correction=False)
    inherited = (1 / drawn_from) / (1 / totals).sum() if drawn_from else 0.0
    statistic = float(result.statistic) / (1 + inherited)
    return Chi2(statistic, int(result.dof), float(stats.chi2.sf(statistic, result.dof)))


def compare_masks(generated: Mapping[Mask, int], truth: Mapping[Mask, int], drawn_from: int | None = None) -> Chi2:
    """Two-sample test of the masks of generated events and truth (``drawn_from``: see :func:`chi2_homogeneity`)."""
    table = mask_table(generated, truth)
    return chi2_homogeneity(table["n_generated"].to_numpy(), table["n_truth"].to_numpy(), drawn_from)


def compare_with_probabilities(generated: Mapping[Mask, int], probabilities: Mapping[Mask, float]) -> Chi2:
    """Test of generated masks against the probabilities that they were drawn from."""
    table = mask_table(generated, probabilities)
    return chi2_against_probabilities(table["n_generated"].to_numpy(), table["n_truth"].to_numpy())
