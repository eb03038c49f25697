"""What the configuration of amplification may say."""

import pytest

from deepcollider.config import prepare_config, validate_config
from deepcollider.errors import ConfigError
from tests.config.configurations import SCHEMA, configuration

PLAN = {"experiment": "autoregressive", "events": [1000, 5000], "bins": 20}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"experiment": "experiment-0"}, "system alpha-vae of experiment-0 starts from true events"),
        ({"events": []}, "amplification.events: []"),
        ({"bin": 20}, "amplification: unknown key 'bin'; did you mean 'bins'"),
    ],
)
def test_faults_are_named(change, message):
    config = configuration("config.yaml")
    config["amplification"] = PLAN | change
    with pytest.raises(ConfigError, match="amplification") as raised:
        validate_config(config, SCHEMA)
    assert message in str(raised.value)


@pytest.mark.parametrize("plan", [None, PLAN, PLAN | {"experiment": "experiment-0"}])
def test_nothing_is_asked_of_an_experiment_that_is_not_run(plan):
    config = configuration("config.yaml")
    prepare_config({**config, "amplification": plan, "only": ["experiment-2"]}, SCHEMA)
