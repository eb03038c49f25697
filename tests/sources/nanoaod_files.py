"""NanoAOD written from events spelled out in Python, and trilepton variables computed by plain formulas."""

import math
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

M_Z = 91.1876
COLLECTIONS = {
    "Electron": ("pt", "eta", "phi", "mass", "charge", "pfRelIso03_all"),
    "Muon": ("pt", "eta", "phi", "mass", "charge", "pfRelIso04_all"),
    "Jet": ("pt", "eta", "phi", "mass"),
}


def lepton(pt, eta, phi, charge, mass=0.0, isolation=0.0) -> dict:
    return {"pt": pt, "eta": eta, "phi": phi, "charge": charge, "mass": mass, "isolation": isolation}


def jet(pt, eta, phi) -> dict:
    return {"pt": pt, "eta": eta, "phi": phi, "mass": 5.0}


def event(electrons=(), muons=(), jets=(), met=(30.0, 0.5), number=0, weight=1.0) -> dict:
    collections = {"Electron": list(electrons), "Muon": list(muons), "Jet": list(jets)}
    return {**collections, "met": met, "number": number, "weight": weight}


def as_branches(events: list[dict]) -> dict:
    """Branches for ``mktree``: counters nElectron, nMuon and nJet come from the grouping."""
    branches = {
        "run": np.ones(len(events), "u4"),
        "event": np.array([entry["number"] for entry in events], "u8"),
        "genWeight": np.array([entry["weight"] for entry in events], "f4"),
        "MET_pt": np.array([entry["met"][0] for entry in events], "f4"),
        "MET_phi": np.array([entry["met"][1] for entry in events], "f4"),
    }
    for collection, columns in COLLECTIONS.items():
        particles = [particle for entry in events for particle in entry[collection]]
        flat = {
            name: np.array(
                [particle["isolation" if "Iso" in name else name] for particle in particles],
                "i4" if name == "charge" else "f4",
            )
            for name in columns
        }
        counts = np.array([len(entry[collection]) for entry in events], "i8")
        branches[collection] = ak.unflatten(ak.zip(flat), counts)
    return branches


def write_nanoaod(path: Path, events: list[dict], drop=(), tree="Events", **extra) -> str:
    """Write events; without the branches (or fields such as Electron_mass) ``drop``, with further ones ``extra``."""
    branches = as_branches(events)
    for name in drop:
        collection, _, field = name.partition("_")
        if name in branches:
            del branches[name]
        else:
            kept = [other for other in branches[collection].fields if other != field]
            branches[collection] = branches[collection][kept]
    branches |= extra
    types = {
        name: values.dtype if isinstance(values, np.ndarray) else values.type.content
        for name, values in branches.items()
    }
    with uproot.recreate(path) as file:
        file.mktree(tree, types).extend(branches)
    return str(path)


def write_rntuple(path: Path, events: list[dict], records: bool = False, drop=(), **extra) -> str:
    """Write events as an RNTuple: a field a branch, or with ``records`` a collection of records for each kind."""
    fields = as_branches(events) | extra
    if not records:
        for collection in COLLECTIONS:
            values = fields.pop(collection)
            fields |= {f"{collection}_{name}": values[name] for name in values.fields}
            fields[f"n{collection}"] = ak.num(values["pt"]).to_numpy().astype("i4")
    with uproot.recreate(path) as file:
        file["Events"] = {name: values for name, values in fields.items() if name not in drop}
    return str(path)


def write_without_branches(path: Path, tree="Events") -> str:
    """Write a TTree of no branch and no entry, as CMS publishes them, which uproot does not offer to.

    A branch is taken out of uproot's own description of the tree before this is written.
    """
    with uproot.recreate(path) as file:
        written = file.mktree(tree, {"run": "u4"})._cascading
        written._branch_data.clear()
        written._branch_lookup.clear()
        written.write_anew(file._file.sink)
    return str(path)


def momentum(particle):
    """px, py, pz, E."""
    px, py = particle["pt"] * math.cos(particle["phi"]), particle["pt"] * math.sin(particle["phi"])
    pz = particle["pt"] * math.sinh(particle["eta"])
    return px, py, pz, math.sqrt(px**2 + py**2 + pz**2 + particle["mass"] ** 2)


