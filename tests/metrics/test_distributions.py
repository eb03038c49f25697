"""Summaries of event samples against the values of all events, taken one by one."""

import json

import numpy as np
import pytest

from deepcollider.metrics import distributions
from deepcollider.metrics.correlation import correlation_matrix
from deepcollider.metrics.distributions import BY_FEATURE, PANELS, feature_values, pooled, slices_of, summarise
from deepcollider.physics.events import concatenate


def cut(events, size):
    return [events.take(slice(start, start + size)) for start in range(0, len(events), size)]


def test_values_of_a_hand_made_event(make_events):
    events = make_events((50.0, [("j", 100.0, 0.0), ("j", 40.0, 1.0), ("e-", 30.0, -0.5)]), (20.0, []))
    values = feature_values(events)
    assert values["met"].tolist() == [50.0, 20.0]
    assert values["jet_pt"].tolist() == [100.0, 40.0]
    assert values["electron_eta"].tolist() == [-0.5]
    assert values["photon_energy"].size == 0
    expected = 100 + 40 * np.cosh(1.0) + 30 * np.cosh(0.5)
    assert values["total_energy"] == pytest.approx([expected])  # of the event that has objects


def test_histograms_and_moments_are_those_of_all_objects(random_events):
    events = random_events(700, seed=1)
    summary, _ = summarise(cut(events, 150), seed=1)
    pt = events.objects["pt"][events.objects["kind"] == 2].astype(float)
    for scale, values in (("raw", pt), ("log10", np.log10(pt))):
        found = summary["features"]["jet_pt"][scale]
        counts, _ = np.histogram(values, len(found["counts"]), (found["low"], found["high"]))
        assert found["counts"] == counts.tolist()
        assert found["moments"]["n"] == len(values)
        assert found["moments"]["mean"] == pytest.approx(values.mean())
    assert "log10" not in summary["features"]["jet_phi"]
    assert summary["n_events"] == 700
    assert summary["n_objects"]["jet"] == len(pt)


def test_summary_does_not_depend_on_the_batches(random_events):
    events = random_events(500, seed=2)
    (first, samples), (second, others) = (summarise(cut(events, size), seed=3) for size in (64, 500))
    for name in BY_FEATURE:
        assert np.array_equal(samples[name], others[name])
        for scale, found in first["features"][name].items():
            other = second["features"][name][scale]
            assert found["counts"] == other["counts"]
            assert found["moments"] == pytest.approx(other["moments"], rel=1e-6, abs=1e-9, nan_ok=True)
    for matrix in ("pairwise", "zero_filled", "error"):
        pair = (np.array(each["correlations"][matrix], float) for each in (first, second))
        np.testing.assert_allclose(*pair, atol=1e-9, equal_nan=True)


def test_correlations_are_those_of_the_whole_sample(random_events):
    events = random_events(600, seed=4)
    summary, _ = summarise(cut(events, 100), seed=1)
    found = np.array(summary["correlations"]["pairwise"], float)
    np.testing.assert_allclose(found, correlation_matrix(events).to_numpy(), atol=1e-9, equal_nan=True)


def test_error_of_a_correlation_is_its_spread_over_samples(random_events):
    """Ours, from one sample of 1000 events, beside the standard deviation over 30 samples of that size."""
    position = (1, 2)  # energy and pt of the leading jet
    found, errors = [], []
    for seed in range(30):
        summary, _ = summarise([random_events(1000, seed=100 + seed)], seed=1)
        found.append(summary["correlations"]["pairwise"][position[0]][position[1]])
        errors.append(summary["correlations"]["error"][position[0]][position[1]])
    assert np.mean(errors) == pytest.approx(np.std(found, ddof=1), rel=0.4)


def test_slices_partition_the_sample(random_events, make_events):
    slices = slices_of(random_events(300, seed=5))
    masks = list(slices.values())
    assert np.array_equal(sum(masks[:3]), np.ones(300)) and np.array_equal(sum(masks[3:]), np.ones(300))
    event = make_events((10.0, [("j", 150.0, 0.0), ("b", 100.0, 0.0), ("m+", 30.0, 0.0), ("g", 500.0, 0.0)]))
    assert [name for name, mask in slices_of(event).items() if mask[0]] == ["one lepton", "HT 200 to 400 GeV"]


def test_sample_is_bounded(random_events, monkeypatch):
    monkeypatch.setattr(distributions, "SAMPLE_SIZE", 40)
    _, samples = summarise([random_events(200, seed=1)], seed=1)
    assert len(samples["met"]) == len(samples["jet_pt"]) == 40


def test_summary_is_plain_json_also_without_events(make_events):
    for batches in ([], [make_events((10.0, []))]):
        summary, samples = summarise(batches, seed=1)
        assert json.loads(json.dumps(summary, allow_nan=False)) == summary
        assert samples["photon_pt"].size == 0
        assert pooled([summary], "photon_pt", "log10")["mean"] is None


def test_pooled_samples_are_one_sample(random_events):
    events = [random_events(300, seed=1), random_events(100, seed=2, shift=0.3)]
    summaries = [summarise([each], seed=1)[0] for each in events]
    found = pooled(summaries, "bjet_pt", "log10")
    joined = concatenate(events)
    values = np.log10(joined.objects["pt"][joined.objects["kind"] == 1].astype(float))
    feature = BY_FEATURE["bjet_pt"]
    assert found["counts"].tolist() == np.histogram(values, 50, feature.range)[0].tolist()
    assert (found["n"], found["mean"], found["std"]) == pytest.approx((len(values), values.mean(), values.std()))


def test_every_feature_has_its_panel():
    shown = [(name, scale) for _, panels in PANELS.values() for name, scale in panels]
    assert sorted(shown) == sorted((name, scale) for name, feature in BY_FEATURE.items() for scale in feature.scales)
