"""The start command: what a killed run leaves is cleared away, and a living one is left alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import run
from deepcollider import occupancy
from deepcollider.machine import this_process

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
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def test_job_of_a_killed_run_is_ended(here, start, capsys):
    job, bystander = start(JOB), start("-c", SLEEP)
    assert run.clear_killed_run(Path.cwd())
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
    assert run.clear_killed_run(Path.cwd())
    assert job.wait(timeout=30) in (-signal.SIGKILL, 0)  # 0 if psutil was first to see it end
    assert not is_alive(job)


def test_job_of_another_directory_is_left_alone(here, start, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    job = start(str(here / JOB), cwd=elsewhere)
    assert run.clear_killed_run(Path.cwd())
    assert is_alive(job)


def lock(holder=None):
    """Lock the directory, and say by whom."""
    Path(occupancy.LOCKS).mkdir(parents=True)
    (occupancy.LOCKS / "0.input.lock").touch()
    if holder is not None:
        occupancy.HOLDER.write_text(json.dumps(holder), encoding="utf-8")


def dead_process():
    """Describe a process of this host that has ended."""
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json; from deepcollider.machine import this_process as t; print(json.dumps(t()))",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(run.__file__).parent)},
    )
    return json.loads(found.stdout)


def test_living_run_is_left_alone_with_its_jobs(here, start, capsys):
    (here / "snakemake").write_text(SLEEP)
    lock()
    main, job = start("snakemake", "--cores", "2"), start(JOB)
    assert not run.clear_killed_run(Path.cwd())
    assert is_alive(main)
    assert is_alive(job)
    assert f"process {main.pid}" in capsys.readouterr().out
    assert not calls()
    assert run.main(["--cores", "2"]) == 1
    assert not calls()


def test_run_that_only_looks_does_not_block(here, start):
    (here / "snakemake").write_text(SLEEP)
    start("snakemake", "--dry-run", "--cores", "2")
    start("snakemake", "--summary")
    assert run.clear_killed_run(Path.cwd())


@pytest.mark.parametrize(
    "viewer",
    [
        ["tail", "-f", ".snakemake/log/1.snakemake.log"],
        ["tail", "-f", JOB],
        [sys.executable, "-c", SLEEP, "-m", "snakemake", JOB],
        [sys.executable, "editor.py", JOB],
        [sys.executable, "-m", "timeit", "-n1", "-r1", SLEEP, "snakemake"],
    ],
)
def test_who_looks_at_a_log_or_a_script_is_neither_a_run_nor_a_job(here, viewer, capsys):
    (here / "editor.py").write_text(SLEEP)
    (here / ".snakemake/log").mkdir()
    (here / ".snakemake/log/1.snakemake.log").touch()
    process = subprocess.Popen(viewer)
    try:
        assert run.clear_killed_run(Path.cwd())
        assert is_alive(process)
        assert not capsys.readouterr().out
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("look", ["-n", "--dry-run", "--summary", "--list-rules", "--lint"])
def test_looking_touches_nothing(here, start, look):
    job = start(JOB)
    lock(dead_process())
    assert run.main([look]) == 0
    assert is_alive(job)
    assert calls() == [f"--workflow-profile {run.PROFILE} {look}"]
    assert run.main(["--unlock"]) == 0  # Snakemake's own: what the user asks for
    assert is_alive(job)


def test_lock_of_a_killed_run_is_removed(here, capsys):
    assert run.clear_killed_run(Path.cwd())
    (here / ".snakemake/locks").mkdir()
    assert run.clear_killed_run(Path.cwd())
    assert not calls()
    shutil.rmtree(here / ".snakemake/locks")
    holder = dead_process()
    lock({**holder, "since": "noon"})
    assert run.clear_killed_run(Path.cwd())
    assert calls() == ["--unlock --quiet"]
    assert f"process {holder['pid']} on host {holder['host']}, since noon" in capsys.readouterr().out


OTHERS = {
    "another host": {"host": "login-node-2"},
    "another boot": {"boot": "another"},
    "another container": {"namespace": "pid:[1]"},
    "alive": {},
}


@pytest.mark.parametrize("other", OTHERS)
def test_lock_that_may_be_of_a_living_run_is_kept_with_its_jobs(here, start, other, capsys):
    job = start(JOB)
    holder = this_process() if other == "alive" else dead_process()
    lock({**holder, "since": "noon", **OTHERS[other]})
    assert run.main(["--cores", "2"]) == 1
    assert is_alive(job)
    assert not calls()
    told = capsys.readouterr().out
    assert f"process {holder['pid']} on host {OTHERS[other].get('host', holder['host'])}, since noon" in told
    assert "--unlock" in told


@pytest.mark.parametrize("written", [None, "", "[]", "{"])
def test_lock_of_whom_nothing_is_known_is_kept(here, written, capsys):
    lock()
    if written is not None:
        occupancy.HOLDER.write_text(written, encoding="utf-8")
    assert run.main(["--cores", "2"]) == 1
    assert not calls()
    assert "did not say which it is" in capsys.readouterr().out


def test_holder_of_an_earlier_lock_is_not_that_of_a_later_one(here):
    lock(dead_process())
    os.utime(occupancy.HOLDER, (1000, 1000))
    assert run.main(["--cores", "2"]) == 1
    occupancy.record_holder()
    assert occupancy.lock_of().holder["pid"] == os.getpid()


def test_directory_of_the_run_is_the_one_that_counts(here, tmp_path_factory, monkeypatch):
    lock({**dead_process(), "since": "noon"})
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    shutil.copy(here / "stand_in.py", "stand_in.py")
    assert run.main(["--directory", str(here), "results/a.csv"]) == 0
    assert (here / "calls").read_text().splitlines()[0] == "--unlock --quiet"


@pytest.mark.parametrize(
    "arguments",
    ["--until train", "--omit-from train", "results/a.csv", "--touch", "--list-rules", "--unlock", "--summary", "-n"],
)
def test_report_is_of_whole_runs_only(here, arguments):
    assert run.main(arguments.split()) == 0
    assert calls() == [f"--workflow-profile {run.PROFILE} {arguments}"]
    (here / "stand_in.py").write_text("import sys; sys.exit(5)")
    assert run.main(arguments.split()) == 5


@pytest.mark.parametrize("how", ["--profile", "SNAKEMAKE_PROFILE", "--workflow-profile"])
@pytest.mark.parametrize("option", ["dry-run: true", "until: train", "touch: true"])
def test_options_of_profiles_count(here, start, monkeypatch, how, option):
    (here / "mine").mkdir()
    (here / "mine/config.yaml").write_text(option + "\n", encoding="utf-8")
    job = start(JOB)
    if how == "SNAKEMAKE_PROFILE":
        monkeypatch.setenv(how, str(here / "mine"))
    assert run.main([] if how == "SNAKEMAKE_PROFILE" else [how, str(here / "mine")]) == 0
    assert is_alive(job) == (option == "dry-run: true")
    assert len(calls()) == 1  # no report


@pytest.mark.parametrize(("arguments", "code"), [("--help", 0), ("--version", 0), ("--no-such-option", 2)])
def test_what_snakemake_answers_at_once_keeps_its_code(here, arguments, code):
    with pytest.raises(SystemExit) as end:
        run.main([arguments])
    assert end.value.code == code
    assert not calls()


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("python -m snakemake -n", ("-m snakemake", ["-n"])),
        ("/usr/bin/python3.11 -u -W error -X dev /a/bin/snakemake --cores 1", ("/a/bin/snakemake", ["--cores", "1"])),
        ("python -Bu x.py snakemake", ("x.py", ["snakemake"])),
        ("python -c pass snakemake", None),
        ("vim python snakemake", None),
        ("python", None),
        ("", None),
    ],
)
def test_program_of_a_command_line(command, program):
    assert occupancy.python_program(command.split()) == program


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
        ("-n --directory there --cores 1", "--directory there"),
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
    assert run.newest_result(here) == 0
    write("results/tables/metrics.csv", 1000)
    write("results/figures/experiment-2/ttbar/losses.png", 3000)
    write("results/reports/experiment-2.html", 2000)
    write("results/models/a.keras", 9000)  # no figure, no table
    assert run.newest_result(here) == 3000


def test_report_is_made_when_a_result_is_newer(here, capsys):
    write("results/tables/metrics.csv", 1000)
    arguments = ["--cores", "2", "--config", "seed=1"]
    workflow = f"--workflow-profile {run.PROFILE} --cores 2 --config seed=1"
    assert run.main(arguments) == 0
    assert calls()[0] == workflow
    written = calls()[1].removeprefix("--report ").removesuffix(" --config seed=1")
    assert Path(written).parent == here / "results" and written.endswith(".html") and not Path(written).exists()
    assert (here / "results/report.html").read_text(encoding="utf-8") == "report"
    assert run.main(arguments) == 0
    assert calls()[2:] == [workflow]  # the report is newer than the table
    write("results/figures/a.png", time.time() + 100)
    assert run.main(arguments) == 0
    assert calls()[3] == workflow and calls()[4].startswith("--report ") and len(calls()) == 5
    assert (here / "results/report.html").as_uri() in capsys.readouterr().out


def test_report_that_fails_leaves_the_old_one(here, capsys):
    write("results/report.html", 1000)
    write("results/tables/metrics.csv", 2000)
    (here / "stand_in.py").write_text("import sys; print('why'); sys.exit(4 if '--report' in sys.argv else 0)")
    assert run.main(["--cores", "2"]) == 4
    assert "why" in capsys.readouterr().err
    assert {path.name for path in Path("results").glob("*")} == {"report.html", "tables"}


def test_failed_run_makes_no_report(here):
    (here / "stand_in.py").write_text("import sys; sys.exit(3)")
    assert run.main(["--cores", "2"]) == 3
    assert not Path("results/report.html").exists()
