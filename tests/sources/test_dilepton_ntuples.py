"""Dilepton trees written: events made by hand, and a short run of both samples."""

import itertools
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from deepcollider.samples import read_ntuples
from deepcollider.sources.detector import Detected, massless
from deepcollider.sources.dilepton_branches import BRANCHES
from deepcollider.sources.dilepton_ntuples import to_branches
from deepcollider.sources.pythia import detected_batches
from deepcollider.sources.response import BOTTOM, CHARM, LIGHT

NTUPLES = read_ntuples(Path(__file__).parents[2] / "config/ntuples.tsv")
E_MINUS, E_PLUS, M_MINUS, M_PLUS, PHOTON = 11, -11, 13, -13, 22


def particles(rows):
    """(event, pdg, pt, eta, phi) -> massless particles."""
    columns = [np.array(column) for column in zip(*rows, strict=True)] or [np.zeros(0, int)] * 2 + [np.zeros(0)] * 3
    return massless(*columns)


def detected(events):
    """Events (leptons (pdg, pt, eta, phi[, isolation]), jets (pt, eta, phi, flavour), (met, met_phi))."""
    light, muons, jets = [], [], []
    for number, (leptons, given_jets, _) in enumerate(events):
        for pdg, pt, eta, phi, *isolation in leptons:
            chosen = muons if abs(pdg) == 13 else light
            chosen.append((number, pdg, pt, eta, phi, *(isolation or [0.0])))
        jets += [(number, 0, pt, eta, phi, flavour) for pt, eta, phi, flavour in given_jets]
    met = np.array([event[2] for event in events])
    return Detected(
        n_events=len(events),
        electrons_photons=particles([row[:5] for row in light]),
        electron_photon_isolation=np.array([row[5] for row in light]),
        muons=particles([row[:5] for row in muons]),
        muon_isolation=np.array([row[5] for row in muons]),
        jets=particles([row[:5] for row in jets]),
        jet_flavour=np.array([row[5] for row in jets]),
        jet_tagged=np.zeros(len(jets), bool),  # tags must not matter
        met=met[:, 0],
        met_phi=met[:, 1],
    )


LEPTONS = [(E_MINUS, 30.0, 0.5, 1.0), (M_PLUS, 50.0, -1.0, -2.0)]
JETS = [(40.0, 0.3, 0.1, BOTTOM), (90.0, -2.0, 3.0, BOTTOM), (200.0, 0.0, 1.0, LIGHT)]
MET = (60.0, -0.5)


def kept(*events):
    """MET of the events that are stored; give each another one."""
    return to_branches(detected(events), 0)["ptMET"].tolist()


