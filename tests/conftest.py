"""Tests of a file share their fixtures in one process, and all that look at the finished run share that run."""

import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        group = "finished" if "finished" in item.fixturenames else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
