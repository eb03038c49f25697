"""Events as rows of numbers, for what compares whole events: two-sample classifier, Frechet and kernel distances, ...

Two tables. :func:`event_features` has everything that is plotted and more objects, for trees, which do without scaling
and know what to do with an absent value. :func:`summary_features` is a compact, stated set for what measures distances
between events; :func:`filled_and_scaled` makes numbers without gaps of it.

Energies, momenta and MET are log10 of their value in GeV, angles in rad. An absent object is NaN; an infinity or NaN
among the events' own values is an error, as in :mod:`deepcollider.metrics.observables`.
"""

import numpy as np
import pandas as pd

from deepcollider.metrics.observables import MIN_VALUES, group_values, log10_gev, require_finite
from deepcollider.physics.events import OBJECT_FEATURES, Events, counts_per_kind, leading, sort_objects
from deepcollider.physics.kinds import BY_NAME, KINDS, LEPTON_CODES
from deepcollider.physics.kinematics import delta_phi
from deepcollider.physics.reconstruction import spectra

RANKS = {"bjet": 3, "jet": 6, "electron": 1, "positron": 1, "muon": 1, "antimuon": 1, "photon": 1}
"""How many objects of each kind are features, leading ones first."""

_SUMMARY_OBJECTS = {
    **{f"jet{rank + 1}": ((BY_NAME["jet"].code,), rank) for rank in range(3)},
    **{f"bjet{rank + 1}": ((BY_NAME["bjet"].code,), rank) for rank in range(2)},
    "lepton1": (LEPTON_CODES, 0),
    "photon1": ((BY_NAME["photon"].code,), 0),
}
_SUMMARY_SPECTRA = ("ht", "m_jj", "m_bb")


def _check(events: Events) -> None:
    for name in ("met", "met_phi"):
        require_finite(name, events.events[name])
    stored = events.objects[events.objects["valid"]]
    for name in OBJECT_FEATURES:
        require_finite(f"object {name}", stored[name])


def _of_event(events: Events) -> dict[str, np.ndarray]:
    """MET, total energy and the multiplicities (N,)."""
    columns = {"met": log10_gev(events.events["met"]), "total_energy": _total_energy(events)}
    counts = counts_per_kind(events.objects)
    return columns | {f"n_{kind.name}": counts[:, column] for column, kind in enumerate(KINDS)}


def _total_energy(events: Events) -> np.ndarray:
    has, values = group_values(events, "total_energy")
    column = np.full(len(events), np.nan)
    column[has] = values["total_energy"]
    return column


def _spectra(events: Events) -> dict[str, np.ndarray]:
    """Derived spectra (N,) but for the multiplicities, NaN where the event has no such quantity."""
    columns = {}
    for name, (has, values) in spectra(events).items():
        if name.startswith("n_") or name == "balance":  # which is left to the columns of ordered_features
            continue
        require_finite(name, values[has])
        columns[name] = np.where(has, values if name.startswith("delta_phi") else log10_gev(values), np.nan)
    return columns


def _visible(events: Events) -> dict[str, np.ndarray]:
    """Vector sum of the pt of all objects, which MET balances but for soft particles: a tree cannot build it."""
    pt, phi = (events.objects[name].astype(np.float64) for name in ("pt", "phi"))
    x, y = (pt * np.cos(phi)).sum(axis=1), (pt * np.sin(phi)).sum(axis=1)
    angle = np.abs(delta_phi(np.arctan2(y, x), events.events["met_phi"]))
    return {"visible_pt": log10_gev(np.hypot(x, y)), "delta_phi_met_visible": angle}


def _per_object(events: Events) -> dict[str, np.ndarray]:
    """Features (N, M) of all objects; delta phi to MET without sign, as nothing prefers one."""
    energy, pt, eta, phi = (events.objects[name].astype(np.float64) for name in OBJECT_FEATURES)
    return {
        "energy": log10_gev(energy),
        "pt": log10_gev(pt),
        "eta": eta,
        "phi": phi,
        "delta_phi_met": np.abs(delta_phi(phi, events.events["met_phi"][:, None])),
    }


