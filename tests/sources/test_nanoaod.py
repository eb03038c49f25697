"""Simulated NanoAOD: branches of a batch made by hand, and short runs of Pythia for each sample."""

import json
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from deepcollider.samples import read_ntuples
from deepcollider.sources import ntuples, pythia
from deepcollider.sources.detector import Detected, Particles
from deepcollider.sources.nanoaod import BRANCHES, TREE, to_branches
from deepcollider.sources.ntuples import FORMATS, simulate_to_root
from deepcollider.sources.trileptons import Selection, skim_nanoaod
from deepcollider.store.rows import RowReader

SAMPLES = read_ntuples(Path(__file__).parents[2] / "config/ntuples.tsv")
NANOAOD = [sample for sample in SAMPLES.values() if sample.format == "nanoaod"]


def particles(*rows):
    """(event, pdg, energy, pt, eta, phi) each."""
    event, pdg, *kinematics = map(np.array, zip(*rows, strict=True))
    return Particles(event, pdg, *(values.astype(float) for values in kinematics))


@pytest.fixture
def detected():
    """Three events; the second is empty."""
    return Detected(
        n_events=3,
        electrons_photons=particles(
            (0, 11, 30, 30, 0, 1), (0, -11, 50, 50, 0, 2), (0, 22, 99, 99, 0, 3), (2, 22, 9, 9, 0, 0)
        ),
        electron_photon_isolation=np.array([0.1, 0.5, 0.7, 0.9]),
        muons=particles((2, -13, 20, 20, 0, -np.pi), (2, 13, 25, 25, 0, 0)),
        muon_isolation=np.array([0.3, 0.4]),
        jets=particles((0, 0, 50, 30, 0, 0), (2, 0, 100, 100, 0, 0)),
        jet_flavour=np.array([5, 4]),
        jet_tagged=np.array([True, False]),
        met=np.array([1.0, 2.0, 3.0]),
        met_phi=np.array([0.0, np.pi, -1.0]),
    )


@pytest.fixture
def written(detected, tmp_path):
    """The batch as it is read back."""
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree(TREE, BRANCHES).extend(to_branches(detected, first_event=100))
    with uproot.open(tmp_path / "a.root") as file:
        return file[TREE].arrays()


def test_all_events_are_stored_and_numbered(written):
    assert written["event"].to_list() == [100, 101, 102]
    assert written["run"].to_list() == written["luminosityBlock"].to_list() == written["genWeight"].to_list() == [1] * 3
    assert written["MET_pt"].to_list() == [1, 2, 3]


def test_leptons_are_ordered_by_pt_isolated_or_not_and_photons_are_none(written):
    assert written["nElectron"].to_list() == [2, 0, 0]
    assert written["Electron_pt"].to_list() == [[50, 30], [], []]
    assert written["Electron_charge"].to_list() == [[1, -1], [], []]
    assert written["Electron_phi"].to_list() == [[2, 1], [], []]
    np.testing.assert_allclose(written["Electron_pfRelIso03_all"][0], [0.5, 0.1])
    np.testing.assert_allclose(written["Electron_mass"][0], 0.000511)
    assert written["nMuon"].to_list() == [0, 0, 2]
    assert written["Muon_charge"].to_list() == [[], [], [-1, 1]]
    np.testing.assert_allclose(written["Muon_pfRelIso04_all"][2], [0.4, 0.3])
    np.testing.assert_allclose(written["Muon_mass"][2], 0.10566)


def test_angles_are_in_the_half_open_interval(written):
    for values in (written["Muon_phi"][2].to_numpy(), written["MET_phi"].to_numpy()):
        assert (np.abs(values.astype(float)) <= np.pi).all()
        assert np.abs(values).max() == pytest.approx(np.pi)
    assert (written["Muon_phi"][2].to_numpy().astype(float) > -np.pi).all()


def test_jets_carry_mass_flavour_and_tag(written):
    assert written["nJet"].to_list() == [1, 0, 1]
    assert written["Jet_mass"].to_list() == [[40], [], [0]]  # 50^2 - 30^2 = 40^2
    assert written["Jet_hadronFlavour"].to_list() == [[5], [], [4]]
    assert written["Jet_btagDeepFlavB"].to_list() == [[1], [], [0]]


def test_types_are_those_of_nanoaod(written):
    types = {name: str(written[name].type).split("*")[-1].strip() for name in written.fields}
    assert types["run"] == types["luminosityBlock"] == "uint32" and types["event"] == "uint64"
    assert types["Electron_charge"] == types["Jet_hadronFlavour"] == "int32"
    floats = {"genWeight", "MET_pt", "MET_phi"} | {
        f"{collection}_{name}" for collection in ("Electron", "Muon", "Jet") for name in ("pt", "eta", "phi", "mass")
    }
    assert {types[name] for name in floats} == {"float32"}


