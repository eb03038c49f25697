"""Tables of processes and of n-tuples, and where the configuration may take samples from."""

import dataclasses

import pytest

from deepcollider.config import check_ntuples, check_processes, validate_config
from deepcollider.errors import ConfigError
from deepcollider.samples import read_ntuples, read_processes
from deepcollider.sources.pythia import NOT_IN_PYTHIA
from tests.config.configurations import ROOT, SCHEMA, configuration, fault

SM = """
njets w_jets gam_jets z_jets ttbar wtop wtopbar ww single_top single_topbar 2gam Wgam ZW Zgam ZZ single_higgs ttbarGam
ttbarZ ttbarHiggs atop ttbarW atopbar ztop ztopbar 4top ttbarWW
"""
BSM = [
    *(f"gluino_{i:02}" for i in range(1, 8)),
    *(f"stop_{i:02}" for i in range(1, 5)),
    *(f"Zp_{i:02}" for i in range(1, 6)),
]

HEADER = "id\tgroup\tlabel\tsource\taliases\tmin_ht\tcontains\tsettings\n"
GOOD = "a\tSM\t$a$\tzenodo\tA1; A2\t100\t-6\tx = 1; y = 2;\n"


def test_file_source_needs_a_path(config):
    config["processes"]["ttbar"] = {"source": "file"}
    assert "processes.ttbar: 'path' is a required property" in fault(config)
    config["processes"]["ttbar"]["path"] = "ttbar.csv.gz"
    validate_config(config, SCHEMA)


def test_unknown_process_is_named_with_the_nearest(config, processes):
    config["processes"]["tbar"] = {"source": "pythia", "events": 1}
    validate_config(config, SCHEMA)
    with pytest.raises(ConfigError, match=r"processes: unknown process 'tbar'; did you mean 'ttbar'\?"):
        check_processes(config, processes)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ttbarHiggs", "it has no Pythia settings yet"),
        *((name, "Pythia 8 has no built-in process for it") for name in NOT_IN_PYTHIA),
    ],
)
def test_process_that_pythia_cannot_make_is_refused_with_what_to_do(config, processes, name, why):
    processes = processes | {"ttbarHiggs": dataclasses.replace(processes["ttbarHiggs"], settings=())}
    config["processes"][name] = {"source": "pythia", "events": 1}
    validate_config(config, SCHEMA)
    with pytest.raises(ConfigError, match=rf"processes\.{name}: {why}; .*source: zenodo.*source: file, path:"):
        check_processes(config, processes)
    config["processes"][name] = {"source": "file", "path": f"{name}.csv"}
    check_processes(config, processes)


def test_published_processes(processes):
    assert len(processes) == 42
    assert (len(SM.split()), len(BSM)) == (26, 16)
    for group, names in (("SM", SM.split()), ("BSM", BSM)):
        assert [process.id for process in processes.values() if process.group == group] == names
    assert all(process.label.count("$") == 2 for process in processes.values())
    names = [name.lower() for process in processes.values() for name in process.names]
    assert len(set(names)) == len(names)


def test_settings_of_pythia_go_with_the_source(processes):
    for process in processes.values():
        assert process.source == ("pythia" if process.settings else "zenodo"), process.id
        assert bool(process.settings) == (process.id not in NOT_IN_PYTHIA), process.id
        assert all(setting.count("=") == 1 for setting in process.settings)
    assert processes["ttbar"].settings == ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on")
    assert processes["ttbar"].slha is None
    assert processes["stop_02"].slha == "resources/slha/stop.slha"
    assert {process.slha for process in processes.values()} == {
        None,
        "resources/slha/stop.slha",
        "resources/slha/gluino.slha",
    }
    assert all((ROOT / process.slha).is_file() for process in processes.values() if process.slha)


def test_preselections_of_the_published_sample(processes):
    cuts = {process.id: process.min_ht for process in processes.values() if process.min_ht}
    assert cuts == {"njets": 600, "w_jets": 100, "gam_jets": 100, "z_jets": 100}
    tops = {process.id: process.contains for process in processes.values() if process.contains is not None}
    assert tops == {"single_top": 6, "single_topbar": -6}


