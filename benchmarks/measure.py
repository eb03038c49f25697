"""Timing and peak memory, for all benchmarks."""

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any


@dataclass(frozen=True)
class Measured:
    """What a function gave, how long it took, and the most memory that its process had held by its end."""

    result: Any
    seconds: float
    peak_mib: float


def measured(function: Callable, *arguments) -> Measured:
    start = time.perf_counter()
    result = function(*arguments)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measured(result, seconds, peak / (2**20 if sys.platform == "darwin" else 2**10))


def in_child(function: Callable, *arguments) -> Any:
    """``function`` of a module in a fresh process.

    The caller's process should be small: Linux counts what it holds as held by the child too, for a moment.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def interleaved(functions: dict[str, Callable], rounds: int) -> dict[str, list[float]]:
    """Seconds of each function in each round, all once a round, so that a busy machine hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(measured(function).seconds)
    return times
