"""Pictures kept by their content."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from aisle.errors import InputError, OutputError
from aisle.files import sync, write_file

_DIGEST = re.compile(r"[0-9a-f]{64}")


class PictureStore:
    """A folder of pictures, each under the SHA-256 of its bytes; the same picture lies there once.

    Args:
        folder: made where it is not there.

    Raises:
        OutputError: the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(f"the picture folder {folder} cannot be written: {reason}") from error

    def keep(self, data: bytes) -> str:
        """Keeps a picture; it is on the disk when this returns.

        Returns:
            Its digest: 64 hexadecimal digits.

        Raises:
            OutputError: the disk is full, or the folder cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        if not path.exists():
            with write_file(path) as part:
                part.write_bytes(data)
                sync(part)
            for folder in (*path.parents[:2], self._folder):
                sync(folder)
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes of a picture.

        Raises:
            InputError: there is none of this digest.
        """
        if not _DIGEST.fullmatch(digest):
            raise InputError(f"{digest[:80]!r} is no digest; 64 hexadecimal digits were expected")
        try:
            return self._path(digest).read_bytes()
        except OSError as error:
            raise InputError(f"there is no picture {digest}") from error

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:4] / digest
