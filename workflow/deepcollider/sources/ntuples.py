"""Embedded Monte Carlo as ROOT n-tuples: Pythia 8 events through the fast detector into a TTree.

Which branches there are is for a module of each format to say. The same settings, seed and batch size give the same
arrays; the bytes of the file differ, since ROOT files carry the time at which they were written and a random id.
"""

import importlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from deepcollider.files import write_json, written_whole
from deepcollider.sources.detector import Detected
from deepcollider.sources.pythia import detected_batches

FORMATS = {"nanoaod": "deepcollider.sources.nanoaod", "dilepton": "deepcollider.sources.dilepton_ntuples"}
"""Format of config/ntuples.tsv -> the module that writes it."""


class NtupleFormat(Protocol):
    """What a module of FORMATS offers."""

    TREE: str
    BRANCHES: dict[str, Any]
    """Branch, or group of branches with a common counter -> type, as ``uproot``'s ``mktree`` takes it."""

    def to_branches(self, detected: Detected, first_event: int) -> dict[str, Any]:
        """Branches (arrays of equal length) of the events of a batch that this format stores, in their order.

        ``first_event`` is the number of the first of them.
        """
        ...


def format_module(name: str) -> NtupleFormat:
    """The module that writes a format; who runs this declares it as an input, as with generative systems."""
    return importlib.import_module(FORMATS[name])


def _cut(branches: dict[str, Any], n: int) -> dict[str, Any]:
    return {name: values[:n] for name, values in branches.items()}


def _length(branches: dict[str, Any]) -> int:
    return len(next(iter(branches.values())))


def simulate_to_root(
    path: str | Path,
    statistics_path: str | Path,
    sample: str,
    format: str,
    settings: Iterable[str],
    n_events: int,
    seed: int,
    batch_size: int,
    show_progress: bool = True,
    first_event: int = 0,
) -> dict:
    """Write ``n_events`` events that the format stores to the ROOT file ``path``, statistics to ``statistics_path``.

    Events are numbered from ``first_event``, so that the chunks of a sample can follow one another.
    """
    import uproot

    if n_events < 1 or batch_size < 1:
        raise ValueError(f"n_events ({n_events}) and batch_size ({batch_size}) must be at least 1")
    module = format_module(format)
    bar = tqdm(total=n_events, desc=sample, unit="event", disable=not show_progress, mininterval=2.0)
    with bar, written_whole(path) as temporary, uproot.recreate(temporary) as file:
        tree = file.mktree(module.TREE, module.BRANCHES)
        for _, detected, statistics in detected_batches(sample, settings, seed, batch_size):
            start = time.process_time()
            branches = module.to_branches(detected, first_event + statistics.n_accepted)
            n_found = _length(branches)
            n_written = min(n_found, n_events - statistics.n_accepted)
            statistics.n_passed += n_found
            statistics.n_accepted += n_written
            statistics.cpu_seconds += time.process_time() - start
            if n_written:
                tree.extend(_cut(branches, n_written))
            bar.update(n_written)
            if statistics.n_accepted >= n_events:
                summary = statistics.as_dict()
                break
    write_json(summary, statistics_path)
    return summary
