"""Events as columns for a second classifier: objects by pt across all kinds, pairs of them, and the balance.

:mod:`deepcollider.metrics.event_features` and the inputs of refinements (:mod:`deepcollider.features.tree_inputs`) rank
objects within their kind. Here they rank by pt whatever they are, so that pairs of unlike objects are looked at too: a
jet and a lepton, a photon and a b-jet. Masses of pairs are log10 of GeV and, like Delta R, of the PAIRED hardest
objects; the balance (:mod:`deepcollider.physics.reconstruction`) says how well MET and objects add up to nothing.

No column is one of a refinement's inputs, and none of those is to be taken from here: what corrects a generator must
not look at what judges it. What the two share cannot be avoided: in an event whose two hardest objects are jets, the
mass of objects 1 and 2 is that of jets 1 and 2; and MET, the visible momentum and the angle between them, which
refinements are given, determine the balance, though trees would have to build it of many cuts.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from deepcollider.metrics.observables import log10_gev
from deepcollider.physics.events import Events, hardest
from deepcollider.physics.kinds import KINDS
from deepcollider.physics.kinematics import delta_phi
from deepcollider.physics.reconstruction import balance, mass, momenta

RANKED, PAIRED = 8, 5
"""How many of the hardest objects are columns of their own, and of how many all pairs are."""

_CODES = tuple(kind.code for kind in KINDS)


def ordered_features(events: Events) -> pd.DataFrame:
    """Columns (N, F) float32, NaN where the event has fewer objects.

    Of each of the RANKED hardest objects kind, log10 pt, |eta| and the angle to the hardest one; of each pair of the
    PAIRED hardest log10 of the mass (negative masses count as the smallest) and Delta R; log10 of the mass of all
    objects and of the scalar sum of their pt; the number of objects; log10 of the balance, and its angle to MET.
    """
    objects = hardest(events.objects, _CODES, RANKED)
    there, momentum = objects["valid"], momenta(objects)
    eta, phi = objects["eta"].astype(np.float64), objects["phi"].astype(np.float64)
    columns: dict[str, np.ndarray] = {}

    def column(name: str, values: np.ndarray, has: np.ndarray) -> None:
        columns[name] = np.where(has, values, np.nan).astype(np.float32)

    for rank in range(RANKED):
        name, has = f"object{rank + 1}", there[:, rank]
        column(f"{name}_kind", objects["kind"][:, rank], has)
        column(f"{name}_pt", log10_gev(objects["pt"][:, rank]), has)
        column(f"{name}_eta", np.abs(eta[:, rank]), has)
        if rank:
            column(f"{name}_delta_phi", np.abs(delta_phi(phi[:, rank], phi[:, 0])), has)
    for one, other in combinations(range(PAIRED), 2):
        pair, has = f"object{one + 1}_object{other + 1}", there[:, other]
        column(f"mass_{pair}", log10_gev(mass(momentum[:, one] + momentum[:, other])), has)
        away = np.hypot(eta[:, one] - eta[:, other], delta_phi(phi[:, one], phi[:, other]))
        column(f"delta_r_{pair}", away, has)
    everything = momenta(events.objects)
    some, always = events.objects["valid"].any(axis=1), np.ones(len(events), bool)
    column("mass_all", log10_gev(mass(everything.sum(axis=1))), some)
    column("sum_pt", log10_gev(events.objects["pt"].sum(axis=1, dtype=np.float64)), some)
    column("n_all", events.objects["valid"].sum(axis=1), always)
    size, angle = balance(events)
    column("balance", log10_gev(size), always)
    column("delta_phi_met_balance", np.abs(delta_phi(angle, events.events["met_phi"])), always)
    return pd.DataFrame(columns)
