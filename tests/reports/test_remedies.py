"""Pieces of configuration that would make a published figure, with the configuration's own check as judge."""

from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from deepcollider.config import prepare_config
from deepcollider.experiment import Experiment
from deepcollider.generators.registry import known_systems, system_class
from deepcollider.reports.figure_index import Run, experiment_facts, figure_index
from deepcollider.reports.published_figures import read_mapping, read_published, sample_groups
from deepcollider.reports.remedies import Remedies
from deepcollider.samples import read_ntuples, read_processes

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.json"
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())
PROCESSES, NTUPLES = read_processes(ROOT / "config/processes.tsv"), read_ntuples(ROOT / "config/ntuples.tsv")
GROUPS = sample_groups(PROCESSES, NTUPLES, {"trileptons": "nanoaod", "dileptons": "dilepton"})
SYSTEM = "beta-vae-per-particle"


def real_index(config, default=DEFAULT):
    """The index of all published figures under a configuration; every file is taken for made."""
    experiments = {name: Experiment(name, config) for name in config["experiments"]}
    run = Run(
        {name: experiment_facts(e) for name, e in experiments.items()},
        frozenset([*config["processes"], *config["ntuples"]]),
        GROUPS,
        lambda path: True,
    )
    published = read_published(ROOT / "resources/published_figures.csv")
    systems = {name: system_class(name).defaults for name in known_systems()}
    mapping = read_mapping(ROOT / "config/published_figures.tsv", published, GROUPS, systems)
    remedies = Remedies(run, PROCESSES, NTUPLES, default, config.get("only") or ())
    return figure_index(published, mapping, run, remedies.yaml)


def configuration(**sections):
    """The embedded default with changes on top, checked."""
    merged = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    update_config(merged, sections)
    return prepare_config(merged, SCHEMA)


ONLY_TTBAR = dict.fromkeys(["stop_02", "z_jets", "ww", "gluino_01", "Zp_01"])
WITHOUT = {
    "the embedded default": {},
    "top pairs alone": {
        "processes": ONLY_TTBAR,
        "ntuples": dict.fromkeys(NTUPLES),
        "experiments": {name: None for name, e in DEFAULT["experiments"].items() if "stop_02" in e["processes"]},
    },
    "no experiment": {"experiments": dict.fromkeys(DEFAULT["experiments"])},
    "one experiment": {"only": ["experiment-2"]},
    "published top processes": yaml.safe_load((ROOT / "config/demo-real.yaml").read_text()),
}


@pytest.mark.parametrize("sections", WITHOUT.values(), ids=WITHOUT)
def test_remedies_are_valid_and_make_what_they_promise(sections):
    """Added to the configuration, each passes its check, and the figure is then made with all published settings."""
    before = real_index(configuration(**sections))
    remedies = dict.fromkeys(entry["remedy"] for entry in before if entry["remedy"])
    assert remedies or not sections
    for remedy in remedies:
        merged = yaml.safe_load((ROOT / "config/config.yaml").read_text())
        update_config(merged, sections)
        update_config(merged, yaml.safe_load(remedy))
        after = real_index(prepare_config(merged, SCHEMA))
        for old, new in zip(before, after, strict=True):
            if old["remedy"] == remedy:
                assert new["remedy"] == ""
                assert new["status"] == "made", (old["id"], new)


def test_what_needs_a_remedy_and_could_be_made_has_one():
    for entry in real_index(configuration(**WITHOUT["top pairs alone"])):
        if entry["status"] != "made":
            assert entry["remedy"], entry


def test_experiment_of_a_system_takes_the_process_too():
    (remedy,) = {
        entry["remedy"]
        for entry in real_index(configuration(**WITHOUT["top pairs alone"]))
        if (entry["document"], entry["id"]) == ("VAE thesis", "Fig 7.88")
    }
    assert yaml.safe_load(remedy) == {
        "processes": {"stop_02": DEFAULT["processes"]["stop_02"]},
        "experiments": {"experiment-2": {"processes": ["ttbar", "stop_02"], "grid": {"beta": [1.0, 1.5]}}},
    }


