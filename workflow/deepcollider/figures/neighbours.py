"""Distances of generated events to their nearest training events, beside those of test events."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from deepcollider.figures.style import COLOURS, TRUTH_FILL, TRUTH_LINE, new_figure, styled

LINES = ("-", "--", ":", "-.")
"""Of settings beyond the number of colours."""


def _density(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
    """Edges of the bins that have an upper one, densities there, and the share of the events that lie beyond them."""
    inside = rows[np.isfinite(rows["high"])]
    edges = np.append(inside["low"].to_numpy(), inside["high"].to_numpy()[-1])
    total = max(rows["count"].sum(), 1)
    return edges, inside["count"].to_numpy() / (total * np.diff(edges)), 1 - inside["count"].sum() / total


def _label(name: str, rows: pd.DataFrame, beyond: float) -> str:
    if not rows["count"].any():
        return f"{name} (no value)"
    return f"{name} ({100 * beyond:.1f} % beyond)" if beyond >= 0.0005 else name


def _draw(axes: Axes, tables: Sequence[pd.DataFrame], labels: Sequence[str]) -> list:
    """Test events of the first table, filled, and the generated ones of each; gives the legend."""
    test = tables[0][tables[0]["sample"] == "test"]
    edges, densities, beyond = _density(test)
    axes.stairs(densities, edges, fill=True, facecolor=TRUTH_FILL, edgecolor=TRUTH_LINE, lw=0.8, label="test")
    handles = [Patch(facecolor=TRUTH_FILL, edgecolor=TRUTH_LINE, label=_label("test events", test, beyond))]
    for i, (table, label) in enumerate(zip(tables, labels, strict=True)):
        generated = table[table["sample"] == "generated"]
        edges, densities, beyond = _density(generated)
        look = {"color": COLOURS[i % len(COLOURS)], "ls": LINES[i // len(COLOURS) % len(LINES)]}
        axes.stairs(densities, edges, baseline=None, label=label, lw=1.3, **look)
        handles.append(Line2D([], [], **look, label=_label(label, generated, beyond)))
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(bottom=0)
    return handles


@styled
def draw_memorisation(tables: Sequence[pd.DataFrame], labels: Sequence[str], *, title: str = "") -> Figure:
    """One line a setting: tables with rows (sample, low, high, count) of the samples "test" and "generated".

    The test events are drawn once, from the first table: they are the same for all settings.
    """
    figure = new_figure(6.6, 4.4)
    axes = figure.subplots()
    handles = _draw(axes, tables, labels)
    axes.set_xlabel("distance to the nearest training event [standard deviations]")
    axes.set_ylabel("density")
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    if title:
        axes.set_title(title)
    return figure
