"""What a job ran on, and how much memory it took."""

import os
import platform
import resource
import sys
from pathlib import Path


def describe_machine() -> str:
    """Processor, number of cores and system, for reading times."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def peak_memory_mb() -> float:
    """Most resident memory that this process has held so far, libraries included, in MB (2^20 bytes).

    Linux hands the maximum that getrusage reports down from parent to child; its status file has the process's own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**10
    bytes_per_unit = 1 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_per_unit / 2**20
