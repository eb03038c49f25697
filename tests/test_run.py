"""The start command: what a killed run leaves is cleared away, and a living one is left alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import run

SLEEP = "import time; time.sleep(60)"
JOB = ".snakemake/scripts/x.py"

STUBBORN = f"""
import pathlib, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path("ready").touch()
{SLEEP}
"""

STAND_IN = """
import pathlib, sys
with open("calls", "a") as file:
    print(*sys.argv[1:], file=file)
if "--report" in sys.argv:
    pathlib.Path(sys.argv[sys.argv.index("--report") + 1]).write_text("report")
"""
"""Stands for Snakemake: writes down how it was called, and makes a report if told to."""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty directory to run in, with a stand-in for Snakemake."""
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    (tmp_path / ".snakemake/scripts").mkdir(parents=True)
    (tmp_path / JOB).write_text(SLEEP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "SNAKEMAKE", [sys.executable, "stand_in.py"])
    return tmp_path


@pytest.fixture
def start():
    """Start Python processes that do nothing; all are ended after the test."""
    started = []

    def begin(*arguments, cwd="."):
        started.append(subprocess.Popen([sys.executable, *arguments], cwd=cwd))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def is_alive(process):
    return psutil.pid_exists(process.pid) and psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE


def calls():
    path = Path("calls")
    return path.read_text().splitlines() if path.exists() else []


def test_job_of_a_killed_run_is_ended(here, start, capsys):
    job, bystander = start(JOB), start("-c", SLEEP)
    assert run.clear_killed_run()
    assert not is_alive(job)
    assert is_alive(bystander)
    assert f"ending a job that outlived a killed run: process {job.pid}" in capsys.readouterr().out
    assert not calls()  # there was no lock


def test_stubborn_job_is_killed(here, start, monkeypatch):
    (here / JOB).write_text(STUBBORN)
    job = start(JOB)
    deadline = time.monotonic() + 30
    while not (here / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    wait_procs = psutil.wait_procs
    monkeypatch.setattr(psutil, "wait_procs", lambda processes, timeout: wait_procs(processes, timeout=0.2))
    assert run.clear_killed_run()
    assert job.wait(timeout=30) in (-signal.SIGKILL, 0)  # 0 if psutil was first to see it end
    assert not is_alive(job)


def test_job_of_another_directory_is_left_alone(here, start, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    job = start(str(here / JOB), cwd=elsewhere)
    assert run.clear_killed_run()
    assert is_alive(job)


def test_living_run_is_left_alone_with_its_jobs(here, start, capsys):
    (here / ".snakemake/locks").mkdir()
    (here / ".snakemake/locks/0.input.lock").touch()
    main, job = start("-c", SLEEP, "snakemake", "--cores", "2"), start(JOB)
    assert not run.clear_killed_run()
    assert is_alive(main)
    assert is_alive(job)
    assert f"process {main.pid}" in capsys.readouterr().out
    assert not calls()
    assert run.main(["--cores", "2"]) == 1
    assert not calls()


def test_lock_of_a_killed_run_is_removed(here):
    assert run.clear_killed_run()
    (here / ".snakemake/locks").mkdir()
    assert run.clear_killed_run()
    assert not calls()
    (here / ".snakemake/locks/0.input.lock").touch()
    assert run.clear_killed_run()
    assert calls() == ["--unlock --quiet"]


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ("--cores 2", ""),
        ("", ""),
        ("--cores 2 --configfile config/paper.yaml", "--configfile config/paper.yaml"),
        ("--configfiles a.yaml b.yaml --cores 2 -n", "--configfiles a.yaml b.yaml"),
        ("--configfile=a.yaml --config seed=1 x=2 --quiet all", "--configfile=a.yaml --config seed=1 x=2"),
        ("-C seed=1 --cores all", "-C seed=1"),
        ("--config-like x --cores 1", ""),
    ],
)
def test_options_that_say_which_configuration(arguments, kept):
    assert run.config_options(arguments.split()) == kept.split()


def write(path, when):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (when, when))


def test_newest_result(here):
    assert run.newest_result() == 0
    write("results/tables/metrics.csv", 1000)
    write("results/figures/experiment-2/ttbar/losses.png", 3000)
    write("results/reports/experiment-2.html", 2000)
    write("results/models/a.keras", 9000)  # no figure, no table
    assert run.newest_result() == 3000


def test_report_is_made_when_a_result_is_newer(here, capsys):
    write("results/tables/metrics.csv", 1000)
    arguments = ["--cores", "2", "--config", "seed=1"]
    workflow = f"--workflow-profile {run.PROFILE} --cores 2 --config seed=1"
    report = "--report results/report.html --config seed=1"
    assert run.main(arguments) == 0
    assert calls() == [workflow, report]
    assert run.main(arguments) == 0
    assert calls()[2:] == [workflow]  # the report is newer than the table
    write("results/figures/a.png", time.time() + 100)
    assert run.main(arguments) == 0
    assert calls()[3:] == [workflow, report]
    assert (here / "results/report.html").as_uri() in capsys.readouterr().out


def test_failed_run_makes_no_report(here):
    (here / "stand_in.py").write_text("import sys; sys.exit(3)")
    assert run.main(["--cores", "2"]) == 3
    assert not Path("results/report.html").exists()
