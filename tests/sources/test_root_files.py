"""Reading ROOT files of anyone's making: globs and addresses, and what is said about files that cannot be used."""

import os
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import uproot

from deepcollider.sources import root_files
from deepcollider.sources.root_files import RootFileError, expand_paths, iterate_tree, rows_to_root
from deepcollider.store.rows import RowWriter


def write_tree(path: Path, n=10, tree="t") -> str:
    with uproot.recreate(path, compression=None) as file:
        file.mktree(tree, {"x": "f8", "other": "i4"}).extend({"x": np.arange(n) / 2, "other": np.ones(n, "i4")})
    return str(path)


def read(path, tree="t", branches=("x",), **options):
    return [chunk["x"].to_list() for chunk in iterate_tree(str(path), tree, branches, **options)]


def joined(chunks):
    return [entry for chunk in chunks for entry in chunk]


class Files(BaseHTTPRequestHandler):
    """Serves a folder, byte ranges too; the status that ``broken`` holds in place of it."""

    protocol_version = "HTTP/1.1"
    broken = None

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        path = self.server.folder / self.path.lstrip("/")
        if self.broken or not path.is_file():
            self.send_response(self.broken or 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = path.read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(asked[1]), int(asked[2] or len(content) - 1)) if asked else (0, len(content) - 1)
        part = content[first : last + 1]
        self.send_response(206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(part)))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(content)}")
        self.end_headers()
        if body:
            self.wfile.write(part)

    def log_message(self, *_):
        pass


