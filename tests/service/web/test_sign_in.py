"""Who may see the pages, and how they sign in and out."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from starlette.testclient import TestClient


def leads_to(answer) -> str:
    assert answer.status_code == 303
    return answer.headers["location"]


def test_an_open_site_shows_itself_but_asks_reviewers_for_a_name(visitor: TestClient) -> None:
    assert visitor.get("/").status_code == 200
    assert visitor.get("/model?modalities=text").status_code == 200
    assert leads_to(visitor.get("/review")) == "/sign-in?to=%2Freview"
    signed_in = visitor.post("/sign-in", data={"name": " Ada\n", "to": "/review"})
    assert leads_to(signed_in) == "/review"
    page = visitor.get("/review")
    assert page.status_code == 200
    assert "Ada" in page.text


def test_a_name_is_needed(visitor: TestClient) -> None:
    wrong = leads_to(visitor.post("/sign-in", data={"name": "  ", "to": "/review"}))
    assert wrong == "/sign-in?wrong=1&to=%2Freview"
    assert "Give a name." in visitor.get(wrong).text


def test_a_name_is_never_markup(visitor: TestClient) -> None:
    visitor.post("/sign-in", data={"name": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in visitor.get("/review").text


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_sign_in_leads_nowhere_else(visitor: TestClient, to: str) -> None:
    assert leads_to(visitor.post("/sign-in", data={"name": "Ada", "to": to})) == "/"


@pytest.mark.parametrize("size", [4_097, 100_000])
def test_a_form_is_small(visitor: TestClient, size: int) -> None:
    given = {"files": {"name": (None, "x" * size)}}
    assert visitor.post("/sign-in", **given).status_code in (400, 413)


@pytest.mark.parametrize("path", ["/", "/model", "/review", "/?text=a%26b"])
def test_a_keyed_site_shows_nothing_to_strangers(stranger: TestClient, path: str) -> None:
    assert leads_to(stranger.get(path)).startswith("/sign-in?to=")


def test_an_unknown_key_is_said(stranger: TestClient) -> None:
    wrong = leads_to(stranger.post("/sign-in", data={"key": "guess", "to": "/"}))
    assert "This key is unknown or has expired." in stranger.get(wrong).text
    assert leads_to(stranger.get("/")).startswith("/sign-in")


def test_a_key_opens_what_its_role_allows(stranger: TestClient) -> None:
    assert leads_to(stranger.post("/sign-in", data={"key": "see-only", "to": "/"})) == "/"
    assert stranger.get("/").status_code == 200
    away = leads_to(stranger.get("/review"))
    assert away == "/sign-in?to=%2Freview&needs=review"
    assert "a key with the role review does" in stranger.get(away).text
    stranger.post("/sign-in", data={"key": "decides"})
    assert stranger.get("/review").status_code == 200
    assert stranger.post("/v1/review/lease", json={}).status_code == 200
    stranger.post("/sign-out")
    assert leads_to(stranger.get("/")).startswith("/sign-in")


def test_signing_out_ends_the_session_for_whoever_has_a_copy_of_it(stranger: TestClient) -> None:
    stranger.post("/sign-in", data={"key": "decides"})
    copy = dict(stranger.cookies)
    stranger.post("/sign-out")
    stranger.cookies.update(copy)
    assert leads_to(stranger.get("/review")).startswith("/sign-in")


def test_a_forged_session_is_none(stranger: TestClient) -> None:
    stranger.post("/sign-in", data={"key": "see-only"})
    _, _, signature = stranger.cookies["aisle"].partition(".")
    claimed = b64encode(json.dumps({"key": "decides"}).encode()).decode()
    stranger.cookies.clear()
    forged = {"Cookie": f"aisle={claimed}.{signature}"}
    assert leads_to(stranger.get("/", headers=forged)).startswith("/sign-in")


def test_other_sites_may_not_act(visitor: TestClient) -> None:
    visitor.post("/sign-in", data={"name": "Ada"})
    evil = {"Origin": "http://evil.example"}
    for path in ("/sign-in", "/sign-out", "/try/answer", "/try/pictures", "/v1/review/lease"):
        assert visitor.post(path, headers=evil).status_code == 403
