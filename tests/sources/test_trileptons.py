"""Trilepton selection: events worked out by hand, and random ones against plain formulas."""

import math

import awkward as ak
import numpy as np
import pytest
import uproot

from deepcollider.sources import trileptons
from deepcollider.sources.root_files import RootFileError
from deepcollider.sources.trileptons import (
    CHANNELS,
    ROW_DTYPE,
    VARIABLES,
    Selection,
    mix_trileptons,
    skim_nanoaod,
)
from deepcollider.store.rows import RowFileError, RowReader
from deepcollider.store.shuffle import split
from tests.sources.nanoaod_files import event, expected, jet, lepton, random_events, write_nanoaod

PI = math.pi
Z_VARIABLES = {f"{channel}_{name}" for channel in CHANNELS for name in ("Zmass", "Dr_Z")} | {"Z_pt", "W_mt"}


@pytest.fixture
def skim(tmp_path):
    """Skim events given in Python; the rows, and the attributes of the file."""

    def run(events, **options):
        source = write_nanoaod(tmp_path / "events.root", events)
        skim_nanoaod([source], tmp_path / "rows.h5", 7, "sample", show_progress=False, **options)
        with RowReader(tmp_path / "rows.h5") as reader:
            return reader.read()["events"], reader.attributes

    return run


def exists(row) -> set[str]:
    """Variables that are not missing."""
    return {name for name in VARIABLES if not np.isnan(row[name])}


def test_variables_are_those_of_the_thesis_and_27_in_all():
    assert len(VARIABLES) == len(set(VARIABLES)) == 27
    named = "A_Zmass B_Zmass C_Zmass D_Zmass A_Dr_Z B_Dr_Z C_Dr_Z D_Dr_Z MET_pt nElectron nMuon"
    assert " ".join(VARIABLES[:11]) == named
    assert ROW_DTYPE.names[:27] == VARIABLES
    assert ROW_DTYPE.names[27:] == ("Dataset_ID", "Channel", "run", "event", "weight")


# Two leptons of pt 50 and 40, of one eta, a right angle apart: m^2 = 2 * 50 * 40 (cosh 0 - cos(pi/2)) = 4000, Delta R
# = pi/2, pt^2 = 2500 + 1600. The third is of another flavour, or of the same charge as the harder.
PLUS, MINUS = (50.0, 0.5, 0.0, +1), (40.0, 0.5, PI / 2, -1)
THIRD = (20.0, 0.5, 2.5)


@pytest.mark.parametrize(
    ("channel", "electrons", "muons"),
    [
        ("A", [lepton(*PLUS), lepton(*MINUS), lepton(*THIRD, +1)], []),
        ("B", [lepton(*PLUS), lepton(*MINUS)], [lepton(*THIRD, +1)]),
        ("C", [lepton(*THIRD, -1)], [lepton(*PLUS), lepton(*MINUS)]),
        ("D", [], [lepton(*THIRD, +1), lepton(*MINUS), lepton(*PLUS)]),
    ],
)
def test_event_of_each_channel(skim, channel, electrons, muons):
    (row,), attributes = skim([event(electrons, muons, met=(30.0, 1.0), number=123)])
    assert row["Channel"] == CHANNELS.index(channel) and attributes["counts"][channel] == 1
    assert math.sqrt(2 * 20 * 40 * (1 - math.cos(2.5 - PI / 2))) < math.sqrt(4000) < 91.1876  # the other pair
    assert row[f"{channel}_Zmass"] == pytest.approx(math.sqrt(4000), rel=1e-6)
    assert row[f"{channel}_Dr_Z"] == pytest.approx(PI / 2, rel=1e-6)
    assert row["Z_pt"] == pytest.approx(math.sqrt(4100), rel=1e-6)
    assert row["W_mt"] == pytest.approx(math.sqrt(2 * 20 * 30 * (1 - math.cos(2.5 - 1))), rel=1e-6)
    assert exists(row) == set(VARIABLES) - Z_VARIABLES | {f"{channel}_Zmass", f"{channel}_Dr_Z", "Z_pt", "W_mt"}
    assert [row[f"Lep{i}_pt"] for i in (1, 2, 3)] == [50, 40, 20]
    assert [row[f"Lep{i}_eta"] for i in (1, 2, 3)] == [0.5, 0.5, 0.5]
    assert [row[f"Lep{i}_phi"] for i in (1, 2, 3)] == pytest.approx([0, PI / 2, 2.5])
    assert (row["nElectron"], row["nMuon"]) == (len(electrons), len(muons))
    assert (row["MET_pt"], row["MET_phi"]) == (30, 1)
    assert (row["Dataset_ID"], row["run"], row["event"], row["weight"]) == (7, 1, 123, 1)


