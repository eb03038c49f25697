"""The fast detector against its formulas, hand-made events and particle-level jets."""

import awkward as ak
import numpy as np
import pytest

from deepcollider.physics.acceptance import in_acceptance
from deepcollider.sources import detector, pythia, response

FINAL, DECAYED = 1, -2
PION, ELECTRON, MUON, PHOTON, NEUTRINO, NEUTRALINO = 211, 11, 13, 22, 12, 1000022
B_MESON, D_MESON = 511, 411


def batch(*particles, copies=1):
    """``copies`` of one event as Pythia gives it; a particle is (pdg, pt, eta, phi[, status]), massless."""
    pdg, pt, eta, phi, status = (
        np.array(column) for column in zip(*(p + (FINAL,) * (5 - len(p)) for p in particles), strict=True)
    )
    momentum = {
        "px": pt * np.cos(phi),
        "py": pt * np.sin(phi),
        "pz": pt * np.sinh(eta),
        "e": pt * np.cosh(eta),
    }
    event = ak.zip({"id": pdg, "status": status, "p": ak.zip(momentum)}, depth_limit=1)
    return ak.unflatten(ak.concatenate([event] * copies), [len(particles)] * copies)


def single(pdg, energy, eta, n):
    """``n`` events with one particle each, as flat particles."""
    phi = np.full(n, 0.3)
    return detector.massless(np.arange(n), np.full(n, pdg), np.full(n, energy / np.cosh(eta)), np.full(n, eta), phi)


def symbols(events):
    """Kind codes of each event, without empty slots."""
    return [tuple(row["kind"][row["valid"]]) for row in events.objects]


def reconstruct(particles, rng):
    """Dark Machines events of a batch, and which of them had more than 20 objects."""
    return detector.select_objects(detector.detect(particles, rng))


@pytest.fixture(scope="module")
def ttbar():
    """Particles of 500 ttbar events and their reconstruction."""
    generator = pythia.initialise(["Top:gg2ttbar = on", "Top:qqbar2ttbar = on"], seed=11)
    particles = generator.nextBatch(500).prt
    events, _ = reconstruct(particles, np.random.default_rng(11))
    return particles, events


@pytest.mark.parametrize(
    ("pdg", "energy", "eta", "sigma"),
    [
        (PHOTON, 100.0, 0.05, np.sqrt(0.17**2 + 1.01**2)),
        (PHOTON, 400.0, -3.55, np.sqrt(14.0**2 + 5.7**2)),
        (PION, 100.0, 0.05, np.sqrt(3.02**2 + 5.205**2 + 1.59**2)),
        (PION, 100.0, 2.05, np.sqrt(5.0**2 + 7.06**2)),
        (PION, 400.0, 4.05, np.sqrt(37.68**2 + 20.0**2)),
    ],
)
def test_towers_smear_with_the_stated_resolution(rng, pdg, energy, eta, sigma):
    towers = detector.calorimeter_towers(single(pdg, energy, eta, 20_000), rng)
    assert len(towers) == 20_000
    assert towers.energy.mean() == pytest.approx(energy, abs=5 * sigma / np.sqrt(20_000))
    assert towers.energy.std() == pytest.approx(sigma, rel=0.04)


@pytest.fixture
def rng():
    return np.random.default_rng(2026)


def test_kaons_share_their_energy_between_the_calorimeters(rng):
    towers = detector.calorimeter_towers(single(310, 100.0, 0.05, 20_000), rng)
    sigma = np.sqrt((0.0017 * 30) ** 2 + 0.101**2 * 30 + (0.0302 * 70) ** 2 + 0.5205**2 * 70 + 1.59**2)
    assert towers.energy.std() == pytest.approx(sigma, rel=0.04)


@pytest.mark.parametrize(
    ("pt", "eta", "sigma", "efficiency"),
    [
        (100.0, 0.2, np.hypot(0.010, 0.010), 0.95),
        (200.0, -1.2, np.hypot(0.015, 0.030), 0.95),
        (100.0, 2.6, np.hypot(0.025, 0.035), 0.85),
    ],
)
def test_muons_have_the_stated_resolution_and_efficiency(rng, pt, eta, sigma, efficiency):
    n = 20_000
    muons = detector.identified_muons(single(MUON, pt * np.cosh(eta), eta, n), rng)
    assert (muons.pt / pt).std() == pytest.approx(sigma, rel=0.04)
    assert len(muons) / n == pytest.approx(efficiency, abs=5 * np.sqrt(efficiency * (1 - efficiency) / n))


