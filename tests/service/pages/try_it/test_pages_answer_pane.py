"""The answer's place when there is none."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

pytest.importorskip("nicegui", reason="the pages are made with NiceGUI (the extra serve)")

from nicegui import Client, ui

from aisle.schema import Product
from aisle.service.api.errors import RefusedError
from aisle.service.pages.try_it import answer_pane
from aisle.service.pages.try_it.answer_pane import AnswerPane


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RefusedError(504, "there was no answer in time"), "there was no answer in time"),
        (ValueError("a secret product"), "the product could not be answered"),
    ],
)
def test_waiting_ends_whatever_goes_wrong(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise error

    async def work() -> tuple[list[str], str]:
        with Client(ui.page("")):
            pane = AnswerPane(SimpleNamespace(engine=None, beside=None, catalogue=None))
            pane._place.classes("waiting")
            monkeypatch.setattr(pane._state, "say", sentences.append)
            await pane._answer(Product("a", ("mug",)))
            return list(pane._place.classes), pane._spoken.text

    sentences: list[str] = []
    monkeypatch.setattr(answer_pane, "ask", fail)
    classes, spoken = asyncio.run(work())
    assert sentences == [said]
    assert "waiting" not in classes
    assert spoken == ""
