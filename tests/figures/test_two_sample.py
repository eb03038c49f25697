import numpy as np
import pandas as pd
import pytest

from deepcollider.figures.style import save
from deepcollider.figures.two_sample import draw_two_sample

EDGES = np.array([0.1, 1.0, 10.0])  # the bins are: below, 0.1 to 1, 1 to 10, above


def _rows(curve, sample, x, y) -> pd.DataFrame:
    return pd.DataFrame({"curve": curve, "sample": sample, "x": x, "y": y})


def _table(auc=0.8, fractions=(0.1, 0.2, 0.3, 0.4)) -> pd.DataFrame:
    lower = [0.0, *EDGES]
    return pd.concat([
        _rows("auc", "generated", [auc], [0.01]),
        _rows("auc", "floor", [0.5], [0.02]),
        _rows("roc", "generated", [0.0, 0.5, 1.0], [0.0, auc, 1.0]),
        _rows("roc", "floor", [0.0, 0.5, 1.0], [0.0, 0.5, 1.0]),
        _rows("weights", "generated", lower, fractions),
        _rows("weights", "truth", lower, fractions[::-1]),
        _rows("weights", "floor", lower, [0.0, 0.6, 0.4, 0.0]),
        _rows("weights", "floor_truth", lower, [0.0, 0.4, 0.6, 0.0]),
    ]).assign(classifier="by kind")  # fmt: skip


def _stairs(axes) -> dict:
    """By label: values, edges, baseline."""
    return {patch.get_label(): patch.get_data() for patch in axes.patches}


def test_each_setting_has_its_roc_curve_and_its_area_in_the_legend():
    roc, _, _ = draw_two_sample({"a": _table(0.8), "b": _table(0.9)}).get_axes()
    texts = [text.get_text() for text in roc.get_legend().get_texts()]
    assert texts == ["truth against truth: 0.500 ± 0.020", "a: 0.800 ± 0.010", "b: 0.900 ± 0.010"]
    lines = {line.get_label(): line for line in roc.lines}
    assert lines["b: 0.900 ± 0.010"].get_ydata().tolist() == [0, 0.9, 1]
    colours = [lines[text].get_color() for text in texts]
    assert len(set(colours)) == 3


def test_weights_of_generated_and_of_truth_events_with_the_outermost_bins():
    _, generated, truth = draw_two_sample({"a": _table()}).get_axes()
    for axes, fractions, floor in (
        (generated, [0.1, 0.2, 0.3, 0.4], [0, 0.6, 0.4, 0]),
        (truth, [0.4, 0.3, 0.2, 0.1], [0, 0.4, 0.6, 0]),
    ):
        drawn = _stairs(axes)
        assert drawn["a"][0].tolist() == fractions
        assert drawn["a"][1] == pytest.approx([0.01, 0.1, 1, 10, 100])
        assert drawn["truth against truth"][0].tolist() == floor
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        low, high = axes.get_ylim()
        assert low < 0.1 and high > 0.6


def test_each_classifier_has_a_row_of_its_own():
    tables = {"a": pd.concat([_table(0.8), _table(0.9).assign(classifier="by pt")])}
    axes = draw_two_sample(tables).get_axes()
    assert len(axes) == 6
    assert [axes[i].get_title() for i in (0, 3)] == ["classifier by kind", "classifier by pt"]
    for i, auc in ((0, "0.800"), (3, "0.900")):
        assert axes[i].get_legend().get_texts()[1].get_text() == f"a: {auc} ± 0.010"


def test_more_settings_than_colours_differ_in_their_lines():
    roc, _, _ = draw_two_sample({str(i): _table() for i in range(10)}).get_axes()
    looks = {(line.get_color(), line.get_linestyle()) for line in roc.lines if line.get_label()[0].isdigit()}
    assert len(looks) == 10


def test_setting_without_a_result_still_draws(tmp_path):
    empty = _table()
    empty[["x", "y"]] = empty[["x", "y"]].where(empty["curve"] == "weights")
    empty["y"] = np.nan
    save(draw_two_sample({"a": empty}, title="t"), tmp_path / "a.pdf", tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 8000
