"""The likelihood of the autoregressive mixture: it is a density, and learns a known one."""

import keras
import numpy as np
import pytest
from scipy import special, stats

from deepcollider.features.conditions import NONE
from deepcollider.features.views.sequences import (
    ETA_LIMITS,
    PT_CUTS,
    VIEW,
    SequenceScaler,
    coordinates,
    events_of,
    slot_codes,
)
from deepcollider.generators.networks.drawing import Drawing
from deepcollider.generators.networks.partners import HISTORY, SEEN
from deepcollider.generators.systems.autoregressive_mixture import SYSTEM
from deepcollider.physics.events import Events, counts_per_kind
from deepcollider.physics.kinds import MAX_OBJECTS
from tests.generators.small_autoregressive import (
    ONE_ELECTRON,
    SMALL,
    SOME,
    trained_a_little,
    true_events,
)


@pytest.fixture(scope="module")
def trained():
    return trained_a_little()


def one_electron(met, met_phi, pt, eta, phi) -> Events:
    """Events with MET and one electron, from arrays (N,)."""
    codes = slot_codes(np.tile(ONE_ELECTRON, (len(met), 1)))
    made = events_of(np.log(met), met_phi, codes, {n: np.ones(codes.shape) for n in ("hardness", "eta", "phi", "mass")})
    made.objects["pt"][:, 0], made.objects["eta"][:, 0], made.objects["phi"][:, 0] = pt, eta, phi
    made.objects["energy"][:, 0] = pt * np.cosh(eta)
    return made


def test_density_of_met_is_one(trained):
    """The integral over MET of the density of events without objects is 1 / 2 pi times the probability of none."""
    met = np.exp(np.linspace(-6, 16, 4001))
    codes = np.zeros((len(met), MAX_OBJECTS), np.uint8)
    nothing = {name: np.zeros(codes.shape) for name in ("hardness", "eta", "phi", "mass")}
    events = events_of(np.log(met), np.zeros(len(met)), codes, nothing)
    density = np.exp(SYSTEM(**SMALL).log_prob(trained, events))
    assert np.trapezoid(density, met) == pytest.approx(0.05 / (2 * np.pi), rel=2e-3)


def test_density_of_an_object_is_one(trained):
    """The integral over all five quantities of an event with one electron is the probability of such a mask."""
    n = 60_000
    rng = np.random.default_rng(4)
    # wider than truth in everything, so that no ratio is large
    met = stats.lognorm(1.2, scale=np.exp(4))
    excess = stats.lognorm(1.5, scale=1.5)  # pt / cut - 1
    eta = stats.norm(0, 0.9)
    drawn = met.rvs(n, random_state=rng), excess.rvs(n, random_state=rng), eta.rvs(n, random_state=rng)
    met_phi, phi = rng.uniform(-np.pi, np.pi, (2, n))
    cut, limit = PT_CUTS[3], ETA_LIMITS[3]
    events = one_electron(drawn[0], met_phi, cut * (1 + drawn[1]), limit * np.tanh(drawn[2]), phi)
    log_q = met.logpdf(drawn[0]) + excess.logpdf(drawn[1]) - np.log(cut) - 2 * np.log(2 * np.pi)
    log_q += eta.logpdf(drawn[2]) - np.log(limit) + 2 * np.log(np.cosh(drawn[2]))
    ratios = np.exp(SYSTEM(**SMALL).log_prob(trained, events) - log_q)
    error = ratios.std() / np.sqrt(n)
    assert error < 0.01
    assert ratios.mean() == pytest.approx(0.35, abs=4 * error)


def test_likelihood_knows_nothing_of_what_comes_later(trained):
    """Differences of log p by a change of the last object do not reach what stands before it, and vice versa."""
    events = true_events(50, seed=9, masks=((1, 3, 0, 0, 0, 0, 0),))
    network = trained.networks["event"]
    rows = SequenceScaler.from_config(network.scaler).transform(VIEW.rows(events, "event"))
    last_mass = 1 + 5 * MAX_OBJECTS + 3
    changed = rows.copy()
    changed[:, last_mass] += 1.0
    first_mass = 1 + 5 * MAX_OBJECTS
    both, other = changed.copy(), rows.copy()
    both[:, first_mass] += 1.0
    other[:, first_mass] += 1.0
    before, after, after_both, after_first = (network.predict(each, verbose=0) for each in (rows, changed, both, other))
    assert np.abs(after - before).min() > 1e-4
    # the last object sees the first: changes do not add up; nothing sees the last one
    assert np.abs((after_both - after_first) - (after - before)).max() > 1e-4


def test_learns_a_known_density():
    """Events with one electron whose density is known in closed form: the mean of log p reaches minus its entropy."""
    keras.utils.set_random_seed(5)
    rng = np.random.default_rng(5)
    n = 12_000

    def sample(n):
        x = rng.normal(4, 0.7, n)
        pt = rng.normal(0.4 * (x - 4), 0.3)
        eta = rng.normal(0, 0.5, n)
        phi = np.pi + rng.normal(0, np.where(pt > 0, 0.5, 1.0))
        return x, pt, eta, phi

    def events(x, pt, eta, phi):
        codes = slot_codes(np.tile(ONE_ELECTRON, (len(x), 1)))
        wide = lambda values: np.tile(values[:, None], (1, MAX_OBJECTS))  # noqa: E731
        values = {"hardness": wide(np.log1p(np.exp(pt))), "eta": wide(eta), "phi": wide(phi), "mass": wide(phi)}
        return events_of(x, rng.uniform(-np.pi, np.pi, len(x)), codes, values)

    rows = VIEW.rows(events(*sample(n)), "event")
    scaler = SequenceScaler.fit([rows])
    system = SYSTEM(width=32, blocks=1, embedding=4, components=4, dropout=0.0, learning_rate=5e-3)
    network = system.build("event", scaler, seed=5)
    network.fit(scaler.transform(rows), batch_size=200, epochs=12, callbacks=system.callbacks(), verbose=0)
    fresh = sample(4000)
    width = np.where(fresh[1] > 0, 0.5, 1.0)
    windings = np.arange(-3, 4)[:, None]
    truth = stats.norm(4, 0.7).logpdf(fresh[0]) + stats.norm(0.4 * (fresh[0] - 4), 0.3).logpdf(fresh[1])
    truth += stats.norm(0, 0.5).logpdf(fresh[2])
    truth += special.logsumexp(stats.norm(np.pi, width).logpdf(fresh[3] + 2 * np.pi * windings), axis=0)
    found = network.log_prob(VIEW.rows(events(*fresh), "event"))
    assert 0 <= (truth - found).mean() < 0.08  # no density is better than the truth
    assert np.std(truth - found) < 0.5


