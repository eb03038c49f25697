"""How many generated events are worth how many true ones: the error of binned spectra against truth held out.

The question, the bins and the sum of squares are those of "GANplifying event samples" (Butter, Diefenbacher, Kasieczka,
Nachman and Plehn, SciPost Phys. 10, 139 (2021), arXiv:2008.06545). There the truth is a function; here it is known from
a reference of finite size, whose own fluctuations are taken off.

* Bins are quantiles of the reference among the events that have the observable; events that lack it (no second jet, for
  instance) are one bin more. So every event counts, and how often an observable is there belongs to its spectrum. In
  two dimensions, bins are products of quantiles of each.
* s, r and t are the fractions of events by bin of a sample (n events), of the reference (n_ref) and of the truth. The
  squared error of the sample is sum (s - t)^2, estimated by

      sum (s - r)^2 - sum r (1 - r) / (n_ref - 1),

  which has no bias, whatever the sample: the second term is, on average, what r adds. It may come out negative where
  the sample is closer to the truth than the reference can tell. (That edges follow the reference matters at the order
  of its second term times the relative difference of the two densities at an edge: not at all.)
* A true sample of n events has, on average, sum t (1 - t) / n, estimated without bias by n_ref / (n_ref - 1) times
  sum r (1 - r) / n. The sample is worth as many true events as would have its squared error on average: infinitely many
  where the estimate of this is not positive; then ``equivalent_low`` is the bound.
* The error is the standard deviation over RESAMPLES of both samples, drawn from multinomial distributions: the
  reference from r, the sample from r + a (s - r), where a <= 1 makes the squared distance of the two what it is without
  bias. (With s itself, the fluctuations of s would count twice.) It says how much another sample of the same source and
  another reference would change the value, and is a quarter too large where the source is the truth. It cannot say
  what another training would: a generator inherits the fluctuation of its training events, the squared error of which
  scatters by sqrt(2 / (bins - 1)) of its value where bins are equally full.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from deepcollider.metrics.observables import BY_OBSERVABLE, group_values
from deepcollider.physics.events import Events
from deepcollider.seeds import derive_seed

SPECTRA = {
    "met": ("met",),
    "ht": ("ht",),
    "jet1_pt": ("jet1_pt",),
    "jet1_eta": ("jet1_eta",),
    "m_jj": ("m_jj",),
    "met_ht": ("met", "ht"),
}
"""Spectrum -> the observables that span it."""

RESAMPLES = 1000
"""Of the bootstrap."""

TRAINING, GENERATED = "training", "generated"

COLUMNS = (
    "spectrum",
    "sample",
    "events",
    "squared_error",
    "squared_error_error",
    "expected",
    "equivalent_events",
    "equivalent_low",
    "equivalent_high",
    "factor",
)
"""``expected``: the squared error of so many true events; ``factor``: equivalent events over training events."""

Values = Mapping[str, np.ndarray]
"""Observable -> values (N,), NaN where an event lacks it."""

Counts = dict[str, np.ndarray]
"""Spectrum -> number of events in each bin."""


def observable_values(events: Events) -> dict[str, np.ndarray]:
    """Values (N,) float64 of every observable of SPECTRA, as observables are compared; NaN where an event lacks it."""
    names = dict.fromkeys(name for spanned in SPECTRA.values() for name in spanned)
    found = {name: np.full(len(events), np.nan) for name in names}
    for group in dict.fromkeys(BY_OBSERVABLE[name].group for name in names):
        has, values = group_values(events, group)
        for name in names.keys() & values.keys():
            found[name][has] = values[name]
    return found


@dataclass(frozen=True)
class Bins:
    """Bins of a spectrum: products of intervals of its observables, and a last one for events that lack any of them."""

    edges: dict[str, np.ndarray]  # observable -> edges between its intervals; the outer intervals are open

    @classmethod
    def quantiles(cls, names: Sequence[str], values: Values, n_bins: int) -> "Bins":
        """About ``n_bins`` intervals, or cells of the plane, that are equally full; fewer where values are equal."""
        each = max(2, int(np.ceil(n_bins ** (1 / len(names)) - 1e-9)))
        levels = np.arange(1, each) / each
        present = {name: values[name][~np.isnan(values[name])] for name in names}
        edges = {name: np.unique(np.quantile(x, levels)) if len(x) else np.empty(0) for name, x in present.items()}
        return cls(edges)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of intervals of each observable."""
        return tuple(len(edges) + 1 for edges in self.edges.values())

    def counts(self, values: Values) -> np.ndarray:
        """Number of events by bin, the last one of those that lack an observable; an edge belongs to what follows."""
        intervals = [np.searchsorted(edges, values[name], side="right") for name, edges in self.edges.items()]
        missing = np.any([np.isnan(values[name]) for name in self.edges], axis=0)
        n_cells = int(np.prod(self.shape))
        cells = np.where(missing, n_cells, np.ravel_multi_index(intervals, self.shape))
        return np.bincount(cells, minlength=n_cells + 1)


