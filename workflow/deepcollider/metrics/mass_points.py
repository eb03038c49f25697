"""Events generated at masses that no training has seen, beside what one would take without such a model.

The naive alternative is to use the events of the nearest mass that was simulated as they are. Both, and truth itself
(the floor), are compared with Monte Carlo events at the masses that were left out.
"""

import pandas as pd

from deepcollider.metrics.evaluate import overall_wd
from deepcollider.metrics.event_features import event_features
from deepcollider.metrics.two_sample import two_sample_test
from deepcollider.physics.events import Events

GENERATED, FLOOR = "generated", "floor"
COLUMNS = ["sample", "n", "wd", "c2st_auc", "c2st_auc_error"]


def compare_mass_points(truth: Events, samples: dict[str, Events], max_events: int, seed: int) -> pd.DataFrame:
    """Overall WD and classifier two-sample test of each sample against truth, COLUMNS; equally many events of each."""
    n = min(max_events, *(len(each) for each in (truth, *samples.values())))
    truth, rows = truth.take(slice(n)), []
    of_truth = event_features(truth)
    for name, events in samples.items():
        events = events.take(slice(n))
        test = two_sample_test(event_features(events), of_truth, max_events=max_events, seed=seed)
        rows.append((name, n, overall_wd(events, truth), test.auc, test.error))
    return pd.DataFrame(rows, columns=COLUMNS)