def test_every_format_is_that_of_a_sample_and_offers_what_it_must():
    assert {sample.format for sample in SAMPLES.values()} == set(FORMATS)
    for name in FORMATS:
        module = ntuples.format_module(name)
        assert module.TREE and module.BRANCHES and callable(module.to_branches)


@pytest.fixture
def stand_in(monkeypatch):
    """In place of Pythia: empty events, of which the format stores every third, numbered as they are stored."""

    class Format:
        TREE, BRANCHES = "t", {"number": "i8", "made": "i8"}

        @staticmethod
        def to_branches(made, first_event):
            stored = made[made % 3 == 0]
            return {"number": first_event + np.arange(len(stored)), "made": stored}

    def batches(sample, settings, seed, batch_size):
        statistics = pythia.RunStatistics(sample, seed, batch_size)
        while True:
            first = statistics.n_generated
            statistics.n_generated += batch_size
            yield None, np.arange(first, first + batch_size), statistics

    monkeypatch.setattr(ntuples, "format_module", lambda _: Format)
    monkeypatch.setattr(ntuples, "detected_batches", batches)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 100])
def test_exactly_the_wanted_number_of_stored_events(stand_in, tmp_path, batch_size):
    path, statistics = tmp_path / "a.root", tmp_path / "a.json"
    told = simulate_to_root(path, statistics, "s", "f", ["x = 1"], 10, 1, batch_size, False, first_event=50)
    with uproot.open(path) as file:
        assert file["t"]["made"].array().to_list() == list(range(0, 30, 3))
        assert file["t"]["number"].array().to_list() == list(range(50, 60))
    assert told == json.loads(statistics.read_text())
    assert told["n_accepted"] == 10 <= told["n_passed"] <= 10 + batch_size
    assert told["n_generated"] == batch_size * -(-28 // batch_size)  # the tenth is number 27


@pytest.mark.parametrize(("n_events", "batch_size"), [(0, 10), (10, 0)])
def test_nothing_to_simulate_is_refused(tmp_path, n_events, batch_size):
    with pytest.raises(ValueError, match="must be at least 1"):
        simulate_to_root(tmp_path / "a.root", tmp_path / "a.json", "s", "nanoaod", ["x = 1"], n_events, 1, batch_size)


def test_failure_leaves_nothing_behind(tmp_path):
    with pytest.raises(pythia.PythiaError, match="does not accept"):
        simulate_to_root(tmp_path / "a.root", tmp_path / "a.json", "s", "nanoaod", ["No:such = on"], 10, 1, 10, False)
    assert not list(tmp_path.iterdir())


def simulate(sample, path, n=40, seed=11):
    statistics = path.with_suffix(".json")
    simulate_to_root(path, statistics, sample.id, sample.format, sample.settings, n, seed, 20, show_progress=False)
    return json.loads(statistics.read_text())


def test_same_seed_same_content(tmp_path):
    arrays = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(SAMPLES["WZto3LNu"], tmp_path / f"{name}.root", 20, seed)
        with uproot.open(tmp_path / f"{name}.root") as file:
            arrays.append(file["Events"].arrays())
    assert ak.array_equal(arrays[0], arrays[1])
    assert not ak.array_equal(arrays[0], arrays[2])


MEDIAN_MASS = {"WprimeToWZToWlepZlep_M2000": (800, 2000)}  # of the three leptons: what the neutrino leaves of 2 TeV


@pytest.mark.parametrize("sample", NANOAOD, ids=lambda sample: sample.id)
def test_sample_is_what_it_is_called(sample, tmp_path):
    """Leptons in each; three of them, with a pair near the Z mass, in all but Drell-Yan."""
    statistics = simulate(sample, tmp_path / "a.root")
    assert (statistics["process"], statistics["n_accepted"]) == (sample.id, 40)
    assert statistics["sigma_fb"] > 0
    with uproot.open(tmp_path / "a.root") as file:
        events = file["Events"].arrays()
    assert len(events) == 40
    leptons = ak.concatenate([events["Electron_pt"], events["Muon_pt"]], axis=1)
    assert ak.mean(ak.num(leptons)) > 0.5
    assert ak.all(events["Electron_pt"][:, :-1] >= events["Electron_pt"][:, 1:])
    skim_nanoaod(
        [tmp_path / "a.root"], tmp_path / "a.h5", sample.dataset_id, sample.id, Selection(), show_progress=False
    )
    with RowReader(tmp_path / "a.h5") as reader:
        rows = reader.read()["events"]
    assert set(rows["Dataset_ID"]) <= {sample.dataset_id}
    if sample.id == "DYJetsToLL":  # has two leptons
        assert len(rows) <= 3
        return
    assert 2 <= len(rows) < 40
    masses = np.stack([rows[f"{channel}_Zmass"] for channel in "ABCD"], axis=1)
    masses = np.nanmax(masses[np.isfinite(masses).any(axis=1)], axis=1)
    assert (np.abs(masses - 91.19) < 15).mean() > 0.5
    low, high = MEDIAN_MASS.get(sample.id, (60, 700))
    assert low < np.median(rows["Lll_mass"]) < high
