"""What samples are worth, against counts by hand, known multinomials and normal distributions in closed form."""

import numpy as np
import pytest
from scipy import stats

from deepcollider.metrics.amplification import (
    COLUMNS,
    SPECTRA,
    Bins,
    amplification_rows,
    counts_of_first,
    error_of_squared_error,
    fluctuation,
    observable_values,
    reference_spectra,
    sample_row,
    squared_error,
)
from deepcollider.metrics.observables import BY_OBSERVABLE, values

TRUTH = np.array([0.35, 0.25, 0.15, 0.1, 0.05, 0.05, 0.03, 0.02])


def test_three_bins_by_hand():
    reference, counts = np.array([50, 30, 20]), np.array([4, 4, 2])
    # r (1 - r): 0.25 + 0.21 + 0.16; (s - r)^2: 0.01 + 0.01 + 0
    row = sample_row("met", "generated", counts, reference, n_training=5, seed=1)
    assert tuple(row) == COLUMNS
    assert row["events"] == 10
    assert row["squared_error"] == pytest.approx(0.02 - 0.62 / 99)
    assert row["expected"] == pytest.approx(0.62 * 100 / 99 / 10)
    assert row["equivalent_events"] == pytest.approx((0.62 * 100 / 99) / (0.02 - 0.62 / 99))
    assert row["factor"] == pytest.approx(row["equivalent_events"] / 5)
    above, below = (row["squared_error"] + sign * row["squared_error_error"] for sign in (1, -1))
    assert row["equivalent_low"] == pytest.approx(10 * row["expected"] / above)
    assert row["equivalent_high"] == (pytest.approx(10 * row["expected"] / below) if below > 0 else np.inf)


@pytest.mark.parametrize(("n", "n_reference"), [(40, 4000), (500, 500), (3000, 800)])
def test_true_events_are_worth_themselves(n, n_reference):
    """Over many samples and references, even where the reference is the smaller."""
    rng = np.random.default_rng(n)
    found = squared_error(rng.multinomial(n, TRUTH, 20_000), rng.multinomial(n_reference, TRUTH, 20_000))
    of_one_event = np.sum(TRUTH * (1 - TRUTH))
    error = found.std() / np.sqrt(len(found))
    assert found.mean() == pytest.approx(of_one_event / n, abs=4 * error)
    worth = of_one_event / found.mean()
    assert worth == pytest.approx(n, rel=4 * error * n / of_one_event)
    assert fluctuation(rng.multinomial(n, TRUTH, 20_000)).mean() == pytest.approx(of_one_event / n, rel=0.01)


@pytest.mark.parametrize(
    ("n", "n_reference", "shift", "most"), [(500, 5000, 0.0, 1.35), (500, 500, 0.0, 1.35), (20_000, 2000, 0.03, 1.1)]
)
def test_error_is_the_scatter(n, n_reference, shift, most):
    """The bootstrap of single samples against the scatter over many; somewhat too large where the source is truth."""
    rng = np.random.default_rng(7)
    model = TRUTH + shift * np.array([1, -1, 0, 0, 0, 0, 0, 0])
    samples, references = rng.multinomial(n, model, 20_000), rng.multinomial(n_reference, TRUTH, 20_000)
    stated = [error_of_squared_error(samples[i], references[i], seed=i) for i in range(100)]
    ratio = np.sqrt(np.mean(np.square(stated))) / squared_error(samples, references).std()
    assert 0.9 < ratio < most


def test_true_normal_events_in_bins_of_the_reference():
    """That edges follow the reference leaves no bias."""
    rng = np.random.default_rng(3)
    found, expected = [], []
    for _ in range(1500):
        bins = Bins.quantiles(["x"], {"x": (reference := rng.normal(size=300))}, 10)
        truth = np.diff(stats.norm.cdf([-np.inf, *bins.edges["x"], np.inf]))
        found.append(squared_error(bins.counts({"x": rng.normal(size=200)}), bins.counts({"x": reference})))
        expected.append(np.sum(truth * (1 - truth)) / 200)
    assert np.mean(found) == pytest.approx(np.mean(expected), abs=4 * np.std(found) / np.sqrt(1500))


def test_a_shifted_sample_saturates():
    """However many events, the error ends at the squared distance of the distributions, which is known."""
    rng = np.random.default_rng(4)
    reference, shift = rng.normal(size=100_000), 0.1
    bins = Bins.quantiles(["x"], {"x": reference}, 20)
    steps = [-np.inf, *bins.edges["x"], np.inf]
    truth, model = np.diff(stats.norm.cdf(steps)), np.diff(stats.norm.cdf(steps, loc=shift))
    distance = np.sum((model - truth) ** 2)
    for n in (1000, 10_000, 1_000_000):
        row = sample_row(
            "x", "generated", bins.counts({"x": rng.normal(shift, 1, n)}), bins.counts({"x": reference}), 1000, 1
        )
        expected = distance + np.sum(model * (1 - model)) / n
        assert row["squared_error"] == pytest.approx(expected, abs=4 * row["squared_error_error"])
    assert row["squared_error"] == pytest.approx(distance, rel=0.15)
    assert row["equivalent_events"] == pytest.approx(np.sum(truth * (1 - truth)) / distance, rel=0.15)
    assert row["equivalent_low"] < row["equivalent_events"] < row["equivalent_high"] < np.inf


