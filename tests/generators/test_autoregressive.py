"""The autoregressive mixture: its likelihood is a density, what it draws has it, and it learns a known one."""

import keras
import numpy as np
import pytest
import vector
from scipy import special, stats

from deepcollider.features.conditions import NONE
from deepcollider.features.masks import MaskGenerator
from deepcollider.features.views.sequences import (
    ETA_LIMITS,
    PT_CUTS,
    VIEW,
    SequenceScaler,
    coordinates,
    events_of,
    slot_codes,
)
from deepcollider.generators.networks import drawing
from deepcollider.generators.networks.drawing import Drawing
from deepcollider.generators.networks.partners import HISTORY, SEEN
from deepcollider.generators.protocol import Trained
from deepcollider.generators.systems.autoregressive_mixture import SYSTEM, draw, is_possible
from deepcollider.physics.acceptance import has_merged_jets, has_trigger, in_acceptance
from deepcollider.physics.events import Events, concatenate, counts_per_kind
from deepcollider.physics.kinds import KINDS, MAX_OBJECTS

SMALL = {"width": 12, "blocks": 1, "embedding": 6, "components": 3, "dropout": 0.0}
ONE_ELECTRON = (0, 0, 1, 0, 0, 0, 0)
SOME = ((0, 2, 0, 0, 0, 0, 0), (1, 3, 0, 0, 1, 0, 0), (2, 9, 1, 0, 0, 1, 1), (0, 0, 0, 0, 0, 0, 0), ONE_ELECTRON)


def true_events(n: int, seed: int = 1, masks=SOME) -> Events:
    """Events of simple distributions, in which objects depend on MET and on each other."""
    rng = np.random.default_rng(seed)
    codes = slot_codes(np.array(masks)[rng.integers(len(masks), size=n)])
    met = rng.normal(4, 0.7, n)
    hardness = np.exp(rng.normal(0, 0.4, codes.shape) + 0.3 * (met - 4)[:, None])
    for slot in range(1, MAX_OBJECTS):
        same = codes[:, slot] == codes[:, slot - 1]
        share = special.expit(rng.normal(0.5, 0.8, n))
        hardness[:, slot] = np.where(same, hardness[:, slot - 1] * share, hardness[:, slot])
    eta = 0.5 * rng.normal(0, 1, codes.shape)
    phi = np.pi - 0.8 * rng.normal(0, 1, codes.shape)
    values = {"hardness": hardness, "eta": eta, "phi": phi, "mass": rng.normal(-2.3, 0.4, codes.shape)}
    return events_of(met, rng.uniform(-np.pi, np.pi, n), codes, values)


@pytest.fixture(scope="module")
def masks():
    return MaskGenerator.from_config(
        {"frequent": SOME, "frequent_counts": [30, 20, 10, 5, 35], "rare": [], "rare_counts": []}
    )


@pytest.fixture(scope="module")
def trained(masks):
    """A network after a few epochs, so that its densities are neither flat nor sharp."""
    keras.utils.set_random_seed(3)
    rows = VIEW.rows(true_events(4000), "event")
    scaler = SequenceScaler.fit([rows])
    network = SYSTEM(**SMALL).build("event", scaler, seed=3)
    network.fit(scaler.transform(rows), batch_size=200, epochs=8, verbose=0)
    return Trained({"event": network}, masks=masks)


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


@pytest.mark.parametrize("mask, number", [((0, 2, 0, 0, 0, 0, 0), 8000), ((1, 1, 0, 0, 1, 0, 0), 8000)])
def test_what_is_drawn_has_the_density(trained, mask, number, monkeypatch):
    """For any density q within the reach of p, the mean of q / p over draws of p is 1, if no angle is drawn again."""
    network = trained.networks["event"]
    monkeypatch.setattr(network.drawing, "graphs", {})
    monkeypatch.setattr(network.drawing, "apart", lambda codes, classes, eta, tries, before: tries[:, 0])
    counts = np.tile(mask, (number, 1))
    drawn = network.generate(counts, NONE, np.random.default_rng(7))
    events = events_of(drawn[0], np.zeros(number), *drawn[1:])
    scaler = SequenceScaler.from_config(network.scaler)
    scaled = scaler.transform(VIEW.rows(events, "event"))
    varies = np.flatnonzero(scaled.std(axis=0) > 0)
    hardness = range(21, 41)  # another form of pt, no quantity of its own
    columns = [column for column in varies if column not in hardness]
    values = scaled[:, columns].astype(float)
    values[:, [name.startswith("phi") for name in np.array(VIEW.columns("event"))[columns]]] %= 2 * np.pi  # around pi
    assert values.shape[1] == 1 + sum(4 if kind in (0, 1) else 3 for kind, n in enumerate(mask) for _ in range(n))
    q = stats.multivariate_normal(values.mean(axis=0), 0.4 * np.cov(values.T))
    ratios = np.exp(q.logpdf(values) - network.predict(scaled, batch_size=2000, verbose=0))
    error = ratios.std() / np.sqrt(number)
    assert error < 0.12
    assert ratios.mean() == pytest.approx(1.0, abs=4 * error)
    assert abs((ratios * 1.5).mean() - 1) > 4 * error  # a density that is wrong by a half would be seen


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


