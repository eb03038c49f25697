"""NanoAOD -> events with at least three charged leptons, as flat rows (anomaly thesis 3.3, SYSTEMS 1.2).

**Selection.** Electrons with |eta| < 2.5 and muons with |eta| < 2.4 (what NanoAOD's trackers reach) of pt above
``min_pt``, and of relative isolation (``pfRelIso03_all``, ``pfRelIso04_all``) up to ``max_isolation`` if that is
given; the thesis states no such cut. An event is kept if it has three of them. The three hardest define all that
follows; of equal pt, an electron counts as harder than a muon, then the one that comes first in the file.
The thesis defines channels by at least so many leptons (2.2.2), so that an event of four may be in several; here each
is in the one channel of its three hardest.

**Channels** by the flavours of the three: A = eee, B = ee mu, C = e mu mu, D = mu mu mu.

**Z pair.** The thesis calls it the pair that forms the Z and leaves open which one that is. Here: of the pairs among
the three leptons of opposite sign and same flavour, the one whose mass is closest to m_Z = 91.1876 GeV. B has at most
one candidate, the two electrons, and C the two muons; A and D have up to two (of three charges, two are equal), the
harder pair where both are equally close. Without a candidate (such as e+ e+ mu-) the event has no Z.

**Variables.** The thesis has a network with an input of 27 (App. B.1) and five inputs everywhere else; that 27 were
kept is our inference. It names eleven: Zmass and Dr_Z (mass, and Delta R of the leptons of the Z pair) of
the four channels, MET_pt, nElectron and nMuon. The other sixteen are our choice: MET_phi; pt, eta, phi of the three
leptons by descending pt; pt of the Z; transverse mass of the third lepton and MET (W_mt); mass and pt of the three
leptons; nJet and HT. The last two are the number and scalar pt sum of jets of pt > 30 GeV, |eta| < 2.4, at least
Delta R = 0.4 away from the three leptons, since in NanoAOD an isolated electron is a jet too. nElectron and nMuon are
the counters of the file, thus of all reconstructed leptons, as the thesis has it. GeV and rad.

**MET** is of the kind that all files of a sample have (``met_kinds``), and called MET_pt and MET_phi whichever it is.

**Missing values.** Zmass and Dr_Z of the three other channels, and Z_pt and W_mt too without a Z, are NaN, or 0 where
so configured, as in the thesis, whose features must all have had a number.

Leptons with a value that is not finite are not selected, and events with such a MET or weight are rejected and counted.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from deepcollider.physics.kinematics import delta_phi, four_vectors, transverse_mass
from deepcollider.sources.met_kinds import MET_KINDS, TREE, choose_met, met_branches
from deepcollider.sources.mixing import mix_samples
from deepcollider.sources.repeated_events import EventRegister, hash_columns
from deepcollider.sources.root_files import (
    STEP_ENTRIES,
    RootFileError,
    describe_source,
    files_once,
    iterate_tree,
    rows_to_root,
)
from deepcollider.store.rows import RowReader, RowWriter

Z_MASS = 91.1876
"""GeV (Particle Data Group)."""

ELECTRON_ETA, MUON_ETA = 2.5, 2.4
JET_PT, JET_ETA, JET_CLEANING = 30.0, 2.4, 0.4

CHANNELS = "ABCD"
"""By the number of muons among the three leptons, 0 to 3."""

PAIRS = np.array([(0, 1), (0, 2), (1, 2)])
"""The pairs among three leptons, the harder ones first."""

VARIABLES = (
    *(f"{channel}_Zmass" for channel in CHANNELS),
    *(f"{channel}_Dr_Z" for channel in CHANNELS),
    *("MET_pt", "nElectron", "nMuon", "MET_phi"),
    *(f"Lep{rank}_{quantity}" for rank in (1, 2, 3) for quantity in ("pt", "eta", "phi")),
    *("Z_pt", "W_mt", "Lll_mass", "Lll_pt", "nJet", "HT"),
)
"""The 27 variables."""

ROW_DTYPE = np.dtype(
    [
        *((name, "f4") for name in VARIABLES),
        ("Dataset_ID", "i4"),
        ("Channel", "i1"),  # position in CHANNELS
        ("run", "u4"),
        ("event", "u8"),
        ("weight", "f4"),
    ]
)

COUNTS = ("read", "kept", "not_finite", "too_few_leptons", "without_z", *CHANNELS)

MISSING = {"nan": np.nan, "zero": 0.0}

UNITS = {
    name: "rad" if "phi" in name else "GeV" if name.endswith(("pt", "mass", "mt", "HT")) else "1" for name in VARIABLES
}

_LEPTON_BRANCHES = ("pt", "eta", "phi", "mass", "charge")
BRANCHES = (
    *("run", "event", "nElectron", "nMuon"),
    *(f"{collection}_{quantity}" for collection in ("Electron", "Muon") for quantity in _LEPTON_BRANCHES),
    *(f"Jet_{quantity}" for quantity in ("pt", "eta", "phi")),
)
"""Branches that a file must have, beside those of MET."""

LUMI_BRANCH = "luminosityBlock"
"""Tells, with run and event, one event from another; files that were slimmed may lack it."""

ISOLATION_BRANCHES = ("Electron_pfRelIso03_all", "Muon_pfRelIso04_all")
WEIGHT_BRANCH = "genWeight"
"""Absent in measured data, whose weight is 1."""


@dataclass(frozen=True)
class Selection:
    """Cuts on every lepton."""

    min_pt: float = 10.0  # GeV
    max_isolation: float | None = None
    electron_eta: float = ELECTRON_ETA
    muon_eta: float = MUON_ETA

    @property
    def branches(self) -> tuple[str, ...]:
        """What must be read to apply it."""
        return BRANCHES if self.max_isolation is None else (*BRANCHES, *ISOLATION_BRANCHES)


def _flat(chunk, branch: str) -> np.ndarray:
    """Values of a jagged branch, one after the other."""
    import awkward as ak

    return ak.to_numpy(ak.flatten(chunk[branch], axis=1))


def _event_of(chunk, branch: str) -> np.ndarray:
    """Row of the event to which each value of a jagged branch belongs."""
    import awkward as ak

    return np.repeat(np.arange(len(chunk)), ak.to_numpy(ak.num(chunk[branch])))


def _selected(chunk, collection: str, max_eta: float, isolation: str, selection: Selection) -> dict[str, np.ndarray]:
    """Flat columns (n,) of the leptons of one flavour that pass the cuts."""
    leptons = {name: _flat(chunk, f"{collection}_{name}").astype(float) for name in _LEPTON_BRANCHES}
    passed = np.all([np.isfinite(values) for values in leptons.values()], axis=0)
    passed &= (leptons["pt"] > selection.min_pt) & (np.abs(leptons["eta"]) < max_eta)
    if selection.max_isolation is not None:
        passed &= _flat(chunk, isolation) <= selection.max_isolation
    leptons["event"] = _event_of(chunk, f"{collection}_pt")
    leptons["is_muon"] = np.full(len(passed), collection == "Muon")
    return {name: values[passed] for name, values in leptons.items()}


def hardest_leptons(chunk, selection: Selection) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Rows (k,) of the events with three selected leptons, and columns (k, 3) of the hardest, by descending pt."""
    electrons = _selected(chunk, "Electron", selection.electron_eta, ISOLATION_BRANCHES[0], selection)
    muons = _selected(chunk, "Muon", selection.muon_eta, ISOLATION_BRANCHES[1], selection)
    leptons = {name: np.concatenate([electrons[name], muons[name]]) for name in electrons}
    counts = np.bincount(leptons["event"], minlength=len(chunk))
    enough = counts[leptons["event"]] >= 3
    leptons = {name: values[enough] for name, values in leptons.items()}
    # stable: of equal pt, electrons come first and keep their order
    order = np.lexsort((-leptons["pt"], leptons["event"]))
    rows = np.flatnonzero(counts >= 3)
    first = np.cumsum(counts[rows]) - counts[rows]
    three = order[first[:, None] + np.arange(3)]
    return rows, {name: values[three] for name, values in leptons.items() if name != "event"}


