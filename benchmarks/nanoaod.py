"""Speed and peak memory of the NanoAOD skim to trilepton events, against a plain Python loop over events.

    PYTHONPATH=workflow python benchmarks/nanoaod.py [EVENTS]

The skim reads a synthetic file of a million events, unless told otherwise; the loop, which computes the same 27
variables, the first 20 000 of them, and both must agree there. Each runs in a process of its own; the faster of two
runs counts. Exits with 1 if they disagree, or if the skim is slower than the loop.
"""

import math
import sys
import tempfile
from itertools import combinations
from pathlib import Path

from measure import Measured, in_child, measured

LOOP_EVENTS, ROUNDS = 20_000, 2
Z_MASS, MIN_PT = 91.1876, 10.0
MAX_ETA = {"Electron": 2.5, "Muon": 2.4}


def write(path: Path, n_events: int) -> None:
    from synthetic import write_nanoaod

    write_nanoaod(path, n_events)


def skim_once(path: Path, few: Path) -> Measured:
    """The skim, after one of a small file, so that imports count for the memory, but not for the time."""
    from deepcollider.sources.trileptons import skim_nanoaod

    skim_nanoaod([few], few.with_suffix(".h5"), 0, show_progress=False)
    return measured(lambda: skim_nanoaod([path], path.with_suffix(".h5"), 0, show_progress=False))


def momentum(pt: float, eta: float, phi: float, mass: float) -> tuple[float, float, float, float]:
    """(E, px, py, pz)."""
    px, py, pz = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
    return math.sqrt(px * px + py * py + pz * pz + mass * mass), px, py, pz


def sum_of(*momenta):
    """(mass, pt) of a sum of momenta."""
    e, px, py, pz = (sum(values) for values in zip(*momenta, strict=True))
    return math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0)), math.hypot(px, py)


def delta_r(a: dict, b: dict) -> float:
    return math.hypot(a["eta"] - b["eta"], math.remainder(a["phi"] - b["phi"], 2 * math.pi))


def trilepton_event(event: dict) -> dict[str, float] | None:
    """The 27 variables of an event of three leptons, None for another; as sources/trileptons.py describes them."""
    leptons = [
        {**{name: event[f"{flavour}_{name}"][i] for name in ("pt", "eta", "phi", "mass", "charge")}, "flavour": flavour}
        for flavour in ("Electron", "Muon")
        for i in range(event[f"n{flavour}"])
        if event[f"{flavour}_pt"][i] > MIN_PT and abs(event[f"{flavour}_eta"][i]) < MAX_ETA[flavour]
    ]
    if len(leptons) < 3:
        return None
    leptons = sorted(leptons, key=lambda lepton: -lepton["pt"])[:3]
    momenta = [momentum(lepton["pt"], lepton["eta"], lepton["phi"], lepton["mass"]) for lepton in leptons]
    row = {f"{channel}_{name}": math.nan for channel in "ABCD" for name in ("Zmass", "Dr_Z")}
    row |= {"Z_pt": math.nan, "W_mt": math.nan}
    row |= {name: event[name] for name in ("MET_pt", "MET_phi", "nElectron", "nMuon")}
    for rank, lepton in enumerate(leptons, start=1):
        row |= {f"Lep{rank}_{name}": lepton[name] for name in ("pt", "eta", "phi")}
    row["Lll_mass"], row["Lll_pt"] = sum_of(*momenta)
    jets = [
        {"pt": event["Jet_pt"][i], "eta": event["Jet_eta"][i], "phi": event["Jet_phi"][i]}
        for i in range(len(event["Jet_pt"]))
        if event["Jet_pt"][i] > 30.0 and abs(event["Jet_eta"][i]) < 2.4
    ]
    jets = [jet for jet in jets if all(delta_r(jet, lepton) >= 0.4 for lepton in leptons)]
    row["nJet"], row["HT"] = len(jets), sum(jet["pt"] for jet in jets)

    channel = "ABCD"[sum(lepton["flavour"] == "Muon" for lepton in leptons)]
    pairs = [
        (abs(sum_of(momenta[i], momenta[j])[0] - Z_MASS), i, j)
        for i, j in combinations(range(3), 2)
        if leptons[i]["charge"] * leptons[j]["charge"] < 0 and leptons[i]["flavour"] == leptons[j]["flavour"]
    ]
    if pairs:
        _, i, j = min(pairs)
        third = leptons[3 - i - j]
        row[f"{channel}_Zmass"], row["Z_pt"] = sum_of(momenta[i], momenta[j])
        row[f"{channel}_Dr_Z"] = delta_r(leptons[i], leptons[j])
        angle = third["phi"] - event["MET_phi"]
        row["W_mt"] = math.sqrt(2 * third["pt"] * event["MET_pt"] * (1 - math.cos(angle)))
    return row


def loop(path: Path, n_events: int) -> dict[int, dict[str, float]]:
    """Rows by event number of the first events, one event after the other."""
    import uproot

    from deepcollider.sources.trileptons import BRANCHES

    rows = {}
    with uproot.open(path) as file:
        for chunk in file["Events"].iterate(BRANCHES, entry_stop=n_events, step_size=n_events):
            for event in chunk.to_list():
                row = trilepton_event(event)
                if row is not None:
                    rows[event["event"]] = row
    return rows


def loop_once(path: Path, few: Path, n_events: int) -> Measured:
    loop(few, 10)
    return measured(lambda: loop(path, n_events))


def disagreements(path: Path, rows: dict[int, dict[str, float]], n_events: int) -> list[str]:
    """Columns in which the skim's rows of the first events differ from those of the loop."""
    import numpy as np

    from deepcollider.sources.trileptons import VARIABLES
    from deepcollider.store.rows import RowReader

    with RowReader(path) as reader:
        found = reader.read()["events"]
    found = found[found["event"] < n_events]
    if found["event"].tolist() != list(rows):
        return ["event"]
    return [
        name
        for name in VARIABLES
        if not np.allclose(found[name], [row[name] for row in rows.values()], rtol=1e-4, atol=1e-3, equal_nan=True)
    ]


def main(n_events: int) -> int:
    n_loop = min(LOOP_EVENTS, n_events)
    with tempfile.TemporaryDirectory() as folder:
        path, few = Path(folder, "large.root"), Path(folder, "few.root")
        in_child(write, few, 100)
        in_child(write, path, n_events)
        print(f"{n_events} synthetic events, {path.stat().st_size / 1e6:.0f} MB")
        runs = [(in_child(skim_once, path, few), in_child(loop_once, path, few, n_loop)) for _ in range(ROUNDS)]
        skims, loops = zip(*runs, strict=True)
        differing = in_child(disagreements, path.with_suffix(".h5"), loops[0].result, n_loop)
    skimmed, looped = (min(found, key=lambda run: run.seconds) for found in (skims, loops))
    for name, run, n in (("skim", skimmed, n_events), ("plain Python loop", looped, n_loop)):
        slowest = max(other.seconds for other in (skims if run is skimmed else loops))
        print(f"{name:<18}{n:>9} events{n / run.seconds:>12,.0f} events/s", end="")
        print(f"  peak memory {run.peak_mib:.0f} MiB  slowest/best {slowest / run.seconds:.2f}")
    ratio = (n_events / skimmed.seconds) / (n_loop / looped.seconds)
    print(f"speed-up {ratio:.1f}; kept {skimmed.result['kept']} of {skimmed.result['read']}")
    print(f"they disagree in {', '.join(differing)}" if differing else f"both agree on the first {n_loop} events")
    return 0 if not differing and ratio > 1 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
