"""The figure of amplification: a panel a spectrum, every sample where its error is, bounds for negative ones."""

import numpy as np
import pandas as pd
import pytest

from deepcollider.figures.amplification import draw_amplification
from deepcollider.metrics.amplification import COLUMNS, SPECTRA

ONE_EVENT, FLOOR, N_TRAINING = 0.95, 4e-5, 5000


def table(floor: float = FLOOR) -> pd.DataFrame:
    """Training events as good as truth, and a generator that saturates."""
    rows = []
    for spectrum in SPECTRA:
        for sample, n in (("training", N_TRAINING), *(("generated", n) for n in (1000, 5000, 20_000, 100_000))):
            squared = ONE_EVENT / n + (floor if sample == "generated" else 0)
            error = 0.3 * ONE_EVENT / n + 1e-5
            worth = [
                ONE_EVENT / each if each > 0 else np.inf for each in (squared, max(squared, 0) + error, squared - error)
            ]
            rows.append((spectrum, sample, n, squared, error, ONE_EVENT / n, *worth, worth[0] / N_TRAINING))
    return pd.DataFrame(rows, columns=COLUMNS)


def test_a_panel_a_spectrum_with_truth_generated_and_training():
    figure = draw_amplification(table())
    assert len(figure.axes) == len(SPECTRA)
    assert figure.axes[0].get_title() == r"$E_{\mathrm{T}}^{\mathrm{miss}}$"
    assert figure.axes[-1].get_title() == r"$E_{\mathrm{T}}^{\mathrm{miss}}$ × $H_{\mathrm{T}}$"
    for panel in figure.axes:
        assert panel.get_xscale() == panel.get_yscale() == "log"
        truth, generated = panel.lines[0], panel.lines[1]
        np.testing.assert_allclose(truth.get_ydata() ** 2 * truth.get_xdata(), ONE_EVENT)
        np.testing.assert_array_equal(generated.get_xdata(), [1000, 5000, 20_000, 100_000])
        np.testing.assert_allclose(generated.get_ydata() ** 2, ONE_EVENT / generated.get_xdata() + FLOOR)
        level = panel.lines[-1]
        np.testing.assert_allclose(level.get_ydata() ** 2, ONE_EVENT / N_TRAINING)
        assert level.get_xdata()[0] == N_TRAINING
        assert panel.texts[0].get_text() == (
            "100 000 generated are worth\n19 000 true (15 000 to 26 000)\n3.8 × the training events"
        )
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [r"truth, on average: $1/\sqrt{n}$", "generated events", "training events"]


def test_the_colours_differ_and_are_of_the_palette():
    panel = draw_amplification(table()).axes[0]
    assert len({line.get_color() for line in panel.lines[:2]} | {panel.lines[-1].get_color()}) == 3


@pytest.mark.filterwarnings("error")
def test_what_cannot_be_told_from_truth_has_a_bound():
    figure = draw_amplification(table(floor=-2e-5))
    panel = figure.axes[0]
    assert "100 000 generated are worth\nmore than 74 000 true" in panel.texts[0].get_text()
    np.testing.assert_array_equal(panel.lines[1].get_xdata(), [1000, 5000, 20_000])  # no root of a negative number
    bounds = [line for line in panel.lines if line.get_marker() == "_"]
    np.testing.assert_allclose(bounds[0].get_ydata() ** 2, [0.3 * ONE_EVENT / 100_000 + 1e-5])
    figure.draw_without_rendering()
