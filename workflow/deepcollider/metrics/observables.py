"""The features that are plotted and compared (SYSTEMS 3), and the one place that fixes how.

Every convention of the distances is stated here, so that a number in a table can be recomputed from this
page:

* Energies, pt, MET and total energy are compared as log10 of their value in GeV, the scale that the models
  are trained on; eta and phi (rad) as they are. Values below ``SMALLEST`` GeV count as ``SMALLEST``, so that
  the logarithm is finite. An infinity or NaN is an error, not a value.
* The value of an observable is taken from the events that have the object: samples are shorter than the event
  file.
* Each observable has a fixed range, the same for every process, setting and sample: chosen so that more than
  99 % of ttbar lies inside and signals of the published sample fit too. The Wasserstein distance is taken on
  the unbinned values and divided by the width of this range: it is dimensionless, and the same for all
  samples since the range does not follow the data. Values outside the range count fully.
* Histograms have ``N_BINS`` equal bins over the range, with an underflow bin in front and an overflow bin
  behind: ``N_BINS`` + 2 counts, so no value is dropped.
* Probabilities for Jensen-Shannon and Kullback-Leibler are (count + ``PSEUDO_COUNT``) / sum, in both samples,
  so that empty bins stay finite (1/2 is Krichevsky and Trofimov's choice). Logarithms are natural. JS
  *distance* has the square root (VAE thesis, largest value sqrt(ln 2)), JS *divergence* has not (GAN thesis,
  largest value ln 2). The Kullback-Leibler divergence is D(truth || generated).
* Where one of the samples has fewer than ``MIN_VALUES`` values the metrics of the observable are NaN.

phi is compared as a number in (-pi, pi], not as a point on a circle. Total energy is the sum over the stored
objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from deepcollider.physics.events import Events, leading
from deepcollider.physics.kinds import BY_NAME, KINDS, LEPTON_CODES

N_BINS = 50
PSEUDO_COUNT = 0.5
MIN_VALUES = 20
SMALLEST = 1e-3
"""GeV; one unit of the published files, which are in MeV."""


@dataclass(frozen=True)
class Observable:
    """One plotted feature. ``range`` is in the units of :func:`values`: log10(GeV) where ``log10``."""

    name: str
    group: str  # the figure's object: met, total_energy, jet1, ..., photon1
    kind_names: tuple[str, ...]  # empty for features of the event
    feature: str
    label: str  # LaTeX
    unit: str  # of the feature itself, before any logarithm
    log10: bool
    range: tuple[float, float]
    rank: int = 0  # 0 = highest pt among the kinds

    @property
    def width(self) -> float:
        return self.range[1] - self.range[0]

    @property
    def edges(self) -> np.ndarray:
        """Bin edges inside the range, (N_BINS + 1,)."""
        return np.linspace(*self.range, N_BINS + 1)


_FEATURES = {  # feature: (label, unit, log10, range)
    "energy": (r"E", "GeV", True, (1.1, 3.7)),
    "pt": (r"p_{\mathrm{T}}", "GeV", True, (1.1, 3.4)),
    "eta": (r"\eta", "", False, (-3.0, 3.0)),
    "phi": (r"\phi", "rad", False, (-np.pi, np.pi)),
}

_OBJECTS = {  # group: (kinds, rank, label)
    "jet1": (("jet",), 0, "jet 1"),
    "jet2": (("jet",), 1, "jet 2"),
    "jet3": (("jet",), 2, "jet 3"),
    "bjet1": (("bjet",), 0, "$b$-jet 1"),
    "bjet2": (("bjet",), 1, "$b$-jet 2"),
    "lepton1": (tuple(kind.name for kind in KINDS if kind.code in LEPTON_CODES), 0, "lepton 1"),
    "electron1": (("electron",), 0, "$e^{-}$ 1"),
    "positron1": (("positron",), 0, "$e^{+}$ 1"),
    "muon1": (("muon",), 0, r"$\mu^{-}$ 1"),
    "antimuon1": (("antimuon",), 0, r"$\mu^{+}$ 1"),
    "photon1": (("photon",), 0, r"$\gamma$ 1"),
}


def _of_object(group: str, feature: str) -> Observable:
    kinds, rank, object_label = _OBJECTS[group]
    symbol, unit, log10, limits = _FEATURES[feature]
    label = f"{object_label}  ${symbol}$"
    return Observable(f"{group}_{feature}", group, kinds, feature, label, unit, log10, limits, rank)


_MET = r"$E_{\mathrm{T}}^{\mathrm{miss}}$"

OBSERVABLES = (
    Observable("met", "met", (), "met", _MET, "GeV", True, (-0.5, 3.5)),
    Observable("met_phi", "met", (), "met_phi", f"{_MET}  $\\phi$", "rad", False, (-np.pi, np.pi)),
    Observable("total_energy", "total_energy", (), "total_energy", "total energy", "GeV", True, (1.5, 4.2)),
    *(_of_object(group, feature) for group in _OBJECTS for feature in _FEATURES),
)

BY_OBSERVABLE = {observable.name: observable for observable in OBSERVABLES}
GROUPS = tuple(dict.fromkeys(observable.group for observable in OBSERVABLES))


def _raw_group(events: Events, group: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Which events (N,) have the group's object, and its features (N,) in GeV and rad."""
    if group == "met":
        return np.ones(len(events), bool), {name: events.events[name] for name in ("met", "met_phi")}
    if group == "total_energy":
        energy = np.sum(events.objects["energy"], axis=1, dtype=np.float64)
        return events.objects["valid"].any(axis=1), {"total_energy": energy}
    kinds, rank, _ = _OBJECTS[group]
    found = leading(events.objects, tuple(BY_NAME[name].code for name in kinds), rank)
    return found["valid"], {feature: found[feature] for feature in _FEATURES}


def _comparable(raw: np.ndarray, observable: Observable) -> np.ndarray:
    """Raw values as they are compared: float64, log10 where the observable says so."""
    raw = raw.astype(np.float64)
    if not np.isfinite(raw).all():
        raise ValueError(
            f"{observable.name}: {np.sum(~np.isfinite(raw))} values are infinite or NaN; "
            "the events cannot be compared, look at the training of the model that made them"
        )
    return np.log10(np.maximum(raw, SMALLEST)) if observable.log10 else raw


def group_values(events: Events, group: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The observables of a group at once: which events (N,) have the object, and by name its values (n,)."""
    has, raw = _raw_group(events, group)
    return has, {each.name: _comparable(raw[each.feature][has], each) for each in of_group(group)}


def values(events: Events, observable: Observable) -> np.ndarray:
    """Values of an observable, float64, one for each event that has the object."""
    has, raw = _raw_group(events, observable.group)
    return _comparable(raw[observable.feature][has], observable)


def of_group(group: str) -> Iterator[Observable]:
    """The observables of a group, in the order of the table."""
    return (observable for observable in OBSERVABLES if observable.group == group)
