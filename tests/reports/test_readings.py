"""Readings of the documents: the table, what a report says of them, and that every option has one."""

import json

import pytest

from deepcollider.errors import ConfigError
from deepcollider.generators.registry import known_systems, system_class
from deepcollider.reports.readings import COLUMNS, read_readings, sentences, values_of
from deepcollider.samples import SAMPLE_REPORTS
from tests.config.configurations import SCHEMA
from tests.reports.pages import ROOT

TABLE = ROOT / "resources/readings.tsv"
NAMES = [*known_systems(), *SAMPLE_REPORTS]
"""To what a line can apply."""

SUM = ("*gan*", "Sum", "It is open", "`log`: of logs", "sum_of", "`raw` in GeV", "0.1 against 0.2")
PHI = ("*vae*,*gan*", "phi", "It is open too", "folded", "-", "-", "-")


def table(folder, *lines):
    path = folder / "readings.tsv"
    path.write_text("".join("\t".join(line) + "\n" for line in (COLUMNS, *lines)), encoding="utf-8")
    return path


def test_a_report_tells_those_of_its_system(tmp_path):
    known = read_readings(table(tmp_path, SUM, PHI), NAMES)
    assert sentences(known, "wgan-gp", {"sum_of": ["raw"], "width": [64]}) == [
        "**Sum.** It is open. By default: `log`: of logs. Option `sum_of` (here raw): `raw` in GeV. "
        "Measured: 0.1 against 0.2.",
        "**phi.** It is open too. Taken: folded.",
    ]
    assert sentences(known, "alpha-vae", {}) == ["**phi.** It is open too. Taken: folded."]
    assert sentences(known, "dileptons", {}) == []


def test_all_values_of_a_grid_are_told(tmp_path):
    (reading,) = read_readings(table(tmp_path, ("alpha-vae", "A", "B", "C", "standardise", "D", "-")), NAMES)
    chosen = values_of([{"alpha": 0.1, "standardise": flag} for flag in (True, False, True)])
    assert chosen == {"alpha": [0.1], "standardise": [True, False]}
    assert sentences([reading], "alpha-vae", chosen) == [
        "**A.** B. By default: C. Option `standardise` (here true, false): D."
    ]
    assert values_of([]) == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (("wgann", *SUM[1:]), "line 3: nothing is called 'wgann'; did you mean 'wgan'?"),
        (("wgan, xyz", *SUM[1:]), "line 3: nothing is called 'xyz'; known: "),
        ((*SUM[:3], " ", *SUM[4:]), "line 3: no taken; write '-' if there is none"),
        (SUM[:-1], "line 3: 6 columns, but 7 are expected"),
        (PHI, "line 3: 'phi' of *vae*,*gan* stands there already"),
    ],
)
def test_a_faulty_line_is_named(tmp_path, line, message):
    with pytest.raises(ConfigError) as error:
        read_readings(table(tmp_path, PHI, line), NAMES)
    assert "readings.tsv, " in str(error.value) and message in str(error.value)


@pytest.fixture(scope="module")
def readings():
    return read_readings(TABLE, NAMES)


def options_of(readings, name):
    return {option for reading in readings if reading.applies_to(name) for option in reading.options}


@pytest.mark.parametrize("name", known_systems())
def test_every_choice_of_a_system_is_a_reading_that_its_report_tells(readings, name):
    assert set(system_class(name).choices) <= options_of(readings, name)


@pytest.mark.parametrize("name", NAMES)
def test_options_are_there(readings, name):
    """Each is a hyperparameter of every system that it is told of, or a key of the configuration."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    for option in options_of(readings, name):
        if name in known_systems() and option in system_class(name).defaults:
            continue
        place = schema["experiments"]["additionalProperties"]["properties"] if name in known_systems() else schema
        first, *rest = option.split(".")
        place = place.get(first) or schema[first]
        for step in rest:
            place = place["properties"][step]


@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        ("wgan", ("Running sum", "What an epoch is", "Fine-tuning", "phi beyond pi")),
        ("alpha-vae", ("Standardisation", "Objects of an event", "phi beyond pi")),
        ("beta-vae-merged-bgmm", ("Standardisation", "KL term", "MET as a particle", "Gaussian mixture")),
        ("alpha-vae-per-particle", ("What is standardised", "Decoder of MET", "Order of kinds")),
        ("beta-vae-per-particle", ("Value of beta", "KL term and squared error")),
        ("beta-vae-single", ("Reduction of the learning rate", "Decoder and mask")),
        ("dileptons", ("Test events", "Azimuthal differences")),
        ("trileptons", ("Variables", "Channels")),
    ],
)
def test_what_the_documents_leave_open_is_told(readings, name, subjects):
    text = "\n".join(sentences(readings, name, {}))
    assert all(f"**{subject}.**" in text for subject in subjects)
    other = {"wgan": "Standardisation", "alpha-vae": "KL term", "dileptons": "Channels"}.get(name, "Running sum")
    assert f"**{other}.**" not in text
