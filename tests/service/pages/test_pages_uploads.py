"""The bounds of files that pages take in."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import httpx2 as httpx
import pytest

pytest.importorskip("nicegui", reason="the pages are made with NiceGUI (the extra serve)")

from live_service import Server
from site_server import serving_site
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from trickling import trickling

from aisle.service.pages.uploads import BoundedUploads

TABLE = b"id,title\nk,zzzz yyyy\n"
UPLOAD = (
    "POST {} HTTP/1.1\r\nHost: a\r\nCookie: {}\r\nContent-Length: 90000\r\n"
    "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
)
REASON = "the body came more slowly than 1,000 bytes a second for 1 seconds; send it again, faster"


@pytest.fixture(scope="module")
def site(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("data")
    with serving_site(model_folder, data, pace={"timeout": 1.0, "workers": 1}) as server:
        yield server


@pytest.fixture
def reviewer(site: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, timeout=30) as client:
        client.post("/sign-in", data={"name": "Ada"})
        yield client


def trickled(site: Server, path: str, reviewer: httpx.Client) -> tuple[int, dict]:
    """What is answered to an upload of which a byte comes every now and then."""
    cookie = "; ".join(f"{name}={value}" for name, value in reviewer.cookies.items())
    with socket.create_connection(("127.0.0.1", site.port), timeout=15) as caller:
        caller.sendall(UPLOAD.format(path, cookie).encode())
        with trickling(caller, b"a"):
            answer = HTTPResponse(caller)
            answer.begin()
            return answer.status, json.loads(answer.read())


def test_a_picture_that_trickles(site: Server, reviewer: httpx.Client) -> None:
    found = re.search(r"/_nicegui/client/[\w-]+/upload/\d+", reviewer.get("/").text)
    assert found is not None
    assert trickled(site, found[0], reviewer) == (408, {"error": REASON})


def test_a_table_that_trickles_makes_room_for_another(site: Server, reviewer: httpx.Client) -> None:
    assert trickled(site, "/review/filling?name=t.csv", reviewer) == (408, {"error": REASON})
    assert reviewer.post("/review/filling?name=t.csv", content=TABLE).status_code == 202


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/_nicegui/client/1/upload/2", 100, 200),
        ("/_nicegui/client/1/upload/2", 101, 413),
        ("/elsewhere", 101, 200),
    ],
)
def test_uploads_are_bounded(path: str, size: int, status: int) -> None:
    response = bounded().post(path, content=b"a" * size)
    assert response.status_code == status
    if status != 200:
        assert list(json.loads(response.content)) == ["error"]


def test_uploads_tell_their_length() -> None:
    response = bounded().post("/_nicegui/client/1/upload/2", content=iter([b"a"]))
    assert response.status_code == 411


def bounded() -> TestClient:
    route = Route("/{path:path}", lambda _: PlainTextResponse("in"), methods=["POST"])
    return TestClient(BoundedUploads(Starlette(routes=[route]), most=100, seconds=30))
