"""Figures of a report as HTML with the pictures inside: side by side where they fit, legible also on a phone."""

import base64
from collections.abc import Iterable
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path

SHOWN = 0.6
"""CSS pixels of a pixel of the file, on a wide screen: letters of a figure are then as large as those of the text."""

LEAST = 0.36
"""The same on a narrow screen; a figure that is wider in this size scrolls in its own box."""

WIDEST = 2200
"""Pixels; wider pictures are scaled down, as twice the width of the page is enough."""


@cache
def picture_of(path: str | Path, widest: int = WIDEST) -> tuple[str, int]:
    """Data URI of a PNG file, ``widest`` pixels at most, with a palette to be a third of the size; its own width."""
    from PIL import Image

    with Image.open(path) as file:
        width, picture = file.width, file.convert("RGB")
    picture.thumbnail((widest, 10 * widest), Image.Resampling.LANCZOS)
    written = BytesIO()
    # of Pillow's ways the one that leaves white white, refined by k-means so that the shades of a heatmap stay true
    picture.quantize(method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(written, "PNG")
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}", width


def _figure(path: str | Path) -> str:
    uri, width = picture_of(path)
    name = escape(Path(path).stem.replace("-", " ").replace("_", " "))
    box = f"width: {SHOWN * width:.0f}px; max-width: 100%; overflow-x: auto"
    picture = f"width: 100%; max-width: none; min-width: {LEAST * width:.0f}px; height: auto"
    return f'<div style="{box}"><img alt="{name}" style="{picture}" src="{uri}"></div>'


def gallery(paths: Iterable[str | Path]) -> str:
    """HTML of PNG files, as many in a row as fit."""
    return f'<div style="display: flex; flex-wrap: wrap; gap: 0.5rem">{"".join(map(_figure, paths))}</div>'
