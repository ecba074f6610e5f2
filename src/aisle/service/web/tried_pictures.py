"""Pictures that visitors try the model with."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from aisle.data.pictures.reading import decode_image
from aisle.errors import ImageError
from aisle.evaluation.presentation import SIDE, data_uri
from aisle.service.api.errors import unprocessable
from aisle.service.api.intake import check_picture
from aisle.service.settings import Limits

NAME_CHARACTERS = 80
_KEPT_BYTES = 500_000_000


@dataclass(frozen=True)
class TriedPicture:
    """A picture that can be decoded.

    Attributes:
        digest: by which its bytes are found again.
        name: of the file.
        bytes: how large the file is.
        thumbnail: the picture drawn anew as a small JPEG data URI.
    """

    digest: str
    name: str
    bytes: int
    thumbnail: str | None

    @property
    def size(self) -> str:
        """How large the file is, for people."""
        kilobytes = self.bytes / 1_000
        return (
            f"{kilobytes / 1_000:.1f} MB" if kilobytes >= 1_000 else f"{max(kilobytes, 1):.0f} kB"
        )


class TriedPictures:
    """The latest pictures, so that each is sent once, however often its product is asked about.

    They lie in a temporary folder, which ends with the process; the oldest make room for new ones.

    Args:
        most: bytes that are kept.
    """

    def __init__(self, most: int = _KEPT_BYTES) -> None:
        self._most = most
        self._folder = TemporaryDirectory(prefix="aisle-tried-", ignore_cleanup_errors=True)
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, data: bytes, name: str, limits: Limits) -> TriedPicture:
        """Keeps a file for a while, after it was decoded once.

        Raises:
            RefusedError: it is no picture that can be read, or too large.
        """
        check_picture(data, limits)
        try:
            decode_image(data, SIDE)
        except ImageError as error:
            raise unprocessable(str(error)) from error
        digest = hashlib.sha256(data).hexdigest()
        with self._lock:
            self._path(digest).write_bytes(data)
            self._sizes[digest] = len(data)
            self._make_room()
        return TriedPicture(digest, name[:NAME_CHARACTERS], len(data), data_uri(data))

    def read(self, digest: str) -> bytes | None:
        """The bytes of a picture; None where it is not kept, or no longer."""
        with self._lock:
            if digest not in self._sizes:
                return None
            self._sizes.move_to_end(digest)
            return self._path(digest).read_bytes()

    def _make_room(self) -> None:
        while sum(self._sizes.values()) > self._most and len(self._sizes) > 1:
            oldest, _ = self._sizes.popitem(last=False)
            self._path(oldest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return Path(self._folder.name) / digest
