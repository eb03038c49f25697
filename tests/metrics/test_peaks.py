import numpy as np
import pytest
import vector
from scipy import optimize, stats

from deepcollider.metrics import peaks
from deepcollider.metrics.peaks import CURVATURE, METRICS, MIN_CANDIDATES, PEAKS, measure, peak_metrics
from deepcollider.physics.events import Events, empty_events, sort_objects
from deepcollider.physics.kinds import BY_SYMBOL

W = PEAKS["w_candidate"]
POSITION, WIDTH = 82.0, 7.0


def _peak_on_flat(n_peak: int, n_flat: int, seed: int, position=POSITION, width=WIDTH) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(position, width, n_peak), rng.uniform(20, 140, n_flat)])


def _decay(parent, masses, rng):
    """Two daughters of given masses, isotropic in the rest frame of ``parent`` (vectors of shape (n,))."""
    first, second = masses
    mass = parent.mass
    energy = (mass**2 + first**2 - second**2) / (2 * mass)
    p, cosine, phi = np.sqrt(energy**2 - first**2), rng.uniform(-1, 1, len(mass)), rng.uniform(-np.pi, np.pi, len(mass))
    sine = np.sqrt(1 - cosine**2)
    x, y, z = p * sine * np.cos(phi), p * sine * np.sin(phi), p * cosine
    rest = (
        vector.array({"px": x, "py": y, "pz": z, "E": energy}),
        vector.array({"px": -x, "py": -y, "pz": -z, "E": mass - energy}),
    )
    return [each.boost(parent.to_beta3()) for each in rest]


def _top_events(n: int, seed: int) -> Events:
    """Toy tops that decay to a b-jet and two jets, with 12 % of resolution, one more b-jet and up to two more jets."""
    rng = np.random.default_rng(seed)
    fields = {"pt": rng.exponential(100, n), "eta": rng.normal(0, 0.7, n), "phi": rng.uniform(-np.pi, np.pi, n)}
    w, bjet = _decay(vector.array(fields | {"mass": np.full(n, 172.5)}), (80.4, 0.0), rng)
    others = [
        vector.array(
            {"pt": 20 + rng.exponential(30, n), "eta": rng.normal(0, 1, n), "phi": rng.uniform(-np.pi, np.pi, n)}
            | {"mass": np.zeros(n)}
        )
        for _ in range(3)
    ]
    batch = empty_events(n)
    jets = [*_decay(w, (0.0, 0.0), rng), *others[:2]]
    for i, (symbol, each) in enumerate([("b", bjet), ("b", others[2]), *(("j", jet) for jet in jets)]):
        slot, scale = batch.objects[:, i], rng.normal(1, 0.12, n)
        kept = (each.pt * scale > 20) & (np.abs(each.eta) < 2.8)
        for name, values in (("pt", each.pt * scale), ("eta", each.eta), ("phi", each.phi), ("energy", each.E * scale)):
            slot[name] = np.where(kept, values, 0)
        slot["kind"], slot["valid"] = np.where(kept, BY_SYMBOL[symbol].code, 0), kept
    return Events(batch.events, sort_objects(batch.objects))


def _with_mixed_jets(events: Events, seed: int) -> Events:
    """Every jet replaced by one of the same kind and rank from another event: multiplicities and spectra stay."""
    rng, objects = np.random.default_rng(seed), events.objects.copy()
    for code in (1, 2):
        of_kind = objects["kind"] == code
        rank = np.cumsum(of_kind, axis=1)
        for number in range(1, rank.max() + 1):
            rows, columns = np.nonzero(of_kind & (rank == number))
            others = rng.permutation(len(rows))
            objects[rows, columns] = objects[rows[others], columns[others]]
    return Events(events.events, objects)


def test_windows_consist_of_whole_bins():
    for peak in PEAKS.values():
        low, high = peak.window
        for border in (low - peak.sideband, low, high, high + peak.sideband):
            assert np.isclose(peak.edges, border).any()


def test_contrast_by_hand():
    counts = np.full(W.n_bins, 30)
    inside = (W.centres > 67.5) & (W.centres < 92.5)
    assert peaks.contrast(counts, W) == pytest.approx(0.0)
    assert peaks.contrast(counts + 30 * inside, W) == pytest.approx(1.0)
    assert peaks.contrast(counts - 15 * inside, W) == pytest.approx(-0.5)
    slope = np.arange(W.n_bins)
    assert peaks.contrast(counts + slope, W) == pytest.approx(0.0)
    beyond = (W.centres < 47.5) | (W.centres > 112.5)
    assert peaks.contrast(counts + 100 * beyond, W) == pytest.approx(0.0)
    assert np.isnan(peaks.contrast(inside.astype(int), W))


def test_planted_peak_is_recovered_within_its_error():
    pulls = []
    for seed in range(12):
        found = measure(_peak_on_flat(2000, 6000, seed), W, np.random.default_rng(seed))
        pulls.append(
            [
                (found[name][0] - true) / found[name][1]
                for name, true in zip(METRICS[1:], (POSITION, WIDTH), strict=True)
            ]
        )
    assert np.all(np.abs(np.mean(pulls, axis=0)) < 3 / np.sqrt(12))
    assert np.all(np.std(pulls, axis=0) < 1.7)
    assert np.all(np.std(pulls, axis=0) > 0.5)
    assert found["peak_position"][1] < 0.5


