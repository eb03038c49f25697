"""The user's own settings of libraries: none of them reaches a job."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deepcollider.environment import prepare_interpreters, put_settings_aside
from deepcollider.reports.render import own_kernel

ROOT = Path(__file__).parents[1]

VARIABLES = {
    "KERAS_BACKEND": "jax",
    "KERAS_MAX_EPOCHS": "1",
    "TF_USE_LEGACY_KERAS": "1",
    "XLA_FLAGS": "--no_such_flag",
    "PANDAS_COPY_ON_WRITE": "warn",
    "MPLBACKEND": "no-such-backend",
    "MATPLOTLIBRC": "/none",
    "JUPYTER_PATH": "/none",
    "IPYTHONDIR": "/dev/null/none",
}
KEPT = {"HOME": "/home/someone", "PATH": "/bin", "CUDA_VISIBLE_DEVICES": "0", "OMP_NUM_THREADS": "2"}


def test_settings_of_libraries_are_put_aside_and_the_rest_is_kept(tmp_path):
    environ = {**VARIABLES, **KEPT}
    put_settings_aside(environ, tmp_path)
    assert {name: environ[name] for name in KEPT} == KEPT
    assert {name for name in environ if name not in KEPT and not Path(environ[name]).is_dir()} == {
        "KERAS_BACKEND",
        "MPLBACKEND",
    }
    assert environ["KERAS_BACKEND"] == "tensorflow" and environ["MPLBACKEND"] == "agg"


def test_same_settings_whatever_the_environment(tmp_path):
    plain, hostile = {}, dict(VARIABLES)
    put_settings_aside(plain, tmp_path)
    put_settings_aside(hostile, tmp_path)
    assert plain == hostile


def test_interpreters_find_the_library_and_nothing_of_the_user():
    environ = {"PYTHONPATH": "/mine", "PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "2"}
    prepare_interpreters(environ, "/library")
    assert environ == {"PYTHONPATH": "/library", "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1"}
    environ = {"PYTHONPATH": "/mine"}
    prepare_interpreters(environ, "/library", keep_path=True)
    assert environ["PYTHONPATH"].split(os.pathsep) == ["/library", "/mine"]


@pytest.mark.parametrize("before", [None, "/none"])
def test_kernel_is_this_python_whatever_is_installed(tmp_path, monkeypatch, before):
    from jupyter_client.kernelspec import KernelSpecManager

    foreign = tmp_path / "kernels/python3"
    foreign.mkdir(parents=True)
    (foreign / "kernel.json").write_text('{"argv": ["/none"], "display_name": "x", "language": "python"}', "utf-8")
    for name in ("JUPYTER_PATH", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    if before is None:
        monkeypatch.delenv("JUPYTER_PATH")
    with own_kernel() as kernel:
        assert KernelSpecManager().get_kernel_spec(kernel).argv[0] == sys.executable
    assert KernelSpecManager().get_kernel_spec("python3").argv[0] == "/none"
    assert os.environ.get("JUPYTER_PATH") == (None if before is None else str(tmp_path))


def test_keras_ignores_the_file_in_the_home_folder(tmp_path):
    """A real import, in a process of its own, as a job does it."""
    (tmp_path / ".keras").mkdir()
    settings = {"floatx": "float64", "backend": "torch", "image_data_format": "channels_first", "epsilon": 1.0}
    (tmp_path / ".keras/keras.json").write_text(json.dumps(settings), encoding="utf-8")
    code = (
        "import os; from deepcollider.environment import put_settings_aside; put_settings_aside(os.environ);"
        "import keras; print(keras.backend.backend(), keras.config.floatx(), keras.config.image_data_format())"
    )
    environ = {**os.environ, "HOME": str(tmp_path), "KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT / "workflow")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.stdout.split() == ["tensorflow", "float32", "channels_last"], done.stderr


def test_every_script_enters_through_the_one_door():
    """Before it imports anything that settings could change."""
    scripts = sorted((ROOT / "workflow/scripts").glob("*.py"))
    assert len(scripts) > 50
    for script in scripts:
        lines = script.read_text(encoding="utf-8").split('"""', 2)[2].split("\n")
        code = [line for line in lines if line]
        assert code[:2] == ["from deepcollider.jobs import begin", "begin(snakemake)"], script.name
