"""NanoAOD as CMS publishes it: files without events or branches, kinds of MET, RNTuples, integers of other widths."""

import awkward as ak
import numpy as np
import pytest
import uproot

from deepcollider.sources.met_kinds import MET_KINDS, choose_met
from deepcollider.sources.root_files import RootFileError, branch_names, iterate_tree
from deepcollider.sources.trileptons import Selection, mix_trileptons, skim_nanoaod
from deepcollider.store.rows import RowReader
from tests.sources.nanoaod_files import (
    as_branches,
    event,
    expected,
    random_events,
    write_nanoaod,
    write_rntuple,
    write_without_branches,
)

EVENTS = random_events(60, 3)
KEPT = [found for found in map(expected, EVENTS) if found]


def write_tree_without_entries(path, branches=True):
    """A tree without entries, with all branches or with one alone."""
    types = {"run": "u4", "event": "u8", "MET_pt": "f4", "MET_phi": "f4"} if branches else {"run": "u4"}
    with uproot.recreate(path) as file:
        file.mktree("Events", types)
        file.mktree("Runs", {"run": "u4"}).extend({"run": np.ones(1, "u4")})
    return str(path)


def write_no_tree(path):
    with uproot.recreate(path) as file:
        for name in ("Runs", "LuminosityBlocks"):
            file.mktree(name, {"run": "u4"}).extend({"run": np.ones(1, "u4")})
    return str(path)


def write_empty_rntuple(path):
    return write_rntuple(path, [])


WITHOUT_EVENTS = [
    write_tree_without_entries,
    lambda path: write_tree_without_entries(path, branches=False),
    write_without_branches,
    write_no_tree,
    write_empty_rntuple,
]


def skim(sources, folder, **options):
    """Rows, attributes and counts of a sample."""
    counts = skim_nanoaod(sources, folder / "rows.h5", 1, "sample", show_progress=False, **options)
    with RowReader(folder / "rows.h5") as reader:
        return reader.read()["events"], reader.attributes, counts


def with_met(path, kinds, events=EVENTS):
    """A file with the given kinds of MET, whose pt are those of the events plus 1000, 2000, ... in that order."""
    n = len(events)
    met, phi = (np.array([entry["met"][i] for entry in events], "f4") for i in (0, 1))
    extra = {}
    for i, kind in enumerate(kinds):
        extra |= {f"{kind}_pt": met + np.float32(1000 * (i + 1)), f"{kind}_phi": phi}
    assert n
    return write_nanoaod(path, events, drop=("MET_pt", "MET_phi"), **extra)


# Files without events


@pytest.mark.parametrize("write", WITHOUT_EVENTS)
@pytest.mark.parametrize("first", [False, True])
def test_file_without_events_beside_good_ones(tmp_path, write, first):
    good, empty = write_nanoaod(tmp_path / "good.root", EVENTS), write(tmp_path / "empty.root")
    rows, attributes, counts = skim([empty, good] if first else [good, empty], tmp_path)
    assert counts["read"] == 60 and len(rows) == len(KEPT) == counts["kept"]
    entries = {source["path"]: source["entries"] for source in attributes["sources"]}
    assert entries == {good: 60, empty: 0}
    assert attributes["met"] == "MET"


@pytest.mark.parametrize("write", WITHOUT_EVENTS)
def test_sample_of_files_without_events_alone(tmp_path, write, capsys):
    rows, _, counts = skim([write(tmp_path / "empty.root")], tmp_path)
    assert len(rows) == counts["read"] == 0
    assert "sample: none of 0 events has three leptons" in capsys.readouterr().err


def test_tree_without_branches_is_one(tmp_path):
    with uproot.open(write_without_branches(tmp_path / "a.root")) as file:
        assert (file["Events"].keys(), file["Events"].num_entries) == ([], 0)


