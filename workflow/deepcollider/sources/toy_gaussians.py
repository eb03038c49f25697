"""Points of two Gaussians in the plane, to try classifiers on (style thesis 3.2, SYSTEMS 1.4)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepcollider.store.rows import RowWriter

POINT_DTYPE = np.dtype([("x", "f4"), ("y", "f4"), ("category", "u1")])


@dataclass(frozen=True)
class Gaussian:
    """Mean (x, y) and covariance matrix of one category."""

    mean: tuple[float, float]
    covariance: tuple[tuple[float, float], tuple[float, float]]


GAUSSIANS = (
    Gaussian((20.0, 20.0), ((10.0, 9.0), (9.0, 15.0))),
    Gaussian((30.0, 10.0), ((10.0, -9.0), (-9.0, 25.0))),
)
"""The published ones; the place of a Gaussian is the number of its category."""


def draw_points(n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` points of each category in an order drawn at random: (2n,) of POINT_DTYPE."""
    points = np.empty(n * len(GAUSSIANS), POINT_DTYPE)
    for category, gaussian in enumerate(GAUSSIANS):
        rows = points[category * n : (category + 1) * n]
        # numpy's own multivariate_normal decomposes by SVD, whose signs differ between machines
        factor = np.linalg.cholesky(gaussian.covariance)
        drawn = np.array(gaussian.mean) + rng.standard_normal((n, 2)) @ factor.T
        rows["x"], rows["y"], rows["category"] = drawn[:, 0], drawn[:, 1], category
    return rng.permutation(points)


def write_points(outputs: dict[str, str | Path], n: int, seed: int) -> None:
    """Write one file a split (name -> path), each with ``n`` points of each category, independent of one another."""
    if n < 1:
        raise ValueError(f"{n} points of a category: must be at least 1")
    streams = np.random.default_rng(seed).spawn(len(outputs))
    gaussians = [{"mean": gaussian.mean, "covariance": gaussian.covariance} for gaussian in GAUSSIANS]
    for (split, path), rng in zip(outputs.items(), streams, strict=True):
        attributes = {"split": split, "seed": seed, "gaussians": gaussians, "points_per_category": n}
        with RowWriter(path, {"points": (POINT_DTYPE, ())}, attributes) as writer:
            writer.append(points=draw_points(n, rng))