def test_contrast_of_a_planted_peak_in_closed_form():
    normal, per_gev = stats.norm(POSITION, WIDTH), 50_000 / 120
    found, error = measure(_peak_on_flat(20_000, 50_000, seed=1), W, np.random.default_rng(1))["peak_contrast"]
    inside, around = (20_000 * np.diff(normal.cdf(limits))[0] for limits in ((67.5, 92.5), (47.5, 112.5)))
    background = (around - inside + 40 * per_gev) * 25 / 40
    expected = (inside + 25 * per_gev) / background - 1
    assert error < 0.03
    assert found == pytest.approx(expected, abs=3 * error)


def test_fit_agrees_with_maximum_likelihood():
    counts = np.histogram(_peak_on_flat(1500, 4000, seed=3), W.edges)[0]
    x = (W.centres - 80) / 40

    def minus_log_likelihood(p):
        gaussian = np.exp(-(((W.centres - p[4]) / p[5]) ** 2) / 2)
        return -stats.poisson(np.exp(p[0] + p[1] * x + p[2] * x**2) + p[3] * gaussian).logpmf(counts).sum()

    start = [np.log(80), 0, 0, 200, 80, 8]
    likeliest = optimize.minimize(minus_log_likelihood, start, method="Nelder-Mead", options={"maxiter": 10_000}).x
    position, width, inside = peaks.fit(counts, W)
    assert inside
    assert (position, width) == pytest.approx(likeliest[-2:], abs=0.05)


def test_derivatives_of_the_fit():
    shape = peaks._Shape(np.full(W.n_bins, 100.0), W)
    point = np.array([4.0, 0.3, -0.2, 1.5, 79.0, 6.0])
    assert shape.jacobian(point) == pytest.approx(optimize.approx_fprime(point, shape.residuals, 1e-6), abs=1e-3)


def test_no_peak_has_no_position_and_a_contrast_of_zero():
    found = [measure(_peak_on_flat(0, 5000, seed), W, np.random.default_rng(seed)) for seed in range(30)]
    contrasts = np.array([each["peak_contrast"] for each in found])
    assert np.mean(contrasts[:, 0]) == pytest.approx(0, abs=4 * np.mean(contrasts[:, 1]) / np.sqrt(30))
    assert np.std(contrasts[:, 0] / contrasts[:, 1]) == pytest.approx(1, abs=0.4)
    assert sum(np.isfinite(each["peak_position"][0]) for each in found) <= 1


def test_a_peak_elsewhere_does_not_count():
    found = measure(_peak_on_flat(2000, 6000, seed=1, position=110.0), W, np.random.default_rng(1))
    assert found["peak_contrast"][0] < 0
    assert np.isnan([found[name] for name in METRICS[1:]]).all()


def test_too_few_candidates_give_nan():
    few = _peak_on_flat(MIN_CANDIDATES - 1, 0, seed=1)
    assert np.isnan(list(measure(few, W, np.random.default_rng(1)).values())).all()
    enough = measure(_peak_on_flat(MIN_CANDIDATES, 20, seed=1), W, np.random.default_rng(1))
    assert np.isfinite(enough["peak_contrast"]).all()


@pytest.fixture(scope="module")
def tops():
    return _top_events(24_000, seed=1)


def test_tops_have_peaks_at_their_masses(tops):
    found = peak_metrics(tops.take(slice(0, 12_000)), tops.take(slice(12_000, None)), np.random.default_rng(1))
    names = {(part, f"{metric}{suffix}") for part in PEAKS for metric in METRICS for suffix in ("", "_shift")}
    assert set(found) == names
    assert found["w_candidate", "peak_position"][0] == pytest.approx(80.4, abs=2)
    assert found["top_candidate", "peak_position"][0] == pytest.approx(172.5, abs=5)
    assert found["w_candidate", "peak_contrast"][0] > 0.7
    assert found["top_candidate", "peak_contrast"][0] > 0.3
    again = peak_metrics(tops.take(slice(0, 12_000)), tops.take(slice(12_000, None)), np.random.default_rng(1))
    assert found == again


def test_mixing_jets_between_events_kills_the_peaks(tops):
    mixed = _with_mixed_jets(tops, seed=2)
    assert np.array_equal(np.sort(mixed.objects["pt"].ravel()), np.sort(tops.objects["pt"].ravel()))
    found = peak_metrics(mixed, tops, np.random.default_rng(1))
    for part in PEAKS:
        contrast, error = found[part, "peak_contrast"]
        assert abs(contrast) < CURVATURE + 3 * error
        shift, error = found[part, "peak_contrast_shift"]
        assert shift > 5 * error
        assert np.isnan(found[part, "peak_position_shift"]).all()


def test_a_wrong_energy_scale_shifts_the_peaks(tops):
    scaled = tops.take(slice(0, 12_000))
    objects = scaled.objects.copy()
    for name in ("pt", "energy"):
        objects[name] *= 1.05
    found = peak_metrics(Events(scaled.events, objects), tops, np.random.default_rng(1))
    for part, mass in (("w_candidate", 80.4), ("top_candidate", 172.5)):
        shift, error = found[part, "peak_position_shift"]
        assert shift == pytest.approx(0.05 * mass, abs=4 * error)
        assert shift > 4 * error


def test_truth_agrees_with_truth_within_errors(tops):
    pulls = []
    for i in range(5):
        halves = tops.take(slice(3000 * i, 3000 * i + 1500)), tops.take(slice(3000 * i + 1500, 3000 * (i + 1)))
        found = peak_metrics(*halves, np.random.default_rng(i))
        pulls.append([found[part, f"{name}_shift"] for part in PEAKS for name in METRICS])
    value, error = np.transpose(pulls)  # (metrics, seeds)
    mean_square = np.nanmean((value / error) ** 2, axis=1)
    assert np.all(mean_square < 3.5)
    assert np.mean(mean_square) == pytest.approx(1, abs=0.6)