@pytest.mark.parametrize(
    ("document", "id", "experiments"),
    [
        ("VAE thesis", "Fig 7.17", {"experiment-1": {"grid": {"alpha": [0.1, 0.2, 0.3, 0.4]}}}),
        ("VAE thesis", "Fig 7.53", {"experiment-2": {"grid": {"beta": [1.0, 1.5]}}}),
        # networks of another experiment: that one must have the setting too, but for what shapes no network
        (
            *("VAE slides", "4.1"),
            {
                "slides-1": {"grid": {"beta": [0.001, 0.01]}},
                "slides-1-bgmm": {"grid": {"beta": [0.001, 0.01], "gamma": [10, 50]}},
            },
        ),
        ("VAE slides", "4.3b", {"slides-3-bgmm": {"grid": {"alpha": [0.2], "gamma": [10, 100]}}}),
    ],
)
def test_grid_grows_by_the_published_settings(document, id, experiments):
    entries = {(entry["document"], entry["id"]): entry for entry in real_index(configuration())}
    entry = entries[document, id]
    assert entry["status"] == "made with fewer settings than published"
    assert yaml.safe_load(entry["remedy"]) == {"experiments": experiments}


def test_hyperparameter_that_an_experiment_fixes_needs_an_experiment_of_its_own():
    fixed = configuration()
    fixed["experiments"]["experiment-2"] |= {"grid": {}, "hyperparameters": {"beta": 1.0, "learning_rate": 0.002}}
    entries = {(entry["document"], entry["id"]): entry for entry in real_index(prepare_config(fixed, SCHEMA))}
    (remedy,) = {entries["VAE thesis", "Tab 7.3"]["remedy"]}
    piece = yaml.safe_load(remedy)
    assert list(piece["experiments"]) == [f"{SYSTEM}-ttbar"]
    assert piece["experiments"][f"{SYSTEM}-ttbar"]["grid"] == {"beta": [0.5, 0.7, 1.0, 1.2, 1.5]}
    fixed["experiments"] |= piece["experiments"]
    after = {(entry["document"], entry["id"]): entry for entry in real_index(prepare_config(fixed, SCHEMA))}
    assert after["VAE thesis", "Tab 7.3"]["status"] == "made"


def test_system_without_an_experiment_gets_the_default_one():
    entries = real_index(configuration(**WITHOUT["no experiment"]))
    (remedy,) = {entry["remedy"] for entry in entries if entry["id"] == "Tab 7.3"}
    (added,) = yaml.safe_load(remedy)["experiments"].values()
    wanted = DEFAULT["experiments"]["experiment-2"]
    assert added["processes"] == ["ttbar"]
    assert added["grid"] == {"beta": [0.5, 0.7, 1.0, 1.2, 1.5]}  # as published
    own = ("title", "processes", "grid")
    assert {key: added[key] for key in wanted if key not in own} == {
        key: value for key, value in wanted.items() if key not in own
    }


def test_system_that_the_default_does_not_have_gets_its_own_defaults():
    without = {name: entry for name, entry in DEFAULT["experiments"].items() if entry["system"] != "wgan"}
    config = configuration(experiments=dict.fromkeys(set(DEFAULT["experiments"]) - set(without)))
    index = real_index(config, default={**DEFAULT, "experiments": without})
    remedy = next(entry["remedy"] for entry in index if "no experiment of wgan" in entry["reason"])
    added = yaml.safe_load(remedy)["experiments"]["wgan-ttbar"]
    assert (added["system"], added["processes"], added["grid"]) == ("wgan", ["ttbar"], {})
    assert "hyperparameters" not in added and "published" not in added
    config["experiments"]["wgan-ttbar"] = added
    prepare_config(config, SCHEMA)


@pytest.mark.parametrize(
    ("sample", "piece"),
    [
        ("ZW", {"processes": {"ZW": {"source": "pythia", "events": 10_000}}}),
        ("ttbarWW", {"processes": {"ttbarWW": {"source": "zenodo"}}}),
        ("BSM", {"processes": {"gluino_01": DEFAULT["processes"]["gluino_01"]}}),
        ("dileptons-signal", {"ntuples": {"ttdm_pseudoscalar_100_1": DEFAULT["ntuples"]["ttdm_pseudoscalar_100_1"]}}),
    ],
)
def test_samples_to_add(sample, piece):
    run = Run({}, frozenset(), GROUPS, bool)
    assert yaml.safe_load(Remedies(run, PROCESSES, NTUPLES, DEFAULT).yaml([], [], [sample])) == piece
