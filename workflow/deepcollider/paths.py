"""Paths of the configuration: what a user may write, and what Snakemake can take."""

import os
from pathlib import Path
from typing import Any

from deepcollider.errors import ConfigError


def with_homes(value: Any, schema: dict, place: str = "") -> Any:
    """``value`` with the home folder in the place of a leading ``~`` or ``~user`` of every path in it.

    Paths are the texts that the schema gives the format ``path``; addresses (``http://...``) stay. Raises ConfigError
    for a home folder that is not known, and for a folder that is called ``~``, which nobody means.
    """
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        return {
            key: with_homes(entry, known.get(key, others), f"{place}.{key}".lstrip(".")) for key, entry in value.items()
        }
    if isinstance(value, list):
        return [with_homes(entry, schema.get("items", {}), f"{place}[{i}]") for i, entry in enumerate(value)]
    if schema.get("format") != "path" or not isinstance(value, str) or "://" in value:
        return value
    expanded = os.path.expanduser(value.strip() if value.strip().startswith("~") else value)
    parts = Path(expanded).parts
    if expanded.startswith("~"):
        raise ConfigError(
            f"{place}: {value!r}: the home folder of {parts[0]} is not known here; write the path out "
            "(./~... where a name does begin with ~)"
        )
    if any(part.strip() == "~" for part in parts):
        raise ConfigError(
            f"{place}: {value!r}: ~ means the home folder at the beginning of a path alone; write the path out"
        )
    return without_braces(expanded, f"{place}: ")


def without_braces(path: str, place: str = "") -> str:
    """Give back a path; raise ConfigError if it has braces, which Snakemake takes for wildcards."""
    if "{" in path or "}" in path:
        raise ConfigError(
            f"{place}{path!r}: Snakemake takes braces in a path for wildcards; rename it, or give a link to it"
        )
    return path
