"""The page of the figure index: its counts, its pictures, and that a browser needs nothing else."""

import base64
import io
import re

import pandas as pd
import pytest
from PIL import Image

from deepcollider.reports.figure_index import COLUMNS, STATUSES
from deepcollider.reports.figure_index_page import (
    TABLE_ROWS,
    THUMBNAIL_WIDTH,
    coverage,
    coverage_text,
    figure_index_html,
    figure_index_page,
    read_index,
)
from tests.reports.browser import look_at
from tests.workflow.harness import OutsideReferences


@pytest.fixture
def small(tmp_path, monkeypatch):
    """An index of six figures in two documents, with a picture and a table on disk."""
    monkeypatch.chdir(tmp_path)
    Image.effect_noise((1600, 800), 100).save("wide.png")
    Image.new("RGBA", (200, 100), "red").save("narrow.png")
    pd.DataFrame({"setting": ["beta-1"], "WD": [0.0123456]}).to_csv("table.csv", index=False)
    rows = [
        ("B thesis", "Fig 1", "made", "wide.png;narrow.png", "", ""),
        ("B thesis", "Fig <2>", "partly", "wide.png", "no system wgan yet", ""),
        ("A thesis", "Tab 1", "made", "table.csv", "", ""),
        ("A thesis", "Fig 1", "not in this run", "", "ww is not configured", "processes:\n  ww: {source: pythia}"),
        ("A thesis", "4.1", "no rule", "", "no rule makes it", ""),
        ("A thesis", "4.2", "made with fewer settings than published", "narrow.png", "no setting with beta 2", "b: 2"),
    ]
    entries = [
        dict(zip(COLUMNS, (document, id, "histogram", "MET & phi", status, ours, "", reason, remedy), strict=True))
        for document, id, status, ours, reason, remedy in rows
    ]
    index = pd.DataFrame(entries)
    index.to_csv("index.csv", index=False)
    return read_index("index.csv")


def test_index_comes_back_as_it_was_written(small):
    assert list(small.columns) == list(COLUMNS)
    assert small["id"].tolist() == ["Fig 1", "Fig <2>", "Tab 1", "Fig 1", "4.1", "4.2"]
    assert small["reason"].tolist()[0] == "" and small["remedy"].tolist()[3] == "processes:\n  ww: {source: pythia}"


def test_coverage_is_counted(small):
    counts = coverage(small)
    assert list(counts.columns) == [
        *("made", "made with fewer settings than published", "partly", "not in this run", "no rule", "published"),
    ]
    assert {name: row.tolist() for name, row in counts.iterrows()} == {
        "B thesis": [1, 0, 1, 0, 0, 2],
        "A thesis": [1, 1, 0, 1, 1, 4],
        "all documents": [2, 1, 1, 1, 1, 6],
    }
    assert list(counts.index) == ["B thesis", "A thesis", "all documents"]
    assert coverage_text(small) == (
        "Of 6 published figures and tables, this run has 2 in full, 1 with fewer settings than published and 1 in "
        "part; 1 are not in this run, and of 1 no rule makes anything."
    )


def test_status_that_does_not_occur_counts_nothing(small):
    assert coverage(small[small["status"] == "made"])["partly"].tolist() == [0, 0, 0]


def test_page_has_pictures_tables_and_reasons_and_needs_nothing_else(small):
    page = figure_index_page(small, "Title & more")
    parser = OutsideReferences()
    parser.feed(page)
    assert parser.found == [] and parser.pictures == 4
    for text in ("<title>Title &amp; more</title>", "Fig &lt;2&gt;", "MET &amp; phi", "0.01235", "no system wgan yet"):
        assert text in page
    assert "ww: {source: pythia}" in page
    assert page.index("B thesis</h2>") < page.index("A thesis</h2>")
    assert figure_index_html(small) in page


def test_thumbnails_are_small_and_never_larger_than_the_picture(small):
    page = figure_index_html(small)
    pictures = [Image.open(io.BytesIO(base64.b64decode(found))) for found in re.findall(r"base64,([^\"]+)", page)]
    assert [picture.size for picture in pictures] == [
        *((THUMBNAIL_WIDTH, 240), (200, 100), (THUMBNAIL_WIDTH, 240), (200, 100)),
    ]
    assert pictures[1].convert("RGB").getpixel((50, 50)) == (255, 0, 0)


def test_wide_picture_has_a_line_of_its_own_and_stays_legible(small):
    Image.new("RGB", (2500, 700), "white").save("narrow.png")
    page = figure_index_html(small[small["id"] == "4.2"])
    assert '<div class="entry wide">' in page and '<figure class="wide"><img' in page
    (found,) = re.findall(r"base64,([^\"]+)", page)
    assert Image.open(io.BytesIO(base64.b64decode(found))).size == (1200, 336)


def test_every_status_has_a_mark_of_its_own(small):
    page = figure_index_html(small)
    for mark, status in zip(("made", "fewer", "partly", "not-in-run", "no-rule"), STATUSES, strict=True):
        assert f'<span class="status {mark}">{status}</span>' in page
        assert f".figure-index .{mark} {{ background" in page


def test_long_table_says_how_many_rows_are_left_out(small):
    pd.DataFrame({"row": range(TABLE_ROWS + 7)}).to_csv("table.csv", index=False)
    page = figure_index_html(small)
    assert f"<td>{TABLE_ROWS - 1}</td>" in page and f"<td>{TABLE_ROWS}</td>" not in page
    assert "and 7 rows more" in page
    pd.DataFrame({"row": range(TABLE_ROWS)}).to_csv("table.csv", index=False)
    assert "rows more" not in figure_index_html(small)


def test_file_that_is_not_there_is_an_error(small):
    small.loc[0, "ours"] = "lost.png"
    with pytest.raises(FileNotFoundError, match=r"lost\.png"):
        figure_index_html(small)


def test_page_opens_on_desk_and_phone(small, tmp_path):
    (tmp_path / "page.html").write_text(figure_index_page(small, "Index"))
    for page in look_at([tmp_path / "page.html"])[tmp_path / "page.html"]:
        assert page.faults == []
        assert page.measured["images"] == 4
        assert "no system wgan yet" in page.measured["text"]
