"""What the page of the model says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from site_client import site_client, site_engine
from starlette.testclient import TestClient

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.service.web.model_view import view_of


def test_the_page_tells_the_figures(visitor: TestClient, model: Classifier) -> None:
    text = visitor.get("/model").text
    assert text.count("<svg") == 2
    for path in model.classes_:
        assert path[-1] in text
    assert all(name in text for name, _ in view_of(model).experts)


def test_a_modality_set_is_chosen(visitor: TestClient) -> None:
    assert "When to trust it: image" in visitor.get("/model?modalities=image").text


def test_names_are_text_and_never_markup(shop: Products, tmp_path: Path) -> None:
    script = "<script>alert(1)</script>"
    bad = tuple(replace(one, category=(script, *one.category[1:])) for one in shop.items)
    folder = tmp_path / "<img src=x>"
    Classifier((), ()).fit(replace(shop, items=bad)).save(folder)
    with site_client(site_engine(folder), tmp_path / "data") as visitor:
        text = visitor.get("/model").text
    assert "<script>" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
