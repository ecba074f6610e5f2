"""Callers who are slow, hang up, send too much, or several requests at once."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPResponse
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

import httpx2 as httpx
import pytest
from live_service import Server, Setting, serving
from trickling import trickling

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

SECONDS = 1.0
LIMITS = {"budget_bytes": 40_000_000}
MUG = b'{"text": "mug"}'
POST = b"POST /v1/classify HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
STREAM = b"POST /v1/classify/batch HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def server(model_folder: Path) -> Iterator[Server]:
    setting = Setting(limits=LIMITS, inference={"timeout": SECONDS, "streams": 1})
    with serving(model_folder, setting) as server:
        yield server


@pytest.fixture(scope="module")
def sluggish(model_folder: Path) -> Iterator[Server]:
    setting = Setting(delay=0.7, inference={"batch_size": 1, "workers": 1, "timeout": 20})
    with serving(model_folder, setting) as server:
        yield server


def calling(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def answered(caller: socket.socket) -> tuple[int, dict]:
    answer = HTTPResponse(caller)
    answer.begin()
    return answer.status, json.loads(answer.read())


def until(holds: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


def trickle(caller: socket.socket, data: bytes) -> None:
    """Sends a byte every now and then, until nobody takes it."""
    with suppress(OSError):
        for byte in data:
            caller.sendall(bytes([byte]))
            time.sleep(0.05)


@pytest.mark.timed
def test_headers_that_trickle(server: Server) -> None:
    started = time.monotonic()
    with calling(server) as caller:
        caller.sendall(b"GET /v1/model HTTP/1.1\r\nHost: a\r\nA: ")
        trickle(caller, b"a" * round(SECONDS / 0.05 + 1))
        status, refusal = answered(caller)
    assert status == 408
    assert refusal == {"error": "the headers did not come within 1 seconds; send them faster"}
    assert time.monotonic() - started < SECONDS * 3


def test_headers_that_trickle_after_a_first_request(server: Server) -> None:
    with calling(server) as caller:
        caller.sendall(POST % len(MUG) + MUG)
        assert answered(caller)[0] == 200
        caller.sendall(b"G")
        trickle(caller, b"a" * round(SECONDS / 0.05 + 1))
        assert answered(caller)[0] == 408


def test_a_connection_on_which_nothing_comes(server: Server) -> None:
    with calling(server) as caller:
        assert answered(caller)[0] == 408


def test_a_body_that_stalls_or_trickles(server: Server) -> None:
    for rest in (b"", b"a" * 90):
        with calling(server) as caller:
            caller.sendall(POST % 100 + b"{")
            trickle(caller, rest[: round(SECONDS / 0.05 + 1)])
            status, refusal = answered(caller)
        assert status == 408
        assert list(refusal) == ["error"]
        assert "the body did not come within 1 seconds" in refusal["error"]


def test_callers_who_hang_up_while_they_send_leave_nothing_behind(server: Server) -> None:
    half = 15_000_000
    for _ in range(4):
        with calling(server) as caller:
            caller.sendall(POST % (2 * half) + bytes(half))
    body = json.dumps({"text": "mug", "image": "a" * (2 * half)}).encode()
    asked = f"{server.url}/v1/classify"
    assert until(lambda: httpx.post(asked, content=body, timeout=30).status_code == 422)
    assert server.is_well()


@pytest.mark.timed
def test_callers_who_hang_up_while_they_wait_give_up_their_place(sluggish: Server) -> None:
    callers = [calling(sluggish) for _ in range(12)]
    for caller in callers:
        caller.sendall(POST % len(MUG) + MUG)
    assert until(lambda: sluggish.waiting() >= 9)
    started = time.monotonic()
    for caller in callers:
        caller.close()
    assert until(lambda: sluggish.waiting() == 0, 4)
    assert sluggish.is_well()
    assert time.monotonic() - started < 5  # all twelve would take eight seconds and more


def next_answer(incoming: BinaryIO) -> tuple[int, dict]:
    """The next of several answers that may have come at once."""
    status = int(incoming.readline().split()[1])
    headers = dict(line.lower().split(b": ") for line in iter(incoming.readline, b"\r\n"))
    return status, json.loads(incoming.read(int(headers[b"content-length"])))


def test_requests_sent_at_once_are_answered_in_their_order(server: Server) -> None:
    bodies = [json.dumps({"id": str(number), "text": "mug"}).encode() for number in range(20)]
    bodies[7] = b"{"
    with calling(server) as caller:
        caller.sendall(b"".join(POST % len(body) + body for body in bodies))
        incoming = caller.makefile("rb")
        answers = [next_answer(incoming) for _ in bodies]
    assert [status for status, _ in answers] == [400 if n == 7 else 200 for n in range(20)]
    assert [one["id"] for _, one in answers if "id" in one] == [str(n) for n in range(20) if n != 7]


def test_one_connection_serves_many_requests(server: Server) -> None:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        for content, status in ((MUG, 200), (b"{", 400), (b"a" * 32_000_001, 413)) * 3:
            assert client.post("/v1/classify", content=content).status_code == status
    with calling(server) as caller:
        for _ in range(50):
            caller.sendall(POST % len(MUG) + MUG)
            assert answered(caller)[0] == 200


@pytest.mark.parametrize("content", [b"a" * 50_000_000, repeat(b"a" * 1_000_000, 50)])
def test_fifty_megabytes(server: Server, content: bytes | Iterator[bytes]) -> None:
    answer = httpx.post(f"{server.url}/v1/classify", content=content, timeout=30)
    assert answer.status_code == 413
    assert list(answer.json()) == ["error"]


def test_a_stream_that_nobody_reads_is_cut_off(server: Server) -> None:
    line = json.dumps({"id": "a" * 900, "text": ""}).encode() + b"\n"
    with calling(server) as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        body = line * 9_000
        caller.sendall(STREAM + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        assert not stream_is_free(server)
        assert until(lambda: stream_is_free(server))
    assert server.wait_for("a stream was cut off")


@pytest.mark.parametrize("piece", [b"", b"1\r\n{\r\n"], ids=["nothing", "a trickle"])
def test_a_stream_on_which_too_little_comes_is_cut_off(server: Server, piece: bytes) -> None:
    """What came is answered, and one line says why there is no more."""
    with calling(server) as caller:
        caller.sendall(STREAM + b"%x\r\n%b\r\n" % (len(MUG) + 1, MUG + b"\n"))
        received = b""
        with trickling(caller, piece), suppress(ConnectionError):
            while some := caller.recv(65_536):
                received += some
        assert until(lambda: stream_is_free(server))
    first, last = (json.loads(line) for line in received.splitlines() if line.startswith(b"{"))
    assert first["status"] == "ok"
    assert (last["id"], last["status"]) == ("2", "failed")
    reason = (
        "the body came more slowly than 1,000 bytes a second for 1 seconds; send it again, faster"
    )
    assert last["error"] == reason
    assert not received.endswith(b"0\r\n\r\n")


def test_a_stream_that_is_slow_and_steady_goes_on(server: Server) -> None:
    line = json.dumps({"id": "a", "text": "mug" * 200}).encode() + b"\n"
    with calling(server) as caller:
        caller.sendall(STREAM)
        for _ in range(12):
            time.sleep(SECONDS / 4)
            caller.sendall(b"%x\r\n%b\r\n" % (len(line), line))
        caller.sendall(b"0\r\n\r\n")
        answer = HTTPResponse(caller)
        answer.begin()
        assert answer.read().count(b'"id": "a"') == 12


def test_a_stream_whose_caller_hangs_up_makes_room(server: Server) -> None:
    with calling(server) as caller:
        caller.sendall(STREAM + b"%x\r\n%b\r\n" % (len(MUG) + 1, MUG + b"\n"))
        caller.recv(65_536)
        assert not stream_is_free(server)
    assert until(lambda: stream_is_free(server), SECONDS / 2)


def stream_is_free(server: Server) -> bool:
    asked = httpx.post(f"{server.url}/v1/classify/batch", content=MUG, timeout=30)
    assert asked.status_code in (200, 503)
    return asked.status_code == 200


def test_an_answer_that_nobody_reads_is_given_up(server: Server) -> None:
    """A connection may not be held by never reading what was asked for."""
    get = b"GET /static-offline-docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n"
    with calling(server) as caller:
        caller.sendall(get * 40)
        time.sleep(SECONDS * 2.5)
        received = 0
        with suppress(ConnectionError):
            while some := caller.recv(1_000_000):
                received += len(some)
    assert 0 < received < 20_000_000


def test_all_is_well_in_the_end(server: Server) -> None:
    assert server.is_well()
    assert server.waiting() == 0
    assert not server.noise
