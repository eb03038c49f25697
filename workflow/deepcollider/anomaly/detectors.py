"""Detectors that need no neural network: simple quantities of an event, and an isolation forest.

They stand beside a learnt likelihood, which would be of no use if it saw no more than they do.
"""

import numpy as np

from deepcollider.metrics.event_features import filled_and_scaled, summary_features
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


def isolation_forest(background: Events, samples: list[Events], seed: int) -> list[np.ndarray]:
    """Scores (N,) of each sample from a forest (Liu, Ting, Zhou 2008) that has seen only the ``background``.

    It looks at :func:`deepcollider.metrics.event_features.summary_features`.
    """
    from sklearn.ensemble import IsolationForest

    reference = summary_features(background.take(slice(FOREST_EVENTS)))
    tables = [summary_features(sample) for sample in samples]
    learnt, *scaled = filled_and_scaled(reference, reference, *tables)
    forest = IsolationForest(n_estimators=TREES, random_state=seed).fit(learnt)
    return [-forest.score_samples(each) for each in scaled]
