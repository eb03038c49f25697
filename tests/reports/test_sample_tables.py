"""Tables of objects, processes and trilepton samples, against the documents' own."""

from pathlib import Path

import pytest

from deepcollider.reports.sample_tables import objects_table, plain_label, processes_table, trilepton_samples_table
from deepcollider.samples import read_ntuples, read_processes

ROOT = Path(__file__).parents[2]
PROCESSES, NTUPLES = read_processes(ROOT / "config/processes.tsv"), read_ntuples(ROOT / "config/ntuples.tsv")


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (r"$t\bar{t}(+2j)$", "tt\u0304(+2j)"),
        (r"$\gamma\bar{t}$", "γt\u0304"),
        (r"$W^{\pm}t$", "W±t"),
        (r"$W^{+}W^{-}$", "W⁺W⁻"),
        (r"$\tilde{t}_1\tilde{t}_1$ (220/20 GeV)", "t\u0303₁t\u0303₁ (220/20 GeV)"),
        (r"$W' \to WZ \to 3\ell\nu$ (2 TeV)", "W' → WZ → 3ℓν (2 TeV)"),
        (r"$Z/\gamma^{*} \to \ell\ell$", "Z/γ* → ℓℓ"),
        (r"$t+\mathrm{jets}$", "t+jets"),
        ("plain", "plain"),
        (r"$\phi_1$ of one's own", r"$\phi_1$ of one's own"),  # no sign for it: as it was
    ],
)
def test_labels_as_plain_text(label, text):
    assert plain_label(label) == text


def test_every_label_of_the_project_has_signs():
    labels = [sample.label for sample in (*PROCESSES.values(), *NTUPLES.values())]
    assert not [text for text in map(plain_label, labels) if set("\\${}^_") & set(text)]


def test_objects_are_those_of_table_3_1():
    table = objects_table()
    # VAE thesis, table 3.1, in the order that an event has them
    assert dict(zip(table["symbol"], table["label"], strict=True)) == {
        **{"b": "b-jet", "j": "jet", "e-": "e⁻", "e+": "e⁺", "m-": "μ⁻", "m+": "μ⁺", "g": "γ"},
    }
    assert table["cuts"].tolist() == ["jet", "jet", "electron", "electron", "muon", "muon", "photon"]


def test_processes_are_those_of_table_3_2():
    table = processes_table(PROCESSES, {"ttbar": "pythia", "4top": "zenodo"}).set_index("id")
    assert table["group"].value_counts().to_dict() == {"SM": 26, "BSM": 16}
    assert table.loc["stop_02", "process"] == "pp → t\u0303₁t\u0303₁ (300/100 GeV)"
    assert table.loc["ttbarWW", "process"] == "pp → tt\u0304W⁺W⁻"
    here = table.loc[["ttbar", "4top", "ww"], "here"].tolist()
    assert here == ["pythia", "zenodo", "not in this run"]


def test_trilepton_samples_are_those_of_table_3_1():
    table = trilepton_samples_table(NTUPLES, {"ZZto4L": "file"})
    # anomaly thesis, table 3.1
    assert dict(zip(table["sample"], table["group"], strict=True)) == {
        **dict.fromkeys(["WZto3LNu", "ZZto4L", "DYJetsToLL"], "background"),
        "WprimeToWZToWlepZlep_M2000": "signal",
    }
    assert table["here"].tolist() == ["not in this run", "file", "not in this run", "not in this run"]
    assert table["Dataset_ID"].is_unique
