"""The app: routes, guards and meters around one engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from aisle._version import __version__
from aisle.service.bodies import Held
from aisle.service.engine import Engine
from aisle.service.failures import answer_failures
from aisle.service.fetching import Fetcher
from aisle.service.keys import Keys
from aisle.service.middleware import Drained, Observed
from aisle.service.probing import Probe
from aisle.service.review.routes import router as review_router
from aisle.service.routes import router
from aisle.service.settings import Limits, check_positive
from aisle.service.streaming import Streams

if TYPE_CHECKING:
    from aisle.review.desk import Desk

_ABOUT = "Puts every product into the right category, from its text and its pictures."


def make_app(
    engine: Engine,
    limits: Limits | None = None,
    keys: Keys | None = None,
    desk: Desk | None = None,
    fetcher: Fetcher | None = None,
) -> FastAPI:
    """The service as an ASGI app; pages can be mounted on it.

    The page at /docs loads nothing from elsewhere. What routes share lies in `app.state`: engine,
    limits, keys, desk, probe, fetcher, held, streams; and engines, the list of those that start,
    stop and reload with the app, to which others can be added.

    Args:
        engine: what answers; it is started and stopped with the app.
        limits: what requests may bring.
        keys: who may call; without any the service is open.
        desk: the queue of products to review; without one its routes answer 404.
        fetcher: what fetches pictures whose addresses come; without one they are refused.

    Raises:
        InputError: a limit is 0 or below.
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
    )
    app.state.engine = engine
    app.state.engines = [engine]
    app.state.limits = limits
    app.state.keys = keys or Keys()
    app.state.desk = desk
    app.state.probe = Probe(lambda: desk.queue(limit=0)) if desk else None
    app.state.fetcher = fetcher
    app.state.held = Held(limits.held_bytes)
    app.state.streams = Streams(engine.pace.streams)
    app.include_router(router)
    app.include_router(review_router)
    answer_failures(app)
    app.add_middleware(Drained)
    app.add_middleware(Observed, meters=engine.meters)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    engines: list[Engine] = app.state.engines
    for engine in engines:
        await engine.start()
    yield
    for engine in engines:
        await engine.stop()
    fetcher: Fetcher | None = app.state.fetcher
    if fetcher is not None:
        await fetcher.close()
