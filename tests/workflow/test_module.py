"""This workflow as a module of another one: a subset of its rules, with a configuration that holds what differs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.harness import ROOT, environment

pytestmark = pytest.mark.workflow

HOST = """
configfile: "own.yaml"


module collider:
    snakefile: "{snakefile}"
    config: {config}
    {more}


use rule {rules} from collider as collider_*


rule count:
    input:
        "results/events/ttbar.h5",
        "results/toy_gaussians/train.h5",
    output:
        "counts.txt",
    script:
        "count.py"
"""
COUNT = """
import h5py
from deepcollider.store.event_files import EventReader

with EventReader(snakemake.input[0]) as reader, h5py.File(snakemake.input[1]) as toy:
    with open(snakemake.output[0], "w", encoding="utf-8") as file:
        print(len(reader), len(toy), snakemake.config["mine"], file=file)
"""
SUBSET = "simulate, merge_simulated, skim, toy_gaussians"


def host(folder: Path, rules: str = SUBSET, more: str = "", **differs) -> Path:
    """Write a workflow that uses rules of this one."""
    (folder / "own.yaml").write_text("mine: 7\n", encoding="utf-8")
    (folder / "count.py").write_text(COUNT, encoding="utf-8")
    text = HOST.format(snakefile=ROOT / "Snakefile", config=differs, rules=rules, more=more)
    (folder / "Snakefile").write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(), timeout=300)


def test_subset_of_rules_runs_in_another_workflow(tmp_path):
    folder = host(
        tmp_path,
        processes={"ttbar": {"source": "pythia", "events": 40}},
        simulate={"chunk_events": 40, "batch_size": 20},
        toy_gaussians={"points": 20},
    )
    done = run(folder, "counts.txt", "--config", "more_of_mine=1")
    assert done.returncode == 0, done.stderr
    events, points, mine = (folder / "counts.txt").read_text(encoding="utf-8").split()
    assert int(events) == 40 and int(points) > 0 and mine == "7"
    assert "collider_skim" in done.stderr


def test_all_rules_make_a_dag_in_another_workflow(tmp_path):
    done = run(host(tmp_path, rules="*", only=["experiment-2"]), "--dry-run", "collider_all")
    assert done.returncode == 0, done.stderr
    assert "collider_train" in done.stdout


def test_misspelt_key_of_a_module_is_named(tmp_path):
    done = run(host(tmp_path, sed=1), "--dry-run", "counts.txt")
    assert done.returncode
    assert "unknown key 'sed'; did you mean 'seed'?" in done.stdout + done.stderr


def test_prefix_is_refused(tmp_path):
    done = run(host(tmp_path, more='prefix: "there"'), "--dry-run", "counts.txt")
    assert done.returncode
    assert "run it with --directory" in done.stdout + done.stderr
