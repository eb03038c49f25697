"""Downloads from a stand-in for Zenodo that misbehaves in every way that is known of the real one."""

import errno
import hashlib
import shutil
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from deepcollider.sources import downloads
from tests.sources.zenodo_site import DATA, FILES, NAME, RECORD, site_error
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
)


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


# Killed and full


def test_job_that_is_killed_before_the_file_has_its_name_leaves_what_the_next_goes_on_with(server, site, monkeypatch):
    """At its latest, when all has come and is being verified."""

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(downloads.pooch, "file_hash", killed)
        with pytest.raises(Killed):
            site.acquire()
    assert [path.name for path in site.path.parent.iterdir()] == [site.partial.name]
    site.assert_acquired(site.acquire())
    assert server.ranges(NAME) == [None]


def test_disk_that_fills_meanwhile_is_told_and_what_has_come_is_kept(server, site, monkeypatch):
    def full(self, response, file):
        file.write(DATA[:1000])
        file.flush()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(downloads._Download, "_announced", full)
        message = site.refused()
    assert message.startswith(f"{site.partial}: the disk, or your quota on it, is full: 0.00 GB more are needed")
    assert "zenodo.folder" in message
    assert site.partial.read_bytes() == DATA[:1000]
    site.assert_acquired(site.acquire())
    assert server.ranges(NAME)[-1] == "bytes=1000-"
