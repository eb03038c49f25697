"""Distributions of a sample of events, as both theses show them in their appendices B: one pass, constant memory.

Of MET and its phi, of the total energy, and of E, pt, eta and phi of all objects of each kind (not only the leading
one): histograms of the value and, for energies and momenta, of its log10 in GeV; moments; and a random sample of
bounded size for the tests of shape. Logarithms follow :mod:`deepcollider.metrics.observables`: values below
``SMALLEST`` GeV count as ``SMALLEST``. The total energy is taken from the events that have an object.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepcollider.metrics.correlation import FEATURE_LABELS, correlation_features
from deepcollider.metrics.observables import BY_OBSERVABLE, MIN_VALUES, SMALLEST
from deepcollider.metrics.streams import Histogram, Moments, PairwiseCorrelation, RandomSample
from deepcollider.physics.events import OBJECT_FEATURES, Events, counts_per_kind, jet_ht
from deepcollider.physics.kinds import KINDS, LEPTON_CODES
from deepcollider.seeds import derive_seed

EVENT = "event"
"""In place of a kind, for what an event has once."""

SAMPLE_SIZE = 20_000
"""Values in the random sample of a feature. Tests on more would find any deviation, however small, significant."""

N_BLOCKS = 10
"""Disjoint parts of the sample; the spread of their correlations gives the error of the correlation of all."""

RAW_BINS, BINS = 100, 50
_RAW_LIMITS = {"met": 1000.0, "total_energy": 6000.0, "energy": 2000.0, "pt": 1000.0}  # GeV
_SYMBOLS = {"energy": "$E$", "pt": r"$p_{\mathrm{T}}$", "eta": r"$\eta$", "phi": r"$\phi$"}


@dataclass(frozen=True)
class Feature:
    """One feature of the events or of the objects of a kind. ``range``: of the values, or of their log10."""

    kind: str
    feature: str
    label: str  # LaTeX
    unit: str
    log10: bool  # whether the models see its logarithm
    range: tuple[float, float]

    @property
    def name(self) -> str:
        return self.feature if self.kind == EVENT else f"{self.kind}_{self.feature}"

    @property
    def scales(self) -> tuple[str, ...]:
        return ("raw", "log10") if self.log10 else ("raw",)

    def histogram(self, scale: str) -> Histogram:
        """An empty histogram of the feature on a scale."""
        if scale == "raw" and self.log10:
            return Histogram(0.0, _RAW_LIMITS[self.feature], RAW_BINS)
        return Histogram(*self.range, BINS)

    def axis_label(self, scale: str) -> str:
        """LaTeX label of the axis, with the unit; a logarithm is of the number of GeV."""
        if scale == "log10":
            return f"log$_{{10}}$({self.label} / {self.unit})"
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    def on_scale(self, raw: np.ndarray, scale: str) -> np.ndarray:
        return np.log10(np.maximum(raw, SMALLEST)) if scale == "log10" else raw


def _of_event(name: str) -> Feature:
    known = BY_OBSERVABLE[name]
    return Feature(EVENT, name, known.label, known.unit, known.log10, known.range)


def _of_kind(kind: str, label: str, feature: str) -> Feature:
    known = BY_OBSERVABLE[f"{kind}1_{feature}"]
    return Feature(kind, feature, f"{label}  {_SYMBOLS[feature]}", known.unit, known.log10, known.range)


FEATURES = (
    *(_of_event(name) for name in ("met", "met_phi", "total_energy")),
    *(_of_kind(kind.name, kind.label, feature) for kind in KINDS for feature in OBJECT_FEATURES),
)
BY_FEATURE = {feature.name: feature for feature in FEATURES}


def _panels_of_kind(kind: str) -> list[tuple[str, str]]:
    energy, pt, eta, phi = (f"{kind}_{feature}" for feature in OBJECT_FEATURES)
    return [(energy, "raw"), (energy, "log10"), (eta, "raw"), (pt, "raw"), (pt, "log10"), (phi, "raw")]


_EVENT_PANELS = [
    *(("met", "raw"), ("met", "log10"), ("met_phi", "raw")),
    *(("total_energy", "raw"), ("total_energy", "log10")),
]

PANELS = {"met": ("missing transverse momentum and total energy", _EVENT_PANELS)} | {
    kind.name: (
        f"{kind.name}s" if kind.label == kind.name else f"{kind.name}s  {kind.label}",
        _panels_of_kind(kind.name),
    )
    for kind in KINDS
}
"""Figure -> its title, and (feature, scale) of each of its panels."""


def feature_values(events: Events) -> dict[str, np.ndarray]:
    """Values in GeV and rad of every feature by name, float64: one an event, or one an object of the kind."""
    objects = events.objects
    has_object = objects["valid"].any(axis=1)
    values = {
        "met": events.events["met"].astype(np.float64),
        "met_phi": events.events["met_phi"].astype(np.float64),
        "total_energy": np.sum(objects["energy"], axis=1, dtype=np.float64)[has_object],
    }
    for kind in KINDS:
        found = objects[objects["kind"] == kind.code]
        values |= {f"{kind.name}_{feature}": found[feature].astype(np.float64) for feature in OBJECT_FEATURES}
    return values


class _FeatureSummary:
    def __init__(self, feature: Feature, seed: int):
        self.feature = feature
        self.histograms = {scale: feature.histogram(scale) for scale in feature.scales}
        self.moments = {scale: Moments() for scale in feature.scales}
        self.sample = RandomSample(SAMPLE_SIZE, derive_seed(seed, feature.name))

    def add(self, raw: np.ndarray) -> None:
        for scale in self.feature.scales:
            values = self.feature.on_scale(raw, scale)
            self.histograms[scale].add(values)
            self.moments[scale].add(values)
        self.sample.add(raw)

    def as_dict(self) -> dict[str, Any]:
        return {
            scale: {**self.histograms[scale].as_dict(), "moments": self.moments[scale].as_dict()}
            for scale in self.feature.scales
        }


def slices_of(events: Events) -> dict[str, np.ndarray]:
    """Parts of the sample by what may drive its correlations, each as a mask (N,): leptons, and HT of all jets."""
    objects = events.objects
    n_leptons = np.isin(objects["kind"], LEPTON_CODES).sum(axis=1)
    ht = jet_ht(objects)
    return {
        "no lepton": n_leptons == 0,
        "one lepton": n_leptons == 1,
        "more leptons": n_leptons > 1,
        "HT < 200 GeV": ht < 200,
        "HT 200 to 400 GeV": (ht >= 200) & (ht < 400),
        "HT > 400 GeV": ht >= 400,
    }


class _CorrelationSummary:
    """Correlations of the 11 features: pairwise complete, zeros for what an event lacks, and in parts of the sample."""

    def __init__(self) -> None:
        n = len(FEATURE_LABELS)
        self.slices: dict[str, PairwiseCorrelation] = defaultdict(lambda: PairwiseCorrelation(n))
        self.pairwise, self.zero_filled = PairwiseCorrelation(n), PairwiseCorrelation(n)
        self.blocks = [PairwiseCorrelation(n) for _ in range(N_BLOCKS)]
        self._seen = 0

    def add(self, events: Events) -> None:
        rows = correlation_features(events).to_numpy()
        self.pairwise.add(rows)
        self.zero_filled.add(np.nan_to_num(rows))
        block = (self._seen + np.arange(len(rows))) % N_BLOCKS
        for k, part in enumerate(self.blocks):
            part.add(rows[block == k])
        for name, mask in slices_of(events).items():
            self.slices[name].add(rows[mask])
        self._seen += len(rows)

    def as_dict(self) -> dict[str, Any]:
        parts = np.array([part.matrix(MIN_VALUES) for part in self.blocks])
        return {
            "features": list(FEATURE_LABELS),
            "pairwise": _without_nan(self.pairwise.matrix(MIN_VALUES)),
            "error": _without_nan(parts.std(axis=0, ddof=1) / np.sqrt(N_BLOCKS)),
            "zero_filled": _without_nan(self.zero_filled.matrix(MIN_VALUES)),
            "events": self.pairwise.n.astype(int).tolist(),
            "slices": {
                name: {"events": int(each.n[0, 0]), "pairwise": _without_nan(each.matrix(MIN_VALUES))}
                for name, each in self.slices.items()
            },
        }


def _without_nan(matrix: np.ndarray) -> list[list[float | None]]:
    """As lists with None for NaN, which JSON has not."""
    return [[float(value) if np.isfinite(value) else None for value in row] for row in matrix]


def summarise(batches: Iterable[Events], seed: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Summary of the events (ready for JSON), and by feature a random sample of at most SAMPLE_SIZE raw values.

    Neither depends on the size of the batches. ``seed`` draws the samples.
    """
    features = [_FeatureSummary(feature, seed) for feature in FEATURES]
    correlations = _CorrelationSummary()
    n_events, n_objects = 0, np.zeros(len(KINDS), np.int64)
    for events in batches:
        values = feature_values(events)
        for each in features:
            each.add(values[each.feature.name])
        correlations.add(events)
        n_events += len(events)
        n_objects += counts_per_kind(events.objects).sum(axis=0)
    summary = {
        "n_events": n_events,
        "n_objects": {kind.name: int(n) for kind, n in zip(KINDS, n_objects, strict=True)},
        "features": {each.feature.name: each.as_dict() for each in features},
        "correlations": correlations.as_dict(),
    }
    return summary, {each.feature.name: each.sample.drawn for each in features}


def pooled(summaries: Iterable[dict[str, Any]], name: str, scale: str) -> dict[str, Any]:
    """Histogram of a feature over several samples, each value counting once; with n, mean and std of all values."""
    parts = [summary["features"][name][scale] for summary in summaries]
    filled = [part for part in parts if part["moments"]["n"]]
    n = np.array([part["moments"]["n"] for part in filled], float)
    mean = np.array([part["moments"]["mean"] for part in filled])
    variance = np.array([part["moments"]["std"] for part in filled]) ** 2
    of_all = float(n @ mean / n.sum()) if filled else None
    return {
        "counts": np.sum([part["counts"] for part in parts], axis=0),
        "n": int(n.sum()),
        "mean": of_all,
        "std": float(np.sqrt(n @ (variance + (mean - of_all) ** 2) / n.sum())) if filled else None,
    }
