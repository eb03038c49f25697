"""The facts of the published figures and their mapping to ours: faults are named with file and line."""

import csv
import re
from pathlib import Path

import pytest

from deepcollider.errors import ConfigError
from deepcollider.generators.registry import known_systems, system_class
from deepcollider.metrics.observables import BY_OBSERVABLE
from deepcollider.reports.published_figures import (
    FACT_COLUMNS,
    MAPPING_COLUMNS,
    Mapped,
    read_mapping,
    read_published,
    sample_groups,
)
from deepcollider.samples import read_ntuples, read_processes

ROOT = Path(__file__).parents[2]
FACTS, MAPPING = ROOT / "resources/published_figures.csv", ROOT / "config/published_figures.tsv"
FAMILIES = {"trileptons": "nanoaod", "dileptons": "dilepton"}
PUBLISHED_SYSTEMS = {
    *("alpha-vae", "alpha-vae-bgmm", "alpha-vae-per-particle", "beta-vae-merged-bgmm", "beta-vae-per-particle"),
    *("beta-vae-single", "beta-vae-split", "beta-vae-split-bgmm", "wgan", "wgan-gp"),
}
"""Generative systems of the documents' figures, as the configuration names them."""

SYSTEMS = {name: system_class(name).defaults for name in known_systems()}

KEYS = {("thesis", "Fig 1"), ("thesis", "Fig 2")}
GROUPS = {"ttbar": ("ttbar",), "stop_02": ("stop_02",), "SM": ("ttbar",)}
GOOD = ("thesis", "Fig 1", "-", "ttbar", "-", "figures/data/met.png")


@pytest.fixture(scope="module")
def groups():
    processes, ntuples = read_processes(ROOT / "config/processes.tsv"), read_ntuples(ROOT / "config/ntuples.tsv")
    return sample_groups(processes, ntuples, FAMILIES)


@pytest.fixture(scope="module")
def mapping(groups):
    return read_mapping(MAPPING, read_published(FACTS), groups, SYSTEMS)


def lines_of(path: Path, delimiter: str) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def test_every_published_figure_has_one_line_and_every_line_is_of_one():
    facts = [(row["document"], row["id"]) for row in lines_of(FACTS, ",")]
    lines = [(row["document"], row["id"]) for row in lines_of(MAPPING, "\t")]
    assert len(facts) == 198 and len(set(facts)) == 198
    assert lines == facts  # in the same order, so that the two are easy to compare


def test_groups_of_samples(groups):
    assert groups["ttbar"] == ("ttbar",)
    assert "stop_02" in groups["BSM"] and "ttbar" not in groups["BSM"]
    assert len(groups["SM"]) == 26 and len(groups["BSM"]) == 16
    assert groups["trileptons-background"] == ("WZto3LNu", "ZZto4L", "DYJetsToLL")
    assert groups["dileptons-signal"] == ("ttdm_pseudoscalar_100_1",)


def test_systems_are_those_of_the_documents(mapping):
    assert {system for mapped in mapping.values() for system in mapped.systems} == PUBLISHED_SYSTEMS


ADDED = {
    "GAN thesis": ["Fig 7.3", "Fig 7.4", "Fig 4.1", "Fig 7.1", "Fig 7.5", "Tab 3.1", "Tab 3.2"],
    "VAE thesis": [
        *("Fig 7.1", "Fig 7.5", "Fig 7.7", "Fig 7.14", "Fig 7.16", "Fig 7.35", "Fig 7.36", "Fig 7.55"),
        *("Tab 3.1", "Tab 3.2"),
    ],
    "style thesis": ["Fig 9"],
    "anomaly thesis": ["Fig 2.2", "Tab 3.1", "Tab 3.2"],
}
"""The documents' own diagrams and tables that the list of their results leaves out."""


