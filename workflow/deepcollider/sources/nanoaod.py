"""Simulated events in the layout of CMS NanoAOD: TTree ``Events``, the real names of its branches.

What differs from real NanoAOD, beside the many branches that are not there:

- Leptons are those that the fast detector identifies, isolated or not, above 10 GeV (NanoAOD: electrons above 5,
  muons above 3 GeV). ``pfRelIso03_all`` and ``pfRelIso04_all`` both hold the detector's one isolation, of a cone of
  0.5 without pile-up correction.
- Isolated electrons are not jets too, as they are in NanoAOD.
- ``Jet_btagDeepFlavB`` is 1 for a tagged jet and 0 for another: a working point, not a discriminant.
- ``genWeight`` is 1, ``run`` and ``luminosityBlock`` are 1 as in CMS simulation.

Within a collection objects are ordered by descending pt. GeV and rad.
"""

from typing import Any

import numpy as np

from deepcollider.physics.events import wrap_phi
from deepcollider.physics.kinematics import ELECTRON_MASS, MUON_MASS, invariant_mass
from deepcollider.sources.detector import ELECTRON, Detected, Particles

TREE = "Events"

_KINEMATICS = "pt: float32, eta: float32, phi: float32, mass: float32"

BRANCHES = {
    "run": "uint32",
    "luminosityBlock": "uint32",
    "event": "uint64",
    "genWeight": "float32",
    "Electron": f"var * {{{_KINEMATICS}, charge: int32, pfRelIso03_all: float32}}",
    "Muon": f"var * {{{_KINEMATICS}, charge: int32, pfRelIso04_all: float32}}",
    "Jet": f"var * {{{_KINEMATICS}, btagDeepFlavB: float32, hadronFlavour: int32}}",
    "MET_pt": "float32",
    "MET_phi": "float32",
}
"""Branch, or collection (Electron: the counter nElectron and the branches Electron_*), -> type for uproot."""


def _collection(particles: Particles, n_events: int, **columns: np.ndarray):
    """Particles with further columns (n,) as awkward records (N, var), ordered by descending pt."""
    import awkward as ak

    columns = {
        "pt": particles.pt.astype("f4"),
        "eta": particles.eta.astype("f4"),
        "phi": wrap_phi(particles.phi.astype("f4")),
        **columns,
    }
    order = np.lexsort((-particles.pt, particles.event))
    records = ak.zip({name: values[order] for name, values in columns.items()})
    return ak.unflatten(records, np.bincount(particles.event, minlength=n_events))


def _lepton_columns(leptons: Particles, mass: float) -> dict[str, np.ndarray]:
    return {"mass": np.full(len(leptons), mass, "f4"), "charge": (-np.sign(leptons.pdg)).astype("i4")}


def to_branches(detected: Detected, first_event: int) -> dict[str, Any]:
    """All events of a batch, numbered from ``first_event``, as the branches of BRANCHES."""
    n = detected.n_events
    is_electron = np.abs(detected.electrons_photons.pdg) == ELECTRON
    electrons = detected.electrons_photons.take(is_electron)
    return {
        "run": np.ones(n, "u4"),
        "luminosityBlock": np.ones(n, "u4"),
        "event": np.arange(first_event, first_event + n, dtype="u8"),
        "genWeight": np.ones(n, "f4"),
        "Electron": _collection(
            electrons,
            n,
            **_lepton_columns(electrons, ELECTRON_MASS),
            pfRelIso03_all=detected.electron_photon_isolation[is_electron].astype("f4"),
        ),
        "Muon": _collection(
            detected.muons,
            n,
            **_lepton_columns(detected.muons, MUON_MASS),
            pfRelIso04_all=detected.muon_isolation.astype("f4"),
        ),
        "Jet": _collection(
            detected.jets,
            n,
            mass=invariant_mass(detected.jets.energy, detected.jets.pt, detected.jets.eta).astype("f4"),
            btagDeepFlavB=detected.jet_tagged.astype("f4"),
            hadronFlavour=detected.jet_flavour.astype("i4"),
        ),
        "MET_pt": detected.met.astype("f4"),
        "MET_phi": wrap_phi(detected.met_phi.astype("f4")),
    }
