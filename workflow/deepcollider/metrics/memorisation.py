"""Whether a generator gives back its training events: the only metric that sees the training sample.

Features without gaps, (n, D) each, on a scale on which Euclidean distances make sense. ``test`` are events of the same
distribution as ``train`` that no training has seen.

* ``memorisation_auc``: probability that a generated event lies nearer to its nearest training event than a test event
  does to its own (Mann-Whitney). 0.5: like test events; 1: copies. It is the data-copying test of Meehan et al. (2020,
  arXiv:2004.05675) without their cells. It is sensitive, but not to copying alone: bad events lie far from training
  events and pull it down, events that are too typical lie near all of them and push it up.
* ``memorisation_nearer_train``: share of generated events whose nearest event of both samples together is a training
  event, counted as if both samples had the same size: an event weighs 1 / n_train or 1 / n_test, by the sample that its
  neighbour belongs to. Of a generator that has memorised nothing, however bad, it is 0.5, as it cannot know which
  events are which; 1: copies.

A floor is the same with truth in place of the generated events; it has to be disjoint from ``train`` and ``test``.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from deepcollider.metrics.observables import MIN_VALUES
from deepcollider.metrics.two_sample import auc_with_variance

REFERENCE_FACTOR = 10
"""Training events looked up for each generated event allowed: a copy shows only if its original is among them."""

N_BINS, RANGE = 60, 1.5
"""Bins of a table of distances; the range ends at this multiple of the test events' 99 % quantile."""

TABLE_COLUMNS = ("sample", "low", "high", "count")


@dataclass(frozen=True)
class Memorisation:
    """Value and error by metric, and the distances (n,) to the nearest training event."""

    metrics: dict[str, tuple[float, float]]
    generated: np.ndarray
    test: np.ndarray


def _nearest(sample: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance (n,) to the nearest event of the reference, and its row."""
    distances, rows = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(reference).kneighbors(sample)
    return distances[:, 0], rows[:, 0]


def probability_of_less(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """P(a < b) + P(a = b) / 2 of values (m,) and (n,), and its error (DeLong et al. 1988)."""
    probability, variance = auc_with_variance(b, a)
    return probability, float(np.sqrt(variance))


def _nearer_train(generated: np.ndarray, train: np.ndarray, test: np.ndarray) -> tuple[float, float]:
    """Share of generated events nearer to train, as if train and test had the same size, and its error.

    The error is the exact one of a generator that has memorised nothing. To it, which of the events are the training
    events is a draw without repetition; all generated events with the same neighbour share its fate, so an event of
    train or test counts with the share of generated events whose neighbour it is.
    """
    _, neighbours = _nearest(generated, np.concatenate([train, test]))
    n, expected = len(train) + len(test), len(train) / (len(train) + len(test))
    raw, shares = np.mean(neighbours < len(train)), np.bincount(neighbours) / len(generated)
    of_train, of_test = raw / len(train), (1 - raw) / len(test)
    raw_variance = expected * (1 - expected) * (n * np.sum(shares**2) - 1) / (n - 1)
    return float(of_train / (of_train + of_test)), float(np.sqrt(raw_variance) / (4 * expected * (1 - expected)))


def memorisation(generated: np.ndarray, train: np.ndarray, test: np.ndarray) -> Memorisation:
    """Both metrics, each with its error; NaN if a sample is too small."""
    if min(len(generated), len(train), len(test)) < MIN_VALUES:
        nothing = dict.fromkeys(("memorisation_auc", "memorisation_nearer_train"), (np.nan, np.nan))
        return Memorisation(nothing, np.zeros(0), np.zeros(0))
    of_generated, of_test = _nearest(generated, train)[0], _nearest(test, train)[0]
    metrics = {
        "memorisation_auc": probability_of_less(of_generated, of_test),
        "memorisation_nearer_train": _nearer_train(generated, train, test),
    }
    return Memorisation(metrics, of_generated, of_test)


def distance_table(generated: np.ndarray, test: np.ndarray) -> pd.DataFrame:
    """Histograms of both samples' distances to train, one row a bin and sample: TABLE_COLUMNS.

    N_BINS equal bins from 0, which follow the test events alone, and a last one without upper edge.
    """
    last = RANGE * np.quantile(test, 0.99) if len(test) else 1.0
    edges = np.append(np.linspace(0, last, N_BINS + 1), np.inf)
    tables = [
        pd.DataFrame({"sample": name, "low": edges[:-1], "high": edges[1:], "count": np.histogram(values, edges)[0]})
        for name, values in (("test", test), ("generated", generated))
    ]
    return pd.concat(tables, ignore_index=True)[list(TABLE_COLUMNS)]
