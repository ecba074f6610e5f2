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
from thread_crew import slow_crew
from aisle.data.products import read_products
from aisle.review.store import open_database
from aisle.review.desk import Desk, DeskSettings
from aisle.review.picture_store import PictureStore
from aisle.service.app import make_app
from aisle.service.engine import Engine
from aisle.service.api.keys import Keys
from aisle.service.pages.catalogue import Catalogue
from aisle.service.pages.mounting import mount
from aisle.service.pages.site import Site
from aisle.service.running import run
from aisle.service.settings import Limits, Pace
given = json.loads(sys.argv[1])
data = Path(given["data"])
recruit = slow_crew(given["delay"], only_why=True)
engine = Engine(given["model"], Pace(**given["pace"]), recruit)
beside = Engine(given["beside"], recruit=recruit) if given["beside"] else None
products = read_products(given["catalogue"]).items if given["catalogue"] else ()
catalogue = Catalogue(products)
limits, keys = Limits(), Keys.from_text(given["keys"])
data.mkdir(parents=True, exist_ok=True)
database = open_database(given["database"] or f"sqlite:///{data / 'aisle.db'}")
desk = Desk(database, PictureStore(data / "pictures"), DeskSettings(given["lease_seconds"]))
app = make_app(engine, limits, keys, desk)
mount(app, Site(engine, limits, keys, desk, data, beside, catalogue))
run(app, port=given["port"])
"""
)


@contextmanager
def serving_site(
    model: Path,
    data: Path,
    *,
    keys: Mapping[str, str] | None = None,
    beside: Path | None = None,
    catalogue: Path | None = None,
    **settings: object,
) -> Iterator[Server]:
    """Serves API and pages; `.url` of what this yields is the address.

    Args:
        model: a model folder.
        data: the data folder, kept when the server ends.
        keys: roles ("classify", "review", "admin") by key; without any the site is open.
        beside: a second model.
        catalogue: a table of products with pictures.
        settings: `delay` (seconds that each answer with reasons takes longer), `pace` (a dict for
            `Pace`), `database` (a URL; SQLite in the data folder by default), `lease_seconds`,
            `port` (any that is free by default).
    """
    given = {"delay": 0.0, "pace": {}, "database": "", "lease_seconds": 300, "port": 0} | settings
    given |= {"model": str(model), "data": str(data), "keys": _hashed(keys or {})}
    given |= {"beside": beside and str(beside), "catalogue": catalogue and str(catalogue)}
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
