import gc
import weakref
from types import SimpleNamespace

import pytest

pytest.importorskip("nicegui")
from nicegui import app as gui

from aisle.service.pages.review.room import ReviewRoom
from aisle.taxonomy import Taxonomy


class Model:
    def __init__(self, *names: str) -> None:
        self.taxonomy_ = Taxonomy([(name,) for name in names])


def test_the_tree_is_that_of_the_model_that_answers_and_the_old_one_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = SimpleNamespace(answering=Model("Mugs", "Pans"))
    monkeypatch.setattr(gui, "state", SimpleNamespace(aisle=SimpleNamespace(engine=engine)))
    room = ReviewRoom()
    search = room.tree()
    assert room.tree() is search
    assert search.search("mug") == [("Mugs",)]
    old = weakref.ref(engine.answering)
    engine.answering = Model("Shirts", "Skirts")
    gc.collect()
    assert old() is None, "nobody has searched since, and it is gone"
    assert room.tree().search("shirt") == [("Shirts",)]
