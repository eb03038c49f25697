"""Dilepton trees read: hand-computed events, a second implementation in plain Python, cuts, faulty files."""

import math

import h5py
import numpy as np
import pytest
import uproot

from deepcollider.sources import dileptons
from deepcollider.sources.dilepton_branches import BRANCHES, TREE
from deepcollider.sources.dileptons import Cuts, skim_dileptons
from deepcollider.sources.mixing import mix_samples
from deepcollider.sources.root_files import RootFileError, expand_paths
from deepcollider.store.rows import RowFileError, RowReader
from deepcollider.store.shuffle import split

HALF_PI = math.pi / 2
EVENT = {  # pt, eta, phi, m
    "lep1": (50.0, 0.0, 0.0, 0.0),
    "lep2": (30.0, 0.0, math.pi, 0.0),
    "b1": (60.0, 1.0, HALF_PI, 5.0),
    "b2": (40.0, -0.5, -HALF_PI, 4.0),
    "MET": (45.0, 0.0, 0.0, 0.0),
}
"""Leptons back to back, b-jets back to back in the transverse plane, MET along the first lepton."""


def changed(**particles):
    return EVENT | particles


def tree_of(*events):
    """Events as branches."""
    return {
        component + name: np.array([event[name][i] for event in events], "f4")
        for name in EVENT
        for i, component in enumerate(("pt", "eta", "phi", "m"))
    }


def write_tree(path, branches, types=None, tree=TREE):
    with uproot.recreate(path) as file:
        written = file.mktree(tree, types or {name: np.dtype("f4") for name in branches})
        if len(next(iter(branches.values()))):
            written.extend(branches)
    return str(path)


def random_branches(n, seed=1):
    rng = np.random.default_rng(seed)
    branches = {}
    for name in EVENT:
        branches |= {
            f"pt{name}": rng.exponential(40, n) + 12,
            f"eta{name}": rng.uniform(-3.2, 3.2, n),
            f"phi{name}": rng.uniform(-math.pi, math.pi, n),
            f"m{name}": rng.uniform(0, 12, n) if name.startswith("b") else np.full(n, 0.10566),
        }
    branches["etaMET"][:] = branches["mMET"][:] = 0
    return {name: values.astype("f4") for name, values in branches.items()}


class Outputs:
    """Skim into a folder, and what it gave."""

    def __init__(self, folder):
        self.folder = folder
        self.features, self.images = folder / "features.h5", folder / "images.h5"
        self.quarantine = folder / "quarantine.tsv"

    def skim(self, *paths, dataset_id=1, **options):
        options = {"sample": "own", "dataset_id": dataset_id, "show_progress": False} | options
        return skim_dileptons(paths, self.features, self.images, self.quarantine, **options)

    def rows(self):
        found = []
        for path in (self.features, self.images):
            with RowReader(path) as reader:
                found.append(reader.read()["events"])
        return found


@pytest.fixture
def outputs(tmp_path):
    return Outputs(tmp_path)


@pytest.fixture
def skimmed(tmp_path, outputs):
    """Features and images of events made by hand."""

    def skim(*events, **options):
        outputs.skim(write_tree(tmp_path / "own.root", tree_of(*events)), **options)
        return outputs.rows()

    return skim


def test_fields_are_in_the_documented_order(skimmed):
    features, images = skimmed(EVENT)
    assert features.dtype.names == (
        *("met", "delta_phi_ll", "lep1_pt", "lep2_pt", "delta_phi_bb", "b1_pt", "b2_pt"),
        "Dataset_ID",
    )
    assert images.dtype.names == (
        *("lep1_pt", "lep1_eta", "lep1_phi", "lep2_pt", "lep2_eta", "lep2_phi"),
        *("b1_pt", "b1_eta", "b1_phi", "b2_pt", "b2_eta", "b2_phi"),
        *("met", "met_phi", "ht", "st", "m_ll", "mt_lep1_met", "mt_lep2_met", "m_jj", "pt_ll", "pt_jj"),
        "Dataset_ID",
    )


