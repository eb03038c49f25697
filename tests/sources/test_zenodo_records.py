"""What a record of Zenodo holds: frozen, changed upstream, not open to everybody, or not to be asked at all."""

import hashlib
import json
import threading

import pytest

from deepcollider.sources.csv_files import SourceError
from deepcollider.sources.zenodo import freeze, parse_record, read_manifest
from tests.sources.zenodo_site import DATA, FILES, NAME, RECORD, site_error
from tests.zenodo_server import API, status

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


# Records without files

RESTRICTED = [
    ({"metadata": {"access_right": "restricted"}}, "are restricted"),
    ({"metadata": {"access_right": "closed"}}, "are closed"),
    ({"metadata": {"access_right": "embargoed", "embargo_date": "2031-05-01"}}, "are embargoed until 2031-05-01"),
    ({"access": {"files": "restricted", "status": "restricted"}}, "are restricted"),
    ({"access": {"status": "embargoed", "embargo": {"until": "2031-05-01"}}}, "are embargoed until 2031-05-01"),
]


def describe(**changed):
    """A fault of the API: the record's description, some of it changed, None for what is left out."""

    def fault(handler, name):
        answer = {key: value for key, value in {**handler.server.description(), **changed}.items() if value is not None}
        handler.reply(200, json.dumps(answer).encode(), "application/json")

    return fault


@pytest.mark.parametrize("files", [[], None, [{"key": "a.csv"}], {"enabled": True}])
@pytest.mark.parametrize(("access", "told"), RESTRICTED)
def test_record_that_is_not_open_is_told_as_such_and_not_frozen(server, site, files, access, told):
    server.faults[API] = [describe(files=files, **access)]
    message = site.refused()
    assert f"the files of record {RECORD} {told}, and none is listed" in message
    assert f"ask for access at https://doi.org/10.5281/zenodo.{RECORD}" in message and "zenodo.offline" in message
    assert "processes.ttbar.file" not in message
    assert not site.manifest.exists()
    site.assert_acquired(site.acquire())  # once it is open


@pytest.mark.parametrize(
    "access", [{}, {"metadata": {"access_right": "open"}}, {"access": {"status": "metadata-only"}}]
)
def test_open_record_of_no_files_is_not_frozen(server, site, access):
    server.faults[API] = [describe(files=[], **access)]
    message = site.refused()
    assert f"record {RECORD} lists no files; check the record's number" in message
    assert not site.manifest.exists()


def freeze_nothing(site):
    site.manifest.parent.mkdir(parents=True)
    content = {"record": RECORD, "doi": f"10.5281/zenodo.{RECORD}", "title": "x", "files": []}
    site.manifest.write_text(json.dumps(content))


def test_manifest_of_no_files_is_asked_for_again(server, site, capfd):
    freeze_nothing(site)
    site.assert_acquired(site.acquire())
    assert [file["name"] for file in json.loads(site.manifest.read_text())["files"]] == sorted(FILES)
    assert f"{site.manifest}: lists no files; removed" in capfd.readouterr().err


def test_manifest_of_no_files_verifies_nothing_offline(site, capfd):
    freeze_nothing(site)
    site.path.parent.mkdir(parents=True)
    site.path.write_bytes(DATA)
    assert not site.acquire(offline=True).verified
    assert "unverified: there is no manifest" in capfd.readouterr().err


def test_listed_files_of_a_record_that_is_not_open_are_tried(server, site, capfd):
    server.faults[API] = [describe(metadata={"access_right": "restricted"})]
    server.faults[NAME] = [status(403)] * 4
    assert "the server answers 403 (asked too often, or not open to everybody)" in site.refused()
    assert f"warning: the files of record {RECORD} are restricted" in capfd.readouterr().err


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
