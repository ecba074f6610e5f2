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
    from aisle.service.web.samples import Catalogue

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
    help="The folder of the review desk: its queue, pictures and decisions.",
)
@click.option(
    "--database",
    metavar="URL",
    help="Keep queue and decisions here instead: postgresql://USER:PASSWORD@HOST/NAME.",
)
@click.option(
    "--fetch-from",
    "hosts",
    metavar="HOST",
    multiple=True,
    help="Fetch pictures from this host, or from *.example.com, where callers send addresses"
    " (repeatable). Other hosts are refused.",
)
@click.option(
    "--compare-with",
    "second_model",
    type=TABLE,
    metavar="MODEL2",
    help="A second model; the page shows its answers next to those of the first.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="The number of processes that answer.  [default: one a core, 4 at most]",
)
@click.option(
    "--catalogue",
    type=TABLE,
    metavar="TABLE",
    help="Products to try the model with; their pictures are shown where answers resemble them.",
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
    second_model: Path | None,
    workers: int | None,
    catalogue: Path | None,
    image_root: Path | None,
) -> None:
    """Answer over HTTP, with pages to try the model and to review; /docs lists all routes.

    Without a MODEL the one inside the package answers. SIGTERM or Ctrl-C stops the service after it
    has answered what it accepted; SIGHUP loads MODEL and MODEL2 again.

    Example: aisle serve model --port 8765
    """
    from aisle.service import require_extra

    require_extra()
    from aisle.service.api.keys import VARIABLE, Keys
    from aisle.service.inference.workers import fork_server

    keys = Keys.from_file(keys_file) if keys_file else Keys.from_text(os.environ.get(VARIABLE, ""))
    fork_server()  # what child processes need is imported while this one imports what it needs
    from aisle.service.inference.engine import InferenceEngine
    from aisle.service.settings import InferenceSettings, Limits

    limits = Limits()
    settings = InferenceSettings(workers=workers) if workers else InferenceSettings()
    with ExitStack() as opened:
        engine = InferenceEngine(model or FLIPKART, settings)
        second = (
            InferenceEngine(second_model, InferenceSettings(workers=1)) if second_model else None
        )
        for one in filter(None, (engine, second)):
            opened.callback(one.dismiss)
            one.open()
        from aisle.service.api.auth import LocalNames
        from aisle.service.app import make_app
        from aisle.service.fetching import PictureFetcher
        from aisle.service.server import is_loopback, run
        from aisle.service.web.pages import mount_pages
        from aisle.service.web.site import Site

        fetcher = PictureFetcher(hosts, limits) if hosts else None
        shown = _catalogue(catalogue, image_root)
        desk, kind = _open_desk(data, database)
        app = make_app(engine, limits, keys, desk, fetcher, data)
        if not keys and is_loopback(host):
            app.add_middleware(LocalNames)
        mount_pages(app, Site(engine, limits, keys, desk, data, second, shown))
        run(app, host, port, {"data": str(data), "database": kind})


def _catalogue(table: Path | None, image_root: Path | None) -> Catalogue:
    """The products that pages show; prints notes about the table.

    Raises:
        TableError: they cannot be read.
    """
    from aisle.data.products import read_products
    from aisle.service.web.samples import Catalogue

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