def test_event_by_hand(skimmed):
    (features,), (image,) = skimmed(EVENT, dataset_id=7)
    assert features["Dataset_ID"] == image["Dataset_ID"] == 7
    assert [features[name] for name in ("met", "lep1_pt", "lep2_pt", "b1_pt", "b2_pt")] == [45, 50, 30, 60, 40]
    assert abs(features["delta_phi_ll"]) == pytest.approx(math.pi)
    assert abs(features["delta_phi_bb"]) == pytest.approx(math.pi)
    assert image["ht"] == 60 + 40 and image["st"] == 60 + 40 + 50 + 30
    assert image["m_ll"] == pytest.approx(math.sqrt(2 * 50 * 30 * 2))
    assert image["pt_ll"] == pytest.approx(50 - 30, rel=1e-5) and image["pt_jj"] == pytest.approx(60 - 40, rel=1e-5)
    energies = [math.sqrt(25 + (60 * math.cosh(1)) ** 2), math.sqrt(16 + (40 * math.cosh(0.5)) ** 2)]
    along = -60 * 40 + 60 * math.sinh(1) * 40 * math.sinh(-0.5)
    assert image["m_jj"] == pytest.approx(math.sqrt(25 + 16 + 2 * (energies[0] * energies[1] - along)), rel=1e-6)
    assert image["mt_lep1_met"] == pytest.approx(0, abs=1e-5)
    assert image["mt_lep2_met"] == pytest.approx(2 * math.sqrt(30 * 45))
    assert (image["met"], image["met_phi"]) == (45, 0)
    assert (image["b2_pt"], image["b2_eta"], image["b2_phi"]) == (40, -0.5, np.float32(-HALF_PI))


def test_two_kinds_of_transverse_mass(skimmed):
    """Of the summed four-vector it is (E + met)^2 - pz^2, wherever MET points."""
    events = [changed(lep1=(50.0, 1.0, 0.0, 0.0), MET=(45.0, 0.0, phi, 0.0)) for phi in (0.0, 3.0)]
    _, standard = skimmed(*events)
    _, summed = skimmed(*events, transverse_mass_kind="summed")
    by_hand = math.sqrt((50 * math.cosh(1) + 45) ** 2 - (50 * math.sinh(1)) ** 2)
    assert summed["mt_lep1_met"] == pytest.approx([by_hand, by_hand], rel=1e-6)
    assert standard["mt_lep1_met"] == pytest.approx([0, math.sqrt(2 * 50 * 45 * (1 - math.cos(3)))], abs=1e-5)
    same = [name for name in standard.dtype.names if not name.startswith("mt_")]
    assert (standard[same] == summed[same]).all()


class LorentzVector:
    """Component by component, as ROOT's TLorentzVector defines its functions."""

    def __init__(self, px, py, pz, e):
        self.px, self.py, self.pz, self.e = px, py, pz, e

    @classmethod
    def of(cls, pt, eta, phi, m):
        px, py, pz = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
        return cls(px, py, pz, math.sqrt(px * px + py * py + pz * pz + m * m))

    def __add__(self, other):
        return LorentzVector(self.px + other.px, self.py + other.py, self.pz + other.pz, self.e + other.e)

    @property
    def m(self):
        square = self.e**2 - self.px**2 - self.py**2 - self.pz**2
        return math.copysign(math.sqrt(abs(square)), square)

    @property
    def pt(self):
        return math.hypot(self.px, self.py)

    @property
    def mt(self):
        return math.sqrt(self.e**2 - self.pz**2)


def turned(angle):
    while angle > math.pi:
        angle -= 2 * math.pi
    while angle <= -math.pi:
        angle += 2 * math.pi
    return angle


def in_plain_python(branches, summed):
    """Features and image rows, event by event."""
    features, images = [], []
    for i in range(len(branches["ptMET"])):
        event = {name: float(values[i]) for name, values in branches.items()}
        lep1, lep2, b1, b2, met = (
            LorentzVector.of(*(event[component + name] for component in ("pt", "eta", "phi", "m"))) for name in EVENT
        )
        features.append(
            [
                *(event["ptMET"], turned(event["philep1"] - event["philep2"]), event["ptlep1"], event["ptlep2"]),
                *(turned(event["phib1"] - event["phib2"]), event["ptb1"], event["ptb2"]),
            ]
        )
        if max(abs(event["etalep1"]), abs(event["etalep2"])) >= 2.4 or min(event["ptlep1"], event["ptlep2"]) <= 20:
            continue
        if max(abs(event["etab1"]), abs(event["etab2"])) >= 3 or min(event["ptb1"], event["ptb2"]) <= 20:
            continue
        mt = [
            (lepton + met).mt
            if summed
            else math.sqrt(2 * lepton.pt * met.pt * (1 - math.cos(event["phi" + name] - event["phiMET"])))
            for lepton, name in ((lep1, "lep1"), (lep2, "lep2"))
        ]
        images.append(
            [event[c + name] for name in ("lep1", "lep2", "b1", "b2") for c in ("pt", "eta", "phi")]
            + [event["ptMET"], event["phiMET"], b1.pt + b2.pt, b1.pt + b2.pt + lep1.pt + lep2.pt, (lep1 + lep2).m]
            + [*mt, (b1 + b2).m, (lep1 + lep2).pt, (b1 + b2).pt]
        )
    return np.array(features), np.array(images)


