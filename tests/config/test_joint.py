"""What the configuration of a network of several processes may say, and what follows from it."""

import pytest

from deepcollider.config import check_processes, prepare_config
from deepcollider.errors import ConfigError
from deepcollider.experiment import Experiment
from tests.config.configurations import SCHEMA, configuration

JOINT, MASSES = "autoregressive-joint", "autoregressive-masses"


@pytest.fixture
def config():
    return configuration("config.yaml", "flagship.yaml")


def fault(config, processes) -> str:
    with pytest.raises(ConfigError) as raised:
        check_processes(prepare_config(config, SCHEMA), processes)
    return str(raised.value)


def test_flagship_is_valid(config, processes):
    check_processes(prepare_config(config, SCHEMA), processes)


def test_conditions_of_processes(config, processes):
    experiment = Experiment(JOINT, prepare_config(config, SCHEMA))
    names = ["ttbar", "stop_02", "gluino_01", "Zp_01", "ww"]
    assert experiment.conditions(processes)["gluino_01"] == [0, 0, 1, 0, 0]
    assert list(experiment.conditions(processes)) == names
    assert {experiment.trained_on(name) for name in names} == {JOINT}


def test_conditions_of_masses(config, processes):
    """1, 1.2 and 1.6 TeV are learnt, 1.4 TeV is not; the neutralino is the same in all."""
    found = Experiment(MASSES, prepare_config(config, SCHEMA)).conditions(processes)
    assert found["gluino_01"] == [pytest.approx(-1)]
    assert found["gluino_04"] == [pytest.approx(1)]
    assert found["gluino_03"] == [pytest.approx(0.43182, abs=1e-4)]  # 2 ln 1.4 / ln 1.6 - 1


def test_nothing_is_told_of_a_process_that_is_learnt_alone(config, processes):
    experiment = Experiment("autoregressive", prepare_config(config, SCHEMA))
    assert experiment.conditions(processes) == {"ttbar": []}
    assert experiment.trained_on("ttbar") == "ttbar"


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (
            JOINT,
            {"system": "wgan", "hyperparameters": {}},
            "joint: system wgan learns one process at a time; autoregressive-mixture, auto",
        ),
        (JOINT, {"joint": {"processes": ["ttbar", "stop_2"], "condition": "process"}}, "did you mean 'stop_02'"),
        (JOINT, {"joint": {"processes": ["ttbar"], "condition": "process"}}, "joint.processes"),
        (
            JOINT,
            {"joint": {"processes": ["ttbar", "ww"], "condition": "process"}},
            "stop_02, gluino_01, Zp_01 is to be",
        ),
        (JOINT, {"joint": {"processes": ["ttbar", "ww"], "condition": "mass"}}, "'mass' is not one of"),
        (JOINT, {"fine_tunes": {"experiment": "autoregressive", "process": "ttbar"}}, "remove networks_of and fine_tu"),
        (MASSES, {"system": "autoregressive-mixture"}, "gluino_03 nothing is learnt, so no masks are known"),
        (MASSES, {"joint": {"processes": ["ttbar", "ww"], "condition": "masses"}}, "do not state the masses"),
        ("autoregressive-5k", {"system": "wgan", "hyperparameters": {}, "grid": {}}, "training.max_rows: only for"),
    ],
)
def test_faults_are_named(config, processes, name, change, told):
    config["experiments"][name] |= change
    assert told in fault(config, processes)


def test_masses_that_do_not_differ_are_refused(config, processes):
    entry = config["experiments"][MASSES]
    entry["joint"]["processes"], entry["processes"] = ["Zp_01", "ww"], ["Zp_01"]
    assert "do not state the masses of the same particles" in fault(config, processes)
    entry["joint"]["processes"], entry["processes"] = ["ttbar", "ww"], ["ttbar"]
    assert "state no masses that differ" in fault(config, processes)


def test_name_of_a_process_is_taken(config):
    config["experiments"]["ww"] = config["experiments"].pop(JOINT)
    config["only"] = ["ww"]
    with pytest.raises(ConfigError, match="is the name of a process too"):
        prepare_config(config, SCHEMA)
