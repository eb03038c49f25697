"""Downloads that trust nothing: resumed where they broke off, retried with patience, checked by length and MD5.

What has come lies in ``<name>.partial`` until it is complete and verified; then it gets its name. Nothing else is ever
written beside it, so that a job that is killed, at whatever moment, leaves no file that nobody goes on with.
"""

import fcntl
import os
import random
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

import pooch
import requests
from tqdm import tqdm
from urllib3.exceptions import HTTPError

from deepcollider import __version__
from deepcollider.files import is_disk_full
from deepcollider.sources.csv_files import SourceError

CHUNK_BYTES = 2**16  # what a reset connection loses at most
TIMEOUT_S = (30, 120)  # to connect; between two bytes
WORTH_ANOTHER_TRY = {403, 408, 429}  # and all of 5xx; Zenodo answers 403 to whoever asks too often
WEB_PAGE = "the server sends a web page (HTML) in place of the data"
HTML_STARTS = (b"<", b"\xef\xbb\xbf<")


class _TryAgain(Exception):  # noqa: N818 - says what to do
    """An attempt failed in a way that may pass."""

    def __init__(self, reason: str, retry_after: float = 0.0):
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Patience:
    """How often to try again, and how long to wait in between: exponential back-off with jitter."""

    attempts: int = 8  # in a row that bring nothing new
    base_s: float = 2.0
    longest_s: float = 300.0
    sleep: Callable[[float], None] = time.sleep

    def wait(self, failures: int, retry_after: float) -> float:
        """Seconds to wait after so many failures in a row; at least what the server asked for, within reason."""
        back_off = self.base_s * 2 ** (failures - 1) * random.uniform(0.5, 1.5)
        return min(max(back_off, retry_after), self.longest_s)

    def after(self, failures: int, url: str, fault: _TryAgain, kept: str = "") -> None:
        """Sleep before the next attempt; raise SourceError if there is none left."""
        if failures >= self.attempts:
            raise SourceError(
                f"{url}: gave up after {failures} attempts without anything new, the last because {fault}. "
                f"{kept}Run again later, or fetch the file by other means and set zenodo.offline"
            ) from fault
        seconds = self.wait(failures, fault.retry_after)
        print(f"{url}: {fault}; attempt {failures + 1} of {self.attempts} in {seconds:.0f} s", file=sys.stderr)
        self.sleep(seconds)


def _seconds(retry_after: str | None) -> float:
    """The header Retry-After, seconds or a date, as seconds from now; 0 if there is none or it makes no sense."""
    if retry_after is None:
        return 0.0
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


@contextmanager
def _answer(url: str, start: int = 0) -> Iterator[requests.Response]:
    """The answer to a GET from byte ``start`` on, with status 200, 206 or 416 and a body that is no web page."""
    # what is stored is wanted, not a form of it that was compressed for the way
    headers = {"Accept-Encoding": "identity", "User-Agent": f"deepcollider/{__version__}"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        response = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S)
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        raise _TryAgain(f"the server cannot be reached ({error})") from error
    except requests.RequestException as error:
        raise SourceError(f"{url}: {error}; check zenodo.api in the configuration") from error
    with response:
        status = response.status_code
        if status in WORTH_ANOTHER_TRY or status >= 500:
            why = " (asked too often, or not open to everybody)" if status == 403 else ""
            raise _TryAgain(f"the server answers {status}{why}", _seconds(response.headers.get("Retry-After")))
        if status not in (200, 206) and not (status == 416 and start):
            raise SourceError(f"{url}: the server answers {status} {response.reason}; check record and file name")
        if status != 416 and response.headers.get("Content-Type", "").lower().startswith("text/html"):
            raise _TryAgain(WEB_PAGE)
        yield response


def fetch_json(url: str, patience: Patience) -> Any:
    """The JSON document at ``url``; SourceError if the server refuses or does not recover."""
    for failures in range(1, patience.attempts + 1):
        try:
            with _answer(url) as response:
                return _json_of(response)
        except _TryAgain as fault:
            patience.after(failures, url, fault)
    raise AssertionError("the last attempt raises")


def _json_of(response: requests.Response) -> Any:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError as error:
        raise _TryAgain(f"the server sends no valid JSON ({error})") from error
    except (requests.RequestException, OSError) as error:
        raise _TryAgain(f"the connection broke off ({error})") from error


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """The body as sent; a broken connection is worth another try."""
    try:
        yield from response.raw.stream(CHUNK_BYTES, decode_content=False)
    except (HTTPError, OSError) as error:
        raise _TryAgain(f"the connection broke off ({error})") from error


