"""The features that are plotted and compared, and the one place that fixes how.

They are the features of the theses (SYSTEMS 3) and, from ``ht`` on, spectra that are derived from several
objects. Only those of the theses enter the overall values, which stay comparable with the published ones.

Every convention of the distances is stated here, so that a number in a table can be recomputed from this
page:

* Energies, pt, MET, total energy, HT, masses of pairs and the transverse mass are compared as log10 of their
  value in GeV, the scale that the models are trained on; eta and phi (rad), |Delta phi| (rad), multiplicities
  and the masses of the W and top candidates (GeV) as they are. Values below ``SMALLEST`` GeV count as
  ``SMALLEST``, so that the logarithm is finite; so do the masses of pairs whose energy is below their
  momentum, which only generated events have. An infinity or NaN is an error, not a value.
* The value of an observable is taken from the events that have the object: samples are shorter than the event
  file.
* Each observable has a fixed range, the same for every process, setting and sample: chosen so that more than
  99 % of ttbar lies inside and signals of the published sample fit too; those of the W and top candidates,
  which have long tails of wrong combinations, hold more than 90 %. The Wasserstein distance is taken on the
  unbinned values and divided by the width of this range: it is dimensionless, and the same for all samples
  since the range does not follow the data. Values outside the range count fully.
* Histograms have 50 equal bins over the range, those of multiplicities one bin an integer, with an underflow
  bin in front and an overflow bin behind, so no value is dropped.
* Probabilities for Jensen-Shannon and Kullback-Leibler are (count + ``PSEUDO_COUNT``) / sum, in both samples,
  so that empty bins stay finite (1/2 is Krichevsky and Trofimov's choice). Logarithms are natural. JS
  *distance* has the square root (VAE thesis, largest value sqrt(ln 2)), JS *divergence* has not (GAN thesis,
  largest value ln 2). The GAN thesis speaks of a distance and prints the formula without root; its numbers fit
  that, as its KL is four to five times as large, and four is the ratio to a divergence of samples that are alike.
  The Kullback-Leibler divergence is D(truth || generated).
* Where one of the samples has fewer than ``MIN_VALUES`` values the metrics of the observable are NaN.

phi is compared as a number in (-pi, pi], not as a point on a circle. Total energy is the sum over the stored
objects. How the spectra of several objects are made, the W and top candidates among them, is stated in
``physics/reconstruction.py``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from deepcollider.physics import reconstruction
from deepcollider.physics.events import Events, leading
from deepcollider.physics.kinds import BY_NAME, KINDS, LEPTON_CODES, MAX_OBJECTS

N_BINS = 50
PSEUDO_COUNT = 0.5
MIN_VALUES = 20
SMALLEST = 1e-3
"""GeV; one unit of the published files, which are in MeV."""


@dataclass(frozen=True)
class Observable:
    """One plotted feature. ``range`` is in the units of :func:`values`: log10(GeV) where ``log10``."""

    name: str
    group: str  # what is read at once: met, total_energy, jet1, ..., photon1, or a group of reconstruction
    kind_names: tuple[str, ...]  # empty for features of the event and of several objects
    feature: str
    label: str  # LaTeX
    unit: str  # of the feature itself, before any logarithm
    log10: bool
    range: tuple[float, float]
    rank: int = 0  # 0 = highest pt among the kinds
    n_bins: int = N_BINS

    @property
    def width(self) -> float:
        return self.range[1] - self.range[0]

    @property
    def edges(self) -> np.ndarray:
        """Bin edges inside the range, (n_bins + 1,)."""
        return np.linspace(*self.range, self.n_bins + 1)

    @property
    def log_counts(self) -> bool:
        """Whether its counts span decades and are drawn so."""
        return self.log10 or self.group == "multiplicity"


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

_DERIVED = {  # name: (group of reconstruction, label, unit, log10, range)
    "ht": ("ht", r"$H_{\mathrm{T}}$", "GeV", True, (1.3, 3.8)),
    "m_jj": ("dijet", "$m$(jet 1, jet 2)", "GeV", True, (1.1, 3.7)),
    "m_bb": ("dibjet", "$m$($b$-jet 1, $b$-jet 2)", "GeV", True, (1.1, 3.7)),
    "m_ll": ("dilepton", "$m$(lepton 1, lepton 2)", "GeV", True, (0.5, 3.3)),
    "mt_lepton1_met": ("lepton_and_met", rf"$m_{{\mathrm{{T}}}}$(lepton 1, {_MET})", "GeV", True, (-0.2, 3.3)),
    "delta_phi_met_jet1": ("jet_and_met", rf"$|\Delta\phi|$({_MET}, jet 1)", "rad", False, (0.0, np.pi)),
    "balance": ("balance", rf"balance $|${_MET}$ + \sum\,\vec{{p}}_{{\mathrm{{T}}}}|$", "GeV", True, (-0.5, 3.0)),
    "w_mass": ("hadronic_top", "$m_{jj}$ of the $W$ candidate", "GeV", False, (0.0, 250.0)),
    "top_mass": ("hadronic_top", "$m_{bjj}$ of the top candidate", "GeV", False, (0.0, 500.0)),
}

_MULTIPLICITIES = {  # of what: (label, highest that has a bin of its own)
    **{kind.name: (kind.label, 5) for kind in KINDS},
    "bjet": ("$b$-jets", 8),
    "jet": ("jets", 15),
    "objects": ("objects", MAX_OBJECTS),
}


def _derived(name: str) -> Observable:
    group, label, unit, log10, limits = _DERIVED[name]
    return Observable(name, group, (), name, label, unit, log10, limits)


def _multiplicity(of: str) -> Observable:
    label, most = _MULTIPLICITIES[of]
    name, limits = f"n_{of}", (-0.5, most + 0.5)
    return Observable(name, "multiplicity", (), name, f"number of {label}", "", False, limits, n_bins=most + 1)


OBSERVABLES = (
    Observable("met", "met", (), "met", _MET, "GeV", True, (-0.5, 3.5)),
    Observable("met_phi", "met", (), "met_phi", f"{_MET}  $\\phi$", "rad", False, (-np.pi, np.pi)),
    Observable("total_energy", "total_energy", (), "total_energy", "total energy", "GeV", True, (1.5, 4.2)),
    *(_of_object(group, feature) for group in _OBJECTS for feature in _FEATURES),
    *(_derived(name) for name in _DERIVED),
    *(_multiplicity(of) for of in _MULTIPLICITIES),
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
    if group in reconstruction.GROUPS:
        return reconstruction.GROUPS[group](events)
    kinds, rank, _ = _OBJECTS[group]
    found = leading(events.objects, tuple(BY_NAME[name].code for name in kinds), rank)
    return found["valid"], {feature: found[feature] for feature in _FEATURES}


def log10_gev(gev: np.ndarray) -> np.ndarray:
    """log10 of GeV, float64, where what is below SMALLEST counts as SMALLEST."""
    return np.log10(np.maximum(gev.astype(np.float64), SMALLEST))


def require_finite(name: str, values: np.ndarray) -> None:
    """ValueError that names the quantity if any of its values is no number."""
    if not np.isfinite(values).all():
        raise ValueError(
            f"{name}: {np.sum(~np.isfinite(values))} values are infinite or NaN; "
            "the events cannot be compared, look at the training of the model that made them"
        )


def _comparable(raw: np.ndarray, observable: Observable) -> np.ndarray:
    """Raw values as they are compared: float64, log10 where the observable says so."""
    require_finite(observable.name, raw)
    return log10_gev(raw) if observable.log10 else raw.astype(np.float64)


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
