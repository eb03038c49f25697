"""Classifier two-sample tests: ROC curves and distributions of the classifier weights, all settings in one figure."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepcollider.figures.style import COLOURS, TRUTH_FILL, TRUTH_LINE, new_figure, styled

_LINE_STYLES = ("-", "--", ":")


def _of(table: pd.DataFrame, curve: str, sample: str) -> tuple[np.ndarray, np.ndarray]:
    rows = table[(table["curve"] == curve) & (table["sample"] == sample)]
    return rows["x"].to_numpy(float), rows["y"].to_numpy(float)


def _with_auc(label: str, table: pd.DataFrame, sample: str) -> str:
    (auc,), (error,) = _of(table, "auc", sample)
    return f"{label}: {auc:.3f} ± {error:.3f}"


def _look(position: int) -> dict:
    """Colour and line of a setting; lines change where the colours begin again."""
    return {"color": COLOURS[position % len(COLOURS)], "ls": _LINE_STYLES[position // len(COLOURS) % 3]}


def _draw_roc(axes: Axes, curves: Mapping[str, pd.DataFrame]) -> None:
    axes.plot([0, 1], [0, 1], color="black", ls=":", lw=0.9)
    for position, (label, table) in enumerate(curves.items()):
        floor_label = _with_auc("truth against truth", table, "floor") if not position else None
        axes.plot(*_of(table, "roc", "floor"), color=TRUTH_LINE, lw=2.6, alpha=0.6, label=floor_label, zorder=1.5)
        axes.plot(*_of(table, "roc", "generated"), **_look(position), label=_with_auc(label, table, "generated"))
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set_xlabel("truth events taken for generated")
    axes.set_ylabel("generated events recognised")
    axes.legend(loc="lower right", title="area under the curve", fontsize=8.5)


def _with_outer_bins(lower_edges: np.ndarray) -> np.ndarray:
    """Edges of all bins: the underflow and the overflow get a bin as wide as their neighbours on a logarithmic axis."""
    inner = lower_edges[1:]
    step = inner[1] / inner[0]
    return np.concatenate([[inner[0] / step], inner, [inner[-1] * step]])


def _draw_weights(axes: Axes, curves: Mapping[str, pd.DataFrame], sample: str, floor: str) -> None:
    shown = []
    for position, (label, table) in enumerate(curves.items()):
        lower_edges, fractions = _of(table, "weights", sample)
        edges = _with_outer_bins(lower_edges)
        if not position:
            _, of_floor = _of(table, "weights", floor)
            axes.stairs(of_floor, edges, fill=True, color=TRUTH_FILL, label="truth against truth")
            shown += of_floor[of_floor > 0].tolist()
        axes.stairs(fractions, edges, baseline=None, lw=1.3, **_look(position), label=label)
        shown += fractions[fractions > 0].tolist()
    axes.axvline(1, color="black", ls=":", lw=0.9)
    limits = 0.5 * min(shown, default=1e-3), 2 * max(shown, default=1.0)
    axes.set(xlim=(edges[0], edges[-1]), ylim=limits, xscale="log", yscale="log")
    axes.set_xlabel(r"weight  $w \approx p_{\mathrm{truth}} / p_{\mathrm{generated}}$")


@styled
def draw_two_sample(curves: Mapping[str, pd.DataFrame], *, title: str = "") -> Figure:
    """ROC curves, and the weights of the generated and of the truth events, of each setting by its label.

    Tables as :func:`deepcollider.metrics.two_sample.curves` makes them, with a column ``classifier``: a row of panels
    for each. Grey is truth in the place of generated events, from the first setting's table where weights are shown.
    Outermost bins hold all weights beyond them.
    """
    classifiers = list(dict.fromkeys(name for table in curves.values() for name in table["classifier"]))
    figure = new_figure(13.5, 4.7 * len(classifiers))
    for panels, classifier in zip(figure.subplots(len(classifiers), 3, squeeze=False), classifiers, strict=True):
        roc, of_generated, of_truth = panels
        of_classifier = {label: table[table["classifier"] == classifier] for label, table in curves.items()}
        _draw_roc(roc, of_classifier)
        _draw_weights(of_generated, of_classifier, "generated", "floor")
        _draw_weights(of_truth, of_classifier, "truth", "floor_truth")
        roc.set_title(f"classifier {classifier}")
        of_generated.set_title("generated events")
        of_truth.set_title("truth events")
        of_generated.set_ylabel("fraction of events / bin")
        of_generated.legend(handles=of_generated.patches[:1], loc="upper right")
    if title:
        figure.suptitle(title, fontsize=12)
    return figure
