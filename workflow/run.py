"""Run the workflow and its overall report; what `make figures` calls. Arguments go to Snakemake, after our profile.

Two things are done here that Snakemake leaves to the user. A run that was killed leaves a lock, and jobs that go on
without it: if no other Snakemake is alive in this directory, the jobs are ended (training resumes from checkpoints)
and the lock is removed. And the report of all figures is made anew only if a result is newer than it.
"""

import subprocess
import sys
from pathlib import Path

import psutil
from snakemake.cli import get_argument_parser

REPORT = Path("results/report.html")
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
LOCKS = Path(".snakemake/locks")
PROFILE = Path(__file__).parent / "profiles/default"


def processes_here() -> list[tuple[psutil.Process, str]]:
    """Other processes whose working directory is ours, each with its command line."""
    found = []
    own = {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        try:
            if process.pid not in own and Path(process.cwd()) == Path.cwd():
                found.append((process, " ".join(process.cmdline())))
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or not ours to look at
    return found


def clear_killed_run() -> bool:
    """Clean up after a killed run; False if another run is alive, so that we must not start."""
    here = processes_here()
    jobs = [process for process, command in here if ".snakemake/scripts/" in command]
    runs = [process for process, command in here if "snakemake" in command and process not in jobs]
    if runs:
        print(f"Snakemake is running in this directory (process {runs[0].pid}); wait for it, or end it first")
        return False
    for process in jobs:
        print(f"ending a job that outlived a killed run: process {process.pid}")
        process.terminate()
    _, alive = psutil.wait_procs(jobs, timeout=10)
    for process in alive:
        process.kill()
    if LOCKS.is_dir() and any(LOCKS.iterdir()):
        print("removing the lock of a killed run")
        subprocess.run([*SNAKEMAKE, "--unlock", "--quiet"], check=True)
    return True


def newest_result() -> float:
    """Modification time of the newest file that the report shows."""
    folders = (Path("results/tables"), Path("results/figures"), Path("results/reports"))
    return max((path.stat().st_mtime for folder in folders for path in folder.rglob("*.*")), default=0.0)


def config_options(arguments: list[str]) -> list[str]:
    """The part of the arguments that says which configuration is meant; the report needs the same."""
    kept, keep = [], False
    for argument in arguments:
        if argument.startswith("-"):
            keep = argument.split("=")[0] in ("--configfile", "--configfiles", "--config", "-C")
        if keep:
            kept.append(argument)
    return kept


def asks_for_everything(arguments: list[str]) -> bool:
    """Whether the arguments make a real run of the default target, after which there is all that the report shows."""
    parsed = get_argument_parser().parse_args(arguments)
    return not (parsed.targets or parsed.dryrun)


def main(arguments: list[str]) -> int:
    if not clear_killed_run():
        return 1
    profile = [] if "--workflow-profile" in arguments else ["--workflow-profile", str(PROFILE)]
    code = subprocess.call([*SNAKEMAKE, *profile, *arguments])
    if code or not asks_for_everything(arguments):
        return code
    if not REPORT.exists() or REPORT.stat().st_mtime < newest_result():
        print(f"writing {REPORT}", flush=True)
        done = subprocess.run(
            [*SNAKEMAKE, "--report", str(REPORT), *config_options(arguments)], capture_output=True, text=True
        )
        if done.returncode:
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
            return done.returncode
    found = Path("results/reports").glob("*.html")
    pages = [*sorted(found, key=lambda page: (page.stem != "overview", page)), REPORT]
    print("Reports, to open in a browser:", *(f"  {page.resolve().as_uri()}" for page in pages), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
