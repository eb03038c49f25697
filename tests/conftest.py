"""How tests are shared out among processes (pytest-xdist, ``make test``): file by file, the longest group first."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at the finished tiny workflow stays in one process, which runs it once, and starts at once."""

    def group(item: pytest.Item) -> str:
        return "finished" if "finished" in item.fixturenames else item.nodeid.split("::")[0]

    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: group(item) != "finished")
