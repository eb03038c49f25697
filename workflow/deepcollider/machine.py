"""What a job ran on, how much memory it took, and which process it is, so that others can tell whether it has ended."""

import os
import platform
import resource
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

NO_HOST = ("", "localhost", "localhost.localdomain")
"""Names that many machines have."""


def describe_machine() -> str:
    """Processor, number of cores and system, for reading times."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.partition(":")[2].strip()
            for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
            if "model name" in line
        ]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def peak_memory_mb() -> float:
    """Most resident memory that this process has held so far, libraries included, in MB (2^20 bytes).

    Linux hands the maximum that getrusage reports down from parent to child; its status file has the process's own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**10
    bytes_per_unit = 1 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_per_unit / 2**20


def _told_by(*command: str) -> str | None:
    """The output of a command of the system; None if there is none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, env={**os.environ, "LC_ALL": "C"})
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _boot_id() -> str | None:
    """A text that differs from one start of this machine to the next; containers share that of their machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return _told_by("sysctl", "-n", "kern.bootsessionuuid")  # macOS


def _pid_namespace() -> str | None:
    """A text that differs between containers which number their processes apart; None where there are none of these."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def _state_and_start(pid: int) -> tuple[str, str] | None:
    """State (``Z``: ended, but not yet waited for) and start of a process; None where the system does not tell.

    The start is in ticks of the kernel's clock since boot (proc(5)), elsewhere the time of day: a text to compare.
    """
    try:
        # the name of the program, in parentheses, may hold blanks and parentheses itself
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        told = None if Path("/proc/self/stat").exists() else _told_by("ps", "-o", "state=,lstart=", "-p", str(pid))
    state, _, started = (told or "").partition(" ")
    return (state[:1], started.strip()) if started else None


def this_process() -> dict[str, Any]:
    """Return what tells this process from every other one: ``host``, ``boot``, ``namespace``, ``pid``, ``started``.

    ``boot``, ``namespace`` (that of the pid) and ``started`` are texts to compare, None where the system does not tell.
    """
    found = _state_and_start(os.getpid())
    return {
        "host": socket.gethostname(),
        "boot": _boot_id(),
        "namespace": _pid_namespace(),
        "pid": os.getpid(),
        "started": found and found[1],
    }


def has_ended(identity: dict[str, Any]) -> bool | None:
    """Tell whether the process that :func:`this_process` described has ended; None if that cannot be told from here.

    True is certain: the same host has been started anew since, or in the same PID namespace of the same boot no process
    of that pid has that start. A pid that was given to another process, and a process that has ended without having
    been waited for, do not count as alive. Of another host or container, and of what is no such description: None.
    """
    host, boot, namespace, pid = (identity.get(name) for name in ("host", "boot", "namespace", "pid"))
    if host != socket.gethostname() or type(pid) is not int or pid < 1 or not boot or not (own_boot := _boot_id()):
        return None
    if boot != own_boot:
        return None if host in NO_HOST else True
    if namespace != _pid_namespace() or (namespace is None and sys.platform == "linux"):
        return None
    try:
        os.kill(pid, 0)  # sends nothing
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass  # it is another user's
    found = _state_and_start(pid)
    if found is None:
        return False  # it is there, and hidden from us
    state, started = found
    return state in "ZX" or identity.get("started") not in (None, started)
