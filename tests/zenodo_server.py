"""A stand-in for Zenodo on the loopback interface: the record API, Range requests, and misbehaviour on demand."""

import hashlib
import json
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HTML = b"<!DOCTYPE html><html><body>Too many requests, please wait</body></html>"
API = "the record API"


class ZenodoServer(ThreadingHTTPServer):
    """Serves one record. ``faults``: for a file's name or API, what befalls the next requests, None for nothing."""

    daemon_threads = True

    def __init__(self, record: int, files: dict[str, bytes]):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.record, self.files = record, dict(files)
        self.stated: dict[str, dict] = {}  # what the API says of a file where that is not the truth
        self.faults: dict[str, list[Callable | None]] = defaultdict(list)
        self.requests: list[tuple[str, str | None]] = []  # (file or API, Range header) of every request
        self.old_links = False
        self.lock = threading.Lock()

    def handle_error(self, *_):
        """A client that has gone away is nothing to report."""

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api"

    def ranges(self, name: str) -> list[str | None]:
        """Range headers of the requests for a file or API, None where there was none."""
        return [sent for asked, sent in self.requests if asked == name]

    def description(self) -> dict:
        """The record as the API describes it."""
        content = "" if self.old_links else "/content"
        return {
            "id": self.record,
            "doi": f"10.5281/zenodo.{self.record}",
            "metadata": {"title": "Stand-in events"},
            "files": [
                {
                    "key": name,
                    "size": len(data),
                    "checksum": f"md5:{hashlib.md5(data).hexdigest()}",
                    "links": {"self": f"{self.api}/records/{self.record}/files/{name}{content}"},
                }
                | self.stated.get(name, {})
                for name, data in self.files.items()
            ],
        }


class _Handler(BaseHTTPRequestHandler):
    server: ZenodoServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        record = f"/api/records/{self.server.record}"
        name = self.path.removeprefix(f"{record}/files/").removesuffix("/content")
        name = API if self.path == record else name
        with self.server.lock:
            self.server.requests.append((name, self.headers["Range"]))
            faults = self.server.faults[name]
            fault = faults.pop(0) if faults else None
        if fault:
            fault(self, name)
        elif name == API:
            self.reply(200, json.dumps(self.server.description()).encode(), "application/json")
        elif name in self.server.files:
            self.file(name)
        else:
            self.reply(404, b"{}", "application/json")

    def start(self, status: int, length: int, kind: str, **headers) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()

    def reply(self, status: int, body: bytes, kind: str = "text/html; charset=utf-8", **headers) -> None:
        self.start(status, len(body), kind, **headers)
        self.wfile.write(body)

    def part(self, data: bytes) -> bytes:
        """Answer with the head for the part that was asked for; return that part."""
        asked = self.headers["Range"]
        if asked is None:
            self.start(200, len(data), "text/csv")
            return data
        first = int(asked.removeprefix("bytes=").removesuffix("-"))
        place = f"bytes {first}-{len(data) - 1}/{len(data)}"
        self.start(206, len(data) - first, "text/csv", Content_Range=place)
        return data[first:]

    def file(self, name: str) -> None:
        data, asked = self.server.files[name], self.headers["Range"]
        if asked and int(asked.removeprefix("bytes=").removesuffix("-")) >= len(data):
            self.reply(416, b"", Content_Range=f"bytes */{len(data)}")
        else:
            self.wfile.write(self.part(data))


# What can befall a request: functions of the handler and the file's name


def status(code: int, body: bytes = HTML, **headers) -> Callable:
    """An error page, with further headers such as Retry_After."""
    return lambda handler, name: handler.reply(code, body, **headers)


def web_page(kind: str = "text/html") -> Callable:
    """Success, but what comes is a web page, perhaps under a wrong label."""
    return lambda handler, name: handler.reply(200, HTML, kind)


def cut_after(n: int, reset: bool = False) -> Callable:
    """The announced length is right, but after ``n`` bytes the connection is closed, or reset."""

    def fault(handler, name):
        handler.wfile.write(handler.part(handler.server.files[name])[:n])
        handler.wfile.flush()
        handler.close_connection = True
        if reset:  # lingering for no time makes the kernel send RST in place of FIN
            time.sleep(0.2)  # RST also throws away what the other side has not read yet
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.shutdown(socket.SHUT_RD)
            handler.connection.close()

    return fault


def no_ranges(handler, name) -> None:
    """The whole file, whatever part was asked for."""
    handler.reply(200, handler.server.files[name], "text/csv")


def chunked(data: bytes) -> Callable:
    """Bytes sent piece by piece, of no announced length."""

    def fault(handler, name):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/csv")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for first in range(0, len(data), 100_000):
            piece = data[first : first + 100_000]
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    return fault


def other_content(data: bytes) -> Callable:
    """Bytes other than the record's, spoken for with their own length."""
    return lambda handler, name: handler.wfile.write(handler.part(data))


def wrong_place(handler, name) -> None:
    """A part that begins elsewhere than asked for."""
    data = handler.server.files[name]
    handler.reply(206, data[1:], "text/csv", Content_Range=f"bytes 1-{len(data) - 1}/{len(data)}")


@contextmanager
def zenodo(record: int, files: dict[str, bytes]) -> Iterator[ZenodoServer]:
    """A running stand-in."""
    server = ZenodoServer(record, files)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