def test_nothing_is_identified_outside_the_stated_range():
    pt, eta = np.array([9.9, 50, 50, 50]), np.array([0.0, 2.6, 2.8, 1.6])
    assert response.electron_efficiency(pt, eta).tolist() == [0, 0, 0, 0.85]
    assert response.photon_efficiency(pt, eta).tolist() == [0, 0, 0, 0.85]
    assert response.muon_efficiency(pt, eta).tolist() == [0, 0.85, 0, 0.85]


@pytest.mark.parametrize(("pdg", "code"), [(ELECTRON, 3), (-ELECTRON, 4), (PHOTON, 7)])
@pytest.mark.parametrize(("eta", "efficiency"), [(0.5, 0.95), (1.8, 0.85)])
def test_isolated_electron_or_photon_is_itself_or_a_jet_but_never_both(rng, pdg, code, eta, efficiency):
    n = 2000
    events, _ = reconstruct(batch((pdg, 50.0, eta, 1.0), copies=n), rng)
    found = symbols(events)
    assert set(found) <= {(code,), (1,), (2,)}
    share = sum(kinds == (code,) for kinds in found) / n
    assert share == pytest.approx(efficiency, abs=5 * np.sqrt(efficiency * (1 - efficiency) / n))


@pytest.mark.parametrize(("distance", "isolated"), [(0.35, False), (0.8, True)])
@pytest.mark.parametrize(("pdg", "code"), [(ELECTRON, 3), (MUON, 5), (PHOTON, 7)])
def test_lepton_beside_a_hadron_is_dropped(rng, pdg, code, distance, isolated):
    event = batch((pdg, 50.0, 0.1, 0.0), (PION, 40.0, 0.1, distance), copies=200)
    events, _ = reconstruct(event, rng)
    share = np.mean([code in kinds for kinds in symbols(events)])
    assert (share > 0.9) if isolated else (share == 0)


@pytest.mark.parametrize("invisible", [NEUTRINO, -NEUTRINO, NEUTRALINO, 52])
def test_met_is_the_momentum_of_the_invisible_particle(rng, invisible):
    n = 500
    event = batch((PHOTON, 100.0, 0.3, 0.5), (invisible, 100.0, -0.7, 0.5 - np.pi), copies=n)
    events, _ = reconstruct(event, rng)
    sigma = np.sqrt((0.0017 * 100) ** 2 + 0.101**2 * 100 / np.cosh(0.3))  # ECAL, along the photon
    assert events.events["met"].mean() == pytest.approx(100, abs=5 * sigma / np.sqrt(n))
    assert events.events["met"].std() == pytest.approx(sigma, rel=0.2)
    assert np.allclose(events.events["met_phi"], 0.5 - np.pi, atol=1e-4)


def test_muons_balance_met(rng):
    event = batch((MUON, 100.0, 0.3, 0.5), (-MUON, 100.0, -0.7, 0.5 - np.pi), copies=500)
    events, _ = reconstruct(event, rng)
    both = np.array([kinds == (5, 6) for kinds in symbols(events)])
    sigma = 100 * np.hypot(0.010, 0.010), 100 * np.hypot(0.015, 0.015)
    expected = np.hypot(*sigma) * np.sqrt(2 / np.pi)  # mean of |x| of a Gaussian
    assert both.mean() == pytest.approx(0.95**2, abs=0.06)
    assert events.events["met"][both].mean() == pytest.approx(expected, rel=0.2)
    assert (events.events["met"][~both] > 80).all()  # a lost muon is missing momentum


def test_tag_rates_follow_the_formulas_in_a_flat_sample(rng):
    pt = rng.uniform(20, 500, 400_000)
    expected = {
        response.BOTTOM: 0.80 * np.tanh(0.003 * pt) * 30 / (1 + 0.086 * pt),
        response.CHARM: 0.20 * np.tanh(0.02 * pt) / (1 + 0.0034 * pt),
        response.LIGHT: 0.002 + 7.3e-6 * pt,
    }
    for flavour, rate in expected.items():
        tagged = response.survives(response.tag_probability(pt, np.full(len(pt), flavour)), rng)
        for low in range(20, 500, 80):
            inside = (pt >= low) & (pt < low + 80)
            error = np.sqrt(rate[inside].mean() / inside.sum())
            assert tagged[inside].mean() == pytest.approx(rate[inside].mean(), abs=5 * error)


