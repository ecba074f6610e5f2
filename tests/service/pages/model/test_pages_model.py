"""What the page of the model says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

pytest.importorskip("nicegui", reason="the pages are made with NiceGUI (the extra serve)")

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.evaluation.charts import dot_radius
from aisle.evaluation.out_of_fold import NodeScore
from aisle.service.describing import card_of
from aisle.service.pages.model.view import branches, view_of, weakest
from aisle.service.pages.rendering import filled


def page_of(model: Classifier, name: str = "shop", evidence: str = "") -> str:
    view = view_of(model, evidence)
    return filled(
        "model.html",
        card=card_of(model, name, datetime(2030, 1, 31, 12, tzinfo=UTC)),
        notes=("one <b>note</b>",),
        view=view,
        radius=lambda one: dot_radius(one, view.figures.reliability),
    )


def test_the_richest_evidence_comes_first(model: Classifier) -> None:
    assert view_of(model).pattern == "text + image"
    assert view_of(model, "image").pattern == "image"
    assert view_of(model, "smell").pattern == "text + image"


def test_experts_are_those_that_look_at_it(model: Classifier) -> None:
    by_name = {seat.name: seat.needs for seat in model.panel_.seats}
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


def test_the_page_tells_the_figures(model: Classifier) -> None:
    text = page_of(model)
    assert "2030-01-31 12:00 UTC" in text
    assert text.count("<svg") == 2
    for path in model.classes_:
        assert path[-1] in text
    assert all(name in text for name, _ in view_of(model).experts)


def test_names_are_text_and_never_markup(shop: Products) -> None:
    from dataclasses import replace

    bad = tuple(
        replace(one, category=("<script>alert(1)</script>", *one.category[1:]))
        for one in shop.items
    )
    model = Classifier((), ()).fit(replace(shop, items=bad))
    text = page_of(model, name="<img src=x>")
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>note" not in text
    assert "&lt;script&gt;" in text
