"""Events at masses that were left out, beside others: the worse of the classifiers, and who it is."""

import numpy as np
import pytest

from deepcollider.metrics.classifiers import CLASSIFIERS
from deepcollider.metrics.mass_points import COLUMNS, compare_mass_points
from deepcollider.metrics.power import larger_balance
from deepcollider.metrics.two_sample import two_sample_test


def test_each_sample_has_the_larger_auc_of_the_classifiers(random_events):
    truth = random_events(500, seed=1)
    samples = {"generated": larger_balance(random_events(450, seed=2), 0.3), "floor": random_events(500, seed=3)}
    table = compare_mass_points(truth, samples, max_events=400, seed=4).set_index("sample")
    assert [table.index.name, *table.columns] == COLUMNS
    for name, events in samples.items():
        aucs = {
            each.name: two_sample_test(
                *(each.features(sample.take(slice(400))) for sample in (events, truth)), max_events=400, seed=4
            ).auc
            for each in CLASSIFIERS
        }
        assert table.loc[name, "c2st_auc"] == pytest.approx(max(aucs.values()))
        assert table.loc[name, "c2st_classifier"] == max(aucs, key=aucs.get)
    assert table["n"].tolist() == [400, 400]
    assert np.isfinite(table["wd"]).all()
