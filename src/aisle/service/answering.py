"""Questions, and a model's answers to a few of them; this runs in the service's child processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from aisle.classifier import Classifier
from aisle.schema import Prediction, Product
from aisle.service.logs import log_trouble


@dataclass(frozen=True)
class Question:
    """A product to place, with or without reasons."""

    product: Product
    why: bool = False


Answer = Prediction | None
"""None where a product could not be answered."""


def answers_to(model: Classifier, questions: Sequence[Question]) -> list[Answer]:
    """One answer a question, in their order; a product breaks no other's answer."""
    answers: dict[int, Answer] = {}
    for why in (False, True):
        rows = [row for row, one in enumerate(questions) if one.why is why]
        products = [questions[row].product for row in rows]
        answers |= zip(rows, _answers(model, products, why), strict=True)
    return [answers[row] for row in range(len(questions))]


def load_warm(folder: str) -> Classifier:
    """The model of a folder with all encoders open, so that the first caller need not wait.

    Raises:
        ModelError: there is no model, or a damaged one.
    """
    model = Classifier.load(folder)
    file = BytesIO()
    Image.new("RGB", (64, 64), "white").save(file, "PNG")
    product = Product("warm", ("a first product",), (file.getvalue(),))
    model.explain([product])
    return model


def _answers(model: Classifier, products: Sequence[Product], why: bool) -> Sequence[Answer]:
    if not products:
        return []
    answer = model.explain if why else model.predict
    try:
        return answer(products)
    except Exception as error:
        if len(products) == 1:
            log_trouble("a product could not be answered", error)
            return [None]
        return [one for product in products for one in _answers(model, [product], why)]
