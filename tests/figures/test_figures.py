import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from deepcollider.figures.heatmaps import draw_correlations
from deepcollider.figures.histograms import draw_histograms
from deepcollider.figures.losses import draw_losses
from deepcollider.figures.masks import MOST_MASKS, draw_masks
from deepcollider.figures.ratio import poisson_ratio
from deepcollider.figures.style import save

EDGES = np.linspace(0, 5, 6)
TRUTH = np.array([10, 40, 100, 40, 0])


def _histograms(**options):
    generated = [2 * TRUTH, np.array([10, 50, 300, 30, 4])]
    return draw_histograms(EDGES, TRUTH, generated, ["a", "b"], scales=[0.5, 1.0], xlabel="x", **options)


def _panels(figure):
    """Upper and lower panels, by column."""
    axes = figure.get_axes()
    half = len(axes) // 2
    return axes[:half], axes[half:]


def _stairs(axes, label):
    (found,) = [patch for patch in axes.patches if patch.get_label() == label]
    return found.get_data()


def _points(axes, label):
    (found,) = [each for each in axes.containers if each.get_label() == label]
    return found


def test_histograms_draw_the_numbers_that_they_are_given():
    upper, _ = _panels(_histograms())
    for axes, expected in zip(upper, (TRUTH, [10, 50, 300, 30, 4]), strict=True):
        assert np.array_equal(_stairs(axes, "truth").values, TRUTH)
        assert np.array_equal(_stairs(axes, "generated").values, expected)
        assert np.array_equal(_stairs(axes, "generated").edges, EDGES)
        upper_edge, _, _ = _stairs(axes, "truth error")
        assert upper_edge[1] - TRUTH[1] == pytest.approx(np.sqrt(40))


def test_ratio_panel_shows_ratios_and_arrows_beyond_its_limits():
    _, lower = _panels(_histograms())
    scaled, other = lower
    x, y = _points(scaled, "ratio").lines[0].get_data()
    assert np.array_equal(x, [0.5, 1.5, 2.5, 3.5])
    assert np.array_equal(y, np.ones(4))
    x, y = _points(other, "ratio").lines[0].get_data()
    assert np.array_equal(x, [0.5, 1.5, 3.5])
    assert y == pytest.approx([1.0, 1.25, 0.75])
    arrows = [line for line in other.lines if line.get_marker() == "^"]
    assert np.array_equal(arrows[0].get_xdata(), [2.5, 4.5])
    assert other.get_ylim() == (0.5, 1.5)


def test_ratio_errors_are_poisson():
    ratio, error, band = poisson_ratio([100, 4], [25, 0], scale=2.0)
    assert ratio == pytest.approx([0.5, 0.0])
    assert error == pytest.approx([0.1, 0.0])
    assert band == pytest.approx([0.1, 0.5])


@pytest.mark.parametrize("log_y", [False, True])
def test_a_feature_that_no_event_has_is_said_to_be_so(log_y):
    none, some = np.zeros(5), np.array([0, 0, 1, 0, 0])
    for truth, generated, expected in ((none, [none, some], [1, 0]), (some, [none, none], [0, 0])):
        options = {"scales": [1, 1], "xlabel": "x", "log_y": log_y}
        upper, lower = _panels(draw_histograms(EDGES, truth, generated, ["a", "b"], **options))
        assert [len(axes.texts) for axes in upper] == expected
        assert not any(axes.texts for axes in lower)


@pytest.mark.parametrize("n_settings", [1, 5, 8])
def test_every_setting_has_its_column(n_settings):
    labels = [f"setting {i}" for i in range(n_settings)]
    figure = draw_histograms(
        EDGES, TRUTH, [TRUTH] * n_settings, labels, scales=[1] * n_settings, xlabel="x", log_y=True
    )
    titles = [axes.get_title() for axes in figure.get_axes() if axes.get_title()]
    assert sorted(titles) == sorted(labels)


def test_logarithmic_axes_in_gev():
    edges = 10 ** np.linspace(1, 3, 6)
    figure = draw_histograms(edges, TRUTH, [TRUTH], ["a"], scales=[1], xlabel="E [GeV]", log_x=True, log_y=True)
    upper, _ = _panels(figure)
    assert (upper[0].get_xscale(), upper[0].get_yscale()) == ("log", "log")
    assert upper[0].get_xlim() == pytest.approx((10, 1000))


@pytest.mark.parametrize(
    ("limits", "ticks"),
    [
        ((-3, 3), [-2, 0, 2]),
        ((0, np.pi), [0, 1, 2, 3]),
        ((0, 250), [0, 100, 200]),
        ((-0.5, 5.5), [0, 2, 4]),
        ((-0.5, 20.5), [0, 10, 20]),
    ],
)
def test_linear_axes_have_few_ticks_at_integers(limits, ticks):
    upper, _ = _panels(draw_histograms(np.linspace(*limits, 6), TRUTH, [TRUTH], ["a"], scales=[1], xlabel="x"))
    assert [tick for tick in upper[0].get_xticks() if limits[0] <= tick <= limits[1]] == ticks


