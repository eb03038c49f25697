"""Histograms of one feature with their ratio panels, all settings of a model side by side (SYSTEMS 3)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from deepcollider.figures.ratio import draw_ratio, poisson_ratio
from deepcollider.figures.style import COLOURS, TRUTH_FILL, TRUTH_LINE, new_figure, styled

MOST_COLUMNS = 6
"""More settings than this continue in a further row, to stay legible."""

LEFT, RIGHT, GAP = 0.85, 0.15, 0.28
COUNTS_HEIGHT, RATIO_HEIGHT, GAP_TO_RATIO, XLABEL = 2.05, 0.68, 0.05, 0.46
ROW_HEIGHT = COUNTS_HEIGHT + RATIO_HEIGHT + GAP_TO_RATIO + XLABEL + 0.28
"""Inches. There are hundreds of these figures, and letting Matplotlib find the places would take half of the time."""


def _draw_counts(axes: Axes, edges, truth, generated, scale: float, log_y: bool) -> None:
    axes.stairs(truth, edges, fill=True, color=TRUTH_FILL, label="truth")
    error = np.sqrt(truth)
    axes.stairs(
        truth + error,
        edges,
        baseline=np.maximum(truth - error, 1e-9),
        fill=True,
        facecolor="none",
        edgecolor=TRUTH_LINE,
        hatch="/////",
        lw=0,
        label="truth error",
    )
    axes.stairs(scale * generated, edges, color=COLOURS[0], lw=1.2, baseline=None, label="generated")
    if log_y:
        axes.set_yscale("log")
    if not truth.any() and not generated.any():
        axes.text(0.5, 0.5, "none in either", transform=axes.transAxes, ha="center", va="center", color="0.4")


def _draw_ratio_panel(axes: Axes, edges, centres, truth, generated, scale: float) -> None:
    _, _, relative = poisson_ratio(truth, generated, scale)
    band = np.where(np.isfinite(relative), relative, 0.0)
    axes.stairs(1 + band, edges, baseline=1 - band, fill=True, color=TRUTH_FILL, label="truth error")
    draw_ratio(axes, centres, truth, generated, scale, COLOURS[0], size=2)


def _y_limits(truth: np.ndarray, generated: Sequence, scales: Sequence[float], log_y: bool):
    top = max(truth.max(), *(scale * counts.max() for counts, scale in zip(generated, scales, strict=True)))
    return (0.5, max(2.5 * top, 2.0)) if log_y else (0, max(1.18 * top, 1.0))


def _set_x(axes: Axes, edges: np.ndarray, log_x: bool) -> None:
    if log_x:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(numticks=6))
        axes.xaxis.set_minor_locator(LogLocator(subs=range(2, 10), numticks=60))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=(1, 2, 5, 10), integer=True))
    axes.set_xlim(edges[0], edges[-1])


def _panels(figure: Figure, n_columns: int, height: float) -> np.ndarray:
    """Axes (2, n_columns) of counts and ratios in a row of panels whose lower edge is at ``height`` (inches)."""
    page_width, page_height = figure.get_size_inches()
    step = (page_width - LEFT - RIGHT + GAP) / n_columns
    grid = np.empty((2, n_columns), object)
    for row, (bottom, size) in enumerate(((RATIO_HEIGHT + GAP_TO_RATIO, COUNTS_HEIGHT), (0, RATIO_HEIGHT))):
        for column in range(n_columns):
            grid[row, column] = figure.add_axes(
                (
                    (LEFT + column * step) / page_width,
                    (height + bottom) / page_height,
                    (step - GAP) / page_width,
                    size / page_height,
                ),
                sharex=grid[0, column],
                sharey=grid[row, 0],
            )
            grid[row, column].tick_params(labelbottom=row == 1, labelleft=column == 0)
    return grid


def _draw_row(figure: Figure, height: float, n_columns: int, edges, truth, columns, xlabel, log_x, log_y, limits):
    grid = _panels(figure, n_columns, height)
    centres = np.sqrt(edges[1:] * edges[:-1]) if log_x else (edges[1:] + edges[:-1]) / 2
    for column, (label, counts, scale) in enumerate(columns):
        upper, lower = grid[:, column]
        _draw_counts(upper, edges, truth, counts, scale, log_y)
        _draw_ratio_panel(lower, edges, centres, truth, counts, scale)
        upper.set_title(label)
        upper.set_ylim(limits)
        _set_x(lower, edges, log_x)
    for unused in grid[:, len(columns) :].flat:
        unused.set_axis_off()
    page_width, page_height = figure.get_size_inches()
    middle = height + RATIO_HEIGHT + GAP_TO_RATIO + COUNTS_HEIGHT / 2
    vertical = {"rotation": "vertical", "va": "center", "ha": "left", "multialignment": "center"}
    figure.text(0.06 / page_width, middle / page_height, "events / bin", fontsize=11, **vertical)
    figure.text(
        0.06 / page_width, (height + RATIO_HEIGHT / 2) / page_height, "generated\n/ truth", fontsize=9, **vertical
    )
    centre = (LEFT + page_width - RIGHT) / 2
    figure.text(centre / page_width, (height - XLABEL) / page_height, xlabel, fontsize=11, ha="center", va="bottom")


def _legend(figure: Figure, n_columns: int) -> None:
    handles = [
        Patch(facecolor=TRUTH_FILL, edgecolor=TRUTH_LINE, hatch="/////", lw=0, label="truth, Poisson error"),
        Line2D([], [], color=COLOURS[0], label="generated, scaled to the number of truth events"),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=min(n_columns, 2), borderaxespad=0.2)


@styled
def draw_histograms(
    edges: np.ndarray,
    truth: np.ndarray,
    generated: Sequence[np.ndarray],
    labels: Sequence[str],
    *,
    scales: Sequence[float],
    xlabel: str,
    log_x: bool = False,
    log_y: bool = False,
    title: str = "",
) -> Figure:
    """One column a setting: truth filled, generated as a line, and below it their ratio.

    ``edges`` (n + 1,) in the units of the axis, ``truth`` (n,) counts, ``generated`` per setting (n,) counts,
    which ``scales`` (truth events / generated events) bring to the size of truth. Ratios beyond the panel are
    arrows; a feature that no event of either has is said to be so.
    """
    truth = np.asarray(truth, float)
    generated = [np.asarray(counts, float) for counts in generated]
    n_rows = -(-len(labels) // MOST_COLUMNS)
    n_columns = -(-len(labels) // n_rows)
    legend = 0.3 if n_columns > 1 else 0.5
    height = legend + n_rows * ROW_HEIGHT + (0.32 if title else 0.04)
    figure = new_figure(max(5.2, 0.8 + 2.3 * n_columns), height, layout=None)
    columns = list(zip(labels, generated, scales, strict=True))
    limits = _y_limits(truth, generated, scales, log_y)
    for row in range(n_rows):
        bottom = legend + (n_rows - 1 - row) * ROW_HEIGHT + XLABEL
        shown = columns[row * n_columns : (row + 1) * n_columns]
        _draw_row(figure, bottom, n_columns, edges, truth, shown, xlabel, log_x, log_y, limits)
    if title:
        figure.suptitle(title, fontsize=12, y=1 - 0.08 / height, va="top")
    _legend(figure, n_columns)
    return figure