def z_pairs(leptons: dict[str, np.ndarray], vectors) -> tuple[np.ndarray, np.ndarray]:
    """Position in PAIRS of the Z pair of each event, and whether there is one: (k,) each."""
    first, second = PAIRS.T
    candidate = (leptons["charge"][:, first] * leptons["charge"][:, second] < 0) & (
        leptons["is_muon"][:, first] == leptons["is_muon"][:, second]
    )
    distance = np.abs((vectors[:, first] + vectors[:, second]).mass - Z_MASS)
    return np.where(candidate, distance, np.inf).argmin(axis=1), candidate.any(axis=1)


def jet_sums(jets, vectors) -> tuple[np.ndarray, np.ndarray]:
    """Number and scalar pt sum (GeV) of the accepted jets apart from the three leptons; (k,) each.

    ``jets`` are the chunk's records of the k events, ``vectors`` their leptons (k, 3).
    """
    pt, eta, phi = (_flat(jets, f"Jet_{name}").astype(float) for name in ("pt", "eta", "phi"))
    event = _event_of(jets, "Jet_pt")
    accepted = (pt > JET_PT) & (np.abs(eta) < JET_ETA) & np.isfinite(pt) & np.isfinite(phi)
    pt, eta, phi, event = (values[accepted] for values in (pt, eta, phi, event))
    distance = np.hypot(eta[:, None] - vectors.eta[event], delta_phi(phi[:, None], vectors.phi[event]))
    apart = (distance >= JET_CLEANING).all(axis=1)
    n = len(vectors)
    return np.bincount(event[apart], minlength=n), np.bincount(event[apart], pt[apart], minlength=n)


