"""Pages and API under one address."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from starlette.testclient import TestClient

PAGES = ("/", "/model", "/sign-in", "/nothing")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_no_script_but_those_of_the_service(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.findall(r"<script(?![^>]* src=)", answer.text) == []
    assert re.findall(r"\son\w+=", answer.text) == []
    assert "<style" not in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/review"])
def test_a_page_loads_what_is_there_and_nothing_from_elsewhere(
    visitor: TestClient, path: str
) -> None:
    visitor.post("/sign-in", data={"name": "Ada"})
    text = visitor.get(path).text
    addresses = re.findall(r'(?:src|href)="([^"#]+\.(?:js|css|svg))"', text)
    assert addresses
    for address in addresses:
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        for module in re.findall(r'from "\./([^"]+)"', answer.text):
            assert visitor.get(f"{address.rpartition('/')[0]}/{module}").status_code == 200


def test_the_licence_of_htmx_comes_along(visitor: TestClient) -> None:
    address = re.search(r'"(/static/[^"]+)/htmx.min.js"', visitor.get("/").text)
    assert address
    assert "Zero-Clause BSD" in visitor.get(f"{address[1]}/htmx.LICENSE.txt").text
    assert visitor.get(f"{address[1]}/../mounting.py").status_code == 404


def test_mistakes_of_the_api_stay_json(visitor: TestClient) -> None:
    assert list(visitor.get("/v1/nothing").json()) == ["error"]
    for method, path in (("DELETE", "/v1/model"), ("POST", "/"), ("PUT", "/review")):
        wrong = visitor.request(method, path)
        assert wrong.status_code == 405
        assert list(wrong.json()) == ["error"]


def test_an_unknown_address_has_a_page(visitor: TestClient) -> None:
    answer = visitor.get("/nothing", params={"text": "a secret product"})
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]
    assert '<a href="/">' in answer.text
    assert "secret" not in answer.text
