"""Run the workflow and its overall report; what `make figures` calls. Arguments go to Snakemake, after our profile.

Two things are done here that Snakemake leaves to the user. A run that was killed leaves a lock, and jobs that go on
without it: if that run has ended for certain, its jobs are ended (training resumes from checkpoints) and its lock is
removed; if it may be alive, on this machine or another one, nothing is touched. And the report of all figures is made
anew only if a result is newer than it.
"""

import io
import os
import shlex
import subprocess
import sys
from argparse import Namespace
from contextlib import redirect_stderr
from pathlib import Path

from snakemake.cli import get_argument_parser, parse_args
from snakemake.common import get_appdirs

from deepcollider import occupancy
from deepcollider.files import written_whole

REPORT = Path("results/report.html")
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
PROFILE = Path(__file__).parent / "profiles/default"

PARTIAL = ("targets", "until", "omit_from", "batch", "target_jobs", "allowed_rules", "touch")
"""Options after which not all is there that the overall report shows."""

LOOKING = (
    *("dryrun", "unlock", "lint", "report", "summary", "detailed_summary", "dag", "rulegraph", "filegraph", "d3dag"),
    *("list_rules", "list_target_rules", "list_changes", "list_input_changes", "list_params_changes"),
    *("list_untracked", "list_conda_envs", "print_compilation", "archive", "containerize"),
    *("cleanup_metadata", "cleanup_shadow", "conda_cleanup_envs", "conda_create_envs_only", "generate_unit_tests"),
    *(
        "delete_all_output",
        "delete_temp_output",
        "export_cwl",
        "container_cleanup_images",
        "edit_notebook",
        "draft_notebook",
    ),
)
"""Options with which Snakemake runs no job."""


def parse(arguments: list[str]) -> Namespace:
    """Read arguments and profiles as Snakemake does; those that it refuses end here, with its own words."""
    told = io.StringIO()
    try:
        with redirect_stderr(told):  # of the profiles that it takes it will tell once more
            return parse_args(arguments)[1]
    except SystemExit:
        print(told.getvalue(), file=sys.stderr, end="")
        raise


def given(parsed: Namespace, names: tuple[str, ...]) -> bool:
    """Whether one of the options is given."""
    return any(getattr(parsed, name, None) not in (None, False, [], set(), ()) for name in names)


def executes(arguments: list[str]) -> bool:
    """Tell whether a Snakemake with these arguments runs jobs, as far as they say it without its profiles."""
    try:
        return not given(get_argument_parser().parse_known_args(arguments)[0], LOOKING)
    except SystemExit:  # --help, --version, or words that it refuses
        return False


def clear_killed_run(folder: Path) -> bool:
    """Clean up after a killed run; False if another run is, or may be, alive, so that we must not start."""
    here = list(occupancy.processes_in(folder))
    running = [process for process, command in here if occupancy.is_snakemake(command, executes)]
    lock = occupancy.lock_of(folder)
    if running:
        print(f"Snakemake is running in this directory (process {running[0].pid}); wait for it, or end it first")
        return False
    if lock and not lock.is_left_behind:
        in_folder = [] if folder == Path.cwd() else ["--directory", str(folder)]
        print(
            f"The results in this directory are locked by {lock.describe()}. Whether it has ended cannot be told from"
            " here: it may run on another host, in another container, or before this machine was started anew. Wait"
            " for it, or, if you know that it has ended, remove its lock with\n    "
            + shlex.join([*SNAKEMAKE, "--unlock", *in_folder])
        )
        return False
    jobs = [process for process, command in here if occupancy.is_job(command, folder)]
    for process in jobs:
        print(f"ending a job that outlived a killed run: process {process.pid}")
    occupancy.end(jobs)
    if lock:
        print(f"removing the lock of a killed run ({lock.describe()})")
        subprocess.run([*SNAKEMAKE, "--unlock", "--quiet"], check=True, cwd=folder)
    return True


def keep_caches_here(folder: Path) -> None:
    """Let Snakemake keep its caches in ``folder`` where the home folder takes none: else it would not even start."""
    try:
        cache = Path(get_appdirs().user_cache_dir, "snakemake")
        cache.mkdir(parents=True, exist_ok=True)
        writable = os.access(cache, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        os.environ["XDG_CACHE_HOME"] = str(folder / ".snakemake/cache")


def newest_result(folder: Path) -> float:
    """Modification time of the newest file that the report shows."""
    folders = (folder / "results" / name for name in ("tables", "figures", "reports"))
    return max((path.stat().st_mtime for each in folders for path in each.rglob("*.*")), default=0.0)


def config_options(arguments: list[str]) -> list[str]:
    """The part of the arguments that says which configuration and directory are meant; the report needs the same."""
    names = ("--configfile", "--configfiles", "--config", "-C", "--directory", "-d", "--snakefile", "-s", "--profile")
    kept, keep = [], False
    for argument in arguments:
        if argument.startswith("-"):
            keep = argument.split("=")[0] in names
        if keep:
            kept.append(argument)
    return kept


def main(arguments: list[str]) -> int:
    profile = (
        [] if get_argument_parser().parse_args(arguments).workflow_profile else ["--workflow-profile", str(PROFILE)]
    )
    parsed = parse([*profile, *arguments])
    folder = Path(parsed.directory or ".").resolve()
    keep_caches_here(folder)
    runs = not given(parsed, LOOKING)
    if runs and not clear_killed_run(folder):
        return 1
    code = subprocess.call([*SNAKEMAKE, *profile, *arguments])
    if code or not runs or given(parsed, PARTIAL):
        return code
    report = folder / REPORT
    if not report.exists() or report.stat().st_mtime < newest_result(folder):
        print(f"writing {REPORT}", flush=True)
        try:
            with written_whole(report) as whole:
                command = [*SNAKEMAKE, "--report", str(whole), *config_options(arguments)]
                subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=True)
        except subprocess.CalledProcessError as error:
            print(error.stdout, error.stderr, sep="\n", file=sys.stderr)
            return error.returncode
    found = (folder / "results/reports").glob("*.html")
    pages = [*sorted(found, key=lambda page: (page.stem != "overview", page)), report]
    print("Reports, to open in a browser:", *(f"  {page.as_uri()}" for page in pages), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
