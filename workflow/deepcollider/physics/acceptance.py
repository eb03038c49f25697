"""Acceptance cuts and event validity of the Dark Machines sample (VAE thesis 3.1, SYSTEMS 1.1). pt in GeV."""

from dataclasses import dataclass

import numpy as np

from deepcollider.physics.kinds import JET_CODES, KINDS, NO_OBJECT

CRACK = (1.37, 1.52)
"""|eta| range between calorimeter barrel and endcap, where an electron does not make an event valid."""

JET_RADIUS = 0.4
"""Of the jets' algorithm, anti-kT: two that are closer in (eta, phi) would have been one."""


@dataclass(frozen=True)
class Cuts:
    """Thresholds of one family: stored objects pass (pt, eta); an event needs one object past the trigger pair."""

    pt: float
    eta: float
    trigger_pt: float
    trigger_eta: float


CUTS = {
    "jet": Cuts(pt=20.0, eta=2.8, trigger_pt=60.0, trigger_eta=2.8),
    "electron": Cuts(pt=15.0, eta=2.7, trigger_pt=25.0, trigger_eta=2.47),
    "muon": Cuts(pt=15.0, eta=2.7, trigger_pt=25.0, trigger_eta=2.7),
    "photon": Cuts(pt=20.0, eta=2.37, trigger_pt=25.0, trigger_eta=2.37),
}

_FAMILIES = [None] + [kind.family for kind in KINDS]  # by kind code


def _by_code(field: str) -> np.ndarray:
    """Threshold ``field`` of CUTS as a table indexed by kind code; no object ever passes as kind 0."""
    return np.array([np.inf if family is None else getattr(CUTS[family], field) for family in _FAMILIES])


_PT, _ETA = _by_code("pt"), _by_code("eta")
_TRIGGER_PT, _TRIGGER_ETA = _by_code("trigger_pt"), _by_code("trigger_eta")
_IS_ELECTRON = np.array([family == "electron" for family in _FAMILIES])


def passes_pt(objects: np.ndarray) -> np.ndarray:
    """Whether each object lies above the pt threshold of its kind; any shape in, same shape of bool out."""
    return objects["pt"] > _PT[objects["kind"]]


def passes_eta(objects: np.ndarray) -> np.ndarray:
    """Whether each object lies inside the |eta| acceptance of its kind."""
    return np.abs(objects["eta"]) < _ETA[objects["kind"]]


def in_acceptance(objects: np.ndarray) -> np.ndarray:
    """Whether each object may be stored: pt and |eta| cuts of its kind. Empty slots give False."""
    return (objects["kind"] != NO_OBJECT) & passes_pt(objects) & passes_eta(objects)


def triggers(objects: np.ndarray) -> np.ndarray:
    """Whether each object by itself makes its event valid."""
    kind, abs_eta = objects["kind"], np.abs(objects["eta"])
    in_crack = _IS_ELECTRON[kind] & (abs_eta > CRACK[0]) & (abs_eta < CRACK[1])
    hard = objects["pt"] > _TRIGGER_PT[kind]
    return (kind != NO_OBJECT) & hard & (abs_eta < _TRIGGER_ETA[kind]) & ~in_crack


def has_trigger(objects: np.ndarray) -> np.ndarray:
    """Whether each event (row of (N, M) objects) has at least one object that makes it valid."""
    return triggers(objects).any(axis=1)


def has_merged_jets(objects: np.ndarray) -> np.ndarray:
    """Whether two jets or b-jets of an event (row of (N, M) objects, in the store's order) would have been one."""
    is_jet = np.isin(objects["kind"], JET_CODES)
    most = int(is_jet.sum(axis=1).max(initial=0))  # they stand first
    eta, phi = (np.where(is_jet, objects[name], np.nan)[:, :most] for name in ("eta", "phi"))
    merged = np.zeros(len(objects), bool)
    for apart in range(1, most):
        d_eta = eta[:, apart:] - eta[:, :-apart]
        d_phi = np.abs(phi[:, apart:] - phi[:, :-apart])
        d_phi = np.minimum(d_phi, 2 * np.float32(np.pi) - d_phi)
        merged |= (d_eta**2 + d_phi**2 < JET_RADIUS**2).any(axis=1)
    return merged


def describe_cuts() -> dict[str, str]:
    """The cuts in words, one entry a family, for attributes and captions."""
    return {
        family: (
            f"stored: pt > {cuts.pt:g} GeV, |eta| < {cuts.eta:g}; "
            f"event valid with one of pt > {cuts.trigger_pt:g} GeV, |eta| < {cuts.trigger_eta:g}"
            + (f" outside {CRACK[0]} < |eta| < {CRACK[1]}" if family == "electron" else "")
        )
        for family, cuts in CUTS.items()
    }
