"""Distributions of samples as densities: processes overlaid (both theses, appendix B), or signal against background."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from deepcollider.figures.style import COLOURS, TRUTH_FILL, new_figure, styled

PROCESS_COLOURS = (*COLOURS[:6], "#882255", "#999933")
"""Without black and yellow of the palette; two of Tol's muted colours in their place."""

SIGNAL_STYLES = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class Counts:
    """Counts (n,) in the bins of a panel, of ``total`` values inside and outside of its range."""

    inside: np.ndarray
    total: int

    def density(self, edges: np.ndarray) -> np.ndarray:
        """Per unit of the axis; its integral is the fraction inside the range. Zero if there is no value."""
        return np.asarray(self.inside, float) / (max(self.total, 1) * np.diff(edges))


@dataclass(frozen=True)
class Panel:
    """What one panel of :func:`draw_overlaid` shows. ``normal``: mean and standard deviation of a curve to draw."""

    edges: np.ndarray
    xlabel: str
    filled: Counts | None
    line: Counts | None
    thin: Mapping[str, Counts] = field(default_factory=dict)
    log_y: bool = False
    normal: tuple[float, float] | None = None


def _set_y(axes: Axes, densities: Sequence[np.ndarray], log_y: bool) -> None:
    """Limits that hold all the curves, some room above; three and a half decades at most where logarithmic."""
    values = np.concatenate([np.zeros(1), *densities])
    top = values.max() or 1.0
    if log_y and values.any():
        lowest = values[values > 0].min()
        axes.set_yscale("log")
        axes.set_ylim(max(0.5 * lowest, top / 3000), 3 * top)
    else:
        axes.set_ylim(0, 1.15 * top)


def _draw_normal(axes: Axes, edges: np.ndarray, mean: float, std: float) -> np.ndarray:
    """The curve, whose values are returned, and its parameters in a corner."""
    x = np.linspace(edges[0], edges[-1], 300)
    y = np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))
    axes.plot(x, y, "k:", lw=1.4)
    axes.text(
        0.97, 0.95, f"$\\mu$ = {mean:.2f}\n$\\sigma$ = {std:.2f}", transform=axes.transAxes,
        ha="right", va="top", fontsize=8.5,
    )  # fmt: skip
    return y


def _draw_panel(axes: Axes, panel: Panel, styles: Mapping[str, tuple[str, str]]) -> None:
    edges, shown = panel.edges, []
    if panel.filled is not None:
        shown.append(panel.filled.density(edges))
        axes.stairs(shown[-1], edges, fill=True, color=TRUTH_FILL, label="filled")
    for name, counts in panel.thin.items():
        colour, line = styles[name]
        shown.append(counts.density(edges))
        axes.stairs(shown[-1], edges, color=colour, ls=line, lw=0.9, baseline=None, label=name)
    if panel.line is not None:
        shown.append(panel.line.density(edges))
        axes.stairs(shown[-1], edges, color="black", lw=1.7, baseline=None, label="line")
    curve = _draw_normal(axes, edges, *panel.normal) if panel.normal and panel.normal[1] > 0 else np.zeros(0)
    _set_y(axes, [*shown, curve], panel.log_y)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel(panel.xlabel)
    if not any(np.any(values) for values in shown):
        axes.text(0.5, 0.5, "no value", transform=axes.transAxes, ha="center", va="center", color="0.4")


@styled
def draw_overlaid(
    panels: Sequence[Panel], *, filled: str, line: str, labels: Mapping[str, str], dashed: Sequence[str] = (),
    title: str = "", n_columns: int = 3,
) -> Figure:  # fmt: skip
    """Panels row by row: one pooled sample filled, one as a thick line, single processes as thin lines.

    ``filled`` and ``line`` are the names of the pooled samples for the legend (empty: there is none), ``labels`` those
    of the processes; the ones in ``dashed`` are drawn so. Densities; a dotted curve is the normal distribution.
    """
    n_rows = -(-len(panels) // n_columns)
    figure = new_figure(4.0 * n_columns, 0.9 + 2.9 * n_rows)
    grid = figure.subplots(n_rows, n_columns, squeeze=False)
    styles = {
        name: (PROCESS_COLOURS[i % len(PROCESS_COLOURS)], "--" if name in dashed else "-")
        for i, name in enumerate(labels)
    }
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw_panel(axes, panel, styles)
    for axes in grid[:, 0]:
        axes.set_ylabel("density")
    for unused in grid.flat[len(panels) :]:
        unused.set_axis_off()
    handles = [Patch(color=TRUTH_FILL, label=filled)] if filled else []
    handles += [Line2D([], [], color="black", lw=1.7, label=line)] if line else []
    if any(panel.normal is not None for panel in panels):
        handles.append(Line2D([], [], color="black", ls=":", lw=1.4, label="normal distribution, fitted"))
    handles += [Line2D([], [], color=styles[name][0], ls=styles[name][1], label=labels[name]) for name in labels]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 6))
    if title:
        figure.suptitle(title, fontsize=12)
    return figure


def _stack(background: Mapping[str, Counts], edges: np.ndarray) -> np.ndarray:
    """Upper edges (samples, n) of the stacked densities, which together are one density."""
    total = max(sum(counts.total for counts in background.values()), 1)
    layers = [np.asarray(counts.inside, float) / (total * np.diff(edges)) for counts in background.values()]
    return np.cumsum(layers, axis=0) if layers else np.zeros((0, len(edges) - 1))


@styled
def draw_signal_background(
    edges: np.ndarray,
    background: Mapping[str, Counts],
    signal: Mapping[str, Counts],
    *,
    xlabel: str,
    log_y: bool = False,
    note: str = "",
) -> Figure:
    """Background samples stacked to one density, each signal sample as a line of its own density.

    Samples by their labels; ``note`` is written above the panel.
    """
    figure = new_figure(5.6, 4.0)
    axes = figure.subplots()
    stacked = _stack(background, edges)
    lower = np.zeros(len(edges) - 1)
    for (label, _), upper, colour in zip(background.items(), stacked, _background_colours(len(stacked)), strict=True):
        axes.stairs(upper, edges, baseline=lower, fill=True, color=colour, label=label)
        lower = upper
    if len(stacked):
        axes.stairs(stacked[-1], edges, color="0.35", lw=0.8, baseline=None)
    densities = [counts.density(edges) for counts in signal.values()]
    for i, (label, values) in enumerate(zip(signal, densities, strict=True)):
        axes.stairs(values, edges, color=COLOURS[1], ls=SIGNAL_STYLES[i % 4], lw=1.8, baseline=None, label=label)
    _set_y(axes, [*stacked[-1:], *densities], log_y)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel(xlabel)
    axes.set_ylabel("density")
    figure.legend(loc="outside upper center", ncols=2)
    if note:
        axes.set_title(note, fontsize=8.5, color="0.3")
    if not any(np.any(values) for values in (*stacked, *densities)):
        axes.text(0.5, 0.5, "no value", transform=axes.transAxes, ha="center", va="center", color="0.4")
    return figure


def _background_colours(n: int) -> list[str]:
    """Shades that keep the signal's orange visible."""
    shades = ("#9CC4E0", "#B9B9B9", "#4F88B0", "#7FBFA8", "#E3E3E3")
    return [shades[i % len(shades)] for i in range(n)]
