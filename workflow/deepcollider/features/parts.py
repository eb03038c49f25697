"""What the networks see of MET and of an object, and the way back (VAE thesis 7.2).

Energies, pt and MET enter as log10 of GeV, angles in rad. Logarithms are taken in float64 and stored in float32,
so a value comes back to about 1e-6 relative.

On the way back phi and METphi are folded into (-pi, pi]. The theses do not say what becomes of a generated angle beyond
pi; folding is our reading. It is not innocent where a network's outputs have no bounds, as those of the variational
autoencoders: histograms then do not show what lay beyond.
"""

import numpy as np

from deepcollider.physics.events import OBJECT_DTYPE, Events, empty_events, sort_objects, wrap_phi
from deepcollider.physics.kinds import Kind

FLOOR = 1e-3
"""GeV. Smaller values, such as a MET of exactly 0, are taken as this before the logarithm: far below all that
is measured, yet not so far that one event spoils a scaler."""

MET_COLUMNS = ("log10_met", "met_phi")
OBJECT_COLUMNS = ("log10_energy", "log10_pt", "eta", "phi")
RAW_COLUMNS = ("energy", "pt", "eta", "phi")


def _log10(values: np.ndarray) -> np.ndarray:
    return np.log10(np.maximum(values.astype(np.float64), FLOOR))


def _power10(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # an absurd generated value becomes inf, for the metrics to see
        return (10.0 ** values.astype(np.float64)).astype(np.float32)


def met_features(events: Events) -> np.ndarray:
    """MET_COLUMNS of events, (N, 2) f4."""
    met, phi = events.events["met"], events.events["met_phi"]
    return np.stack([_log10(met), phi], axis=1).astype(np.float32)


def object_features(objects: np.ndarray) -> np.ndarray:
    """OBJECT_COLUMNS of objects (...,) of OBJECT_DTYPE, (..., 4) f4; NaN where there is no object."""
    columns = [_log10(objects["energy"]), _log10(objects["pt"]), objects["eta"], objects["phi"]]
    features = np.stack(columns, axis=-1).astype(np.float32)
    features[~objects["valid"]] = np.nan
    return features


def met_from_features(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverse of :func:`met_features`: MET (N,) in GeV and METphi (N,) in (-pi, pi], both f4."""
    features = np.asarray(features, np.float32)
    return _power10(features[:, 0]), wrap_phi(features[:, 1])


def raw_features(features: np.ndarray) -> np.ndarray:
    """OBJECT_COLUMNS (..., 4) -> RAW_COLUMNS (..., 4) f8: energy and pt in GeV, eta and phi as they are."""
    raw = np.array(features, np.float64)
    with np.errstate(over="ignore"):  # as in _power10
        raw[..., :2] = 10.0 ** raw[..., :2]
    return raw


def objects_from_features(features: np.ndarray, codes: Kind | np.ndarray) -> np.ndarray:
    """Inverse of :func:`object_features`: (...,) of OBJECT_DTYPE, phi in (-pi, pi].

    ``codes`` is the kind of all of them, or the code of each (...,); of code 0, no object is made.
    """
    features = np.asarray(features, np.float32)
    objects = np.zeros(features.shape[:-1], OBJECT_DTYPE)
    objects["kind"] = codes.code if isinstance(codes, Kind) else codes
    objects["valid"] = objects["kind"] > 0
    objects["energy"], objects["pt"] = _power10(features[..., 0]), _power10(features[..., 1])
    objects["eta"], objects["phi"] = features[..., 2], wrap_phi(features[..., 3])
    objects[~objects["valid"]] = np.zeros((), OBJECT_DTYPE)
    return objects


def events_from_features(met: np.ndarray, features: np.ndarray, codes: np.ndarray) -> Events:
    """Events of which only MET and objects are set, in the store's order, all float32.

    MET_COLUMNS ``met`` (N, 2); OBJECT_COLUMNS of up to 20 slots ``features`` (N, slots, 4), whose kinds are ``codes``
    (N, slots); a slot of code 0 is empty, whatever stands in its features.
    """
    events = empty_events(len(met))
    events.events["met"], events.events["met_phi"] = met_from_features(met)
    events.objects[:, : codes.shape[1]] = sort_objects(objects_from_features(features, codes))
    events.events["n_objects"] = events.objects["valid"].sum(axis=1)
    return events
