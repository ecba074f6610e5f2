"""`aisle serve`: the REST service over one model."""

from __future__ import annotations

import os
from pathlib import Path

import click

from aisle.cli.options import TABLE
from aisle.pack import FLIPKART


@click.command()
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
def serve(model: Path | None, host: str, port: int, keys_file: Path | None) -> None:
    """Answer over HTTP: POST /v1/classify, /v1/classify/batch; /docs tells all of it.

    Without a MODEL the one inside the package answers. SIGTERM or Ctrl-C stops the service after it
    has answered what it accepted; SIGHUP loads the model folder anew.
    """
    from aisle.service import require_fastapi

    require_fastapi()
    from aisle.service.app import make_app
    from aisle.service.engine import Engine
    from aisle.service.keys import VARIABLE, Keys
    from aisle.service.running import run

    keys = Keys.from_file(keys_file) if keys_file else Keys.from_text(os.environ.get(VARIABLE, ""))
    run(make_app(Engine(model or FLIPKART), keys=keys), host, port)
