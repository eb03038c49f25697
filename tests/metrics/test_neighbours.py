"""Precision, recall, density and coverage against plain loops and known cases."""

import numpy as np
import pytest

from deepcollider.metrics import neighbours
from deepcollider.metrics.neighbours import METRICS, N_BLOCKS, K, neighbour_metrics


def _sample(n, seed, shift=0.0):
    return np.random.default_rng(seed).standard_normal((n, 4)) + shift


def _values(*samples, **options):
    found = neighbour_metrics(*samples, max_events=10_000, **options)
    return {name: value for name, (value, _) in found.items()}


def _by_loops(truth, generated):
    """The definitions word by word."""

    def radius(sample, i):
        return sorted(np.linalg.norm(sample[i] - other) for j, other in enumerate(sample) if j != i)[K - 1]

    truth_radii = [radius(truth, i) for i in range(len(truth))]
    generated_radii = [radius(generated, j) for j in range(len(generated))]
    pairs = [(i, j) for i in range(len(truth)) for j in range(len(generated))]
    apart = {(i, j): np.linalg.norm(truth[i] - generated[j]) for i, j in pairs}
    in_truth = {(i, j) for i, j in pairs if apart[i, j] < truth_radii[i]}
    in_generated = {(i, j) for i, j in pairs if apart[i, j] < generated_radii[j]}
    return {
        "precision": len({j for _, j in in_truth}) / len(generated),
        "recall": len({i for i, _ in in_generated}) / len(truth),
        "density": len(in_truth) / (K * len(generated)),
        "coverage": len({i for i, _ in in_truth}) / len(truth),
    }


@pytest.mark.parametrize("shift", [0.0, 0.8])
def test_values_are_those_of_plain_loops(monkeypatch, shift):
    monkeypatch.setattr(neighbours, "ROWS", 13)  # several blocks, the last one not full
    truth, generated = _sample(60, 1), _sample(60, 2, shift)
    assert _values(truth, generated) == pytest.approx(_by_loops(truth, generated))


def test_the_same_sample_twice_and_samples_far_apart():
    truth = _sample(300, 1)
    assert _values(truth, truth[::-1]) == dict.fromkeys(METRICS, 1.0)  # each event lies in k balls, its own one too
    assert _values(truth, truth + 1000) == dict.fromkeys(METRICS, 0.0)


def test_independent_truth_has_density_one_and_the_coverage_of_random_order():
    n = 2000
    found = neighbour_metrics(_sample(n, 1), _sample(n, 2), max_events=n)
    # around a truth event, truth and generated events come in random order: the first k are all truth with 2^-k
    assert found["coverage"][0] == pytest.approx(1 - 0.5**K, abs=4 * found["coverage"][1])
    assert found["density"][0] == pytest.approx(1, abs=4 * found["density"][1])
    assert found["precision"][0] == pytest.approx(found["recall"][0], abs=0.02)


def test_errors_are_the_scatter_between_independent_samples():
    found = [neighbour_metrics(_sample(400, 2 * i), _sample(400, 2 * i + 1, 0.3), max_events=400) for i in range(20)]
    for name in METRICS:
        scatter = np.std([each[name][0] for each in found], ddof=1)
        assert 0.6 < np.mean([each[name][1] for each in found]) / scatter < 1.7


def test_shifted_events_are_imprecise_and_cover_less():
    truth = _sample(1000, 1)
    floor = neighbour_metrics(truth, _sample(1000, 2), max_events=1000)
    shifted = neighbour_metrics(truth, _sample(1000, 3, 2.0), max_events=1000)
    for name in METRICS:
        assert floor[name][0] - shifted[name][0] > 3 * np.hypot(floor[name][1], shifted[name][1])


def test_dropped_correlations_are_seen():
    rng = np.random.default_rng(4)
    truth, generated = 0.3 * rng.standard_normal((2, 1000, 4)) + rng.standard_normal((2, 1000, 1))
    floor = neighbour_metrics(truth, generated, max_events=1000)
    permuted = np.column_stack([rng.permutation(column) for column in generated.T])
    found = neighbour_metrics(truth, permuted, max_events=1000)
    for name in ("precision", "density", "coverage"):
        assert floor[name][0] - found[name][0] > 5 * np.hypot(floor[name][1], found[name][1])


def test_few_distinct_events_are_precise_but_cover_nothing():
    truth = _sample(1000, 1)
    floor = _values(truth, _sample(1000, 2))
    distinct = truth[:40] + 0.01
    collapsed = distinct[np.random.default_rng(3).integers(40, size=1000)] + 1e-3 * _sample(1000, 5)
    found = _values(truth, collapsed)
    assert found["precision"] >= floor["precision"]
    assert found["recall"] < 0.2 * floor["recall"]
    assert found["coverage"] < 0.4 * floor["coverage"]


def test_samples_are_cut_to_the_same_size_at_random():
    truth, generated = _sample(400, 1), _sample(900, 2)
    truth = truth[np.argsort(truth[:, 0])]  # the first events are not like the others
    found = neighbour_metrics(truth, generated, max_events=200, seed=1)
    assert found["coverage"][0] > 0.9
    assert found == neighbour_metrics(truth, generated, max_events=200, seed=1)
    assert found != neighbour_metrics(truth, generated, max_events=200, seed=2)


def test_too_few_events_have_no_value_and_few_have_no_error():
    few = neighbour_metrics(_sample(19, 1), _sample(500, 2), max_events=500)
    assert np.isnan(list(few.values())).all()
    values, errors = np.array(list(neighbour_metrics(_sample(20, 1), _sample(500, 2), max_events=500).values())).T
    assert np.isfinite(values).all() and np.isnan(errors).all()
    found = neighbour_metrics(_sample(20 * N_BLOCKS, 1), _sample(500, 2), max_events=500)
    assert np.isfinite(list(found.values())).all()
