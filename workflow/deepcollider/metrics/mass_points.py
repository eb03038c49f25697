"""Events generated at masses that no training has seen, beside what one would take without such a model.

The naive alternative is to use the events of the nearest mass that was simulated as they are. Both, and truth itself
(the floor), are compared with Monte Carlo events at the masses that were left out.
"""

import pandas as pd

from deepcollider.metrics.classifiers import CLASSIFIERS, worse
from deepcollider.metrics.evaluate import overall_wd
from deepcollider.metrics.two_sample import two_sample_test
from deepcollider.physics.events import Events

GENERATED, FLOOR = "generated", "floor"
COLUMNS = ["sample", "n", "wd", "c2st_auc", "c2st_auc_error", "c2st_classifier"]


def compare_mass_points(truth: Events, samples: dict[str, Events], max_events: int, seed: int) -> pd.DataFrame:
    """Compare each sample with truth by overall WD and the worse of the classifiers, COLUMNS; equally many of each."""
    n = min(max_events, *(len(each) for each in (truth, *samples.values())))
    truth, rows = truth.take(slice(n)), []
    of_truth = {each.metric: each.features(truth) for each in CLASSIFIERS}
    for name, events in samples.items():
        events = events.take(slice(n))
        tests = {
            each.metric: two_sample_test(each.features(events), of_truth[each.metric], max_events=max_events, seed=seed)
            for each in CLASSIFIERS
        }
        worst = worse({metric: test.auc for metric, test in tests.items()}) or CLASSIFIERS[0]
        test = tests[worst.metric]
        rows.append((name, n, overall_wd(events, truth), test.auc, test.error, worst.name))
    return pd.DataFrame(rows, columns=COLUMNS)
