"""What stands around every request: the bounds of bodies, and refusals under load."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from thread_pool import ThreadPool

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from aisle.service.api.errors import RefusedError, overloaded
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine
from aisle.service.middleware import BodyGuard, BodyLimits, BodyRule, LoadShedder, MemoryBudget

URL = "/v1/classify"
BODY = {"text": "mug"}
RULES = (BodyRule("/stream", None, streamed=True), BodyRule("/", 10))


class Sender:
    """Sends chunks, each after a while, and then nothing more."""

    def __init__(self, chunks: Iterable[bytes], pause: float = 0.0) -> None:
        self._chunks = list(chunks)
        self._pause = pause
        self.left = len(self._chunks)

    async def __call__(self) -> Message:
        await asyncio.sleep(self._pause if self.left else 60)
        self.left -= 1
        chunk = self._chunks[len(self._chunks) - 1 - self.left]
        if chunk == b"gone":
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": self.left > 0}


def read(sender: Sender, path: str = "/", budget: int = 100, declared: str = "") -> int:
    """How many bytes the app reads; the budget is as before afterwards."""
    size = 0
    memory = MemoryBudget(budget)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal size
        more = True
        while more:
            message = await receive()
            size += len(message["body"])
            more = message["more_body"]
        assert memory.used == (0 if path == "/stream" else size)

    async def send(_: Message) -> None: ...

    headers = [(b"content-length", declared.encode())] if declared else []
    scope = {"type": "http", "path": path, "headers": headers or [(b"transfer-encoding", b"x")]}
    guard = BodyGuard(app, BodyLimits(RULES, timeout=0.1, bytes_per_second=100), memory)
    try:
        asyncio.run(guard(scope, sender, send))
    finally:
        assert memory.used == 0
    return size


def test_a_body_within_its_bounds_is_read() -> None:
    assert read(Sender([b"12345"] * 2)) == 10
    assert read(Sender([b"12345"] * 40), "/stream", budget=1) == 200


@pytest.mark.parametrize(
    ("sender", "more", "status"),
    [
        (Sender([b"12345"] * 3), {}, 413),
        (Sender([b"1"]), {"declared": "11"}, 413),
        (Sender([b"1"]), {"declared": "9" * 20}, 413),
        (Sender([b"12345"] * 2), {"budget": 9}, 503),
        (Sender([b"1", b"gone"]), {}, 499),
        (Sender([b"1"] * 9, pause=0.03), {}, 408),
        (Sender([b"1"] * 9, pause=0.03), {"path": "/stream"}, 408),
    ],
)
def test_a_body_out_of_its_bounds_is_refused(
    sender: Sender, more: dict[str, object], status: int
) -> None:
    with pytest.raises(RefusedError) as refused:
        read(sender, **more)
    assert refused.value.status == status


def test_a_streamed_body_may_take_any_time_while_enough_comes() -> None:
    assert read(Sender([b"1" * 10] * 9, pause=0.03), "/stream") == 90


class Full(InferenceEngine):
    """Has no room, until it is given some."""

    full = True

    def check_room(self) -> None:
        if self.full:
            raise overloaded("9 products wait already")


@pytest.fixture
def full_engine(model_folder: Path) -> Full:
    return Full(model_folder, make_pool=ThreadPool)


def test_refuses_counts_and_lets_through_what_there_is_room_for(full_engine: Full) -> None:
    with TestClient(LoadShedder(make_app(full_engine), full_engine)) as client:
        refused = client.post(URL, json=BODY)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json() == {"error": "9 products wait already; try again in a moment"}
        counted = r'aisle_requests_total\{method="POST",route="/v1/classify",status="503"\} 1.0'
        assert re.search(counted, client.get("/metrics").text)
        assert client.get(URL).status_code == 405
        full_engine.full = False
        assert client.post(URL, json=BODY).status_code == 200
