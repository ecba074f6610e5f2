"""Requests from another site, or to a name that is not this machine's."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from fastapi import FastAPI
from starlette.testclient import TestClient

from aisle.service.api.auth import LocalNames, SameOrigin

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
