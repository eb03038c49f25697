import numpy as np
import pytest

from deepcollider.metrics.distances import METRICS, compare
from deepcollider.metrics.evaluate import COLUMNS, evaluate
from deepcollider.metrics.mask_test import mask_counts
from deepcollider.metrics.observables import BY_OBSERVABLE, OBSERVABLES, values


@pytest.fixture
def samples(random_events):
    return [random_events(1500, seed=seed) for seed in (1, 2, 3)]


def _pick(table, part, metric):
    (row,) = table[(table["part_or_feature"] == part) & (table["metric"] == metric)].to_dict("records")
    return row


def test_the_table_is_complete_tidy_and_repeatable(samples):
    table = evaluate(*samples, n_bootstrap=5, seed=3)
    assert list(table.columns) == COLUMNS
    assert not table.duplicated(["part_or_feature", "metric"]).any()
    keys = set(zip(table["part_or_feature"], table["metric"], strict=True))
    assert {(part, m) for part in [*BY_OBSERVABLE, "overall"] for m in METRICS} <= keys
    single = "ier ier_no_trigger energy_below_pt_cosh_eta correlation_max_difference mask_chi2 mask_p_value"
    assert {("overall", metric) for metric in single.split()} <= keys
    assert table.equals(evaluate(*samples, n_bootstrap=5, seed=3))


def test_rows_are_what_the_functions_give(samples):
    generated, truth, floor = samples
    table = evaluate(*samples, n_bootstrap=5)
    observable = BY_OBSERVABLE["jet2_pt"]
    own, real, independent = (values(each, observable) for each in (generated, truth, floor))
    row = _pick(table, "jet2_pt", "kl")
    assert row["value"] == compare(own, real, observable)["kl"]
    assert row["floor"] == compare(independent, real, observable)["kl"]
    assert (row["n_generated"], row["n_truth"]) == (len(own), len(real))
    assert row["error"] > 0


def test_truth_against_truth_is_at_the_floor(samples):
    table = evaluate(*samples, n_bootstrap=10)
    for metric in METRICS:
        row = _pick(table, "overall", metric)
        assert row["value"] == pytest.approx(row["floor"], rel=0.35)
    assert _pick(table, "overall", "ier")["value"] == 0
    assert _pick(table, "overall", "mask_p_value")["value"] > 1e-3


def test_a_shifted_mean_is_seen_with_its_size(samples, random_events):
    _, truth, floor = samples
    table = evaluate(random_events(1500, seed=4, shift=0.1), truth, floor, n_bootstrap=10)
    row = _pick(table, "jet1_pt", "wd")
    assert row["value"] == pytest.approx(0.1 / BY_OBSERVABLE["jet1_pt"].width, abs=4 * row["error"])
    overall = _pick(table, "overall", "wd")
    assert overall["value"] > overall["floor"] + 5 * overall["error"]
    assert _pick(table, "jet1_eta", "wd")["value"] < 5 * _pick(table, "jet1_eta", "wd")["floor"]


def test_dropped_correlations_are_seen(samples, random_events):
    _, truth, floor = samples
    table = evaluate(random_events(1500, seed=4, correlated=False), truth, floor, n_bootstrap=5)
    row = _pick(table, "overall", "correlation_mean_difference")
    assert row["value"] > 5 * row["floor"]


def test_rare_objects_are_nan_with_their_numbers(samples):
    small = [each.take(slice(40)) for each in samples]
    table = evaluate(*small, n_bootstrap=2)
    row = _pick(table, "photon1_pt", "wd")
    assert np.isnan(row["value"])
    assert row["n_truth"] < 20
    assert np.isfinite(_pick(table, "overall", "wd")["value"])
    assert _pick(table, "overall", "overall_coverage")["value"] < 1


def test_masks_are_tested_against_the_models_own_probabilities_if_known(samples):
    generated = samples[0]
    counts = mask_counts(generated)
    table = evaluate(*samples, n_bootstrap=2, mask_probabilities={m: n / len(generated) for m, n in counts.items()})
    assert _pick(table, "overall", "mask_model_chi2")["value"] == pytest.approx(0)
    assert _pick(table, "overall", "mask_chi2")["value"] > 0


def test_nothing_to_compare_is_refused(samples):
    with pytest.raises(ValueError, match="nothing to compare"):
        evaluate(samples[0].take(slice(0)), *samples[1:])


def test_ranges_hold_the_toy_sample(samples):
    for observable in OBSERVABLES:
        found = values(samples[0], observable)
        assert np.mean((found >= observable.range[0]) & (found <= observable.range[1])) > 0.99
