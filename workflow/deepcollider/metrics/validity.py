"""Invalid event rate: percentage of events that break the conditions of SYSTEMS 1.1 (VAE thesis 6.2).

An event is invalid if none of its objects triggers, or if any stored object lies outside its acceptance. An
event can break several conditions and then counts in each of them, but once in the rate. The VAE thesis counts
events that break one or more conditions, and does not say whether those on objects are among them: that they are
is our reading.
"""

from dataclasses import dataclass

import numpy as np

from deepcollider.metrics.table import OVERALL
from deepcollider.physics.acceptance import CUTS, has_trigger, passes_eta, passes_pt
from deepcollider.physics.events import Events
from deepcollider.physics.kinds import KINDS, NO_OBJECT

MASS_SHELL_TOLERANCE = 1e-4
"""Relative; the published files have six digits, so that truth can miss the bound by rounding."""

_CODES = {family: [kind.code for kind in KINDS if kind.family == family] for family in CUTS}


@dataclass(frozen=True)
class Rate:
    """A percentage with its binomial standard error, of ``n`` events or objects; NaN if there are none."""

    percent: float
    error: float
    n: int


def rate(failed: np.ndarray) -> Rate:
    """Percentage of True."""
    n = failed.size
    if not n:
        return Rate(np.nan, np.nan, 0)
    fraction = float(np.mean(failed))
    return Rate(100 * fraction, 100 * float(np.sqrt(fraction * (1 - fraction) / n)), n)


def below_mass_shell(objects: np.ndarray) -> np.ndarray:
    """Whether each object has E < |p| = pt cosh(eta), beyond rounding: no real particle has."""
    momentum = objects["pt"].astype(np.float64) * np.cosh(np.clip(objects["eta"].astype(np.float64), -100, 100))
    return objects["energy"] < momentum * (1 - MASS_SHELL_TOLERANCE)


def broken_conditions(events: Events) -> dict[str, np.ndarray]:
    """By condition, whether each event (N,) breaks it: no_trigger, <family>_pt and <family>_eta."""
    objects = events.objects
    broken = {"no_trigger": ~has_trigger(objects)}
    fails = {"pt": ~passes_pt(objects), "eta": ~passes_eta(objects)}
    for family, codes in _CODES.items():
        of_family = np.isin(objects["kind"], codes)
        for feature, failed in fails.items():
            broken[f"{family}_{feature}"] = (failed & of_family).any(axis=1)
    return broken


def invalid(events: Events) -> np.ndarray:
    """Whether each event (N,) breaks any condition."""
    return np.any(list(broken_conditions(events).values()), axis=0)


def _object_rates(objects: np.ndarray, part: str) -> dict[tuple[str, str], Rate]:
    return {
        (part, "object_invalid_pt"): rate(~passes_pt(objects)),
        (part, "object_invalid_eta"): rate(~passes_eta(objects)),
        (part, "energy_below_pt_cosh_eta"): rate(below_mass_shell(objects)),
    }


def validity_rates(events: Events) -> dict[tuple[str, str], Rate]:
    """Rates by (part, metric).

    Of events (part "overall"): ``ier`` and ``ier_<condition>``. Of objects (part a family or "overall"):
    ``object_invalid_pt``, ``object_invalid_eta`` and, outside the sample's conditions,
    ``energy_below_pt_cosh_eta``.
    """
    broken = broken_conditions(events)
    rates = {(OVERALL, "ier"): rate(np.any(list(broken.values()), axis=0))}
    rates |= {(OVERALL, f"ier_{condition}"): rate(failed) for condition, failed in broken.items()}
    stored = events.objects[events.objects["kind"] != NO_OBJECT]
    rates |= _object_rates(stored, OVERALL)
    for family, codes in _CODES.items():
        rates |= _object_rates(stored[np.isin(stored["kind"], codes)], family)
    return rates
