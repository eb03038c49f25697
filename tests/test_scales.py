"""What the default cuts: on configurations made by hand, and in config/README.md."""

from pathlib import Path

import pytest
import snakemake.utils
import yaml

from deepcollider.reports.scales import (
    BEGIN,
    END,
    merged,
    of_systems,
    read_scales,
    scales,
    scales_markdown,
    with_scales,
)

CONFIG = Path(__file__).parents[1] / "config"

DEFAULT = {
    "scale": {"events": 1.0, "epochs": 1.0},
    "processes": {"ttbar": {"events": 1000}, "stop_02": {"events": 1000}},
    "ntuples": {},
    "split": {"train": 0.5, "validation": 0.1, "min_train": 10},
    "experiments": {
        "two": {
            "title": "",
            "system": "beta-vae-per-particle",
            "processes": ["ttbar"],
            "grid": {"beta": [1.5]},
            "hyperparameters": {"learning_rate": 0.002},
            "training": {"epochs": 5, "batch_size": 20, "steps_per_epoch": 10},
            "generation": {"events": 300},
        }
    },
}
PAPER = {
    "processes": {"ttbar": {"events": 40000}},
    "split": {"train": 0.8},
    "experiments": {
        "two": {
            "grid": {"beta": [0.5, 1.5]},
            "hyperparameters": {"learning_rate": 0.001},
            "training": {"epochs": 100, "steps_per_epoch": None},
        }
    },
}


def rows(default, paper):
    return {(row["what"], row["of"]): (row["config.yaml"], row["paper.yaml"]) for row in table(default, paper)}


def table(default, paper):
    return scales(default, paper).to_dict("records")


def test_only_what_differs_side_by_side():
    assert rows(DEFAULT, merged(DEFAULT, PAPER)) == {
        ("events", "ttbar"): ("1 000", "40 000"),
        ("share of the events", "train"): ("0.5", "0.8"),
        ("beta", "two"): ("1.5", "0.5, 1.5"),
        ("learning rate", "two"): ("0.002", "0.001"),
        ("training on ttbar", "two"): (
            "5 epochs × 10 steps × 20 = 1 000",
            "100 epochs × all 32 000 events, in batches of 20 = 3 200 000 at most",
        ),
    }
    assert rows(DEFAULT, DEFAULT) == {}


def test_what_differs_alike_shares_a_row():
    default = merged(DEFAULT, {"experiments": {"more": DEFAULT["experiments"]["two"]}})
    paper = merged(default, {"experiments": {n: {"generation": {"events": 9000}} for n in ("two", "more")}})
    assert rows(default, paper) == {("events generated", "two, more"): ("300", "9 000")}


def test_a_default_of_the_system_counts_as_set():
    paper = merged(DEFAULT, {"experiments": {"two": {"hyperparameters": {"learning_rate": 0.002, "latent": None}}}})
    paper["experiments"]["two"]["hyperparameters"].pop("latent")
    paper["experiments"]["two"]["hyperparameters"].pop("learning_rate")
    assert rows(DEFAULT, paper) == {("learning rate", "two"): ("0.002", "0.001")}  # 0.001: default of the system


def test_an_experiment_of_one_scale_alone_is_a_dash_in_the_other():
    more = {**DEFAULT["experiments"]["two"], "grid": {"beta": [0.7]}}
    found = rows(DEFAULT, merged(DEFAULT, {"experiments": {"more": more}}))
    assert found["beta", "more"] == ("–", "0.7")
    assert found["training on ttbar", "more"][0] == "–"


def test_the_scale_of_a_configuration_is_applied():
    half = merged(DEFAULT, {"scale": {"events": 0.5, "epochs": 0.4}})
    found = rows(DEFAULT, half)
    assert found["events generated", "two"] == ("300", "150")
    assert found["training on ttbar", "two"][1] == "2 epochs × 10 steps × 20 = 400"


def test_networks_of_another_experiment_are_not_trained_twice():
    user = {**DEFAULT["experiments"]["two"], "networks_of": "two"}
    del user["training"]
    default = merged(DEFAULT, {"experiments": {"user": user}})
    paper = merged(default, {"experiments": {"two": {"training": {"epochs": 7}}}})
    assert set(rows(default, paper)) == {("training on ttbar", "two")}


CHAINED = {
    "title": "",
    "system": "wgan",
    "processes": ["stop_02"],
    "grid": {},
    "hyperparameters": {"critic_steps": 3},
    "training": {"epochs": 4, "batch_size": 10, "steps_per_epoch": 5, "parts": {"met": {"epochs": 2}}},
    "generation": {"events": 300},
}


def test_steps_of_several_batches_and_parts_with_a_plan_of_their_own():
    default = merged(DEFAULT, {"experiments": {"chain": CHAINED}})
    paper = merged(default, {"experiments": {"chain": {"training": {"steps_per_epoch": None}}}})
    assert rows(default, paper)["training on stop_02", "chain"] == (
        "4 epochs × 5 steps × 3 batches of 10 = 600; met: 2 epochs × 5 steps × 3 batches of 10 = 300",
        "4 epochs × all rows of each part, in batches of 10; met: 2 epochs × all rows of each part, in batches of 10",
    )


def test_family_of_systems_alone():
    both = merged(DEFAULT, {"experiments": {"chain": CHAINED}})
    paper = merged(both, {"processes": {p: {"events": 9} for p in ("ttbar", "stop_02")}, "split": {"train": 0.8}})
    paper["experiments"] = {name: {**entry, "generation": {"events": 7}} for name, entry in both["experiments"].items()}
    found = rows(*(of_systems(each, lambda system: system == "wgan") for each in (both, paper)))
    assert set(found) == {("events", "stop_02"), ("share of the events", "train"), ("events generated", "chain")}
    assert len(both["experiments"]) == 2  # untouched


def test_merged_is_what_snakemake_does():
    ours = merged(DEFAULT, PAPER)
    theirs = yaml.safe_load(yaml.safe_dump(DEFAULT))
    snakemake.utils.update_config(theirs, PAPER)
    assert ours == theirs
    assert DEFAULT["experiments"]["two"]["grid"] == {"beta": [1.5]}  # untouched


def test_text_between_the_markers_is_replaced():
    readme = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = with_scales(readme, "new")
    assert once == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert with_scales(once, "new") == once


@pytest.mark.parametrize("readme", ["nothing", BEGIN, f"{END} {BEGIN}", f"{BEGIN} {END} {END}"])
def test_markers_that_are_not_there_once_in_order(readme):
    with pytest.raises(ValueError, match="needs a line"):
        with_scales(readme, "new")


def test_markdown_has_a_line_a_row():
    lines = scales_markdown(DEFAULT, merged(DEFAULT, {"split": {"train": 0.8}})).split("\n")
    assert lines == [
        "| what | config.yaml | paper.yaml | of |",
        "| --- | --- | --- | --- |",
        "| share of the events | 0.5 | 0.8 | train |",
    ]


def test_readme_has_the_differences_of_the_two_configurations():
    """If this fails, the configuration has changed: run ``python -m deepcollider.reports.scales``."""
    readme = (CONFIG / "README.md").read_text()
    assert readme == with_scales(readme, scales_markdown(*read_scales(CONFIG)))
