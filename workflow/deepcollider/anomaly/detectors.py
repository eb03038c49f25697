"""Detectors that need no neural network: simple quantities of an event, and an isolation forest.

They stand beside a learnt likelihood, which would be of no use if it saw no more than they do.
"""

import numpy as np

from deepcollider.physics.events import Events, jet_ht

TREES = 200
FOREST_EVENTS = 15_000
"""Most background events that the forest learns from."""


def quantities(events: Events) -> dict[str, np.ndarray]:
    """Scores (N,) by name: the larger, the rarer in most backgrounds."""
    pt = np.where(events.objects["valid"], events.objects["pt"], 0.0)
    return {
        "MET": events.events["met"].astype(np.float64),
        "HT": jet_ht(events.objects),
        "MET + HT": events.events["met"].astype(np.float64) + jet_ht(events.objects),
        "number of objects": events.events["n_objects"].astype(np.float64),
        "leading pt": pt.max(axis=1).astype(np.float64),
    }


def of_likelihood(name: str, minus_log_p: np.ndarray, events: Events) -> dict[str, np.ndarray]:
    """Scores (N,) by name from -log p (N,) of a model: as it is, and as the mean over MET and all objects.

    Every object adds its own share to -log p, so that events with many objects stand out for their number alone.
    """
    return {name: minus_log_p, f"{name}, per object": minus_log_p / (1.0 + events.events["n_objects"])}


def isolation_forest(background: np.ndarray, samples: list[np.ndarray], seed: int) -> list[np.ndarray]:
    """Scores (N,) of samples (N, D) from a forest (Liu et al. 2008) that has seen only the ``background`` (M, D)."""
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(n_estimators=TREES, random_state=seed).fit(background[:FOREST_EVENTS])
    return [-forest.score_samples(sample) for sample in samples]
