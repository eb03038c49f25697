"""Fidelity and memorisation against the number of training events, a curve for each size of the network."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from deepcollider.figures.settings import MARKERS
from deepcollider.figures.style import COLOURS, TRUTH_FILL, TRUTH_LINE, new_figure, styled
from deepcollider.metrics.classifiers import WORST

PANELS = {
    "wd": ("overall WD", True),
    WORST: ("C2ST AUC, the worse", False),
    "correlation_distance": ("correlation distance", True),
    "memorisation_nearer_train": ("share nearer to training events", False),
}
"""Metric -> label, and whether the axis starts at 0; else at 0.5 or below."""


@styled
def draw_scale_curve(table: pd.DataFrame, title: str = "") -> Figure:
    """One panel for each of PANELS, with error bars of one standard error and a line where truth lies.

    ``table``: columns metric, value, error, floor, training_rows, parameters; one row a metric and sample.
    """
    figure = new_figure(3.4 * len(PANELS), 3.4)
    axes = figure.subplots(1, len(PANELS))
    sizes = sorted(table["parameters"].unique())
    for panel, (metric, (label, from_zero)) in zip(axes, PANELS.items(), strict=True):
        rows = table[table["metric"] == metric]
        floors = rows["floor"].dropna().to_numpy()
        if len(floors):
            panel.axhspan(floors.min(), floors.max(), color=TRUTH_FILL, lw=0)
            panel.axhline(floors.mean(), color=TRUTH_LINE, lw=1.0, label="truth against truth")
        for i, size in enumerate(sizes):
            of_size = rows[rows["parameters"] == size].sort_values("training_rows")
            panel.errorbar(
                of_size["training_rows"],
                of_size["value"],
                of_size["error"].fillna(0),
                fmt=MARKERS[i % len(MARKERS)],
                ls="-",
                lw=0.9,
                ms=5,
                color=COLOURS[i % len(COLOURS)],
                label=f"{size / 1000:.0f} 000 parameters",
            )
        shown = np.concatenate([rows["value"] + rows["error"].fillna(0), floors])
        low = 0.0 if from_zero else min(0.49, *(rows["value"] - rows["error"].fillna(0)), *floors)
        panel.set(xscale="log", xlabel="training events", ylabel=label, ylim=(low, low + 1.12 * (shown.max() - low)))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(handles))
    if title:
        figure.suptitle(title, fontsize=12)
    return figure
