"""A copy of the project to run the workflow in, and one finished tiny run that the tests look at."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from tests.workflow.harness import copy_project, run_snakemake


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A project in which the whole tiny workflow has run: once, however many processes share the tests."""
    folder = tmp_path_factory.getbasetemp() / "finished"
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parents[1] / "finished"
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder.with_suffix(".done")
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a process that failed
            folder.mkdir()
            run_snakemake(copy_project(folder))
            done.touch()
    return folder


@pytest.fixture
def project(tmp_path) -> Path:
    """A project in which nothing has run yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    return copy_project(folder)
