"""`aisle serve`: the service and its pages over one model and one queue."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aisle.cli.column_options import TABLE
from aisle.pack import FLIPKART

if TYPE_CHECKING:
    from aisle.review.desk import Desk
    from aisle.service.pages.catalogue import Catalogue

_DATABASE = "aisle.db"


@click.command(short_help="Answer over HTTP, with pages to try the model and to review.")
@click.argument("model", type=TABLE, required=False)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port; 0 for any that is free.")
@click.option(
    "--keys",
    "keys_file",
    type=TABLE,
    metavar="FILE",
    help="A TOML file of hashed API keys with their roles; without any the service is open.",
)
@click.option(
    "--data",
    type=TABLE,
    default=Path("aisle-data"),
    show_default=True,
    metavar="DIR",
    help="Where the queue of products to review, their pictures and what was decided are kept.",
)
@click.option(
    "--database",
    metavar="URL",
    help="Where the queue is kept instead: postgresql://USER:PASSWORD@HOST/NAME.",
)
@click.option(
    "--fetch-from",
    "hosts",
    metavar="HOST",
    multiple=True,
    help="A host, or *.example.com, whose pictures are fetched where callers send their addresses"
    " (repeatable); without any they are refused.",
)
@click.option(
    "--beside",
    type=TABLE,
    metavar="MODEL2",
    help="A second model, whose answers the page shows beside those of the first.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="So many processes answer beside each other  [default: one a core, 4 at most].",
)
@click.option(
    "--catalogue",
    type=TABLE,
    metavar="TABLE",
    help="Products to try the model with, and the pictures of those that answers resemble.",
)
@click.option("--image-root", type=TABLE, metavar="DIR", help="Where its picture names start.")
def serve(  # noqa: PLR0913 - one parameter a flag
    model: Path | None,
    host: str,
    port: int,
    keys_file: Path | None,
    data: Path,
    database: str | None,
    hosts: tuple[str, ...],
    beside: Path | None,
    workers: int | None,
    catalogue: Path | None,
    image_root: Path | None,
) -> None:
    """Answer over HTTP, show pages to try the model and to review; /docs tells all routes.

    Without a MODEL the one inside the package answers. SIGTERM or Ctrl-C stops the service after it
    has answered what it accepted; SIGHUP loads MODEL and MODEL2 anew.
    """
    from aisle.service import require_extra

    require_extra()
    from aisle.service.api.keys import VARIABLE, Keys
    from aisle.service.forking import context

    keys = Keys.from_file(keys_file) if keys_file else Keys.from_text(os.environ.get(VARIABLE, ""))
    context()  # what child processes need is imported while this one imports what it needs
    from aisle.service.engine import Engine
    from aisle.service.settings import Limits, Pace

    limits = Limits()
    with ExitStack() as opened:
        engine = Engine(model or FLIPKART, Pace(workers=workers) if workers else Pace())
        second = Engine(beside, Pace(workers=1)) if beside else None
        for one in filter(None, (engine, second)):
            opened.callback(one.dismiss)
            one.open()
        from aisle.service.app import make_app
        from aisle.service.fetching import Fetcher
        from aisle.service.origin import LocalNames
        from aisle.service.pages.mounting import mount
        from aisle.service.pages.site import Site
        from aisle.service.running import is_loopback, run

        fetcher = Fetcher(hosts, limits) if hosts else None
        shown = _catalogue(catalogue, image_root)
        desk, kind = _open_desk(data, database)
        app = make_app(engine, limits, keys, desk, fetcher)
        if not keys and is_loopback(host):
            app.add_middleware(LocalNames)
        mount(app, Site(engine, limits, keys, desk, data, second, shown))
        run(app, host, port, {"data": str(data), "database": kind})


def _catalogue(table: Path | None, image_root: Path | None) -> Catalogue:
    """The products that pages show, and on the terminal what was noticed about them.

    Raises:
        TableError: they cannot be read.
    """
    from aisle.data.products import read_products
    from aisle.service.pages.catalogue import Catalogue

    if table is None:
        return Catalogue()
    products = read_products(table, image_root=image_root)
    for note in products.notes:
        click.echo(note, err=True)
    return Catalogue(products.items)


def _open_desk(data: Path, url: str | None) -> tuple[Desk, str]:
    """The queue, and the kind of its database.

    Raises:
        AisleError: the folder or the database cannot be used.
    """
    from aisle.review.desk import Desk
    from aisle.review.picture_store import PictureStore
    from aisle.review.store import open_database

    pictures = PictureStore(data / "pictures")
    database = open_database(url or f"sqlite:///{data / _DATABASE}")
    return Desk(database, pictures), database.dialect.name
