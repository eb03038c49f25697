"""Events written by hand, for tests of what is computed from objects and MET."""

from collections.abc import Sequence

import numpy as np

from deepcollider.physics.events import Events, empty_events
from deepcollider.physics.kinds import BY_NAME


def event_and_bare_met(objects: Sequence[tuple[str, float, float, float, float]], met: float, met_phi: float) -> Events:
    """Make two events: one of ``objects`` (kind, pt, eta, phi, mass; GeV) in their order, one with MET alone."""
    found = empty_events(2)
    found.events["met"], found.events["met_phi"] = [met, 20.0], [met_phi, 1.0]
    for slot, (kind, pt, eta, phi, mass) in enumerate(objects):
        energy = np.sqrt(mass**2 + (pt * np.cosh(eta)) ** 2)
        found.objects[0, slot] = (BY_NAME[kind].code, True, energy, pt, eta, phi)
    found.events["n_objects"] = [len(objects), 0]
    return found