@pytest.mark.parametrize(
    ("hadrons", "rate"),
    [
        ([B_MESON], 0.80 * np.tanh(0.3) * 30 / 9.6),
        ([B_MESON, D_MESON], 0.80 * np.tanh(0.3) * 30 / 9.6),
        ([D_MESON], 0.20 * np.tanh(2.0) / 1.34),
        ([], 0.002 + 7.3e-4),
    ],
)
def test_jet_takes_the_flavour_of_its_heaviest_hadron(rng, hadrons, rate):
    n = 4000
    decayed = [(pdg, 60.0, 0.15, 0.25, DECAYED) for pdg in hadrons]
    events, _ = reconstruct(batch((PION, 100.0, 0.05, 0.15), *decayed, copies=n), rng)
    jets = events.objects[:, 0]
    assert jets["pt"].mean() == pytest.approx(100, rel=0.05)  # so that the rate at 100 GeV applies
    assert (jets["kind"] == 1).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate / n) + 0.01 * rate)


@pytest.mark.parametrize(
    ("pdg", "bottom", "charm"),
    [
        (511, 1, 0),
        (-521, 1, 0),
        (5122, 1, 0),
        (541, 1, 1),
        (20513, 1, 0),
        (411, 0, 1),
        (4122, 0, 1),
        (10411, 0, 1),
    ]
    + [(pdg, 0, 0) for pdg in (5, 4, 21, 22, 25, 211, 3122, 5101, 4203, 1000005, 1000022)],
)
def test_quark_content_is_read_from_the_pdg_code(pdg, bottom, charm):
    assert [bool(detector.has_quark(np.array(pdg), quark)) for quark in (5, 4)] == [bottom, charm]


def test_events_with_more_than_20_objects_keep_the_hardest(rng):
    grid = [(eta, phi) for eta in np.linspace(-2.4, 2.4, 5) for phi in np.linspace(-3, 2, 5)]
    pions = [(PION, 100.0 * 1.2**i, eta, phi) for i, (eta, phi) in enumerate(grid)]
    events, truncated = reconstruct(batch(*pions), rng)
    assert truncated.tolist() == [True]
    assert events.events["n_objects"].tolist() == [20]
    assert events.objects["pt"].min() > 0.7 * pions[5][1]
    few, truncated = reconstruct(batch(*pions[:20]), rng)
    assert (truncated.tolist(), few.events["n_objects"].tolist()) == ([False], [20])


def test_event_without_visible_particles_is_empty(rng):
    events, _ = reconstruct(batch((NEUTRINO, 50.0, 0.0, 0.0), copies=3), rng)
    assert events.events["n_objects"].tolist() == [0, 0, 0]
    assert events.events["met"].tolist() == [0, 0, 0]


def test_cuts_apply_to_the_rounded_values():
    pt = np.array([20.00004, 20.0001, 50.0, 50.0])
    eta = np.array([0.0, 0.0, 2.799996, 2.79999])
    jets = detector.massless(np.zeros(4, int), np.zeros(4, int), pt, eta, np.zeros(4))
    assert in_acceptance(detector.as_objects(jets, 2)).tolist() == [False, True, False, True]


def test_objects_of_ttbar_events_are_possible(ttbar):
    _, events = ttbar
    objects = events.objects[events.objects["valid"]]
    assert in_acceptance(objects).all()
    assert (np.abs(objects["phi"].astype(float)) <= np.pi).all()
    pt, eta, energy = (objects[name].astype(float) for name in ("pt", "eta", "energy"))
    excess = energy / (pt * np.cosh(eta)) - 1
    assert excess.min() > -1e-6
    assert excess[objects["kind"] > 2].max() < 1.2e-5  # leptons and photons are massless up to the last digit
    assert np.median(excess[objects["kind"] <= 2]) > 1e-3  # jets are not


def test_jets_reproduce_particle_jets_on_average(ttbar, monkeypatch):
    particles, events = ttbar
    visible = detector.visible_particles(particles)
    visible = visible.take((np.abs(visible.pdg) != MUON) & (np.abs(visible.eta) < 4.9))
    monkeypatch.setattr(response, "jet_energy_scale", lambda pt, eta: 1.0)
    true = detector.cluster_jets(visible, len(particles))

    event, slot = np.nonzero(np.isin(events.objects["kind"], (1, 2)))
    found = events.objects[event, slot]
    fields = (found[name].astype(float) for name in ("energy", "pt", "eta", "phi"))
    jets = detector.Particles(event, np.zeros(len(event), int), *fields)
    for low, high in ((50, 80), (80, 200)):
        chosen = true.take((true.pt > low) & (true.pt < high) & (np.abs(true.eta) < 2.5))
        i, j = detector.close_pairs(chosen, jets, 0.2)
        assert len(i) / len(chosen) > 0.9
        assert np.median(jets.pt[j] / chosen.pt[i]) == pytest.approx(1, abs=0.05)
