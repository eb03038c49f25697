"""What the configuration of anomaly detection may say."""

import pytest

from deepcollider.config import prepare_config, validate_config
from deepcollider.errors import ConfigError
from tests.config.configurations import SCHEMA, configuration


@pytest.fixture
def config():
    return configuration("config.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"likelihood": "wgan"},
            "system wgan of wgan has none; choose an experiment of autoregressive-mixture, autoregressive-mixture-",
        ),
        ({"signals": ["ttbar"]}, "anomaly.signals: ttbar is the background, the first process of autoregressive"),
        ({"signals": []}, "anomaly.signals: []"),
        ({"signal": ["stop_02"]}, "anomaly: unknown key 'signal'; did you mean 'signals'"),
    ],
)
def test_faults_are_named(config, change, message):
    config["anomaly"] |= change
    with pytest.raises(ConfigError, match="anomaly") as raised:
        validate_config(config, SCHEMA)
    assert message in str(raised.value)


def test_nothing_is_asked_of_an_experiment_that_is_not_run(config):
    """A configuration that runs others alone may leave out the signals."""
    config["only"] = ["experiment-2"]
    config["processes"]["gluino_01"] = None
    prepare_config(config, SCHEMA)


def test_null_turns_it_off(config):
    config["anomaly"] = None
    for experiment in ("autoregressive", "autoregressive-refined"):  # the second keeps events of the first
        config["experiments"][experiment] = None
    prepare_config(config, SCHEMA)
