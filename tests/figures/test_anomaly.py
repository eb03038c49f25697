"""The figure of ROC curves: a panel a signal, a line a detector, nothing lost."""

import numpy as np
import pandas as pd

from deepcollider.figures.anomaly import draw_anomaly


def test_a_panel_a_signal_and_a_line_a_detector():
    rates = np.array([0.0, 0.01, 0.1, 1.0])
    curves = pd.concat(
        pd.DataFrame({"false_positive_rate": rates, "signal_efficiency": rates**power, "sample": s, "detector": d})
        for s in ("stop_02", "gluino_01")
        for d, power in (("likelihood", 0.2), ("MET", 0.5))
    )
    table = curves[["sample", "detector"]].drop_duplicates().assign(AUC=[0.9, 0.8, 0.7, 0.6])
    figure = draw_anomaly(curves, table, "ttbar")
    assert [panel.get_title() for panel in figure.axes] == ["stop_02", "gluino_01"]
    for panel, expected in zip(figure.axes, (["0.900", "0.800"], ["0.700", "0.600"]), strict=True):
        texts = [text.get_text() for text in panel.get_legend().get_texts()]
        assert texts == [f"likelihood: {expected[0]}", f"MET: {expected[1]}"]
        assert "ttbar" in panel.get_xlabel() and panel.get_xscale() == "log"
        x, y = panel.lines[0].get_data()
        np.testing.assert_allclose(x, rates[1:])  # a rate of 0 has no place on the axis
        np.testing.assert_allclose(y, rates[1:] ** 0.2)
