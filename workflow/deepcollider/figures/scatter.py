"""Points of two classes in a plane (style thesis 3.2)."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from deepcollider.figures.style import COLOURS, new_figure, styled

MARKERS = ("x", "+", "1", "2")
MOST_POINTS = 2000
"""Points shown a class: the first ones, since more would only hide each other."""


@styled
def draw_classes(points: Mapping[str, np.ndarray], *, xlabel: str = "$x$", ylabel: str = "$y$") -> Figure:
    """One marker and colour a class; ``points`` (N, 2) by the label of the class."""
    figure = new_figure(5.6, 4.8)
    axes = figure.subplots()
    for i, (label, xy) in enumerate(points.items()):
        x, y = np.asarray(xy, float)[:MOST_POINTS].T
        axes.plot(x, y, MARKERS[i % len(MARKERS)], ms=4.5, mew=0.7, color=COLOURS[i % len(COLOURS)], label=label)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.legend(loc="upper right", frameon=True, framealpha=0.85, edgecolor="none", markerscale=1.5)
    return figure
