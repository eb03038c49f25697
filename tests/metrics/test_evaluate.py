import numpy as np
import pytest

from deepcollider.features.views.few_jets import VIEW as FEW_JETS
from deepcollider.metrics.correlation import correlation_differences, correlation_matrix
from deepcollider.metrics.distances import METRICS, compare
from deepcollider.metrics.evaluate import evaluate
from deepcollider.metrics.mask_test import mask_counts
from deepcollider.metrics.observables import BY_OBSERVABLE, OBSERVABLES, values
from deepcollider.metrics.table import COLUMNS
from deepcollider.physics.events import concatenate


@pytest.fixture(scope="module")
def samples(random_events):
    return [random_events(1500, seed=seed) for seed in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def truth_table(samples):
    """The table where a sample of truth stands for the generated one."""
    return table_of(*samples, n_bootstrap=10)


def table_of(*samples, **options):
    return evaluate(*samples, **{"n_bootstrap": 5, **options}).table


def _pick(table, part, metric):
    (row,) = table[(table["part_or_feature"] == part) & (table["metric"] == metric)].to_dict("records")
    return row


def test_the_table_is_complete_tidy_and_repeatable(samples):
    few = [each.take(slice(300)) for each in samples]
    evaluation = evaluate(*few, n_bootstrap=5, seed=3)
    table = evaluation.table
    assert list(table.columns) == COLUMNS
    assert not table.duplicated(["part_or_feature", "metric"]).any()
    keys = set(zip(table["part_or_feature"], table["metric"], strict=True))
    assert {(part, m) for part in [*BY_OBSERVABLE, "overall"] for m in METRICS} <= keys
    single = """ier ier_no_trigger energy_below_pt_cosh_eta correlation_distance correlation_max_difference mask_chi2
        mask_p_value validation_wd c2st_auc c2st_ordered_auc fpd kpd precision recall density coverage"""
    assert {("overall", metric) for metric in single.split()} <= keys
    assert {("w_candidate", "peak_position"), ("top_candidate", "peak_contrast_shift")} <= keys
    again = evaluate(*few, n_bootstrap=5, seed=3)
    assert table.equals(again.table)
    assert evaluation.curves.equals(again.curves)
    assert evaluation.curves["classifier"].unique().tolist() == ["by kind", "by pt"]
    assert evaluation.correlations.loc["truth"].equals(correlation_matrix(few[1]))


def test_rows_are_what_the_functions_give(samples):
    generated, truth, floor, validation = few = [each.take(slice(400)) for each in samples]
    table = table_of(*few)
    observable = BY_OBSERVABLE["jet2_pt"]
    own, real = (values(each, observable) for each in (generated, truth))
    row = _pick(table, "jet2_pt", "kl")
    assert row["value"] == compare(own, real, observable)["kl"]
    assert (row["n_generated"], row["n_truth"]) == (len(own), len(real))
    assert row["error"] > 0
    # what is chosen on: the overall distance, of the validation events in the place of truth
    swapped = _pick(table_of(generated, validation, floor, truth), "overall", "wd")
    row = _pick(table, "overall", "validation_wd")
    of_floor = _pick(table_of(floor, validation, generated, truth), "overall", "wd")
    assert (row["value"], row["floor"]) == pytest.approx((swapped["value"], of_floor["value"]))


def test_floors_are_means_over_splits_of_truth(samples):
    """Against splits that are made event by event here; they hardly depend on which events are the floor's."""
    generated, truth, floor, validation = (
        each.take(slice(n)) for each, n in zip(samples, (300, 400, 300, 300), strict=True)
    )
    rng, both = np.random.default_rng(11), concatenate([floor, truth])
    expected = {"wd": [], "kl": [], "correlation_distance": []}
    for _ in range(40):
        order = rng.permutation(700)
        one, other = both.take(order[:300]), both.take(order[300:])
        distances = compare(
            *(values(each, BY_OBSERVABLE["jet2_pt"]) for each in (one, other)), BY_OBSERVABLE["jet2_pt"]
        )
        for metric in ("wd", "kl"):
            expected[metric].append(distances[metric])
        matrices = correlation_matrix(one), correlation_matrix(other)
        expected["correlation_distance"].append(correlation_differences(*matrices)["correlation_distance"])
    tables = [
        table_of(generated, second, first, validation, n_bootstrap=40)
        for first, second in ((floor, truth), (both.take(slice(400, 700)), both.take(slice(400))))
    ]
    for metric, splits in expected.items():
        part = "overall" if metric.startswith("correlation") else "jet2_pt"
        error = np.std(splits) * np.sqrt(2 / 40)
        for table in tables:
            assert _pick(table, part, metric)["floor"] == pytest.approx(np.mean(splits), abs=4 * error)


def test_truth_against_truth_is_at_the_floor(truth_table):
    table = truth_table
    for metric in METRICS:
        row = _pick(table, "overall", metric)
        assert row["value"] == pytest.approx(row["floor"], rel=0.35)
    assert _pick(table, "overall", "ier")["value"] == 0
    assert _pick(table, "overall", "mask_p_value")["value"] > 1e-3
    for metric, null in (("c2st_auc", 0.5), ("c2st_ordered_auc", 0.5), ("kpd", 0.0), ("fpd", 0.0)):
        row = _pick(table, "overall", metric)
        assert row["value"] == pytest.approx(null, abs=3 * row["error"])
    for metric in ("precision", "recall", "density", "coverage"):
        row = _pick(table, "overall", metric)
        assert row["value"] == pytest.approx(row["floor"], abs=5 * row["error"])


def test_a_shifted_mean_is_seen_with_its_size(samples, random_events):
    table = table_of(random_events(1500, seed=5, shift=0.1), *samples[1:], n_bootstrap=10)
    row = _pick(table, "jet1_pt", "wd")
    assert row["value"] == pytest.approx(0.1 / BY_OBSERVABLE["jet1_pt"].width, abs=4 * row["error"])
    overall = _pick(table, "overall", "wd")
    assert overall["value"] > overall["floor"] + 5 * overall["error"]
    assert _pick(table, "jet1_eta", "wd")["value"] < 5 * _pick(table, "jet1_eta", "wd")["floor"]
    for metric in ("c2st_auc", "c2st_ordered_auc"):
        auc = _pick(table, "overall", metric)
        assert auc["value"] > auc["floor"] + 5 * auc["error"]
        assert auc["n_generated"] == 1500


def test_dropped_correlations_are_seen(samples, random_events):
    table = table_of(random_events(1500, seed=5, correlated=False), *samples[1:])
    for metric in ("correlation_mean_difference", "correlation_distance"):
        row = _pick(table, "overall", metric)
        assert row["value"] > 5 * row["floor"]
    row = _pick(table, "overall", "c2st_auc")
    assert row["value"] > row["floor"] + 5 * row["error"]


def test_copied_training_events_gain_nothing(samples, random_events):
    """Copies of events that are neither test nor floor are as good as any truth, no better."""
    train = random_events(1500, seed=6)
    table = table_of(train, *samples[1:])
    row = _pick(table, "overall", "wd")
    assert row["value"] == pytest.approx(row["floor"], rel=0.35)


def test_rare_objects_are_nan_with_their_numbers(samples):
    small = [each.take(slice(40)) for each in samples]
    table = table_of(*small, n_bootstrap=2)
    row = _pick(table, "photon1_pt", "wd")
    assert np.isnan(row["value"])
    assert row["n_truth"] < 20
    assert np.isfinite(_pick(table, "overall", "wd")["value"])
    assert _pick(table, "overall", "overall_coverage")["value"] < 1


@pytest.mark.filterwarnings("error")
def test_selected_events_without_lepton_and_photon_are_compared_by_what_they_have(samples, random_events):
    few = [each.take(FEW_JETS.accepts(each)) for each in samples]
    table = table_of(*few)
    overall = table[table["part_or_feature"] == "overall"].set_index("metric")
    assert overall[["value", "floor"]].notna().all(axis=None)
    assert overall["value"]["overall_coverage"] == 1  # kinds that truth does not have weigh nothing
    assert overall["value"]["wd"] < 2 * overall["floor"]["wd"]
    assert {
        part for part in table.loc[table["value"].isna(), "part_or_feature"] if part.startswith(("jet", "met"))
    } == set()
    shifted = random_events(1500, seed=1, shift=0.2)
    shifted = table_of(shifted.take(FEW_JETS.accepts(shifted)), *few[1:])
    assert _pick(shifted, "overall", "wd")["value"] > 3 * overall["value"]["wd"]


def test_masks_are_tested_against_the_models_own_probabilities_if_known(samples):
    few = [each.take(slice(300)) for each in samples]
    generated = few[0]
    counts = mask_counts(generated)
    table = table_of(*few, n_bootstrap=2, mask_probabilities={m: n / len(generated) for m, n in counts.items()})
    assert _pick(table, "overall", "mask_model_chi2")["value"] == pytest.approx(0)
    assert _pick(table, "overall", "mask_chi2")["value"] > 0


def test_nothing_to_compare_is_refused(samples):
    with pytest.raises(ValueError, match="nothing to compare"):
        evaluate(samples[0].take(slice(0)), *samples[1:])


def test_ranges_hold_the_toy_sample(samples):
    for observable in OBSERVABLES:
        if observable.group == "hadronic_top":  # long tails of wrong combinations
            continue
        found = values(samples[0], observable)
        assert np.mean((found >= observable.range[0]) & (found <= observable.range[1])) > 0.99
