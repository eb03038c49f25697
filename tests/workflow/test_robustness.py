"""What a user can do wrong, and what a machine can do: bad keys, bad files, refused processes, a killed run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deepcollider.store.event_files import EventReader
from tests.workflow.harness import ROOT, environment, run_snakemake

pytestmark = pytest.mark.workflow


def refused(folder: Path, *config: str) -> str:
    """What Snakemake says when it refuses a configuration."""
    done = run_snakemake(folder, "--dry-run", "--config", *config, check=False)
    assert done.returncode
    return done.stdout + done.stderr


def test_misspelt_key_is_named_with_the_nearest_one(project):
    assert "skim: unknown key 'max_bad_fracton'; did you mean 'max_bad_fraction'?" in refused(
        project, "skim={max_bad_fracton: 0.1}"
    )


def test_process_without_a_pythia_built_in_is_refused_by_name(project):
    message = refused(project, "processes={ttbarZ: {source: pythia, events: 10}}")
    assert "processes.ttbarZ" in message and "source: file" in message


def test_unknown_process_is_refused(project):
    assert "did you mean 'stop_02'?" in refused(project, "processes={stop_2: {source: pythia, events: 10}}")


@pytest.mark.parametrize("scale", [[], ["--config", "scale={events: 0.001, epochs: 0.02}"]])
def test_published_scale_makes_a_dag(project, scale):
    output = run_snakemake(project, "--dry-run", "--configfile", "config/paper.yaml", *scale).stdout
    assert "train" in output and "results/reports/experiment-2-bsm.html" in output


GOOD = "{};ttbar;1;50000;0.5;b,120000,80000,0.9,-1.2;j,100000,70000,0.8,2.5;e-,40000,30000,-0.7,0.1"


def user_file(folder: Path, bad: list[str]) -> str:
    lines = [GOOD.format(i) for i in range(100)]
    (folder / "own.csv").write_text("\n".join([*lines[:50], *bad, *lines[50:]]) + "\n")
    return "processes={ttbar: {source: file, path: own.csv}}"


def test_bad_lines_of_a_users_file_are_quarantined_and_counted(project):
    config = user_file(project, ["50;ttbar;1;50000;0.5;b,120000"])
    run_snakemake(project, "results/events/ttbar.h5", "--config", config)
    with EventReader(project / "results/events/ttbar.h5") as reader:
        counts = reader.attributes["counts"]
    assert (counts["read"], counts["kept"], counts["quarantined"]) == (101, 100, 1)
    quarantine = (project / "results/events/ttbar.quarantine.tsv").read_text().splitlines()
    assert quarantine[-1].startswith("51\t") and quarantine[-1].endswith("50;ttbar;1;50000;0.5;b,120000")


def test_too_many_bad_lines_stop_the_run_and_keep_the_quarantine(project):
    config = user_file(project, ["nonsense"] * 20)
    done = run_snakemake(project, "results/events/ttbar.h5", "--config", config, check=False)
    assert done.returncode
    assert "    | deepcollider.sources.dark_machines.TooManyBadLines: own.csv: 20 of 120 lines" in done.stderr
    assert "skim.max_bad_fraction" in (project / "results/logs/skim/ttbar.log").read_text()
    assert len((project / "results/events/ttbar.quarantine.tsv").read_text().splitlines()) >= 20
    assert not (project / "results/events/ttbar.h5").exists()


SHOWN = {
    "start command": ["workflow/run.py"],
    "Snakemake with our profile": ["-m", "snakemake", "--workflow-profile", "workflow/profiles/default"],
}


@pytest.mark.parametrize("how", SHOWN)
def test_failed_job_is_shown_with_its_wildcards_and_the_reason(project, how):
    config = user_file(project, ["nonsense"] * 20)
    command = [sys.executable, *SHOWN[how], "--configfile", "tiny.yaml", "--cores", "1", "results/events/ttbar.h5"]
    done = subprocess.run(
        [*command, "--config", config], cwd=project, env=environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1
    screen = done.stdout + done.stderr
    assert "Failed: skim (process=ttbar)\n    log: results/logs/skim/ttbar.log, which ends with\n" in screen
    assert "    | deepcollider.sources.dark_machines.TooManyBadLines: own.csv: 20 of 120 lines" in screen
    assert screen.count("Failed: skim (process=ttbar)") == 2  # where it happens, and at the end


def wait_until(condition, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"no {what} within {seconds} s"
        time.sleep(0.05)


def test_killed_run_goes_on_where_it_was(project):
    """SIGKILL of Snakemake in mid-training: the next run removes the lock, ends the orphan and resumes."""
    model = "results/models/experiment-2/beta-1.5/ttbar/met.keras"
    long = "experiments={experiment-2: {training: {epochs: 300, steps_per_epoch: 20, steps_per_execution: 20}}}"
    command = [sys.executable, "workflow/run.py", "--configfile", "tiny.yaml", "--cores", "2"]
    checkpoint = project / "results/checkpoints/experiment-2/beta-1.5/ttbar/met/state.json"
    first = subprocess.Popen(
        [*command, model, "--config", long],
        cwd=project, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(checkpoint.exists, 180, "checkpoint")
    children = psutil.Process(first.pid).children()
    snakemake = next(child for child in children if "snakemake" in " ".join(child.cmdline()))
    os.kill(snakemake.pid, signal.SIGKILL)
    assert first.wait(30) != 0
    assert not (project / model).exists()
    finished = {path: path.stat().st_mtime_ns for path in project.glob("results/parts/**/*.h5")}
    assert finished

    second = subprocess.run(
        [*command, model, "--config", long],
        cwd=project, env=environment(), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert second.returncode == 0, second.stdout + second.stderr
    assert (project / model).exists()
    assert "resuming after epoch" in (project / "results/logs/train/experiment-2/beta-1.5/ttbar/met.log").read_text()
    losses = (project / model).with_suffix("").with_suffix(".losses.csv").read_text().splitlines()
    assert len(losses) == 301
    assert finished == {path: path.stat().st_mtime_ns for path in finished}


def test_every_rule_is_complete():
    """Each rule that runs a job has log, benchmark, conda, resources, threads and a script that exists."""
    text = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    rules = {block.split(":", 1)[0]: block for block in text.split("\nrule ")[1:]}
    assert len(rules) >= 15
    for name, block in rules.items():
        for directive in ("input", "output", "log", "benchmark", "conda", "threads", "resources", "script"):
            assert f"\n    {directive}:" in block, f"rule {name} has no {directive}"
        assert "mem_mb=" in block and "runtime=" in block and "library=" in block, name
        script = block.split("script:", 1)[1].split('"')[1]
        assert (ROOT / "workflow/rules" / script).is_file(), name
        environment_file = block.split("conda:", 1)[1].split('"')[1]
        assert (ROOT / "workflow/rules" / environment_file).is_file(), name
