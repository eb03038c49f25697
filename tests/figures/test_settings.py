"""Metrics against hyperparameters, and speed against quality: that the figures show the numbers that they are given."""

import itertools

import numpy as np
import pandas as pd
import pytest

from deepcollider.figures.settings import PANELS, draw_settings, grid_axes
from deepcollider.figures.speed_quality import MARKERS, draw_speed_quality
from deepcollider.figures.style import save
from deepcollider.generators.registry import known_systems

WD = PANELS["wd"][0]


def grid(**values):
    """Points of a grid by the name of the setting."""
    points = [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]
    return {"_".join(f"{key}-{value}" for key, value in point.items()) or "default": point for point in points}


def tidy(values, metric="wd", error=0.1, floor=0.5):
    """Tidy rows of one metric from its value by setting."""
    columns = {"part_or_feature": "overall", "metric": metric, "error": error, "floor": floor}
    return pd.DataFrame({"setting": list(values), "value": list(values.values())}).assign(**columns)


def panels_of(figure):
    return {axes.get_ylabel(): axes for axes in figure.get_axes() if axes.get_ylabel()}


def points_of(axes):
    """x, y of each curve."""
    return [container.lines[0].get_data() for container in axes.containers]


def test_values_errors_floor_and_choice():
    points = grid(beta=[1.5, 0.5, 1.0])
    metrics = tidy({"beta-0.5": 3.0, "beta-1.0": 2.0, "beta-1.5": 1.0, "untrained": 5.0})
    axes = panels_of(draw_settings(metrics, points, best="beta-1.0"))[WD]
    ((x, y),) = points_of(axes)
    assert (list(x), list(y)) == ([0.5, 1.0, 1.5], [3.0, 2.0, 1.0])
    (bars,) = axes.containers[0].lines[2]
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[2.9, 3.1], [1.9, 2.1], [0.9, 1.1]]
    (ring,) = [line for line in axes.lines if line.get_label() == "best"]
    assert (ring.get_xdata(), ring.get_ydata()) == ([1.0], [2.0])
    levels = {line.get_linestyle(): line.get_ydata()[0] for line in axes.lines if list(line.get_xdata()) == [0, 1]}
    assert levels == {"-": 0.5, "--": 5.0}
    assert axes.get_ylim()[0] < 0 < 5.0 < axes.get_ylim()[1]
    assert axes.get_xlabel() == "beta"


def test_a_baseline_far_away_is_a_number_and_does_not_squeeze_the_rest():
    metrics = tidy({"beta-1": 1.0, "beta-2": 2.0, "untrained": 123.0})
    axes = panels_of(draw_settings(metrics, grid(beta=[1, 2]), best="beta-1"))[WD]
    assert [text.get_text() for text in axes.texts] == ["untrained 123 ↑"]
    assert axes.get_ylim()[1] < 5


def test_second_hyperparameter_makes_curves():
    points = grid(alpha=[0.1, 0.2], latent=[20, 40])
    values = dict(zip(points, (1.0, 2.0, 3.0, 4.0), strict=True))
    figure = draw_settings(tidy(values), points, best="alpha-0.1_latent-20")
    curves = [(list(x), list(y)) for x, y in points_of(panels_of(figure)[WD])]
    assert curves == [([0.1, 0.2], [1.0, 3.0]), ([0.1, 0.2], [2.0, 4.0])]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[:2] == ["latent = 20", "latent = 40"]


def test_categories_stand_side_by_side_in_their_order():
    axes = grid_axes(grid(loss=["wgan", "lsgan"], clip=[True, False]))
    assert (axes.label, axes.ordered) == ("loss", False)
    assert axes.tick_labels == ["wgan", "lsgan"] and axes.ticks == [0.0, 1.0]
    wgan, lsgan = ([axes.x[f"loss-{loss}_clip-{clip}"] for clip in (True, False)] for loss in ("wgan", "lsgan"))
    assert np.mean(wgan) == pytest.approx(0) and np.mean(lsgan) == pytest.approx(1)
    assert wgan[0] < wgan[1] < lsgan[0]
    assert axes.curves == {
        "clip = True": ["loss-wgan_clip-True", "loss-lsgan_clip-True"],
        "clip = False": ["loss-wgan_clip-False", "loss-lsgan_clip-False"],
    }


