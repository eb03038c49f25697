"""Trileptons through Snakemake: from simulation, and from files of a user's own."""

import json

import h5py
import numpy as np
import pytest
import uproot

from tests.sources.nanoaod_files import expected, random_events, write_nanoaod
from tests.workflow.harness import run_snakemake

pytestmark = pytest.mark.workflow
PREPARED = ["results/trileptons/mixed.root", "results/trileptons/train.h5"]


def rows_of(path):
    with h5py.File(path) as file:
        return file["events"][:], dict(file.attrs)


def identity(rows):
    return sorted(zip(rows["Dataset_ID"].tolist(), rows["event"].tolist(), strict=True))


def test_simulated_samples_are_skimmed_mixed_and_split(finished):
    run_snakemake(finished, *PREPARED)
    folder = finished / "results/trileptons"
    samples = {"WZto3LNu": (1, 150), "ZZto4L": (2, 100), "WprimeToWZToWlepZlep_M2000": (4, 100)}
    kept = {}
    for name, (number, n) in samples.items():
        rows, attributes = rows_of(folder / f"skimmed/{name}.h5")
        counts = json.loads(attributes["counts"])
        assert counts["read"] == n and counts["kept"] == len(rows) == sum(counts[channel] for channel in "ABCD") > 0
        assert set(rows["Dataset_ID"]) == {number} and len(set(rows["event"])) == len(rows)
        kept[name] = rows
    mixed, attributes = rows_of(folder / "mixed.h5")
    assert json.loads(attributes["dataset_ids"]) == {str(number): name for name, (number, _) in samples.items()}
    assert json.loads(attributes["signal"]) == [4]
    assert identity(mixed) == identity(np.concatenate(list(kept.values())))
    with uproot.open(folder / "mixed.root") as file:
        assert np.array_equal(file["Events"]["event"].array(library="np"), mixed["event"])
    parts = [rows_of(folder / f"{name}.h5")[0] for name in ("train", "validation", "test")]
    assert identity(np.concatenate(parts)) == identity(mixed)
    assert [len(part) / len(mixed) for part in parts] == pytest.approx([0.64, 0.16, 0.2], abs=0.02)


def test_simulated_files_are_nanoaod_and_their_statistics_are_summed(finished):
    folder = finished / "results/ntuples"
    with uproot.open(folder / "WZto3LNu/chunk-00000.root") as file:
        assert file["Events"].num_entries == 150
        assert {"nElectron", "Electron_pt", "nMuon", "MET_pt", "genWeight"} <= set(file["Events"].keys())
    simulated = (folder / "WZto3LNu/chunk-00000.root").stat().st_mtime_ns
    run_snakemake(finished, "results/ntuples/WZto3LNu.json")
    assert (folder / "WZto3LNu/chunk-00000.root").stat().st_mtime_ns == simulated
    statistics = json.loads((folder / "WZto3LNu.json").read_text())
    assert (statistics["process"], statistics["n_accepted"]) == ("WZto3LNu", 150)


def test_files_of_ones_own(project):
    """A glob of files in place of the simulation; the other samples are dropped."""
    events = random_events(400, 9)
    (project / "own").mkdir()
    for part in range(4):
        write_nanoaod(project / f"own/{part}.root", events[part * 100 : part * 100 + 100])
    config = "ntuples={WZto3LNu: {source: file, paths: [own/*.root]}, ZZto4L: null, WprimeToWZToWlepZlep_M2000: null}"
    run_snakemake(project, *PREPARED, "--config", config, "trileptons={min_pt: 20, missing: zero}")
    mixed, attributes = rows_of(project / "results/trileptons/mixed.h5")
    truth = {entry["number"]: expected(entry, min_pt=20) for entry in events}
    assert sorted(mixed["event"]) == [number for number, found in truth.items() if found]
    assert attributes["missing"] == "zero"
    for row in mixed:
        assert row["A_Zmass"] == pytest.approx(truth[row["event"]].get("A_Zmass", 0.0), rel=1e-5)


def test_fault_of_a_file_is_told_in_the_log(project):
    write_nanoaod(project / "own.root", random_events(10, 1), drop=("MET_pt",))
    config = "ntuples={WZto3LNu: {source: file, paths: [own.root]}}"
    done = run_snakemake(project, "results/trileptons/skimmed/WZto3LNu.h5", "--config", config, check=False)
    assert done.returncode
    log = (project / "results/logs/skim_nanoaod/WZto3LNu.log").read_text()
    assert "own.root: the tree 'Events' lacks MET_pt" in log
