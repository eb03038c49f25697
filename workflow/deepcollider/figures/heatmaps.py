"""Correlation heatmaps: truth, generated, and their difference (VAE thesis 7.2)."""

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepcollider.figures.style import new_figure, styled

COLOUR_MAP = "RdBu_r"
"""Diverging, and its two ends differ for every common colour-blindness."""


def _draw_matrix(axes: Axes, matrix: np.ndarray, labels: Sequence[str], title: str, limit: float):
    """One annotated matrix; entries that are not defined (too few events) stay grey."""
    texts = np.char.replace(np.char.mod("%.2f", matrix), "-0.00", "0.00")
    sns.heatmap(
        matrix, ax=axes, cmap=COLOUR_MAP, vmin=-limit, vmax=limit, cbar=False, square=True,
        annot=texts, fmt="", annot_kws={"fontsize": 7.5}, xticklabels=labels, yticklabels=labels,
    )  # fmt: skip
    axes.set_facecolor("0.85")
    axes.tick_params(length=0, top=False, right=False)
    axes.set_title(title)
    return axes.collections[0]


@styled
def draw_correlations(truth: np.ndarray, generated: np.ndarray, labels: Sequence[str], *, title: str = "") -> Figure:
    """Three annotated matrices (n, n): truth, generated, and generated - truth on a scale of its own."""
    truth, generated = np.asarray(truth, float), np.asarray(generated, float)
    difference = generated - truth
    largest = np.nanmax(np.abs(difference)) if np.isfinite(difference).any() else 0.0
    figure = new_figure(15.5, 5.8)
    panels = figure.subplots(1, 3)
    image = _draw_matrix(panels[0], truth, labels, "truth", 1.0)
    _draw_matrix(panels[1], generated, labels, "generated", 1.0)
    shown = _draw_matrix(panels[2], difference, labels, "generated − truth", max(0.1, float(largest)))
    for panel in panels[1:]:
        panel.set_yticklabels([])
    figure.colorbar(image, ax=panels[:2], label="Pearson correlation", pad=0.01, shrink=0.85)
    figure.colorbar(shown, ax=panels[2], label="difference", pad=0.02, shrink=0.85)
    if title:
        figure.suptitle(title, fontsize=12)
    return figure
