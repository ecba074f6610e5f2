"""Questions to a model that may be busy, and to each side of a product."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from aisle.schema import Decision, Prediction, Product, Status
from aisle.service.answering import Question
from aisle.service.api.errors import RefusedError, overloaded, unprocessable
from aisle.service.pages.try_it import asking
from aisle.service.pages.try_it.asking import Answered, ask

WHOLE = Product("", ("a mug",), (b"picture",))


class Oracle:
    """Says what it was asked; refuses the first times."""

    def __init__(self, *refusals: RefusedError, seconds: float = 30.0, delay: float = 0.0) -> None:
        self.folder = Path("oracle")
        self.pace = SimpleNamespace(seconds=seconds)
        self._refusals = [*refusals]
        self._delay = delay

    async def classify(self, question: Question) -> Prediction:
        await asyncio.sleep(self._delay)
        if self._refusals:
            raise self._refusals.pop(0)
        seen = question.product
        said = f"{seen.text} {len(seen.images)} {question.why}"
        return Prediction("", None, 0.0, (), (), Decision.REVIEW, said, (), Status.OK)


def asked(oracle: Oracle, product: Product = WHOLE) -> tuple[Answered, list[str]]:
    heard: list[str] = []
    return asyncio.run(ask(oracle, product, heard.append)), heard


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_LONGEST_PAUSE", 0.001)


def test_each_side_is_asked_alone() -> None:
    answered, heard = asked(Oracle())
    assert answered.whole.decision_reason == "a mug 1 True"
    assert answered.text is not None
    assert answered.text.decision_reason == "a mug 0 False"
    assert answered.picture is not None
    assert answered.picture.decision_reason == " 1 False"
    assert answered.both is answered.whole
    assert heard == []


@pytest.mark.parametrize(
    ("product", "present", "absent"),
    [
        (Product("", ("a mug",)), "text", "picture"),
        (Product("", (), (b"picture",)), "picture", "text"),
    ],
)
def test_a_side_that_is_missing_is_not_asked(product: Product, present: str, absent: str) -> None:
    answered, _ = asked(Oracle(), product)
    assert getattr(answered, present) is answered.whole
    assert getattr(answered, absent) is None
    assert answered.both is None


def test_a_busy_model_is_asked_again() -> None:
    answered, heard = asked(Oracle(overloaded("5 wait"), overloaded("4 wait")), Product("", ("a",)))
    assert answered.whole.decision_reason.startswith("a 0")
    assert heard == ["5 wait; try again in a moment", "4 wait; try again in a moment"]


def test_a_model_that_stays_busy_is_given_up() -> None:
    with pytest.raises(RefusedError, match="overloaded"):
        asked(Oracle(*[overloaded("busy")] * 99))


def test_other_refusals_are_not_asked_again() -> None:
    with pytest.raises(RefusedError, match="no good"):
        asked(Oracle(unprocessable("no good")), Product("", ("a",)))


def test_an_answer_that_does_not_come_is_said() -> None:
    with pytest.raises(RefusedError, match=r"within 0\.01 seconds"):
        asked(Oracle(seconds=0.01, delay=1.0))