def numbers(rows):
    """All columns but the last."""
    return np.array([[row[name] for name in rows.dtype.names[:-1]] for row in rows], float)


@pytest.mark.parametrize("kind", ["standard", "summed"])
def test_agrees_with_a_plain_implementation_on_random_events(tmp_path, outputs, kind):
    branches = random_branches(600)
    counts = outputs.skim(write_tree(tmp_path / "own.root", branches), transverse_mass_kind=kind)
    features, images = outputs.rows()
    expected_features, expected_images = in_plain_python(branches, kind == "summed")
    assert numbers(features) == pytest.approx(expected_features, rel=2e-6, abs=2e-6)
    assert numbers(images) == pytest.approx(expected_images, rel=2e-6, abs=1e-4)
    assert counts == {"read": 600, "quarantined": 0, "kept": 600, "kept_for_images": len(expected_images)}
    assert 60 < len(expected_images) < 540


def test_rows_do_not_depend_on_the_step_nor_on_the_files(tmp_path, outputs):
    branches = random_branches(100)
    whole = write_tree(tmp_path / "whole.root", branches)
    parts = [
        write_tree(tmp_path / f"part-{i}.root", {name: values[a:b] for name, values in branches.items()})
        for i, (a, b) in enumerate([(0, 33), (33, 33), (33, 100)])
    ]
    outputs.skim(whole)
    expected = outputs.rows()
    for paths, step in (([whole], 1), ([whole], 7), ([whole], 100), (parts, 10), (parts, 1000)):
        outputs.skim(*paths, step=step)
        assert all((found == rows).all() for found, rows in zip(outputs.rows(), expected, strict=True))


@pytest.mark.parametrize(
    ("particle", "inside", "on_the_cut"),
    [
        ("lep1", (20.001, 2.399), (20.0, 2.4)),
        ("lep2", (20.001, -2.399), (20.0, -2.4)),
        ("b1", (20.001, 2.999), (20.0, 3.0)),
        ("b2", (20.001, -2.999), (20.0, -3.0)),
    ],
)
def test_an_event_on_a_cut_is_out_of_the_images_only(skimmed, particle, inside, on_the_cut):
    events = [
        changed(**{particle: (pt, eta, 0.3, 0.1)})
        for pt, eta in (inside, (on_the_cut[0], inside[1]), (inside[0], on_the_cut[1]))
    ]
    features, images = skimmed(*events)
    assert len(features) == 3
    assert images[f"{particle}_pt"] == pytest.approx([inside[0]])
    assert images[f"{particle}_eta"] == pytest.approx([inside[1]])


def test_cuts_of_the_configuration_count(skimmed):
    events = [changed(lep2=(pt, 0.0, 1.0, 0.0)) for pt in (22.0, 28.0)]
    assert len(skimmed(*events)[1]) == 2
    features, images = skimmed(*events, cuts=Cuts(lepton_pt=25))
    assert len(features) == 2 and images["lep2_pt"] == [28]
    assert len(skimmed(*events, cuts=Cuts(b_eta=0.9))[1]) == 0


def test_delta_phi_is_wrapped_and_signed(skimmed):
    angles = [(3.0, -3.0), (-3.0, 3.0), (0.2, 0.7), (6.0, 0.5)]  # the last counts from 0
    features, images = skimmed(
        *(changed(lep1=(50.0, 0.0, one, 0.0), lep2=(30.0, 0.0, two, 0.0)) for one, two in angles)
    )
    expected = [6 - 2 * math.pi, 2 * math.pi - 6, -0.5, 5.5 - 2 * math.pi]
    assert features["delta_phi_ll"] == pytest.approx(expected, abs=1e-6)
    assert images["lep1_phi"] == pytest.approx([3, -3, 0.2, 6 - 2 * math.pi], abs=1e-6)


def test_angles_stay_in_their_range_in_single_precision(skimmed):
    almost = float(np.nextafter(np.float32(math.pi), np.float32(0)))
    steps = [changed(lep1=(50.0, 0.0, almost, 0.0), lep2=(30.0, 0.0, low * 1e-7, 0.0)) for low in range(-4, 5)]
    features, _ = skimmed(*steps)
    found = features["delta_phi_ll"].astype(float)
    assert (np.abs(found) <= math.pi).all() and (np.abs(found) > 3.1415).all()


