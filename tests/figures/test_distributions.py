"""Figures of the samples: they show the numbers that they are given, also where there are none."""

import numpy as np
import pytest

from deepcollider.figures.distributions import Counts, Panel, draw_overlaid, draw_signal_background
from deepcollider.figures.heatmaps import draw_correlation_matrix, draw_correlations
from deepcollider.figures.scatter import MOST_POINTS, draw_classes
from deepcollider.figures.style import save

EDGES = np.linspace(0, 2, 5)
FILLED = Counts(np.array([10, 20, 10, 0]), 50)  # 10 values outside
LINE = Counts(np.array([0, 5, 5, 0]), 10)
EMPTY = Counts(np.zeros(4), 0)


def stairs(axes, label):
    (found,) = [patch for patch in axes.patches if patch.get_label() == label]
    return found.get_data().values


def overlaid(panels, **options):
    labels = options.pop("labels", {"a": "A", "b": "B"})
    return draw_overlaid(panels, filled="SM", line="BSM", labels=labels, **options)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_densities_integrate_to_the_fraction_inside():
    assert np.sum(FILLED.density(EDGES) * np.diff(EDGES)) == pytest.approx(0.8)
    assert np.sum(LINE.density(EDGES) * np.diff(EDGES)) == pytest.approx(1.0)
    assert not EMPTY.density(EDGES).any()


def test_overlaid_panels_show_their_densities():
    thin = {"a": LINE, "b": EMPTY}
    figure = overlaid([Panel(EDGES, "x", FILLED, LINE, thin), Panel(EDGES, "y", FILLED, LINE, thin, log_y=True)])
    first, second, unused = figure.get_axes()
    assert stairs(first, "filled") == pytest.approx([0.4, 0.8, 0.4, 0.0])
    assert stairs(first, "line") == pytest.approx([0.0, 1.0, 1.0, 0.0])
    assert stairs(first, "a") == pytest.approx([0.0, 1.0, 1.0, 0.0])
    assert (first.get_xlabel(), second.get_yscale(), unused.axison) == ("x", "log", False)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["SM", "BSM", "A", "B"]


def test_normal_curve_is_a_density_with_its_parameters():
    figure = overlaid([Panel(EDGES, "x", FILLED, None, normal=(1.0, 0.25))])
    axes = figure.get_axes()[0]
    (curve,) = axes.lines
    x, y = curve.get_data()
    assert np.trapezoid(y, x) == pytest.approx(1.0, abs=1e-3)
    assert x[np.argmax(y)] == pytest.approx(1.0, abs=0.01)
    assert axes.get_ylim()[1] > y.max()
    assert texts(axes) == ["$\\mu$ = 1.00\n$\\sigma$ = 0.25"]


def test_kinds_without_objects_and_missing_groups_still_draw(tmp_path):
    panels = [
        Panel(EDGES, "x", EMPTY, EMPTY, {"a": EMPTY}, log_y=True),
        Panel(EDGES, "x", None, EMPTY),
        Panel(EDGES, "x", None, None, normal=(1.0, 0.0)),
    ]
    figure = overlaid(panels)
    assert all(texts(axes) == ["no value"] for axes in figure.get_axes())
    save(figure, tmp_path / "a.pdf", tmp_path / "a.png")


def test_signal_against_background_stacks_to_one_density():
    background = {"WZ": FILLED, "ZZ": Counts(np.array([0, 0, 25, 25]), 50)}
    figure = draw_signal_background(EDGES, background, {"W'": LINE}, xlabel="x", note="a note")
    (axes,) = figure.get_axes()
    assert stairs(axes, "WZ") == pytest.approx(np.array([10, 20, 10, 0]) / 50)
    assert stairs(axes, "ZZ") == pytest.approx(np.array([10, 20, 35, 25]) / 50)
    assert stairs(axes, "W'") == pytest.approx([0.0, 1.0, 1.0, 0.0])
    assert axes.get_title() == "a note"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["WZ", "ZZ", "W'"]


@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize(
    ("background", "signal"), [({}, {"s": LINE}), ({"b": FILLED}, {}), ({"b": EMPTY}, {"s": EMPTY})]
)
def test_classes_without_samples_or_values_still_draw(tmp_path, background, signal, log_y):
    figure = draw_signal_background(EDGES, background, signal, xlabel="x", log_y=log_y)
    save(figure, tmp_path / "a.pdf", tmp_path / "a.png")
    assert ("no value" in texts(figure.get_axes()[0])) == (background.get("b") is EMPTY)


def test_scatter_shows_the_classes_apart_and_a_bounded_number_of_points():
    points = {"1": np.zeros((3, 2)), "2": np.ones((MOST_POINTS + 7, 2))}
    (axes,) = draw_classes(points).get_axes()
    assert [(line.get_marker(), len(line.get_xdata())) for line in axes.lines] == [("x", 3), ("+", MOST_POINTS)]


def test_large_matrix_leaves_undefined_pairs_grey(tmp_path):
    matrix = np.array([[1.0, np.nan, 0.25], [np.nan, 1.0, -0.5], [0.25, -0.5, 1.0]])
    figure = draw_correlation_matrix(matrix, ["x", "y", "z"], title="t")
    axes = figure.get_axes()[0]
    assert texts(axes) == ["1.00", "0.25", "1.00", "-0.50", "0.25", "-0.50", "1.00"]
    save(figure, tmp_path / "a.pdf", tmp_path / "a.png")


def test_heatmaps_are_named_and_draw_without_any_value(tmp_path):
    nothing = np.full((2, 2), np.nan)
    figure = draw_correlations(np.eye(2), nothing, ["x", "y"], names=("published", "ours"))
    assert [axes.get_title() for axes in figure.get_axes()[:3]] == ["published", "ours", "ours − published"]
    save(figure, tmp_path / "a.pdf", tmp_path / "a.png")
