"""Correlation heatmaps: two matrices and their difference, or one large matrix (VAE thesis 7.2)."""

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepcollider.figures.style import new_figure, styled

COLOUR_MAP = "RdBu_r"
"""Diverging, and its two ends differ for every common colour-blindness."""


def _draw_matrix(axes: Axes, matrix: np.ndarray, labels: Sequence[str], title: str, limit: float, size: float = 7.5):
    """One annotated matrix; entries that are not defined stay grey."""
    texts = np.char.replace(np.char.mod("%.2f", matrix), "-0.00", "0.00")
    sns.heatmap(
        matrix, ax=axes, cmap=COLOUR_MAP, vmin=-limit, vmax=limit, cbar=False, square=True,
        annot=texts, fmt="", annot_kws={"fontsize": size}, xticklabels=labels, yticklabels=labels,
    )  # fmt: skip
    axes.set_facecolor("0.85")
    axes.tick_params(length=0, top=False, right=False)
    axes.tick_params(axis="y", labelrotation=0)  # seaborn turns them if the first is wide
    axes.set_title(title)
    return axes.collections[0]


@styled
def draw_correlations(
    first: np.ndarray,
    second: np.ndarray,
    labels: Sequence[str],
    *,
    names: tuple[str, str] = ("truth", "generated"),
    title: str = "",
) -> Figure:
    """Three annotated matrices (n, n): first, second, and second - first on a scale of its own.

    Features without any value in the first matrix, such as those of leptons in events that have none, are left out.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if (found := np.isfinite(first).any(axis=1)).any():
        first, second = first[np.ix_(found, found)], second[np.ix_(found, found)]
        labels = [label for label, kept in zip(labels, found, strict=True) if kept]
    difference = second - first
    largest = np.nanmax(np.abs(difference)) if np.isfinite(difference).any() else 0.0
    figure = new_figure(15.5, 5.8)
    panels = figure.subplots(1, 3)
    image = _draw_matrix(panels[0], first, labels, names[0], 1.0)
    _draw_matrix(panels[1], second, labels, names[1], 1.0)
    shown = _draw_matrix(panels[2], difference, labels, f"{names[1]} − {names[0]}", max(0.1, float(largest)))
    for panel in panels[1:]:
        panel.set_yticklabels([])
    figure.colorbar(image, ax=panels[:2], label="Pearson correlation", pad=0.01, shrink=0.85)
    figure.colorbar(shown, ax=panels[2], label="difference", pad=0.02, shrink=0.85)
    if title:
        figure.suptitle(title, fontsize=12)
    return figure


@styled
def draw_correlation_matrix(matrix: np.ndarray, labels: Sequence[str], *, title: str = "") -> Figure:
    """One annotated matrix (n, n) of many features; pairs without a value are grey."""
    side = 2.5 + 0.36 * len(labels)
    figure = new_figure(side + 1, side)
    axes = figure.subplots()
    image = _draw_matrix(axes, np.asarray(matrix, float), labels, title, 1.0, size=6)
    figure.colorbar(image, ax=axes, label="Pearson correlation", pad=0.01, shrink=0.85)
    return figure
