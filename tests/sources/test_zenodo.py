"""Downloads from a stand-in for Zenodo that misbehaves in every way that is known of the real one."""

import hashlib
import json
import shutil
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest

from deepcollider.sources import downloads
from deepcollider.sources.csv_files import SourceError
from deepcollider.sources.downloads import Patience
from deepcollider.sources.zenodo import Archive, freeze, parse_record, read_manifest
from tests.zenodo_server import (
    API,
    HTML,
    chunked,
    cut_after,
    no_ranges,
    other_content,
    status,
    web_page,
    wrong_place,
    zenodo,
)

RECORD = 7277951
NAME = "ttbar_10fb.csv"
DATA = np.random.default_rng(1).integers(32, 127, 1_000_000, np.uint8).tobytes().replace(b"<", b";")
FILES = {NAME: DATA, "ttbar_small.csv": DATA[:1000], "ttbarZ_10fb.csv.gz": b"\x1f\x8b" + DATA[:5000]}
ALL_NAMES = ["ttbar", "ttbarZ", "stop_02"]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """The loopback interface is not reached through a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server():
    with zenodo(RECORD, FILES) as running:
        yield running


class Site:
    """An archive in a folder of its own, whose waiting takes no time but is written down."""

    def __init__(self, api, folder):
        self.folder, self.waits = folder, []
        self.path = folder / f"downloads/{RECORD}/{NAME}"
        self.partial = self.path.with_name(f"{NAME}.partial")
        self.manifest = folder / f"manifests/{RECORD}.json"
        self.options = {
            "api": api,
            "folder": folder / "downloads",
            "manifests": folder / "manifests",
            "patience": Patience(attempts=4, base_s=1.0, longest_s=60.0, sleep=self.waits.append),
        }

    def acquire(self, name="ttbar", file=None, **options):
        return Archive(**{**self.options, **options}).acquire(RECORD, (name,), ALL_NAMES, file)

    def refused(self, **options):
        """The message of an acquisition that fails, after which no file bears its final name."""
        with pytest.raises(SourceError) as error:
            self.acquire(**options)
        assert not self.path.exists()
        assert not list(self.path.parent.glob("tmp*"))
        return str(error.value)

    def assert_acquired(self, receipt):
        assert self.path.read_bytes() == DATA
        assert sorted(path.name for path in self.path.parent.iterdir()) == [NAME]
        assert receipt.path == str(self.path) and receipt.size == len(DATA) and receipt.verified
        assert receipt.md5 == hashlib.md5(DATA).hexdigest()
        assert receipt.sha256 == hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def site(server, tmp_path):
    return Site(server.api, tmp_path)


@pytest.mark.parametrize("old_links", [False, True])
def test_well_behaved(server, site, old_links):
    server.old_links = old_links
    receipt = site.acquire()
    site.assert_acquired(receipt)
    assert (receipt.process, receipt.record, receipt.doi) == ("ttbar", RECORD, f"10.5281/zenodo.{RECORD}")
    assert receipt.file == NAME and receipt.url.endswith(NAME if old_links else f"{NAME}/content")
    assert server.ranges(NAME) == [None] and site.waits == []


def test_what_is_there_is_not_fetched_again(server, site):
    first = site.acquire()
    assert site.acquire() == first
    assert len(server.ranges(NAME)) == 1 and len(server.ranges(API)) == 2


def test_a_damaged_file_is_fetched_again(server, site):
    site.acquire()
    site.path.write_bytes(DATA[:-1] + b"!")
    site.assert_acquired(site.acquire())
    assert len(server.ranges(NAME)) == 2


def test_file_may_be_named(server, site):
    receipt = site.acquire(file="ttbar_small.csv")
    assert receipt.size == 1000 and receipt.file == "ttbar_small.csv"
    assert "has no file 'ttbar_smal.csv'; did you mean 'ttbar_small.csv'?" in site.refused(file="ttbar_smal.csv")


def test_gzipped_file_stays_as_it_is(server, site):
    receipt = site.acquire("ttbarZ")
    assert (site.path.parent / "ttbarZ_10fb.csv.gz").read_bytes() == FILES["ttbarZ_10fb.csv.gz"]
    assert receipt.size == 5002


def test_process_without_a_file(site):
    message = site.refused(name="stop_02")
    assert f"record {RECORD} has no file for stop_02" in message and "processes.stop_02.file" in message
    assert all(name in message for name in FILES)


# Recovery


@pytest.mark.parametrize("reset", [False, True])
def test_broken_connection_is_resumed(server, site, reset):
    """Closed or reset after part of the file, twice: the rest is asked for, and nothing twice."""
    server.faults[NAME] = [cut_after(400_000, reset), cut_after(300_000, reset)]
    site.assert_acquired(site.acquire())
    asked = server.ranges(NAME)
    assert asked[0] is None and len(asked) == 3
    starts = [int(sent.removeprefix("bytes=").removesuffix("-")) for sent in asked[1:]]
    lost = downloads.CHUNK_BYTES if reset else 0  # a reset throws away what was being read
    assert 400_000 - lost <= starts[0] <= 400_000
    assert starts[0] + 300_000 - lost <= starts[1] <= starts[0] + 300_000
    assert len(site.waits) == 2


def test_length_that_is_not_announced(server, site):
    server.faults[NAME] = [chunked(DATA[:-1]), chunked(DATA)]
    site.assert_acquired(site.acquire())
    assert server.ranges(NAME) == [None, f"bytes={len(DATA) - 1}-"]


def test_partial_file_of_a_killed_job_is_gone_on_with(server, site):
    site.path.parent.mkdir(parents=True)
    site.partial.write_bytes(DATA[:123_456])
    site.assert_acquired(site.acquire())
    assert server.ranges(NAME) == ["bytes=123456-"]


def test_partial_file_that_was_complete(server, site):
    site.path.parent.mkdir(parents=True)
    site.partial.write_bytes(DATA)
    site.assert_acquired(site.acquire())
    assert server.ranges(NAME) == []


def test_partial_file_that_is_too_long(server, site):
    site.path.parent.mkdir(parents=True)
    site.partial.write_bytes(DATA + b"more")
    site.assert_acquired(site.acquire())
    assert server.ranges(NAME) == [None]


def test_server_that_does_not_resume(server, site):
    server.faults[NAME] = [cut_after(400_000), no_ranges]
    site.assert_acquired(site.acquire())
    assert server.ranges(NAME) == [None, "bytes=400000-"]


def test_server_that_sends_another_part(server, site):
    server.faults[NAME] = [cut_after(400_000), wrong_place]
    site.assert_acquired(site.acquire())
    assert server.ranges(NAME) == [None, "bytes=400000-", None]


def test_range_that_cannot_be_satisfied(server, site):
    server.faults[NAME] = [cut_after(400_000), status(416, b"")]
    site.assert_acquired(site.acquire())
    assert server.ranges(NAME) == [None, "bytes=400000-", None]


@pytest.mark.parametrize("where", [API, NAME])
@pytest.mark.parametrize("fault", [status(403), status(429), status(503), status(500, b""), web_page()])
def test_refusal_that_passes(server, site, where, fault):
    server.faults[where] = [fault, fault]
    site.assert_acquired(site.acquire())
    assert len(server.ranges(where)) == 3
    assert 0.5 <= site.waits[0] <= 1.5 and 1 <= site.waits[1] <= 3  # doubled, with jitter of a half


def test_server_says_when_to_come_back(server, site):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=40))
    times = ["17", date, "86400"]
    server.faults[NAME] = [status(429, Retry_After=time) for time in times]
    site.assert_acquired(site.acquire())
    assert site.waits[0] == 17 and 35 < site.waits[1] <= 40
    assert site.waits[2] == 60  # a day is more than our patience


def test_senseless_retry_after(server, site):
    server.faults[NAME] = [status(429, Retry_After=text) for text in ("soon", "-5", "")]
    site.assert_acquired(site.acquire())
    assert max(site.waits) <= 6


def test_attempts_are_counted_anew_after_progress(server, site):
    """Seven failures of which four in a row would be too many, but each brings something."""
    server.faults[NAME] = [cut_after(100_000) for _ in range(7)]
    site.assert_acquired(site.acquire())
    assert len(server.ranges(NAME)) == 8 and max(site.waits) <= 1.5


# Refusal


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (status(403), "the server answers 403"),
        (status(429), "the server answers 429"),
        (status(502), "the server answers 502"),
        (web_page(), "sends a web page"),
        (web_page("text/csv"), "sends a web page"),
        (chunked(HTML), "sends a web page"),
        (chunked(DATA + b"1"), f"sends more than the {len(DATA)} bytes"),
        (cut_after(0), "broke off"),
    ],
)
def test_refusal_that_lasts(server, site, fault, told):
    server.faults[NAME] = [fault] * 10
    message = site.refused()
    assert told in message
    assert "gave up after 4 attempts" in message and "zenodo.offline" in message
    assert len(server.ranges(NAME)) == 4 and len(site.waits) == 3
    assert site.partial.read_bytes() == b""
    server.faults[NAME] = []
    site.assert_acquired(site.acquire())  # nothing stays in the way


def test_api_that_stays_away(server, site):
    server.faults[API] = [status(503)] * 4
    assert "gave up after 4 attempts" in site.refused()
    assert not site.manifest.exists() and server.ranges(NAME) == []


def test_server_that_is_not_there(server, site):
    message = site.refused(api="http://127.0.0.1:1/api")
    assert "cannot be reached" in message and len(site.waits) == 3


@pytest.mark.parametrize(("where", "code"), [(API, 404), (NAME, 404), (NAME, 410), (API, 401)])
def test_what_will_not_pass_is_told_at_once(server, site, where, code):
    server.faults[where] = [status(code)]
    assert f"the server answers {code}" in site.refused()
    assert len(server.ranges(where)) == 1 and site.waits == []


@pytest.mark.parametrize(
    "body", [b'{"message": "none"}', b"[]", b'{"files": [{"key": "a.csv"}]}', b'{"files": null}', b'"files"']
)
def test_answer_that_describes_no_files(server, site, body):
    server.faults[API] = [lambda handler, name: handler.reply(200, body, "application/json")]
    assert "does not describe the files of a public record" in site.refused()


@pytest.mark.parametrize("stated", [{"checksum": "sha1:abc"}, {"key": "../../a.csv"}])
def test_description_that_is_not_accepted(server, site, stated):
    server.stated["ttbar_small.csv"] = stated
    assert "does not describe" in site.refused()


def test_wrong_md5(server, site):
    """As long as it should be, but of other content: found out at the end, and not kept."""
    wrong = DATA[:-1] + b"!"
    server.faults[NAME] = [other_content(wrong)]
    message = site.refused()
    assert hashlib.md5(DATA).hexdigest() in message and hashlib.md5(wrong).hexdigest() in message
    assert not site.partial.exists()
    site.assert_acquired(site.acquire())


def test_stale_partial_file_is_found_out(server, site):
    site.path.parent.mkdir(parents=True)
    site.partial.write_bytes(b"old" * 100)
    assert "does not match" in site.refused()
    assert server.ranges(NAME) == ["bytes=300-"] and not site.partial.exists()


@pytest.mark.parametrize("length", [len(DATA) - 10, len(DATA) + 10])
def test_changed_size_behind_the_api(server, site, length):
    """The file server has another version than the API speaks of."""
    server.faults[NAME] = [other_content((DATA * 2)[:length])] * 4
    assert f"the server's file has {length} bytes, but the record states {len(DATA)}" in site.refused()
    assert site.partial.read_bytes() == b""


def test_full_disk_is_foreseen(server, site, monkeypatch):
    usage = shutil.disk_usage(site.folder)
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: usage._replace(free=len(DATA) - 1))
    message = site.refused()
    assert "0.00 GB are needed" in message and "zenodo.folder" in message
    assert server.ranges(NAME) == []
    site.partial.write_bytes(DATA[:10])  # less is missing now, and fits
    site.assert_acquired(site.acquire())


def test_partial_file_in_use_by_another_job(server, site):
    """Two jobs never write to one partial file."""
    started, go_on = threading.Event(), threading.Event()

    def wait(handler, name):
        started.set()
        assert go_on.wait(10)
        no_ranges(handler, name)

    server.faults[NAME] = [wait]
    receipts = []
    first = threading.Thread(target=lambda: receipts.append(site.acquire()))
    first.start()
    try:
        assert started.wait(10)
        assert "another job is downloading it" in site_error(site)
    finally:
        go_on.set()
        first.join()
    site.assert_acquired(receipts[0])


def site_error(site) -> str:
    with pytest.raises(SourceError) as error:
        site.acquire()
    return str(error.value)


# Manifest


def test_manifest_is_frozen(server, site):
    site.acquire()
    manifest = json.loads(site.manifest.read_text())
    assert (manifest["record"], manifest["doi"]) == (RECORD, f"10.5281/zenodo.{RECORD}")
    assert manifest["title"] == "Stand-in events"
    assert [(f["name"], f["size"], f["md5"]) for f in manifest["files"]] == [
        (name, len(data), hashlib.md5(data).hexdigest()) for name, data in sorted(FILES.items())
    ]
    before = site.manifest.read_bytes()
    server.files["ttbar_new.csv"] = DATA * 2
    site.assert_acquired(site.acquire())  # a larger file, new upstream, does not take its place
    assert site.manifest.read_bytes() == before


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda files: files.update({NAME: DATA + b"1"}), f"now has {len(DATA) + 1} bytes"),
        (lambda files: files.update({NAME: b"x" + DATA[1:]}), hashlib.md5(b"x" + DATA[1:]).hexdigest()),
        (lambda files: files.pop(NAME), f"{NAME}: has vanished"),
    ],
)
def test_change_upstream_is_an_error(server, site, change, told, there):
    site.acquire()
    if not there:
        site.path.unlink()
    change(server.files)
    message = site_error(site)
    assert site.path.exists() == there and len(server.ranges(NAME)) == 1
    assert told in message and f"{len(DATA)} bytes, md5 {hashlib.md5(DATA).hexdigest()}" in message
    assert f"delete {site.manifest} and {site.path}" in message


def test_change_upstream_is_accepted_as_the_error_says(server, site):
    site.acquire()
    server.files[NAME] = DATA[:-7]
    site_error(site)
    site.manifest.unlink()
    site.path.unlink()
    assert site.acquire().size == len(DATA) - 7


def test_change_of_other_files_is_a_warning(server, site, capfd):
    site.acquire()
    server.files["ttbar_small.csv"] = b"1"
    del server.files["ttbarZ_10fb.csv.gz"]
    server.files["new.csv"] = b"2"
    site.assert_acquired(site.acquire())
    log = capfd.readouterr().err
    for words in ("ttbar_small.csv: had 1000 bytes", "ttbarZ_10fb.csv.gz: has vanished", "new.csv: is new"):
        assert words in log


def test_damaged_manifest(site):
    site.acquire()
    site.manifest.write_text("{")
    assert "is no manifest of a Zenodo record" in site_error(site)


def test_race_for_the_manifest(server, site):
    """Of twenty threads with twenty versions one wins, and all go by it."""
    records = []
    for i in range(20):
        server.files["ttbar_small.csv"] = b"x" * i
        records.append(parse_record(server.description(), RECORD, "url"))
    start, results = threading.Barrier(20), [None] * 20

    def run(i):
        start.wait()
        results[i] = freeze(records[i], site.manifest)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result == results[0] for result in results)
    assert results[0] in records and read_manifest(site.manifest) == results[0]
    assert list(site.manifest.parent.iterdir()) == [site.manifest]


# Offline


def test_offline_needs_no_server(server, site):
    online = site.acquire()
    n_requests = len(server.requests)
    assert site.acquire(offline=True) == online
    assert site.acquire(offline=True, api="http://127.0.0.1:1/api") == online
    assert len(server.requests) == n_requests and site.waits == []


def test_offline_without_a_manifest(site, capfd):
    site.path.parent.mkdir(parents=True)
    site.path.write_bytes(DATA)
    (site.path.parent / "ttbar_2.csv").write_bytes(b"small")
    receipt = site.acquire(offline=True)
    assert (receipt.file, receipt.verified, receipt.sha256) == (NAME, False, hashlib.sha256(DATA).hexdigest())
    assert "unverified: there is no manifest" in capfd.readouterr().err
    assert not site.manifest.exists()


def test_offline_and_missing(site):
    message = site.refused(offline=True)
    assert "has no file for ttbar" in message and str(site.path.parent) in message
    site.acquire()
    site.path.unlink()
    message = site.refused(offline=True)
    assert f"{site.path}: is not there" in message and f"https://doi.org/10.5281/zenodo.{RECORD}" in message


@pytest.mark.parametrize("damaged", [DATA[:-1], DATA[:-1] + b"!"])
def test_offline_and_damaged(site, damaged):
    site.acquire()
    site.path.write_bytes(damaged)
    message = site_offline_error(site)
    assert hashlib.md5(DATA).hexdigest() in message and hashlib.md5(damaged).hexdigest() in message
    assert site.path.read_bytes() == damaged  # what the user has is left alone


def site_offline_error(site) -> str:
    with pytest.raises(SourceError) as error:
        site.acquire(offline=True)
    return str(error.value)
