"""The client, against a small server that answers as it is told."""

from __future__ import annotations

import json
import socket
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from review_entries import answer, entry, picture

from aisle.errors import InputError, OutputError, ServiceError
from aisle.review import client as module
from aisle.review.client import ClientSettings, ReviewClient
from aisle.review.entries import Added, Entry, RefusedEntry
from aisle.schema import Product

NONE_FAILED = {"new": 1, "renewed": 0, "decided": 0, "failed": []}
JSON, PARQUET = "application/json", "application/vnd.apache.parquet"


@dataclass
class Service:
    """Answers each request by the next of `answers`, the last one again and again."""

    url: str
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def says(self, status: int, content: object = b"", **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, {"Content-Type": JSON} | named, body))

    def lines(self) -> list[list[dict[str, Any]]]:
        return [[json.loads(line) for line in body.splitlines()] for *_, body in self.requests]


@pytest.fixture
def service() -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            told.requests.append((self.path, dict(self.headers), self.rfile.read(size)))
            status, headers, body = told.answers[0]
            del told.answers[: len(told.answers) > 1]
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = "Content-Length" in headers

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told = Service(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield told
        server.shutdown()


@pytest.fixture
def client(service: Service) -> Iterator[ReviewClient]:
    with ReviewClient(service.url, "key-1") as made:
        yield made


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client slept, which takes no time."""
    slept: list[float] = []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    return slept


def refusal(client: ReviewClient, said: str) -> None:
    """All calls fail with the same line."""
    for call in (
        client.check,
        lambda: client.send([entry("a")]),
        lambda: client.fetch_decisions(Path("never-written.parquet")),
    ):
        with pytest.raises(ServiceError) as caught:
            call()
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not Path("never-written.parquet").exists()


def test_products_are_sent_as_the_service_reads_them(service, client, tmp_path: Path) -> None:
    service.says(200, NONE_FAILED)
    (tmp_path / "a.png").write_bytes(picture(1))
    files = (tmp_path / "a.png", tmp_path / "gone.png", picture(2))
    sent = Entry(Product("a", ("Mug \ud800", ""), files), answer("a"), 2.5)
    assert client.send([sent]) == Added(new=1)
    ((path, headers, _),) = service.requests
    assert path == "/v1/review/products"
    assert headers["Authorization"] == "Bearer key-1"
    assert headers["Content-Type"] == "application/x-ndjson"
    ((line,),) = service.lines()
    assert (line["id"], line["texts"], line["value"]) == ("a", ["Mug \ud800", ""], 2.5)
    assert [b64decode(one) for one in line["images"]] == [picture(1), picture(2)]
    assert line["answer"] == {
        "category": ["Kitchen", "Mugs"],
        "confidence": 0.5,
        "alternatives": [{"category": ["Kitchen", "Pans"], "confidence": 0.25}],
        "decision_reason": "below the threshold",
    }


def test_no_key_is_sent_where_none_is_given(service: Service) -> None:
    service.says(200, {"waiting": 0})
    for key in (None, ""):
        with ReviewClient(service.url, key) as client:
            client.check()
    assert not any("Authorization" in headers for _, headers, _ in service.requests)


def test_requests_are_bounded(service: Service) -> None:
    service.says(200, NONE_FAILED)
    with ReviewClient(service.url, settings=ClientSettings(lines=3)) as client:
        sent = client.send(entry(f"p{number}") for number in range(8))
    assert [len(lines) for lines in service.lines()] == [3, 3, 2]
    assert sent == Added(new=3)
    service.requests.clear()
    texts = ("short", "short", "long " * 1_000, "short", "longer" * 300)
    with ReviewClient(service.url, settings=ClientSettings(request_bytes=2_000)) as client:
        client.send(entry(f"p{number}", texts=[text]) for number, text in enumerate(texts))
    assert [[one["id"] for one in lines] for lines in service.lines()] == [
        ["p0", "p1"],
        ["p2"],
        ["p3"],
        ["p4"],
    ]


def test_nothing_is_sent_for_nothing(service: Service, client: ReviewClient) -> None:
    assert client.send([]) == Added()
    assert service.requests == []


def test_what_is_refused_is_named_by_its_id(service, client) -> None:
    failed = [{"line": 2, "error": "no picture"}, {"line": 3, "error": "no text"}]
    service.says(200, {"new": 1, "renewed": 2, "decided": 3, "failed": failed})
    added = client.send([entry("a"), entry("b"), entry("c")])
    assert added == Added(1, 2, 3, (RefusedEntry("b", "no picture"), RefusedEntry("c", "no text")))


@pytest.mark.parametrize(
    ("said", "waited"),
    [("7", 7), (" 2 ", 2), ("900", 60), ("", 1), ("Fri, 01 Jan 2100 00:00:00 GMT", 1), ("-1", 1)],
)
def test_a_busy_service_is_asked_again(service, client, pauses, said: str, waited: float) -> None:
    service.says(503, {"error": "busy"}, Retry_After=said)
    service.says(503, {"error": "busy"}, Retry_After=said)
    service.says(200, NONE_FAILED)
    assert client.send([entry("a")]) == Added(new=1)
    assert pauses == [waited, waited]
    assert service.lines()[0] == service.lines()[2]


def test_a_service_that_stays_busy(service, client, pauses) -> None:
    service.says(503, {"error": "too many requests wait; come back later"})
    with pytest.raises(ServiceError, match=r"refuses: too many requests wait; come back later$"):
        client.send([entry("a")])
    assert len(service.requests) == len(pauses) + 1 == 8


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "give a key that it knows in AISLE_API_KEY"),
        (403, "give a key with the role review in AISLE_API_KEY"),
        (404, "give the address of an aisle service that has a review desk"),
    ],
)
def test_a_refusal_says_what_to_do(service, client, status: int, hint: str) -> None:
    service.says(status, {"error": "no,\nnever"})
    refusal(client, f"{service.url} refuses: no, never; {hint}")
    service.answers.clear()
    service.says(status, b"<html>")
    refusal(client, f"{service.url} refuses: HTTP {status}; {hint}")


@pytest.mark.parametrize("status", [413, 422, 500, 520])
def test_another_refusal(service, client, status: int) -> None:
    service.says(status, {"error": "it is too " + "long " * 100})
    with pytest.raises(ServiceError, match=r"refuses: it is too long long") as caught:
        client.send([entry("a")])
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"<html>a page of another program</html>"),
        (200, b""),
        (200, b"\xff\xfe"),
        (200, []),
        (200, {"new": 1}),
        (200, {**NONE_FAILED, "failed": [{"line": 7, "error": "?"}]}),
        (200, {**NONE_FAILED, "failed": None}),
        (302, b""),
        (500, b"<html>"),
        (502, {"message": "bad gateway"}),
        (520, []),
    ],
)
def test_what_is_no_aisle_service(service, client, status: int, content: object) -> None:
    service.says(status, content)
    refusal(client, f"{service.url} does not answer as an aisle service does; give its address")


def test_nobody_is_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with ReviewClient(url.replace("http://", "http://ada:secret@") + "/?token=secret") as client:
        refusal(client, f"{url}/ cannot be reached (")
        with pytest.raises(ServiceError) as caught:
            client.check()
    assert "is `aisle serve` running there?" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "localhost:8000",
        "ftp://localhost",
        "http://",
        "http:///path",
        "http://[::1",
        "http://host:port",
        "http://host\x00",
        "http://.",
        "http://" + "a" * 64,
        "http://\ud800",
    ],
)
def test_a_wrong_address(url: str) -> None:
    with pytest.raises(InputError, match=r"give one as http://127\.0\.0\.1:8000$"):
        ReviewClient(url)


@pytest.mark.parametrize("key", ["ключ", "a b", "a\n", "a\r\nHost: b", " a", "a\t", "\x00", "\x7f"])
def test_a_key_that_cannot_be_sent(key: str) -> None:
    with pytest.raises(InputError) as caught:
        ReviewClient("http://127.0.0.1:8000", key)
    assert str(caught.value) == "the API key holds characters that no key has; copy it anew"


def test_decisions_are_fetched(service, client, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1_000
    service.says(200, content, Content_Type=PARQUET)
    to = tmp_path / "decisions.parquet"
    to.write_bytes(b"of yesterday")
    assert client.fetch_decisions(to) == to
    assert to.read_bytes() == content
    assert service.requests[0][0] == "/v1/review/decisions?format=parquet"
    assert [*tmp_path.iterdir()] == [to]


def test_decisions_that_break_off_leave_the_file_as_it_was(service, client, tmp_path) -> None:
    service.says(200, b"PAR1 and then no more", Content_Type=PARQUET, Content_Length="100000")
    to = tmp_path / "decisions.parquet"
    to.write_bytes(b"of yesterday")
    with pytest.raises(ServiceError, match="cannot be reached"):
        client.fetch_decisions(to)
    assert to.read_bytes() == b"of yesterday"
    assert [*tmp_path.iterdir()] == [to]


def test_decisions_into_a_folder_that_cannot_be_written(service, client, tmp_path: Path) -> None:
    service.says(200, b"PAR1", Content_Type=PARQUET)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written: Not a directory"):
        client.fetch_decisions(tmp_path / "file" / "d.parquet")
