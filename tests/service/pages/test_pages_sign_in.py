"""Who may see the pages: sign-in, sessions, and what other sites may not do."""

from __future__ import annotations

import json
import socket
import stat
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest

pytest.importorskip("nicegui", reason="the pages are made with NiceGUI (the extra serve)")

from live_service import Server
from nicegui import app as gui
from site_server import serving_site
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from aisle.errors import OutputError
from aisle.service.api.keys import ApiKey, Keys, Role, hash_key
from aisle.service.pages.secret import session_secret
from aisle.service.pages.sessions import end_session, new_session
from aisle.service.pages.visitor import Visitor

KEYS = {"see-only": "classify", "decides": "review"}
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"


@pytest.fixture(scope="module")
def open_site(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving_site(model_folder, tmp_path_factory.mktemp("open")) as server:
        yield server


@pytest.fixture(scope="module")
def keyed_site(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving_site(model_folder, tmp_path_factory.mktemp("keyed"), keys=KEYS) as server:
        yield server


@pytest.fixture
def visitor(open_site: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=open_site.url, timeout=30) as client:
        yield client


@pytest.fixture
def stranger(keyed_site: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=keyed_site.url, timeout=30) as client:
        yield client


def leads_to(answer: httpx2.Response) -> str:
    assert answer.status_code == 303
    return answer.headers["location"]


def test_an_open_site_shows_itself_but_asks_reviewers_for_a_name(visitor: httpx2.Client) -> None:
    assert visitor.get("/").status_code == 200
    assert visitor.get("/model?evidence=text").status_code == 200
    assert leads_to(visitor.get("/review")) == "/sign-in?to=%2Freview"
    signed_in = visitor.post("/sign-in", data={"name": " Ada\n", "to": "/review"})
    assert leads_to(signed_in) == "/review"
    cookie = SimpleCookie(signed_in.headers["set-cookie"])["aisle"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    page = visitor.get("/review")
    assert page.status_code == 200
    assert "Ada" in page.text


def test_a_name_is_needed(visitor: httpx2.Client) -> None:
    wrong = leads_to(visitor.post("/sign-in", data={"name": "  ", "to": "/review"}))
    assert wrong == "/sign-in?wrong=1&to=%2Freview"
    assert "Give a name." in visitor.get(wrong).text


def test_a_name_is_never_markup(visitor: httpx2.Client) -> None:
    visitor.post("/sign-in", data={"name": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in visitor.get("/review").text


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_sign_in_leads_nowhere_else(visitor: httpx2.Client, to: str) -> None:
    assert leads_to(visitor.post("/sign-in", data={"name": "Ada", "to": to})) == "/"


@pytest.mark.parametrize("path", ["/", "/model", "/review", "/?text=a%26b"])
def test_a_keyed_site_shows_nothing_to_strangers(stranger: httpx2.Client, path: str) -> None:
    assert leads_to(stranger.get(path)).startswith("/sign-in?to=")


def test_an_unknown_key_is_told(stranger: httpx2.Client) -> None:
    wrong = leads_to(stranger.post("/sign-in", data={"key": "guess", "to": "/"}))
    assert "This key is unknown or has expired." in stranger.get(wrong).text
    assert leads_to(stranger.get("/")).startswith("/sign-in")


def test_a_key_opens_what_its_role_allows(stranger: httpx2.Client) -> None:
    assert leads_to(stranger.post("/sign-in", data={"key": "see-only", "to": "/"})) == "/"
    assert stranger.get("/").status_code == 200
    away = leads_to(stranger.get("/review"))
    assert away == "/sign-in?to=%2Freview&needs=review"
    assert "takes one with the role review" in stranger.get(away).text
    assert stranger.post("/review/desk/take", json={}).status_code == 401
    stranger.post("/sign-in", data={"key": "decides"})
    assert stranger.get("/review").status_code == 200
    assert stranger.post("/review/desk/take", json={}).status_code == 200
    stranger.post("/sign-out")
    assert leads_to(stranger.get("/")).startswith("/sign-in")


def test_signing_out_ends_the_session_for_who_has_a_copy_of_it(
    keyed_site: Server, stranger: httpx2.Client
) -> None:
    stranger.post("/sign-in", data={"key": "decides"})
    with httpx2.Client(base_url=keyed_site.url, timeout=30) as colleague:
        colleague.post("/sign-in", data={"key": "decides"})
        stolen = dict(stranger.cookies)
        with httpx2.Client(base_url=keyed_site.url, cookies=stolen, timeout=30) as thief:
            assert thief.post("/review/desk/take", json={}).status_code == 200
            stranger.post("/sign-out")
            thief.cookies.update(stolen)
            assert thief.post("/review/desk/take", json={}).status_code == 401
            assert leads_to(thief.get("/review")).startswith("/sign-in")
        assert colleague.post("/review/desk/take", json={}).status_code == 200


def test_a_session_is_no_api_key(stranger: httpx2.Client) -> None:
    stranger.post("/sign-in", data={"key": "decides"})
    assert stranger.get("/v1/review/progress").status_code == 401


def test_a_forged_session_is_none(stranger: httpx2.Client) -> None:
    stranger.post("/sign-in", data={"key": "see-only"})
    _, _, signature = stranger.cookies["aisle"].partition(".")
    claimed = b64encode(json.dumps({"key": hash_key("decides")}).encode()).decode()
    forged = {"aisle": f"{claimed}.{signature}"}
    answer = httpx2.get(stranger.base_url.join("/review"), cookies=forged)
    assert leads_to(answer).startswith("/sign-in")


def test_other_sites_may_not_act(visitor: httpx2.Client) -> None:
    visitor.post("/sign-in", data={"name": "Ada"})
    evil = {"Origin": "http://evil.example"}
    for path in ("/sign-in", "/sign-out", "/review/desk/take", "/v1/review/lease"):
        assert visitor.post(path, headers=evil, json={}).status_code == 403


def test_other_sites_get_no_websocket(open_site: Server) -> None:
    address = open_site.url.replace("http", "ws", 1) + SOCKET
    with connect(address, origin=open_site.url) as socket:
        assert socket.recv(timeout=10).startswith("0")
    with pytest.raises(InvalidStatus, match="403"):
        connect(address, origin="http://evil.example")


def test_mistakes_of_the_api_stay_json_beside_the_pages(visitor: httpx2.Client) -> None:
    assert list(visitor.get("/v1/nothing").json()) == ["error"]
    wrong = visitor.delete("/v1/model")
    assert wrong.status_code == 405
    assert list(wrong.json()) == ["error"]
    for method, path in (("POST", "/"), ("PUT", "/review")):
        wrong = visitor.request(method, path)
        assert wrong.status_code == 405
        assert list(wrong.json()) == ["error"]


def test_an_unknown_address_has_a_page_that_leaves_no_trace(
    open_site: Server, visitor: httpx2.Client
) -> None:
    answer = visitor.get("/nothing", params={"text": "a secret product"})
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]
    assert '<a href="/">' in answer.text
    assert "_nicegui" not in answer.text
    asset = visitor.get("/_nicegui/nothing.js")
    assert (asset.status_code, asset.headers["content-type"].partition(";")[0]) == (
        404,
        "text/plain",
    )
    assert open_site.noise == []
    assert "secret" not in json.dumps(open_site.log)


def test_what_is_refused_is_logged_and_counted(open_site: Server, visitor: httpx2.Client) -> None:
    assert visitor.post("/sign-in", headers={"Origin": "http://evil.example"}).status_code == 403
    with socket.create_connection(("127.0.0.1", open_site.port), timeout=30) as caller:
        caller.sendall(
            b"POST /_nicegui/x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            b"Content-Length: 999999999999\r\n\r\n"
        )
        assert b" 413 " in caller.recv(65_536)
    until = time.monotonic() + 10
    while {403, 413} - _statuses(open_site) and time.monotonic() < until:
        time.sleep(0.02)
    assert {403, 413} <= _statuses(open_site)
    metrics = visitor.get("/metrics").text
    assert 'status="403"' in metrics
    assert 'status="413"' in metrics


def _statuses(server: Server) -> set[int]:
    return {line["status"] for line in list(server.log) if line["event"] == "request"}


def test_a_key_that_expires_ends_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    keys = [
        ApiKey("old", Role.ADMIN, hash_key("a"), now - timedelta(seconds=1)),
        ApiKey("new", Role.REVIEW, hash_key("b"), now + timedelta(minutes=1)),
    ]
    site = SimpleNamespace(keys=Keys(keys), data=tmp_path)
    monkeypatch.setattr(gui.state, "aisle", site, raising=False)
    session = new_session()
    assert not Visitor("old", hash_key("a"), session).may(Role.CLASSIFY)
    assert Visitor("new", hash_key("b"), session).may(Role.REVIEW)
    assert not Visitor("new", hash_key("b"), session).may(Role.ADMIN)
    assert not Visitor("new", hash_key("b")).may(Role.CLASSIFY)
    assert not Visitor("guest").may(Role.CLASSIFY)
    end_session(tmp_path, session)
    assert not Visitor("new", hash_key("b"), session).may(Role.REVIEW)
    assert Visitor("new", hash_key("b"), new_session()).may(Role.REVIEW)


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = session_secret(tmp_path / "data")
    assert len(first) >= 32
    assert session_secret(tmp_path / "data") == first
    assert session_secret(tmp_path / "other") != first
    mode = (tmp_path / "data" / "session-secret").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_an_empty_secret_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "session-secret").touch()
    made = session_secret(tmp_path)
    assert len(made) >= 32
    assert session_secret(tmp_path) == made


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        session_secret(tmp_path / "data")
