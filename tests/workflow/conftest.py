"""A copy of the project to run the workflow in, and one finished tiny run that the tests look at."""

from pathlib import Path

import pytest

from tests.workflow.harness import copy_project, run_snakemake


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A project in which the whole tiny workflow has run."""
    folder = copy_project(tmp_path_factory.mktemp("finished"))
    run_snakemake(folder)
    return folder


@pytest.fixture
def project(tmp_path) -> Path:
    """A project in which nothing has run yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    return copy_project(folder)
