"""The browser test itself: a good page passes, and each kind of fault is found."""

import base64
from pathlib import Path

import pytest

from tests.reports.browser import DESKTOP, PHONE, Page, look_at

PIXEL = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC")
).decode()
HEAD = '<!DOCTYPE html><html><head><meta charset="utf-8">{viewport}<title>t</title></head><body>{body}</body></html>'
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
GOOD = f'<p>Some text<sup style="font-size: 9px">2</sup></p><img alt="dot" src="data:image/png;base64,{PIXEL}">'


FAULTY = {
    '<img alt="lost" src="lost.png">': ["error: Image: net::ERR_FILE_NOT_FOUND", "image does not show: lost"],
    '<img alt="bad" src="data:image/png;base64,AAAA">': ["image does not show: bad"],
    "<script>console.error('oh', 7)</script>": ["error: oh 7"],
    "<script>nowhere.to_be_found()</script>": ["error: ReferenceError: nowhere is not defined"],
    "<script>setTimeout(() => console.error('late'), 50)</script>": ["error: late"],
    '<script src="https://cdn.example.org/x.js"></script>': [
        "error: Script: net::ERR_NAME_NOT_RESOLVED",
        "asks the network for https://cdn.example.org/x.js",
    ],
    '<div style="width: 500px">wide</div>': ["pixels wide in a window of 390: div"],
    '<div style="overflow: hidden"><p style="width: 500px">cut off</p></div>': ["in a window of 390: p"],
    '<div style="overflow: auto"><div style="overflow: hidden"><p style="width: 500px">cut off</p></div></div>': [
        "in a window of 390: p"
    ],
    '<p style="font-size: 11px">small print</p>': ["text of 11 pixels: 'small print'"],
}
"""What is added to a good page -> parts of what the browser test must say."""


def page_of(path: Path, body: str, viewport: str = VIEWPORT) -> Path:
    path.write_text(HEAD.format(viewport=viewport, body=body), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, list[Page]]:
    """Every page of this module as the browser finds it, in one run of the browser."""
    folder = tmp_path_factory.mktemp("pages")
    scrolling = '<div style="overflow-x: auto"><div style="width: 900px">wide, in a box of its own</div></div>'
    pages = {
        "good": page_of(folder / "good.html", GOOD + scrolling),
        "no viewport": page_of(folder / "desk.html", GOOD, viewport=""),
        **{added: page_of(folder / f"{i}.html", GOOD + added) for i, added in enumerate(FAULTY)},
    }
    looked_at = look_at(list(pages.values()))
    return {name: looked_at[path] for name, path in pages.items()}


def test_good_page_has_no_faults_and_its_parts_are_seen(found):
    assert [page.width for page in found["good"]] == [DESKTOP, PHONE]
    assert [page.faults for page in found["good"]] == [[], []]
    assert all(page.measured["images"] == 1 and "Some text" in page.measured["text"] for page in found["good"])


@pytest.mark.parametrize("added", FAULTY)
def test_faults_are_found(found, added):
    on_the_phone = found[added][1].faults
    for text in FAULTY[added]:
        assert any(text in fault for fault in on_the_phone), on_the_phone


def test_page_without_viewport_is_not_for_a_phone(found):
    assert any("no viewport" in fault for fault in found["no viewport"][1].faults)


def test_wide_on_a_phone_is_fine_on_a_desk(found):
    assert found['<div style="width: 500px">wide</div>'][0].faults == []


def test_without_a_browser_the_test_is_skipped_unless_one_is_required(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DEEPCOLLIDER_REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        look_at([tmp_path / "page.html"])
    monkeypatch.setenv("DEEPCOLLIDER_REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        look_at([tmp_path / "page.html"])