def test_masses_of_the_leptons_count(skim):
    """At rest in the transverse plane's frame: m^2 = (E1 + E2)^2 for opposite momenta."""
    pair = [lepton(30, 0, 0, 1, mass=40.0), lepton(30, 0, PI, -1, mass=40.0)]
    (row,), _ = skim([event([*pair, lepton(15, 1, 1, 1)])])
    assert row["A_Zmass"] == pytest.approx(100, rel=1e-6)


def test_delta_r_goes_the_short_way_round(skim):
    (row,), _ = skim([event([lepton(50, 0, 3.0, 1), lepton(40, 0, -3.0, -1)], [lepton(20, 0, 0, 1)])])
    assert row["B_Dr_Z"] == pytest.approx(2 * PI - 6, rel=1e-5)


@pytest.mark.parametrize("flavour", ["electrons", "muons"])
def test_of_two_candidates_the_one_closest_to_the_z_is_taken(skim, flavour):
    """Back to back, of pt a and b at eta 0: m = 2 sqrt(a b). With the harder partner 120 GeV, with the softer 90."""
    softer = 90**2 / 4 / 60
    leptons = [lepton(60, 0, 0, 1), lepton(60, 0, PI, -1), lepton(softer, 0, PI, -1)]
    (row,), _ = skim([event(**{flavour: leptons}, met=(10.0, PI))])
    channel = "A" if flavour == "electrons" else "D"
    assert row[f"{channel}_Zmass"] == pytest.approx(90, rel=1e-6)
    assert row["Z_pt"] == pytest.approx(60 - softer, rel=1e-6)
    assert row["W_mt"] == pytest.approx(0, abs=1e-3)  # the harder partner, along MET


def test_of_equally_close_candidates_the_harder_pair_is_taken(skim):
    leptons = [lepton(50, 0.3, 1, 1), lepton(40, 0, -2, -1), lepton(40, 0.6, -2, -1)]
    (row,), _ = skim([event(muons=leptons)])
    assert row["Lep2_eta"] == 0
    assert row["Z_pt"] == pytest.approx(math.sqrt(50**2 + 40**2 + 2 * 50 * 40 * math.cos(3)), rel=1e-6)
    assert row["D_Dr_Z"] == pytest.approx(math.hypot(0.3, 3), rel=1e-6)


@pytest.mark.parametrize(
    ("electrons", "muons"),
    [
        ([(50, +1), (40, +1)], [(30, -1)]),
        ([(50, -1)], [(40, +1), (30, +1)]),
        ([(50, +1), (40, +1), (30, +1)], []),
        ([], [(50, -1), (40, -1), (30, -1)]),
    ],
)
@pytest.mark.parametrize(("missing", "value"), [("nan", math.nan), ("zero", 0.0)])
def test_without_a_pair_of_opposite_sign_there_is_no_z(skim, electrons, muons, missing, value):
    placed = [[lepton(pt, pt / 100, pt / 20, charge) for pt, charge in group] for group in (electrons, muons)]
    (row,), attributes = skim([event(*placed)], missing=missing)
    assert all(np.array_equal(row[name], value, equal_nan=True) for name in Z_VARIABLES)
    assert row["Channel"] == len(muons) and row["Lll_mass"] > 0
    assert attributes["counts"]["without_z"] == 1 and attributes["missing"] == missing


def test_missing_values_as_zero_leave_the_rest_alone(skim):
    events = random_events(200, 1)
    with_nan, with_zero = (skim(events, missing=missing)[0] for missing in ("nan", "zero"))
    assert any(np.isnan(with_nan[name]).any() for name in Z_VARIABLES)
    for name in ROW_DTYPE.names:
        assert np.array_equal(np.nan_to_num(with_nan[name], nan=0.0), with_zero[name])


def test_the_three_hardest_define_the_channel_and_the_pair(skim):
    """Two muons make a Z of exactly the right mass, but are softer than three electrons of one charge."""
    electrons = [lepton(60, 0, 0, 1), lepton(50, 0, 1, 1), lepton(45, 0, -1, 1)]
    eta = math.acosh(91.1876**2 / (2 * 44 * 40) - 1)
    (row,), _ = skim([event(electrons, [lepton(44, 0, 2, 1), lepton(40, eta, 2 - PI, -1)])])
    assert row["Channel"] == 0 and exists(row).isdisjoint(Z_VARIABLES)
    assert (row["nElectron"], row["nMuon"]) == (3, 2)  # all that the file has


