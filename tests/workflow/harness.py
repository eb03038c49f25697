"""Run the workflow in a copy of the project."""

import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("Snakefile", "workflow", "config", "envs", "resources")


def run_snakemake(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    """Snakemake in ``folder`` with the tiny configuration; output captured as text."""
    command = [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml", "--cores", "2", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(), timeout=900)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


def environment() -> dict[str, str]:
    """Our environment without what pytest or a caller set for Python's import path."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH",)}


def copy_project(folder: Path) -> Path:
    """The sources of the project in a new folder, with the tiny configuration beside them."""
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    shutil.copy2(ROOT / "tests/tiny.yaml", folder / "tiny.yaml")
    return folder


def copy_run(finished: Path, factory: pytest.TempPathFactory, configuration: str) -> Path:
    """A copy of a finished run in a new folder, to go on from, with a further configuration beside it: more.yaml."""
    folder = factory.mktemp("copy") / "project"
    shutil.copytree(finished, folder)
    (folder / "more.yaml").write_text(configuration)
    return folder


class OutsideReferences(HTMLParser):
    """Collects what a browser would fetch when it opens the page."""

    def __init__(self):
        super().__init__()
        self.found, self.pictures = [], 0

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.pictures += tag == "img"
        source = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
        if source and not source.startswith("data:"):
            self.found.append((tag, source))
