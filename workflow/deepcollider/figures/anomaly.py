"""ROC curves of detectors of anomalous events."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from deepcollider.figures.style import COLOURS, new_figure, styled


@styled
def draw_anomaly(curves: pd.DataFrame, table: pd.DataFrame, background: str) -> Figure:
    """Signal efficiency against false-positive rate, a panel a signal, on a logarithmic axis of rates.

    ``curves``: sample, detector, false_positive_rate, signal_efficiency; ``table``: the AUCs, see
    :mod:`deepcollider.metrics.efficiency`.
    """
    samples, detectors = list(dict.fromkeys(curves["sample"])), list(dict.fromkeys(curves["detector"]))
    figure = new_figure(4.6 * len(samples), 4.6)
    axes = figure.subplots(1, len(samples), squeeze=False, sharey=True)
    for panel, sample in zip(axes[0], samples, strict=True):
        for position, detector in enumerate(detectors):
            chosen = (curves["sample"] == sample) & (curves["detector"] == detector)
            auc = table.loc[(table["sample"] == sample) & (table["detector"] == detector), "AUC"].iloc[0]
            curve = curves[chosen & (curves["false_positive_rate"] > 0)]
            panel.plot(
                curve["false_positive_rate"],
                curve["signal_efficiency"],
                color=COLOURS[position % len(COLOURS)],
                ls="-" if position < len(COLOURS) else "--",
                lw=2.2 if not position else 1.3,
                label=f"{detector}: {auc:.3f}",
            )
        rates = np.geomspace(curves["false_positive_rate"][curves["false_positive_rate"] > 0].min(), 1, 100)
        panel.plot(rates, rates, color="black", ls=":", lw=0.9)
        panel.set(xscale="log", xlim=(rates[0], 1), ylim=(0, 1), title=sample)
        panel.set_xlabel(f"fraction of {background} events above the threshold")
        shade = {"frameon": True, "framealpha": 0.8, "edgecolor": "none"}  # curves may pass behind
        panel.legend(loc="upper left", title="area under the curve", fontsize=8.5, **shade)
    axes[0][0].set_ylabel("signal efficiency")
    return figure
