"""A whole run under settings of the user that would change or break it: the same files come out."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import deepcollider.generators.networks.beta_vae  # noqa: F401 - registers the class that the file of the network names
from tests.workflow.harness import environment

pytestmark = pytest.mark.workflow

NETWORK = "results/models/experiment-2/beta-1.5/ttbar/met.keras"
FIGURE = "results/figures/experiment-2/ttbar/losses.png"
REPORT = "results/reports/dileptons.html"
FOREIGN_KERNEL = {"argv": ["/none/python3"], "display_name": "Python 3 (old)", "language": "python"}
VARIABLES = {
    "KERAS_BACKEND": "jax",
    "TF_USE_LEGACY_KERAS": "1",
    "PYTHONWARNINGS": "error",
    "PYTHONOPTIMIZE": "2",
    "PANDAS_COPY_ON_WRITE": "warn",
    "MPLBACKEND": "no-such-backend",
    "JUPYTER_PREFER_ENV_PATH": "0",
    "LC_ALL": "POSIX",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
    "TMPDIR": "/dev/null/none",
}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def home_with_settings(folder: Path) -> Path:
    """Write a home folder with settings of Keras, Jupyter, IPython and matplotlib that would break or change a run."""
    write(folder / ".keras/keras.json", json.dumps({"floatx": "float64", "backend": "torch"}))
    write(folder / ".local/share/jupyter/kernels/python3/kernel.json", json.dumps(FOREIGN_KERNEL))
    write(folder / "jupyter/kernels/python3/kernel.json", json.dumps(FOREIGN_KERNEL))
    write(
        folder / ".ipython/profile_default/startup/00-mine.py", "import pandas\npandas.options.display.max_rows = 1\n"
    )
    write(folder / ".ipython/profile_default/ipython_kernel_config.py", "raise SystemExit('mine')\n")
    write(folder / ".config/matplotlib/matplotlibrc", "font.size: 40\nlines.linewidth: 9\n")
    write(folder / "mine/sitecustomize.py", "import builtins\nbuiltins.sum = None\n")
    return folder


@pytest.mark.parametrize("home", ["with settings", "not there"])
def test_run_is_the_same_whatever_the_users_settings(finished, tmp_path, home):
    folder = tmp_path / "project"
    shutil.copytree(finished, folder, symlinks=True)
    shutil.rmtree(folder / ".snakemake/deepcollider", ignore_errors=True)
    mine = home_with_settings(tmp_path / "home")
    write(folder / "matplotlibrc", "font.size: 40\n")  # matplotlib looks here first
    before = {name: (folder / name).read_bytes() for name in (NETWORK, FIGURE, REPORT)}
    environ = {
        **environment(),
        **VARIABLES,
        "HOME": str(mine) if home == "with settings" else "/dev/null/none",
        "JUPYTER_PATH": str(mine / "jupyter"),
        "MPLCONFIGDIR": str(mine / ".config/matplotlib"),
    }
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        environ.pop(name, None)
    command = ["workflow/run.py", "--configfile", "tiny.yaml", "--cores", "2", "--forcerun", *before, "--", *before]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / FIGURE).read_bytes() == before[FIGURE]
    assert (folder / REPORT).read_text(encoding="utf-8").count("<img") == before[REPORT].count(b"<img")
    networks = [keras.saving.load_model(root / NETWORK, compile=False).get_weights() for root in (folder, finished)]
    assert networks[0] and all(
        first.dtype == np.float32 and (first == second).all() for first, second in zip(*networks, strict=True)
    )
    assert os.listdir(mine / ".keras") == ["keras.json"]