def test_likelihood_of_generated_events_is_that_of_truth(trained):
    """A network that has learnt a little: both are distributed nearly alike, and a distorted sample is not."""
    system = SYSTEM(**SMALL)
    truth = system.log_prob(trained, true_events(3000, seed=21, masks=SOME[:1]))
    counts = np.tile(SOME[0], (3000, 1))
    drawn = trained.networks["event"].generate(counts, NONE, np.random.default_rng(3))
    generated = system.log_prob(trained, events_of(drawn[0], np.zeros(3000), *drawn[1:]))
    assert stats.ks_2samp(truth, generated).statistic < 0.12
    distorted = true_events(3000, seed=21, masks=SOME[:1])
    distorted.objects["eta"] *= 2
    np.clip(distorted.objects["eta"], -2.79, 2.79, out=distorted.objects["eta"])
    assert stats.ks_2samp(system.log_prob(trained, distorted), generated).statistic > 0.2


def test_mask_that_is_never_drawn_is_impossible(trained):
    events = true_events(5, masks=((0, 0, 0, 0, 0, 0, 2),))
    assert (SYSTEM(**SMALL).log_prob(trained, events) == -np.inf).all()


def test_saved_and_loaded(trained, tmp_path):
    network = trained.networks["event"]
    network.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    rows = VIEW.rows(true_events(100), "event")
    np.testing.assert_array_equal(again.log_prob(rows), network.log_prob(rows))
    counts = np.array(SOME)
    for one, other in zip(
        network.generate(counts, NONE, np.random.default_rng(1))[2].values(),
        again.generate(counts, NONE, np.random.default_rng(1))[2].values(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_reflected_in_training_alone(trained):
    """The same rows have the same density in prediction; in training every row has one of four."""
    network = trained.networks["event"]
    rows = SequenceScaler.from_config(network.scaler).transform(VIEW.rows(true_events(40, masks=SOME[:2]), "event"))
    eta, phi = slice(1 + 3 * MAX_OBJECTS, 1 + 4 * MAX_OBJECTS), slice(1 + 4 * MAX_OBJECTS, 1 + 5 * MAX_OBJECTS)
    four = []
    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        reflected = rows.copy()
        reflected[:, eta] *= signs[0]
        reflected[:, phi] *= signs[1]
        four.append(network.predict(reflected, verbose=0))
    four = np.array(four)
    seen = np.array([np.abs(four - np.array(network(rows, training=True))).argmin(axis=0) for _ in range(30)])
    assert set(seen.ravel()) == {0, 1, 2, 3}
    nearest = np.abs(four - np.array(network(rows, training=True))).min(axis=0)
    assert nearest.max() < 1e-4


def test_training_and_sampling_see_the_same(trained):
    """Truth led through the sampler's inputs, slot by slot, gives the same context as the training's."""
    network = trained.networks["event"]
    events = true_events(60, seed=31)
    order = np.argsort(-events.events["n_objects"].astype(int), kind="stable")
    events = events.take(order)
    rows = SequenceScaler.from_config(network.scaler).transform(VIEW.rows(events, "event"))
    found, codes = coordinates(events), events.objects["kind"]
    met, _, (hardness, _, eta, phi, mass), _ = network.columns(rows)
    given = []
    network_given = network.given

    def spy(*arguments):
        given.append(np.array(network_given(*arguments)))
        return network_given(*arguments)

    network.given = spy
    try:
        network(rows)
        (training,) = given
        counts = np.log1p(counts_per_kind(events.objects)).astype(np.float32)
        before = np.zeros((len(events), HISTORY, SEEN), np.float32)
        sums = np.zeros((len(events), network.sum_size), np.float32)
        n_slots = 0
        for slot, classes, rank in Drawing.slots(codes):
            n = int((codes[:, slot] > 0).sum())  # they stand first
            of_slot, classes, rank = codes[:n, slot].astype(np.int32), classes[:n], rank[:n]
            sampling = np.array(network_given(counts[:n], met[:n], classes, rank, before[:n], sums[:n]))
            places = np.cumsum(codes > 0).reshape(codes.shape)[:n, slot] - 1
            np.testing.assert_allclose(sampling, training[places], atol=2e-5)
            drawn = [np.array(each)[:n, slot] for each in (hardness, eta, phi, mass)]
            seen = np.array(network.seen(of_slot, classes, *drawn))
            before = np.concatenate([seen[:, None], before[:n, :-1]], axis=1)
            sums = sums[:n] + np.array(network.summand(seen))
            n_slots += n
        assert n_slots == len(training) == (codes > 0).sum()
        assert np.isfinite(found["pt"][codes > 0]).all()
    finally:
        del network.given
