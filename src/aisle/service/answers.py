"""Predictions as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from http import HTTPStatus

from fastapi import Response

from aisle.schema import Decision, Prediction, Product, Status
from aisle.service.api.errors import unprocessable


def to_json(answer: Prediction) -> bytes:
    """One object without line breaks; paths are lists of names."""
    return json.dumps(asdict(answer), ensure_ascii=False, allow_nan=False).encode()


def to_response(answer: Prediction) -> Response:
    """The answer to one request."""
    return Response(to_json(answer), HTTPStatus.OK, media_type="application/json")


def check_read(product: Product, answer: Prediction) -> None:
    """Whether anything of a product was read, or at least written.

    A text that says nothing to the model is an answer, to be reviewed; a product of pictures alone
    that turn out to be damaged is a mistake of the caller.

    Raises:
        RefusedError: none of the pictures could be decoded, and there is no text.
    """
    if answer.status is Status.FAILED and not product.text:
        raise unprocessable(answer.error)


def failed(key: str, error: str) -> Prediction:
    """What stands in the place of an answer to a line that has none."""
    return Prediction(key, None, 0.0, (), (), Decision.REVIEW, error, (), Status.FAILED, error)
