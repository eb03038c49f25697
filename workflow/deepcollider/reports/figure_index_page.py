"""The figure index as a reader sees it: every published figure with ours beside it, and how many there are."""

from html import escape
from pathlib import Path

import pandas as pd

from deepcollider.reports.figure_index import COLUMNS, FEWER, MADE, NO_RULE, NOT_IN_RUN, PARTLY, SEPARATOR, STATUSES
from deepcollider.reports.gallery import picture_of

THUMBNAIL_WIDTH = 480
"""Pixels; with all published figures made, the page has about 10 MB."""

WIDE, WIDE_WIDTH = 2.0, 1200
"""A picture more than WIDE times as wide as high would not be legible as a thumbnail: it has a line of its own."""

TABLE_ROWS = 50
"""Most rows of a table that are shown; how many there are more is said."""

CLASSES = dict(zip(STATUSES, ("made", "fewer", "partly", "not-in-run", "no-rule"), strict=True))
"""Status -> class of its mark in the page."""

STYLE = """
<style>
  .figure-index { font-family: sans-serif; font-size: 14px; color: #222; }
  .figure-index table { border-collapse: collapse; font-size: 13px; }
  .figure-index td, .figure-index th { padding: 0.15rem 0.6rem; text-align: right; border-bottom: 1px solid #ddd; }
  .figure-index td, .figure-index th { overflow-wrap: normal; } .figure-index td { white-space: nowrap; }
  .figure-index td:first-child, .figure-index th:first-child { text-align: left; }
  .figure-index .scrolls, .figure-index pre { overflow-x: auto; }
  .figure-index pre { font-size: 13px; background: #f4f4f4; padding: 0.4rem; margin: 0.3rem 0; }
  .figure-index .entries { display: grid; gap: 0.8rem; }
  .figure-index .entries { grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); }
  .figure-index .entry { border-top: 1px solid #ccc; padding-top: 0.3rem; overflow-wrap: anywhere; min-width: 0; }
  .figure-index .wide { grid-column: 1 / -1; }
  .figure-index .status { border-radius: 0.6rem; padding: 0.05rem 0.6rem; font-size: 13px; white-space: nowrap; }
  .figure-index .made { background: #cfe8d5; } .figure-index .fewer { background: #d5e6f3; }
  .figure-index .partly { background: #f5e3b3; } .figure-index .not-in-run { background: #e4e4e4; }
  .figure-index .no-rule { background: #f0d3cd; }
  .figure-index .pictures { display: flex; flex-wrap: wrap; gap: 0.6rem; }
  .figure-index figure { margin: 0.4rem 0 0; width: 22rem; max-width: 100%; }
  .figure-index figure.wide { width: 100%; }
  .figure-index img { width: 100%; height: auto; display: block; }
  .figure-index figcaption { font-size: 12px; color: #555; }
</style>
"""


def read_index(path: str | Path) -> pd.DataFrame:
    """The index as it was written; what is empty is an empty text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)[list(COLUMNS)]


def coverage(index: pd.DataFrame) -> pd.DataFrame:
    """Number of published figures by document and status; the last row is of all documents."""
    counts = pd.crosstab(index["document"], index["status"]).reindex(index["document"].unique())
    counts = counts.reindex(columns=list(STATUSES), fill_value=0)
    counts.loc["all documents"] = counts.sum()
    return counts.assign(published=counts.sum(axis="columns")).rename_axis(index=None, columns=None)


def coverage_text(index: pd.DataFrame) -> str:
    """The coverage in one sentence."""
    n = coverage(index).loc["all documents"]
    return (
        f"Of {n['published']} published figures and tables, this run has {n[MADE]} in full, {n[FEWER]} with fewer "
        f"settings than published and {n[PARTLY]} in part; {n[NOT_IN_RUN]} are not in this run, and of {n[NO_RULE]} no "
        "rule makes anything."
    )


def figure_index_html(index: pd.DataFrame) -> str:
    """HTML of the index, its pictures inside: coverage, then the published figures of each document.

    The files of the column ``ours`` must be there, as seen from the working directory.
    """
    parts = [STYLE, f"<p>{coverage_text(index)}</p>", f'<div class="scrolls">{coverage(index).to_html(border=0)}</div>']
    for document, entries in index.groupby("document", sort=False):
        shown = "".join(_entry(entry) for entry in entries.to_dict("records"))
        parts.append(f'<h2>{escape(str(document))}</h2><div class="entries">{shown}</div>')
    return f'<div class="figure-index">{"".join(parts)}</div>'


def figure_index_page(index: pd.DataFrame, title: str) -> str:
    """The index as a page of its own, without outside references."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>"
        "<style>body { max-width: 70rem; margin: 0 auto; padding: 0 1rem; font-family: sans-serif; }</style></head>"
        f"<body><h1>{escape(title)}</h1>{figure_index_html(index)}</body></html>\n"
    )


def _entry(entry: dict[str, str]) -> str:
    status = entry["status"]
    parts = [
        f"<div><b>{escape(entry['id'])}</b> {escape(entry['content'])} ({escape(entry['kind'])}) "
        f'<span class="status {CLASSES[status]}">{status}</span> {escape(entry["reason"])}</div>'
    ]
    if entry["remedy"]:
        parts.append(f"<details><summary>what to configure</summary><pre>{escape(entry['remedy'])}</pre></details>")
    files = entry["ours"].split(SEPARATOR) if entry["ours"] else []
    if files:
        parts.append(f'<div class="pictures">{"".join(_shown(path) for path in files)}</div>')
    width = "" if len(files) == 1 and files[0].endswith(".png") and not _is_wide(files[0]) else " wide"
    return f'<div class="entry{width}">{"".join(parts)}</div>'


def _shown(path: str) -> str:
    caption = f"<figcaption>{escape(path)}</figcaption>"
    if path.endswith(".csv"):
        return f'<figure class="scrolls wide">{_table(path)}{caption}</figure>'
    wide = _is_wide(path)
    place = ' class="wide"' if wide else ""
    uri, _ = picture_of(path, WIDE_WIDTH if wide else THUMBNAIL_WIDTH)
    return f'<figure{place}><img alt="{escape(Path(path).stem)}" src="{uri}">{caption}</figure>'


def _is_wide(path: str) -> bool:
    from PIL import Image

    with Image.open(path) as picture:
        return picture.width > WIDE * picture.height


def _table(path: str) -> str:
    table = pd.read_csv(path).rename(columns=lambda name: name.replace("_", " "))
    html = table.head(TABLE_ROWS).to_html(border=0, index=False, na_rep="", float_format="{:.4g}".format)
    more = len(table) - TABLE_ROWS
    return f"{html}<p>and {more} rows more</p>" if more > 0 else html