def check_layout(chunk, source: str) -> None:
    """Refuse branches that do not hold what NanoAOD has under their names: lists of numbers, or one number an event."""
    for name in chunk.fields:
        wanted = 2 if name.startswith(("Electron_", "Muon_", "Jet_")) else 1
        if chunk[name].ndim != wanted:
            raise RootFileError(
                f"{source}: the branch {name!r} holds {chunk[name].type.content}, but "
                f"{'a list of numbers' if wanted == 2 else 'one number'} an event is expected; take a NanoAOD file"
            )


def trilepton_rows(
    chunk, selection: Selection, dataset_id: int, missing: float = np.nan, met: str = MET_KINDS[0]
) -> tuple[np.ndarray, Counter]:
    """The events of a chunk of NanoAOD that are kept, in their order, as ROW_DTYPE; and the counts of all.

    Counted are read, kept, not_finite (rejected for that), too_few_leptons (the other rejected ones), without_z, and
    the kept ones of each channel.
    """
    import awkward as ak

    weight = ak.to_numpy(chunk[WEIGHT_BRANCH]) if WEIGHT_BRANCH in chunk.fields else np.ones(len(chunk))
    finite = np.isfinite(weight)
    for name in met_branches(met):
        finite &= np.isfinite(ak.to_numpy(chunk[name]))
    counts = Counter(read=len(chunk), not_finite=int((~finite).sum()))
    chunk, weight = chunk[finite], weight[finite]

    chosen, leptons = hardest_leptons(chunk, selection)
    kept, vectors = chunk[chosen], four_vectors(*(leptons[name] for name in ("pt", "eta", "phi", "mass")))
    rows = np.zeros(len(chosen), ROW_DTYPE)
    for name in ("run", "event", "nElectron", "nMuon"):
        rows[name] = ak.to_numpy(kept[name])
    for name, branch in zip(met_branches("MET"), met_branches(met), strict=True):
        rows[name] = ak.to_numpy(kept[branch])
    for rank in range(3):
        for quantity in ("pt", "eta", "phi"):
            rows[f"Lep{rank + 1}_{quantity}"] = leptons[quantity][:, rank]
    rows["Dataset_ID"], rows["weight"] = dataset_id, weight[chosen]
    rows["Channel"] = leptons["is_muon"].sum(axis=1)
    rows["nJet"], rows["HT"] = jet_sums(kept, vectors)
    all_three = vectors[:, 0] + vectors[:, 1] + vectors[:, 2]
    rows["Lll_mass"], rows["Lll_pt"] = all_three.mass, all_three.pt
    has_z = _fill_z(rows, leptons, vectors, missing)

    counts.update(kept=len(rows), too_few_leptons=len(chunk) - len(rows), without_z=int((~has_z).sum()))
    counts.update({channel: int((rows["Channel"] == i).sum()) for i, channel in enumerate(CHANNELS)})
    return rows, counts


def _fill_z(rows: np.ndarray, leptons: dict[str, np.ndarray], vectors, missing: float) -> np.ndarray:
    """Fill in what depends on the Z pair; return whether each event has one."""
    pair, has_z = z_pairs(leptons, vectors)
    event = np.arange(len(rows))
    first, second = (vectors[event, PAIRS[pair, side]] for side in (0, 1))
    third = vectors[event, 3 - PAIRS[pair].sum(axis=1)]
    z, delta_r = first + second, first.deltaR(second)
    for i, channel in enumerate(CHANNELS):
        here = has_z & (rows["Channel"] == i)
        rows[f"{channel}_Zmass"] = np.where(here, z.mass, missing)
        rows[f"{channel}_Dr_Z"] = np.where(here, delta_r, missing)
    rows["Z_pt"] = np.where(has_z, z.pt, missing)
    w_mt = transverse_mass(third.pt, third.phi, rows["MET_pt"], rows["MET_phi"])
    rows["W_mt"] = np.where(has_z, w_mt, missing)
    return has_z


