"""Object-count masks and their statistical generator: frequencies of the data, drawn by Walker's alias method.

A mask is the number of objects of each of the seven kinds, in the order of ``physics.kinds.KINDS``. The generator has
two levels (VAE thesis 7.5.2): the most frequent masks, up to a cumulative fraction, with one more outcome that stands
for all the rare ones; and the rare ones among themselves.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

Mask = tuple[int, ...]


class AliasTable:
    """Draw from a discrete distribution in constant time (Walker 1977, table built as by Vose 1991)."""

    def __init__(self, probabilities):
        weights = np.asarray(probabilities, float)
        if weights.ndim != 1 or not len(weights) or (weights < 0).any() or not weights.sum() > 0:
            raise ValueError("an alias table needs a list of probabilities that are not negative and not all zero")
        scaled = weights / weights.sum() * len(weights)
        self.keep = np.ones(len(weights))
        self.alias = np.arange(len(weights))
        small = [i for i, value in enumerate(scaled) if value < 1]
        large = [i for i, value in enumerate(scaled) if value >= 1]
        while small and large:
            poor, rich = small.pop(), large[-1]
            self.keep[poor], self.alias[poor] = scaled[poor], rich
            scaled[rich] -= 1 - scaled[poor]
            if scaled[rich] < 1:
                small.append(large.pop())

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """``n`` indices, (n,) int."""
        column = rng.integers(len(self.keep), size=n)
        return np.where(rng.random(n) < self.keep[column], column, self.alias[column])

    def probabilities(self) -> np.ndarray:
        """What the table draws, exactly: for checks."""
        mass = self.keep.copy()
        np.add.at(mass, self.alias, 1 - self.keep)
        return mass / len(self.keep)


def count_masks(batches: Iterable[np.ndarray]) -> Counter:
    """How often each mask appears in batches of counts (N, 7)."""
    frequencies: Counter[Mask] = Counter()
    for counts in batches:
        masks, times = np.unique(counts, axis=0, return_counts=True)
        for mask, n in zip(masks.tolist(), times.tolist(), strict=True):
            frequencies[tuple(mask)] += n
    return frequencies


def most_frequent(frequencies: Counter, fraction: float) -> tuple[list[Mask], list[Mask]]:
    """Masks by descending frequency, cut in two: those within the first ``fraction`` of events, and the others."""
    total = sum(frequencies.values())
    ordered = sorted(frequencies.items(), key=lambda item: (-item[1], item[0]))
    before = np.cumsum([0] + [n for _, n in ordered])[:-1]
    n_frequent = int((before < fraction * total).sum())
    masks = [mask for mask, _ in ordered]
    return masks[:n_frequent], masks[n_frequent:]


@dataclass
class MaskGenerator:
    """Two-level alias generator of masks."""

    frequent: list[Mask]
    frequent_counts: list[int]
    rare: list[Mask]
    rare_counts: list[int]

    @classmethod
    def fit(cls, frequencies: Counter, frequent_fraction: float = 0.85) -> "MaskGenerator":
        """Masks by descending frequency; those within the first ``frequent_fraction`` of events are frequent."""
        if not frequencies:
            raise ValueError("no event to take masks from: the training sample is empty")
        frequent, rare = most_frequent(frequencies, frequent_fraction)
        return cls(frequent, [frequencies[mask] for mask in frequent], rare, [frequencies[mask] for mask in rare])

    def __post_init__(self):
        self.frequent = [tuple(mask) for mask in self.frequent]
        self.rare = [tuple(mask) for mask in self.rare]
        self._first = AliasTable([*self.frequent_counts, sum(self.rare_counts)])
        self._second = AliasTable(self.rare_counts) if self.rare else None

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """``n`` masks, (n, 7) int."""
        masks = np.array([*self.frequent, (0,) * len(self.frequent[0])])
        chosen = self._first.sample(n, rng)
        drawn = masks[chosen]
        is_rare = chosen == len(self.frequent)
        if is_rare.any():
            drawn[is_rare] = np.array(self.rare)[self._second.sample(int(is_rare.sum()), rng)]
        return drawn

    @property
    def n_events(self) -> int:
        """Number of events that the frequencies were taken from."""
        return sum(self.frequent_counts) + sum(self.rare_counts)

    def probabilities(self) -> dict[Mask, float]:
        """Mask -> probability of being drawn."""
        counts, total = [*self.frequent_counts, *self.rare_counts], self.n_events
        return {mask: n / total for mask, n in zip([*self.frequent, *self.rare], counts, strict=True)}

    def log_probabilities(self, counts: np.ndarray) -> np.ndarray:
        """Logarithm of the probability of each mask (N, 7), (N,) float64; -inf for one that is never drawn."""
        of_mask = self.probabilities()
        masks, places = np.unique(counts, axis=0, return_inverse=True)
        logs = [math.log(of_mask[mask]) if mask in of_mask else -math.inf for mask in map(tuple, masks.tolist())]
        return np.array(logs, float)[places.reshape(-1)]

    def smoothed_log_probabilities(self, counts: np.ndarray) -> np.ndarray:
        """Logarithm of the probability of each mask (N, 7), none of them impossible: for events from elsewhere.

        By Good (1953), what was never seen has together the probability n1 / n, n1 being the number of masks that were
        seen once. This share is given to masks whose kinds are independent: how often each number of objects of a kind
        was seen, the share n1 / n once more going to a geometric tail, half of it to each further object.
        """
        seen = np.array([*self.frequent, *self.rare])
        times = np.array([*self.frequent_counts, *self.rare_counts], float)
        unseen = max((times == 1).sum(), 1) / (self.n_events + 1)
        independent = np.zeros(len(counts))
        for kind in range(seen.shape[1]):
            most = max(seen[:, kind].max(), counts[:, kind].max(initial=0))
            numbers = np.bincount(seen[:, kind], times, minlength=most + 1) / self.n_events
            tail = 0.5 ** (np.arange(most + 1) + 1)
            independent += np.log((1 - unseen) * numbers + unseen * tail)[counts[:, kind]]
        with np.errstate(divide="ignore"):
            own = self.log_probabilities(counts) + math.log1p(-unseen)
        return np.logaddexp(own, independent + math.log(unseen))

    def to_config(self) -> dict:
        return {name: getattr(self, name) for name in ("frequent", "frequent_counts", "rare", "rare_counts")}

    @classmethod
    def from_config(cls, config: dict) -> "MaskGenerator":
        return cls(**config)