class _Download:
    """A download to ``path`` that goes on with its partial file if it is there.

    ``size``, ``md5``: what the file must have. Until it has, what has come so far stays in the partial file, whatever
    happens; one that is complete but wrong is deleted.
    """

    def __init__(self, path: Path, size: int, md5: str, patience: Patience):
        self.path, self.partial = path, path.with_name(f"{path.name}.partial")
        self.size, self.md5, self.patience = size, md5, patience

    def run(self, url: str) -> None:
        try:
            with open(self.partial, "ab") as file:
                self._lock(file)
                self._check_space(file.tell())
                with tqdm(
                    total=self.size, unit="B", unit_scale=True, desc=self.path.name, file=sys.stderr, mininterval=1
                ) as progress:
                    self._fill(url, file, progress)
                self._hand_over(url)
        except OSError as error:
            if not is_disk_full(error):
                raise
            have, free = self.partial.stat().st_size, shutil.disk_usage(self.partial.parent).free
            raise SourceError(
                f"{self.partial}: the disk, or your quota on it, is full: {(self.size - have) / 1e9:.2f} GB more are "
                f"needed, but {free / 1e9:.2f} GB are free; make room, or set zenodo.folder to another disk. What has "
                "come is kept, and gone on with"
            ) from error

    def _hand_over(self, url: str) -> None:
        """Give the complete partial file its name, if it is what it should be."""
        if (md5 := pooch.file_hash(str(self.partial), alg="md5")) != self.md5:
            self.partial.unlink()
            raise SourceError(
                f"{url}: what has come does not match: its md5 is {md5}, but the record states {self.md5}. Run again "
                "to download it anew"
            )
        os.replace(self.partial, self.path)

    def _lock(self, file: BinaryIO) -> None:
        """Keep others from writing to the same partial file; the lock goes with the process."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SourceError(f"{self.partial}: another job is downloading it; wait for it, or end it first") from None
        except OSError as error:  # some network file systems know no locks
            print(f"{self.partial}: cannot be locked ({error})", file=sys.stderr)

    def _check_space(self, have: int) -> None:
        free, needed = shutil.disk_usage(self.partial.parent).free, self.size - have
        if free < needed:
            raise SourceError(
                f"{self.partial.parent}: {needed / 1e9:.2f} GB are needed, but {free / 1e9:.2f} GB are free; "
                "make room, or set zenodo.folder to another disk"
            )

    def _fill(self, url: str, file: BinaryIO, progress: tqdm) -> None:
        """Append to the partial file until it is complete."""
        failures, furthest = 0, file.tell()
        while (have := file.tell()) != self.size:
            if have > self.size:
                have = self._start_over(file, f"{have} bytes there, more than the {self.size} expected")
            progress.update(have - progress.n)
            try:
                self._append(url, file, progress)
            except _TryAgain as fault:
                failures = 1 if file.tell() > furthest else failures + 1
                furthest = max(furthest, file.tell())
                kept = f"{file.tell()} of {self.size} bytes are kept in {self.partial}. "
                self.patience.after(failures, url, fault, kept)
        progress.update(self.size - progress.n)

    def _append(self, url: str, file: BinaryIO, progress: tqdm) -> None:
        """One request for what is missing."""
        with _answer(url, start=file.tell()) as response:
            if response.status_code == 416:
                self._start_over(file, "the server has nothing after what is there")
                raise _TryAgain("the server's file is shorter than what is there")
            announced = self._announced(response, file)
            progress.update(file.tell() - progress.n)
            for chunk in _chunks(response):
                if file.tell() == 0 and chunk.lstrip().startswith(HTML_STARTS):
                    raise _TryAgain(WEB_PAGE)
                if announced not in (None, self.size):
                    raise _TryAgain(f"the server's file has {announced} bytes, but the record states {self.size}")
                if file.tell() + len(chunk) > self.size:
                    self._start_over(file, "more bytes came than the record states")
                    raise _TryAgain(f"the server sends more than the {self.size} bytes that the record states")
                file.write(chunk)
                progress.update(len(chunk))
        file.flush()
        if file.tell() < self.size:
            raise _TryAgain(f"only {file.tell()} of {self.size} bytes came")

    def _announced(self, response: requests.Response, file: BinaryIO) -> int | None:
        """Bytes of the whole file as the answer announces them; if it begins anew, so does the partial file."""
        if response.status_code == 200:
            if file.tell():
                self._start_over(file, "the server does not resume")
            total = response.headers.get("Content-Length", "")
        else:
            place = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
            if not place or int(place[1]) != file.tell():
                self._start_over(file, "the server sends another part than the one asked for")
                raise _TryAgain("the server sent another part of the file than the one asked for")
            total = place[2]
        return int(total) if total.isdigit() else None

    def _start_over(self, file: BinaryIO, why: str) -> int:
        print(f"{self.partial}: starting over: {why}", file=sys.stderr)
        file.flush()
        file.truncate(0)
        file.seek(0)
        return 0


def download(url: str, path: Path, size: int, md5: str, patience: Patience) -> None:
    """Have the file at ``path``, with this size and MD5; raise SourceError otherwise, and leave no file there.

    One that is there already is not fetched again. A partial download is kept as ``<name>.partial`` and gone on with;
    one that is complete but wrong is deleted.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and pooch.file_hash(str(path), alg="md5") == md5:
        return
    _Download(path, size, md5, patience).run(url)