def test_users_files_by_glob_in_double_precision(tmp_path, outputs):
    """Sorted by name, with further branches, in other types."""
    for name, pt in (("b", 61), ("a", 51), ("c", 71)):
        branches = {key: values.astype("f8") for key, values in tree_of(changed(lep1=(pt, 0.0, 0.0, 0.0))).items()}
        branches |= {"ptMET": np.array([45]), "weight": np.array([2.5])}
        types = {key: values.dtype for key, values in branches.items()}
        write_tree(tmp_path / f"{name}.root", branches, types)
    (tmp_path / "notes.txt").write_text("not ROOT")
    outputs.skim(*expand_paths([str(tmp_path / "*.root")]))
    features, _ = outputs.rows()
    assert features["lep1_pt"].tolist() == [51, 61, 71] and features["met"].tolist() == [45, 45, 45]
    with h5py.File(outputs.features) as file:
        assert file.attrs["n_sources"] == 3 and "b.root" in file.attrs["sources"]


def nothing_written(outputs):
    return not outputs.features.exists() and not outputs.images.exists()


def test_missing_branch_is_named(tmp_path, outputs):
    branches = tree_of(EVENT)
    branches["phi2lep"] = branches.pop("philep2")
    path = write_tree(tmp_path / "own.root", branches)
    with pytest.raises(RootFileError, match=r"own\.root.*lacks philep2 "):
        outputs.skim(path)
    assert nothing_written(outputs)


def test_eta_and_mass_of_met_are_needed_for_the_summed_mass_alone(tmp_path, outputs):
    branches = {name: values for name, values in tree_of(EVENT).items() if name not in ("etaMET", "mMET")}
    path = write_tree(tmp_path / "own.root", branches)
    assert outputs.skim(path)["kept_for_images"] == 1
    with pytest.raises(RootFileError, match="etaMET"):
        outputs.skim(path, transverse_mass_kind="summed")
    with pytest.raises(ValueError, match="'invariant': must be standard or summed"):
        outputs.skim(path, transverse_mass_kind="invariant")


def test_branch_with_a_list_an_event_is_refused(tmp_path, outputs):
    branches = tree_of(EVENT, EVENT) | {"ptlep1": [[50.0], [50.0, 30.0]]}
    types = {name: "var * float32" if name == "ptlep1" else np.dtype("f4") for name in branches}
    path = write_tree(tmp_path / "own.root", branches, types)
    with pytest.raises(RootFileError, match=r"own\.root: the branch 'ptlep1' holds var \* float32"):
        outputs.skim(path)
    assert nothing_written(outputs)


def test_no_entries_at_all(tmp_path, outputs):
    empty = write_tree(tmp_path / "empty.root", tree_of())
    with pytest.raises(RootFileError, match=r"empty\.root: no entry in any tree 't'"):
        outputs.skim(empty)
    assert nothing_written(outputs)


def test_another_tree_and_no_root_file(tmp_path, outputs):
    with pytest.raises(RootFileError, match=r"own\.root.*no tree 't' but events"):
        outputs.skim(write_tree(tmp_path / "own.root", tree_of(EVENT), tree="events"))
    (tmp_path / "text.root").write_text("<html>Not found</html>" * 100)
    with pytest.raises(RootFileError, match=r"text\.root"):
        outputs.skim(tmp_path / "text.root")
    with pytest.raises(RootFileError, match=r"nowhere-\*\.root"):
        outputs.skim(*expand_paths([str(tmp_path / "nowhere-*.root")]))


NONSENSE = [
    ("MET", (math.nan, 0.0, 0.0, 0.0), "ptMET is nan"),
    ("lep1", (math.inf, 0.0, 0.0, 0.0), "ptlep1 is inf"),
    ("b2", (1e300, 0.0, 0.0, 4.0), "ptb2 is inf"),
    ("lep2", (-999.0, 0.0, 0.0, 0.0), "ptlep2 is -999"),
    ("b1", (60.0, 1.0, 0.3, math.nan), "mb1 is nan"),
    ("b1", (60.0, -math.inf, 0.3, 5.0), "etab1 is -inf"),
    ("b1", (60.0, -99.0, 0.3, 5.0), "etab1 is -99, beyond 10"),
    ("lep1", (50.0, 0.0, 175.0, 0.0), "philep1 is 175; must be in rad"),
    ("lep1", (50_000.0, 0.0, 0.0, 0.0), "ptlep1 is 50000, above 7000 GeV; is the file in MeV?"),
]