def _of_objects(events: Events) -> dict[str, np.ndarray]:
    """Features of the RANKS leading objects of each kind, NaN where the event has fewer."""
    features = _per_object(events)
    rows, counts = np.arange(len(events)), counts_per_kind(events.objects)
    first = np.cumsum(counts, axis=1) - counts  # the objects of a kind follow each other, leading one first
    columns = {}
    for index, kind in enumerate(KINDS):
        for rank in range(RANKS[kind.name]):
            has = counts[:, index] > rank
            slot = np.where(has, first[:, index] + rank, 0)
            for name, values in features.items():
                columns[f"{kind.name}{rank + 1}_{name}"] = np.where(has, values[rows, slot], np.nan)
    return columns


def event_features(events: Events) -> pd.DataFrame:
    """Everything that a classifier may look at, (N, F) float32, NaN where the event lacks the object.

    MET and its phi, seven multiplicities; of the RANKS leading objects of each kind energy, pt, eta, phi and angle to
    MET; and what trees can hardly build of those: total energy, the vector sum of the visible pt, and the spectra of
    :mod:`deepcollider.physics.reconstruction`. Raises ValueError if a value of an event is infinite or NaN.

    Masses of single objects are left out. A model that draws E, pt and eta each with an error of its own misses the
    mass shell, and this alone tells nearly every event (AUC above 0.999) and hides all else that may be wrong; it has
    its own number, ``energy_below_pt_cosh_eta`` of :mod:`deepcollider.metrics.validity`.
    """
    _check(events)
    events = Events(events.events, sort_objects(events.objects))
    columns = _of_event(events) | {"met_phi": events.events["met_phi"]}
    columns |= _visible(events) | _of_objects(events) | _spectra(events)
    return pd.DataFrame({name: values.astype(np.float32) for name, values in columns.items()})


def summary_features(events: Events) -> pd.DataFrame:
    """A compact description of each event for distances between events, (N, 40) float64, NaN where absent.

    log10 of MET, HT, total energy, m_jj and m_bb; seven multiplicities; log10 pt, eta, and cosine and sine of the
    angle to MET of jets 1-3, b-jets 1-2, the leading lepton and the leading photon. MET's own phi is left out: it
    is uniform, and as a number on a circle would only add noise to a distance. Raises ValueError if a value of an
    event is infinite or NaN.
    """
    _check(events)
    derived = _spectra(events)
    columns = _of_event(events) | {name: derived[name] for name in _SUMMARY_SPECTRA}
    for name, (codes, rank) in _SUMMARY_OBJECTS.items():
        record = leading(events.objects, codes, rank)
        angle = delta_phi(record["phi"], events.events["met_phi"])
        features = {"pt": log10_gev(record["pt"]), "eta": record["eta"]}
        features |= {"cos_delta_phi_met": np.cos(angle), "sin_delta_phi_met": np.sin(angle)}
        columns |= {f"{name}_{key}": np.where(record["valid"], each, np.nan) for key, each in features.items()}
    return pd.DataFrame({name: values.astype(np.float64) for name, values in columns.items()})


def filled_and_scaled(reference: pd.DataFrame, *samples: pd.DataFrame) -> list[np.ndarray]:
    """Samples (N, D) as float64 arrays without NaN, on the scale of the reference: one array a sample.

    Each column is shifted and scaled so that the values which the reference has get mean 0 and standard deviation 1.
    Absent values become 0, the reference's mean: which objects an event has is carried by its multiplicities, and an
    absent object adds no distance of its own. Columns that are constant in the reference, or of which it has fewer than
    MIN_VALUES values, become 0: they have no scale. The reference itself is returned only if it is given as a sample
    too.
    """
    mean, std = reference.mean().to_numpy(), reference.std(ddof=0).to_numpy()
    varies = (reference.notna().sum().to_numpy() >= MIN_VALUES) & (std > 1e-12 * np.abs(mean))
    mean, factor = np.where(varies, mean, 0.0), np.where(varies, 1 / np.where(varies, std, 1.0), 0.0)
    return [np.nan_to_num((sample[reference.columns].to_numpy() - mean) * factor, nan=0.0) for sample in samples]
