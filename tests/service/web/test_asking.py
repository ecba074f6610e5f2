"""Questions to a model, about a whole product and each of its modalities."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from aisle.schema import Decision, Prediction, Product, Status
from aisle.service.api.errors import RefusedError, overloaded
from aisle.service.inference.workers import Question
from aisle.service.web.asking import Answered, ask

WHOLE = Product("", ("a mug",), (b"picture",))


class Oracle:
    """Says what it was asked, or refuses."""

    def __init__(
        self, refusal: RefusedError | None = None, seconds: float = 30.0, delay: float = 0.0
    ) -> None:
        self.folder = Path("oracle")
        self.settings = SimpleNamespace(timeout=seconds)
        self._refusal = refusal
        self._delay = delay

    async def predict(self, question: Question) -> Prediction:
        await asyncio.sleep(self._delay)
        if self._refusal:
            raise self._refusal
        seen = question.product
        said = f"{seen.text} {len(seen.images)} {question.explain}"
        return Prediction("", None, 0.0, (), (), Decision.REVIEW, said, (), Status.OK)


def asked(oracle: Oracle, product: Product = WHOLE) -> Answered:
    return asyncio.run(ask(oracle, product))


def test_each_modality_is_asked_alone() -> None:
    answered = asked(Oracle())
    assert answered.whole.decision_reason == "a mug 1 True"
    assert answered.text is not None
    assert answered.text.decision_reason == "a mug 0 False"
    assert answered.image is not None
    assert answered.image.decision_reason == " 1 False"
    assert answered.both is answered.whole


@pytest.mark.parametrize(
    ("product", "present", "absent"),
    [
        (Product("", ("a mug",)), "text", "image"),
        (Product("", (), (b"picture",)), "image", "text"),
    ],
)
def test_a_modality_that_is_missing_is_not_asked(
    product: Product, present: str, absent: str
) -> None:
    answered = asked(Oracle(), product)
    assert getattr(answered, present) is answered.whole
    assert getattr(answered, absent) is None
    assert answered.both is None


def test_a_busy_model_refuses() -> None:
    with pytest.raises(RefusedError, match="try again in a moment") as caught:
        asked(Oracle(overloaded("5 wait")))
    assert caught.value.status == 503


def test_an_answer_that_does_not_come_is_said() -> None:
    with pytest.raises(RefusedError, match=r"within 0\.01 seconds"):
        asked(Oracle(seconds=0.01, delay=1.0))
