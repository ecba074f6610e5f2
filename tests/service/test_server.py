"""A real server: streams, overload, reloads and signals while requests are under way."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx
import pytest
from live_service import Server, Setting, serving

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

NARROW = {"batch_size": 2, "workers": 1, "queue_size": 4, "timeout": 5}


@pytest.fixture(scope="module")
def server(model_folder: Path) -> Iterator[Server]:
    with serving(model_folder) as server:
        yield server


def test_lines_are_answered_while_the_body_is_still_being_sent(server: Server) -> None:
    """One line is sent, and its answer read, before the next is sent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as caller:
        caller.sendall(
            b"POST /v1/classify/batch HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        received = b""
        for key in ("first", "second", "third"):
            line = json.dumps({"id": key, "text": "mug"}).encode() + b"\n"
            caller.sendall(b"%x\r\n%b\r\n" % (len(line), line))
            while f'"id": "{key}"'.encode() not in received:
                received += caller.recv(65_536)
        caller.sendall(b"0\r\n\r\n")
        while not received.endswith(b"0\r\n\r\n"):
            received += caller.recv(65_536)
    assert received.count(b'"status": "ok"') == 3


def test_a_long_stream_keeps_order_and_count(server: Server) -> None:
    """Sent whole before anything is read, as most clients do."""
    good = [json.dumps({"id": str(row), "text": "coffee mug"}) for row in range(3_000)]
    lines = ["{" if row % 100 == 7 else line for row, line in enumerate(good)]
    body = "\n".join(lines).encode()
    chunks = (body[start : start + 9_999] for start in range(0, len(body), 9_999))
    response = httpx.post(f"{server.url}/v1/classify/batch", content=chunks, timeout=60)
    answers = [json.loads(line) for line in response.text.splitlines()]
    expected = [str(row + 1) if row % 100 == 7 else str(row) for row in range(3_000)]
    assert [one["id"] for one in answers] == expected
    assert sum(one["status"] == "failed" for one in answers) == 30


def test_what_is_no_http_is_refused_in_json(server: Server) -> None:
    for request in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nA: " + b"a" * 200_000):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as caller:
            caller.sendall(request)
            head, _, body = caller.recv(65_536).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400")
            assert list(json.loads(body)) == ["error"]


def test_a_body_that_is_too_large_is_refused_after_it_was_sent(server: Server) -> None:
    response = httpx.post(f"{server.url}/v1/classify", content=b"a" * 50_000_000, timeout=60)
    assert response.status_code == 413


def test_reloads_drop_no_request(server: Server) -> None:
    with ThreadPoolExecutor(4) as callers, httpx.Client(base_url=server.url, timeout=30) as client:
        asked = [
            callers.submit(client.post, "/v1/classify", json={"text": "mug"}) for _ in range(120)
        ]
        os.kill(server.process.pid, signal.SIGHUP)
        assert client.post("/v1/model/reload").status_code == 200
        assert {one.result().status_code for one in asked} == {200}
    assert server.wait_for("the model was loaded")


def test_what_was_accepted_is_answered_before_the_end(model_folder: Path) -> None:
    with serving(model_folder, Setting(1.0, inference={"batch_size": 2, "workers": 1})) as server:
        with ThreadPoolExecutor(8) as callers:
            url = f"{server.url}/v1/classify"
            asked = [
                callers.submit(httpx.post, url, json={"text": "mug"}, timeout=30) for _ in range(8)
            ]
            while server.waiting() < 6 and not all(one.done() for one in asked):
                time.sleep(0.02)  # who has not come in by the signal is refused
            server.process.send_signal(signal.SIGTERM)
            assert [one.result().status_code for one in asked] == [200] * 8
        server.process.wait(30)


def test_overload_is_told_and_what_was_accepted_is_answered(model_folder: Path) -> None:
    with (
        serving(model_folder, Setting(0.4, inference=NARROW)) as server,
        ThreadPoolExecutor(16) as callers,
    ):
        url = f"{server.url}/v1/classify"
        asked = [
            callers.submit(httpx.post, url, json={"text": "mug"}, timeout=30) for _ in range(16)
        ]
        answers = [one.result() for one in asked]
        refused = [one for one in answers if one.status_code == 503]
        assert refused
        assert all(one.headers["retry-after"] == "1" for one in refused)
        assert {one.status_code for one in answers} == {200, 503}
        assert server.waiting() == 0


def test_time_is_limited(model_folder: Path) -> None:
    with serving(model_folder, Setting(1.5, inference={"timeout": 0.5})) as server:
        answer = httpx.post(f"{server.url}/v1/classify", json={"text": "mug"}, timeout=30)
        assert answer.status_code == 504
        assert list(answer.json()) == ["error"]


def test_answers_are_sent_at_once() -> None:
    from aisle.service.server import _listen

    with (
        _listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
