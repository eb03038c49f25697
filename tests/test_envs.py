"""Each conda YAML in a fresh virtual environment: what its rules import must be there, and nothing else is at hand.

Conda's channels are not needed: the packages of a YAML are installed from the package index, under the names that the
two worlds share (``CONDA_NAMES`` for the rest), and constrained to the versions of the lock.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deepcollider.provenance.imports import modules_of
from deepcollider.sources.ntuples import FORMATS

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"matplotlib-base": "matplotlib", "seaborn-base": "seaborn"}
ENVIRONMENTS = sorted(path.stem for path in (ROOT / "envs").glob("*.yaml"))


def requirements(name: str) -> list[str]:
    """The packages of an environment as the package index names them."""
    found = []
    for entry in yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"]:
        if isinstance(entry, dict):
            found += entry["pip"]
        elif not re.match(r"(python|pip)\b", entry):
            package, _, version = entry.partition(" ")
            found.append(CONDA_NAMES.get(package, package) + version)
    return found


def sources_of(name: str) -> set[Path]:
    """Scripts, notebooks and library modules that the rules of an environment run."""
    sources = set()
    for rules in (ROOT / "workflow/rules").glob("*.smk"):
        for block in re.split(r"\n *rule\b", rules.read_text())[1:]:
            if f"envs/{name}.yaml" not in block:
                continue
            script = ROOT / "workflow/scripts" / re.search(r'script:\s+"\.\./scripts/([^"]+)"', block)[1]
            systems = []
            if "system_library" in block:
                folder = ROOT / "workflow/deepcollider/generators/systems"
                systems = [f"deepcollider.generators.systems.{path.stem}" for path in folder.glob("[a-z]*.py")]
            if "ntuple_library" in block:
                systems = list(FORMATS.values())
            sources |= {script, *modules_of(script, ROOT / "workflow", tuple(systems))}
            notebooks = re.findall(r"notebooks/(\w+\.ipynb)", block)
            if "notebooks/{" in block:  # which one is for the wildcards to say
                notebooks = [path.name for path in (ROOT / "workflow/notebooks").glob("*.ipynb")]
            for notebook in notebooks:
                path = ROOT / "workflow/notebooks" / notebook
                sources |= {path, *modules_of(path, ROOT / "workflow")}
    return sources


def source_text(path: Path) -> str:
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def imported_packages(sources: set[Path]) -> list[str]:
    """Top-level packages, not of the standard library and not ours, that the sources import anywhere."""
    found = set()
    for path in sources:
        for node in ast.walk(ast.parse(source_text(path))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.split(".")[0])
    return sorted(found - set(sys.stdlib_module_names) - {"deepcollider"})


def fresh_environment(folder: Path, packages: list[str]) -> Path:
    """A virtual environment with these packages, at the versions of the lock; returns its Python."""
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^[a-zA-Z0-9_.-]+==[^\\\n]+", lock, re.MULTILINE)
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(pins))
    python = folder / "venv/bin/python"
    uv = shutil.which("uv")
    create = [uv, "venv", "-q", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    install = (
        [uv, "pip", "install", "-q", "--python", str(python)] if uv else [str(python), "-m", "pip", "install", "-q"]
    )
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    for command in ([*create, str(folder / "venv")], [*install, "-c", str(constraints), *packages]):
        done = subprocess.run(command, capture_output=True, text=True, env=clean)
        assert done.returncode == 0, done.stderr
    return python


def test_every_environment_is_used():
    assert all(sources_of(name) for name in ENVIRONMENTS)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_fresh_environment_has_what_its_rules_import(name, tmp_path):
    packages = imported_packages(sources_of(name))
    assert packages, name
    python = fresh_environment(tmp_path, requirements(name))
    code = "\n".join(f"import {package}" for package in packages)
    # compiled bytecode is not there, nor wanted: importing once is all that happens
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, f"{name}: {packages}\n{done.stderr}"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environment_files_are_conda_match_specs(name):
    content = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())
    assert content["channels"] == ["conda-forge"]
    for entry in content["dependencies"]:
        if isinstance(entry, str):
            assert re.fullmatch(r"[a-z0-9_-]+( (\d[\d.]*\.\*|[<>=!]=?\d[\d.]*(,[<>=!]=?\d[\d.]*)*))?", entry), entry
