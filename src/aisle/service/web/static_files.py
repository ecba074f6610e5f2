"""Scripts and styles, under an address that changes with their content."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import aisle.evaluation

_FOLDER = Path(__file__).parent / "static"
_SHARED = {"style.css": Path(aisle.evaluation.__file__).parent / "templates" / "style.css"}
"""What pages and reports have in common."""


class VersionedFiles(StaticFiles):
    """The files of the pages; a browser asks for each once, and again when one has changed."""

    def __init__(self) -> None:
        super().__init__(directory=_FOLDER)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """See `StaticFiles.lookup_path`."""
        if shared := _SHARED.get(path):
            return str(shared), shared.stat()
        return super().lookup_path(path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See `StaticFiles.get_response`."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


@cache
def static_root() -> str:
    """The address of the folder, with a digest of all that is in it."""
    digest = hashlib.sha256()
    for file in (*sorted(_FOLDER.iterdir()), *_SHARED.values()):
        digest.update(file.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def static_address(name: str) -> str:
    """The address of a file."""
    return f"{static_root()}/{name}"
