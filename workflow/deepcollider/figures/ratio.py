"""What histograms and mask proportions share: Poisson errors and the ratio panel generated / truth."""

import numpy as np
from matplotlib.axes import Axes

RATIO_LIMITS = (0.5, 1.5)


def poisson_ratio(truth, generated, scale: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ratio scale * generated / truth per bin, its error from generated, and the relative error of truth.

    NaN where truth is empty and generated too; infinite where only truth is.
    """
    truth, generated = np.asarray(truth, float), np.asarray(generated, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return scale * generated / truth, scale * np.sqrt(generated) / truth, 1 / np.sqrt(truth)


def draw_ratio(axes: Axes, x, truth, generated, scale: float, colour: str, size: float = 2.5) -> None:
    """Points with error bars; an arrow at the border stands for each point beyond the limits."""
    ratio, error, _ = poisson_ratio(truth, generated, scale)
    low, high = RATIO_LIMITS
    inside = (ratio >= low) & (ratio <= high)
    axes.errorbar(x[inside], ratio[inside], error[inside], fmt="o", ms=size, lw=0.8, color=colour, label="ratio")
    inset = 0.04 * (high - low)
    for beyond, level, marker in ((ratio > high, high - inset, "^"), (ratio < low, low + inset, "v")):
        axes.plot(x[beyond], np.full(beyond.sum(), level), marker, ms=size + 0.8, mew=0, color=colour)
    axes.axhline(1, color="black", lw=0.7)
    axes.set_ylim(low, high)
    axes.set_yticks((0.6, 1.0, 1.4))