def test_events_are_possible_and_have_the_masks(trained, masks):
    system = SYSTEM(**SMALL)
    events = concatenate(list(system.generate(trained, 3000, seed=11, batch=1000)))
    there = events.objects["valid"]
    assert in_acceptance(events.objects)[there].all()
    drawn = {tuple(mask) for mask in counts_per_kind(events.objects).tolist()}
    assert drawn == {tuple(mask) for mask in SOME}
    further = events.objects["kind"][:, 1:] == events.objects["kind"][:, :-1]
    pt = events.objects["pt"]
    assert (pt[:, 1:] <= pt[:, :-1])[further & there[:, 1:]].all()
    momentum = pt.astype(float) * np.cosh(events.objects["eta"].astype(float))
    assert (events.objects["energy"] >= momentum).all()
    np.testing.assert_array_equal(events.events["event_id"], np.arange(3000))
    assert stats.kstest(events.events["met_phi"], stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3


def test_same_seed_same_events(trained):
    system = SYSTEM(**SMALL)
    one, same, other = (next(system.generate(trained, 300, seed, 300)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.objects, same.objects)
    np.testing.assert_array_equal(one.events, same.events)
    assert (one.events["met"] != other.events["met"]).any()


def test_number_of_threads_changes_nothing(trained, monkeypatch):
    monkeypatch.setattr(drawing, "CHUNK", 64)
    made = []
    for threads in (1, 3):
        monkeypatch.setattr(drawing, "n_threads", lambda threads=threads: threads)
        made.append(next(SYSTEM(**SMALL).generate(trained, 400, 5, 400)))
    np.testing.assert_array_equal(made[0].objects, made[1].objects)
    np.testing.assert_array_equal(made[0].events, made[1].events)


def test_first_objects_look_for_no_partners_that_are_not_there(trained, masks):
    """A graph for each number of earlier objects gives what one graph for all gives."""
    network = trained.networks["event"]
    counts = masks.sample(200, np.random.default_rng(4))
    codes, facts = slot_codes(counts), np.log1p(counts).astype(np.float32)
    (met, one), (same_met, many) = (
        network.drawing.chunk(
            {n: network.drawing.graph(None, n) for n in sizes}, facts, codes, np.random.default_rng(5)
        )
        for sizes in (drawing.LOOKED_AT[-1:], drawing.LOOKED_AT)
    )
    there = codes > 0
    np.testing.assert_array_equal(met, same_met)
    apart = np.abs(one[there] - many[there]).max(axis=1)
    assert np.mean(apart < 1e-3) > 0.98  # rounding may choose another component, of which there are dozens
    assert set(there.sum(axis=1)) == {0, 1, 2, 5, 14}


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


def test_slots_of_events():
    codes = slot_codes(np.array([[1, 2, 0, 0, 1, 0, 0], [0, 3, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0, 0], [0] * 7]))
    there = codes > 0
    found = [
        (slot, classes[there[:, slot]].tolist(), ranks[there[:, slot]].tolist())
        for slot, classes, ranks in Drawing.slots(codes)
    ]
    log2, log3 = np.float32(np.log(2)), np.float32(np.log(3))
    assert [each[:2] for each in found] == [(0, [1, 3, 5]), (1, [3, 4]), (2, [4, 4]), (3, [9])]
    expected = [[0, 0, 0], [0, log2], [log2, log3], [0]]
    for each, ranks in zip(found, expected, strict=True):
        np.testing.assert_allclose(each[2], ranks, rtol=1e-6)


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


def test_kinds_of_the_numbers():
    assert len(KINDS) == 7 and len(SOME[0]) == 7


def test_events_that_would_not_be_recorded_are_drawn_again(trained):
    """With one jet an event needs 60 GeV; without redrawing, a part of them would have less."""
    masks = MaskGenerator.from_config(
        {"frequent": [(0, 1, 0, 0, 0, 0, 0)], "frequent_counts": [1], "rare": [], "rare_counts": []}
    )
    network = trained.networks["event"]
    once = draw(trained, np.tile((0, 1, 0, 0, 0, 0, 0), (2000, 1)), np.random.default_rng(1))
    assert 0.02 < has_trigger(once.objects).mean() < 0.98
    events = next(SYSTEM(**SMALL).generate(Trained({"event": network}, masks=masks), 2000, 1, 2000))
    assert has_trigger(events.objects).all()
    hard = once.objects["pt"][:, 0][has_trigger(once.objects)]
    assert stats.ks_2samp(events.objects["pt"][:, 0], hard).pvalue > 1e-3


@pytest.mark.parametrize(
    ("mask", "first", "second", "merged"),
    [
        ((0, 2, 0, 0, 0, 0, 0), (1.0, 0.5), (1.3, 0.75), True),  # 0.39 apart
        ((0, 2, 0, 0, 0, 0, 0), (1.0, 0.5), (1.3, 0.77), False),  # 0.404
        ((0, 2, 0, 0, 0, 0, 0), (-2.0, 3.1), (-2.0, -3.1), True),  # over the cut of phi
        ((1, 1, 0, 0, 0, 0, 0), (1.0, 0.5), (1.3, 0.75), True),
        ((1, 0, 1, 0, 0, 0, 0), (1.0, 0.5), (1.3, 0.75), False),  # an electron is no jet
    ],
)
def test_jets_that_would_have_been_one(mask, first, second, merged):
    events = true_events(1, masks=(mask,))
    for slot, (eta, phi) in enumerate((first, second)):
        events.objects["eta"][0, slot], events.objects["phi"][0, slot] = eta, phi
    assert has_merged_jets(events.objects).tolist() == [merged]


def test_any_two_jets_of_many_are_looked_at():
    events = true_events(200, masks=((2, 9, 0, 0, 0, 0, 0),))
    jets = events.objects[:, :11]
    vectors = vector.array(
        {name: jets[name].astype(float) for name in ("pt", "eta", "phi")} | {"m": np.zeros((200, 11))}
    )
    apart = np.array([vectors[:, i].deltaR(vectors[:, j]) for i in range(11) for j in range(i)])
    np.testing.assert_array_equal(has_merged_jets(events.objects), apart.min(axis=0) < 0.4)


def test_the_first_angle_that_merges_no_jets_is_taken(trained):
    """Try by try and jet by jet, with the distances of vector."""
    network, rng, n = trained.networks["event"], np.random.default_rng(3), 200
    codes = rng.integers(1, 4, (n, 1 + HISTORY)).astype(np.int32)  # b-jets, jets, electrons
    codes[:50, 3:] = 0
    classes = 2 * codes
    eta, phi = (rng.normal(0, 0.3, codes.shape).astype(np.float32) for _ in range(2))
    tries = rng.normal(0, 0.3, (n, 3)).astype(np.float32)
    zeros = np.zeros_like(eta)
    there = (codes > 0)[..., None]
    before = (np.array(network.seen(codes, classes, zeros, eta, phi, zeros)) * there)[:, 1:]
    found = np.array(network.drawing.apart(codes[:, 0], classes[:, 0], eta[:, 0], tries, before))
    etas = np.array(network.physical_eta(codes, classes, eta))
    taken = []
    for row in range(n):
        merged = []
        for angle in tries[row]:
            new = vector.obj(pt=1.0, eta=float(etas[row, 0]), phi=float(angle), mass=0.0)
            others = [
                vector.obj(pt=1.0, eta=float(etas[row, i]), phi=float(phi[row, i]), mass=0.0)
                for i in range(1, 1 + HISTORY)
                if codes[row, i] in (1, 2) and codes[row, 0] in (1, 2)
            ]
            merged.append(any(new.deltaR(other) < 0.4 for other in others))
        taken.append(merged.index(False) if False in merged else len(merged) - 1)
    np.testing.assert_array_equal(found, tries[np.arange(n), taken])
    assert {0, 1, 2} == set(taken)


def test_generated_jets_are_apart(trained):
    events = next(SYSTEM(**SMALL).generate(trained, 500, 2, 500))
    assert not has_merged_jets(events.objects).any()


def test_possible_events_have_no_more_than_the_energy_of_the_collision():
    events = true_events(2, masks=SOME[:1])
    events.objects["pt"][:, 0] = 100.0
    events.objects["eta"][:, :2] = 0.0, 1.0
    assert is_possible(events).all()
    events.objects["energy"][0, 0] = 13_000.0
    np.testing.assert_array_equal(is_possible(events), [False, True])