def test_crowded_numbers_stand_side_by_side_in_order():
    axes = grid_axes(grid(beta=[1, 0.001, 0, 0.5]))
    assert axes.ordered and axes.tick_labels == ["0", "0.001", "0.5", "1"]
    assert [axes.x[f"beta-{value}"] for value in (0, 0.001, 0.5, 1)] == [0, 1, 2, 3]


def test_a_hyperparameter_that_does_not_vary_is_no_axis():
    axes = grid_axes(grid(units=[64], learning_rate=[1, 2]))
    assert axes.label == "learning rate" and list(axes.curves) == [""]


@pytest.mark.parametrize(("points", "label"), [(grid(beta=[1.5]), "beta"), (grid(), "")])
def test_a_single_setting(points, label, tmp_path):
    (setting,) = points
    figure = draw_settings(tidy({setting: 2.0}), points, best=setting)
    axes = panels_of(figure)[WD]
    assert axes.get_xlabel() == label
    assert [text.get_text() for text in axes.get_xticklabels()] == [str(points[setting].get("beta", setting))]
    save(figure, tmp_path / "a.pdf", tmp_path / "a.png")


def test_only_what_was_measured_has_a_panel():
    points = grid(beta=[1, 2])
    metrics = pd.concat(
        [
            tidy({"beta-1": 1.0, "beta-2": np.nan}, error=np.nan, floor=np.nan),
            tidy({"beta-1": np.nan, "beta-2": np.nan}, metric="kl"),
            tidy({"untrained": 1.0}, metric="fpd"),
        ]
    )
    assert list(panels_of(draw_settings(metrics, points, best="beta-1"))) == [WD]
    assert panels_of(draw_settings(metrics[:0], points, best="beta-1")) == {}


def test_a_wide_span_is_logarithmic_and_a_narrow_one_is_not():
    points = grid(beta=[1, 2])
    for floor, scale in ((0.001, "log"), (0.5, "linear"), (0.0, "linear"), (-0.001, "linear")):
        metrics = tidy({"beta-1": 1.0, "beta-2": 2.0}, floor=floor)
        axes = panels_of(draw_settings(metrics, points, best="beta-1"))[WD]
        assert axes.get_yscale() == scale
        low, high = axes.get_ylim()
        assert low < floor and high > 2.1


BOARD = pd.DataFrame(
    {
        "system": ["vae", "gan", "vae"],
        "process": ["ttbar", "ttbar", "stop_02"],
        "starts_from_truth": [False, True, False],
        "ms_per_event": [0.1, 20.0, 0.2],
        "wd_over_floor": [3.0, 2.0, 4.0],
        "wd_over_floor_error": [0.3, 0.2, np.nan],
        "mc_ms_per_event": [11.0, 11.0, np.nan],
    }
)
LABELS = {"ttbar": r"$t\bar{t}$", "stop_02": "stop"}


def test_speed_against_quality_of_every_system():
    figure = draw_speed_quality(BOARD, LABELS)
    (axes,) = figure.get_axes()
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    drawn = [container.lines[0] for container in axes.containers]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in drawn] == [(0.1, 3.0), (20.0, 2.0), (0.2, 4.0)]
    assert drawn[0].get_marker() == drawn[2].get_marker() != drawn[1].get_marker()
    colours = [line.get_markeredgecolor() if i == 1 else line.get_markerfacecolor() for i, line in enumerate(drawn)]
    assert colours[0] == colours[1] != colours[2]
    assert [line.get_markerfacecolor() == "white" for line in drawn] == [False, True, False]
    (star,) = [line for line in axes.lines if line.get_marker() == "*"]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (11.0, 1.0)
    assert star.get_markerfacecolor() == colours[0]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    expected = ["gan (starts from truth)", "vae", "Monte Carlo", r"$t\bar{t}$", "stop", "truth against truth"]
    assert labels == expected


def test_every_system_has_a_symbol_of_its_own():
    assert len({*MARKERS, "*"}) == len(MARKERS) + 1 > len(known_systems())


def test_no_star_without_our_own_monte_carlo():
    figure = draw_speed_quality(BOARD.assign(mc_ms_per_event=np.nan), LABELS)
    assert "Monte Carlo" not in [text.get_text() for text in figure.legends[0].get_texts()]
