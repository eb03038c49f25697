"""Correlation heatmaps: truth, generated, and their difference (VAE thesis 7.2)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepcollider.figures.style import new_figure, styled

COLOUR_MAP = "RdBu_r"
"""Diverging, and its two ends differ for every common colour-blindness."""


def _draw_matrix(axes: Axes, matrix: np.ndarray, labels: Sequence[str], title: str, limit: float):
    image = axes.imshow(matrix, cmap=COLOUR_MAP, vmin=-limit, vmax=limit)
    for (row, column), value in np.ndenumerate(matrix):
        text = f"{value:.2f}".replace("-0.00", "0.00") if np.isfinite(value) else "–"
        colour = "white" if np.isfinite(value) and abs(value) > 0.65 * limit else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color=colour)
    axes.set_xticks(range(len(labels)), labels, rotation=90)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0, top=False, right=False)
    axes.set_title(title)
    return image


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
