"""The routes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from aisle.errors import AisleError
from aisle.schema import Prediction, Product
from aisle.service.answering import Question
from aisle.service.answers import check_read, to_response
from aisle.service.api.auth import needs
from aisle.service.api.errors import RefusedError, overloaded
from aisle.service.api.keys import Role
from aisle.service.bodies import unless_gone, whole_body
from aisle.service.describing import ModelCard, Tree, card_of, tree_of
from aisle.service.engine import Engine, reload_all
from aisle.service.examples import classify_body, lines_body
from aisle.service.fetching import fetched_for
from aisle.service.forms import parts_of_form
from aisle.service.probing import Probe
from aisle.service.products import Fetched, parts_of_json, to_product
from aisle.service.settings import Limits
from aisle.service.streaming import MEDIA_TYPE, LinesResponse, Streams

_FIRST = "1"
"""The id of a product that came alone and without one, as on the command line."""


_SMALL = 200_000
"""Bytes of a body that is sooner read than handed to a thread."""


class Failure(BaseModel):
    """Why there is no answer, in one sentence."""

    error: str


class Health(BaseModel):
    """How the service is."""

    status: str


FAILURES: dict[int | str, dict[str, Any]] = {
    status: {"model": Failure, "description": HTTPStatus(status).phrase}
    for status in (400, 401, 403, 408, 413, 415, 422, 503, 504)
}

router = APIRouter(responses=FAILURES)


@router.post(
    "/v1/classify",
    dependencies=[needs(Role.CLASSIFY)],
    response_model=Prediction,
    openapi_extra=classify_body(),
    tags=["classify"],
)
async def classify(
    request: Request,
    why: Annotated[bool, Query(description="Whether to say why.")] = False,
) -> Response:
    """Places one product by text, pictures or both."""
    limits, seconds = _limits(request), _engine(request).pace.seconds
    _engine(request).check_room()
    async with AsyncExitStack() as held:
        body = await held.enter_async_context(whole_body(request, limits.body_bytes, seconds))
        _engine(request).check_room()  # others may have come while the body did
        fetched = await held.enter_async_context(fetched_for(request, [body]))
        content_type = request.headers.get("content-type", "")
        given = body, content_type, limits, fetched
        small = len(body) <= _SMALL
        product = _product(*given) if small else await asyncio.to_thread(_product, *given)
        answer = await _in_time(request, Question(product, why), seconds)
        check_read(product, answer)
    _engine(request).meters.decisions.labels(answer.decision, answer.status).inc()
    return to_response(answer)


@router.post(
    "/v1/classify/batch",
    dependencies=[needs(Role.CLASSIFY)],
    openapi_extra=lines_body(MEDIA_TYPE),
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    response_class=Response,
    tags=["classify"],
)
async def classify_lines(request: Request) -> Response:
    """Places many products: JSON Lines in, JSON Lines out, one answer a line in the same order.

    Answers are sent while lines still come in. A line that cannot be answered is a line with the
    status `failed`, an error, and its own id or else its number.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise _unsupported("JSON Lines")
    streams: Streams = request.app.state.streams
    return LinesResponse(request, _engine(request), _limits(request), streams)


@router.get("/v1/taxonomy", dependencies=[needs(Role.CLASSIFY)], tags=["model"])
async def taxonomy(request: Request) -> Tree:
    """The category tree that answers come from."""
    return Tree.model_validate(tree_of(_engine(request).answering.classes_))


@router.get("/v1/model", dependencies=[needs(Role.CLASSIFY)], tags=["model"])
async def model(request: Request) -> ModelCard:
    """What answers, and how good it is."""
    engine = _engine(request)
    return card_of(engine.answering, engine.folder.name, engine.loaded)


@router.post(
    "/v1/model/reload",
    dependencies=[needs(Role.ADMIN)],
    responses={409: {"model": Failure, "description": "The model before goes on"}},
    tags=["model"],
)
async def reload(request: Request) -> ModelCard:
    """Loads the model folder anew, and that of a second model; requests are answered meanwhile."""
    engine = _engine(request)
    try:
        await reload_all(request.app.state.engines)
    except AisleError as error:
        sentence = "a model could not be loaded, the one before goes on; the log says why"
        raise RefusedError(HTTPStatus.CONFLICT, sentence) from error
    return card_of(engine.answering, engine.folder.name, engine.loaded)


@router.get("/health/live", tags=["health"])
async def live() -> Health:
    """Whether the process answers."""
    return Health(status="live")


@router.get("/health/ready", tags=["health"])
async def ready(request: Request) -> Health:
    """Whether products can be placed, and reviewed where there is a review desk."""
    if not _engine(request).ready:
        raise overloaded("the service is starting or stopping")
    probe: Probe | None = request.app.state.probe
    if probe is not None and not await probe.succeeds():
        raise overloaded("the database of the review desk cannot be reached", seconds=5)
    return Health(status="ready")


@router.get(
    "/metrics",
    dependencies=[needs(Role.CLASSIFY)],
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    response_class=Response,
    tags=["health"],
)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    return Response(_engine(request).meters.text(), media_type="text/plain; version=0.0.4")


async def _in_time(request: Request, question: Question, seconds: float) -> Prediction:
    try:
        async with asyncio.timeout(seconds):
            return await unless_gone(request, _engine(request).classify(question))
    except TimeoutError as error:
        sentence = f"there was no answer within {seconds:g} seconds; try again later"
        raise RefusedError(HTTPStatus.GATEWAY_TIMEOUT, sentence) from error


def _product(body: bytes, content_type: str, limits: Limits, fetched: Fetched) -> Product:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        parts = parts_of_form(body, content_type)
    elif kind in ("", "application/json"):
        parts = parts_of_json(body, limits, fetched)
    else:
        raise _unsupported("application/json or multipart/form-data")
    return to_product(parts, _FIRST, limits)


def _unsupported(wanted: str) -> RefusedError:
    return RefusedError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body is of another type; send {wanted}"
    )


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _limits(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits
