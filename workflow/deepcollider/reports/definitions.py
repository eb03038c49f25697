"""Docstrings of modules, which define the numbers, as text of a report."""

import inspect
import re
from types import ModuleType

ROLE = re.compile(r":(?:mod|func|class|meth|data):`~?([^`]+)`")


def section(module: ModuleType) -> str:
    """The docstring of a module as Markdown under its name; references become the names of what they refer to."""
    name = module.__name__.rpartition(".")[2].replace("_", " ")
    text = ROLE.sub(r"`\1`", inspect.getdoc(module) or "").replace("``", "`")
    return f"### {name}\n\n{text}"
