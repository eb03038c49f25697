"""What the autoregressive mixture draws has its density, and is what the experiment could have recorded."""

import numpy as np
import pytest
import vector
from scipy import stats

from deepcollider.features.conditions import NONE
from deepcollider.features.masks import MaskGenerator
from deepcollider.features.views.sequences import VIEW, SequenceScaler, events_of, slot_codes
from deepcollider.generators.networks import drawing
from deepcollider.generators.networks.drawing import Drawing
from deepcollider.generators.networks.partners import HISTORY
from deepcollider.generators.protocol import Trained
from deepcollider.generators.systems.autoregressive_mixture import SYSTEM, draw, is_possible
from deepcollider.physics.acceptance import has_merged_jets, has_trigger, in_acceptance
from deepcollider.physics.events import concatenate, counts_per_kind
from deepcollider.physics.kinds import KINDS
from tests.generators.small_autoregressive import SMALL, SOME, trained_a_little, true_events


@pytest.fixture(scope="module")
def trained():
    return trained_a_little()


def test_kinds_of_the_numbers():
    assert len(KINDS) == 7 and len(SOME[0]) == 7


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


def test_events_are_possible_and_have_the_masks(trained):
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


def test_first_objects_look_for_no_partners_that_are_not_there(trained):
    """A graph for each number of earlier objects gives what one graph for all gives."""
    network = trained.networks["event"]
    counts = trained.masks.sample(200, np.random.default_rng(4))
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