def test_equal_pt_electron_before_muon_then_order_of_the_file(skim):
    electrons = [lepton(20, 0.1, 0, 1), lepton(20, 0.2, 1, -1)]
    muons = [lepton(20, 0.3, 2, 1), lepton(20, 0.4, 3, 1)]
    (row,), _ = skim([event(electrons, muons)])
    assert [row[f"Lep{i}_eta"] for i in (1, 2, 3)] == pytest.approx([0.1, 0.2, 0.3])


def test_fewer_than_three_leptons_are_rejected_and_counted(skim):
    good, soft = lepton(30, 0, 0, 1), lepton(9.9, 0, 1, -1)
    events = [
        event(),
        event([good, good]),
        event([good], [good]),
        event([good, good, soft]),
        event([good, good, lepton(30, 2.6, 0, 1)]),  # electron beyond 2.5
        event([good, good], [lepton(30, 2.45, 0, 1)]),  # muon beyond 2.4
        event([good, good, lepton(30, 2.45, 0, 1)]),  # electron within 2.5
        event([good, good], [lepton(10, 0, 0, 1)]),  # on the cut
    ]
    rows, attributes = skim(events)
    assert len(rows) == 1 and rows["Lep3_eta"] == pytest.approx(2.45)
    expected_counts = {"read": 8, "kept": 1, "too_few_leptons": 7, "not_finite": 0, "without_z": 1}
    assert attributes["counts"] == expected_counts | {"A": 1, "B": 0, "C": 0, "D": 0}
    rows, attributes = skim(events, selection=Selection(min_pt=9.0))
    assert len(rows) == 3 and attributes["cuts"]["min_pt"] == 9


def test_isolation_cut(skim):
    leptons = [lepton(50, 0, 0, 1, isolation=0.01), lepton(40, 0, 1, -1, isolation=0.2), lepton(30, 0, 2, 1)]
    for flavour in ("electrons", "muons"):
        events = [event(**{flavour: leptons})]
        assert len(skim(events)[0]) == 1
        assert len(skim(events, selection=Selection(max_isolation=0.25))[0]) == 1
        assert len(skim(events, selection=Selection(max_isolation=0.15))[0]) == 0


def test_jets_that_count(skim):
    leptons = [lepton(50, 0, 0, 1), lepton(40, 0, 1, -1), lepton(30, 0, 3.1, 1)]
    jets = [
        jet(100, 1, 0),
        jet(31, -2.3, -2),
        jet(29, 1, 1),  # soft
        jet(50, 2.5, 0),  # forward
        jet(60, 0.3, 0.2),  # an electron
        jet(70, 0.1, -3.1),  # an electron on the other side of pi
    ]
    (row,), _ = skim([event(leptons, jets=jets)])
    assert row["nJet"] == 2 and row["HT"] == pytest.approx(131)


def test_values_that_are_not_finite(skim):
    three = [lepton(50, 0, 0, 1), lepton(40, 0, 1, -1), lepton(30, 0, 2, 1)]
    broken = [lepton(math.inf, 0, 0, 1), lepton(20, math.nan, 0, 1), lepton(20, 0, math.inf, 1)]
    events = [
        event(three, met=(math.nan, 0.0)),
        event(three, met=(20.0, math.inf)),
        event(three, weight=math.nan),
        event(three[:2], broken),
        event(three, jets=[jet(math.inf, 0, 3), jet(40, math.nan, 3), jet(50, 0, math.nan), jet(60, 0, -2)]),
    ]
    rows, attributes = skim(events)
    assert len(rows) == 1 and rows["HT"] == 60
    assert attributes["counts"]["not_finite"] == 3 and attributes["counts"]["too_few_leptons"] == 1


@pytest.mark.parametrize("cuts", [{}, {"max_isolation": 0.1}, {"min_pt": 25.0}])
def test_random_events_against_plain_formulas(skim, cuts):
    events = random_events(3000, 5)
    rows, attributes = skim(events, selection=Selection(**cuts))
    truth = [found for found in (expected(entry, **cuts) for entry in events) if found]
    assert len(truth) == len(rows) > 100
    assert {found["Channel"] for found in truth} == {0, 1, 2, 3}
    for name in (*VARIABLES, "Channel", "event"):
        values = np.array([found.get(name, math.nan) for found in truth])
        # a mass near 0 is a difference of large numbers
        np.testing.assert_allclose(rows[name].astype(float), values, rtol=2e-6, atol=1e-4, err_msg=name)
    for i, channel in enumerate(CHANNELS):
        assert attributes["counts"][channel] == sum(found["Channel"] == i for found in truth)


