"""Tests of a file share their fixtures in one process, and all that look at the finished run share that run."""

import pytest

FINISHED = "finished"


def group_of(item: pytest.Item) -> str:
    """Of the tests that one process takes."""
    return FINISHED if FINISHED in item.fixturenames else item.nodeid.partition("::")[0]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
    items.sort(key=lambda item: group_of(item) != FINISHED)  # the longest first, with all others beside it