def test_added_lines_are_the_21_that_the_list_of_results_leaves_out():
    added: dict[str, list[str]] = {}
    for figure in read_published(FACTS).values():
        if figure.origin == "added":
            added.setdefault(figure.document, []).append(figure.id)
    assert added == ADDED and sum(map(len, added.values())) == 21
    assert sum(figure.origin == "listed" for figure in read_published(FACTS).values()) == 177


EXPERIMENTS_OF_THESIS = ("alpha-vae", "alpha-vae-per-particle", "beta-vae-per-particle", "beta-vae-single")


def test_published_settings_of_a_table_are_its_rows(mapping):
    """``reference_results.csv`` has the values of every row of the tables, typed from the documents on its own."""
    system_of = dict(zip(("0", "I", "II", "III"), EXPERIMENTS_OF_THESIS, strict=True))
    reference = lines_of(ROOT / "resources/reference_results.csv", ",")
    for table in ("Tab 7.1", "Tab 7.2", "Tab 7.3", "Tab 7.4", "Tab 7.5"):
        found: dict[str, dict[str, set[float]]] = {}
        for row in reference:
            if row["source"] == "VAE thesis" and f"Tab {row['table']}" == table:
                of_system = found.setdefault(system_of[row["experiment"]], {})
                of_system.setdefault(row["parameter"], set()).add(float(row["value"]))
        ours = mapping["VAE thesis", table].settings
        assert {s: {key: set(v) for key, v in values.items()} for s, values in ours.items()} == found, table


def test_figures_over_a_hyperparameter_have_the_settings_of_their_table(mapping):
    table_of = {
        **{"alpha-vae-per-particle": "Tab 7.2", "beta-vae-per-particle": "Tab 7.3", "beta-vae-single": "Tab 7.4"},
    }
    checked = 0
    for key, figure in read_published(FACTS).items():
        if figure.document == "VAE thesis" and " over " in figure.content:
            assert mapping[key].settings == mapping["VAE thesis", table_of[figure.system]].settings, key
            checked += 1
    assert checked == 45  # three times fifteen


def test_settings_of_the_slides_are_those_that_the_content_names(mapping):
    published = read_published(FACTS)
    for id in ("4.1", "4.2b", "4.3b", "4.4"):
        named: dict[str, set[float]] = {}
        for name, text in re.findall(
            r"(alpha|beta|gamma) ([0-9.]+(?: and [0-9.]+)*)", published["VAE slides", id].content
        ):
            named[name] = {float(value) for value in text.split(" and ")}
        ours: dict[str, set[float]] = {}
        for values in mapping["VAE slides", id].settings.values():
            ours |= {key: set(found) for key, found in values.items()}
        assert ours == named, id


def test_histograms_are_of_our_observables(mapping):
    names = {
        name
        for mapped in mapping.values()
        for pattern in mapped.patterns
        for name in re.findall(r"/histogram-(\w+)\.png", pattern)
    }
    assert names and names <= set(BY_OBSERVABLE)


FEATURES = {"E": "energy", "pt": "pt", "eta": "eta", "phi": "phi"}
OBJECTS = {"jet": "jet", "lepton": "lepton", "photon": "photon", "b-jet": "bjet", "electron": "electron"}


def test_panels_of_an_object_are_those_that_the_content_names(mapping):
    """Contents like ``1st jet E over beta`` and ``first b-jets: E, eta, pt, phi``."""
    checked = 0
    for key, figure in read_published(FACTS).items():
        single = re.fullmatch(r"(\d)\w\w (jet|lepton|photon) (E|pt|eta|phi)( over \w+)?", figure.content)
        several = re.fullmatch(r"(first|second) (b-jet|jet)s?: (.*)", figure.content)
        if single:
            rank, kind, features = single[1], single[2], [single[3]]
        elif several:
            rank, kind, features = {"first": "1", "second": "2"}[several[1]], several[2], several[3].split(", ")
        else:
            continue
        wanted = {f"histogram-{OBJECTS[kind]}{rank}_{FEATURES[feature]}.png" for feature in features}
        assert {Path(pattern).name for pattern in mapping[key].patterns} == wanted, key
        checked += 1
    assert checked == 49