def test_heatmaps_show_both_matrices_and_their_difference():
    truth = np.array([[1.0, 0.25], [0.25, 1.0]])
    generated = np.array([[1.0, -0.5], [-0.5, np.nan]])
    panels = draw_correlations(truth, generated, ["x", "y"]).get_axes()[:3]
    for axes, expected in zip(panels, (truth, generated, generated - truth), strict=True):
        shown = np.ma.filled(axes.collections[0].get_array().astype(float), np.nan)
        assert np.array_equal(shown.reshape(2, 2), expected, equal_nan=True)
    assert [text.get_text() for text in panels[1].texts] == ["1.00", "-0.50", "-0.50"]
    assert panels[2].collections[0].get_clim() == (-0.75, 0.75)


def test_heatmaps_leave_out_features_that_truth_does_not_have():
    truth = np.array([[1.0, np.nan, 0.25], [np.nan] * 3, [0.25, np.nan, 1.0]])
    generated = np.array([[1.0, 0.9, -0.5], [0.9, 1.0, 0.8], [-0.5, 0.8, 1.0]])
    panels = draw_correlations(truth, generated, ["x", "lepton", "z"]).get_axes()[:3]
    kept = [[1.0, 0.25], [0.25, 1.0]], [[1.0, -0.5], [-0.5, 1.0]], [[0.0, -0.75], [-0.75, 0.0]]
    for axes, expected in zip(panels, kept, strict=True):
        assert np.array_equal(np.asarray(axes.collections[0].get_array()).reshape(2, 2), expected)
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["x", "z"]


def test_heatmaps_of_nothing_keep_all_features():
    axes = draw_correlations(np.full((2, 2), np.nan), np.eye(2), ["x", "y"]).get_axes()[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["x", "y"]


def test_masks_show_fractions_with_poisson_errors():
    figure = draw_masks(["2b 4j", "1b 3j"], np.array([40, 10]), np.array([100, 16]), (100, 200))
    upper, lower = figure.get_axes()
    assert [bar.get_height() for bar in upper.patches] == pytest.approx([0.4, 0.1])
    points = _points(upper, "generated")
    assert points.lines[0].get_ydata() == pytest.approx([0.5, 0.08])
    (errors,) = [bars for bars in points.lines[2] if isinstance(bars, LineCollection)]
    lengths = [segment[1, 1] - segment[0, 1] for segment in errors.get_segments()]
    assert lengths == pytest.approx([2 * 10 / 200, 2 * 4 / 200])
    assert [tick.get_text() for tick in lower.get_xticklabels()] == ["2b 4j", "1b 3j"]


def test_many_masks_end_in_one_bar_of_the_others():
    n = MOST_MASKS + 30
    figure = draw_masks([str(i) for i in range(n)], np.ones(n), np.ones(n), (n, n))
    upper, lower = figure.get_axes()
    assert upper.patches[-1].get_height() == pytest.approx(30 / n)
    assert lower.get_xticklabels()[-1].get_text() == "30 others"


def test_no_mask_at_all_still_draws(tmp_path):
    save(draw_masks([], np.zeros(0), np.zeros(0), (10, 10)), tmp_path / "a.pdf", tmp_path / "a.png")


def test_losses_draw_each_log_in_the_panel_of_its_part():
    logs = [
        pd.DataFrame({"epoch": [0, 1], "loss": [3.0, 2.0], "val_loss": [3.5, 2.5], "kl": [1.0, 1.0]}),
        pd.DataFrame({"epoch": [0, 1], "loss": [-1.0, -2.0], "learning_rate": [1e-3, 1e-4]}),
        pd.DataFrame({"critic_loss": [5.0, 4.0], "generator_loss": [-5.0, -4.0]}),
    ]
    labels = [("met", "a"), ("met", "b"), ("jet", "a")]
    panels = {axes.get_title(): axes for axes in draw_losses(logs, labels).get_axes()}
    drawn = {line.get_label(): line.get_ydata().tolist() for line in panels["met"].lines}
    assert drawn == {"a loss": [3.0, 2.0], "a val_loss": [3.5, 2.5], "b loss": [-1.0, -2.0]}
    assert {line.get_label() for line in panels["jet"].lines} == {"a critic_loss", "a generator_loss"}


def test_saved_files_are_whole_and_the_same_each_time(tmp_path):
    for name in ("first", "second"):
        save(_histograms(title="t"), tmp_path / f"{name}.pdf", tmp_path / f"{name}.png")
    for suffix in ("pdf", "png"):
        first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("first", "second"))
        assert len(first) > 8000
        assert first == second
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.{suffix}" for name in ("first", "second") for suffix in ("pdf", "png")
    )
