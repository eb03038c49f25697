"""Synthetic inputs of the benchmarks: Dark Machines CSV and NanoAOD-like ROOT files, seeded."""

from pathlib import Path

import numpy as np

from deepcollider.physics.kinds import BY_SYMBOL
from deepcollider.sources.nanoaod import BRANCHES, ELECTRON_MASS, MUON_MASS, TREE

SYMBOLS = np.array(list(BY_SYMBOL))
SHARES = [0.2, 0.62, 0.04, 0.04, 0.04, 0.04, 0.02]  # about those of ttbar
BLOCK_EVENTS = 20_000
CHUNK_EVENTS = 50_000


def csv_line(event: int, rng: np.random.Generator) -> str:
    """One event with 1 to 12 objects: log-normal energies (MeV), uniform phi, six significant digits."""
    count = rng.integers(1, 13)
    symbol = rng.choice(SYMBOLS, count, p=SHARES)
    pt = np.exp(rng.normal(10.9, 0.6, count)) + 25e3
    eta, phi = rng.uniform(-2.3, 2.3, count), rng.uniform(-np.pi, np.pi, count)
    values = zip(symbol, pt * np.cosh(eta), pt, eta, phi, strict=True)
    objects = ";".join(f"{s},{e:.6g},{p:.6g},{h:.6g},{f:.6g}" for s, e, p, h, f in values)
    met, met_phi = np.exp(rng.normal(10.3, 0.8)), rng.uniform(-np.pi, np.pi)
    return f"{event};ttbar;1;{met:.6g};{met_phi:.6g};{objects}\n"


def write_csv(path: Path, n_events: int, seed: int = 1) -> None:
    """``n_events`` events, all different."""
    rng = np.random.default_rng(seed)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(csv_line(event, rng) for event in range(n_events))


def write_large_csv(path: Path, n_bytes: int, seed: int = 1) -> int:
    """About ``n_bytes`` of the same block of events over and over, with running ids; gives the number of events."""
    rng = np.random.default_rng(seed)
    rests = [csv_line(0, rng).removeprefix("0").encode() for _ in range(BLOCK_EVENTS)]
    n_events = 0
    with open(path, "wb") as file:
        while file.tell() < n_bytes:
            file.write(b"".join(b"%d%b" % pair for pair in enumerate(rests, start=n_events)))
            n_events += len(rests)
    return n_events


def _collection(rng: np.random.Generator, n_events: int, mean: float, softest: float, columns):
    """A NanoAOD collection: Poisson numbers of objects of exponential pt; ``columns`` (rng, n) gives further ones."""
    import awkward as ak

    counts = rng.poisson(mean, n_events)
    n = int(counts.sum())
    record = {
        "pt": (softest + rng.exponential(30.0, n)).astype("f4"),
        "eta": rng.normal(0.0, 1.6, n).astype("f4"),
        "phi": rng.uniform(-3.14159, 3.14159, n).astype("f4"),
        **columns(rng, n),
    }
    return ak.unflatten(ak.zip(record), counts)


def _lepton(mass: float, isolation: str):
    return lambda rng, n: {
        "mass": np.full(n, mass, "f4"),
        "charge": rng.choice(np.array([-1, 1], "i4"), n),
        isolation: rng.exponential(0.1, n).astype("f4"),
    }


def _jet(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    return {
        "mass": rng.exponential(8.0, n).astype("f4"),
        "btagDeepFlavB": rng.uniform(0.0, 1.0, n).astype("f4"),
        "hadronFlavour": rng.choice(np.array([0, 4, 5], "i4"), n),
    }


def write_nanoaod(path: Path, n_events: int, seed: int = 1) -> None:
    """A TTree ``Events`` with on average 0.7 electrons, 0.7 muons and 5 jets an event, written in chunks."""
    import uproot

    rng = np.random.default_rng(seed)
    with uproot.recreate(path) as file:
        tree = file.mktree(TREE, BRANCHES)
        for first in range(0, n_events, CHUNK_EVENTS):
            n = min(CHUNK_EVENTS, n_events - first)
            tree.extend(
                {
                    "run": np.ones(n, "u4"),
                    "luminosityBlock": np.arange(first, first + n, dtype="u4") // 1000 + 1,
                    "event": np.arange(first, first + n, dtype="u8"),
                    "genWeight": np.ones(n, "f4"),
                    "Electron": _collection(rng, n, 0.7, 5.0, _lepton(ELECTRON_MASS, "pfRelIso03_all")),
                    "Muon": _collection(rng, n, 0.7, 3.0, _lepton(MUON_MASS, "pfRelIso04_all")),
                    "Jet": _collection(rng, n, 5.0, 15.0, _jet),
                    "MET_pt": rng.exponential(40.0, n).astype("f4"),
                    "MET_phi": rng.uniform(-3.14159, 3.14159, n).astype("f4"),
                }
            )