def test_systems_and_processes_are_those_of_the_facts(mapping):
    """Where the facts name them as we do."""
    for key, figure in read_published(FACTS).items():
        named = [name.strip() for name in figure.system.split(",")]
        if figure.origin == "added" and figure.id not in ("Fig 7.3", "Fig 7.4"):
            assert mapping[key].systems == mapping[key].processes == (), key  # it is the same in every run
        elif set(named) <= PUBLISHED_SYSTEMS:
            assert list(mapping[key].systems) == named, key
            assert list(mapping[key].processes) == [figure.process], key
        elif figure.process in ("ttbar", "stop_02") and figure.document != "style thesis":
            assert mapping[key].processes == (figure.process,), key
        elif figure.process == "SM+BSM":
            assert mapping[key].processes == ("ttbar", "stop_02"), key  # the pair that both theses use


def read(tmp_path, *lines, keys=KEYS):
    path = tmp_path / "mapping.tsv"
    path.write_text("\n".join("\t".join(line) for line in (MAPPING_COLUMNS, *lines)) + "\n")
    return read_mapping(path, keys, GROUPS, {"wgan": {"clip"}, "wgan-gp": {"clip", "penalty"}})


def fault(tmp_path, *lines, **options) -> str:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, *lines, **options)
    return str(error.value)


