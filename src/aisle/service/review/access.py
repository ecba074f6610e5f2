"""What all routes of the review desk share: the desk, who reviews, bodies and failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ValidationError

from aisle.errors import InputError, OutputError, StaleLeaseError, StoreError
from aisle.review.desk import Desk
from aisle.service.bodies import whole_body
from aisle.service.engine import Engine
from aisle.service.guard import needs
from aisle.service.keys import NAME_CHARACTERS, ApiKey, Role
from aisle.service.logs import log_trouble
from aisle.service.refusals import RefusedError, malformed, overloaded, unprocessable

ANYONE = "anyone"
"""The reviewer in a service without keys who gives no name."""

_BODY_BYTES = 4_000_000
_threads = ThreadPoolExecutor(8, "aisle-desk")
"""The desk's own: where its database hangs, all else that takes a thread goes on."""

_JSON_TYPES = ("", "application/json")

_Body = TypeVar("_Body", bound=BaseModel)
_Answer = TypeVar("_Answer")
ReviewKey = Annotated[ApiKey | None, needs(Role.REVIEW)]


def desk_of(request: Request, key: ReviewKey) -> Desk:  # noqa: ARG001 - asked for first
    """The desk, for those who may review.

    Raises:
        RefusedError: the service has none, or the caller may not.
    """
    desk: Desk | None = request.app.state.desk
    if desk is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "this service has no review desk")
    return desk


def reviewer_of(
    key: ReviewKey,
    name: Annotated[
        str | None,
        Header(
            alias="X-Reviewer",
            max_length=NAME_CHARACTERS,
            description="Who reviews, in a service without keys; else it is the key's name.",
        ),
    ] = None,
) -> str:
    """Who reviews.

    Raises:
        RefusedError: the name holds characters that are not printed.
    """
    if key is not None:
        return key.name
    if name is not None and not name.isprintable():
        raise unprocessable("X-Reviewer holds characters that are not printed; send a plain name")
    return (name or "").strip() or ANYONE


TheDesk = Annotated[Desk, Depends(desk_of)]
Reviewer = Annotated[str, Depends(reviewer_of)]


async def at_the_desk(work: Callable[[], _Answer]) -> _Answer:
    """What work of the desk comes to, done in a thread of its own.

    Raises:
        RefusedError: the desk cannot do it.
    """
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    except StaleLeaseError as error:
        raise RefusedError(HTTPStatus.CONFLICT, str(error)) from error
    except InputError as error:
        raise unprocessable(str(error)) from error
    except (StoreError, OutputError) as error:
        log_trouble("the queue cannot be used", error)
        raise overloaded("the queue cannot be used now", seconds=5) from error


async def read_json(request: Request, model: type[_Body]) -> _Body:
    """A small body of JSON; none at all is an object without fields.

    Raises:
        RefusedError: it is too large, of another type, no JSON, or says something else.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _JSON_TYPES:
        sentence = "the body is of another type; send application/json"
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, sentence)
    engine: Engine = request.app.state.engine
    async with whole_body(request, _BODY_BYTES, engine.pace.seconds) as body:
        try:
            return model.model_validate_json(body or b"{}")
        except ValidationError as error:
            raise malformed(error) from error
