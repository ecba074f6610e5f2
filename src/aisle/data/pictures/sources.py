"""Where the pictures of products come from: a folder, their addresses, or nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from aisle.data.pictures.downloading import Download, Downloader
from aisle.errors import InputError

OK = "ok"
NONE = "none"
MISSING = "missing"
PARTIAL = "partial"

IMAGES_FOLDER = "images"
"""The folder that downloaded pictures go to, within the folder that is written."""

_NUMBERED = re.compile(r"(?P<id>.+)_(?P<number>\d+)")


@dataclass(frozen=True, slots=True)
class WantedPictures:
    """The pictures that a product's row names."""

    id: str
    files: tuple[str, ...]
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundPictures:
    """The pictures that were found for a product.

    Attributes:
        paths: absolute, or relative to the folder that is written.
        status: "ok"; "none" where the product names no picture; "partial" where some are not to be
            had; else why none is.
    """

    paths: tuple[str, ...] = ()
    status: str = NONE


class PictureSource(Protocol):
    """Finds the pictures of products."""

    def find(self, wanted: Sequence[WantedPictures], to: Path) -> list[FoundPictures]:
        """What there is for each product, in their order; `to` is the folder that is written."""


class NoPictures:
    """Leaves pictures aside."""

    def find(self, wanted: Sequence[WantedPictures], to: Path) -> list[FoundPictures]:  # noqa: ARG002
        """Nothing for each product."""
        return [FoundPictures()] * len(wanted)


@dataclass(frozen=True, slots=True)
class LocalPictures:
    """Looks for files in one folder.

    They bear the name that the row gives, or else the last part of its URL, or else the product's
    id: ``<id>.jpg``, ``<id>_0.jpg``, ``<id>_1.jpg`` and so on, with any ending.

    Args:
        folder: where the files lie, without subfolders.
    """

    folder: Path

    def find(self, wanted: Sequence[WantedPictures], to: Path) -> list[FoundPictures]:  # noqa: ARG002
        """The files of each product.

        Raises:
            InputError: the folder cannot be read.
        """
        files = self._files()
        by_id = _by_id(files)
        return [_find_local(one, files, by_id) for one in wanted]

    def _files(self) -> dict[str, Path]:
        try:
            return {path.name: path for path in sorted(self.folder.resolve().iterdir())}
        except OSError as error:
            reason = error.strerror or error
            raise InputError(
                f"the picture folder {self.folder} cannot be read: {reason}"
            ) from error


@dataclass(frozen=True, slots=True)
class DownloadedPictures:
    """Fetches pictures from their addresses into the folder ``images``."""

    downloader: Downloader = field(default_factory=Downloader)

    def find(self, wanted: Sequence[WantedPictures], to: Path) -> list[FoundPictures]:
        """The files of each product, as far as they could be fetched.

        Raises:
            OutputError: they cannot be written.
        """
        urls = [url for one in wanted for url in one.urls]
        downloads = self.downloader.fetch(urls, to / IMAGES_FOLDER).downloads
        return [_fetched(one, downloads) for one in wanted]


def _find_local(
    one: WantedPictures, files: Mapping[str, Path], by_id: Mapping[str, list[Path]]
) -> FoundPictures:
    names = one.files or tuple(map(_file_name, one.urls))
    named = [files[name] for name in names if name in files]
    found = tuple(str(path) for path in named or by_id.get(one.id, []))
    if not found:
        return FoundPictures(status=MISSING if names else NONE)
    return FoundPictures(found, PARTIAL if 0 < len(named) < len(names) else OK)


def _file_name(url: str) -> str:
    return unquote(url.partition("?")[0].rpartition("/")[2])


def _by_id(files: Mapping[str, Path]) -> dict[str, list[Path]]:
    """The files of each product by their number, the one without a number first."""
    numbered: dict[str, list[tuple[int, Path]]] = {}
    for path in files.values():
        numbered.setdefault(path.stem, []).append((-1, path))
        match = _NUMBERED.fullmatch(path.stem)
        if match:
            numbered.setdefault(match["id"], []).append((int(match["number"]), path))
    return {key: [path for _, path in sorted(paths)] for key, paths in numbered.items()}


def _fetched(one: WantedPictures, downloads: Mapping[str, Download]) -> FoundPictures:
    results = [downloads[url] for url in one.urls]
    found = tuple(f"{IMAGES_FOLDER}/{result.file}" for result in results if result.file)
    if found:
        return FoundPictures(found, OK if len(found) == len(results) else PARTIAL)
    failures = Counter(str(result.status) for result in results)
    return FoundPictures(status=failures.most_common(1)[0][0] if failures else NONE)
