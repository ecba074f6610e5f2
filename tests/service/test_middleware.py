"""Requests that are refused before the app sees them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from thread_pool import ThreadPool

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from fastapi import FastAPI
from starlette.testclient import TestClient

from aisle.service.api.errors import overloaded
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine
from aisle.service.middleware import LoadShedder, LocalNames, SameOrigin

URL = "/v1/classify"
BODY = {"text": "mug"}
HERE = "http://shop.example:8000"


def app_behind(guard: type) -> FastAPI:
    app = FastAPI()

    @app.api_route("/", methods=["GET", "POST"])
    def answer() -> str:
        return "here"

    app.add_middleware(guard)
    return app


@pytest.fixture
def client() -> TestClient:
    return TestClient(app_behind(SameOrigin), base_url=HERE)


@pytest.mark.parametrize("origin", [None, HERE, "HTTP://SHOP.EXAMPLE:8000"])
def test_the_own_page_and_programs_may_act(client: TestClient, origin: str | None) -> None:
    assert client.post("/", headers={"Origin": origin} if origin else {}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://shop.example",
        "http://shop.example:8000.evil.example",
        "null",
        "",
        "http://[",
    ],
)
def test_other_pages_may_not(client: TestClient, origin: str) -> None:
    answer = client.post("/", headers={"Origin": origin})
    assert answer.status_code == 403
    assert list(answer.json()) == ["error"]


def test_reading_is_not_acting(client: TestClient) -> None:
    assert client.get("/", headers={"Origin": "http://evil.example"}).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_local_names_are_answered(host: str) -> None:
    client = TestClient(app_behind(LocalNames))
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "[", "", "localhost@evil"]
)
def test_foreign_names_are_not(host: str) -> None:
    client = TestClient(app_behind(LocalNames))
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert "localhost" in answer.json()["error"]


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
