"""What the page of the model says."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from dataclasses import replace
from pathlib import Path

import pytest

from aisle.classifier import Classifier
from aisle.evaluation.out_of_fold import NodeScore
from aisle.service.web.model_page import branches, view_of, weakest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from site_client import site_client, site_engine
from starlette.testclient import TestClient

from aisle.data.products import Products


def test_the_largest_modality_set_comes_first(model: Classifier) -> None:
    assert view_of(model).name == "text + image"
    assert view_of(model, "image").name == "image"
    assert view_of(model, "smell").name == "text + image"


def test_experts_are_those_that_look_at_it(model: Classifier) -> None:
    by_name = {one.name: one.modalities for one in model.summary().members}
    shown = view_of(model, "image").experts
    assert [name for name, _ in shown]
    assert all(by_name[name] == {"image"} for name, _ in shown)
    weights = [weight for _, weight in view_of(model).experts]
    assert weights == sorted(weights, reverse=True)


def test_the_tree_holds_all_categories(model: Classifier) -> None:
    def paths(nodes: list) -> set:
        return {n.score.path for n in nodes} | {p for n in nodes for p in paths(n.children)}

    view = view_of(model)
    assert set(model.classes_) <= paths(view.roots)
    assert sum(root.score.rows for root in view.roots) == view.figures.kept


def test_a_tree_of_three_levels() -> None:
    scores = [NodeScore(path, 1, 1, 1.0) for path in [("a",), ("a", "b"), ("a", "b", "c"), ("d",)]]
    first, second = branches(scores)
    assert [child.score.path for child in first.children[0].children] == [("a", "b", "c")]
    assert second.children == []


def test_the_weakest_are_leaves_with_enough_products() -> None:
    scores = [
        NodeScore(("a",), 2, 100, 0.1),
        NodeScore(("a", "poor"), 1, 50, 0.2),
        NodeScore(("a", "fine"), 1, 50, 1.0),
        NodeScore(("few",), 1, 4, 0.0),
        NodeScore(("none",), 1, 0, None),
        NodeScore(("fair",), 1, 5, 0.8),
    ]
    assert [score.path[-1] for score in weakest(scores)] == ["poor", "fair"]


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