def test_stored_event_by_hand():
    branches = to_branches(detected([(LEPTONS, JETS, MET)]), 0)
    assert list(branches) == list(BRANCHES)
    assert all(values.dtype == np.float32 and values.shape == (1,) for values in branches.values())
    found = {name: values[0].item() for name, values in branches.items()}
    expected = {
        **{"ptlep1": 50, "etalep1": -1, "philep1": -2, "mlep1": 0.10566},
        **{"ptlep2": 30, "etalep2": 0.5, "philep2": 1, "mlep2": 0.000511},
        **{"ptb1": 90, "etab1": -2, "phib1": 3, "ptb2": 40, "etab2": 0.3, "phib2": 0.1},
        **{"ptMET": 60, "etaMET": 0, "phiMET": -0.5, "mMET": 0},
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert found["mb1"] == pytest.approx(0, abs=1e-2) and found["mb2"] == pytest.approx(0, abs=1e-2)


@pytest.mark.parametrize(
    ("leptons", "stored"),
    [
        ([(E_MINUS, 30, 0.5, 1), (E_PLUS, 25, 0, 0)], True),
        ([(E_MINUS, 30, 0.5, 1), (M_MINUS, 25, 0, 0)], False),  # same charge
        ([(M_PLUS, 30, 0.5, 1), (E_PLUS, 25, 0, 0)], False),
        ([(M_PLUS, 30, 0.5, 1)], False),
        ([], False),
        ([(M_PLUS, 30, 0.5, 1), (PHOTON, 25, 0, 0)], False),
        ([(M_PLUS, 20.1, 0.5, 1), (M_MINUS, 15.1, 0, 0)], True),
        ([(M_PLUS, 19.9, 0.5, 1), (M_MINUS, 15.1, 0, 0)], False),
        ([(M_PLUS, 30, 0.5, 1), (M_MINUS, 14.9, 0, 0)], False),
        ([(M_PLUS, 30, 2.49, 1), (M_MINUS, 25, -2.49, 0)], True),
        ([(M_PLUS, 30, 2.51, 1), (M_MINUS, 25, 0, 0)], False),
        ([(M_PLUS, 30, 0.5, 1, 0.24), (E_MINUS, 25, 0, 0, 0.11)], True),
        ([(M_PLUS, 30, 0.5, 1, 0.26), (E_MINUS, 25, 0, 0, 0.11)], False),  # not isolated
        ([(M_PLUS, 30, 0.5, 1, 0.24), (E_MINUS, 25, 0, 0, 0.13)], False),
        ([(M_PLUS, 30, 0, 1), (E_PLUS, 25, 0, 0), (E_MINUS, 22, 0, 2)], False),  # the two hardest have equal charges
        ([(M_PLUS, 30, 0, 1), (E_PLUS, 25, 0, 0, 0.3), (E_MINUS, 22, 0, 2)], True),  # the second does not count
    ],
)
def test_selection_of_leptons(leptons, stored):
    assert kept((leptons, JETS, MET)) == [60] * stored


@pytest.mark.parametrize(
    ("jets", "pts"),
    [
        ([(40, 0.3, 0.1, BOTTOM), (90, -2, 3, CHARM), (80, 0, 1, LIGHT)], None),
        ([(20.1, 2.9, 0.1, BOTTOM), (90, -2.9, 3, BOTTOM)], (90, 20.1)),
        ([(19.9, 0.3, 0.1, BOTTOM), (90, -2, 3, BOTTOM)], None),
        ([(40, 3.1, 0.1, BOTTOM), (90, -2, 3, BOTTOM)], None),
        ([(40, 0.3, 0.1, BOTTOM), (30, 0, 3, BOTTOM), (95, 1, 2, BOTTOM)], (95, 40)),
        ([(95, 3.1, 2, BOTTOM), (40, 0.3, 0.1, BOTTOM), (30, 0, 3, BOTTOM)], (40, 30)),
        ([], None),
    ],
)
def test_selection_of_b_jets(jets, pts):
    branches = to_branches(detected([(LEPTONS, jets, MET)]), 0)
    found = list(zip(branches["ptb1"].tolist(), branches["ptb2"].tolist(), strict=True))
    assert found == ([] if pts is None else [pytest.approx(pts)])


def test_batch_keeps_its_order_and_its_particles_together():
    """Every event has its own numbers; every second one is not stored, for reasons that take turns."""
    faults = itertools.cycle([([], JETS), (LEPTONS, []), (LEPTONS[:1], JETS), (LEPTONS, JETS[:1])])
    events, numbers = [], range(40)
    for i in numbers:
        if i % 2:
            events.append((*next(faults), (i, 0.0)))
        else:
            leptons = [(E_MINUS, 30 + i, 0, 1), (M_PLUS, 50 + i, 0, -1)][:: 1 if i % 4 else -1]
            events.append((leptons, [(40 + i, 0, 0, BOTTOM), (90 + i, 0, 3, BOTTOM)], (i, 0.0)))
    branches = to_branches(detected(events), 100)
    stored = np.arange(0, 40, 2)
    assert branches["ptMET"].tolist() == stored.tolist()
    for name, base in (("ptlep1", 50), ("ptlep2", 30), ("ptb1", 90), ("ptb2", 40)):
        assert branches[name].tolist() == (base + stored).tolist()


def test_batch_without_a_stored_event():
    branches = to_branches(detected([([], [], MET)] * 3), 0)
    assert list(branches) == list(BRANCHES) and all(len(values) == 0 for values in branches.values())


def test_pi_stays_in_range_in_single_precision():
    almost = np.nextafter(np.pi, 0)  # rounds to a float32 above pi
    leptons = [(pdg, pt, eta, almost) for pdg, pt, eta, _ in LEPTONS]
    branches = to_branches(detected([(leptons, JETS, (60.0, almost))]), 0)
    assert all(abs(float(branches[name][0])) <= np.pi for name in ("philep1", "philep2", "phiMET"))


@pytest.fixture(scope="module", params=["ttbar_dilepton", "ttdm_pseudoscalar_100_1"])
def run(request):
    """Name of a sample, 250 generated events and what is stored of them; kept for the tests below."""
    settings = NTUPLES[request.param].settings
    generated, seen, _ = next(detected_batches(request.param, settings, 4, 250))
    return request.param, generated, to_branches(seen, 0)


def test_short_run_has_sane_spectra(run):
    _, _, branches = run
    assert 40 < len(branches["ptMET"]) < 90  # about a quarter: both leptons found, both b-jets in reach
    assert all(np.isfinite(values).all() for values in branches.values())
    assert (branches["ptlep1"] >= branches["ptlep2"]).all() and (branches["ptb1"] >= branches["ptb2"]).all()
    assert set(np.unique(branches["mlep1"])) == {np.float32(0.000511), np.float32(0.10566)}
    angle = branches["philep1"] - branches["philep2"]
    rapidity = branches["etalep1"] - branches["etalep2"]
    assert (np.cosh(rapidity) - np.cos(angle) > 0).all()  # masses of the pairs
    assert 2 < np.median(branches["mb1"]) < 20


def test_record_holds_what_the_settings_say(run):
    name, generated, _ = run
    parents = np.abs(ak.to_numpy(ak.flatten(generated.id[generated.mother1])))
    code = np.abs(ak.to_numpy(ak.flatten(generated.id)))
    of_w = set(code[(parents == 24) & (code != 24)]) - {22}
    assert of_w == {11, 12, 13, 14}  # both W bosons decay to an electron or a muon
    mediators, dark = generated[generated.id == 36], generated[abs(generated.id) == 52]
    if name == "ttbar_dilepton":
        assert len(ak.flatten(mediators.id)) == len(ak.flatten(dark.id)) == 0
        return
    assert ak.num(dark.id).to_list() == [2] * 250 and ak.min(ak.num(mediators.id)) >= 1
    assert ak.to_numpy(ak.flatten(mediators.m)) == pytest.approx(100, abs=1)
    assert ak.to_numpy(ak.flatten(dark.m)) == pytest.approx(1)


def test_dark_matter_leaves_more_missing_momentum():
    """The true missing momentum, of all that no detector sees."""
    missing = {}
    for name in ("ttbar_dilepton", "ttdm_pseudoscalar_100_1"):
        quick = [*NTUPLES[name].settings, "PartonLevel:MPI = off", "HadronLevel:all = off"]
        generated, _, _ = next(detected_batches(name, quick, 4, 500))
        code = abs(generated.id)
        invisible = generated[(generated.status > 0) & ((code == 12) | (code == 14) | (code == 16) | (code == 52))].p
        sums = (ak.to_numpy(ak.sum(component, axis=1)) for component in (invisible.px, invisible.py))
        missing[name] = np.hypot(*sums)
    tops, dark = missing.values()
    error = np.hypot(tops.std(), dark.std()) / np.sqrt(500)
    assert dark.mean() - tops.mean() > 5 * error
