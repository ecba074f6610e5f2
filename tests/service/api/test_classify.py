"""One product a request."""

from __future__ import annotations

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from starlette.testclient import TestClient

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.schema import Prediction, Product

URL = "/v1/classify"


def as_sent(prediction: Prediction) -> dict:
    return json.loads(json.dumps(asdict(prediction)))


def same(answer: dict, expected: Prediction) -> bool:
    wanted = as_sent(expected)
    near = pytest.approx(wanted.pop("confidence"), abs=1e-5)
    fields = ("id", "category", "decision", "modalities", "status", "error")
    return answer["confidence"] == near and all(answer[f] == wanted[f] for f in fields)


def test_text_and_picture_as_json(client: TestClient, model: Classifier, png: bytes) -> None:
    body = {"id": "a", "texts": ["cotton shirt", "slim"], "image": b64encode(png).decode()}
    answer = client.post(URL, json=body).json()
    expected = model.predict([Product("a", ("cotton shirt", "slim"), (png,))])[0]
    assert same(answer, expected)
    assert answer["modalities"] == ["text", "image"]
    assert answer["decision_reason"]
    assert [level["category"] for level in answer["levels"]][-1] == answer["category"]
    assert answer["explanation"] is None


def test_text_and_picture_as_a_form(client: TestClient, model: Classifier, png: bytes) -> None:
    form = {"id": "ä", "text": ["pan nonstick", "crêpe"]}
    answer = client.post(URL, data=form, files=[("image", ("x.png", png))])
    expected = model.predict([Product("ä", ("pan nonstick", "crêpe"), (png,))])[0]
    assert answer.status_code == 200
    assert same(answer.json(), expected)


def test_an_explanation_where_it_is_asked_for(client: TestClient, model: Classifier) -> None:
    answer = client.post(f"{URL}?explain=true", json={"text": "coffee mug"}).json()
    expected = model.explain([Product("1", ("coffee mug",))])[0]
    assert answer["explanation"]["words"] == as_sent(expected)["explanation"]["words"]


def test_texts_are_cleaned_as_those_of_tables_are(client: TestClient) -> None:
    plain = client.post(URL, json={"text": "coffee mug"}).json()
    assert client.post(URL, json={"text": " <b>coffee</b>\u200b&nbsp;mug "}).json() == plain


def test_a_number_is_an_id_and_a_data_address_a_picture(client: TestClient, png: bytes) -> None:
    picture = f"data:image/png;base64,{b64encode(png).decode()}"
    answer = client.post(URL, json={"id": 7, "images": [picture]}).json()
    assert answer["id"] == "7"
    assert answer["modalities"] == ["image"]


def test_a_text_of_unknown_words_is_for_review(client: TestClient) -> None:
    answer = client.post(URL, json={"text": "🙂🙃"})
    assert answer.status_code == 200
    assert answer.json()["decision"] == "review"


def test_a_picture_cut_off_leaves_the_text(client: TestClient, png: bytes) -> None:
    body = {"text": "coffee mug", "image": b64encode(png[:-30]).decode()}
    answer = client.post(URL, json=body).json()
    assert (answer["status"], answer["modalities"]) == ("partial", ["text"])
    assert "picture" in answer["error"]
    alone = client.post(URL, json={"image": body["image"]})
    assert alone.status_code == 422


def test_answers_do_not_depend_on_who_asks_beside(
    client: TestClient, model: Classifier, new_shop: Products
) -> None:
    products = new_shop.items[:40]
    expected = model.predict(products)

    def ask(product: Product) -> dict:
        pictures = [
            b64encode(one if isinstance(one, bytes) else one.read_bytes()).decode()
            for one in product.images
        ]
        body = {"id": product.id, "texts": list(product.texts), "images": pictures}
        return client.post(URL, json=body).json()

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(ask, products))
    assert all(map(same, answers, expected))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
fields = st.sampled_from(["id", "text", "texts", "image", "images", "else"])


@settings(max_examples=40)
@given(st.dictionaries(fields, json_values) | json_values)
def test_any_json_is_answered_or_refused_in_a_sentence(client: TestClient, body: object) -> None:
    check(client.post(URL, content=json.dumps(body)))


@settings(max_examples=40)
@given(st.binary(max_size=60), st.sampled_from(["", "application/json", "text/plain", "a;b=/"]))
def test_any_bytes_are_answered_or_refused(client: TestClient, body: bytes, kind: str) -> None:
    check(client.post(URL, content=body, headers={"content-type": kind}))


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            [
                b"--b",
                b"--b--",
                b"\r\n",
                b"\r\n\r\n",
                b"Content-Disposition: form-data; name=",
                b'"text"',
                b'"image"; filename="x"',
                b'"id"',
                b"\xff",
                b"mug",
                b": ",
                b"\x00",
            ]
        ),
        max_size=14,
    )
)
def test_any_form_is_answered_or_refused(client: TestClient, parts: list[bytes]) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    check(client.post(URL, content=b"".join(parts), headers=headers))


def check(response) -> None:
    assert response.status_code == 200 or 400 <= response.status_code < 500
    if response.status_code != 200:
        assert list(response.json()) == ["error"]
        sentence = response.json()["error"]
        assert sentence
        assert "\n" not in sentence
        assert "Traceback" not in sentence
