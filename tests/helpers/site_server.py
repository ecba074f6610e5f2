"""The service with its pages as a process of its own, as `aisle serve` runs it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from live_service import Server

PROGRAM = (
    f"import sys; sys.path.append({str(Path(__file__).parent)!r})"
    + """
import json
from pathlib import Path
from thread_pool import slow_pool
from aisle.data.products import read_products
from aisle.review.desk import Desk, DeskSettings
from aisle.review.picture_store import PictureStore
from aisle.review.store import open_database
from aisle.service.api.keys import Keys
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine
from aisle.service.server import run
from aisle.service.settings import InferenceSettings, Limits
from aisle.service.web.samples import Catalogue
from aisle.service.web.pages import mount_pages
from aisle.service.web.site import Site
given = json.loads(sys.argv[1])
data = Path(given["data"])
make_pool = slow_pool(given["delay"], only_explain=True)
engine = InferenceEngine(given["model"], InferenceSettings(**given["inference"]), make_pool)
second = InferenceEngine(given["second"], make_pool=make_pool) if given["second"] else None
products = read_products(given["catalogue"]).items if given["catalogue"] else ()
catalogue = Catalogue(products)
limits, keys = Limits(), Keys.from_text(given["keys"])
data.mkdir(parents=True, exist_ok=True)
database = open_database(given["database"] or f"sqlite:///{data / 'aisle.db'}")
desk = Desk(database, PictureStore(data / "pictures"), DeskSettings(given["lease_seconds"]))
app = make_app(engine, limits, keys, desk, data=data)
mount_pages(app, Site(engine, limits, keys, desk, data, second, catalogue))
run(app, port=given["port"])
"""
)


@contextmanager
def serving_site(
    model: Path,
    data: Path,
    *,
    keys: Mapping[str, str] | None = None,
    second: Path | None = None,
    catalogue: Path | None = None,
    **settings: object,
) -> Iterator[Server]:
    """Serves API and pages; `.url` of what this yields is the address.

    Args:
        model: a model folder.
        data: the data folder, kept when the server ends.
        keys: roles ("classify", "review", "admin") by key; without any the site is open.
        second: another model.
        catalogue: a table of products with pictures.
        settings: `delay` (seconds that each answer with reasons takes longer), `inference` (a dict
            for `InferenceSettings`), `database` (a URL; SQLite in the data folder by default),
            `lease_seconds`, `port` (any that is free by default).
    """
    given = {
        "delay": 0.0,
        "inference": {},
        "database": "",
        "lease_seconds": 300,
        "port": 0,
    } | settings
    given |= {"model": str(model), "data": str(data), "keys": _hashed(keys or {})}
    given |= {"second": second and str(second), "catalogue": catalogue and str(catalogue)}
    command = [sys.executable, "-c", PROGRAM, json.dumps(given)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield Server(process)
    finally:
        process.kill()
        process.wait()


def _hashed(keys: Mapping[str, str]) -> str:
    """As in `$AISLE_API_KEYS`."""
    digests = {key: hashlib.sha256(key.encode()).hexdigest() for key in keys}
    return ",".join(f"{role}:{digests[key]}" for key, role in keys.items())
