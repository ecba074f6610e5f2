"""The service with its pages, without a socket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from review_service import open_desk
from starlette.testclient import TestClient
from thread_pool import ThreadPool

from aisle.service.api.keys import Keys, hash_key
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine
from aisle.service.settings import Limits
from aisle.service.web.pages import mount_pages
from aisle.service.web.samples import Catalogue
from aisle.service.web.site import Site


@contextmanager
def site_client(
    engine: InferenceEngine,
    data: Path,
    *,
    keys: Mapping[str, str] | None = None,
    second: InferenceEngine | None = None,
    catalogue: Catalogue | None = None,
    limits: Limits | None = None,
) -> Iterator[TestClient]:
    """A visitor who follows no redirects.

    Args:
        engine: what answers.
        data: the data folder.
        keys: roles ("classify", "review", "admin") by key; without any the site is open.
        second: another model to compare with.
        catalogue: products with pictures.
        limits: what products may bring.
    """
    given = Keys.from_text(
        ",".join(f"{role}:{hash_key(key)}" for key, role in (keys or {}).items())
    )
    limits = limits or Limits()
    with closing(open_desk(data)) as desk:
        app = make_app(engine, limits, given, desk, data=data)
        site = Site(engine, limits, given, desk, data, second, catalogue or Catalogue())
        mount_pages(app, site)
        with TestClient(app, follow_redirects=False) as client:
            yield client


def site_engine(folder: Path) -> InferenceEngine:
    """What answers in the process of the test."""
    return InferenceEngine(folder, make_pool=ThreadPool)
