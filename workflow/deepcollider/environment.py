"""The settings that a user has for the libraries that we use, kept away from our jobs: a run is the same without them.

Keras, TensorFlow, matplotlib, pandas, Jupyter and IPython read files in the home folder and variables of the
environment, some of which change numbers or break a job: a ``keras.json`` with ``float64``, a kernel ``python3`` of
another environment, ``PYTHONWARNINGS=error``. Interpreters are started without those of Python; a job then puts the
others aside before anything is imported. What libraries keep for themselves goes to a folder of the project, as the
home folder may not be there, or be read only.
"""

import os
from collections.abc import MutableMapping
from pathlib import Path

PRIVATE = Path(".snakemake/deepcollider")
"""Takes what libraries would keep in the home folder, as seen from the working directory."""

BACKEND = "tensorflow"

FOREIGN = (
    *("KERAS_", "TF_", "XLA_", "PANDAS_", "MPL", "MATPLOTLIBRC", "NUMBA_", "JUPYTER", "IPYTHON", "PAPERMILL_"),
    *("SEABORN_", "SKLEARN_", "SCIPY_ARRAY_API", "NUMPY_EXPERIMENTAL_ARRAY_FUNCTION", "NPY_PROMOTION_STATE"),
)
"""How the names of variables begin that change what these libraries do."""

OF_PYTHON = ("PYTHONWARNINGS", "PYTHONOPTIMIZE", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONIOENCODING", "PYTHONHASHSEED")
"""Variables with which an interpreter would do something else than ours expect."""


def prepare_interpreters(environ: MutableMapping[str, str], library: str | Path, keep_path: bool = False) -> None:
    """Let the Python of every job find our library, speak UTF-8, and see no packages or options of the user.

    With ``keep_path`` the user's ``PYTHONPATH`` stays, after our library: for a workflow that uses ours.
    """
    for name in OF_PYTHON:
        environ.pop(name, None)
    later = [environ["PYTHONPATH"]] if keep_path and environ.get("PYTHONPATH") else []
    environ["PYTHONPATH"] = os.pathsep.join([str(library), *later])
    environ["PYTHONUTF8"] = "1"
    environ["PYTHONNOUSERSITE"] = "1"


def put_settings_aside(environ: MutableMapping[str, str], folder: Path | None = None) -> None:
    """Take the user's settings of libraries out of an environment, and send what they keep to ``folder``."""
    folder = Path(folder or PRIVATE).absolute()
    for name in [name for name in environ if name.startswith(FOREIGN)]:
        del environ[name]
    environ["KERAS_BACKEND"] = BACKEND
    environ["MPLBACKEND"] = "agg"
    for name, place in (
        ("KERAS_HOME", "keras"),
        ("MPLCONFIGDIR", "matplotlib"),
        ("IPYTHONDIR", "ipython"),
        ("JUPYTER_CONFIG_DIR", "jupyter/config"),
        ("JUPYTER_DATA_DIR", "jupyter/data"),
        ("JUPYTER_RUNTIME_DIR", "jupyter/runtime"),
    ):
        (folder / place).mkdir(parents=True, exist_ok=True)
        environ[name] = str(folder / place)
