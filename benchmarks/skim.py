"""Speed of the CSV reader and of the skim to HDF5 against plain Python, pandas and polars, on the same file.

    PYTHONPATH=workflow python benchmarks/skim.py [EVENTS]

All contenders fill the same arrays (deepcollider.physics.events), which are compared first; only the reader checks what
it reads. Noise: every contender runs once a round, the best of all rounds counts, and a ratio within 10 % of the wanted
one passes. Exits with 1 if results differ, or if the reader, with two threads or with one, is not ten times as fast as
the straightforward parser in plain Python.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
from csv_parsers import plain_by_field, plain_tuned, with_pandas, with_polars
from measure import interleaved, measured
from synthetic import write_csv

from deepcollider.machine import describe_machine
from deepcollider.physics.events import Events, concatenate
from deepcollider.sources.dark_machines import read_csv, skim

WANTED_RATIO, NOISE = 10.0, 0.1
ROUNDS = 5
THREADS = (1, 2)
REFERENCE = "plain Python, by field"


def reader(path: Path, threads: int) -> Iterator[Events]:
    return (block.events for block in read_csv(path, threads=threads))


def parsers(path: Path) -> dict[str, Callable[[], Iterable[Events]]]:
    """Contenders that give events, by what they are."""
    return {
        **{f"reader, {n} thread{'s' * (n > 1)}": lambda n=n: reader(path, n) for n in THREADS},
        f"polars, {pl.thread_pool_size()} threads": lambda: with_polars(path),
        "pandas, 1 thread": lambda: with_pandas(path),
        "plain Python, tuned": lambda: plain_tuned(path),
        REFERENCE: lambda: plain_by_field(path),
    }


def disagreement(found: Events, expected: Events) -> str:
    """The first column in which two sets of events differ; empty if there is none."""
    if len(found) != len(expected):
        return f"{len(found)} events, not {len(expected)}"
    for array, other in ((found.events, expected.events), (found.objects, expected.objects)):
        for name in array.dtype.names:
            if not np.array_equal(array[name], other[name]):
                return name
    return ""


def consume(batches: Iterable[Events]) -> int:
    """Run through batches, keeping nothing but the number of events."""
    return sum(len(batch) for batch in batches)


def check_agreement(contenders: dict[str, Callable[[], Iterable[Events]]]) -> bool:
    expected, agree = concatenate(list(contenders[REFERENCE]())), True
    for name, parse in contenders.items():
        if column := disagreement(concatenate(list(parse())), expected):
            print(f"{name} disagrees with {REFERENCE}: {column}")
            agree = False
    return agree


def main(n_events: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path, few = Path(folder, "synthetic.csv"), Path(folder, "few.csv")
        write_csv(few, 10)
        write_csv(path, n_events)
        size = path.stat().st_size
        print(f"{n_events} synthetic events, {size / 1e6:.1f} MB; {describe_machine()}")
        print(f"compiling the reader: {measured(lambda: consume(reader(few, 1))).seconds:.1f} s, once a process")
        contenders = parsers(path)
        agree = check_agreement(contenders)
        timed = {name: lambda parse=parse: consume(parse()) for name, parse in contenders.items()}
        for n in THREADS:
            arguments = (path, f"{folder}/events.h5", f"{folder}/bad.tsv")
            timed[f"skim to HDF5, {n} thread{'s' * (n > 1)}"] = lambda n=n, arguments=arguments: skim(
                *arguments, process="ttbar", threads=n, show_progress=False
            )
        times = interleaved(timed, ROUNDS)
    best = {name: min(seconds) for name, seconds in times.items()}
    print(
        f"\n{'best of ' + str(ROUNDS) + ' rounds':<28}{'events/s':>12}{'MB/s':>8}{'speed-up':>10}{'slowest/best':>14}"
    )
    for name, seconds in best.items():
        spread = max(times[name]) / seconds
        print(f"{name:<28}{n_events / seconds:>12,.0f}{size / seconds / 1e6:>8.1f}", end="")
        print(f"{best[REFERENCE] / seconds:>10.1f}{spread:>14.2f}")
    ratios = {name: best[REFERENCE] / best[name] for name in best if name.startswith("reader")}
    fast = all(ratio >= WANTED_RATIO * (1 - NOISE) for ratio in ratios.values())
    print("\nall parsers agree in every field" if agree else "\nthe parsers disagree")
    print(f"speed-up over {REFERENCE}: at least {WANTED_RATIO:g} wanted, {'met' if fast else 'MISSED'}")
    return 0 if agree and fast else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