def test_samples_for_exploration_are_not_trained_on(processes):
    config = configuration("config.yaml")
    trained = {process for entry in config["experiments"].values() for process in entry["processes"]}
    explored = set(config["processes"]) - trained
    assert {processes[process].group for process in explored} == {"SM", "BSM"}


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("name\tgroup\n" + GOOD, 1, "columns"),
        (HEADER + GOOD + "b\tSM\n", 3, "2 columns, but 8"),
        (HEADER + "b\tMSSM\t$b$\tzenodo\t\t\t\t\n", 2, "group 'MSSM', but SM or BSM"),
        (HEADER + GOOD + GOOD, 3, "'a' stands there already"),
        (HEADER + "b\tSM\t$b$\tzenodo\t\tmuch\t\t\n", 2, "min_ht is 'much', but a number"),
    ],
)
def test_faulty_line_of_the_process_table_is_named(tmp_path, text, line, told):
    path = tmp_path / "processes.tsv"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        read_processes(path)
    assert str(error.value).startswith(f"{path}, line {line}: ")
    assert told in str(error.value)


def test_process_table_by_hand(tmp_path):
    (tmp_path / "processes.tsv").write_text(HEADER + GOOD)
    (process,) = read_processes(tmp_path / "processes.tsv").values()
    assert (process.names, process.settings) == (("a", "A1", "A2"), ("x = 1", "y = 2"))
    assert (process.min_ht, process.contains) == (100.0, -6)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("record", 0, "0 is less than the minimum of 1"),
        ("record", "10.5281/zenodo.7277951", "is not of type 'integer'"),
        ("file", "../ttbar.csv", "does not match"),
        ("file", "ttbar.txt", "does not match"),
        ("recrod", 7277951, "unknown key 'recrod'; did you mean 'record'?"),
    ],
)
def test_faults_of_a_published_process(config, key, value, told):
    config["processes"]["ttbar"] = {"source": "zenodo", "record": 7277951, "file": "ttbar_10fb.CSV.gz"}
    validate_config(config, SCHEMA)
    config["processes"]["ttbar"][key] = value
    message = fault(config)
    assert "processes.ttbar" in message and told in message


def test_published_processes_may_all_come_from_zenodo(config, processes):
    config["processes"] |= {name: {"source": "zenodo"} for name in processes}
    validate_config(config, SCHEMA)
    check_processes(config, processes)


def test_ntuple_samples():
    ntuples = read_ntuples(ROOT / "config/ntuples.tsv")
    for form in ("nanoaod", "dilepton"):
        chosen = [ntuple for ntuple in ntuples.values() if ntuple.format == form]
        assert {ntuple.group for ntuple in chosen} == {"background", "signal"}
        assert len({ntuple.dataset_id for ntuple in chosen}) == len(chosen)
        assert all(ntuple.label.count("$") == 2 and ntuple.settings for ntuple in chosen)


def test_unknown_ntuple_is_named_with_the_nearest(config, ntuples):
    check_ntuples(config, ntuples)
    config["ntuples"]["WZto3LN"] = {"source": "pythia", "events": 1}
    validate_config(config, SCHEMA)
    with pytest.raises(
        ConfigError, match=r"ntuples: unknown sample 'WZto3LN'; did you mean 'WZto3LNu'\?.*ntuples\.tsv"
    ):
        check_ntuples(config, ntuples)


def test_ntuples_that_could_not_be_told_apart_are_refused(config, ntuples):
    twin = dataclasses.replace(ntuples["ZZto4L"], dataset_id=ntuples["WZto3LNu"].dataset_id)
    config["ntuples"]["ZZto4L"] = {"source": "pythia", "events": 1}
    with pytest.raises(ConfigError, match="WZto3LNu and ZZto4L have the same dataset_id 1"):
        check_ntuples(config, ntuples | {"ZZto4L": twin})
    # numbers of different formats never meet
    check_ntuples(config, ntuples | {"ZZto4L": dataclasses.replace(twin, format="dilepton")})


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"source": "pythia"}, "'events' is a required property"),
        ({"source": "file"}, "'paths' is a required property"),
        ({"source": "file", "paths": []}, "[] should be non-empty"),
        ({"source": "file", "paths": "a.root"}, "'a.root' is not of type 'array'"),
        ({"source": "file", "path": ["a.root"]}, "unknown key 'path'; did you mean 'paths'?"),
        ({"source": "zenodo", "events": 1}, "'zenodo' is not one of ['pythia', 'file']"),
    ],
)
def test_faults_of_an_ntuple(config, entry, told):
    config["ntuples"]["WZto3LNu"] = entry
    message = fault(config)
    assert "ntuples.WZto3LNu" in message and told in message


def test_ntuples_of_ones_own(config):
    config["ntuples"]["WZto3LNu"] = {"source": "file", "paths": ["a/*.root", "root://host//b.root"]}
    validate_config(config, SCHEMA)
