"""The routes of the model: answers, the tree, the model itself, and how the service is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response

from aisle.errors import AisleError
from aisle.schema import Prediction
from aisle.service.api.auth import needs
from aisle.service.api.errors import RefusedError, gone, overloaded, unsupported
from aisle.service.api.intake import check_read, read_product
from aisle.service.api.keys import Role
from aisle.service.api.schemas import (
    FAILURES,
    LINES,
    CategoryTree,
    Failure,
    Health,
    ModelCard,
    card_of,
    product_body,
    raw_body,
    tree_of,
)
from aisle.service.api.streaming import LinesResponse, to_json
from aisle.service.fetching import fetched_for
from aisle.service.inference.engine import InferenceEngine, reload_all
from aisle.service.inference.workers import Question
from aisle.service.observability import StoreProbe

_LINES = '{"id": "B07", "text": "analog watch"}\n{"id": "B08", "text": "coffee mug"}\n'
_Answer = TypeVar("_Answer")

router = APIRouter(responses=FAILURES)


async def the_engine(request: Request) -> InferenceEngine:
    """What answers."""
    engine: InferenceEngine = request.app.state.engine
    return engine


TheEngine = Annotated[InferenceEngine, Depends(the_engine)]


@router.post(
    "/v1/classify",
    dependencies=[needs(Role.CLASSIFY)],
    response_model=Prediction,
    openapi_extra=product_body(),
    tags=["classify"],
)
async def classify(
    request: Request,
    engine: TheEngine,
    explain: Annotated[bool, Query(description="Whether the answer is explained.")] = False,
) -> Response:
    """Predicts the category of one product by text, pictures or both."""
    engine.check_room()
    body = await request.body()
    engine.check_room()  # others may have come while the body did
    async with fetched_for(request, [body]) as fetched:
        product = await read_product(request, request.app.state.limits, fetched)
        answer = await _in_time(request, engine, Question(product, explain))
    check_read(product, answer)
    engine.metrics.decisions.labels(answer.decision, answer.status).inc()
    return Response(to_json(answer), media_type="application/json")


@router.post(
    "/v1/classify/batch",
    dependencies=[needs(Role.CLASSIFY)],
    openapi_extra=raw_body(LINES, _LINES),
    responses={200: {"content": {LINES: {"schema": {"type": "string"}}}}},
    response_class=Response,
    tags=["classify"],
)
async def classify_lines(request: Request, engine: TheEngine) -> Response:
    """Predicts many products: JSON Lines in, JSON Lines out, one answer a line in the same order.

    Answers are sent while lines still come in. A line that cannot be answered is a line with the
    status `failed`, an error, and its own id or else its number.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise unsupported("JSON Lines")
    state = request.app.state
    return LinesResponse(request, engine, state.limits, state.streams)


@router.get("/v1/taxonomy", dependencies=[needs(Role.CLASSIFY)], tags=["model"])
async def taxonomy(engine: TheEngine) -> CategoryTree:
    """The category tree that answers come from."""
    return tree_of(engine.answering.classes_)


@router.get("/v1/model", dependencies=[needs(Role.CLASSIFY)], tags=["model"])
async def model(engine: TheEngine) -> ModelCard:
    """The model that answers, and how good it is."""
    return card_of(engine.answering, engine.folder.name, engine.loaded)


@router.post(
    "/v1/model/reload",
    dependencies=[needs(Role.ADMIN)],
    responses={409: {"model": Failure, "description": "The model before goes on"}},
    tags=["model"],
)
async def reload(request: Request, engine: TheEngine) -> ModelCard:
    """Loads the model folder anew, and that of a second model; requests are answered meanwhile."""
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
async def ready(request: Request, engine: TheEngine) -> Health:
    """Whether products can be predicted, and reviewed where there is a review desk."""
    if not engine.ready:
        raise overloaded("the service is starting or stopping")
    probe: StoreProbe | None = request.app.state.probe
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
async def metrics(engine: TheEngine) -> Response:
    """Figures for Prometheus."""
    return Response(engine.metrics.text(), media_type="text/plain; version=0.0.4")


async def unless_gone(request: Request, work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Waits for work, and cancels it when the caller hangs up.

    Args:
        request: one whose body has been read.
        work: what is being done for it.

    Raises:
        RefusedError: the caller has gone.
    """
    job = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_departure(request))
    try:
        await asyncio.wait({job, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise gone()
        return job.result()
    finally:
        for task in (job, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _in_time(request: Request, engine: InferenceEngine, question: Question) -> Prediction:
    seconds = engine.settings.timeout
    try:
        async with asyncio.timeout(seconds):
            return await unless_gone(request, engine.predict(question))
    except TimeoutError as error:
        sentence = f"there was no answer within {seconds:g} seconds; try again later"
        raise RefusedError(HTTPStatus.GATEWAY_TIMEOUT, sentence) from error


async def _departure(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
