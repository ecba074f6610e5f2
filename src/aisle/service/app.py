"""The app: routes, middleware and metrics around one engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from aisle._version import __version__
from aisle.service.api.auth import SameOrigin, Sessions
from aisle.service.api.errors import answer_failures
from aisle.service.api.keys import Keys
from aisle.service.api.routes import router
from aisle.service.api.streaming import StreamSlots
from aisle.service.fetching import PictureFetcher
from aisle.service.inference.engine import InferenceEngine
from aisle.service.middleware import (
    BodyGuard,
    BodyLimits,
    BodyRule,
    MemoryBudget,
    RequestLog,
)
from aisle.service.observability import StoreProbe
from aisle.service.review.desk_routes import router as review_router
from aisle.service.review.desk_service import DeskService
from aisle.service.review.table_uploads import TableUploads
from aisle.service.settings import Limits, check_positive

if TYPE_CHECKING:
    from pathlib import Path

    from aisle.review.desk import Desk

_ABOUT = "Puts every product into the right category, from its text and its pictures."


def make_app(
    engine: InferenceEngine,
    limits: Limits | None = None,
    keys: Keys | None = None,
    desk: Desk | None = None,
    fetcher: PictureFetcher | None = None,
    data: Path | None = None,
) -> FastAPI:
    """The service as an ASGI app; pages can be mounted on it.

    The page at /docs loads nothing from elsewhere. What routes share lies in `app.state`: engine,
    limits, keys, sessions, desk, uploads, probe, fetcher, budget, streams; and engines, the list of
    those that start, stop and reload with the app, to which others can be added.

    Args:
        engine: what answers; it is started and stopped with the app.
        limits: what requests may bring.
        keys: who may call; without any the service is open.
        desk: the queue of products to review; without one its routes answer 404.
        fetcher: what fetches pictures whose addresses come; without one they are refused.
        data: the folder for the sessions of browsers; without one nobody can sign in.

    Raises:
        InputError: a limit is 0 or below.
        OutputError: the data folder cannot be written.
    """
    limits = limits or Limits()
    check_positive(limits)
    app = FastAPIOffline(
        title="aisle",
        version=__version__,
        description=_ABOUT,
        lifespan=_lifespan,
        redoc_url=None,
        redirect_slashes=False,
        swagger_ui_oauth2_redirect_url="/docs/oauth2-redirect",
        strict_content_type=False,
    )
    app.state.engine = engine
    app.state.engines = [engine]
    app.state.limits = limits
    app.state.keys = keys or Keys()
    app.state.sessions = Sessions(app.state.keys, data) if data else None
    app.state.desk = DeskService(desk, engine) if desk else None
    app.state.uploads = TableUploads(desk, engine, limits) if desk else None
    app.state.probe = StoreProbe(lambda: desk.queue(limit=0)) if desk else None
    app.state.fetcher = fetcher
    app.state.budget = MemoryBudget(limits.budget_bytes)
    app.state.streams = StreamSlots(engine.settings.streams)
    app.include_router(router)
    app.include_router(review_router)
    answer_failures(app)
    app.add_middleware(SameOrigin)
    bodies = BodyLimits(_rules(limits), engine.settings.timeout, limits.bytes_per_second)
    app.add_middleware(BodyGuard, limits=bodies, budget=app.state.budget)
    app.add_middleware(RequestLog, metrics=engine.metrics)
    return app


def _rules(limits: Limits) -> tuple[BodyRule, ...]:
    """What the bodies of requests may be, by their paths."""
    return (
        BodyRule("/v1/classify/batch", None, streamed=True),
        BodyRule("/v1/review/products", None, streamed=True),
        BodyRule("/v1/review/upload", limits.upload_bytes, streamed=True),
        BodyRule("/v1/review/", limits.json_bytes),
        BodyRule("/try/pictures", limits.picture_bytes),
        BodyRule("/", limits.body_bytes),
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    engines: list[InferenceEngine] = app.state.engines
    for engine in engines:
        await engine.start()
    yield
    uploads: TableUploads | None = app.state.uploads
    if uploads is not None:  # before the engine stops
        await uploads.finish(app.state.engine.settings.shutdown_timeout)
    for engine in engines:
        await engine.stop()
    fetcher: PictureFetcher | None = app.state.fetcher
    if fetcher is not None:
        await fetcher.close()