def test_the_size_of_a_step_does_not_matter(skim):
    events = random_events(60, 2)
    outcomes = [skim(events, step=step) for step in (1, 7, 1_000_000)]
    assert len(outcomes[0][0]) > 10
    for rows, attributes in outcomes[1:]:
        assert rows.tobytes() == outcomes[0][0].tobytes()
        assert attributes["counts"] == outcomes[0][1]["counts"]


def test_many_files_are_one_sample(skim, tmp_path):
    events = random_events(90, 3)
    together, attributes = skim(events)
    parts = [write_nanoaod(tmp_path / f"{i}.root", events[i::1][:30]) for i in (0, 30, 60)]
    counts = skim_nanoaod(parts, tmp_path / "parts.h5", 7, "sample", show_progress=False)
    with RowReader(tmp_path / "parts.h5") as reader:
        assert (reader.read()["events"].tobytes(), counts) == (together.tobytes(), attributes["counts"])
        assert [source["entries"] for source in reader.attributes["sources"]] == [30, 30, 30]
        assert all(len(source["sha256"]) == 64 for source in reader.attributes["sources"])


def test_very_many_files_fit_into_the_attributes(tmp_path, monkeypatch):
    source = write_nanoaod(tmp_path / f"{'long' * 40}.root", [event()])
    monkeypatch.setattr(trileptons, "iterate_tree", lambda *_: iter(()))  # opening them all takes long
    skim_nanoaod([source] * 400, tmp_path / "rows.h5", 1, show_progress=False)
    with RowReader(tmp_path / "rows.h5") as reader:
        assert [described["path"] for described in reader.attributes["sources"]] == [source] * 400


def test_sample_without_any_event_is_told(tmp_path, capsys):
    source = write_nanoaod(tmp_path / "few.root", [event(), event()])
    skim_nanoaod([source], tmp_path / "few.h5", 3, "DYJetsToLL", show_progress=False)
    assert "DYJetsToLL: none of 2 events has three leptons" in capsys.readouterr().err
    with RowReader(tmp_path / "few.h5") as reader:
        assert len(reader) == 0 and reader.layout["events"][0] == ROW_DTYPE


def test_file_as_experiments_have_them(tmp_path):
    """Other types, further branches, further trees; measured data has no weights."""
    events = random_events(50, 4)
    n = len(events)
    extra = {
        "HLT_IsoMu24": np.ones(n, bool),
        "PuppiMET_pt": np.full(n, 999, "f4"),
        "Tau": ak.unflatten(ak.zip({"pt": np.full(n, 80, "f4")}), np.ones(n, int)),
    }
    plain = write_nanoaod(tmp_path / "plain.root", events)
    real = write_nanoaod(tmp_path / "real.root", events, drop=("genWeight",), **extra)
    with uproot.update(real) as file:
        file.mktree("Runs", {"run": "uint32"}).extend({"run": np.ones(1, "u4")})
    rows = []
    for source in (plain, real):
        skim_nanoaod([source], tmp_path / "rows.h5", 1, show_progress=False)
        with RowReader(tmp_path / "rows.h5") as reader:
            rows.append(reader.read()["events"].tobytes())
    assert rows[0] == rows[1] and rows[0]


def test_faulty_file_leaves_nothing_behind(tmp_path):
    good = write_nanoaod(tmp_path / "good.root", random_events(20, 1))
    bad = write_nanoaod(tmp_path / "bad.root", random_events(20, 1), drop=("Muon_charge",))
    with pytest.raises(RootFileError, match=r"bad\.root: .*Muon_charge"):
        skim_nanoaod([good, bad], tmp_path / "rows.h5", 1, show_progress=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.root", "good.root"]


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("Electron_pt", np.ones(20, "f4"), "'Electron_pt' holds float32, but a list of numbers"),
        ("MET_pt", ak.Array([[1.0, 2.0]] * 20), "'MET_pt' holds var \\* float64, but one number"),
    ],
)
def test_branch_of_another_kind_is_named(tmp_path, name, values, told):
    source = write_nanoaod(tmp_path / "a.root", random_events(20, 1), drop=(name,), **{name: values})
    with pytest.raises(RootFileError, match=rf"a\.root: the branch {told} an event is expected"):
        skim_nanoaod([source], tmp_path / "rows.h5", 1, show_progress=False)


@pytest.fixture
def skimmed(tmp_path):
    """Three skimmed samples, the second of them without events."""
    paths = []
    for number, (name, events) in enumerate(
        [("one", random_events(300, 1)), ("none", [event()]), ("two", random_events(200, 2))], 1
    ):
        source = write_nanoaod(tmp_path / f"{name}.root", events)
        skim_nanoaod([source], tmp_path / f"{name}.h5", number, name, show_progress=False)
        paths.append(tmp_path / f"{name}.h5")
    return paths


