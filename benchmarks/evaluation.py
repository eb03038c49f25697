"""Time and peak memory of the evaluation of a large sample, in a process of its own with two threads.

    PYTHONPATH=workflow python benchmarks/evaluation.py [EVENTS]

As many synthetic events (100 000 unless told otherwise) as generated sample, truth, floor, and training sample. What
is evaluated is what the rules ``metrics`` and ``memorisation`` evaluate, with the default limits. Exits with 1 if it
takes longer or more memory than wanted.
"""

import os
import sys
import tempfile
from pathlib import Path

from measure import Measured, in_child, measured

WANTED_SECONDS, WANTED_MIB = 120, 4000
SAMPLES = ("generated", "truth", "floor", "train")
THREADS = 2


def write(folder: Path, n_events: int) -> None:
    from synthetic import write_csv

    from deepcollider.sources.dark_machines import skim

    for seed, name in enumerate(SAMPLES):
        path = folder / f"{name}.csv"
        write_csv(path, n_events, seed)
        skim(path, path.with_suffix(".h5"), path.with_suffix(".tsv"), process="ttbar", show_progress=False)


def evaluate_once(folder: Path) -> Measured:
    """Both parts of the evaluation, imports and reading of the files included."""

    def both():
        from deepcollider.metrics.evaluate import evaluate
        from deepcollider.metrics.neighbours import memorisation
        from deepcollider.store.event_files import read_events

        generated, truth, floor, train = (read_events(folder / f"{name}.h5") for name in SAMPLES)
        table = evaluate(generated, truth, floor, truth).table
        return table, memorisation(generated, train, truth, floor)

    return measured(both)


def main(n_events: int) -> int:
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        in_child(write, Path(folder), n_events)
        done = in_child(evaluate_once, Path(folder))
    table, _ = done.result
    print(f"{n_events} synthetic events a sample, {THREADS} threads, {len(table)} metrics")
    print(f"evaluation: {done.seconds:.0f} s, at most {WANTED_SECONDS} wanted")
    print(f"peak memory: {done.peak_mib:.0f} MiB, at most {WANTED_MIB} wanted")
    return 0 if done.seconds <= WANTED_SECONDS and done.peak_mib <= WANTED_MIB else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
