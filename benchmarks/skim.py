"""Speed and memory of the CSV reader against plain Python parsers, on the same synthetic file.

    python benchmarks/skim.py [EVENTS]

All fill the same arrays (deepcollider.physics.events). The straightforward parser assigns field by field; a second one
is tuned as far as plain Python goes, a tuple an object and a row at once. Only the reader checks what it reads. Exits
with an error if the reader is not ten times as fast as the straightforward parser, or if the results differ.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

from deepcollider.physics.events import Events, empty_events
from deepcollider.physics.kinds import BY_SYMBOL
from deepcollider.sources.dark_machines import read_csv, skim

WANTED_RATIO = 10.0
SYMBOLS = np.array(list(BY_SYMBOL))
SHARES = [0.2, 0.62, 0.04, 0.04, 0.04, 0.04, 0.02]  # about those of ttbar


def write_synthetic(path: Path, n: int, seed: int = 1) -> None:
    """``n`` events with 1 to 12 objects each: log-normal energies (MeV), uniform phi, six significant digits."""
    rng = np.random.default_rng(seed)
    with open(path, "w") as file:
        for event in range(n):
            count = rng.integers(1, 13)
            symbol = rng.choice(SYMBOLS, count, p=SHARES)
            pt = np.exp(rng.normal(10.9, 0.6, count)) + 25e3
            eta, phi = rng.uniform(-2.3, 2.3, count), rng.uniform(-np.pi, np.pi, count)
            values = zip(symbol, pt * np.cosh(eta), pt, eta, phi, strict=True)
            objects = ";".join(f"{s},{e:.6g},{p:.6g},{h:.6g},{f:.6g}" for s, e, p, h, f in values)
            met, met_phi = np.exp(rng.normal(10.3, 0.8)), rng.uniform(-np.pi, np.pi)
            file.write(f"{event};ttbar;1;{met:.6g};{met_phi:.6g};{objects}\n")


def fill_by_field(batch: Events, row: int, fields: list[str]) -> None:
    """One line into row ``row``: split each object, sort, assign field by field."""
    event_id, process, weight, met, met_phi, *objects = fields
    event = batch.events[row]
    event["event_id"], event["process"], event["weight"] = int(event_id), process, float(weight)
    event["met"], event["met_phi"], event["n_objects"] = float(met) / 1e3, float(met_phi), len(objects)
    parts = [text.split(",") for text in objects]
    parts.sort(key=lambda part: (BY_SYMBOL[part[0]].code, -float(part[2])))
    for i, (symbol, energy, pt, eta, phi) in enumerate(parts):
        slot = batch.objects[row, i]
        slot["kind"], slot["valid"] = BY_SYMBOL[symbol].code, True
        slot["energy"], slot["pt"] = float(energy) / 1e3, float(pt) / 1e3
        slot["eta"], slot["phi"] = float(eta), float(phi)


def fill_by_row(batch: Events, row: int, fields: list[str]) -> None:
    """The same with one assignment for the event and one for all its objects."""
    event_id, process, weight, met, met_phi, *objects = fields
    records = []
    for text in objects:
        symbol, energy, pt, eta, phi = text.split(",")
        code = BY_SYMBOL[symbol].code
        records.append((code, True, float(energy) / 1e3, float(pt) / 1e3, float(eta), float(phi)))
    records.sort(key=lambda record: (record[0], -record[3]))
    batch.events[row] = (int(event_id), process, float(weight), float(met) / 1e3, float(met_phi), len(records))
    batch.objects[row, : len(records)] = records


def parse_plainly(path: Path, fill, batch_rows: int = 16_384) -> Iterator[Events]:
    """Line by line into batches of events; ``fill`` takes (batch, row, fields of the line)."""
    batch, row = empty_events(batch_rows), 0
    with open(path) as file:
        for line in file:
            fill(batch, row, line.rstrip("\n;").split(";"))
            row += 1
            if row == batch_rows:
                yield batch
                batch, row = empty_events(batch_rows), 0
    yield batch.take(slice(row))


def peak_mib() -> float:
    """Most memory that this process has held so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def timed(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def count_and_sum(batches: Iterable[Events]) -> tuple[int, float]:
    """Run through batches, keeping nothing but the number of events and the sum of all pt."""
    n, total = 0, 0.0
    for batch in batches:
        n, total = n + len(batch), total + batch.objects["pt"].sum(dtype=float)
    return n, total


def read_all(path: Path) -> tuple[int, float]:
    return count_and_sum(block.events for block in read_csv(path))


def report(name: str, seconds: float, n: int, size: int) -> None:
    print(f"{name:<28}{n / seconds:>12,.0f} events/s{size / seconds / 1e6:>10.1f} MB/s")


def main(n: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path, warm_up = Path(folder, "synthetic.csv"), Path(folder, "warm_up.csv")
        write_synthetic(warm_up, 10)
        write_synthetic(path, n)
        size = path.stat().st_size
        print(f"{n} synthetic events, {size / 1e6:.1f} MB")
        print(f"compile: {timed(lambda: read_all(warm_up))[0]:.1f} s")
        before = peak_mib()
        fast_time, fast = min(timed(lambda: read_all(path)) for _ in range(3))
        skim_time, _ = timed(lambda: skim(path, f"{folder}/e.h5", f"{folder}/q.txt", show_progress=False))
        after = peak_mib()
        plain_time, plain = min(timed(lambda: count_and_sum(parse_plainly(path, fill_by_field))) for _ in range(2))
        tuned_time, tuned = min(timed(lambda: count_and_sum(parse_plainly(path, fill_by_row))) for _ in range(2))
    report("compiled reader (warm)", fast_time, n, size)
    report("skim to HDF5 (warm)", skim_time, n, size)
    report("plain Python, by field", plain_time, n, size)
    report("plain Python, tuned", tuned_time, n, size)
    ratio = plain_time / fast_time
    print(
        f"ratio reader / plain: {ratio:.1f} (at least {WANTED_RATIO:g} wanted); / tuned: {tuned_time / fast_time:.1f}"
    )
    print(f"peak memory: {after:.0f} MiB, of which {before:.0f} MiB before the file was opened")
    agree = all(found[0] == n and np.isclose(found[1], fast[1], rtol=1e-6) for found in (fast, plain, tuned))
    print("all parsers agree" if agree else f"the parsers disagree: {fast}, {plain}, {tuned}")
    return 0 if agree and ratio >= WANTED_RATIO else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
