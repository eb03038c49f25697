"""What a network is told of a whole sample: which process it is, or the masses of its new particles."""

import math
from collections.abc import Sequence

import numpy as np

NONE = np.zeros(0, np.float32)
"""Of a network that is told nothing."""


def with_conditions(rows: np.ndarray, conditions: np.ndarray) -> np.ndarray:
    """Rows (N, F), and behind each the same conditions (C,): (N, F + C) float32."""
    rows = np.asarray(rows, np.float32)
    same = np.broadcast_to(np.asarray(conditions, np.float32), (len(rows), len(conditions)))
    return np.concatenate([rows, same], axis=1)


def of_processes(names: Sequence[str]) -> dict[str, list[float]]:
    """One-hot numbers (processes,) of each process."""
    return {name: [float(other == name) for other in names] for name in names}


def of_masses(masses: dict[str, dict[int, float]], trained: Sequence[str]) -> dict[str, list[float]]:
    """Numbers (C,) of each process, from PDG id -> mass (GeV): one for each particle whose mass differs.

    Logarithms of masses, which are from -1 to 1 among the ``trained`` processes. All must state the same particles.
    """
    different = [
        particle for particle in masses[trained[0]] if len({masses[process][particle] for process in trained}) > 1
    ]
    found: dict[str, list[float]] = {process: [] for process in masses}
    for particle in different:
        logs = [math.log(masses[process][particle]) for process in trained]
        middle, half = (max(logs) + min(logs)) / 2, (max(logs) - min(logs)) / 2
        for process in masses:
            found[process].append((math.log(masses[process][particle]) - middle) / half)
    return found