def mass_and_pt(*particles):
    px, py, pz, energy = (sum(component) for component in zip(*map(momentum, particles), strict=True))
    return math.sqrt(max(energy**2 - px**2 - py**2 - pz**2, 0.0)), math.hypot(px, py)


def angle(first, second):
    difference = abs(first - second) % (2 * math.pi)
    return min(difference, 2 * math.pi - difference)


def delta_r(first, second):
    return math.hypot(first["eta"] - second["eta"], angle(first["phi"], second["phi"]))


def expected(entry: dict, min_pt=10.0, max_isolation=None) -> dict | None:
    """The variables of an event, those that exist; None if it is not kept. One event at a time, one loop a step."""
    chosen = []
    for collection, max_eta in (("Electron", 2.5), ("Muon", 2.4)):
        for particle in entry[collection]:
            isolated = max_isolation is None or particle["isolation"] <= max_isolation
            if particle["pt"] > min_pt and abs(particle["eta"]) < max_eta and isolated:
                chosen.append({**particle, "flavour": collection})
    if len(chosen) < 3:
        return None
    chosen = sorted(chosen, key=lambda particle: -particle["pt"])[:3]
    channel = "ABCD"[sum(particle["flavour"] == "Muon" for particle in chosen)]
    found = {"Channel": "ABCD".index(channel), "nElectron": len(entry["Electron"]), "nMuon": len(entry["Muon"])}
    found |= {"MET_pt": entry["met"][0], "MET_phi": entry["met"][1], "event": entry["number"]}
    for rank, particle in enumerate(chosen, 1):
        found |= {f"Lep{rank}_{name}": particle[name] for name in ("pt", "eta", "phi")}
    found["Lll_mass"], found["Lll_pt"] = mass_and_pt(*chosen)
    jets = [
        particle["pt"]
        for particle in entry["Jet"]
        if particle["pt"] > 30 and abs(particle["eta"]) < 2.4 and min(delta_r(particle, lep) for lep in chosen) >= 0.4
    ]
    found |= {"nJet": len(jets), "HT": sum(jets)}
    best = None
    for i, j in ((0, 1), (0, 2), (1, 2)):
        a, b = chosen[i], chosen[j]
        if a["charge"] == -b["charge"] and a["flavour"] == b["flavour"]:
            mass, pt = mass_and_pt(a, b)
            if best is None or abs(mass - M_Z) < abs(best["mass"] - M_Z):
                best = {"mass": mass, "pt": pt, "delta_r": delta_r(a, b), "third": chosen[3 - i - j]}
    if best:
        found |= {f"{channel}_Zmass": best["mass"], f"{channel}_Dr_Z": best["delta_r"], "Z_pt": best["pt"]}
        met, met_phi = entry["met"]
        third = best["third"]
        # E^2 - p^2 of the two in the transverse plane
        px = third["pt"] * math.cos(third["phi"]) + met * math.cos(met_phi)
        py = third["pt"] * math.sin(third["phi"]) + met * math.sin(met_phi)
        found["W_mt"] = math.sqrt(max((third["pt"] + met) ** 2 - px**2 - py**2, 0.0))
    return found


def random_events(n: int, seed: int) -> list[dict]:
    """Events of 0 to 5 leptons of each flavour, some outside the acceptance; values representable in float32."""
    rng = np.random.default_rng(seed)

    def single(value):
        return float(np.float32(value))

    def particles(make, mean, low, high):
        found = []
        for _ in range(min(rng.poisson(mean), 5)):
            kinematics = (
                single(rng.uniform(low, high)),
                single(rng.uniform(-2.8, 2.8)),
                single(rng.uniform(-3.14, 3.14)),
            )
            found.append(make(*kinematics))
        return found

    def random_lepton(pt, eta, phi):
        isolation = single(rng.exponential(0.1))
        return lepton(pt, eta, phi, int(rng.choice([-1, 1])), single(rng.uniform(0, 0.1)), isolation)

    return [
        event(
            particles(random_lepton, 1.6, 5, 120),
            particles(random_lepton, 1.6, 5, 120),
            particles(jet, 3, 15, 200),
            (single(rng.exponential(40)), single(rng.uniform(-3.14, 3.14))),
            number,
        )
        for number in range(n)
    ]
