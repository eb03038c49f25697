"""Simulated events as flat dilepton n-tuples, one entry a selected event (style thesis 3.3, SYSTEMS 1.3).

An event is selected if it has

- two leptons (electron or muon, identified and isolated as ``detector`` has it) of pt > 15 GeV and |eta| < 2.5, the
  harder one of pt > 20 GeV, of opposite charge. The two hardest are meant: where these have the same charge, a third
  one does not save the event;
- two jets of pt > 20 GeV and |eta| < 3.0 that hold a bottom hadron. This is the flavour in the event record, not the
  b-tag: the thesis speaks of jets associated with b quarks, and trees with truth flavour have no mistags. Hadrons are
  looked for up to |eta| = 2.5 (``detector.FLAVOUR_ETA``), so that hardly a jet lies beyond.

All this lies at or below the cuts for event images (``dileptons``), which thus still have something to cut. Where an
event has more, the two hardest are taken; 1 is harder than 2. The leptons' masses are those of the particle, a jet's
is that of its four-vector, and MET is transverse: etaMET and mMET are 0.

Of the signal, top pairs with a mediator that decays to dark matter, mind that Pythia 8 uses one and the same matrix
element for the radiation of a scalar and of a pseudoscalar off a top quark (measured here: equal spectra at 100 GeV).
A real pseudoscalar of that mass is harder, so that ours has less MET than the published sample: above the cut of 110
GeV lie 44 % of signal and 16 % of top pairs, an accuracy of 0.64, where the thesis found 0.70.
"""

from dataclasses import dataclass

import numpy as np

from deepcollider.physics.events import wrap_phi
from deepcollider.physics.kinematics import ELECTRON_MASS, MUON_MASS, invariant_mass
from deepcollider.sources.detector import EGAMMA_ISOLATION, ELECTRON, MUON_ISOLATION, Detected, Particles, join
from deepcollider.sources.dilepton_branches import BRANCHES, COMPONENTS, TREE
from deepcollider.sources.response import BOTTOM

__all__ = ["BRANCHES", "TREE", "to_branches"]

LEPTON_PT, LEADING_LEPTON_PT, LEPTON_ETA = 15.0, 20.0, 2.5
JET_PT, JET_ETA = 20.0, 3.0


@dataclass(frozen=True)
class Pair:
    """The two hardest particles of each event; only where ``found`` do the rows mean anything. All arrays (N,)."""

    found: np.ndarray
    first: np.ndarray  # row of the harder one
    second: np.ndarray


def hardest_pair(particles: Particles, n_events: int) -> Pair:
    """The two particles of highest pt of each event; of equals, the one that stands first."""
    order = np.lexsort((-particles.pt, particles.event))
    start, stop = (np.searchsorted(particles.event[order], np.arange(n_events), side) for side in ("left", "right"))
    found = stop - start >= 2
    first, second = np.zeros(n_events, int), np.zeros(n_events, int)
    first[found], second[found] = order[start[found]], order[start[found] + 1]
    return Pair(found, first, second)


def selected_leptons(detected: Detected) -> Particles:
    """Isolated electrons and muons inside the acceptance."""
    is_electron = np.abs(detected.electrons_photons.pdg) == ELECTRON
    leptons = join(
        detected.electrons_photons.take(is_electron & (detected.electron_photon_isolation < EGAMMA_ISOLATION)),
        detected.muons.take(detected.muon_isolation < MUON_ISOLATION),
    )
    return leptons.take((leptons.pt > LEPTON_PT) & (np.abs(leptons.eta) < LEPTON_ETA))


def selected_b_jets(detected: Detected) -> Particles:
    """Jets with a bottom hadron inside the acceptance."""
    jets = detected.jets
    return jets.take((detected.jet_flavour == BOTTOM) & (jets.pt > JET_PT) & (np.abs(jets.eta) < JET_ETA))


def lepton_masses(leptons: Particles) -> np.ndarray:
    """Mass (GeV) of each electron or muon."""
    return np.where(np.abs(leptons.pdg) == ELECTRON, ELECTRON_MASS, MUON_MASS)


def _branches(name: str, pt, eta, phi, mass) -> dict[str, np.ndarray]:
    values = {"pt": pt, "eta": eta, "phi": wrap_phi(np.asarray(phi, "f4")), "m": mass}
    return {component + name: np.asarray(values[component], "f4") for component in COMPONENTS}


def to_branches(detected: Detected, first_event: int) -> dict[str, np.ndarray]:
    """The selected events of a batch as branches, in the order of the batch.

    ``first_event`` (the number of the first of them) belongs to the signature that the formats share; a tree of this
    one has no event numbers.
    """
    leptons, jets = selected_leptons(detected), selected_b_jets(detected)
    lepton_pair, jet_pair = (hardest_pair(particles, detected.n_events) for particles in (leptons, jets))
    events = np.flatnonzero(lepton_pair.found & jet_pair.found)
    first, second = (leptons.take(rows[events]) for rows in (lepton_pair.first, lepton_pair.second))
    kept = (first.pt > LEADING_LEPTON_PT) & (np.sign(first.pdg) != np.sign(second.pdg))
    events, first, second = events[kept], first.take(kept), second.take(kept)

    branches = {}
    for name, lepton in (("lep1", first), ("lep2", second)):
        branches |= _branches(name, lepton.pt, lepton.eta, lepton.phi, lepton_masses(lepton))
    for name, rows in (("b1", jet_pair.first), ("b2", jet_pair.second)):
        jet = jets.take(rows[events])
        branches |= _branches(name, jet.pt, jet.eta, jet.phi, invariant_mass(jet.energy, jet.pt, jet.eta))
    zeros = np.zeros(len(events))
    return branches | _branches("MET", detected.met[events], zeros, detected.met_phi[events], zeros)
