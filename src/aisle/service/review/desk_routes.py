"""The routes of the review desk, for programs and for the pages."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from aisle.review.records import Order
from aisle.schema import Decision
from aisle.service.api.auth import ReviewCaller, Reviewer
from aisle.service.api.errors import RefusedError, unsupported
from aisle.service.api.intake import media_type
from aisle.service.api.schemas import FAILURES, LINES, Failure, raw_body
from aisle.service.api.streaming import StreamSlots, split_lines
from aisle.service.review import desk_schemas as schemas
from aisle.service.review.desk_service import DeskService, at_the_desk
from aisle.service.review.downloads import WIDTH, ExportFormat, export_response, picture_response
from aisle.service.review.queue_filling import QueueFiller, take_lines
from aisle.service.review.table_uploads import TableUploads
from aisle.service.settings import Limits

_MOST_LISTED = 500
_QUERY_CHARACTERS = 200
_NAME_CHARACTERS = 200
_LEASE = "/v1/review/lease/{lease}"
_STALE: dict[int | str, dict[str, Any]] = {
    409: {"model": Failure, "description": "The lease is stale"}
}


async def the_desk(request: Request, caller: ReviewCaller) -> DeskService:  # noqa: ARG001 - asked first
    """The desk, for those who may review.

    Raises:
        RefusedError: the service has none, or the caller may not.
    """
    desk: DeskService | None = request.app.state.desk
    if desk is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "this service has no review desk")
    return desk


async def the_uploads(request: Request, desk: TheDesk) -> TableUploads:  # noqa: ARG001 - asked first
    """The uploads of the desk."""
    uploads: TableUploads = request.app.state.uploads
    return uploads


async def json_only(request: Request) -> None:
    """Refuses bodies of another type than JSON.

    Raises:
        RefusedError: the body is of another type.
    """
    if media_type(request) not in ("", "application/json"):
        raise unsupported("application/json")


TheDesk = Annotated[DeskService, Depends(the_desk)]
TheUploads = Annotated[TableUploads, Depends(the_uploads)]
Lease = Annotated[schemas.Token, Path()]
Limit = Annotated[int, Query(ge=1, le=_MOST_LISTED)]
JSON_ONLY = [Depends(json_only)]
_WORST_FIRST = schemas.LeaseIn()
router = APIRouter(
    responses=FAILURES | {404: {"model": Failure, "description": "Not here"}}, tags=["review"]
)


@router.post("/v1/review/products", openapi_extra=raw_body(LINES, schemas.LINES_EXAMPLE))
async def take_products(
    request: Request,
    desk: TheDesk,
    all_of_them: Annotated[
        bool, Query(alias="all", description="Whether also those that the model would assign.")
    ] = False,
) -> schemas.Taken:
    """Puts products into the queue: JSON Lines of products as /v1/classify takes them, with an id.

    A line may have a `value`, what a right category is worth, and an `answer` as /v1/classify gives
    it. The model of the service answers those that come without one, and a product that it would
    not assign waits for a person. A product of the same id that waits is renewed; one that was
    decided is left alone, so that the same lines can be sent again.
    """
    limits: Limits = request.app.state.limits
    slots: StreamSlots = request.app.state.streams
    engine = desk.engine
    queued = set(Decision) if all_of_them else {Decision.REVIEW}
    lines = split_lines(request.stream(), limits.body_bytes)
    filler = QueueFiller(desk.desk, engine, queued)
    with slots:
        return await take_lines(lines, filler, frozenset(engine.answering.classes_), limits)


@router.post("/v1/review/lease", dependencies=JSON_ONLY)
async def lease(
    desk: TheDesk, reviewer: Reviewer, given: schemas.LeaseIn = _WORST_FIRST
) -> schemas.Held:
    """Gives the next product, which nobody else gets until the lease expires."""
    return schemas.Held(task=await desk.lease(reviewer, given.order))


@router.post(f"{_LEASE}/renew", responses=_STALE)
async def renew(lease: Lease, desk: TheDesk) -> schemas.Renewed:
    """Holds a product longer."""
    return await desk.renew(lease)


@router.post(f"{_LEASE}/release", status_code=HTTPStatus.NO_CONTENT)
async def release(lease: Lease, desk: TheDesk) -> None:
    """Gives a product back undecided; a stale lease holds nothing that could be given back."""
    await at_the_desk(lambda: desk.desk.release(lease))


@router.get("/v1/review/alike/{lease}", responses=_STALE)
async def alike(lease: Lease, desk: TheDesk) -> schemas.Listed:
    """The near-duplicates of the product that is held: they wait, and nobody holds them.

    At most 60 are listed.
    """
    return schemas.Listed(products=await at_the_desk(lambda: desk.desk.alike(lease)))


@router.post("/v1/review/decisions", dependencies=JSON_ONLY, responses=_STALE)
async def decide(given: schemas.DecisionIn, desk: TheDesk, reviewer: Reviewer) -> schemas.Decided:
    """Assigns a category to the product that is held, skips it, or says that no category fits.

    A product that no category fits waits no more. Leases in `release` are given back first, so that
    their products can be decided along with it. The decision is on the disk when this answers. The
    same request again answers the same and changes nothing, so that a caller who has not seen the
    answer can ask again.
    """
    return await desk.decide(given, reviewer)


@router.get(
    "/v1/review/decisions",
    response_class=Response,
    responses={
        200: {"content": {one.media_type: {"schema": {"type": "string"}} for one in ExportFormat}}
    },
)
async def decisions(
    desk: TheDesk,
    kind: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.PARQUET,
) -> Response:
    """All that reviewers have decided, as a table that `aisle fit --reviews` takes.

    Where no category fits, `category` is empty. Parquet brings the pictures along.
    """
    texts = desk.engine.answering.columns_.text
    return await at_the_desk(lambda: export_response(desk.desk, texts, kind))


@router.get("/v1/review/decisions/last")
async def last(desk: TheDesk, reviewer: Reviewer) -> schemas.LastDecision:
    """The decision that the reviewer can take back next."""
    found = await at_the_desk(lambda: desk.desk.last_decision(reviewer))
    return schemas.LastDecision(decision=found)


@router.post("/v1/review/undo", dependencies=JSON_ONLY)
async def undo(given: schemas.PastDecisionIn, desk: TheDesk, reviewer: Reviewer) -> schemas.Held:
    """Takes back a decision of the reviewer, who gets the product again.

    The near-duplicates that were decided with it wait again, too. The same request again takes back
    nothing more and gives the same answer; null where the product has been decided anew, or
    somebody else has it from the queue. Leases in `release` are given back where a product comes.
    """
    return schemas.Held(task=await desk.undo(given, reviewer))


@router.post("/v1/review/look-again", dependencies=JSON_ONLY)
async def look_again(
    given: schemas.PastDecisionIn, desk: TheDesk, reviewer: Reviewer
) -> schemas.Held:
    """Gives the product of a past decision, anybody's; null where somebody else holds it.

    `standing` is the decision on it, which stands until it is decided anew. Leases in `release` are
    given back where a product comes.
    """
    return schemas.Held(task=await desk.look_again(given, reviewer))


@router.get("/v1/review/history")
async def history(
    desk: TheDesk,
    reviewer: Reviewer,
    whose: schemas.Whose = schemas.Whose.MINE,
    before: schemas.DecisionId | None = None,
    limit: Limit = 50,
) -> schemas.History:
    """Past decisions, the newest first, those that were taken back among them."""
    return await desk.history(reviewer, whose, before, limit)


@router.get("/v1/review/categories")
async def categories(
    desk: TheDesk,
    q: Annotated[str, Query(max_length=_QUERY_CHARACTERS, description="Words, or parts.")] = "",
    limit: Limit = 12,
) -> schemas.Found:
    """The categories of the tree that a search finds, the best first; without words the first."""
    return schemas.Found(categories=await desk.find(q, limit))


@router.get("/v1/review/progress")
async def progress(desk: TheDesk, reviewer: Reviewer) -> schemas.DeskProgress:
    """How far the queue is, and how fast it goes."""
    return await desk.progress(reviewer)


@router.get("/v1/review/queue")
async def queue(desk: TheDesk, order: Order = Order.WORST, limit: Limit = 50) -> schemas.Listed:
    """The products that come next."""
    return schemas.Listed(products=await at_the_desk(lambda: desk.desk.queue(order, limit)))


@router.post(
    "/v1/review/upload",
    status_code=HTTPStatus.ACCEPTED,
    openapi_extra=raw_body("text/csv", "id,title\nB07,Analog watch\n"),
)
async def upload(
    request: Request,
    uploads: TheUploads,
    reviewer: Reviewer,
    name: Annotated[
        str,
        Query(
            min_length=1, max_length=_NAME_CHARACTERS, description="Of the file, with its ending."
        ),
    ],
) -> schemas.UploadState:
    """Takes a table of products as the body, and queues those that the model doubts.

    CSV, TSV, JSON Lines or Parquet, by the ending of the name. Rows are answered after this route
    has; `GET /v1/review/upload` says how far that is. One table is taken at a time.
    """
    return await uploads.take(name, reviewer, request.stream())


@router.get("/v1/review/upload")
async def latest_upload(uploads: TheUploads) -> schemas.LatestUpload:
    """How far the table is that was uploaded last."""
    return schemas.LatestUpload(upload=uploads.latest)


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
    return await asyncio.to_thread(picture_response, desk.desk.pictures, digest, width)
