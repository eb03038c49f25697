"""Which modules a script uses: on a package made by hand, and on the real one."""

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from deepcollider.generators.registry import module_of
from deepcollider.provenance.imports import modules_of

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCRIPTS = sorted((WORKFLOW / "scripts").glob("*.py"))
NOTEBOOKS = sorted((WORKFLOW / "notebooks").glob("*.ipynb"))

SOURCES = {
    "deepcollider/__init__.py": "",
    "deepcollider/direct.py": "import json\nfrom deepcollider.pack import inner\n",
    "deepcollider/pack/__init__.py": "",
    "deepcollider/pack/inner.py": "def f():\n    import deepcollider.late\n",
    "deepcollider/pack/other.py": "import deepcollider.unrelated\n",
    "deepcollider/late.py": "import deepcollider.direct\n",  # round and round
    "deepcollider/named.py": "VALUE = 1\n",
    "deepcollider/unrelated.py": "",
    "deepcollider/configured/__init__.py": "",
    "deepcollider/configured/system.py": "def build():\n    from deepcollider.network import Network\n",
    "deepcollider/network.py": "class Network: ...\n",
    "elsewhere/direct.py": "",
}


@pytest.fixture
def used(tmp_path):
    """Names of the library files that a script of the given source uses."""
    for name, source in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)

    def ask(source, extra=(), suffix=".py"):
        script = tmp_path / f"script{suffix}"
        script.write_text(source)
        found = modules_of(script, tmp_path, extra)
        assert found == sorted(found)
        return [path.relative_to(tmp_path / "deepcollider").as_posix() for path in found]

    return ask


def test_package_that_is_named_directly(used):
    assert used("from deepcollider.named import VALUE\n") == ["__init__.py", "named.py"]
    assert used("from deepcollider import named\n") == ["__init__.py", "named.py"]
    assert used("import deepcollider.named as n\n") == ["__init__.py", "named.py"]


def test_imports_are_followed_late_ones_and_packages_too(used):
    chain = ["__init__.py", "direct.py", "late.py", "pack/__init__.py", "pack/inner.py"]
    assert used("import deepcollider.direct\n") == chain


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    from deepcollider.named import VALUE\n",
        "with open('log'):\n    import deepcollider.named\n",
        "if False:\n    from deepcollider import named\n",
        "try:\n    import deepcollider.named\nexcept ImportError:\n    pass\n",
    ],
)
def test_imports_inside_blocks_count(used, source):
    assert used(source) == ["__init__.py", "named.py"]


def test_other_packages_do_not_count(used):
    assert used("import json\nimport elsewhere.direct\nfrom os import path\nimport deepcollider_x\n") == []
    assert used("text = 'import deepcollider.named'\n# import deepcollider.named\n") == []


def test_notebook(used):
    cells = [
        {"cell_type": "markdown", "source": ["import deepcollider.unrelated"]},
        {"cell_type": "code", "source": ["import json\n", "from deepcollider.named import VALUE"]},
        {"cell_type": "code", "source": ["import deepcollider.network\n"]},
    ]
    assert used(json.dumps({"cells": cells}), suffix=".ipynb") == ["__init__.py", "named.py", "network.py"]


def test_modules_known_by_configuration_alone(used):
    source = "import deepcollider.named\n"
    found = used(source, extra=("deepcollider.configured.system",))
    assert set(found) - set(used(source)) >= {"configured/system.py", "network.py"}


def test_init_files_of_configured_modules_count(used):
    assert "configured/__init__.py" in used("import json\n", extra=("deepcollider.configured.system",))


def library_of(script, *extra):
    found = modules_of(script, WORKFLOW, extra)
    return {path.relative_to(WORKFLOW / "deepcollider").as_posix() for path in found}


def folders_of(script):
    return {name.split("/")[0] for name in library_of(WORKFLOW / "scripts" / script)}


def test_metrics_do_not_depend_on_generators():
    assert {"metrics", "store"} <= folders_of("metrics.py")
    assert not {"generators", "figures", "sources"} & folders_of("metrics.py")


def test_simulation_does_not_depend_on_what_comes_after():
    assert {"sources", "physics"} <= folders_of("simulate.py")
    assert not {"generators", "metrics", "figures", "reports"} & folders_of("simulate.py")


def test_training_depends_on_the_networks_of_its_system():
    networks = {"generators/networks/beta_vae.py", "generators/networks/layers.py"}
    train = WORKFLOW / "scripts/train.py"
    assert not networks & library_of(train)
    assert networks <= library_of(train, module_of("beta-vae-per-particle"))


@pytest.mark.parametrize("script", [*SCRIPTS, *NOTEBOOKS], ids=lambda path: path.name)
def test_every_script_resolves(script):
    found = modules_of(script, WORKFLOW)
    assert found
    assert all(path.is_file() and WORKFLOW in path.parents for path in found)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_module_that_a_script_names_exists(script):
    named = {
        node.module
        for node in ast.walk(ast.parse(script.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("deepcollider")
    }
    for name in named:
        path = Path(importlib.util.find_spec(name).origin)
        assert path in modules_of(script, WORKFLOW)


def test_no_relative_imports_which_would_not_be_found():
    for path in (WORKFLOW / "deepcollider").rglob("*.py"):
        imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        assert not any(node.level for node in imports), path


def test_what_python_loads_is_declared():
    """All that is loaded when the imports of a script run is found in its source too."""
    script = WORKFLOW / "scripts/metrics.py"
    imports = [node for node in ast.parse(script.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    code = [
        "import sys",
        f"sys.path.insert(0, {str(WORKFLOW)!r})",
        *map(ast.unparse, imports),
        "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'deepcollider'), sep='\\n')",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, check=True)
    loaded = set(map(Path, done.stdout.split()))
    assert len(loaded) > 5
    assert loaded <= set(modules_of(script, WORKFLOW))