@contextmanager
def served(folder: Path, broken: int | None = None):
    """Address of a server on this machine that offers the files of a folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Files,), {"broken": broken}))
    server.folder = folder
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(("step", "sizes"), [(3, [3, 3, 3, 1]), (10, [10]), (1000, [10]), (1, [1] * 10)])
def test_entries_come_in_order_and_in_steps(tmp_path, step, sizes):
    chunks = read(write_tree(tmp_path / "a.root"), step=step)
    assert [len(chunk) for chunk in chunks] == sizes
    assert joined(chunks) == [i / 2 for i in range(10)]


def test_only_what_is_asked_for_is_read(tmp_path):
    path = write_tree(tmp_path / "a.root")
    (chunk,) = iterate_tree(path, "t", ["x"], optional=["absent"])
    assert chunk.fields == ["x"]
    (chunk,) = iterate_tree(path, "t", ["x"], optional=["other"])
    assert sorted(chunk.fields) == ["other", "x"]


def test_colon_in_a_name_is_part_of_it(tmp_path):
    assert read(write_tree(tmp_path / "run:1.root"))[0][1] == 0.5


def test_tree_without_entries_gives_none(tmp_path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("t", {"x": "f8"})
    assert read(tmp_path / "a.root") == []


def test_file_over_http(tmp_path):
    write_tree(tmp_path / "a.root", 20_000)
    with served(tmp_path) as address:
        assert joined(read(f"{address}/a.root", step=7000)) == [i / 2 for i in range(20_000)]


@pytest.mark.parametrize(("name", "broken"), [("absent.root", None), ("a.root", 500), ("a.root", 403)])
def test_http_error_names_the_address_and_the_remedy(tmp_path, name, broken):
    write_tree(tmp_path / "a.root")
    with (
        served(tmp_path, broken) as address,
        pytest.raises(RootFileError, match=rf"^{address}/{name}: cannot be read .*check the address"),
    ):
        read(f"{address}/{name}")


def test_html_page_in_place_of_a_file(tmp_path):
    (tmp_path / "a.root").write_text("<html>please log in</html>" * 100)
    with served(tmp_path) as address, pytest.raises(RootFileError, match=f"{address}/a.root: cannot be read as a ROOT"):
        read(f"{address}/a.root")


def test_server_that_is_not_there():
    with pytest.raises(RootFileError, match=r"^http://127\.0\.0\.1:9/a\.root: cannot be read"):
        read("http://127.0.0.1:9/a.root")


@pytest.mark.parametrize(("scheme", "package"), [("http", "aiohttp"), ("https", "aiohttp"), ("root", "fsspec-xrootd")])
def test_package_that_an_address_needs_is_named(monkeypatch, scheme, package):
    monkeypatch.setattr(root_files.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(RootFileError, match=f"{scheme}://host/a.root: .*needs the package {package}"):
        read(f"{scheme}://host/a.root")


def test_globs_are_expanded_in_order_and_each_file_comes_once(tmp_path):
    for name in ("b.root", "a.root", "c.txt", "a[1].root"):
        (tmp_path / name).touch()
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "deep/er/d.root").touch()

    def expand(*patterns):
        found = expand_paths([f"{tmp_path}/{pattern}" for pattern in patterns])
        return [os.path.relpath(path, tmp_path) for path in found]

    assert expand("b.root", "*.root") == ["b.root", "a.root", "a[1].root"]
    assert expand("a[1].root") == ["a[1].root"]  # a file's name before it is a glob
    assert expand("deep/**/*.root") == ["deep/er/d.root"]
    assert expand("none-*.root") == ["none-*.root"]
    assert expand_paths(["http://host/*.root"]) == ["http://host/*.root"]


@pytest.mark.parametrize("name", ["absent.root", "none-*.root", "."])
def test_path_without_a_file(tmp_path, name):
    with pytest.raises(RootFileError, match="no such file, or no file matches; check the path"):
        read(tmp_path / name)


def test_empty_and_foreign_files(tmp_path):
    (tmp_path / "empty.root").touch()
    (tmp_path / "text.root").write_text("not ROOT " * 1000)
    (tmp_path / "short.root").write_text("root")
    for name in ("empty", "text", "short"):
        with pytest.raises(RootFileError, match=rf"{name}\.root: cannot be read as a ROOT file .* fetch it again"):
            read(tmp_path / f"{name}.root")


def test_truncated_file_wherever_it_ends(tmp_path):
    content = Path(write_tree(tmp_path / "a.root", 500)).read_bytes()
    for length in np.linspace(1, len(content) - 1, 60).astype(int):
        (tmp_path / "cut.root").write_bytes(content[:length])
        with pytest.raises(RootFileError, match=r"cut\.root: "):
            read(tmp_path / "cut.root")


def test_damaged_basket(tmp_path):
    """A bit that flips within compressed numbers is found by the decoder, and the file named."""
    path = tmp_path / "a.root"
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        file.mktree("t", {"x": "f8"}).extend({"x": np.random.default_rng(1).random(5000)})
    content = bytearray(path.read_bytes())
    content[content.index(b"ZL\x08") + 2000] ^= 1  # how ROOT marks a zlib stream
    path.write_bytes(content)
    with pytest.raises(RootFileError, match=r"a\.root: cannot be read"):
        read(path)


def test_missing_tree_is_named_with_those_that_are_there(tmp_path):
    path = write_tree(tmp_path / "a.root", tree="t")
    with pytest.raises(RootFileError, match=r"a\.root: has no tree 'Events' but t; is it of another format"):
        read(path, tree="Events")


def test_object_that_is_no_tree(tmp_path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file["t"] = np.histogram([1.0, 2.0])
    with pytest.raises(RootFileError, match=r"'t' is a .*TH1.*, but a TTree is expected"):
        read(tmp_path / "a.root")


def test_missing_branches_are_named(tmp_path):
    path = write_tree(tmp_path / "a.root")
    with pytest.raises(RootFileError) as error:
        read(path, branches=("x", "othr", "y"))
    assert f"{path}: the tree 't' lacks othr (did you mean 'other'?); y (" in str(error.value)
    assert "take a file of the right format" in str(error.value)


def test_error_of_the_reader_of_a_chunk_is_not_taken_for_a_faulty_file(tmp_path):
    path = write_tree(tmp_path / "a.root")
    with pytest.raises(ZeroDivisionError):
        for _ in iterate_tree(path, "t", ["x"], step=2):
            1 / 0  # noqa: B018


def test_rows_as_a_tree(tmp_path):
    dtype = np.dtype([("a", "f4"), ("id", "i4"), ("small", "i1"), ("event", "u8")])
    rows = np.zeros(40_000, dtype)
    rows["a"], rows["id"] = np.arange(40_000), -np.arange(40_000)
    rows["a"][7], rows["event"] = np.nan, 2**63 + np.arange(40_000).astype("u8")
    with RowWriter(tmp_path / "rows.h5", {"events": (dtype, ())}) as writer:
        writer.append(events=rows)
    assert rows_to_root(tmp_path / "rows.h5", tmp_path / "rows.root", "events", "Events") == 40_000
    with uproot.open(tmp_path / "rows.root") as file:
        arrays = file["Events"].arrays(library="np")
    for name in dtype.names:
        assert arrays[name].dtype == dtype[name]
        np.testing.assert_array_equal(arrays[name], rows[name])