def reference_spectra(batches: Iterable[Events], n_bins: int) -> tuple[dict[str, Bins], Counts]:
    """Bins of SPECTRA as the reference fills them, and its counts; ValueError if it has no two events."""
    found = [observable_values(events) for events in batches]
    n_events = sum(len(each["met"]) for each in found)
    if n_events < 2:
        raise ValueError(f"the reference has {n_events} events; its test and floor splits need more")
    values = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
    bins = {spectrum: Bins.quantiles(names, values, n_bins) for spectrum, names in SPECTRA.items()}
    return bins, {spectrum: each.counts(values) for spectrum, each in bins.items()}


def _pieces(batches: Iterable[Events], sizes: Sequence[int]) -> Iterator[Events]:
    """The events of a stream in pieces, one of which ends at each of the ascending ``sizes``, the last at the last."""
    done = 0
    for events in batches:
        ends = [size - done for size in sizes if 0 < size - done < len(events)]
        for start, stop in pairwise([0, *ends, len(events)]):
            if done + start < sizes[-1]:
                yield events.take(slice(start, stop))
        done += len(events)
        if done >= sizes[-1]:
            return


def counts_of_first(batches: Iterable[Events], sizes: Sequence[int], bins: Mapping[str, Bins]) -> dict[int, Counts]:
    """Counts of the first so many events of a stream, by each of the ascending ``sizes``. Constant memory.

    No more batches are asked for than these need. ValueError if the stream ends before.
    """
    counts = {spectrum: np.zeros(int(np.prod(each.shape)) + 1, np.int64) for spectrum, each in bins.items()}
    found, done = {}, 0
    for events in _pieces(batches, sizes):
        values = observable_values(events)
        counts = {spectrum: counts[spectrum] + each.counts(values) for spectrum, each in bins.items()}
        done += len(events)
        if done in sizes:
            found[done] = counts
    if done < sizes[-1]:
        raise ValueError(f"there are {done} events, but the first {sizes[-1]} are to be counted")
    return found


def _fractions(counts: np.ndarray) -> np.ndarray:
    return counts / counts.sum(axis=-1, keepdims=True)


def fluctuation(counts: np.ndarray) -> np.ndarray:
    """Estimate without bias of sum t (1 - t) / n from counts (..., bins) of n events: the mean of sum (s - t)^2."""
    fractions = _fractions(counts)
    return np.sum(fractions * (1 - fractions), axis=-1) / np.maximum(counts.sum(axis=-1) - 1, 1)


def squared_error(counts: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Estimate without bias of the sum of (s - t)^2, from counts (..., bins); see the head of this module."""
    distance = np.sum((_fractions(counts) - _fractions(reference)) ** 2, axis=-1)
    return distance - fluctuation(reference)


def error_of_squared_error(counts: np.ndarray, reference: np.ndarray, seed: int) -> float:
    """Its standard deviation over RESAMPLES of the sample and of the reference."""
    r = _fractions(reference)
    apart = _fractions(counts) - r
    distance = np.sum(apart**2)
    unbiased = max(0.0, distance - fluctuation(counts) - fluctuation(reference))
    shrunk = np.sqrt(unbiased / distance) if distance else 0.0
    rng = np.random.default_rng(seed)
    samples = rng.multinomial(counts.sum(), r + shrunk * apart, RESAMPLES)
    references = rng.multinomial(reference.sum(), r, RESAMPLES)
    return float(squared_error(samples, references).std())


def sample_row(
    spectrum: str, sample: str, counts: np.ndarray, reference: np.ndarray, n_training: int, seed: int
) -> dict:
    """One row of COLUMNS, from the counts of a sample and of the reference.

    ``equivalent_low`` and ``equivalent_high`` are at one standard error up and down. A squared error cannot be
    negative: the lower one is never more than what the error alone allows.
    """
    value = float(squared_error(counts, reference))
    error = error_of_squared_error(counts, reference, derive_seed(seed, spectrum, sample, int(counts.sum())))
    of_one_event = float(fluctuation(reference) * reference.sum())

    def worth(squared: float) -> float:
        return of_one_event / squared if squared > 0 else np.inf

    row = {
        "spectrum": spectrum,
        "sample": sample,
        "events": int(counts.sum()),
        "squared_error": value,
        "squared_error_error": error,
        "expected": of_one_event / counts.sum(),
        "equivalent_events": worth(value),
        "equivalent_low": worth(max(value, 0.0) + error),
        "equivalent_high": worth(value - error),
        "factor": worth(value) / n_training,
    }
    return {column: row[column] for column in COLUMNS}


def amplification_rows(
    generated: Mapping[int, Counts], training: Mapping[int, Counts], reference: Counts, seed: int
) -> list[dict]:
    """Rows of COLUMNS, spectrum by spectrum: the training events, then the generated ones by their number.

    ``generated`` and ``training``: number of events -> counts, as :func:`counts_of_first` gives them; of the training
    events there is one number.
    """
    ((n_training, of_training),) = training.items()
    samples = [(TRAINING, of_training), *((GENERATED, generated[size]) for size in sorted(generated))]
    return [
        sample_row(spectrum, sample, counts[spectrum], of_reference, n_training, seed)
        for spectrum, of_reference in reference.items()
        for sample, counts in samples
    ]
