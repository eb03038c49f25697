"""Errors of spectra against the number of events: generated events, training events and truth."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from deepcollider.figures.style import COLOURS, TRUTH_LINE, new_figure, styled
from deepcollider.metrics.amplification import GENERATED, SPECTRA, TRAINING
from deepcollider.metrics.observables import BY_OBSERVABLE

MOST_COLUMNS = 3
OF_GENERATED, OF_TRAINING = COLOURS[0], COLOURS[1]


def _title(spectrum: str) -> str:
    return " × ".join(BY_OBSERVABLE[name].label for name in SPECTRA[spectrum])


def _draw_points(axes: Axes, rows: pd.DataFrame, colour: str, marker: str, label: str) -> None:
    """Roots of the squared errors with their errors; an arrow down from the bound where an estimate is not positive."""
    value, error = rows["squared_error"].to_numpy(), rows["squared_error_error"].to_numpy()
    root, upper = np.sqrt(np.maximum(value, 0)), np.sqrt(np.maximum(value, 0) + error)
    lower = np.sqrt(np.maximum(value - error, 0))
    measured, bound = value > 0, value <= 0
    events = rows["events"].to_numpy()
    axes.plot(events[measured], root[measured], color=colour, lw=0.9)
    axes.errorbar(
        events[measured],
        root[measured],
        [(root - lower)[measured], (upper - root)[measured]],
        fmt=marker,
        ms=5.5,
        color=colour,
        label=label,
    )
    if bound.any():
        axes.errorbar(
            events[bound], upper[bound], 0.35 * upper[bound], uplims=True, fmt="_", ms=9, capsize=3, color=colour
        )


def _spoken(events: float) -> str:
    """A number of events to two digits."""
    return f"{float(f'{events:.2g}'):,.0f}".replace(",", " ")


def _worth(most: pd.Series) -> str:
    """What the largest generated sample is worth, in words."""
    start = f"{_spoken(most['events'])} generated are worth"
    low = _spoken(most["equivalent_low"])
    if np.isinf(most["equivalent_events"]):
        return f"{start}\nmore than {low} true"
    high = f"{low} to {_spoken(most['equivalent_high'])}" if np.isfinite(most["equivalent_high"]) else f"at least {low}"
    return f"{start}\n{_spoken(most['equivalent_events'])} true ({high})\n{most['factor']:.2g} × the training events"


@styled
def draw_amplification(table: pd.DataFrame) -> Figure:
    """One panel a spectrum, both axes logarithmic, bars of one standard error.

    ``table``: see :mod:`deepcollider.metrics.amplification`. The line of truth falls with the root of the number of
    events; the error of the training events goes on to the right, where generated ones are to be compared with it.
    """
    spectra = list(dict.fromkeys(table["spectrum"]))
    n_columns = min(MOST_COLUMNS, len(spectra))
    n_rows = -(-len(spectra) // n_columns)
    figure = new_figure(3.7 * n_columns, 0.7 + 3.1 * n_rows)
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    n_events = np.array([table["events"].min() / 2, table["events"].max() * 2])
    for panel, spectrum in zip(axes.flat, spectra, strict=False):
        rows = table[table["spectrum"] == spectrum]
        generated = rows[rows["sample"] == GENERATED].sort_values("events")
        training = rows[rows["sample"] == TRAINING]
        first = rows.iloc[0]
        truth = np.sqrt(first["expected"] * first["events"] / n_events)
        panel.plot(n_events, truth, color=TRUTH_LINE, lw=1.3, label=r"truth, on average: $1/\sqrt{n}$")
        _draw_points(panel, generated, OF_GENERATED, "o", "generated events")
        _draw_points(panel, training, OF_TRAINING, "D", "training events")
        level = np.sqrt(np.maximum(training["squared_error"], 0).iloc[0])
        panel.plot([training["events"].iloc[0], n_events[1]], [level, level], color=OF_TRAINING, ls="--", lw=1.0)
        panel.text(
            0.97, 0.96, _worth(generated.iloc[-1]), transform=panel.transAxes, ha="right", va="top", fontsize=8.5
        )
        panel.set(xscale="log", yscale="log", xlim=n_events, title=_title(spectrum))
    low, high = axes[0, 0].get_ylim()
    axes[0, 0].set_ylim(low, high * (high / low) ** 0.2)  # room for the words
    axes[0, 0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes[0, 0].yaxis.set_major_formatter("{x:g}")
    axes[0, 0].yaxis.set_minor_formatter(NullFormatter())
    for unused in axes.flat[len(spectra) :]:
        unused.set_axis_off()
    for panel in axes[-1]:
        panel.set_xlabel("number of events")
    for panel in axes[:, 0]:
        panel.set_ylabel(r"error $\sqrt{\Sigma_b\,(s_b - t_b)^2}$")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(handles))
    return figure