def read(path):
    with RowReader(path) as reader:
        return reader.read()["events"], reader.attributes


def keys(rows):
    return sorted(zip(rows["Dataset_ID"].tolist(), rows["event"].tolist(), rows["Lll_mass"].tolist(), strict=True))


def test_mix_has_every_event_once_and_says_which_is_which(skimmed, tmp_path):
    n = mix_trileptons(skimmed, tmp_path / "mixed.h5", tmp_path / "mixed.root", ["two"], seed=3, bucket_rows=50)
    mixed, attributes = read(tmp_path / "mixed.h5")
    sources = [read(path)[0] for path in skimmed]
    assert n == len(mixed) == sum(map(len, sources)) > 150
    assert keys(mixed) == keys(np.concatenate(sources))
    assert (np.diff(mixed["Dataset_ID"]) < 0).sum() > 20  # not one after the other
    assert attributes["dataset_ids"] == {"1": "one", "2": "none", "3": "two"}
    assert attributes["signal"] == [3]
    assert attributes["counts"] == {"one": len(sources[0]), "none": 0, "two": len(sources[2])}


def test_mixed_root_tree_has_the_same_content(skimmed, tmp_path):
    mix_trileptons(skimmed, tmp_path / "mixed.h5", tmp_path / "mixed.root", ["two"], seed=3)
    mixed, _ = read(tmp_path / "mixed.h5")
    with uproot.open(tmp_path / "mixed.root") as file:
        branches = file["Events"].arrays(library="np")
    assert tuple(branches) == ROW_DTYPE.names
    assert np.isnan(mixed["A_Zmass"]).any()
    for name, values in branches.items():
        assert values.dtype == mixed[name].dtype
        assert np.array_equal(values, mixed[name], equal_nan=True)


def test_mix_is_seeded(skimmed, tmp_path):
    orders = []
    for seed in (3, 3, 4):
        mix_trileptons(skimmed, tmp_path / "mixed.h5", tmp_path / "mixed.root", [], seed)
        orders.append(read(tmp_path / "mixed.h5")[0].tobytes())
    assert orders[0] == orders[1] != orders[2]


def test_split_is_disjoint_and_complete(skimmed, tmp_path):
    mix_trileptons(skimmed, tmp_path / "mixed.h5", tmp_path / "mixed.root", ["two"], seed=3)
    names = ("train", "validation", "test")
    fractions = dict(zip(names, (0.64, 0.16, 0.2), strict=True))
    split(tmp_path / "mixed.h5", {name: tmp_path / f"{name}.h5" for name in names}, fractions, min_train=10)
    parts = {name: read(tmp_path / f"{name}.h5") for name in names}
    mixed, _ = read(tmp_path / "mixed.h5")
    assert keys(np.concatenate([rows for rows, _ in parts.values()])) == keys(mixed)
    train, validation, test = (len(rows) for rows, _ in parts.values())
    assert train / (train + validation) == pytest.approx(0.8, abs=0.01)
    assert test / len(mixed) == pytest.approx(0.2, abs=0.01)
    assert all(attributes["dataset_ids"]["3"] == "two" for _, attributes in parts.values())


def test_split_too_small_names_the_key_of_its_own_section(skimmed, tmp_path):
    mix_trileptons(skimmed, tmp_path / "mixed.h5", tmp_path / "mixed.root", ["two"], seed=3)
    with pytest.raises(RowFileError, match=r"lower trileptons\.min_train in the configuration"):
        split(tmp_path / "mixed.h5", {"train": tmp_path / "train.h5"}, {"train": 1.0}, 10**6, "trileptons.min_train")


def test_mix_without_any_event_is_an_error(skimmed, tmp_path):
    with pytest.raises(RowFileError, match=r"none of the samples none has an event .*ntuples\.<id>\.events"):
        mix_trileptons([skimmed[1]], tmp_path / "mixed.h5", tmp_path / "mixed.root", [], seed=3)
    assert not (tmp_path / "mixed.h5").exists()


def test_samples_of_different_cuts_do_not_mix(skimmed, tmp_path):
    source = write_nanoaod(tmp_path / "a.root", random_events(50, 1))
    skim_nanoaod([source], tmp_path / "other.h5", 9, "other", Selection(min_pt=20), show_progress=False)
    with pytest.raises(RowFileError, match=r"other\.h5: was made with other cuts than .*one\.h5"):
        mix_trileptons([*skimmed, tmp_path / "other.h5"], tmp_path / "mixed.h5", tmp_path / "mixed.root", [], seed=3)
