"""What the script of the review page asks for; each request is checked anew."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from aisle.errors import StaleLeaseError
from aisle.review.records import Order, Task
from aisle.service.api.errors import RefusedError
from aisle.service.api.keys import Role
from aisle.service.bodies import read_json
from aisle.service.pages.review.room import the_room
from aisle.service.pages.review.views import (
    TOGETHER,
    Whose,
    empty_view,
    matches_view,
    past_view,
    task_view,
)
from aisle.service.pages.site import the_site
from aisle.service.pages.visitor import Visitor, visitor_of
from aisle.service.review.desk_schemas import DecisionId, DecisionIn, LeaseIn, PastDecisionIn, Token
from aisle.service.review.desk_service import DeskService, at_the_desk
from aisle.service.review.downloads import WIDTH, ExportFormat, export_response, picture_response

_LEASES = 16
_QUERY_CHARACTERS = 200

router = APIRouter(prefix="/review", include_in_schema=False)
Query = Annotated[str, Field(max_length=_QUERY_CHARACTERS)]
Leases = Annotated[list[Token], Field(max_length=_LEASES)]


class Leased(BaseModel):
    """Products that the reviewer holds."""

    model_config = ConfigDict(extra="forbid")

    leases: Leases


class PastDecision(PastDecisionIn):
    """A decision of the past, and what the reviewer holds until its product comes again."""

    leases: Leases


class DecisionWithRelease(DecisionIn):
    """A decision, before which some products that the reviewer holds ahead are given back."""

    release: Leases = []


def reviewer(request: Request) -> Visitor:
    """Who reviews, by the session.

    Raises:
        RefusedError: he has not signed in, or may not.
    """
    visitor = visitor_of(request)
    if visitor is None or not visitor.may(Role.REVIEW):
        raise RefusedError(401, "your session has ended; sign in again")
    return visitor


Reviewer = Annotated[Visitor, Depends(reviewer)]


@router.post("/desk/take")
async def take(request: Request, visitor: Reviewer) -> dict[str, Any]:
    """The next product, or what to show where there is none."""
    order = (await read_json(request, LeaseIn)).order
    task = await at_the_desk(lambda: _taken(visitor.name, order))
    if task is not None:
        return {"task": task}
    return {"task": None, "html": empty_view(await the_room().progress())}


@router.post("/desk/decide")
async def decide(request: Request, visitor: Reviewer) -> dict[str, Any]:
    """Keeps a decision; how many products it was for."""
    given, site = await read_json(request, DecisionWithRelease), the_site()
    if given.release:
        await at_the_desk(lambda: _give_back(given.release))
    told = await DeskService(site.desk, site.engine).decide(given, visitor.name)
    the_room().throughput.count(told.id, visitor.name, told.decided)
    return {"decided": told.decided}


@router.post("/desk/last")
async def last(visitor: Reviewer) -> dict[str, Any]:
    """The decision that the reviewer can take back next, or null."""
    made = await at_the_desk(lambda: the_site().desk.last_decision(visitor.name))
    return {"decision": made and made.id}


@router.post("/desk/undo")
async def undo(request: Request, visitor: Reviewer) -> dict[str, Any]:
    """Takes back a decision of the reviewer, and gives him the product again.

    What he held until now is given back, since it may belong to the group that comes again.
    """
    given, desk = await read_json(request, PastDecision), the_site().desk
    name, leases = visitor.name, given.leases
    task = await at_the_desk(lambda: _brought(desk.undo(given.decision, name), leases))
    the_room().throughput.take_back(given.decision)
    return {"task": task}


@router.post("/desk/again")
async def again(request: Request, visitor: Reviewer) -> dict[str, Any]:
    """Gives the reviewer the product of a past decision, and puts back what he held until now."""
    given, desk = await read_json(request, PastDecision), the_site().desk
    name, leases = visitor.name, given.leases
    task = await at_the_desk(lambda: _brought(desk.look_again(given.decision, name), leases))
    return {"task": task}


@router.get("/past")
async def past(
    visitor: Reviewer, whose: Whose = Whose.MINE, before: DecisionId | None = None
) -> Response:
    """Some past decisions, the newest first, as a list."""
    reviewer = visitor.name if whose is Whose.MINE else None
    records = await at_the_desk(lambda: the_site().desk.past(reviewer, before, TOGETHER + 1))
    return Response(past_view(records), media_type="text/html")


@router.post("/desk/renew")
async def renew(request: Request, _: Reviewer) -> dict[str, Any]:
    """Holds products longer; says which are held no more."""
    leases = (await read_json(request, Leased)).leases
    return {"stale": await at_the_desk(lambda: [one for one in leases if not _renewed(one)])}


@router.post("/desk/release")
async def release(request: Request, _: Reviewer) -> dict[str, Any]:
    """Gives products back."""
    leases = (await read_json(request, Leased)).leases
    await at_the_desk(lambda: _give_back(leases))
    return {}


@router.get("/tree")
async def tree(_: Reviewer, q: Query = "") -> Response:
    """The categories that a query finds, as options of a list."""
    search = the_room().tree()
    found = await asyncio.to_thread(search.search, q)
    return Response(matches_view(found), media_type="text/html")


@router.get("/pictures/{digest}")
async def picture(_: Reviewer, digest: str, width: int = WIDTH) -> Response:
    """A picture of the queue."""
    return await asyncio.to_thread(picture_response, the_site().desk.pictures, digest, width)


@router.get("/decisions")
async def decisions(_: Reviewer, format: ExportFormat = ExportFormat.PARQUET) -> Response:
    """All decisions that stand but skips, as a file."""
    site = the_site()
    texts = site.engine.answering.columns_.text
    return await at_the_desk(lambda: export_response(site.desk, texts, format))


def _taken(name: str, order: Order) -> dict[str, Any] | None:
    desk = the_site().desk
    task = desk.lease(name, order)
    return None if task is None else task_view(task, desk.alike(task.lease) if task.alike else [])


def _brought(task: Task | None, leases: Leases) -> dict[str, Any] | None:
    """A product that comes again, and what was held until now is given back."""
    if task is None:
        return None
    desk = the_site().desk
    _give_back([lease for lease in leases if lease != task.lease])
    return task_view(task, desk.alike(task.lease), desk.standing(task.lease))


def _give_back(leases: Leases) -> None:
    for lease in leases:
        the_site().desk.release(lease)


def _renewed(lease: str) -> bool:
    try:
        the_site().desk.renew(lease)
    except StaleLeaseError:
        return False
    return True