def skim_nanoaod(
    sources: Iterable[str | Path],
    output: str | Path,
    dataset_id: int,
    sample: str = "",
    selection: Selection | None = None,
    missing: str = "nan",
    met: str | None = None,
    step: int = STEP_ENTRIES,
    show_progress: bool = True,
) -> dict[str, int]:
    """Write the trilepton events of NanoAOD files (paths or addresses) to the row file ``output``; return the counts.

    Reads ``step`` events at a time; the result does not depend on it. ``met`` is the kind of MET to take, as in
    :func:`choose_met`. A file that is given twice is read once (:func:`files_once`), and events that repeat an earlier
    one (same run, luminosity block and number) are kept and counted, both told on stderr and in the attributes. No
    event at all is allowed, and told too. Raises RootFileError, with nothing written, if a file cannot be used.
    """
    sources, selection = [str(source) for source in sources], selection or Selection()
    same = files_once(sources, TREE)
    distinct = [source for source in dict.fromkeys(sources) if same.get(source, source) == source]
    kind = choose_met(distinct, met)
    print(f"{sample or output}: MET is {kind}", file=sys.stderr)
    attributes: dict[str, Any] = {
        "sample": sample,
        "Dataset_ID": dataset_id,
        "variables": list(VARIABLES),
        "units": UNITS,
        "cuts": asdict(selection),
        "missing": missing,
        "met": kind,
    }
    branches, optional = (*selection.branches, *met_branches(kind)), (WEIGHT_BRANCH, LUMI_BRANCH)
    counts, described = Counter(), {}
    bar = tqdm(desc=sample or "NanoAOD", unit="event", unit_scale=True, disable=not show_progress, mininterval=2.0)
    with (
        bar,
        EventRegister(output) as register,
        RowWriter(output, {"events": (ROW_DTYPE, ())}, attributes) as writer,
    ):
        for source in distinct:
            n_before = counts["read"]
            for chunk in iterate_tree(source, TREE, branches, optional, step):
                check_layout(chunk, source)
                rows, found = trilepton_rows(chunk, selection, dataset_id, MISSING[missing], kind)
                counts.update(found)
                register.add(_event_keys(chunk))
                writer.append(events=rows)
                bar.update(len(chunk))
            described[source] = describe_source(source, counts["read"] - n_before)
        # named one by one, because a Counter leaves out what it never met
        result = {name: counts[name] for name in COUNTS}
        repeated = register.tell_repeated(sample or str(output), "same run, luminosity block and number")
        writer.attributes |= {
            "counts": result,
            "sources": [described.pop(source, {"path": source, "same_as": same.get(source)}) for source in sources],
            "repeated_events": repeated,
        }
    if not result["kept"]:
        print(f"warning: {sample or output}: none of {result['read']} events has three leptons", file=sys.stderr)
    return result


def _event_keys(chunk) -> np.ndarray:
    """Hashes (N,) of run, luminosity block (where there is one) and number of the events of a chunk."""
    import awkward as ak

    return hash_columns(ak.to_numpy(chunk[name]) for name in ("run", LUMI_BRANCH, "event") if name in chunk.fields)


def mix_trileptons(
    sources: Iterable[str | Path],
    output: str | Path,
    root_output: str | Path,
    signal: Iterable[str],
    seed: int,
    bucket_rows: int = 250_000,
) -> int:
    """:func:`mix_samples` of skimmed files, also as a flat ROOT tree; return the number of events.

    Samples of different kinds of MET are mixed with a warning; the attribute ``met`` has the kind of each sample.
    """
    sources = list(sources)
    kinds = {}
    for source in sources:
        with RowReader(source) as reader:
            if len(reader):
                kinds[reader.attributes["sample"]] = reader.attributes["met"]
    if len(set(kinds.values())) > 1:
        listed = ", ".join(f"{kind} in {sample}" for sample, kind in kinds.items())
        print(
            f"warning: MET is not of one kind ({listed}), so that samples differ in it for that reason alone; set "
            "trileptons.met to a kind that all of them have",
            file=sys.stderr,
        )
    same = ("variables", "units", "cuts", "missing")
    total = mix_samples(sources, output, signal, seed, bucket_rows, same, {"met": kinds})
    rows_to_root(output, root_output, "events", TREE)
    return total
