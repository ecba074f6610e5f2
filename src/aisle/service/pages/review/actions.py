"""What the script of the review page asks for; each request is checked anew."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from aisle.errors import StaleLeaseError
from aisle.review.records import Action, Order
from aisle.service.keys import Role
from aisle.service.pages.review.room import the_room
from aisle.service.pages.review.views import empty_view, matches_view, task_view
from aisle.service.pages.site import the_site
from aisle.service.pages.visitor import Visitor, visitor_of
from aisle.service.refusals import RefusedError
from aisle.service.renditions import WIDTH, picture_response
from aisle.service.review.access import at_the_desk, read_json
from aisle.service.review.categories import assigned_category
from aisle.service.review.export import Format, export_response
from aisle.service.review.messages import DecisionIn, LeaseIn, Token

_LEASES = 16
_QUERY_CHARACTERS = 200

router = APIRouter(prefix="/review", include_in_schema=False)
Query = Annotated[str, Field(max_length=_QUERY_CHARACTERS)]
Leases = Annotated[list[Token], Field(max_length=_LEASES)]


class Leased(BaseModel):
    """Products that the reviewer holds."""

    model_config = ConfigDict(extra="forbid")

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
    given = await read_json(request, DecisionWithRelease)
    if given.action is Action.SKIP:
        await at_the_desk(lambda: the_site().desk.skip(given.lease, visitor.name))
        decided = 0
    else:
        decided = await _assigned(given, visitor)
    the_room().throughput.count(visitor.name, decided)
    return {"decided": decided}


@router.post("/desk/undo")
async def undo(request: Request, visitor: Reviewer) -> dict[str, Any]:
    """Takes back what the reviewer did last, and gives him the product again.

    What he held until now is given back, since it may belong to the group that comes again.
    """
    leases = (await read_json(request, Leased)).leases
    task = await at_the_desk(lambda: _brought_back(visitor.name, leases))
    if task is not None:
        the_room().throughput.take_back(visitor.name)
    return {"task": task}


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
async def decisions(_: Reviewer, format: Format = Format.PARQUET) -> Response:
    """All assignments that stand, as a file."""
    site = the_site()
    texts = site.engine.answering.columns_.text
    return await at_the_desk(lambda: export_response(site.desk, texts, format))


async def _assigned(given: DecisionWithRelease, visitor: Visitor) -> int:
    """How many products now have the category.

    Raises:
        RefusedError: there is none, or it cannot be assigned.
    """
    category = assigned_category(given, the_site().engine.answering.taxonomy_)
    desk = the_site().desk
    if not given.also:
        await at_the_desk(lambda: desk.assign(given.lease, category, visitor.name))
        return 1

    def together() -> int:
        _give_back(given.release)
        return desk.assign_alike(given.lease, given.also, category, visitor.name)

    return await at_the_desk(together)


def _taken(name: str, order: Order) -> dict[str, Any] | None:
    desk = the_site().desk
    task = desk.lease(name, order)
    return None if task is None else task_view(task, desk.alike(task.lease) if task.alike else [])


def _brought_back(name: str, leases: Leases) -> dict[str, Any] | None:
    desk = the_site().desk
    task = desk.undo(name)
    if task is None:
        return None
    _give_back(leases)
    return task_view(task, desk.alike(task.lease))


def _give_back(leases: Leases) -> None:
    for lease in leases:
        the_site().desk.release(lease)


def _renewed(lease: str) -> bool:
    try:
        the_site().desk.renew(lease)
    except StaleLeaseError:
        return False
    return True
