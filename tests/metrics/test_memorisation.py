"""Copied training events are found, bad events without copies are not taken for them."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from deepcollider.metrics.memorisation import (
    N_BINS,
    TABLE_COLUMNS,
    distance_table,
    memorisation,
    probability_of_less,
)

N_TRAIN, N_TEST, N_GENERATED = 1500, 500, 800
N_SEEDS = 40


def _sample(n, seed):
    return np.random.default_rng(seed).standard_normal((n, 6))


@pytest.fixture(scope="module")
def split():
    return _sample(N_TRAIN, 1), _sample(N_TEST, 2)


def _found(generated, split):
    return memorisation(generated, *split).metrics


def _with_copies(train, share, seed=3):
    """Honest events, of which a share is replaced by training events."""
    generated, n_copies = _sample(N_GENERATED, seed), round(share * N_GENERATED)
    generated[:n_copies] = train[np.random.default_rng(seed).permutation(len(train))[:n_copies]]
    return generated


def _above_half(estimate):
    value, error = estimate
    return (value - 0.5) / error


def test_probability_is_scipys_u_statistic():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 30, 200).astype(float), rng.integers(3, 36, 150).astype(float)  # with ties
    u = mannwhitneyu(b, a).statistic
    assert probability_of_less(a, b)[0] == pytest.approx(u / (len(a) * len(b)))


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_error_of_the_probability_is_its_scatter(shift):
    rng = np.random.default_rng(2)
    found = [probability_of_less(rng.standard_normal(120), rng.standard_normal(80) + shift) for _ in range(300)]
    values, errors = np.array(found).T
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)
    if not shift:  # the textbook variance of the null hypothesis
        assert np.mean(errors) == pytest.approx(np.sqrt(201 / (12 * 120 * 80)), rel=0.05)


def test_values_are_those_of_plain_loops(split):
    train, test = (each[:40] for each in split)
    test = test[:25]
    generated = _sample(30, 3)

    def nearest(event, sample):
        return min(np.linalg.norm(event - other) for other in sample)

    to_train = [nearest(event, train) for event in generated]
    of_test = [nearest(event, train) for event in test]
    found = memorisation(generated, train, test)
    assert found.generated == pytest.approx(to_train)
    assert found.test == pytest.approx(of_test)
    auc = np.mean([own < other for own in to_train for other in of_test])
    assert found.metrics["memorisation_auc"][0] == pytest.approx(auc)
    near = [own < nearest(event, test) for own, event in zip(to_train, generated, strict=True)]
    share = sum(near) / 40 / (sum(near) / 40 + (30 - sum(near)) / 25)
    assert found.metrics["memorisation_nearer_train"][0] == pytest.approx(share)


def test_samples_of_the_same_size_give_the_plain_share(split):
    train, test = split[0][:N_TEST], split[1]
    generated = _sample(N_GENERATED, 3)
    near = np.array([np.linalg.norm(event - train, axis=1).min() for event in generated])
    far = np.array([np.linalg.norm(event - test, axis=1).min() for event in generated])
    assert _found(generated, (train, test))["memorisation_nearer_train"][0] == pytest.approx(np.mean(near < far))


GENERATORS = {
    "truth": lambda rng: rng.standard_normal((N_GENERATED, 6)),
    "too wide": lambda rng: 3 * rng.standard_normal((N_GENERATED, 6)),
    "too typical": lambda rng: 0.5 * rng.standard_normal((N_GENERATED, 6)),
    "shifted": lambda rng: rng.standard_normal((N_GENERATED, 6)) + 1.5,
    "collapsed": lambda rng: rng.standard_normal((20, 6))[rng.integers(20, size=N_GENERATED)],
}


@pytest.mark.parametrize("kind", list(GENERATORS))
def test_who_copies_nothing_is_at_one_half_however_bad(kind):
    pulls = {"memorisation_auc": [], "memorisation_nearer_train": []}
    for seed in range(N_SEEDS):
        rng = np.random.default_rng(seed)
        split = rng.standard_normal((N_TRAIN, 6)), rng.standard_normal((N_TEST, 6))
        found = _found(GENERATORS[kind](rng), split)
        for name, kept in pulls.items():
            kept.append(_above_half(found[name]))
    for name in pulls if kind == "truth" else ["memorisation_nearer_train"]:
        assert abs(np.mean(pulls[name])) < 3 / np.sqrt(N_SEEDS)
        assert 0.7 < np.std(pulls[name]) < 1.35


def test_the_auc_alone_would_be_fooled(split):
    """Why there are two metrics: events that are too typical look like copies, bad events hide that they are some."""
    typical = _found(0.5 * _sample(N_GENERATED, 3), split)
    assert _above_half(typical["memorisation_auc"]) > 5
    assert abs(_above_half(typical["memorisation_nearer_train"])) < 3
    bad = 3 * _sample(N_GENERATED, 3)
    bad[:400] = split[0][:400]
    hidden = _found(bad, split)
    assert hidden["memorisation_auc"][0] < 0.55
    assert _above_half(hidden["memorisation_nearer_train"]) > 5


def test_copies_are_found(split):
    train, _ = split
    all_copied = _found(train[:N_GENERATED], split)
    assert all_copied["memorisation_auc"][0] == pytest.approx(1, abs=1e-6)
    assert all_copied["memorisation_nearer_train"][0] == 1
    smeared = _found(train[:N_GENERATED] + 0.1 * _sample(N_GENERATED, 4), split)
    assert smeared["memorisation_auc"][0] > 0.98
    assert smeared["memorisation_nearer_train"][0] > 0.98


def test_a_share_of_copies_is_found():
    """Five per cent: over 15 repetitions both metrics rise above one half, by as much as expected."""
    found = []
    for seed in range(15):
        train, test = _sample(N_TRAIN, 100 + seed), _sample(N_TEST, 200 + seed)
        found.append(_found(_with_copies(train, 0.05, seed=300 + seed), (train, test)))
    auc, near = (np.array([each[name] for each in found]) for name in found[0])
    assert auc[:, 0].mean() == pytest.approx(0.525, abs=4 * auc[:, 1].mean() / np.sqrt(15))
    # of those that are no copies 3 in 4 are nearer to train, the larger sample
    raw = 0.05 + 0.95 * 0.75
    expected = raw / 3 / (raw / 3 + 1 - raw)
    assert near[:, 0].mean() == pytest.approx(expected, abs=4 * near[:, 1].mean() / np.sqrt(15))
    for estimates in (auc, near):
        assert estimates[:, 0].mean() - 0.5 > 2.5 * estimates[:, 1].mean() / np.sqrt(15)


def test_a_large_share_of_copies_is_found_at_once(split):
    found = _found(_with_copies(split[0], 0.3), split)
    assert all(_above_half(estimate) > 3 for estimate in found.values())


def test_error_counts_neighbours_not_events(split):
    """A thousand events in one place have one neighbour: that it is a training event means nothing."""
    one_place = split[0][0] + 0.3 + 1e-3 * _sample(1000, 5)
    value, error = _found(one_place, split)["memorisation_nearer_train"]
    assert value in (0, 1)
    assert abs(value - 0.5) < 2 * error


def test_too_few_events_have_no_value(split):
    found = memorisation(_sample(19, 3), *split)
    assert np.isnan(list(found.metrics.values())).all()
    assert distance_table(found.generated, found.test)["count"].sum() == 0


def test_table_of_distances_counts_every_event(split):
    found = memorisation(_with_copies(split[0], 0.1), *split)
    far = np.append(found.generated, 1e6)
    table = distance_table(far, found.test)
    assert tuple(table.columns) == TABLE_COLUMNS
    by_sample = dict(list(table.groupby("sample")))
    assert set(by_sample) == {"test", "generated"}
    for name, values in (("test", found.test), ("generated", far)):
        rows = by_sample[name]
        assert len(rows) == N_BINS + 1
        assert np.array_equal(rows["high"].to_numpy()[:-1], rows["low"].to_numpy()[1:]) and rows["low"].iloc[0] == 0
        expected = [
            np.sum((values >= low) & (values < high)) for low, high in zip(rows["low"], rows["high"], strict=True)
        ]
        assert rows["count"].tolist() == expected and sum(expected) == len(values)
    assert by_sample["generated"]["count"].iloc[0] >= 80  # copies lie at zero
    assert by_sample["generated"]["high"].iloc[-1] == np.inf
    assert by_sample["generated"]["low"].tolist() == by_sample["test"]["low"].tolist()
