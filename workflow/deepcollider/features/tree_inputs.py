"""Whole events as rows of numbers for boosted trees that learn what a generator gets wrong.

What a generator that draws object after object can miss is what several objects have in common: masses and distances
of pairs, of a b-jet and two jets, sums over the event. All of these are columns beside MET, the multiplicities and the
objects themselves. Energies are in GeV and angles in rad, without logarithms: trees see the order of values alone.
Angles phi are relative to that of MET, which is uniform, and without sign, as no sign is preferred. Masses of single
jets are left out: that is one head of a network, where nothing of others is missed, and a small mass has all the
rounding of a published energy. No column is one of the classifier that judges generators by objects of all kinds, in
order of pt (``metrics.ordered_features``): what mends a generator must not look at what judges it.
"""

from itertools import combinations

import numpy as np

from deepcollider.physics.events import Events, counts_per_kind, hardest
from deepcollider.physics.kinds import BY_NAME, KINDS
from deepcollider.physics.kinematics import delta_phi
from deepcollider.physics.reconstruction import mass, momenta, spectra

RANKS = {"bjet": 3, "jet": 6, "electron": 1, "positron": 1, "muon": 1, "antimuon": 1, "photon": 1}
"""How many objects of each kind are columns of their own, the hardest ones."""

PAIRED = {"bjet": 2, "jet": 4}
"""How many of each kind are combined with each other."""

LEFT_TO_JUDGE = ("balance",)
"""Spectra that trees which mend a generator must not see, as a classifier that judges it does."""


def _objects(events: Events) -> dict[str, np.ndarray]:
    """The hardest objects by name, each a record (N,)."""
    found = {}
    for name, n in RANKS.items():
        of_kind = hardest(events.objects, (BY_NAME[name].code,), n)
        found |= {f"{name}{rank + 1}": of_kind[:, rank] for rank in range(n)}
    return found


def _columns(events: Events):
    """Pairs of a name and values (N,), with where they mean something (N,) bool."""
    met, met_phi = (events.events[name].astype(np.float64) for name in ("met", "met_phi"))
    always = np.ones(len(events), bool)
    yield "met", met, always
    for kind, counts in zip(KINDS, counts_per_kind(events.objects).T, strict=True):
        yield f"n_{kind.name}", counts, always
    hard = _objects(events)
    for name, objects in hard.items():
        yield f"{name}_pt", objects["pt"], objects["valid"]
        yield f"{name}_eta", objects["eta"], objects["valid"]
        yield f"{name}_delta_phi_met", np.abs(delta_phi(objects["phi"], met_phi)), objects["valid"]
    pt, phi = (events.objects[name].astype(np.float64) for name in ("pt", "phi"))
    x, y = (pt * np.cos(phi)).sum(axis=1), (pt * np.sin(phi)).sum(axis=1)
    yield "visible_pt", np.hypot(x, y), always
    yield "delta_phi_met_visible", np.abs(delta_phi(np.arctan2(y, x), met_phi)), (pt > 0).any(axis=1)
    for name, (has, values) in spectra(events).items():
        if not name.startswith("n_") and name not in LEFT_TO_JUDGE:
            yield name, values, has
    combined = {f"{name}{rank + 1}": hard[f"{name}{rank + 1}"] for name, n in PAIRED.items() for rank in range(n)}
    momentum = {name: momenta(objects) for name, objects in combined.items()}
    for names in combinations(combined, 2):
        one, other = (combined[name] for name in names)
        has = one["valid"] & other["valid"]
        yield f"mass_{'_'.join(names)}", mass(momentum[names[0]] + momentum[names[1]]), has
        eta = one["eta"].astype(np.float64) - other["eta"]
        yield f"delta_r_{'_'.join(names)}", np.hypot(eta, delta_phi(one["phi"], other["phi"])), has
    jets = [name for name in combined if name.startswith("jet")]
    for bjet in (name for name in combined if name.startswith("bjet")):
        for first, second in combinations(jets, 2):
            has = np.all([combined[name]["valid"] for name in (bjet, first, second)], axis=0)
            yield f"mass_{bjet}_{first}_{second}", mass(momentum[bjet] + momentum[first] + momentum[second]), has


def tree_inputs(events: Events) -> dict[str, np.ndarray]:
    """Columns (N,) float32 as the head of this module says; NaN where an event has no such thing."""
    return {name: np.where(has, values, np.nan).astype(np.float32) for name, values, has in _columns(events)}
