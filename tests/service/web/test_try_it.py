"""What the page "Try it" asks for, without a browser."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from site_client import site_client
from starlette.testclient import TestClient

from aisle.data.products import read_products
from aisle.service.api.errors import RefusedError, overloaded
from aisle.service.inference.engine import InferenceEngine
from aisle.service.settings import Limits
from aisle.service.web import try_it
from aisle.service.web.samples import Catalogue

HOSTILE = "</textarea><script>alert(1)</script>"


def taken(visitor: TestClient, data: bytes, name: str = "a.png") -> str:
    """The digest of a picture that was sent."""
    answer = visitor.post("/try/pictures", params={"name": name}, content=data)
    assert answer.status_code == 200, answer.text
    return digests(answer.text)[0]


def digests(html: str) -> list[str]:
    return re.findall(r'name="picture" value="(\w+)"', html)


def answered(visitor: TestClient, text: str = "", pictures: list[str] | None = None):
    return visitor.post("/try/answer", data={"text": text, "picture": pictures or []})


def picture(colour: tuple[int, int, int]) -> bytes:
    file = BytesIO()
    Image.new("RGB", (24, 24), colour).save(file, "PNG")
    return file.getvalue()


def test_a_text_is_answered(visitor: TestClient) -> None:
    answer = answered(visitor, "ceramic coffee mug")
    assert '<h2 class="winner">Mugs</h2>' in answer.text
    assert "There is no picture." in answer.text


def test_several_pictures_are_answered_with_the_text(visitor: TestClient) -> None:
    kept = [taken(visitor, picture(colour)) for colour in ((200, 40, 40), (50, 60, 200))]
    answer = answered(visitor, "cotton shirt", kept)
    assert answer.text.count('class="figure"') == 3
    assert '<h2 class="winner">' in answered(visitor, "", kept).text


def test_nothing_is_answered_with_nothing(visitor: TestClient) -> None:
    assert "The answer comes here" in answered(visitor, " \r\n ").text


def test_a_picture_that_is_not_kept_is_said(visitor: TestClient) -> None:
    answer = answered(visitor, "mug", ["0" * 64])
    assert answer.status_code == 422
    assert "A picture is no longer kept here; pick it again." in answer.text


def test_what_is_no_picture_is_refused(visitor: TestClient) -> None:
    answer = visitor.post("/try/pictures?name=a.txt", content=b"words")
    assert answer.status_code == 422
    assert "not a picture" in answer.json()["error"]


def test_bodies_are_bounded(engine: InferenceEngine, tmp_path: Path, png: bytes) -> None:
    limits = Limits(picture_bytes=100, characters=10)
    with site_client(engine, tmp_path, limits=limits) as visitor:
        assert visitor.post("/try/pictures", content=b"x" * 101).status_code == 413
        assert "at most 10 are read" in answered(visitor, "eleven char").text
        for path in ("/try/answer", "/try/link"):
            answer = visitor.post(path, files={"text": (None, "x" * 1_000)})
            assert answer.status_code == 400
            assert "he form cannot be read" in answer.text


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (overloaded("5 products wait"), 503, "5 products wait; try again in a moment."),
        (RefusedError(504, "there was no answer in time"), 504, "There was no answer in time."),
        (ValueError("a secret product"), 500, "The product could not be answered."),
    ],
)
def test_what_goes_wrong_is_a_line(
    visitor: TestClient, error: Exception, status: int, said: str, monkeypatch
) -> None:
    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(try_it, "ask", fail)
    answer = answered(visitor, "mug")
    assert (answer.status_code, said in answer.text) == (status, True)
    assert "secret" not in answer.text


def test_samples_bring_text_and_pictures(
    engine: InferenceEngine, tmp_path: Path, shop_file: Path
) -> None:
    catalogue = Catalogue(read_products(shop_file).items)
    with site_client(engine, tmp_path, catalogue=catalogue) as visitor:
        strip = visitor.get("/try/samples").text
        assert strip.count("data-sample") == 8
        kept = digests(visitor.get("/try/samples/0").text)
        assert len(kept) == 1
        assert '<h2 class="winner">' in answered(visitor, "", kept).text
        for number in (8, -1):
            assert visitor.get(f"/try/samples/{number}").status_code == 422


def test_a_link_brings_text_and_pictures_back(visitor: TestClient, png: bytes) -> None:
    kept = [taken(visitor, png), taken(visitor, picture((1, 2, 3)))]
    link = visitor.post("/try/link", data={"text": HOSTILE, "picture": kept}).json()["link"]
    page = visitor.get(link).text
    assert digests(page) == kept
    assert "&lt;/textarea&gt;&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_pictures_that_a_link_has_lost_are_said(visitor: TestClient) -> None:
    assert "not kept here" not in visitor.get("/").text
    assert "A picture of this link is not kept here" in visitor.get("/?picture=x").text
    assert "2 pictures of this link are not kept" in visitor.get("/?picture=x&picture=y").text


def test_a_text_too_long_for_a_link_is_said(visitor: TestClient) -> None:
    answer = visitor.post("/try/link", data={"text": "mug " * 5_000})
    assert answer.status_code == 422
    assert "too long for a link" in answer.json()["error"]


def test_each_request_needs_a_session_where_there_are_keys(stranger: TestClient) -> None:
    for path in ("/try/samples", "/try/samples/0"):
        assert stranger.get(path).status_code == 401
    for path in ("/try/pictures", "/try/answer", "/try/link"):
        assert stranger.post(path).status_code == 401
    assert 'sign in again. <a href="/sign-in">' in answered(stranger, "mug").text
    stranger.post("/sign-in", data={"key": "see-only"})
    assert answered(stranger, "coffee mug").status_code == 200


def test_two_models_answer(engine: InferenceEngine, tmp_path: Path, model_folder: Path) -> None:
    from site_client import site_engine

    with site_client(engine, tmp_path, second=site_engine(model_folder)) as visitor:
        assert '<div class="try two">' in visitor.get("/").text
        answer = answered(visitor, "coffee mug").text
    assert answer.count('class="winner"') == 2
    assert "Both models give the same answer." in answer
