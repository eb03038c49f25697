"""Flat dilepton n-tuples, read: the classifiers' seven features and the 22 variables of event images (SYSTEMS 1.3).

Whose files these are does not matter: ours (``dilepton_ntuples`` says what is in them) or a user's with the same
branches, in one file or many.

Features (style thesis 3.3): of every event. The thesis subtracts the azimuths as they are, so that its differences
run from -2 pi to 2 pi and the same pair of directions has two values; here they are wrapped to (-pi, pi].

Image variables (style thesis; 21 in chapter 4, the azimuth of MET added in chapter 5): of the events with both leptons
of pt > 20 GeV and |eta| < 2.4, and both b-jets of pt > 20 GeV and |eta| < 3.0, all of these strict: an event that lies
on a cut is out. (The thesis's listing keeps it; in real numbers nothing depends on it.) Masses and momenta of pairs
come from four-vectors with the masses in the file.

Transverse mass of a lepton and MET, two kinds:

- ``standard``, the default: sqrt(2 pt met (1 - cos delta phi)). It ends at the W mass if both come from one W, and is
  what the field means by the name.
- ``summed``, as the thesis computes it: E^2 - pz^2 of the summed four-vector, MET with the eta and mass in the file.
  With eta = 0 this is (E_lepton + met)^2 - pz_lepton^2, in which the angle between the two cancels out, so that it is
  no function of the event's topology and never below pt + met: a measure of hardness like ST. Meant for comparison
  with the thesis.

Test events are a random sixth of the mixed features (rule ``mix_dileptons``). The thesis's listing takes the first
sixth of each file, unshuffled: the same share, but for what an order in the files would do.

Entries with a value that no event can have are put aside, with file, entry and reason, and are in neither output.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deepcollider.files import full_disk_told
from deepcollider.physics.events import wrap_phi
from deepcollider.physics.kinematics import delta_phi, four_vectors, transverse_mass
from deepcollider.sources.dilepton_branches import BRANCHES, TREE
from deepcollider.sources.repeated_events import EventRegister, hash_columns
from deepcollider.sources.root_files import STEP_ENTRIES, RootFileError, describe_source, files_once, iterate_tree
from deepcollider.store.rows import RowWriter

Branches = dict[str, np.ndarray]
"""Branch -> (N,) float32, GeV and rad."""

FEATURES = ("met", "delta_phi_ll", "lep1_pt", "lep2_pt", "delta_phi_bb", "b1_pt", "b2_pt")
PRIMARY = {
    f"{particle}_{component}": f"{component}{branch}"
    for particle, branch in (("lep1", "lep1"), ("lep2", "lep2"), ("b1", "b1"), ("b2", "b2"))
    for component in ("pt", "eta", "phi")
}
"""Image variable -> the branch that it is, for the 12 that are measured."""
SECONDARY = ("met", "met_phi", "ht", "st", "m_ll", "mt_lep1_met", "mt_lep2_met", "m_jj", "pt_ll", "pt_jj")
IMAGE_VARIABLES = (*PRIMARY, *SECONDARY)

TRANSVERSE_MASSES = ("standard", "summed")

MAX_PT = 7000.0
"""GeV, energy of a beam of the LHC at 14 TeV."""
MAX_ETA, MAX_PHI = 10.0, 2 * np.pi
"""No particle of 1 GeV can lie beyond this eta; phi may be counted from 0 or from -pi."""

GIVE_UP_ENTRIES = 100_000
"""With so many bad entries, and too many of those read, the rest is not read: the quarantine stays small."""

SHOWN_SOURCES = 100
"""So many sources are named in the attributes, which HDF5 limits to 64 kB; all are in the log."""


class TooManyBadEntries(RootFileError):  # noqa: N818 - says what is the matter
    """More entries are unusable than the configuration allows."""


@dataclass(frozen=True)
class Block:
    """Consecutive entries of one file."""

    path: str
    first: int  # number of the first entry in its file
    branches: Branches

    def __len__(self) -> int:
        return len(self.branches["ptlep1"])


@dataclass(frozen=True)
class Cuts:
    """Selection for event images, on both leptons and both b-jets: pt above (GeV), |eta| below."""

    lepton_pt: float = 20.0
    lepton_eta: float = 2.4
    b_pt: float = 20.0
    b_eta: float = 3.0

    def passed(self, branches: Branches) -> np.ndarray:
        """Whether each event passes, (N,) bool."""
        passed = np.ones(len(branches["ptlep1"]), bool)
        for particles, pt, eta in (("lep", self.lepton_pt, self.lepton_eta), ("b", self.b_pt, self.b_eta)):
            for rank in "12":
                passed &= branches[f"pt{particles}{rank}"] > pt
                passed &= np.abs(branches[f"eta{particles}{rank}"]) < eta
        return passed


def row_dtype(names: Iterable[str]) -> np.dtype:
    """One row of an output: the named variables and the number of the sample."""
    return np.dtype([*((name, "f4") for name in names), ("Dataset_ID", "i4")])


FEATURE_DTYPE, IMAGE_DTYPE = row_dtype(FEATURES), row_dtype(IMAGE_VARIABLES)


def _rows(columns: Branches, dtype: np.dtype, dataset_id: int) -> np.ndarray:
    rows = np.empty(len(columns["met"]), dtype)
    rows["Dataset_ID"] = dataset_id
    for name, values in columns.items():
        # in float32 pi is above pi, and so may be what lay just below
        rows[name] = wrap_phi(np.asarray(values, "f4")) if "phi" in name else values
    return rows


def classifier_features(branches: Branches, dataset_id: int) -> np.ndarray:
    """The seven features of each event, (N,) of FEATURE_DTYPE."""
    columns = {
        "met": branches["ptMET"],
        "delta_phi_ll": delta_phi(branches["philep1"], branches["philep2"]),
        "lep1_pt": branches["ptlep1"],
        "lep2_pt": branches["ptlep2"],
        "delta_phi_bb": delta_phi(branches["phib1"], branches["phib2"]),
        "b1_pt": branches["ptb1"],
        "b2_pt": branches["ptb2"],
    }
    return _rows(columns, FEATURE_DTYPE, dataset_id)


def _particle(branches: Branches, name: str):
    return four_vectors(*(branches[component + name] for component in ("pt", "eta", "phi", "m")))


def _lepton_met_mass(branches: Branches, lepton: str, kind: str) -> np.ndarray:
    if kind == "summed":
        return (_particle(branches, lepton) + _particle(branches, "MET")).mt
    names = (f"pt{lepton}", f"phi{lepton}", "ptMET", "phiMET")
    return transverse_mass(*(branches[name] for name in names))


def image_variables(branches: Branches, dataset_id: int, transverse_mass_kind: str = "standard") -> np.ndarray:
    """The 22 image variables of each event, (N,) of IMAGE_DTYPE; no cuts."""
    leptons = _particle(branches, "lep1") + _particle(branches, "lep2")
    jets = _particle(branches, "b1") + _particle(branches, "b2")
    ht = branches["ptb1"].astype("f8") + branches["ptb2"]
    columns = {name: branches[branch] for name, branch in PRIMARY.items()} | {
        "met": branches["ptMET"],
        "met_phi": branches["phiMET"],
        "ht": ht,
        "st": ht + branches["ptlep1"] + branches["ptlep2"],
        "m_ll": leptons.mass,
        "mt_lep1_met": _lepton_met_mass(branches, "lep1", transverse_mass_kind),
        "mt_lep2_met": _lepton_met_mass(branches, "lep2", transverse_mass_kind),
        "m_jj": jets.mass,
        "pt_ll": leptons.pt,
        "pt_jj": jets.pt,
    }
    return _rows(columns, IMAGE_DTYPE, dataset_id)


def branches_needed(transverse_mass_kind: str) -> list[str]:
    """The branches to read: all; eta and mass of MET only where they are used."""
    if transverse_mass_kind not in TRANSVERSE_MASSES:
        raise ValueError(f"transverse mass {transverse_mass_kind!r}: must be {' or '.join(TRANSVERSE_MASSES)}")
    return [name for name in BRANCHES if transverse_mass_kind == "summed" or name not in ("etaMET", "mMET")]


def read_blocks(paths: Iterable[str], branches: list[str], step: int = STEP_ENTRIES) -> Iterator[Block]:
    """The entries of all files in order, at most ``step`` at a time; raises RootFileError as ``iterate_tree`` does."""
    for path in paths:
        first = 0
        for entries in iterate_tree(path, TREE, branches, step=step):
            block = Block(path, first, {name: _as_numbers(entries[name], path, name) for name in branches})
            yield block
            first += len(block)


def _as_numbers(values, path: str, name: str) -> np.ndarray:
    """A branch (awkward) as float32."""
    kind = str(values.type.content)
    if kind.rstrip("0123456789") not in ("float", "int", "uint"):
        raise RootFileError(
            f"{path}: the branch {name!r} holds {kind}, but one number an entry is expected; "
            "write the two leptons and b-jets of each event to branches of their own"
        )
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is found as such
        return values.to_numpy().astype("f4")


def faults(branches: Branches) -> dict[int, str]:
    """Entries (numbered within the block) with a value that no event can have, and the first such value of each."""
    found: dict[int, str] = {}
    for name, values in branches.items():
        checks = [(~np.isfinite(values), "")]
        if name.startswith("pt"):
            checks += [(values < 0, ""), (values > MAX_PT, f", above {MAX_PT:g} GeV; is the file in MeV?")]
        if name.startswith("eta"):
            checks.append((np.abs(values) > MAX_ETA, f", beyond {MAX_ETA:g}"))
        if name.startswith("phi"):
            checks.append((np.abs(values) > MAX_PHI, "; must be in rad"))
        for bad, remark in checks:
            for row in np.flatnonzero(bad).tolist():
                found.setdefault(row, f"{name} is {values[row]:g}{remark}")
    return found


class _Quarantine:
    """The running state of one skim: counts, what was put aside and the rule when to give up."""

    def __init__(self, file, path: Path, max_bad_fraction: float):
        self.file, self.path, self.max_bad_fraction = file, path, max_bad_fraction
        self.n_read = self.n_bad = 0
        self.first = ""
        file.write("file\tentry\treason\n")

    def good_entries(self, block: Block) -> Branches:
        """The entries of a block that are no nonsense; the others are written down."""
        found = faults(block.branches)
        for row in sorted(found):
            self.file.write(f"{block.path}\t{block.first + row}\t{found[row]}\n")
            self.first = self.first or f"{block.path}, entry {block.first + row}: {found[row]}"
        self.n_read += len(block)
        self.n_bad += len(found)
        self.check(at_end=False)
        good = np.ones(len(block), bool)
        good[list(found)] = False
        return {name: values[good] for name, values in block.branches.items()}

    def check(self, at_end: bool) -> None:
        too_many = self.n_bad > self.max_bad_fraction * self.n_read
        if too_many and (at_end or self.n_bad >= GIVE_UP_ENTRIES):
            raise TooManyBadEntries(
                f"{self.n_bad} of {self.n_read} entries are unusable ({self.n_bad / self.n_read:.2%}, "
                f"{self.max_bad_fraction:.2%} allowed); the first is {self.first}. All are in {self.path}; if they can "
                "be spared, raise skim.max_bad_fraction in the configuration, otherwise correct the file"
            )


def skim_dileptons(
    paths: Iterable[str | Path],
    features_path: str | Path,
    images_path: str | Path,
    quarantine_path: str | Path,
    *,
    sample: str,
    dataset_id: int,
    cuts: Cuts | None = None,
    transverse_mass_kind: str = "standard",
    max_bad_fraction: float = 0.01,
    step: int = STEP_ENTRIES,
    show_progress: bool = True,
) -> dict[str, int]:
    """Write the dataset ``events`` of both outputs from the trees of a sample; return the counts, also an attribute.

    ``paths`` are files or addresses; one that is given twice is read once (:func:`files_once`). Entries that repeat an
    earlier one in all that is read are kept and counted, told on stderr and as the attribute ``repeated_events``. The
    rows do not depend on ``step``. read = quarantined + kept, all of these with features; ``kept_for_images`` of them
    pass the cuts. Raises RootFileError for whatever is wrong with a file and for samples without any entry,
    TooManyBadEntries past ``max_bad_fraction``; then there is no output but the quarantine.
    """
    cuts, paths, quarantine_path = cuts or Cuts(), [str(path) for path in paths], Path(quarantine_path)
    needed = branches_needed(transverse_mass_kind)
    quarantine_path.parent.mkdir(parents=True, exist_ok=True)
    same = files_once(paths, TREE)
    n_entries = {path: 0 for path in paths if same.get(path, path) == path}
    with (
        tqdm(desc=sample, unit="event", file=sys.stderr, disable=not show_progress, mininterval=2.0) as progress,
        full_disk_told(quarantine_path),
        open(quarantine_path, "w", encoding="utf-8") as file,
        EventRegister(features_path) as register,
        RowWriter(features_path, {"events": (FEATURE_DTYPE, ())}) as features,
        RowWriter(images_path, {"events": (IMAGE_DTYPE, ())}) as images,
    ):
        quarantine = _Quarantine(file, quarantine_path, max_bad_fraction)
        for block in read_blocks(n_entries, needed, step):
            register.add(hash_columns(block.branches[name] for name in needed))
            good = quarantine.good_entries(block)
            features.append(events=classifier_features(good, dataset_id))
            passed = cuts.passed(good)
            chosen = {name: values[passed] for name, values in good.items()}
            images.append(events=image_variables(chosen, dataset_id, transverse_mass_kind))
            n_entries[block.path] += len(block)
            progress.update(len(block))
        quarantine.check(at_end=True)
        if not quarantine.n_read:
            raise RootFileError(f"{', '.join(paths)}: no entry in any tree {TREE!r}; take other files")
        counts = {
            "read": quarantine.n_read,
            "quarantined": quarantine.n_bad,
            "kept": features.written,
            "kept_for_images": images.written,
        }
        common = {
            "sample": sample,
            "Dataset_ID": dataset_id,
            "sources": list(n_entries)[:SHOWN_SOURCES],
            "n_sources": len(n_entries),
            "same_files": dict(list(same.items())[:SHOWN_SOURCES]),
            "counts": counts,
            "repeated_events": register.tell_repeated(sample, "the same in all branches"),
        }
        features.attributes |= common | {"cuts": "none", "units": _units(FEATURES)}
        images.attributes |= common | {
            "cuts": asdict(cuts),
            "units": _units(IMAGE_VARIABLES),
            "transverse_mass": transverse_mass_kind,
        }
    for path, n in n_entries.items():
        describe_source(path, n)
    return counts


def _units(names: Iterable[str]) -> dict[str, str]:
    return {name: "rad" if "phi" in name else "1" if "eta" in name else "GeV" for name in names}
