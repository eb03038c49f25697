"""A leading ~ of every path of the configuration is the home folder, or refused; no folder is ever called ~."""

import json
import pwd

import pytest

from deepcollider.config import load_schema, prepare_config
from deepcollider.errors import ConfigError
from tests.config.configurations import SCHEMA

HOME = "/somebody's home"


@pytest.fixture(autouse=True)
def home(monkeypatch):
    monkeypatch.setenv("HOME", HOME)


def with_path(config, key, path):
    """A config in which one path is given, and where it stands."""
    if key == "processes.ttbar.path":
        config["processes"]["ttbar"] = {"source": "file", "path": path}
        return "processes.ttbar.path"
    if key == "ntuples.WZto3LNu.paths":
        config["ntuples"]["WZto3LNu"] = {"source": "file", "paths": ["data/a.root", path]}
        return "ntuples.WZto3LNu.paths[1]"
    config["zenodo"]["folder"] = path
    return "zenodo.folder"


def path_in(config, key):
    section, *rest = key.split(".")
    found = config[section]
    for step in rest:
        found = found[step]
    return found[1] if isinstance(found, list) else found


KEYS = pytest.mark.parametrize("key", ["processes.ttbar.path", "ntuples.WZto3LNu.paths", "zenodo.folder"])


def test_every_path_of_the_schema_is_known_as_one():
    """Keys whose names say that they hold paths; one that is added must be told to be one too."""
    found = []

    def look(schema, name):
        if name in ("path", "paths", "folder"):
            found.append(schema.get("items", schema).get("format"))
        for key, value in {**schema.get("properties", {}), "*": schema.get("additionalProperties")}.items():
            if isinstance(value, dict):
                look(value, key)

    look(load_schema(SCHEMA), "")
    assert found == ["path"] * 3


@KEYS
@pytest.mark.parametrize(
    ("path", "expanded"),
    [
        ("~", HOME),
        ("~/dm", f"{HOME}/dm"),
        (" ~/dm", f"{HOME}/dm"),
        ("~/dm/*.root", f"{HOME}/dm/*.root"),
        ("~root/dm", f"{pwd.getpwnam('root').pw_dir}/dm"),
        ("data/~mine/a", "data/~mine/a"),
        ("./~mine/a", "./~mine/a"),
        ("data/a~", "data/a~"),
    ],
)
def test_home_folder_is_put_in(config, key, path, expanded):
    with_path(config, key, path)
    assert path_in(prepare_config(config, SCHEMA), key) == expanded


@KEYS
@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("~nobody-of-this-name/dm", "the home folder of ~nobody-of-this-name is not known here; write the path out"),
        ("data/~/dm", "~ means the home folder at the beginning of a path alone"),
        ("./~", "~ means the home folder at the beginning of a path alone"),
        ("data/ ~ /dm", "~ means the home folder at the beginning of a path alone"),
    ],
)
def test_other_tildes_are_refused_by_name(config, key, path, told):
    place = with_path(config, key, path)
    with pytest.raises(ConfigError) as error:
        prepare_config(config, SCHEMA)
    assert str(error.value).startswith(f"{place}: {path!r}: {told}")


@pytest.mark.parametrize("home", ["~", "~/there"])
def test_home_that_is_none_is_refused(config, monkeypatch, home):
    monkeypatch.setenv("HOME", home)
    with_path(config, "zenodo.folder", "~/dm")
    with pytest.raises(ConfigError, match=r"zenodo\.folder"):
        prepare_config(config, SCHEMA)


@pytest.mark.parametrize("address", ["root://host//~user/a.root", "https://host/~/a.root"])
def test_address_stays_as_it_is(config, address):
    with_path(config, "ntuples.WZto3LNu.paths", address)
    assert path_in(prepare_config(config, SCHEMA), "ntuples.WZto3LNu.paths") == address


def test_all_else_stays_as_it_is(config):
    config["experiments"]["small"]["title"] = "~ 3 sigma"
    before = json.loads(json.dumps(config))
    assert prepare_config(config, SCHEMA) == before


@pytest.mark.parametrize("path", ["data/{x}.csv", "a{b", "~/}"])
def test_braces_are_refused_by_name(config, path):
    """Snakemake would take them for wildcards, and say so in words that nobody understands."""
    with_path(config, "processes.ttbar.path", path)
    with pytest.raises(ConfigError, match=r"processes\.ttbar\.path: .*braces.*rename it"):
        prepare_config(config, SCHEMA)