@pytest.mark.parametrize(("particle", "values", "reason"), NONSENSE)
def test_entry_that_no_event_can_have_is_put_aside(tmp_path, outputs, particle, values, reason):
    events = [EVENT, changed(lep1=(51.0, 0.0, 0.0, 0.0)), changed(**{particle: values}), EVENT]
    with np.errstate(over="ignore"):
        first, second = (write_tree(tmp_path / f"{name}.root", tree_of(*events)) for name in "ab")
    counts = outputs.skim(first, second, max_bad_fraction=0.25, step=2)
    assert counts == {"read": 8, "quarantined": 2, "kept": 6, "kept_for_images": 6}
    features, images = outputs.rows()
    assert features["lep1_pt"].tolist() == images["lep1_pt"].tolist() == [50, 51, 50] * 2
    lines = outputs.quarantine.read_text().splitlines()
    assert lines == ["file\tentry\treason", f"{first}\t2\t{reason}", f"{second}\t2\t{reason}"]


def test_too_many_such_entries_stop_the_run_and_keep_the_quarantine(tmp_path, outputs):
    events = [EVENT, changed(lep1=(math.nan, 0.0, 0.0, 0.0)), EVENT]
    path = write_tree(tmp_path / "own.root", tree_of(*events))
    expected = r"1 of 3 entries.*33.33%, 1.00% allowed.*own\.root, entry 1: ptlep1 is nan.*skim\.max_bad_fraction"
    with pytest.raises(dileptons.TooManyBadEntries, match=expected):
        outputs.skim(path)
    assert nothing_written(outputs)
    assert len(outputs.quarantine.read_text().splitlines()) == 2


def test_gives_up_early_when_all_is_nonsense(tmp_path, outputs, monkeypatch):
    monkeypatch.setattr(dileptons, "GIVE_UP_ENTRIES", 10)
    path = write_tree(tmp_path / "own.root", tree_of(*[changed(lep1=(math.nan, 0.0, 0.0, 0.0))] * 100))
    with pytest.raises(dileptons.TooManyBadEntries, match="10 of 10 entries"):
        outputs.skim(path, step=5)


def sample_features(folder, name, dataset_id, n):
    """Features of ``n`` events, the b-jet's pt counting them."""
    outputs = Outputs(folder / name)
    outputs.folder.mkdir()
    events = [changed(b1=(100.0 + i, 0.0, 0.0, 5.0)) for i in range(n)]
    outputs.skim(write_tree(outputs.folder / "t.root", tree_of(*events)), sample=name, dataset_id=dataset_id)
    return outputs.features


def test_samples_are_mixed_and_split_one_in_six(tmp_path):
    sources = [sample_features(tmp_path, "tops", 0, 300), sample_features(tmp_path, "dark", 1, 60)]
    mixed = tmp_path / "mixed.h5"
    assert mix_samples(sources, mixed, ["dark"], seed=3, bucket_rows=50) == 360
    parts = {name: tmp_path / f"{name}.h5" for name in ("train", "test")}
    assert split(mixed, parts, {"train": 0.8333333333, "test": 0.1666666667}, 100) == {"train": 300, "test": 60}
    rows = []
    for path in parts.values():
        with RowReader(path) as reader:
            rows.append(reader.read()["events"])
            assert reader.attributes["dataset_ids"] == {"0": "tops", "1": "dark"}
            assert reader.attributes["signal"] == [1]
            assert reader.attributes["counts"] == {"tops": 300, "dark": 60}
    together = np.concatenate(rows)
    for dataset_id, n in ((0, 300), (1, 60)):
        of_sample = together["b1_pt"][together["Dataset_ID"] == dataset_id]
        assert sorted(of_sample) == [100 + i for i in range(n)]
    assert 2 <= (rows[1]["Dataset_ID"] == 1).sum() <= 20  # 10 expected
    assert (np.diff(together["Dataset_ID"]) != 0).sum() > 50  # not one sample after the other


def test_samples_that_could_not_be_told_apart_are_not_mixed(tmp_path):
    sources = [sample_features(tmp_path, name, 4, 3) for name in ("tops", "dark")]
    with pytest.raises(RowFileError, match=r"dark and tops both have the Dataset_ID 4.*ntuples\.tsv"):
        mix_samples(sources, tmp_path / "mixed.h5", [], seed=3)
    with pytest.raises(RowFileError, match="no samples to mix"):
        mix_samples([], tmp_path / "mixed.h5", [], seed=3)
    assert not (tmp_path / "mixed.h5").exists()


def test_layout_is_that_of_the_thesis():
    assert list(BRANCHES)[:4] == ["ptlep1", "etalep1", "philep1", "mlep1"] and len(BRANCHES) == 20
    assert set(BRANCHES) == {c + p for c in ("pt", "eta", "phi", "m") for p in ("lep1", "lep2", "b1", "b2", "MET")}
