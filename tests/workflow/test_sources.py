"""Files of a user in a whole run: given twice, of newer versions, in the home folder; and jobs that were killed."""

import os
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

from deepcollider.store.event_files import EventReader
from deepcollider.store.rows import RowReader
from tests.sources.nanoaod_files import random_events, write_nanoaod, write_without_branches
from tests.workflow.harness import copy_project, environment, run_snakemake

pytestmark = pytest.mark.workflow

LINE = "{};ttbar;1;{};0.5;b,120000,80000,0.9,-1.2;j,100000,70000,0.8,2.5;e-,40000,30000,-0.7,0.1"


def write_csv(path, n):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(LINE.format(i, 50000 + i) for i in range(n)) + "\n", encoding="utf-8")


def test_files_given_twice_and_files_without_events_of_a_newer_version(project):
    events, n = random_events(60, 1), 60
    met = {
        f"{kind}_{name}": np.full(n, i, "f4") for i, kind in enumerate(("PFMET", "PuppiMET")) for name in ("pt", "phi")
    }
    (project / "data").mkdir()
    write_nanoaod(project / "data/good.root", events, drop=("MET_pt", "MET_phi"), **met)
    write_without_branches(project / "data/z-empty.root")
    paths = f"[data/*.root, ./data/good.root, {project}/data/good.root]"
    skimmed = "results/trileptons/skimmed/WZto3LNu.h5"
    given = f"ntuples={{WZto3LNu: {{source: file, paths: {paths}}}, ZZto4L: {{source: file, paths: [data/g*.root]}}}}"
    done = run_snakemake(project, skimmed, "--config", given)
    assert "warning: data/good.root is given to both ntuples.WZto3LNu and ntuples.ZZto4L" in done.stderr
    with RowReader(project / skimmed) as reader:
        assert reader.attributes["counts"]["read"] == n and reader.attributes["met"] == "PuppiMET"
        assert set(reader.read()["events"]["MET_pt"]) == {1}
    log = (project / "results/logs/skim_nanoaod/WZto3LNu.log").read_text()
    assert log.count("is the same file as data/good.root, and is read once") == 2 and "MET is PuppiMET" in log
    run_snakemake(project, skimmed, "--config", given, "trileptons={met: PFMET}")
    with RowReader(project / skimmed) as reader:
        assert reader.attributes["met"] == "PFMET" and set(reader.read()["events"]["MET_pt"]) == {0}


def test_folder_of_downloads_in_the_home_folder(project, tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    write_csv(home / "dm/3685861/ttbar_10fb.csv", 100)
    given = "processes={ttbar: {source: zenodo}}", "zenodo={folder: ~/dm, offline: true}"
    run_snakemake(project, "results/events/ttbar.h5", "--config", *given)
    with h5py.File(project / "results/events/ttbar.h5") as file:
        assert len(file["events"]) == 100
    write_csv(home / "own/ttbar.csv", 50)
    run_snakemake(project, "results/events/ttbar.h5", "--config", "processes={ttbar: {source: file, path: ~/own}}")
    with h5py.File(project / "results/events/ttbar.h5") as file:
        assert len(file["events"]) == 50
    assert not [path for folder in (project, home) for path in folder.rglob("*~*")]


def test_what_a_killed_job_left_is_removed_by_the_next_run(project):
    write_csv(project / "big.csv", 400_000)
    events = "results/events/ttbar.h5"
    given = ["--config", "processes={ttbar: {source: file, path: big.csv}}"]
    command = [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml", "--cores", "1", events, *given]
    first = subprocess.Popen(
        command, cwd=project, env=environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    folder, end = project / "results/events", time.monotonic() + 120
    while not any(path.stat().st_size for path in folder.glob(".ttbar.part-*")):
        assert first.poll() is None and time.monotonic() < end
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert list(folder.glob(".ttbar.part-*"))
    run_snakemake(project, "--unlock")
    run_snakemake(project, events, *given)
    assert sorted(path.name for path in folder.iterdir()) == ["ttbar.h5", "ttbar.quarantine.tsv"]
    assert "left by a process that has ended" in (project / "results/logs/skim/ttbar.log").read_text()


@pytest.mark.parametrize("name", ["a{b}", "a:b"])
def test_project_in_a_folder_that_cannot_be_used_is_refused_by_name(tmp_path, name):
    (tmp_path / name).mkdir()
    done = run_snakemake(copy_project(tmp_path / name), "--dry-run", check=False)
    assert done.returncode
    assert f"{name}: braces and ':' mean something to Snakemake and Python; rename this folder" in done.stdout


def test_project_and_file_with_other_signs_in_their_names(tmp_path):
    folder = tmp_path / "it's a [1] *ü#% $HOME"
    folder.mkdir()
    copy_project(folder)
    lines = [f"{i};ttbar;1;5{i:04d};0.5;b,120000,80000,0.9,-1.2;j,100000,70000,0.8,2.5" for i in range(20)]
    (folder / "my [1] (ü), $x.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "own.yaml").write_text(
        "processes: { ttbar: { source: file, path: 'my [1] (ü), $x.csv' } }\n", encoding="utf-8"
    )
    run_snakemake(folder, "results/events/ttbar.h5", "--configfile", "tiny.yaml", "own.yaml")
    with EventReader(folder / "results/events/ttbar.h5") as reader:
        assert len(reader) == 20


def test_file_with_braces_that_a_glob_finds_is_refused_by_name(project):
    (project / "own").mkdir()
    (project / "own/a{1}.root").touch()
    config = "ntuples={WZto3LNu: {source: file, paths: [own/*.root]}}"
    done = run_snakemake(
        project, "--dry-run", "results/trileptons/skimmed/WZto3LNu.h5", "--config", config, check=False
    )
    assert done.returncode
    assert "'own/a{1}.root': Snakemake takes braces in a path for wildcards" in done.stdout + done.stderr