def test_a_sample_as_good_as_the_reference_has_a_bound():
    reference = np.array([300, 400, 300])
    row = sample_row("x", "generated", 1000 * reference, reference, 100, 1)
    assert row["squared_error"] < 0
    assert row["equivalent_events"] == row["equivalent_high"] == row["factor"] == np.inf
    assert 300 < row["equivalent_low"] < 3000  # about as many as the reference has
    assert row["equivalent_low"] == pytest.approx(row["expected"] * 1_000_000 / row["squared_error_error"])


def test_events_without_the_observable_are_a_bin():
    reference = {"x": np.array([1.0, 2.0, np.nan, 3.0, 4.0]), "y": np.array([1.0, np.nan, 0.0, 2.0, 4.0])}
    bins = Bins.quantiles(["x"], reference, 2)
    np.testing.assert_array_equal(bins.edges["x"], [2.5])
    np.testing.assert_array_equal(bins.counts(reference), [2, 2, 1])
    np.testing.assert_array_equal(bins.counts({"x": np.array([2.5, -9.0, np.nan, np.nan])}), [1, 1, 2])
    plane = Bins.quantiles(["x", "y"], reference, 4)
    assert plane.shape == (2, 2)
    np.testing.assert_array_equal(plane.counts(reference), [1, 0, 0, 2, 2])  # x = 1; none; none; 3 and 4; two lack one


def test_bins_are_equally_full_and_as_many_as_asked_for():
    rng = np.random.default_rng(5)
    found = {"x": rng.normal(size=4000), "y": rng.exponential(size=4000)}
    np.testing.assert_array_equal(Bins.quantiles(["x"], found, 20).counts(found), [200] * 20 + [0])
    plane = Bins.quantiles(["x", "y"], found, 36)
    assert plane.shape == (6, 6) and Bins.quantiles(["x", "y"], found, 20).shape == (5, 5)
    counts = plane.counts(found)[:-1].reshape(6, 6)
    for side in (0, 1):
        np.testing.assert_allclose(counts.sum(axis=side), 4000 / 6, atol=1)
    inside = (found["x"] < plane.edges["x"][0]) & (found["y"] >= plane.edges["y"][-1])
    assert counts[0, 5] == inside.sum()


def test_equal_or_no_values_give_fewer_bins():
    same, none = np.ones(10), np.full(10, np.nan)
    assert Bins.quantiles(["x"], {"x": same}, 20).counts({"x": same}).tolist() == [0, 10, 0]
    assert Bins.quantiles(["x"], {"x": none}, 20).counts({"x": none}).tolist() == [0, 10]


def test_values_are_those_of_the_observables(random_events, make_events):
    events = random_events(500, seed=1)
    for name, found in observable_values(events).items():
        np.testing.assert_array_equal(found[~np.isnan(found)], values(events, BY_OBSERVABLE[name]))
    one = observable_values(make_events((100.0, [("j", 200.0, 0.5)]), (10.0, [("e-", 50.0, 0.0)])))
    assert one["met"] == pytest.approx([2, 1])
    assert one["ht"][0] == one["jet1_pt"][0] == pytest.approx(np.log10(200))
    assert one["jet1_eta"][0] == pytest.approx(0.5)
    assert np.isnan(one["m_jj"]).all() and np.isnan(one["ht"][1])


@pytest.mark.parametrize("batch", [1000, 300, 70])
def test_first_events_of_a_stream_however_it_is_cut(random_events, batch):
    events, asked = random_events(1000, seed=2), []
    bins, reference = reference_spectra([events.take(slice(0, 400)), events.take(slice(400, 1000))], 8)
    assert all(counts.sum() == 1000 for counts in reference.values())

    def stream():
        for start in range(0, 1000, batch):
            asked.append(start)
            yield events.take(slice(start, start + batch))

    found = counts_of_first(stream(), [10, 140, 650], bins)
    assert list(found) == [10, 140, 650]
    assert len(asked) == -(-650 // batch)
    for size, counts in found.items():
        seen = observable_values(events.take(slice(0, size)))
        for spectrum in SPECTRA:
            np.testing.assert_array_equal(counts[spectrum], bins[spectrum].counts(seen))
    with pytest.raises(ValueError, match="there are 1000 events, but the first 1001 are to be counted"):
        counts_of_first(stream(), [1001], bins)


def test_a_reference_without_events_is_refused(random_events):
    with pytest.raises(ValueError, match="the reference has 1 events"):
        reference_spectra([random_events(1, seed=1)], 8)


def test_rows_of_whole_samples(random_events):
    """Events of the same kind are worth about their number, of another momentum scale hardly any."""
    bins, reference = reference_spectra([random_events(5000, seed=1)], 10)
    training = counts_of_first([random_events(400, seed=2)], [400], bins)
    rows = {
        shift: amplification_rows(
            counts_of_first([random_events(2000, seed=3, shift=shift)], [100, 2000], bins), training, reference, seed=1
        )
        for shift in (0.0, 0.2)
    }
    samples = [("training", 400), ("generated", 100), ("generated", 2000)]
    for found in rows.values():
        assert [(row["spectrum"], row["sample"], row["events"]) for row in found] == [
            (spectrum, *sample) for spectrum in SPECTRA for sample in samples
        ]
        for row in found:
            assert row["factor"] == pytest.approx(row["equivalent_events"] / 400)
    for row in rows[0.0]:
        assert row["squared_error"] == pytest.approx(row["expected"], abs=5 * row["squared_error_error"])
    assert all(row["equivalent_high"] < 100 for row in rows[0.2] if (row["spectrum"], row["events"]) == ("ht", 2000))
    again = counts_of_first([random_events(2000, seed=3)], [100, 2000], bins)
    assert amplification_rows(again, training, reference, seed=1) == rows[0.0]
