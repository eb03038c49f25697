"""The figure of an adversarial training shows the numbers of its logs, and marks the epoch that was kept."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from deepcollider.features.views.chained import VIEW
from deepcollider.figures.adversarial import PANELS, draw_monitoring, line_styles
from deepcollider.figures.losses import draw_losses
from deepcollider.figures.style import save

LABELS = list(VIEW.parts)


def log_of(scale: float, n: int = 5) -> pd.DataFrame:
    epochs = np.arange(n)
    return pd.DataFrame({"epoch": epochs, **{p.column: scale * (i + 1) + 0.1 * epochs for i, p in enumerate(PANELS)}})


@pytest.fixture
def logs():
    return [log_of(1 + 0.1 * i) for i in range(len(LABELS))]


def panels(figure) -> dict:
    return {axes.get_ylabel(): axes for axes in figure.get_axes() if axes.axison}


def test_every_panel_has_the_numbers_of_every_part(logs):
    drawn = panels(draw_monitoring(logs, LABELS, [None] * len(LABELS)))
    assert list(drawn) == [panel.label for panel in PANELS]
    for panel in PANELS:
        lines = [line for line in drawn[panel.label].lines if len(line.get_xdata()) == 5]
        assert len(lines) == 10
        for line, log in zip(lines, logs, strict=True):
            assert np.array_equal(line.get_ydata(), log[panel.column]) and np.array_equal(line.get_xdata(), range(5))


def test_parts_can_be_told_apart():
    styles = line_styles(LABELS)
    assert len(set(styles)) == 10
    by_label = dict(zip(LABELS, styles, strict=True))
    assert by_label["jet-first"][0] == by_label["jet-further"][0]
    assert {to_hex(colour).lower() for colour, _ in styles} & {"#f0e442", "#ffffff"} == set()  # faint on white
    texts = [text.get_text() for text in draw_monitoring([log_of(1)], ["met"], [None]).legends[0].get_texts()]
    assert texts == ["met"]


def test_kept_epoch_is_marked_on_the_distance(logs):
    figure = draw_monitoring(logs, LABELS, [3, *[None] * 9])
    marks = {label: [line for line in axes.lines if line.get_marker() == "o"] for label, axes in panels(figure).items()}
    ((label, (mark,)),) = [(label, found) for label, found in marks.items() if found]
    assert label == "1D Wasserstein distance / std"
    assert mark.get_xdata() == [3] and mark.get_ydata() == pytest.approx([logs[0].loc[3, "val_wd"]])
    assert "epoch that was kept" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_bounds_are_drawn(logs):
    drawn = panels(draw_monitoring(logs, LABELS, [None] * 10))
    bounds = {
        label: [
            line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == ":" and len(line.get_xdata()) == 2
        ]
        for label, axes in drawn.items()
    }
    assert bounds["gradient of the score, mean length"] == bounds["gradient of the score, largest length"] == [1.0]
    assert bounds["smallest std, generated / true"] == [0.1]
    assert sum(map(len, bounds.values())) == 3


def test_what_no_log_has_is_left_out(logs):
    without = [log.drop(columns=["val_lipschitz", "val_spread"]) for log in logs]
    drawn = panels(draw_monitoring(without, LABELS, [None] * 10))
    assert len(drawn) == 6 and "smallest std, generated / true" not in drawn


def test_a_part_without_rows_and_one_that_diverged(tmp_path, logs):
    empty = pd.DataFrame({"epoch": [], "loss": []})
    diverged = logs[1].copy()
    diverged.loc[2:, diverged.columns[1:]] = np.nan
    figure = draw_monitoring([empty, diverged], ["muon", "met"], [None, 1], title="wgan")
    save(figure, tmp_path / "a.pdf", tmp_path / "a.png")
    assert all(np.isfinite(axes.get_ylim()).all() for axes in panels(figure).values())


@pytest.mark.parametrize(
    ("critic", "scale"),
    [
        ([5.0, 2.0, 1.0, 0.9, 0.8], "linear"),
        ([50.0, 2.0, 1.0, 0.9, 0.8], "log"),
        ([50.0, -0.2, -0.1, -0.1, 0.1], "symlog"),
        ([1.0, -0.2, -0.1, -0.1, 0.1], "linear"),
        ([0.0, 0.0, 0.0, 0.0, 0.0], "linear"),
    ],
)
def test_losses_that_span_decades_stay_legible(critic, scale):
    log = log_of(1.0).assign(critic_loss=critic)
    assert panels(draw_monitoring([log], ["met"], [None]))["critic loss"].get_yscale() == scale
    both = log[["epoch", "critic_loss"]].assign(generator_loss=critic)
    (axes,) = draw_losses([both], [("met", "default")]).get_axes()
    assert axes.get_yscale() == scale and len(axes.lines) == 2
