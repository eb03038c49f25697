"""Logs of jobs: everything that a job prints, also from C libraries, goes to its log file."""

import ctypes
import os
import sys
import traceback
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path


def log_to(path: str | Path | None) -> AbstractContextManager:
    """Send stdout and stderr to the file ``path``, from now on; None leaves them alone.

    Called on its own this lasts until the process ends. In a ``with`` statement it ends with the block, and
    an exception is written to the log with its traceback before it goes on.
    """
    return nullcontext() if path is None else _Redirection(Path(path))


class _Redirection(AbstractContextManager):
    """Python's streams and the file descriptors below them, where Pythia and FastJet print."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _flush()
        self._streams = sys.stdout, sys.stderr
        self._descriptors = os.dup(1), os.dup(2)
        # the descriptors share the position in the file: Python and C do not overwrite each other's lines
        self._log = open(path, "w", buffering=1, encoding="utf-8")  # noqa: SIM115 - open beyond this function
        os.dup2(self._log.fileno(), 1)
        os.dup2(self._log.fileno(), 2)
        sys.stdout = sys.stderr = self._log

    def __exit__(self, kind, error, trace) -> None:
        if error is not None:
            traceback.print_exception(error, file=self._log)
        _flush()
        sys.stdout, sys.stderr = self._streams
        for target, descriptor in zip((1, 2), self._descriptors, strict=True):
            os.dup2(descriptor, target)
            os.close(descriptor)
        self._log.close()


def _flush() -> None:
    """Write out what Python and C hold in their buffers."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)
