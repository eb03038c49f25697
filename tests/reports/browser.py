"""Open a page in headless Chromium without any network, and say what is wrong with it.

Driven over the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/), so that what counts is what the
browser itself reports: its console, its requests, its layout.
"""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
)
DESKTOP, PHONE = 1200, 390
"""Widths of the window (CSS pixels)."""

SMALLEST_TEXT = 12.0
"""Pixels; smaller text is hard to read on a phone."""

TIMEOUT = 120
"""Seconds that the browser may take for one answer; a loaded machine is slow."""

SETTLED = "document.fonts.ready.then(() => new Promise(done => setTimeout(done, 150)))"
"""Promise of a page that has loaded: scripts have had time to ask for more."""

MEASURE = """(() => {
  const seen = element => element.checkVisibility();
  const right = element => element.getBoundingClientRect().right;
  const scrolls = element => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      const overflow = getComputedStyle(box).overflowX;
      if (['auto', 'scroll'].includes(overflow)) return true;
      if (overflow !== 'visible' && right(element) > right(box) + 1) return false;
    }
    return false;
  };
  const name = element => element.tagName.toLowerCase() + (element.className ? '.' + element.className : '');
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const sizes = [];
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() && seen(parent) && !parent.closest('sub, sup, script, style, svg'))
      sizes.push([parseFloat(getComputedStyle(parent).fontSize), texts.currentNode.data.trim().slice(0, 40)]);
  }
  const wide = [...document.body.querySelectorAll('*')].filter(element =>
    seen(element) && right(element) > WIDTH + 1 && !scrolls(element));
  return {
    viewport: document.querySelector('meta[name=viewport]')?.content ?? null,
    scroll_width: document.documentElement.scrollWidth,
    too_wide: wide.slice(0, 5).map(name),
    images: document.images.length,
    broken_images: [...document.images].filter(image => !image.complete || !image.naturalWidth)
      .map(image => image.alt || image.src.slice(0, 80)),
    smallest_text: sizes.sort((a, b) => a[0] - b[0])[0] ?? [Infinity, ''],
    text: document.body.innerText,
  };
})()"""


@dataclass(frozen=True)
class Page:
    """What the browser found in a window of ``width`` CSS pixels."""

    width: int
    errors: tuple[str, ...]  # of the console, of scripts, of the loading of anything
    outside: tuple[str, ...]  # addresses that the page asked for
    measured: dict[str, Any]  # by MEASURE

    @property
    def faults(self) -> list[str]:
        """All that a reader without network, or on a phone, would be bothered by; empty for a good page."""
        found = self.measured
        size, text = found["smallest_text"]
        faults = [f"error: {each}" for each in self.errors]
        faults += [f"asks the network for {each}" for each in self.outside]
        faults += [f"image does not show: {each}" for each in found["broken_images"]]
        if found["viewport"] is None:
            faults.append("no viewport: a phone would show the page in the size of a desk")
        if found["scroll_width"] > self.width or found["too_wide"]:
            culprits = ", ".join(found["too_wide"])
            faults.append(f"{found['scroll_width']} pixels wide in a window of {self.width}: {culprits}")
        if size < SMALLEST_TEXT:
            faults.append(f"text of {size:g} pixels: {text!r}")
        return faults


def chromium() -> str:
    """Path of a Chromium or Chrome. Without one the test is skipped, or fails where a browser is required."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found:
        return found
    message = "no Chromium: install it (Debian: apt-get install chromium; Fedora: dnf install chromium)"
    if os.environ.get("DEEPCOLLIDER_REQUIRE_BROWSER") == "1":
        pytest.fail(message)
    pytest.skip(message)


class Tab:
    """A tab of a running browser: commands, and the events that it sent meanwhile."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse):
        self._socket, self._calls = socket, 0
        self.events: list[dict] = []

    async def _next(self) -> dict:
        return json.loads(await self._socket.receive_str(timeout=TIMEOUT))

    async def call(self, method: str, **parameters: Any) -> dict:
        """Result of a command."""
        self._calls += 1
        await self._socket.send_json({"id": self._calls, "method": method, "params": parameters})
        while (message := await self._next()).get("id") != self._calls:
            self.events.append(message)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    async def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression, of its promise if it is one."""
        done = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"])
        return done["result"].get("value")

    async def load(self, path: Path, width: int) -> None:
        """Open a file in a window of the given width and wait until it has loaded."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        phone = width < 600
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=phone
        )
        self.events.clear()
        await self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(await self._next())
        await self.evaluate(SETTLED)


async def _port(profile: Path, process: subprocess.Popen) -> int:
    """Port that the browser listens on, as soon as it is up."""
    port_file = profile / "DevToolsActivePort"
    for _ in range(10 * TIMEOUT):
        if port_file.is_file() and (lines := port_file.read_text().split()):
            return int(lines[0])
        if process.poll() is not None:
            raise RuntimeError(f"the browser ended with {process.returncode}: {process.stderr.read()[-2000:]}")
        await asyncio.sleep(0.1)
    raise TimeoutError(f"the browser did not start within {TIMEOUT} s")


@asynccontextmanager
async def running(browser: str) -> AsyncIterator[int]:
    """Port of a browser of our own, with an empty profile, that ends with the block."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            yield await _port(Path(profile), process)
        finally:
            process.terminate()
            process.communicate(timeout=TIMEOUT)


@asynccontextmanager
async def new_tab(port: int) -> AsyncIterator[Tab]:
    """A new, empty tab of a running browser."""
    async with aiohttp.ClientSession() as session:
        async with session.put(f"http://127.0.0.1:{port}/json/new?about:blank") as response:
            url = (await response.json())["webSocketDebuggerUrl"]
        async with session.ws_connect(url, max_msg_size=0) as socket:
            yield Tab(socket)


def _complaints(event: dict) -> list[str]:
    """Errors that an event of the browser tells of."""
    parameters = event.get("params", {})
    match event.get("method"):
        case "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            return [details.get("exception", {}).get("description", details["text"])]
        case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "assert"):
            return [" ".join(str(each.get("value", each.get("description"))) for each in parameters["args"])]
        case "Log.entryAdded" if parameters["entry"]["level"] == "error":
            return [f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}"]
        case "Network.loadingFailed" if not parameters.get("canceled"):
            return [f"{parameters['type']}: {parameters['errorText']}"]
    return []


def _outside(event: dict) -> list[str]:
    """Addresses outside this machine that an event asks for."""
    if event.get("method") != "Network.requestWillBeSent":
        return []
    url = event["params"]["request"]["url"]
    return [] if url.split(":", 1)[0] in ("file", "data", "blob", "about") else [url]


async def _look_at(path: Path, width: int, port: int) -> Page:
    async with new_tab(port) as tab:
        await tab.load(path, width)
        measured = await tab.evaluate(MEASURE.replace("WIDTH", str(width)))
    errors = tuple(dict.fromkeys(each for event in tab.events for each in _complaints(event)))
    outside = tuple(dict.fromkeys(each for event in tab.events for each in _outside(event)))
    return Page(width, errors, outside, measured)


async def _look_at_all(paths: Sequence[Path], widths: Sequence[int], browser: str) -> dict[Path, list[Page]]:
    async with running(browser) as port:
        return {path: [await _look_at(path, width, port) for width in widths] for path in paths}


def look_at(paths: Sequence[Path], widths: Sequence[int] = (DESKTOP, PHONE)) -> dict[Path, list[Page]]:
    """Pages as the browser finds them, each in a window of each of the widths."""
    return asyncio.run(_look_at_all(paths, widths, chromium()))
