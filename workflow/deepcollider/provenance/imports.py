"""Which modules of the library a script uses, found in its source without running it.

Snakemake does not notice when an imported module is edited. The workflow therefore declares the files found here as
inputs of the job, so that an edited module reruns exactly the jobs that use it.
"""

import ast
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = "deepcollider"


def _file_of(module: str, root: Path) -> Path | None:
    """Source file of a dotted module name of our package, None if it is not one."""
    base = root.joinpath(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _named_modules(source: str) -> set[str]:
    """Dotted names of our package that a source text imports, at the top or late, inside a function."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name.split(".")[0] == PACKAGE}


def _source_of(path: Path) -> str:
    """Python source of a script, or of the code cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def _files_of(modules: Iterable[str], root: Path) -> frozenset[Path]:
    """Source files of modules of our package, with the packages that they lie in."""
    files = set()
    for name in modules:
        steps = name.split(".")
        for depth in range(1, len(steps) + 1):
            found = _file_of(".".join(steps[:depth]), root)
            if found:
                files.add(found)
    return frozenset(files)


@cache
def _direct(path: Path, root: Path) -> frozenset[Path]:
    """Library files that one source file imports directly."""
    return _files_of(_named_modules(_source_of(path)), root)


def modules_of(script: str | Path, root: str | Path, extra: tuple[str, ...] = ()) -> list[Path]:
    """Library files that ``script`` (a .py or .ipynb file) uses, directly or through others, sorted.

    ``root`` is the folder that holds the package. ``extra`` are modules that are only known by configuration, such as
    the one of the generative system that a job trains.
    """
    root = Path(root)
    found = set(_files_of(extra, root))
    todo = {Path(script), *found}
    while todo:
        path = todo.pop()
        new = _direct(path, root) - found
        found |= new
        todo |= new
    return sorted(found)
