"""How an adversarial training went: what a person looks at to see whether it can be trusted, one line a part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from deepcollider.figures.distributions import PROCESS_COLOURS
from deepcollider.figures.losses import set_scale
from deepcollider.figures.style import new_figure, styled
from deepcollider.generators.collapse import COLLAPSED

COLUMNS = 4
STYLES = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class Panel:
    """A column of the logs. ``bound``: a value to draw as a dotted line, and what it means."""

    column: str
    label: str
    bound: tuple[float, str] | None = None


_ONE = (1.0, "1, the Lipschitz bound of a WGAN")
PANELS = (
    Panel("critic_loss", "critic loss"),
    Panel("wasserstein", "Wasserstein estimate, training"),
    Panel("val_gradient_norm", "gradient of the score, mean length", _ONE),
    Panel("val_wd", "1D Wasserstein distance / std"),
    Panel("generator_loss", "generator loss"),
    Panel("val_wasserstein", "Wasserstein estimate, validation"),
    Panel("val_lipschitz", "gradient of the score, largest length", _ONE),
    Panel("val_spread", "smallest std, generated / true", (COLLAPSED, "collapsed below")),
)


def line_styles(labels: Sequence[str]) -> list[tuple[str, str]]:
    """(colour, style) of each line: those whose labels begin with the same word share a colour, in styles of their own.

    There are eight colours for the eight kinds of parts; the further objects of a kind look like the first, dashed.
    """
    kinds = list(dict.fromkeys(label.split("-")[0] for label in labels))
    seen, found = dict.fromkeys(kinds, 0), []
    for label in labels:
        kind = label.split("-")[0]
        colour = PROCESS_COLOURS[kinds.index(kind) % len(PROCESS_COLOURS)]
        found.append((colour, STYLES[seen[kind] % len(STYLES)]))
        seen[kind] += 1
    return found


def _draw(axes: Axes, panel: Panel, logs: Sequence[pd.DataFrame], styles, kept: Sequence[int | None]) -> None:
    shown = []
    for log, (colour, style), epoch in zip(logs, styles, kept, strict=True):
        if panel.column not in log or log.empty:
            continue
        axes.plot(log["epoch"], log[panel.column], style, color=colour)
        shown.append(log[panel.column].to_numpy(float))
        if panel.column == "val_wd" and epoch is not None:
            value = log.loc[log["epoch"] == epoch, "val_wd"]
            axes.plot(epoch, value, "o", color=colour, ms=5.5, mec="black", mew=0.9, zorder=3)
    set_scale(axes, np.concatenate(shown))
    if panel.bound:
        axes.axhline(panel.bound[0], color="black", ls=":", lw=1.2)
        axes.annotate(panel.bound[1], (0.98, panel.bound[0]), (0, 2), xycoords=axes.get_yaxis_transform(),
                      textcoords="offset points", ha="right", va="bottom", fontsize=8)  # fmt: skip
    axes.set_ylabel(panel.label, fontsize=9.5)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))


@styled
def draw_monitoring(
    logs: Sequence[pd.DataFrame],
    labels: Sequence[str],
    kept: Sequence[int | None],
    *,
    title: str = "",
) -> Figure:
    """Panels of everything that the logs have, against the epoch.

    ``logs`` have a row an epoch, with the columns of ``generators.networks.adversarial``; what none of them has is left
    out. ``kept`` is the epoch whose weights the network has at the end, marked where it was chosen; None if it has its
    last ones.
    """
    panels = [panel for panel in PANELS if any(panel.column in log for log in logs)]
    n_columns = min(COLUMNS, max(1, len(panels)))
    n_rows = max(1, -(-len(panels) // n_columns))
    figure = new_figure(max(5.0, 3.4 * n_columns), 1.3 + 2.7 * n_rows)
    grid = figure.subplots(n_rows, n_columns, squeeze=False)
    styles = line_styles(labels)
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw(axes, panel, logs, styles, kept)
    for unused in grid.flat[len(panels) :]:
        unused.set_axis_off()
    handles = [Line2D([], [], color=c, ls=s, label=label) for label, (c, s) in zip(labels, styles, strict=True)]
    if any(epoch is not None for epoch in kept):
        handles.append(Line2D([], [], color="white", marker="o", mec="black", ls="", label="epoch that was kept"))
    figure.legend(handles=handles, loc="outside lower center", ncols=6)
    if title:
        figure.suptitle(title, fontsize=12)
    return figure
