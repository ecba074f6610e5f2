"""What sessions are signed with."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from aisle.errors import OutputError


def session_secret(folder: Path) -> str:
    """What sessions are signed with: made once, kept in a file that only its owner reads.

    Raises:
        OutputError: the file cannot be written.
    """
    file = folder / "session-secret"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists() or not file.stat().st_size:
            _make_secret(file)
        return file.read_text()
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror or error}") from error


def _make_secret(file: Path) -> None:
    """Writes the file whole or not at all; of two servers that start at once the first wins.

    An empty file, as a full disk leaves it, counts as absent.
    """
    if file.exists():
        file.unlink()
    with NamedTemporaryFile("w", dir=file.parent) as part, suppress(FileExistsError):
        part.write(secrets.token_urlsafe(48))
        part.flush()
        os.link(part.name, file)
