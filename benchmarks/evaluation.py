"""Time and peak memory of the evaluation of a large sample, in a process of its own with two threads.

    PYTHONPATH=workflow python benchmarks/evaluation.py [EVENTS]

As many synthetic events (100 000 unless told otherwise) as generated sample, truth, floor, and validation sample. What
is evaluated is what the rule ``metrics`` evaluates, with the default limits, reading of the files included. Exits with
1 if it takes longer or more memory than wanted.
"""

import os
import sys
import tempfile
from pathlib import Path

from measure import Measured, in_child, measured

WANTED_SECONDS, WANTED_MIB = 120, 4000
SAMPLES = ("generated", "truth", "floor", "validation")
THREADS = 2


def write(folder: Path, n_events: int) -> None:
    from synthetic import write_csv

    from deepcollider.sources.dark_machines import skim

    for seed, name in enumerate(SAMPLES):
        path = folder / f"{name}.csv"
        write_csv(path, n_events, seed)
        skim(path, path.with_suffix(".h5"), path.with_suffix(".tsv"), process="ttbar", show_progress=False)


def evaluate_files(folder: Path):
    from deepcollider.metrics.evaluate import evaluate
    from deepcollider.store.event_files import read_events

    return evaluate(*(read_events(folder / f"{name}.h5") for name in SAMPLES), show_progress=True).table


def evaluate_once(folder: Path) -> Measured:
    return measured(evaluate_files, folder)


def main(n_events: int) -> int:
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        in_child(write, Path(folder), n_events)
        done = in_child(evaluate_once, Path(folder))
    print(f"{n_events} synthetic events a sample, {THREADS} threads, {len(done.result)} metrics")
    print(f"evaluation: {done.seconds:.0f} s, at most {WANTED_SECONDS} wanted")
    print(f"peak memory: {done.peak_mib:.0f} MiB, at most {WANTED_MIB} wanted")
    return 0 if done.seconds <= WANTED_SECONDS and done.peak_mib <= WANTED_MIB else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
