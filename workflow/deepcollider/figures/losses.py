"""Training curves: one panel a part (MET, mask, each kind of object), one colour a setting."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from deepcollider.figures.style import COLOURS, new_figure, styled

MOST_COLUMNS = 4
LOG_SPAN = 20.0
"""Losses that span more than this factor get a logarithmic axis."""

_LINES = {"loss": "-", "val_loss": "--"}


def curves_of(log: pd.DataFrame) -> dict[str, str]:
    """Columns of a training log to draw, with line styles: the losses, or any columns named like them.

    Adversarial models log a loss of each network instead of one; then all columns with "loss" in the name are
    drawn.
    """
    found = {column: style for column, style in _LINES.items() if column in log}
    if found:
        return found
    others = [column for column in log.columns if "loss" in column]
    return dict(zip(others, ("-", ":", "--", "-.") * len(others), strict=False))


def set_scale(axes: Axes, values: np.ndarray) -> None:
    """Make the axis logarithmic where finite ``values`` span decades; to both sides of zero where they change sign."""
    values = values[np.isfinite(values)]
    if not len(values):
        return
    if values.min() > 0:
        axes.set_yscale("log" if values.max() > LOG_SPAN * values.min() else "linear")
        return
    typical = np.median(np.abs(values))
    if typical > 0 and np.abs(values).max() > LOG_SPAN * typical:
        axes.set_yscale("symlog", linthresh=10.0 ** np.ceil(np.log10(typical)))


def _draw_part(axes: Axes, logs: Sequence[tuple[str, pd.DataFrame]], colours: dict[str, str]) -> dict[str, str]:
    """Draw all settings of one part; gives the drawn columns with their line styles."""
    drawn, values = {}, []
    for setting, log in logs:
        epochs = log["epoch"] if "epoch" in log else np.arange(len(log))
        for column, style in curves_of(log).items():
            axes.plot(epochs, log[column], style, color=colours[setting], label=f"{setting} {column}")
            drawn[column] = style
            values.append(log[column].to_numpy(float))
    set_scale(axes, np.concatenate([np.zeros(0), *values]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    return drawn


@styled
def draw_losses(logs: Sequence[pd.DataFrame], labels: Sequence[tuple[str, str]], *, title: str = "") -> Figure:
    """Loss against epoch. ``labels`` gives (part, setting) of each log; logs have a row an epoch."""
    entries = list(zip(labels, logs, strict=True))
    parts = list(dict.fromkeys(part for part, _ in labels))
    settings = list(dict.fromkeys(setting for _, setting in labels))
    colours = {setting: COLOURS[i % len(COLOURS)] for i, setting in enumerate(settings)}
    n_columns = min(MOST_COLUMNS, len(parts))
    n_rows = -(-len(parts) // n_columns)
    figure = new_figure(max(5.0, 0.6 + 3.0 * n_columns), 0.9 + 2.4 * n_rows)
    grid = figure.subplots(n_rows, n_columns, squeeze=False)
    drawn = {}
    for axes, part in zip(grid.flat, parts, strict=False):
        drawn |= _draw_part(axes, [(setting, log) for (p, setting), log in entries if p == part], colours)
        axes.set_title(part)
    for axes in grid[:, 0]:
        axes.set_ylabel("loss")
    for axes in grid.flat[max(0, len(parts) - n_columns) : len(parts)]:
        axes.set_xlabel("epoch")
    for unused in grid.flat[len(parts) :]:
        unused.set_axis_off()
    handles = [Line2D([], [], color=colours[setting], label=setting) for setting in settings]
    handles += [Line2D([], [], color="grey", ls=style, label=column) for column, style in drawn.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 3 * n_columns))
    if title:
        figure.suptitle(title, fontsize=12)
    return figure
