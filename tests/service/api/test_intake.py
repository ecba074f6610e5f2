"""Bad input: a status, and one sentence that says what to do."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from starlette.testclient import TestClient
from thread_pool import ThreadPool

from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine
from aisle.service.settings import Limits

URL = "/v1/classify"


def image(data: bytes) -> dict[str, str]:
    return {"image": b64encode(data).decode()}


def big(kind: str, side: int) -> bytes:
    file = BytesIO()
    Image.new("L", (side, side)).save(file, kind)
    return file.getvalue()


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
BODIES = {
    "not a picture": (image(b"hello"), 422, "not a picture in a known format"),
    "0 bytes": (image(b""), 422, "empty"),
    "SVG": (image(b'<?xml version="1.0"?><svg xmlns="x"/>'), 422, "SVG"),
    "HEIC": (image(HEIC), 422, "HEIC"),
    "EPS": (image(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"), 422, ""),
    "bomb": (image(big("PNG", 6_000)), 422, "megapixels"),
    "address": ({"image": "HTTPS://10.0.0.1/a.png"}, 422, "not fetched"),
    "no base64": ({"image": "a*b"}, 422, "base64"),
    "base64 beyond ASCII": ({"image": "ä"}, 422, "base64"),
    "nothing": ({}, 422, "nothing to look at"),
    "empty": ({"text": " ", "texts": None}, 422, "nothing to look at"),
    "text twice": ({"text": "a", "texts": ["b"]}, 422, "both text and texts"),
    "long text": ({"text": "a" * 1_048_576}, 422, "at most 100000"),
    "many pictures": ({"text": "a", "images": ["aaaa"] * 9}, 422, "at most 8"),
    "many texts": ({"texts": ["a"] * 33}, 422, "at most 32"),
    "unknown field": ({"text": "a", "colour": "red"}, 422, "'colour'"),
    "wrong type": ({"text": 5}, 422, "text: "),
    "no object": ([], 422, "object"),
    "long id": ({"id": "a" * 2_000, "text": "a"}, 422, "id"),
}
RAW = {
    "no JSON": (b"{", 400, "JSON"),
    "no bytes": (b"", 400, "JSON"),
    "not UTF-8": (b'{"text": "\xff"}', 400, "JSON"),
    "lone surrogate": (rb'{"text": "\ud800"}', 400, "JSON"),
    "NaN": (b'{"text": NaN}', 422, "text"),
    "deep": (b"[" * 100_000, 400, "JSON"),
}


@pytest.mark.parametrize("name", BODIES)
def test_products(client: TestClient, name: str) -> None:
    body, status, words = BODIES[name]
    expect(client.post(URL, json=body), status, words)


@pytest.mark.parametrize("name", RAW)
def test_bytes(client: TestClient, name: str) -> None:
    body, status, words = RAW[name]
    expect(client.post(URL, content=body), status, words)


def test_routes_and_methods(client: TestClient) -> None:
    expect(client.get(URL), 405, "method")
    expect(client.get("/v1/nothing"), 404, "nothing here")
    expect(client.post(f"{URL}?explain=perhaps", json={"text": "a"}), 422, "explain")
    expect(client.post(URL, content=b"a", headers={"content-type": "image/png"}), 415, "type")
    form = {"content-type": "multipart/form-data; boundary=x"}
    expect(client.post("/v1/classify/batch", content=b"", headers=form), 415, "JSON Lines")


def test_forms(client: TestClient, png: bytes) -> None:
    form = "multipart/form-data"
    expect(client.post(URL, content=b"a", headers={"content-type": form}), 400, "boundary")
    for body in (b"garbage", b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nmug'):
        headers = {"content-type": f"{form}; boundary=x"}
        expect(client.post(URL, content=body, headers=headers), 400, "form")
    one = [("image", ("a.png", png))]
    expect(client.post(URL, files=one, data={"id": ["a", "b"]}), 422, "more than one id")
    expect(client.post(URL, files=one, data={"brand": "a"}), 422, "'brand'")
    expect(client.post(URL, files=one, data={"image": "http://a/b.png"}), 422, "not fetched")
    expect(client.post(URL, files=[("text", ("a.txt", b"mug"))]), 422, "came as a file")
    part = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--\r\n'
    headers = {"content-type": f"{form}; boundary=x"}
    expect(client.post(URL, content=part, headers=headers), 422, "UTF-8")


@pytest.fixture(scope="module")
def narrow(engine: InferenceEngine) -> Iterator[TestClient]:
    limits = Limits(body_bytes=5_000, budget_bytes=6_000, picture_bytes=1_000)
    with TestClient(
        make_app(InferenceEngine(engine.folder, make_pool=ThreadPool), limits)
    ) as client:
        yield client


def test_large_bodies_with_and_without_a_length(narrow: TestClient) -> None:
    expect(narrow.post(URL, content=b"a" * 5_001), 413, "5000 bytes")
    expect(narrow.post(URL, content=iter([b"a" * 2_000] * 3)), 413, "5000 bytes")
    expect(narrow.post(URL, content=b"a" * 5_000), 400, "JSON")


def test_large_pictures(narrow: TestClient) -> None:
    expect(narrow.post(URL, json=image(b"a" * 1_001)), 422, "1001 bytes")


def test_bodies_in_memory_are_bounded_and_given_back(narrow: TestClient) -> None:
    budget = narrow.app.state.budget
    budget.take(5_000)
    response = narrow.post(URL, json={"text": "a" * 2_000})
    expect(response, 503, "large requests")
    assert response.headers["retry-after"] == "1"
    budget.release(5_000)
    assert narrow.post(URL, json={"text": "a" * 2_000}).status_code == 200
    assert budget.used == 0


def expect(response, status: int, words: str) -> None:
    assert response.status_code == status, response.text
    assert list(response.json()) == ["error"]
    assert words in response.json()["error"]
    assert "\n" not in response.json()["error"]
