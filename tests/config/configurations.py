"""The configurations that come along, and with what one is refused."""

from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from deepcollider.config import validate_config, without_dropped
from deepcollider.errors import ConfigError

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.json"


def configuration(*files):
    """Config files merged as Snakemake does."""
    merged = {}
    for file in files:
        update_config(merged, yaml.safe_load((ROOT / "config" / file).read_text()))
    return merged


def fault_as_it_stands(config):
    """The message with which a config is refused, nothing dropped from it."""
    with pytest.raises(ConfigError) as error:
        validate_config(config, SCHEMA)
    return str(error.value)


def fault(config):
    """The message with which a config is refused."""
    return fault_as_it_stands(without_dropped(config))
