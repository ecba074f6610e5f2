"""Products for the queue: lines in, one count out."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from review_service import decide, desk_service, doubted, open_desk, progress, send, take
from starlette.testclient import TestClient

from aisle.errors import StoreError
from aisle.review.desk import Desk
from aisle.review.entries import Added
from aisle.service.api.errors import RefusedError
from aisle.service.inference.engine import InferenceEngine

CLEAR = "mug ceramic coffee dishwasher cup handle"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return open_desk(tmp_path)


@pytest.fixture
def desk_client(model_folder: Path, desk: Desk) -> Iterator[TestClient]:
    with desk_service(model_folder, desk) as client:
        yield client


def base64(data: bytes) -> str:
    return b64encode(data).decode()


def test_new_renewed_and_decided(desk_client: TestClient) -> None:
    told = send(desk_client, doubted("a", 0.1), doubted("b", 0.2), doubted("c", 0.3))
    assert told == {
        "new": 3,
        "renewed": 0,
        "decided": 0,
        "assigned": 0,
        "failures": 0,
        "failed": [],
    }
    decide(desk_client, take(desk_client)["lease"])
    again = send(desk_client, doubted("a", 0.9), doubted("b", 0.9), doubted("d"))
    assert (again["new"], again["renewed"], again["decided"]) == (1, 1, 1)
    assert progress(desk_client)["waiting"] == 3
    assert [take(desk_client)["product"]["key"] for _ in range(3)] == ["c", "d", "b"]


def test_the_model_of_the_service_is_asked(
    desk_client: TestClient, desk: Desk, model_folder: Path
) -> None:
    lines = [{"id": "clear", "text": CLEAR}, {"id": "odd", "text": "qqq"}]
    told = send(desk_client, *lines)
    assert (told["assigned"], told["new"], told["failures"]) == (1, 1, 0)
    assert [one.key for one in desk.queue()] == ["odd"]
    told = send(desk_client, *lines, query="?all=true")
    assert (told["assigned"], told["new"], told["renewed"]) == (0, 1, 1)
    queued = {one.key: one for one in desk.queue()}["clear"]
    expected = desk_client.post("/v1/classify", json=lines[0]).json()
    assert queued.category == tuple(expected["category"])
    assert queued.confidence == expected["confidence"]
    assert queued.reason == expected["decision_reason"]


def test_an_answer_as_the_service_sends_it(desk_client: TestClient, desk: Desk) -> None:
    answer = desk_client.post("/v1/classify?explain=true", json={"text": CLEAR}).json()
    told = send(desk_client, {"id": "a", "text": CLEAR, "answer": answer})
    assert told["new"] == 1
    assert desk.queue()[0].confidence == answer["confidence"]
    nothing = desk_client.post("/v1/classify", json={"text": "?"}).json()
    assert send(desk_client, {"id": "b", "text": "?", "answer": nothing})["new"] == 1


BROKEN = {
    "no JSON": ("{", "the body is no JSON"),
    "empty": ("", "the line is empty"),
    "no product": ("[]", "object"),
    "no id": ({"text": "mug"}, "no id that can be kept"),
    "empty id": ({"id": "", "text": "mug"}, "no id that can be kept"),
    "NUL in the id": (doubted("a\x00b"), "no id that can be kept"),
    "nothing": ({"id": "a", "text": " "}, "nothing to look at"),
    "value": (doubted("a", value="much"), "value"),
    "endless value": ('{"id": "a", "text": "mug", "value": 1e999}', "value"),
    "confidence": (doubted("a", 1.5), "answer.confidence"),
    "another tree": (
        doubted("a") | {"answer": {"category": ["Toys"], "confidence": 0.1}},
        "not in the tree",
    ),
    "no category": (
        doubted("a") | {"answer": {"category": ["Kitchen"], "confidence": 0.1}},
        "not in the tree",
    ),
    "no answer": (doubted("a") | {"answer": "mug"}, "answer"),
    "unknown field": (doubted("a", colour="red"), "'colour'"),
    "address": (doubted("a", image="http://127.0.0.1/a.png"), "not fetched"),
    "broken picture": ({"id": "a", "image": base64(b"no")}, "not a picture"),
    "too long": (json.dumps(doubted("a", value=1))[:-1] + " " * 33_000_000 + "}", "bytes"),
}


def test_lines_that_cannot_be_taken_are_told_and_the_others_are_taken(
    desk_client: TestClient,
) -> None:
    lines = [line for line, _ in BROKEN.values()]
    told = send(desk_client, *lines, doubted("good"))
    assert (told["new"], told["failures"]) == (1, len(BROKEN))
    assert [one["line"] for one in told["failed"]] == list(range(1, len(BROKEN) + 1))
    for (_, part), one in zip(BROKEN.values(), told["failed"], strict=True):
        assert part in one["error"]


def test_pictures_that_cannot_be_shown_are_left_out(
    desk_client: TestClient, desk: Desk, png: bytes
) -> None:
    images = [base64(data) for data in (b"no", png, b"")]
    assert send(desk_client, doubted("a", images=images))["new"] == 1
    assert [desk.pictures.read(digest) for digest in desk.queue()[0].pictures] == [png]


def test_a_picture_that_turns_out_to_be_cut_off(desk_client: TestClient) -> None:
    file = BytesIO()
    Image.effect_noise((64, 64), 50).save(file, "PNG")
    cut = file.getvalue()[:1_000]
    told = send(desk_client, {"id": "a", "image": base64(cut)})
    assert "damaged" in told["failed"][0]["error"]


def test_many_lines(desk_client: TestClient) -> None:
    lines = [doubted(f"k{row}", row / 1_000) if row % 10 else "{" for row in range(500)]
    told = send(desk_client, *lines)
    assert (told["new"], told["failures"]) == (450, 50)
    assert [one["line"] for one in told["failed"]] == list(range(1, 501, 10))


def test_failures_are_told_to_a_number(desk_client: TestClient) -> None:
    told = send(desk_client, *["{"] * 1_100)
    assert (told["failures"], len(told["failed"])) == (1_100, 1_000)


def test_a_database_that_is_gone_is_503(
    desk_client: TestClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Added:
        raise StoreError("postgresql://ada@10.0.0.1/aisle cannot be used: no route")

    monkeypatch.setattr(desk, "add", gone)
    monkeypatch.setattr(desk, "lease", gone)
    for path, body in (("products", doubted("a")), ("lease", {})):
        response = desk_client.post(f"/v1/review/{path}", json=body)
        assert response.status_code == 503
        assert response.headers["retry-after"] == "5"
        assert "10.0.0.1" not in response.text


def test_an_engine_that_stops_is_503(
    desk_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stopped(*_: object) -> None:
        raise RefusedError(503, "the service is stopping", {"Retry-After": "1"})

    monkeypatch.setattr(InferenceEngine, "predict_all", stopped)
    response = desk_client.post("/v1/review/products", json={"id": "a", "text": "mug"})
    assert response.status_code == 503
