"""Histograms of one feature with their ratio panels, all settings of a model side by side (SYSTEMS 3)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from deepcollider.figures.ratio import draw_ratio, poisson_ratio
from deepcollider.figures.style import COLOURS, TRUTH_FILL, TRUTH_LINE, new_figure, styled

MOST_COLUMNS = 6
"""More settings than this continue in a further row, to stay legible."""


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


def _draw_row(block: SubFigure, n_columns: int, edges, truth, columns, log_x, log_y, limits) -> np.ndarray:
    grid = block.subplots(
        2,
        n_columns,
        sharex=True,
        sharey="row",
        squeeze=False,
        gridspec_kw={"height_ratios": (3, 1), "hspace": 0.03},
    )
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
    grid[0, 0].set_ylabel("events / bin")
    grid[1, 0].set_ylabel("generated\n/ truth", fontsize=9)
    block.align_ylabels(grid[:, 0])
    return grid


def _legend(figure: Figure, n_columns: int) -> None:
    handles = [
        Patch(facecolor=TRUTH_FILL, edgecolor=TRUTH_LINE, hatch="/////", lw=0, label="truth, Poisson error"),
        Line2D([], [], color=COLOURS[0], label="generated, scaled to the number of truth events"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(n_columns, 2))


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
    width = max(5.2, 0.8 + 2.3 * n_columns)
    figure = new_figure(width, 0.75 + 3.5 * n_rows)
    blocks = figure.subfigures(n_rows, 1, squeeze=False)[:, 0]
    columns = list(zip(labels, generated, scales, strict=True))
    limits = _y_limits(truth, generated, scales, log_y)
    starts = range(0, n_rows * n_columns + 1, n_columns)
    for block, (start, stop) in zip(blocks, pairwise(starts), strict=True):
        _draw_row(block, n_columns, edges, truth, columns[start:stop], log_x, log_y, limits)
        block.supxlabel(xlabel, fontsize=11)
    if title:
        figure.suptitle(title, fontsize=12)
    _legend(figure, n_columns)
    return figure
