"""Mask proportions: how often truth and generated events have each set of objects (VAE thesis 7.5)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepcollider.figures.ratio import draw_ratio, poisson_ratio
from deepcollider.figures.style import COLOURS, TRUTH_FILL, TRUTH_LINE, new_figure, styled

MOST_MASKS = 70
"""Masks shown one by one; the rest are one last bar."""


def _shorten(labels, truth, generated) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The first MOST_MASKS masks, and the others summed into one."""
    labels, truth, generated = list(labels), np.asarray(truth, float), np.asarray(generated, float)
    if len(labels) <= MOST_MASKS:
        return labels, truth, generated
    rest = f"{len(labels) - MOST_MASKS} others"
    joined = (np.append(each[:MOST_MASKS], each[MOST_MASKS:].sum()) for each in (truth, generated))
    return [*labels[:MOST_MASKS], rest], *joined


def _draw_proportions(axes: Axes, x, truth, generated, totals) -> None:
    width = 0.9
    of_truth, of_generated = truth / totals[0], generated / totals[1]
    axes.bar(x, of_truth, width, color=TRUTH_FILL, label="truth")
    axes.errorbar(x, of_truth, np.sqrt(truth) / totals[0], fmt="none", ecolor=TRUTH_LINE, lw=2.4)
    axes.errorbar(
        x,
        of_generated,
        np.sqrt(generated) / totals[1],
        fmt="o",
        ms=3.2,
        lw=0.9,
        color=COLOURS[0],
        label="generated",
    )
    shown = np.concatenate([of_truth, of_generated])
    axes.set_yscale("log")
    axes.set_ylim(0.5 * min(shown[shown > 0], default=1e-6), 2 * max(shown, default=1.0))
    axes.set_ylabel("fraction of events")
    axes.legend(loc="upper right", ncols=2)


@styled
def draw_masks(
    labels: Sequence[str], truth: np.ndarray, generated: np.ndarray, totals: tuple[int, int], title: str = ""
) -> Figure:
    """Fractions of the masks ``labels`` from their counts (n,) in truth and generated, with the ratio below.

    ``totals`` are the numbers of truth and generated events; errors are Poisson.
    """
    labels, truth, generated = _shorten(labels, truth, generated)
    x = np.arange(len(labels))
    figure = new_figure(max(5.0, 1.6 + 0.19 * len(labels)), 5.2)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _draw_proportions(upper, x, truth, generated, totals)
    scale = totals[0] / totals[1]
    _, _, relative = poisson_ratio(truth, generated, scale)
    band = np.where(np.isfinite(relative), relative, 0)
    lower.bar(x, 2 * band, 0.9, bottom=1 - band, color=TRUTH_FILL)
    draw_ratio(lower, x, truth, generated, scale, COLOURS[0])
    lower.set_ylabel("generated\n/ truth", fontsize=9)
    lower.set_xticks(x, labels, rotation=90, fontsize=8)
    lower.set_xlim(-0.7, len(labels) - 0.3)
    for axes in (upper, lower):
        axes.tick_params(axis="x", length=0)
    figure.align_ylabels()
    if title:
        upper.set_title(title)
    return figure
