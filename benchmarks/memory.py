"""Peak memory and speed of the skim of a large CSV to HDF5, in a process of its own.

    PYTHONPATH=workflow python benchmarks/memory.py [MEGABYTES]

The file (2 GB unless told otherwise) and the events from it, half as large, lie in a temporary folder
(TMPDIR) and are deleted afterwards. Exits with 1 if an event is lost or if the peak is above what is wanted.
"""

import sys
import tempfile
from pathlib import Path

from measure import Measured, in_child, measured

WANTED_MIB = 600
THREADS = 2


def write(path: Path, n_bytes: int) -> int:
    from synthetic import write_large_csv

    return write_large_csv(path, n_bytes)


def skim_once(path: Path, few: Path, threads: int) -> Measured:
    """Skim a file after a small one, so that compilation counts for the memory, but not for the time."""
    from deepcollider.sources.dark_machines import skim

    options = {"process": "ttbar", "threads": threads, "show_progress": False}
    skim(few, few.with_suffix(".h5"), few.with_suffix(".tsv"), **options)
    return measured(lambda: skim(path, path.with_suffix(".h5"), path.with_suffix(".tsv"), **options))


def last_event(path: Path) -> int:
    from deepcollider.store.event_files import EventReader

    with EventReader(path.with_suffix(".h5")) as events:
        return int(events.read_events(len(events) - 1).events["event_id"][0])


def main(megabytes: float) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path, few = Path(folder, "large.csv"), Path(folder, "few.csv")
        in_child(write, few, 1)
        n_events = in_child(write, path, int(megabytes * 1e6))
        size = path.stat().st_size
        print(f"{n_events} synthetic events, {size / 1e6:.0f} MB")
        skimmed = in_child(skim_once, path, few, THREADS)
        last = in_child(last_event, path)
        written = path.with_suffix(".h5").stat().st_size
    counts, seconds = skimmed.result, skimmed.seconds
    print(f"skim to HDF5 ({written / 1e6:.0f} MB), {THREADS} threads: ", end="")
    print(f"{n_events / seconds:,.0f} events/s, {size / seconds / 1e6:.1f} MB/s, {seconds:.0f} s")
    print(f"peak memory: {skimmed.peak_mib:.0f} MiB, at most {WANTED_MIB} wanted")
    print(", ".join(f"{name}: {n}" for name, n in counts.items()))
    whole = counts["read"] == n_events and counts["quarantined"] == 0 and n_events - 100 < last < n_events
    if not whole:
        print(f"events were lost: the last has number {last}")
    return 0 if whole and skimmed.peak_mib <= WANTED_MIB else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 2000))
