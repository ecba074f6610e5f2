"""The model, its tree, its figures, its documentation."""

from __future__ import annotations

import json
import logging
import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from starlette.testclient import TestClient
from thread_pool import ThreadPool

from aisle.classifier import Classifier
from aisle.service.api.schemas import tree_of
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine
from aisle.service.observability import JsonFormatter, log_event


def test_the_tree(client: TestClient, model: Classifier) -> None:
    tree = client.get("/v1/taxonomy").json()
    paths = {(root["name"], child["name"]) for root in tree["roots"] for child in root["children"]}
    assert paths == set(model.classes_)
    assert (tree["categories"], tree["depth"]) == (4, 2)


def test_an_inner_node_can_be_a_category() -> None:
    (root,) = tree_of([("a", "b"), ("a",)]).roots
    assert root.category
    assert [child.name for child in root.children] == ["b"]


def test_the_model(client: TestClient, model: Classifier) -> None:
    card = client.get("/v1/model").json()
    assert (card["name"], card["categories"], card["rows"]) == (
        "model",
        4,
        model.summary().fit.rows,
    )
    assert set(card["by_modalities"]) == {"text", "image", "text + image"}


def test_metrics_count_what_happened(client: TestClient) -> None:
    client.post("/v1/classify", json={"text": "mug"})
    client.get("/v1/a-path-that-nobody-wrote")
    text = client.get("/metrics").text
    assert re.search(r'aisle_requests_total\{[^}]*route="/v1/classify",status="200"\} [1-9]', text)
    assert 'route="unknown",status="404"' in text
    assert "a-path" not in text
    assert "aisle_queue_products 0.0" in text
    assert re.search(r"aisle_batch_products_count [1-9]", text)
    assert re.search(r'aisle_decisions_total\{decision="\w+",status="ok"\} [1-9]', text)


def test_the_documentation_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert loaded
    assert all(address.startswith("/") for address in loaded)
    assert all(client.get(address).status_code == 200 for address in loaded)
    paths = client.get("/openapi.json").json()["paths"]
    body = paths["/v1/classify"]["post"]["requestBody"]["content"]
    for example in body["application/json"]["examples"].values():
        assert client.post("/v1/classify", json=example["value"]).status_code == 200


def test_reloading_takes_a_new_model_and_refuses_a_damaged_one(
    model_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    with TestClient(make_app(InferenceEngine(folder, make_pool=ThreadPool))) as client:
        before = client.get("/v1/model").json()["loaded"]
        assert client.post("/v1/model/reload").json()["loaded"] > before
        shutil.rmtree(folder)
        refused = client.post("/v1/model/reload")
        assert refused.status_code == 409
        assert str(tmp_path) not in refused.text
        assert client.post("/v1/classify", json={"text": "mug"}).status_code == 200


def test_reloading_takes_all_models_that_can_be_loaded(model_folder: Path, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second", "third")]
    for folder in folders:
        shutil.copytree(model_folder, folder)
    first, *others = engines = [InferenceEngine(folder, make_pool=ThreadPool) for folder in folders]
    app = make_app(first)
    app.state.engines += others
    with TestClient(app) as client:
        assert all(one.ready for one in engines)
        before = [one.loaded for one in engines]
        assert client.post("/v1/model/reload").status_code == 200
        middle = [one.loaded for one in engines]
        assert all(now > then for now, then in zip(middle, before, strict=True))
        shutil.rmtree(folders[1])
        assert client.post("/v1/model/reload").status_code == 409
        after = [one.loaded for one in engines]
        assert [now > then for now, then in zip(after, middle, strict=True)] == [True, False, True]
    assert not any(one.ready for one in engines)


def test_a_failure_within_is_a_sentence_and_the_log_quotes_nobody(
    engine: InferenceEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("secret mug")

    with (
        TestClient(make_app(InferenceEngine(engine.folder, make_pool=ThreadPool))) as client,
        caplog.at_level(logging.INFO),
    ):
        monkeypatch.setattr(Classifier, "predict", fail)
        broken = client.post("/v1/classify", json={"text": "secret mug"})
        assert broken.status_code == 500
        assert list(broken.json()) == ["error"]
        monkeypatch.setattr("aisle.service.api.routes.card_of", fail)
        assert client.get("/v1/model").status_code == 500
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any(json.loads(line).get("error") == "ValueError" for line in lines)
    assert "secret" not in "".join(lines)


def test_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log_event("info", "request", route="/v1/classify", status=200, ms=1.5)
    line = json.loads(JsonFormatter().format(caplog.records[0]))
    assert (line["event"], line["route"], line["ms"]) == ("request", "/v1/classify", 1.5)