def test_lines_are_parsed(tmp_path):
    files = "figures/{experiment}/{process}/a.png; tables/{experiment:wgan}-{setting}.csv"
    settings = "clip = 0.1, 1; wgan-gp: penalty=10"
    read_lines = read(tmp_path, GOOD, ("thesis", "Fig 2", "wgan, wgan-gp", "stop_02", settings, files))
    assert read_lines["thesis", "Fig 1"] == Mapped((), ("ttbar",), ("figures/data/met.png",))
    second = read_lines["thesis", "Fig 2"]
    assert second.systems == ("wgan", "wgan-gp")
    assert second.settings == {"wgan": {"clip": (0.1, 1)}, "wgan-gp": {"clip": (0.1, 1), "penalty": (10,)}}
    assert second.patterns == ("figures/{experiment}/{process}/a.png", "tables/{experiment:wgan}-{setting}.csv")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("thesis", "Fig 22", *GOOD[2:]), "nothing published is called 'thesis Fig 22'; did you mean 'thesis Fig 2'?"),
        (("tesis", "Fig 2", *GOOD[2:]), "nothing published is called 'tesis Fig 2'; did you mean 'thesis Fig 2'?"),
        (GOOD, "thesis Fig 1 stands there already"),
        (("thesis", "Fig 2", "-", "ttbar"), "4 columns, but 6 are expected"),
        (("thesis", "Fig 2", "-", "tbar", "-", "a.png"), "unknown process 'tbar'; did you mean 'ttbar'?"),
        (("thesis", "Fig 2", "-", "ttbar", "-", " ; "), "no file"),
        (("thesis", "Fig 2", "wgan", "ttbar, stop_02", "-", "a.png"), "a system with 2 processes"),
        (("thesis", "Fig 2", "wgan", "ttbar", "-", "{experimnt}.png"), "unknown placeholder {experimnt}"),
        (("thesis", "Fig 2", "wgan", "ttbar", "-", "{experimnt}.png"), "did you mean 'experiment'?"),
        (("thesis", "Fig 2", "wgan", "ttbar", "-", "{}.png"), "unknown placeholder {}"),
        (("thesis", "Fig 2", "wgan", "ttbar", "-", "{experiment.png"), "'{experiment.png': expected '}'"),
        (
            ("thesis", "Fig 2", "wgan", "ttbar", "-", "{experiment:vae}.png"),
            "'vae' in '{experiment:vae}.png' is none of",
        ),
        (("thesis", "Fig 2", "wgan", "ttbar", "-", "{process:wgan}.png"), "is none of the line's systems"),
        (("thesis", "Fig 2", "-", "ttbar", "-", "{experiment}.png"), "but the line names no system"),
        (("thesis", "Fig 2", "wgan", "ttbar", "-", "{setting}.png"), "{setting} without {experiment}"),
        (("thesis", "Fig 2", "-", "-", "-", "{process}.png"), "does not name processes by their ids"),
        (("thesis", "Fig 2", "-", "SM", "-", "{process}.png"), "does not name processes by their ids"),
        (("thesis", "Fig 2", "-", "ttbar", "-", "results/a.png"), "must be relative to results"),
        (("thesis", "Fig 2", "-", "ttbar", "-", "/a.png"), "must be relative to results"),
        (("thesis", "Fig 2", "-", "ttbar", "-", "a.pdf"), "end in .png or .csv"),
        (("thesis", "Fig 2", "wgn", "ttbar", "-", "a.png"), "unknown system 'wgn'; did you mean 'wgan'?"),
        (("thesis", "Fig 2", "wgan", "ttbar", "clip", "a.png"), "'clip' in the settings, but 'hyperparameter = value"),
        (("thesis", "Fig 2", "wgan", "ttbar", "clip =", "a.png"), "'clip =' in the settings, but 'hyperparameter"),
        (("thesis", "Fig 2", "wgan", "ttbar", "clip = x", "a.png"), "'x' in the settings, but a number is expected"),
        (("thesis", "Fig 2", "wgan", "ttbar", "clip = 1,", "a.png"), "'' in the settings, but a number is expected"),
        (("thesis", "Fig 2", "wgan", "ttbar", "clp = 1", "a.png"), "wgan has no hyperparameter 'clp'; did you mean"),
        (("thesis", "Fig 2", "wgan", "ttbar", "vae: clip = 1", "a.png"), "'vae' in the settings is none of the line's"),
        (("thesis", "Fig 2", "wgan", "ttbar", "clip = 1; clip = 2", "a.png"), "clip of wgan stands twice"),
        (("thesis", "Fig 2", "-", "ttbar", "clip = 1", "a.png"), "settings, but the line names no system"),
    ],
)
def test_faults_of_a_line_name_file_and_line(tmp_path, line, told):
    message = fault(tmp_path, GOOD, line)
    assert message.startswith(f"{tmp_path}/mapping.tsv, line 3: ") and told in message


def test_figure_without_a_line_is_named(tmp_path):
    assert fault(tmp_path, GOOD) == f"{tmp_path}/mapping.tsv: no line for thesis Fig 2"


def test_other_columns_are_refused(tmp_path):
    path = tmp_path / "mapping.tsv"
    for text in ("", "document\tid\n"):
        path.write_text(text)
        with pytest.raises(ConfigError, match=r"mapping.tsv, line 1: columns \["):
            read_mapping(path, KEYS, GROUPS, {})


def test_fact_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "facts.csv"
    line = 'thesis,Fig 1,histogram,"a, b",ttbar,"x, y",listed'
    path.write_text("\n".join([",".join(FACT_COLUMNS), line, line]))
    with pytest.raises(ConfigError, match=r"facts.csv, line 3: thesis Fig 1 stands there already"):
        read_published(path)
    path.write_text("\n".join([",".join(FACT_COLUMNS), line]))
    assert read_published(path)["thesis", "Fig 1"].content == "x, y"


def test_unknown_origin_is_refused(tmp_path):
    path = tmp_path / "facts.csv"
    path.write_text(f"{','.join(FACT_COLUMNS)}\nthesis,Fig 1,table,-,-,x,new\n")
    with pytest.raises(ConfigError, match=r"facts.csv, line 2: origin 'new', but listed or added is expected"):
        read_published(path)
