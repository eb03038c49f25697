"""The style of all figures, and how they are saved. No pyplot: figures are plain objects drawn with Agg."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from deepcollider.files import written_whole

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Okabe and Ito's palette, distinguishable with colour-blindness; yellow last, as it is faint on white."""

TRUTH_FILL = "#D0D0D0"
TRUTH_LINE = "#707070"
DPI = 160

STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.labelsize": 11,
    "axes.titlesize": 11,
    "axes.titley": 1.0,  # given, as finding it takes a sixth of the time of a figure
    "axes.linewidth": 0.8,
    "axes.prop_cycle": mpl.cycler(color=COLOURS),
    "axes.axisbelow": True,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "errorbar.capsize": 0,
    "mathtext.fontset": "dejavusans",
    "hatch.linewidth": 0.4,
    "pdf.fonttype": 42,  # text stays text
    "svg.hashsalt": "deepcollider",
}


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Let a drawing function use the style without changing the settings of its caller."""

    @wraps(draw)
    def within_style(*args, **kwargs) -> Figure:
        with mpl.rc_context({**mpl.rcParamsDefault, **STYLE, "backend": "Agg"}):
            return draw(*args, **kwargs)

    return within_style


def new_figure(width: float, height: float, layout: str | None = "constrained") -> Figure:
    """An empty figure of given size (inches) that lays itself out; with ``layout`` None the caller does."""
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, pdf_path: str | Path, png_path: str | Path) -> None:
    """Write a figure as PDF and PNG, both whole, with the same bytes for the same figure."""
    with mpl.rc_context({**mpl.rcParamsDefault, **STYLE, "backend": "Agg"}):
        if figure.get_layout_engine() is not None:
            # the layout is half of the work, and would be done anew for each format
            figure.draw_without_rendering()
            figure.set_layout_engine(None)
        with written_whole(pdf_path) as path:
            figure.savefig(path, format="pdf", metadata={"CreationDate": None, "ModDate": None})
        with written_whole(png_path) as path:
            figure.savefig(path, format="png", dpi=DPI, metadata={"Software": None})
