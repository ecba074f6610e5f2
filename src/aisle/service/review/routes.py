"""The routes of the review desk."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.requests import ClientDisconnect

from aisle.review.records import Order, Progress
from aisle.schema import Decision
from aisle.service.bodies import body_chunks
from aisle.service.engine import Engine
from aisle.service.lines import split_lines
from aisle.service.refusals import GONE, RefusedError
from aisle.service.renditions import WIDTH, picture_response
from aisle.service.review.access import Reviewer, TheDesk, at_the_desk, read_json
from aisle.service.review.deciding import keep_decision
from aisle.service.review.export import Format, export_response
from aisle.service.review.intake import Intake
from aisle.service.review.messages import (
    Decided,
    DecisionIn,
    Held,
    LeaseIn,
    Listed,
    Renewed,
    Taken,
    Token,
    UndoIn,
    answers_with,
    decision_body,
    lease_body,
    queued_lines,
    undo_body,
)
from aisle.service.routes import FAILURES, Failure
from aisle.service.settings import Limits
from aisle.service.streaming import MEDIA_TYPE, Streams

_MOST_LISTED = 500
_LEASE = "/v1/review/lease/{lease}"
_STALE: dict[int | str, dict[str, Any]] = {
    409: {"model": Failure, "description": "The lease is stale"}
}

Lease = Annotated[Token, Path()]
router = APIRouter(
    responses=FAILURES | {404: {"model": Failure, "description": "Not here"}}, tags=["review"]
)


@router.post(
    "/v1/review/products",
    openapi_extra=queued_lines(MEDIA_TYPE),
    responses=answers_with("taken"),
)
async def take_products(
    request: Request,
    desk: TheDesk,
    all_of_them: Annotated[
        bool, Query(alias="all", description="Whether also those that the model would assign.")
    ] = False,
) -> Taken:
    """Puts products into the queue: JSON Lines of products as /v1/classify takes them, with an id.

    A line may have a `value`, what a right category is worth, and an `answer` as /v1/classify gives
    it. Those that come without one are placed by the model of the service, and wait for a person
    where it would not assign them. A product of the same id that waits is renewed; one that was
    decided is left alone, so that the same lines can be sent again.
    """
    engine: Engine = request.app.state.engine
    limits: Limits = request.app.state.limits
    streams: Streams = request.app.state.streams
    intake = Intake(desk, engine, limits, set(Decision) if all_of_them else {Decision.REVIEW})
    chunks = body_chunks(request, engine.pace.seconds)
    try:
        with streams:
            return await intake.take_all(split_lines(chunks, limits.body_bytes))
    except ClientDisconnect as error:
        raise RefusedError(GONE, "the caller has gone") from error


@router.post("/v1/review/lease", openapi_extra=lease_body(), responses=answers_with("held"))
async def lease(request: Request, desk: TheDesk, reviewer: Reviewer) -> Held:
    """Gives the next product, which nobody else gets until the lease expires."""
    given = await read_json(request, LeaseIn)
    return Held(task=await at_the_desk(lambda: desk.lease(reviewer, given.order)))


@router.post(f"{_LEASE}/renew", responses=_STALE | answers_with("renewed"))
async def renew(lease: Lease, desk: TheDesk) -> Renewed:
    """Holds a product longer."""
    return Renewed(expires=await at_the_desk(lambda: desk.renew(lease)))


@router.post(f"{_LEASE}/release", status_code=HTTPStatus.NO_CONTENT)
async def release(lease: Lease, desk: TheDesk) -> None:
    """Gives a product back undecided; a stale lease holds nothing that could be given back."""
    await at_the_desk(lambda: desk.release(lease))


@router.post(
    "/v1/review/decisions",
    openapi_extra=decision_body(),
    responses=_STALE | answers_with("decided"),
)
async def decide(request: Request, desk: TheDesk, reviewer: Reviewer) -> Decided:
    """Assigns a category to the product that is held, skips it, or says that no category fits.

    A product that no category fits waits no more. The decision is on the disk when this answers.
    The same request again answers the same and changes nothing, so that a caller who has not seen
    the answer can ask again.
    """
    given = await read_json(request, DecisionIn)
    return Decided.of(await keep_decision(desk, given, reviewer, request.app.state.engine))


@router.post("/v1/review/undo", openapi_extra=undo_body(), responses=answers_with("held"))
async def undo(request: Request, desk: TheDesk, reviewer: Reviewer) -> Held:
    """Takes back a decision of the reviewer, and gives him the product anew.

    The near-duplicates that were decided with it wait again, too. The same request again takes back
    nothing more and gives the same answer; null where the product has been decided anew, or
    somebody else has it from the queue.
    """
    decision = (await read_json(request, UndoIn)).decision
    return Held(task=await at_the_desk(lambda: desk.undo(decision, reviewer)))


@router.get("/v1/review/alike/{lease}", responses=_STALE | answers_with("listed"))
async def alike(lease: Lease, desk: TheDesk) -> Listed:
    """The near-duplicates of the product that is held: they wait, and nobody holds them.

    At most 60 are listed.
    """
    return Listed(products=await at_the_desk(lambda: desk.alike(lease)))


@router.get("/v1/review/progress", responses=answers_with("progress"))
async def progress(desk: TheDesk) -> Progress:
    """How far the queue is."""
    return await at_the_desk(desk.progress)


@router.get("/v1/review/queue", responses=answers_with("listed"))
async def queue(
    desk: TheDesk,
    order: Order = Order.WORST,
    limit: Annotated[int, Query(ge=1, le=_MOST_LISTED)] = 50,
) -> Listed:
    """The products that come next."""
    return Listed(products=await at_the_desk(lambda: desk.queue(order, limit)))


@router.get(
    "/v1/review/decisions",
    response_class=Response,
    responses={
        200: {"content": {one.media_type: {"schema": {"type": "string"}} for one in Format}}
    },
)
async def decisions(
    request: Request,
    desk: TheDesk,
    kind: Annotated[Format, Query(alias="format")] = Format.PARQUET,
) -> Response:
    """All that reviewers have decided, as a table that `aisle fit --reviews` takes.

    Where no category fits, `category` is empty. Parquet brings the pictures along.
    """
    engine: Engine = request.app.state.engine
    texts = engine.answering.columns_.text
    return await at_the_desk(lambda: export_response(desk, texts, kind))


@router.get(
    "/v1/review/pictures/{digest}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {"schema": {"type": "string"}}}}},
)
async def picture(
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    desk: TheDesk,
    width: Annotated[int, Query(ge=16, le=1_600, description="Of the longer side.")] = WIDTH,
) -> Response:
    """A picture of the queue, as JPEG."""
    return await asyncio.to_thread(picture_response, desk.pictures, digest, width)
