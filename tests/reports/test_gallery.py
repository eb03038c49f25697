"""Pictures in a report: inside the page, small, true in colour, and of a size that can be read."""

import base64
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepcollider.reports.definitions import section
from deepcollider.reports.gallery import gallery, picture_of


def picture(path: Path, width: int, height: int = 100) -> Path:
    """A white picture with a smooth patch of colours, as a heatmap has."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    shades = np.linspace(0, 255, width // 2).astype(np.uint8)
    pixels[20:60, : width // 2, 0] = shades
    pixels[20:60, : width // 2, 1] = shades[::-1]
    Image.fromarray(pixels).save(path)
    return path


def decoded(uri: str) -> np.ndarray:
    head, _, content = uri.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(base64.b64decode(content))).convert("RGB")).astype(int)


def test_picture_keeps_its_size_and_its_colours(tmp_path):
    path = picture(tmp_path / "heat.png", 800)
    uri, width = picture_of(path)
    before, after = np.asarray(Image.open(path)).astype(int), decoded(uri)
    assert width == 800 and after.shape == before.shape
    assert (after[0, 0] == 255).all()  # white stays white
    assert np.abs(after - before).max() <= 12


def test_large_pictures_are_scaled_down(tmp_path):
    path = picture(tmp_path / "wide.png", 3000, 300)
    uri, width = picture_of(path)
    assert width == 3000 and decoded(uri).shape == (220, 2200, 3)
    assert decoded(picture_of(path, 480)[0]).shape == (48, 480, 3)


def test_gallery_holds_its_pictures(tmp_path):
    page = gallery([picture(tmp_path / "a<b.png", 800), picture(tmp_path / "jet1_pt-x.png", 3000)])
    assert page.count('src="data:image/png;base64,') == 2
    assert re.findall(r'alt="([^"]*)"', page) == ["a&lt;b", "jet1 pt x"]
    assert "width: 480px" in page and "width: 1800px; max-width: 100%" in page
    assert "min-width: 1080px" in page  # a third of the pixels, or letters of ten points cannot be read
    assert gallery([]).count("<img") == 0


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("What :func:`a.b` does to ``x``.", "What `a.b` does to `x`."),
        ("A list:\n\n* of :mod:`~one.two`\n* two", "A list:\n\n* of `one.two`\n* two"),
    ],
)
def test_definitions_are_markdown(written, shown):
    module = type(re)("deepcollider.metrics.physics_distances", written)
    assert section(module) == f"### physics distances\n\n{shown}"
