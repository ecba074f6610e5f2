"""The page on which people try the model: text, pictures or both in, the answer next to them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from aisle.data.pictures.reading import read_bytes
from aisle.errors import AisleError, InputError
from aisle.review.picture_store import PictureStore
from aisle.schema import Product
from aisle.service.api.errors import RefusedError, unprocessable
from aisle.service.api.intake import RawProduct, read_form, to_product
from aisle.service.api.keys import Role
from aisle.service.api.routes import unless_gone
from aisle.service.observability import log_trouble
from aisle.service.web.answer_view import Answered, answer_view, ask, spoken
from aisle.service.web.samples import samples_of
from aisle.service.web.share_links import Shared, follow_link, make_link
from aisle.service.web.site import fragment, page, site_of, turned_away
from aisle.service.web.tried_pictures import TriedPicture, TriedPictures

_PICTURES = "pictures"
_SIGNED_OUT = "your session has ended; sign in again"
_CHARACTER_BYTES = 4
"""The most that a character takes."""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def try_it(
    request: Request, text: str = "", picture: Annotated[tuple[str, ...], Query()] = ()
) -> Response:
    """The page; a link brings a text, and pictures by their digests."""
    if away := turned_away(request, Role.CLASSIFY):
        return away
    site = site_of(request)
    shared = await asyncio.to_thread(follow_link, text, picture, site.data / _PICTURES)
    return page(
        request,
        "try_it.html",
        "Try it",
        text=shared.text,
        missing=shared.missing,
        pictures=await asyncio.to_thread(_shown, request, shared),
        limits=site.limits,
        second=site.second,
    )


@router.get("/try/samples")
async def samples(request: Request) -> Response:
    """Products to click."""
    _check_allowed(request)
    site = site_of(request)
    found = await asyncio.to_thread(samples_of, site.engine.answering, site.catalogue)
    return fragment(request, "samples.html", samples=found)


@router.get("/try/samples/{number}")
async def sample(request: Request, number: int) -> Response:
    """The pictures of a sample, for the list of pictures."""
    _check_allowed(request)
    site = site_of(request)
    found = await asyncio.to_thread(samples_of, site.engine.answering, site.catalogue)
    if not 0 <= number < len(found):
        raise unprocessable(f"there is no sample {number}; load the page again")
    one = found[number]

    def taken() -> list[TriedPicture]:
        files = map(read_bytes, one.pictures[: site.limits.pictures])
        tried = _tried(request)
        return [
            tried.take(data, f"Picture {place}", site.limits)
            for place, data in enumerate(files, start=1)
        ]

    return fragment(request, "pictures.html", pictures=await asyncio.to_thread(taken))


@router.post("/try/pictures")
async def take_picture(request: Request, name: str = "picture") -> Response:
    """Takes a file, and gives its place in the list of pictures."""
    _check_allowed(request)
    data, limits = await request.body(), site_of(request).limits
    taken = await asyncio.to_thread(_tried(request).take, data, name, limits)
    return fragment(request, "pictures.html", pictures=[taken])


@router.post("/try/answer")
async def answer(request: Request) -> Response:
    """The answer to a text and pictures that were taken before."""
    try:
        _check_allowed(request)
        product = await _product(request)
        answers = await unless_gone(request, _answers(request, product)) if product else []
    except RefusedError as error:
        return _trouble(request, str(error), error.status)
    except Exception as error:
        log_trouble("an answer could not be shown", error)
        return _trouble(request, "the product could not be answered", 500)
    views = []
    if product:
        catalogue = site_of(request).catalogue
        views = [await asyncio.to_thread(answer_view, one, product, catalogue) for one in answers]
    heard = spoken(answers) if answers else ""
    return fragment(request, "answer.html", answers=views, spoken=heard)


@router.post("/try/link")
async def link(request: Request) -> Response:
    """A link that brings text and pictures back."""
    _check_allowed(request)
    text, pictures = await _given(request)
    folder = site_of(request).data / _PICTURES
    try:
        made = await asyncio.to_thread(make_link, text, pictures, folder)
    except InputError as error:
        raise unprocessable(str(error)) from error
    return JSONResponse({"link": made})


async def _product(request: Request) -> Product | None:
    """What the form holds, or None where there is nothing to look at.

    Raises:
        RefusedError: it is too much, or a picture is not kept here any more.
    """
    text, pictures = await _given(request)
    if not text.strip() and not pictures:
        return None
    raw = RawProduct(None, [text] if text.strip() else [], pictures)
    return to_product(raw, "", site_of(request).limits)


async def _given(request: Request) -> tuple[str, list[bytes]]:
    """The text and the pictures of the form.

    Raises:
        RefusedError: it is too large, or a picture is not kept here any more.
    """
    limits = site_of(request).limits
    largest = limits.characters * _CHARACTER_BYTES
    form = await read_form(request, fields=limits.pictures + 1, field_bytes=largest)
    text = form.get("text", "")
    text = text.replace("\r\n", "\n") if isinstance(text, str) else ""
    digests = [one for one in form.getlist("picture") if isinstance(one, str)]
    return text, await asyncio.to_thread(_pictures, request, digests)


def _pictures(request: Request, digests: Sequence[str]) -> list[bytes]:
    found = [_tried(request).read(digest) for digest in digests]
    if None in found:
        raise unprocessable("a picture is no longer kept here; pick it again")
    return [one for one in found if one]


async def _answers(request: Request, product: Product) -> list[Answered]:
    site = site_of(request)
    engines = [site.engine, site.second] if site.second else [site.engine]
    return await asyncio.gather(*(ask(engine, product) for engine in engines))


def _shown(request: Request, shared: Shared) -> list[TriedPicture]:
    """The pictures that a link brings."""
    site = site_of(request)
    kept = PictureStore(site.data / _PICTURES) if shared.pictures else None
    shown = []
    for digest in shared.pictures[: site.limits.pictures]:
        try:
            data = kept.read(digest) if kept else b""
            shown.append(_tried(request).take(data, "Picture of the link", site.limits))
        except AisleError:  # it went meanwhile, or the queue holds it though it is broken
            continue
    return shown


def _trouble(request: Request, sentence: str, status: int) -> Response:
    signed_out = status == HTTPStatus.UNAUTHORIZED
    values = {"sentence": sentence, "signed_out": signed_out}
    return fragment(request, "line.html", status=HTTPStatus(status), **values)


def _check_allowed(request: Request) -> None:
    if turned_away(request, Role.CLASSIFY) is not None:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, _SIGNED_OUT)


def _tried(request: Request) -> TriedPictures:
    tried: TriedPictures = request.app.state.tried
    return tried
