"""Who calls by a session, how long sessions last, and what signs them."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from desk_queue import entries
from review_service import open_desk
from starlette.responses import Response
from starlette.testclient import TestClient
from thread_pool import ThreadPool

from aisle.errors import OutputError
from aisle.service.api.auth import Sessions, session_secret
from aisle.service.api.keys import ApiKey, Keys, Role, hash_key
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine

KEYS = Keys(
    [
        ApiKey("shop", Role.CLASSIFY, hash_key("shop's")),
        ApiKey("Ada", Role.REVIEW, hash_key("Ada's")),
        ApiKey("old", Role.ADMIN, hash_key("old's"), datetime(2020, 1, 1, tzinfo=UTC)),
    ]
)
LEASE, READ = "/v1/review/lease", ("history", "decisions", "decisions/last", "progress", "queue")


@pytest.fixture(params=[KEYS, Keys()], ids=["keys", "open"])
def client(
    request: pytest.FixtureRequest, model_folder: Path, tmp_path: Path
) -> Iterator[TestClient]:
    desk, engine = open_desk(tmp_path), InferenceEngine(model_folder, make_pool=ThreadPool)
    desk.add(entries(2))
    with TestClient(make_app(engine, keys=request.param, desk=desk, data=tmp_path)) as client:
        yield client


def sign_in(client: TestClient, given: str) -> None:
    sessions: Sessions = client.app.state.sessions
    cookie = sessions.begin(given)
    assert cookie is not None
    client.cookies["aisle"] = cookie


def test_a_session_counts_where_no_key_is_presented(client: TestClient) -> None:
    sign_in(client, "Ada's")
    assert client.post(LEASE, json={}).status_code == 200
    name = "Ada" if client.app.state.keys else "Ada's"
    assert client.get("/v1/review/progress").json()["reviewer"] == name
    if client.app.state.keys:
        wrong = {"X-API-Key": "wrong"}
        assert client.post(LEASE, json={}, headers=wrong).status_code == 401


def test_who_signed_out_is_asked_to_sign_in(client: TestClient) -> None:
    asked = {"X-Session": "required"}
    for path in READ:
        assert client.get(f"/v1/review/{path}", headers=asked).status_code == 401
    sign_in(client, "Ada's")
    assert client.post(LEASE, json={}, headers=asked).status_code == 200
    client.app.state.sessions.end(client.cookies["aisle"])
    assert client.post(LEASE, json={}, headers=asked).status_code == 401
    client.cookies["aisle"] = "forged.cookie"
    assert client.post(LEASE, json={}, headers=asked).status_code == 401


def test_a_session_has_the_role_of_its_key(client: TestClient) -> None:
    sign_in(client, "shop's")
    status = client.post(LEASE, json={}).status_code
    assert status == (403 if client.app.state.keys else 200)


def test_other_sites_may_not_act(client: TestClient) -> None:
    sign_in(client, "Ada's")
    evil = {"Origin": "http://evil.example"}
    assert client.post(LEASE, json={}, headers=evil).status_code == 403
    assert client.post(LEASE, json={}, headers={"Origin": "http://testserver"}).status_code == 200


@pytest.mark.parametrize(("given", "taken"), [("wrong", False), ("old's", False), ("Ada's", True)])
def test_a_session_begins_by_a_valid_key(tmp_path: Path, given: str, taken: bool) -> None:
    assert (Sessions(KEYS, tmp_path).begin(given) is not None) == taken


def test_without_keys_a_session_begins_by_a_name(tmp_path: Path) -> None:
    sessions = Sessions(Keys(), tmp_path)
    assert sessions.begin(" \n") is None
    caller = sessions.find(sessions.begin(" Ada\n" + "a" * 90) or "")
    assert caller is not None
    assert caller.name == "Ada" + "a" * 57
    assert caller.may(Role.ADMIN)


def test_a_session_lasts_until_it_is_ended(tmp_path: Path) -> None:
    sessions = Sessions(KEYS, tmp_path)
    first, other = sessions.begin("Ada's") or "", sessions.begin("Ada's") or ""
    assert sessions.find(first)
    for _ in range(2):
        sessions.end(first)
    assert sessions.find(first) is None
    assert sessions.find(other)
    assert Sessions(KEYS, tmp_path).find(first) is None, "also for a server that starts later"


def test_a_session_ends_by_itself_or_with_its_key(tmp_path: Path) -> None:
    cookie = Sessions(KEYS, tmp_path).begin("Ada's") or ""
    assert Sessions(KEYS, tmp_path, seconds=-1).find(cookie) is None
    late = Keys([ApiKey("Ada", Role.REVIEW, hash_key("Ada's"), datetime.now(UTC))])
    assert Sessions(late, tmp_path).find(cookie) is None
    soon = datetime.now(UTC) + timedelta(minutes=1)
    later = Keys([ApiKey("Ada", Role.REVIEW, hash_key("Ada's"), soon)])
    assert Sessions(later, tmp_path).find(cookie)
    assert Sessions(Keys(), tmp_path).find(cookie) is None, "a key is no name"


def test_what_is_too_old_is_not_remembered(tmp_path: Path) -> None:
    sessions = Sessions(KEYS, tmp_path)
    sessions.end(sessions.begin("Ada's") or "")
    (old,) = (tmp_path / "signed-out").iterdir()
    os.utime(old, (0, time.time() - 13 * 3_600))
    sessions.end(sessions.begin("Ada's") or "")
    assert old not in [*(tmp_path / "signed-out").iterdir()]


@pytest.mark.parametrize("cookie", ["", "-", "../../etc", "a.b.c", "²"])
def test_what_is_no_session(tmp_path: Path, cookie: str) -> None:
    sessions = Sessions(KEYS, tmp_path)
    assert sessions.find(cookie) is None
    sessions.end(cookie)
    assert not [*(tmp_path / "signed-out").iterdir()]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    sessions = Sessions(KEYS, tmp_path)
    (tmp_path / "signed-out").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        sessions.end(sessions.begin("Ada's") or "")
    with pytest.raises(OutputError, match="cannot be written"):
        Sessions(KEYS, tmp_path / "signed-out")


def test_the_cookie_is_for_the_server_alone(tmp_path: Path) -> None:
    sessions, response = Sessions(KEYS, tmp_path), Response()
    sessions.remember(response, sessions.begin("Ada's") or "")
    sent = response.headers["set-cookie"].lower()
    assert sent.startswith("aisle=")
    assert "httponly" in sent
    assert "samesite=lax" in sent


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
