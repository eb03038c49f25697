"""The published scale: as many events as the published files have, and metrics that see all that is generated."""

import re

import pytest

from deepcollider.experiment import Experiment
from tests.config.configurations import ROOT, configuration

PUBLISHED = {"ttbar": 5_412_187, "z_jets": 37_529_592, "ww": 821_354}
"""Events of the files at 10 fb^-1, of those that the sources state."""

FEWEST = 20_000
"""Events of the second file, which a process of fewer at 10 fb^-1 has."""

SELECTED = {"few-jets": 0.457, "chained": 0.95}
"""Shares of top pairs that the theses select."""


@pytest.fixture(scope="module")
def paper():
    return configuration("config.yaml", "paper.yaml")


def at_ten_inverse_femtobarns(process):
    """Cross section (pb) x efficiency x 10 fb^-1 of a process, or of the first of its family, in config/README.md."""
    lines = (ROOT / "config/README.md").read_text(encoding="utf-8").splitlines()
    family, _, number = process.rpartition("_")
    (line,) = (each for each in lines if re.match(rf"\| {process} \||\| {family}_01, \.\. _\d\d \|", each))
    cells = [cell.strip().replace(" ", "") for cell in line.split("|")]
    place = int(number) - 1 if number.isdigit() else 0
    efficiency, cross_section = (cells[column].split(",") for column in (3, 4))
    return float(efficiency[min(place, len(efficiency) - 1)]) * float(cross_section[place]) * 10_000


def test_events_are_those_of_the_published_files(paper):
    events = {name: entry["events"] for name, entry in paper["processes"].items()}
    assert {name: events[name] for name in PUBLISHED} == PUBLISHED
    for name in set(events) - set(PUBLISHED):
        expected = max(FEWEST, at_ten_inverse_femtobarns(name))
        assert events[name] == pytest.approx(expected, rel=0.01), name  # the table has two digits


def test_the_rule_agrees_with_what_is_published():
    """Where both are known, cross section x efficiency is near: exact for top pairs, leading order for the others."""
    assert at_ten_inverse_femtobarns("ttbar") == pytest.approx(PUBLISHED["ttbar"], rel=0.02)
    assert 0.4 < at_ten_inverse_femtobarns("ww") / PUBLISHED["ww"] < 1
    assert (at_ten_inverse_femtobarns("gluino_01"), at_ten_inverse_femtobarns("Zp_01")) == (2200, 4400)


def test_metrics_see_all_that_is_generated(paper):
    generated = {name: entry["generation"]["events"] for name, entry in paper["experiments"].items()}
    assert max(generated.values()) == 300_000 <= paper["evaluation"]["max_events"]


def test_truth_of_top_pairs_is_not_less_than_what_is_generated(paper):
    """A smaller floor would cut the generated sample to its size."""
    for name in paper["experiments"]:
        experiment = Experiment(name, paper)
        if "ttbar" in experiment.processes:
            share = SELECTED.get(experiment.view.name, 1.0)
            for split in experiment.truth_and_floor:
                there = paper["processes"]["ttbar"]["events"] * paper["split"][split] * share
                assert there >= experiment.n_generated, (name, split)
