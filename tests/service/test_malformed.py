"""Two thousand broken requests: each is refused in a sentence, and the server is none the worse."""

from __future__ import annotations

import json
import re
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPResponse
from itertools import islice
from pathlib import Path

import pytest
from broken_requests import broken_requests
from live_service import Server, Setting, serving

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

COUNT = 2_000
SEED = 20_240_613
GROWTH = 200_000_000
LEAKS = re.compile(
    r"Traceback|File \"|object at 0x|\.py\b|site-packages"
    r"|/(?:work|usr|home|root|tmp|var|opt|etc)\b"
    r"|\b(?:[A-Z]\w+)?(?:Error|Exception|Warning)\b"
)


def ask(port: int, message: bytes) -> tuple[int, str, str] | None:
    """Status, type and body of what comes back; None where nothing does."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as caller:
        try:
            caller.sendall(message)
            answer = HTTPResponse(caller, method=message.partition(b" ")[0].decode("latin-1"))
            answer.begin()
            kind = answer.headers.get("content-type", "")
            return answer.status, kind, answer.read().decode("utf-8")
        except (HTTPException, OSError):
            return None


def check(message: bytes, status: int, kind: str, body: str) -> None:
    said = f"{message[:300]!r} -> {status} {kind} {body[:600]!r}"
    assert status < 500 or status in (503, 504), said  # a second is short on a busy machine
    if message.startswith(b"HEAD"):
        assert not body, said
    elif status != 200:
        assert kind == "application/json", said
        check_refusal(json.loads(body), said)
    elif kind == "application/json":
        check_answer(json.loads(body), said)
    elif "ndjson" in kind:
        for line in body.splitlines():
            check_answer(json.loads(line), said)


def check_refusal(refusal: dict[str, str], said: str) -> None:
    assert list(refusal) == ["error"], said
    check_sentence(refusal["error"], said)


def check_answer(answer: dict[str, str], said: str) -> None:
    if answer.get("error"):
        check_sentence(answer["error"], said)


def check_sentence(sentence: str, said: str) -> None:
    assert 0 < len(sentence) < 400, said
    assert sentence.isprintable(), said
    assert not LEAKS.search(sentence), said


@pytest.fixture(scope="module")
def server(model_folder: Path) -> Server:
    with serving(model_folder, Setting(inference={"timeout": 1})) as server:
        yield server


def test_each_is_refused_in_a_sentence_and_the_server_goes_on(server: Server) -> None:
    messages = broken_requests(SEED, COUNT)
    statuses: Counter[int | None] = Counter()
    memory = 0
    with ThreadPoolExecutor(8) as callers:
        while some := list(islice(messages, 200)):
            for message, answer in zip(
                some, callers.map(lambda one: ask(server.port, one), some), strict=True
            ):
                statuses[answer and answer[0]] += 1
                if answer:
                    check(message, *answer)
            assert server.is_well()
            memory = memory or server.memory()
    assert statuses.total() == COUNT
    assert statuses[None] < COUNT / 20, statuses
    assert {200, 400, 404, 405, 408, 413, 415, 422} <= set(statuses), statuses
    assert server.memory() < memory + GROWTH
    assert server.waiting() == 0
    assert not server.noise
