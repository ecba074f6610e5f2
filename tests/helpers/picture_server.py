"""A web server on the loopback address whose paths behave as shops' servers do."""

from __future__ import annotations

import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


def picture(form: str = "JPEG", size: int = 8) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (size, size), "teal").save(stream, form)
    return stream.getvalue()


class PictureServer(ThreadingHTTPServer):
    """Counts the requests of each path; `hold` ends what hangs, `on_request` sees each path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: Counter[str] = Counter()
        self.hold = threading.Event()
        self.on_request: Callable[[str], None] = lambda path: None

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_port}{path}"

    def handle_error(self, *_: object) -> None:
        """Clients that go away are part of the tests."""


@contextmanager
def serving() -> Iterator[PictureServer]:
    with PictureServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.hold.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PictureServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.requests[path] += 1
        self.server.on_request(path)
        answer = getattr(self, f"_{path.strip('/').partition('/')[0].replace('.', '_')}", None)
        if answer is None:
            self._send(404, b"no such picture", "text/plain")
        else:
            answer()

    def log_message(self, *_: object) -> None:
        """Silent."""

    def _send(self, status: int, body: bytes, kind: str = "image/jpeg", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _good_jpg(self) -> None:
        self._send(200, picture())

    def _png(self) -> None:
        self._send(200, picture("PNG"), "image/jpeg")

    def _html(self) -> None:
        self._send(200, b"<html><body>This picture has moved</body></html>", "image/jpeg")

    def _empty(self) -> None:
        self._send(200, b"")

    def _forbidden(self) -> None:
        self._send(403, b"")

    def _always500(self) -> None:
        self._send(500, b"")

    def _flaky(self) -> None:
        if self.server.requests["/flaky"] == 1:
            self._send(500, b"")
        else:
            self._good_jpg()

    def _polite(self) -> None:
        if self.server.requests["/polite"] == 1:
            self._send(429, b"", Retry_After="1")
        else:
            self._good_jpg()

    def _closed_for_today(self) -> None:
        self._send(503, b"", Retry_After="86400")

    def _large(self) -> None:
        self._send(200, picture() + bytes(200_000))

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(bytes(65_536))

    def _cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(picture())
        self.close_connection = True

    def _broken(self) -> None:
        self.close_connection = True

    def _silent(self) -> None:
        self.server.hold.wait(5)
        self.close_connection = True

    def _dribble(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.hold.is_set():
            self.wfile.write(b"X-More: x\r\n")
            time.sleep(0.02)

    def _redirect(self) -> None:
        self._send(302, b"", Location=self.path.partition("?to=")[2])

    def _loop(self) -> None:
        self._send(301, b"", Location="/loop")
