import numpy as np
import pandas as pd
import pytest

from deepcollider.figures.neighbours import draw_memorisation
from deepcollider.figures.style import save
from deepcollider.metrics.memorisation import distance_table


@pytest.fixture
def tables():
    rng = np.random.default_rng(1)
    test = rng.gamma(9.0, 0.3, 400)
    near, far = rng.gamma(9.0, 0.2, 300), np.append(rng.gamma(9.0, 0.4, 180), np.full(20, 1e3))
    return [distance_table(near, test), distance_table(far, test)]


def _stairs(axes, label):
    (found,) = [patch for patch in axes.patches if patch.get_label() == label]
    return found.get_data()


def test_densities_are_those_of_the_tables(tables):
    (axes,) = draw_memorisation(tables, ["near", "far"]).get_axes()
    for label, table, sample, n in (
        ("test", 0, "test", 400),
        ("near", 0, "generated", 300),
        ("far", 1, "generated", 200),
    ):
        rows = tables[table][tables[table]["sample"] == sample][:-1]  # without what lies beyond
        densities, edges, _ = _stairs(axes, label)
        assert edges == pytest.approx([0, *rows["high"]])
        assert densities * np.diff(edges) * n == pytest.approx(rows["count"].to_numpy(float))
    assert axes.get_xlim() == (0, pytest.approx(tables[0]["low"].max()))


def test_legend_says_what_lies_beyond_the_axis(tables):
    figure = draw_memorisation([*tables, distance_table(np.zeros(0), np.zeros(0))], ["near", "far", "none"], title="t")
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert [text.split(" (")[0] for text in texts] == ["test events", "near", "far", "none"]
    assert "(" not in texts[1] and "(no value)" in texts[3]
    beyond = tables[1][(tables[1]["sample"] == "generated") & np.isinf(tables[1]["high"])]["count"].item()
    assert texts[2] == f"far ({100 * beyond / 200:.1f} % beyond)" and beyond >= 20


def test_tables_as_they_are_read_and_many_settings(tables, tmp_path):
    tables[0].to_csv(tmp_path / "table.csv", index=False)
    read = [pd.read_csv(tmp_path / "table.csv")] * 10
    figure = draw_memorisation(read, [f"setting {i}" for i in range(10)])
    looks = [(line.get_color(), line.get_linestyle()) for line in figure.legends[0].get_lines()]
    assert len(set(looks)) == 10
    save(figure, tmp_path / "a.pdf", tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000
