from pathlib import Path

import numpy as np
import pytest

from deepcollider.metrics.correlation import (
    DIFFERENCES,
    FEATURE_LABELS,
    correlation_differences,
    correlation_differences_resampled,
    correlation_features,
    correlation_matrices,
    correlation_matrix,
    published_matrix,
)
from deepcollider.physics.events import leading


def test_matrix_agrees_with_numpy_on_the_events_that_have_both(random_events):
    events = random_events(500, seed=1)
    matrix = correlation_matrix(events)
    assert matrix.shape == (11, 11)
    assert np.diag(matrix) == pytest.approx(np.ones(11))
    jet1, jet4 = leading(events.objects, (2,), 0), leading(events.objects, (2,), 3)
    both = jet4["valid"]
    assert 0 < both.sum() < len(events)
    expected = np.corrcoef(jet1["pt"][both].astype(float), jet4["energy"][both].astype(float))[0, 1]
    assert matrix.loc["jet1_pt", "jet4_energy"] == pytest.approx(expected)


def test_features_are_gev_and_missing_objects_are_nan(make_events):
    features = correlation_features(make_events((7.0, [("j", 100.0, 0.0), ("m-", 30.0, 0.0)])))
    assert features["met"].tolist() == [7.0]
    assert features["lepton1_pt"].tolist() == [30.0]
    assert features[["jet2_energy", "jet4_pt"]].isna().all(axis=None)


def test_distance_by_hand_and_missing_pairs_left_out(random_events):
    truth = correlation_matrix(random_events(500, seed=1))
    other = truth.copy()
    other.iloc[0, 1] += 0.5
    other.iloc[1, 0] += 0.5
    other.iloc[2, 5] -= 0.2
    other.iloc[5, 2] -= 0.2
    expected = {
        "correlation_distance": np.sqrt((0.5**2 + 0.2**2) / 55),
        "correlation_max_difference": 0.5,
        "correlation_mean_difference": 0.7 / 55,
    }
    assert correlation_differences(other, truth) == pytest.approx(expected)
    other.iloc[0, 2] = np.nan
    found = correlation_differences(other, truth)
    assert found["correlation_mean_difference"] == pytest.approx(0.7 / 54)
    assert found["correlation_distance"] == pytest.approx(np.sqrt((0.5**2 + 0.2**2) / 54))
    other[:] = np.nan
    assert np.isnan(list(correlation_differences(other, truth).values())).all()


def test_resampled_differences_are_those_of_events_drawn_one_by_one(random_events):
    generated, truth = random_events(300, seed=1), random_events(250, seed=2)
    rng = np.random.default_rng(3)
    rows = [rng.integers(len(sample), size=(4, len(sample))) for sample in (generated, truth)]
    weights = [np.array([np.bincount(draw, minlength=len(draw)) for draw in each]) for each in rows]
    found = correlation_differences_resampled(generated, weights[0], truth, weights[1])
    assert tuple(found) == DIFFERENCES
    for i in range(4):
        matrices = [correlation_matrix(s.take(each[i])) for s, each in zip((generated, truth), rows, strict=True)]
        for name, value in correlation_differences(*matrices).items():
            assert found[name][i] == pytest.approx(value)


def test_dropped_correlations_are_seen(random_events):
    truth, floor = random_events(1500, seed=1), random_events(1500, seed=2)
    dropped = random_events(1500, seed=3, correlated=False)
    matrices = [correlation_matrix(each) for each in (truth, floor, dropped)]
    least, found = (correlation_differences(matrix, matrices[0]) for matrix in matrices[1:])
    for name in ("correlation_distance", "correlation_mean_difference"):
        assert found[name] > 5 * least[name]


def test_matrices_for_figures_hold_both_samples(random_events):
    truth, generated = random_events(300, seed=1), random_events(300, seed=2)
    table = correlation_matrices(generated, truth)
    assert np.array_equal(table.loc["truth"], correlation_matrix(truth))
    assert np.array_equal(table.loc["generated"], correlation_matrix(generated))


PUBLISHED = Path(__file__).parents[2] / "resources/published_correlations.csv"


@pytest.mark.parametrize(("process", "met_jet1"), [("ttbar", 0.30), ("stop_02", 0.54)])
def test_published_matrices_are_correlation_matrices(process, met_jet1):
    matrix = published_matrix(PUBLISHED, process)
    assert list(matrix.index) == list(matrix.columns) == list(FEATURE_LABELS) and len(matrix) == 11
    values = matrix.to_numpy()
    assert np.array_equal(values, values.T) and np.array_equal(np.diag(values), np.ones(11))
    assert np.abs(values).max() == 1
    assert np.linalg.eigvalsh(values).min() > -0.02  # what two digits leave of a matrix without negative eigenvalues
    assert matrix.loc["met", "jet1_pt"] == met_jet1


def test_published_matrix_with_a_missing_pair_is_refused(tmp_path):
    lines = PUBLISHED.read_text().splitlines()
    (tmp_path / "table.csv").write_text("\n".join(lines[:-1]) + "\n")
    assert published_matrix(tmp_path / "table.csv", "ttbar").shape == (11, 11)
    with pytest.raises(ValueError, match="stop_02"):
        published_matrix(tmp_path / "table.csv", "stop_02")
    with pytest.raises(ValueError, match="njets"):
        published_matrix(PUBLISHED, "njets")
