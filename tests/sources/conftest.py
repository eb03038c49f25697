"""A running stand-in for Zenodo, and an archive that asks it."""

import pytest

from tests.sources.zenodo_site import FILES, RECORD, Site
from tests.zenodo_server import zenodo


@pytest.fixture
def no_proxy(monkeypatch):
    """The loopback interface is not reached through a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server(no_proxy):
    with zenodo(RECORD, FILES) as running:
        yield running


@pytest.fixture
def site(server, tmp_path):
    return Site(server.api, tmp_path)