def test_branches_that_entries_lack_are_still_missed(tmp_path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("Events", {"run": "u4"}).extend({"run": np.ones(1, "u4")})
    with pytest.raises(RootFileError, match=r"a\.root: the tree 'Events' lacks MET"):
        skim([tmp_path / "a.root"], tmp_path)
    with pytest.raises(RootFileError, match=r"a\.root: the tree 'Events' lacks event"):
        list(iterate_tree(tmp_path / "a.root", "Events", ["event"]))


def test_tree_of_another_name_is_not_taken_for_a_file_without_events(tmp_path):
    write_nanoaod(tmp_path / "a.root", EVENTS, tree="events")
    with uproot.update(tmp_path / "a.root") as file:
        file.mktree("Runs", {"run": "u4"}).extend({"run": np.ones(1, "u4")})
    with pytest.raises(RootFileError, match="has no tree 'Events' but Runs, events"):
        skim([tmp_path / "a.root"], tmp_path)


# Kinds of MET


@pytest.mark.parametrize(
    ("kinds", "met", "taken"),
    [
        (["PFMET", "PuppiMET"], None, "PuppiMET"),  # version 15
        (["PuppiMET", "MET"], None, "MET"),
        (["PFMET"], None, "PFMET"),
        (["PuppiMET", "PFMET"], "PFMET", "PFMET"),
        (["MET", "RawMET"], "RawMET", "RawMET"),
    ],
)
def test_kind_of_met(tmp_path, capsys, kinds, met, taken):
    rows, attributes, _ = skim([with_met(tmp_path / "a.root", kinds)], tmp_path, met=met)
    assert attributes["met"] == taken
    assert f"sample: MET is {taken}" in capsys.readouterr().err
    shift = 1000 * (kinds.index(taken) + 1)
    np.testing.assert_allclose(rows["MET_pt"], [found["MET_pt"] + shift for found in KEPT], rtol=1e-6)
    np.testing.assert_allclose(rows["MET_phi"], [found["MET_phi"] for found in KEPT], rtol=1e-6)


def test_transverse_mass_is_of_the_kind_that_is_taken(tmp_path):
    moved = [{**entry, "met": (entry["met"][0] + 1000, entry["met"][1])} for entry in EVENTS]
    rows, _, _ = skim([with_met(tmp_path / "a.root", ["PFMET"])], tmp_path)
    wanted = [found.get("W_mt", np.nan) for found in map(expected, moved) if found]
    np.testing.assert_allclose(rows["W_mt"], wanted, rtol=2e-3)


def test_kind_that_all_files_have_is_taken(tmp_path):
    one = with_met(tmp_path / "one.root", ["MET", "PuppiMET"])
    other = with_met(tmp_path / "other.root", ["PFMET", "PuppiMET"], random_events(30, 9))
    assert choose_met([one, other]) == choose_met([other, one]) == "PuppiMET"
    assert choose_met([one]) == "MET"
    assert skim([one, other], tmp_path)[1]["met"] == "PuppiMET"


def test_files_without_a_common_kind_are_refused_with_both(tmp_path):
    one = with_met(tmp_path / "one.root", ["MET"])
    other = with_met(tmp_path / "other.root", ["PFMET"], random_events(30, 9))
    with pytest.raises(RootFileError) as error:
        skim([one, other], tmp_path)
    assert str(error.value).startswith(f"{other}: has the MET of another kind than {one}: PFMET here, MET there")
    assert "trileptons.met" in str(error.value)
    assert not (tmp_path / "rows.h5").exists()


def test_no_common_kind_of_three_files_that_share_two_by_two(tmp_path):
    kinds = [["MET", "PuppiMET"], ["PuppiMET", "PFMET"], ["PFMET", "MET"]]
    files = [with_met(tmp_path / f"{i}.root", each, random_events(20, i)) for i, each in enumerate(kinds)]
    with pytest.raises(RootFileError, match=r"1\.root: has the MET of another kind than .*0\.root"):
        choose_met(files)


@pytest.mark.parametrize(
    ("kinds", "met", "told"),
    [
        (["PFMET", "PuppiMET"], "MET", "lacks MET_pt and MET_phi; it has PFMET, PuppiMET. Take"),
        (
            ["PFMET", "PuppiMET"],
            "PupiMET",
            "lacks PupiMET_pt and PupiMET_phi; it has PFMET, PuppiMET. Take other files, or set trileptons.met",
        ),
        (["RawMET"], None, "lacks MET_pt and MET_phi, and those of PuppiMET and PFMET; it has RawMET. Take"),
        ([], None, "it has no kind of MET. Take"),
    ],
)
def test_kind_that_is_not_there_is_refused_with_those_that_are(tmp_path, kinds, met, told):
    source = with_met(tmp_path / "a.root", kinds)
    with pytest.raises(RootFileError) as error:
        skim([source], tmp_path, met=met)
    assert str(error.value).startswith(f"{source}: the tree 'Events' lacks ") and told in str(error.value)


def test_kind_needs_both_of_its_branches(tmp_path):
    phi = np.zeros(60, "f4")
    source = write_nanoaod(tmp_path / "a.root", EVENTS, drop=("MET_phi",), PFMET_pt=phi, PFMET_phi=phi)
    assert choose_met([source]) == "PFMET"


def test_samples_of_several_kinds_are_mixed_with_a_warning(tmp_path, capsys):
    paths = []
    for number, kind in enumerate(("MET", "PuppiMET", "PuppiMET")):
        source = with_met(tmp_path / f"{number}.root", [kind], random_events(40, number))
        paths.append(tmp_path / f"{number}.h5")
        skim_nanoaod([source], paths[-1], number, f"s{number}", show_progress=False)
    mix_trileptons(paths[1:], tmp_path / "mixed.h5", tmp_path / "mixed.root", [], seed=1)
    assert "warning: MET is not of one kind" not in capsys.readouterr().err
    mix_trileptons(paths, tmp_path / "mixed.h5", tmp_path / "mixed.root", [], seed=1)
    assert "warning: MET is not of one kind (MET in s0, PuppiMET in s1, PuppiMET in s2)" in capsys.readouterr().err
    with RowReader(tmp_path / "mixed.h5") as reader:
        assert reader.attributes["met"] == {"s0": "MET", "s1": "PuppiMET", "s2": "PuppiMET"}


def test_order_of_kinds():
    assert MET_KINDS == ("MET", "PuppiMET", "PFMET")


# RNTuples and types


@pytest.mark.parametrize("records", [False, True])
@pytest.mark.parametrize("step", [7, 1000])
def test_rntuple_gives_what_a_tree_does(tmp_path, records, step):
    tree = write_nanoaod(tmp_path / "tree.root", EVENTS)
    ntuple = write_rntuple(tmp_path / "ntuple.root", EVENTS, records)
    selection = Selection(max_isolation=0.1)
    wanted, _, counts = skim([tree], tmp_path, selection=selection)
    rows, attributes, found = skim([ntuple], tmp_path, selection=selection, step=step)
    assert rows.tobytes() == wanted.tobytes() and len(rows) > 10
    assert found == counts and attributes["sources"][0]["entries"] == 60


def test_rntuple_without_counters(tmp_path):
    wanted, _, _ = skim([write_nanoaod(tmp_path / "tree.root", EVENTS)], tmp_path)
    ntuple = write_rntuple(tmp_path / "ntuple.root", EVENTS, drop=("nElectron", "nMuon", "nJet"))
    rows, _, _ = skim([ntuple], tmp_path)
    assert rows.tobytes() == wanted.tobytes()


def test_tree_and_rntuple_in_one_sample(tmp_path):
    sources = [write_nanoaod(tmp_path / "a.root", EVENTS), write_rntuple(tmp_path / "b.root", random_events(20, 8))]
    assert skim(sources, tmp_path)[2]["read"] == 80


def test_rntuple_names_what_it_lacks(tmp_path):
    ntuple = write_rntuple(tmp_path / "a.root", EVENTS, drop=("Muon_charge",))
    with pytest.raises(RootFileError, match=r"a\.root: the tree 'Events' lacks Muon_charge \(did you mean"):
        skim([ntuple], tmp_path)
    assert {"Muon_pt", "nMuon", "MET_pt"} <= branch_names(write_rntuple(tmp_path / "b.root", EVENTS, True), "Events")


def test_rntuple_of_other_names_is_read_as_it_is(tmp_path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file["t"] = {"n_x": np.arange(5), "x_y.z": np.arange(5) / 2}
    (chunk,) = iterate_tree(tmp_path / "a.root", "t", ["n_x"])
    assert chunk["n_x"].to_list() == list(range(5))


def test_truncated_rntuple(tmp_path):
    content = (tmp_path / "a.root", write_rntuple(tmp_path / "a.root", EVENTS))[0].read_bytes()
    for length in np.linspace(1, len(content) - 1, 25).astype(int):
        (tmp_path / "cut.root").write_bytes(content[:length])
        with pytest.raises(RootFileError, match=r"cut\.root: "):
            skim([tmp_path / "cut.root"], tmp_path)


@pytest.mark.parametrize(("counter", "charge", "number"), [("i4", "i4", "u8"), ("u4", "i1", "i8"), ("u1", "i2", "u4")])
@pytest.mark.parametrize("write", ["tree", "rntuple"])
def test_integers_of_other_widths(tmp_path, counter, charge, number, write):
    """Versions 12 and later have narrower integers, and signed counters."""
    wanted, _, _ = skim([write_nanoaod(tmp_path / "usual.root", EVENTS)], tmp_path)
    branches = as_branches(EVENTS)
    flat = {name: values for name, values in branches.items() if isinstance(values, np.ndarray)}
    flat["event"], flat["run"] = flat["event"].astype(number), flat["run"].astype("i8")
    flat["luminosityBlock"] = np.ones(60, counter)
    for collection in ("Electron", "Muon", "Jet"):
        values = branches[collection]
        flat |= {f"{collection}_{name}": values[name] for name in values.fields}
        flat[f"n{collection}"] = ak.num(values["pt"]).to_numpy().astype(counter)
    for collection in ("Electron", "Muon"):
        flat[f"{collection}_charge"] = ak.values_astype(flat[f"{collection}_charge"], np.dtype(charge))
        flat[f"{collection}_cutBased"] = ak.values_astype(flat[f"{collection}_charge"], "u1")
    path = tmp_path / "a.root"
    with uproot.recreate(path) as file:
        if write == "rntuple":
            file["Events"] = flat
        else:
            types = {n: v.dtype if isinstance(v, np.ndarray) else v.type.content for n, v in flat.items()}
            counters = {name: flat.pop(name) for name in ("nElectron", "nMuon", "nJet")}
            types = {name: kind for name, kind in types.items() if name not in counters}
            file.mktree("Events", {**types, **{f"n{c}": counter for c in ("Electron", "Muon")}}).extend(
                flat | {name: counters[name] for name in ("nElectron", "nMuon")}
            )
    rows, _, _ = skim([path], tmp_path)
    assert rows.tobytes() == wanted.tobytes()


def test_one_event_of_each_kind_of_file_is_told_apart(tmp_path):
    """An event without leptons is read, not kept, in each."""
    for write in (write_nanoaod, write_rntuple):
        _, _, counts = skim([write(tmp_path / "a.root", [event()])], tmp_path)
        assert (counts["read"], counts["kept"]) == (1, 0)
