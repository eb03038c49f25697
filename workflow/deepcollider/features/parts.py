"""Events cut into eight parts, MET and the seven kinds, as per-particle models see them (VAE thesis 7.4, 7.5).

Energies, pt and MET enter as log10 of GeV, angles in rad. Logarithms are taken in float64 and stored in float32,
so a value comes back to about 1e-6 relative.
"""

import numpy as np

from deepcollider.physics.events import OBJECT_DTYPE, Events, counts_per_kind, wrap_phi
from deepcollider.physics.kinds import KINDS, Kind

FLOOR = 1e-3
"""GeV. Smaller values, such as a MET of exactly 0, are taken as this before the logarithm: far below all that
is measured, yet not so far that one event spoils a scaler."""

PART_NAMES = ("met", *(kind.name for kind in KINDS))

PART_COLUMNS = {
    "met": ("log10_met", "met_phi"),
    **{kind.name: ("log10_energy", "log10_pt", "eta", "phi") for kind in KINDS},
}


def _log10(values: np.ndarray) -> np.ndarray:
    return np.log10(np.maximum(values.astype(np.float64), FLOOR))


def _power10(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # an absurd generated value becomes inf, for the metrics to see
        return (10.0 ** values.astype(np.float64)).astype(np.float32)


def met_part(events: Events) -> dict[str, np.ndarray]:
    """Part ``met``: ``features`` (N, 2) f4 [log10 MET, METphi], ``counts`` (N, 7) u1 of objects per kind."""
    met, phi = events.events["met"], events.events["met_phi"]
    features = np.stack([_log10(met), phi], axis=1).astype(np.float32)
    return {"features": features, "counts": counts_per_kind(events.objects).astype(np.uint8)}


def kind_part(events: Events, kind: Kind) -> dict[str, np.ndarray]:
    """Part of a kind: ``features`` (M, 4) f4 [log10 E, log10 pt, eta, phi] of its objects, event by event."""
    objects = events.objects[events.objects["kind"] == kind.code]
    columns = [_log10(objects["energy"]), _log10(objects["pt"]), objects["eta"], objects["phi"]]
    return {"features": np.stack(columns, axis=1).astype(np.float32)}


def met_from_part(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverse of :func:`met_part`: MET (N,) in GeV and METphi (N,) in (-pi, pi], both f4."""
    features = np.asarray(features, np.float32)
    return _power10(features[:, 0]), wrap_phi(features[:, 1])


def objects_from_part(features: np.ndarray, kind: Kind) -> np.ndarray:
    """Inverse of :func:`kind_part`: (M,) of OBJECT_DTYPE, valid objects of ``kind``, phi in (-pi, pi]."""
    features = np.asarray(features, np.float32)
    objects = np.zeros(len(features), OBJECT_DTYPE)
    objects["kind"], objects["valid"] = kind.code, True
    objects["energy"], objects["pt"] = _power10(features[:, 0]), _power10(features[:, 1])
    objects["eta"], objects["phi"] = features[:, 2], wrap_phi(features[:, 3])
    return objects
