"""Who works in a directory: the run of Snakemake that holds its lock, and the jobs that a killed run left behind.

Snakemake's lock does not say whose it is. While it holds the lock, a run of this workflow therefore writes down which
process it is. A lock counts as left behind only if that process has ended for certain: it was one of this host, boot
and PID namespace. Of another login node or container that shares the file system nobody here can tell.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from deepcollider.files import write_json
from deepcollider.machine import has_ended, this_process

LOCKS = Path(".snakemake/locks")
HOLDER = Path(".snakemake/deepcollider-run.json")
SCRIPTS = Path(".snakemake/scripts")

OPTIONS_WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")
"""Options of the Python interpreter whose value is an argument of its own."""


def record_holder(folder: Path = Path()) -> None:
    """Write down that this process holds the lock of ``folder``; it must hold it already."""
    write_json({**this_process(), "since": time.strftime("%Y-%m-%d %H:%M:%S %Z")}, folder / HOLDER)


@dataclass(frozen=True)
class Lock:
    """Snakemake's lock of a directory, and which process holds it, as far as is known (else ``holder`` is empty)."""

    holder: dict[str, Any]

    @property
    def is_left_behind(self) -> bool:
        """Whether its holder has ended for certain, and was of this host and boot."""
        same_boot = bool(self.holder) and self.holder.get("boot") == this_process()["boot"]
        return same_boot and has_ended(self.holder) is True

    def describe(self) -> str:
        """Say who holds it, as far as is known."""
        if not self.holder:
            return "a run that did not say which it is"
        return f"process {self.holder.get('pid')} on host {self.holder.get('host')}, since {self.holder.get('since')}"


def lock_of(folder: Path = Path()) -> Lock | None:
    """Find Snakemake's lock of ``folder``; None if there is none.

    What is written about a holder is of an earlier run if it is older than the lock, which is taken first.
    """
    try:
        locked = max((path.stat().st_mtime_ns for path in (folder / LOCKS).glob("*.lock")), default=None)
    except FileNotFoundError:  # let go meanwhile
        locked = None
    if locked is None:
        return None
    try:
        if (folder / HOLDER).stat().st_mtime_ns >= locked:
            found = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
            return Lock(found if isinstance(found, dict) else {})
    except (OSError, ValueError):
        pass
    return Lock({})


def python_program(command: Sequence[str]) -> tuple[str, list[str]] | None:
    """Tell what a command line lets Python run, and with which arguments; None if it is none of Python's.

    The program is a path, or ``-m module``. An editor or pager that was given such words as arguments is none.
    """
    if not command or not Path(command[0]).name.lower().startswith("python"):
        return None
    rest = list(command[1:])
    while rest:
        word = rest.pop(0)
        if word == "-m":
            return (f"-m {rest[0]}", rest[1:]) if rest else None
        if word.startswith("-c"):
            return None
        if word in OPTIONS_WITH_VALUE:
            rest = rest[1:]
        elif not word.startswith("-"):
            return word, rest
    return None


def is_snakemake(command: Sequence[str], executes: Callable[[list[str]], bool]) -> bool:
    """Whether a command line is that of a Snakemake whose arguments make it run jobs."""
    program, arguments = python_program(command) or ("", [])
    return (program in ("-m snakemake", "-m snakemake.cli") or Path(program).name == "snakemake") and executes(
        arguments
    )


def is_job(command: Sequence[str], folder: Path) -> bool:
    """Whether a command line is that of a script which Snakemake has written for a job in ``folder``."""
    program, _ = python_program(command) or ("", [])
    return bool(program) and (folder / program).parent == folder / SCRIPTS


def processes_in(folder: Path) -> Iterator[tuple[psutil.Process, list[str]]]:
    """Yield the other processes whose working directory is ``folder``, each with its command line."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        try:
            if process.pid not in own and Path(process.cwd()) == folder:
                yield process, process.cmdline()
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or not ours to look at


def end(processes: Sequence[psutil.Process], patience: float = 10) -> None:
    """End processes, those that do not listen after ``patience`` seconds by force."""
    for process in processes:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=patience)
