"""Pictures from many URLs into a folder, so that a second run goes on where the first ended."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Self, TypeVar

from tqdm import tqdm

from aisle.data.pictures.addresses import is_any, is_public
from aisle.data.pictures.hosts import AnsweringHosts, FetchError, FetchStatus
from aisle.data.pictures.http import (
    FetchedPicture,
    FetchSettings,
    PictureClient,
    check_picture,
)
from aisle.errors import OutputError
from aisle.files import write_file

FAILURES_FILE = "failures.jsonl"
"""Beside the pictures: the URLs that gave none and why, one JSON object a line."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class DownloadSettings(FetchSettings):
    """The limits of a download; times are in seconds. See `FetchSettings`, too.

    Attributes:
        retries: further tries after a failure that may pass.
        backoff: the pause before the second try; it doubles with each further one, and a random
            part of up to a half is taken off.
        longest_wait: the longest pause; a server that asks for more is not asked again.
        allow_private: whether addresses that are not on the open internet may be asked.
    """

    retries: int = 3
    backoff: float = 0.5
    longest_wait: float = 30
    allow_private: bool = False


class RetryingFetcher:
    """Fetches pictures with retries; an asynchronous context manager.

    A host that does not exist, or that lets one URL use up all its tries without answering any
    URL meanwhile, counts as down until the fetcher is closed: its further URLs fail at once.
    """

    def __init__(self, settings: DownloadSettings) -> None:
        self._settings = settings
        self._hosts = AnsweringHosts()
        allowed = is_any if settings.allow_private else is_public
        self._client = PictureClient(self._hosts, settings, allowed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.close()

    async def fetch(self, url: str) -> FetchedPicture:
        """Fetches one picture.

        Raises:
            FetchError: there is no picture to be had within the limits.
        """
        start = monotonic()
        retries = 0
        while True:
            try:
                return check_picture(await self._client.get(url))
            except FetchError as error:
                pause = max(self._pause(retries), error.wait)
                hopeless = not error.status.transient or pause > self._settings.longest_wait
                if hopeless or retries == self._settings.retries:
                    self._hosts.note_failure(error, start)
                    raise
            await asyncio.sleep(pause)
            retries += 1

    def _pause(self, retries: int) -> float:
        longest = self._settings.backoff * math.pow(2, retries)
        return min(longest * random.uniform(0.5, 1), self._settings.longest_wait)


@dataclass(frozen=True, slots=True)
class Download:
    """What became of one URL.

    Attributes:
        url: as it was asked for.
        status: how it ended.
        file: the name of the picture in the folder, or None.
        detail: what went wrong, or an empty string.
    """

    url: str
    status: FetchStatus
    file: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DownloadReport:
    """What became of all URLs, each under its own name."""

    downloads: Mapping[str, Download]

    @property
    def counts(self) -> dict[str, int]:
        """The number of URLs of each status, the most frequent first."""
        return dict(Counter(str(one.status) for one in self.downloads.values()).most_common())


@dataclass(frozen=True, slots=True)
class Downloader:
    """Fetches pictures into a folder; a URL that fails is a status and no error.

    A picture's file is named by a hash of its URL, with the ending of the format that it really
    has. Files that are there already are not fetched again, and neither are URLs that failed for
    good in an earlier run. Ctrl-C keeps all that has come so far.
    """

    settings: DownloadSettings = field(default_factory=DownloadSettings)

    def fetch(self, urls: Iterable[str], folder: Path) -> DownloadReport:
        """Fetches what is not there yet.

        Args:
            urls: http and https addresses; a repeated one is fetched once.
            folder: made where it does not exist.

        Raises:
            OutputError: the folder cannot be written to, or the disk is full.
        """
        _make(folder)
        run = _Run(folder, self.settings, dict.fromkeys(urls))
        try:
            _run_in_thread(run.fetch_missing())
        finally:
            run.save_failures()
        return DownloadReport(run.downloads)


class _Run:
    def __init__(self, folder: Path, settings: DownloadSettings, urls: Iterable[str]) -> None:
        self._folder = folder
        self._settings = settings
        self._failures = _read_failures(folder / FAILURES_FILE)
        files = _finished_files(folder)
        self.downloads: dict[str, Download] = {}
        self._missing: list[str] = []
        for url in urls:
            file, failure = files.get(_stem(url)), self._failures.get(url)
            if file is not None:
                self.downloads[url] = Download(url, FetchStatus.OK, file)
            elif failure is not None and not failure.status.transient:
                self.downloads[url] = failure
            else:
                self._missing.append(url)

    async def fetch_missing(self) -> None:
        waiting = iter(self._missing)
        bar = tqdm(total=len(self._missing), desc="pictures", unit="picture", disable=None)
        try:
            with bar:
                async with RetryingFetcher(self._settings) as fetcher, asyncio.TaskGroup() as group:
                    for _ in range(min(self._settings.concurrency, len(self._missing))):
                        group.create_task(self._work(waiting, fetcher, bar))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _work(self, waiting: Iterator[str], fetcher: RetryingFetcher, bar: tqdm[Any]) -> None:
        for url in waiting:
            try:
                picture = await fetcher.fetch(url)
            except FetchError as error:
                self.downloads[url] = Download(url, error.status, detail=error.detail)
            else:
                self.downloads[url] = Download(url, FetchStatus.OK, self._write(url, picture))
            bar.update()

    def _write(self, url: str, picture: FetchedPicture) -> str:
        name = _stem(url) + picture.ending
        _write_bytes(self._folder / name, picture.data)
        return name

    def save_failures(self) -> None:
        """Writes down the failures of this run and those of earlier ones that it did not mend."""
        known = {
            url: one for url, one in (self._failures | self.downloads).items() if one.file is None
        }
        path = self._folder / FAILURES_FILE
        if known or path.exists():
            lines = [
                json.dumps({"url": url, "status": one.status, "detail": one.detail})
                for url, one in known.items()
            ]
            _write_bytes(path, "".join(f"{line}\n" for line in lines).encode())


def _stem(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _finished_files(folder: Path) -> dict[str, str]:
    """The picture files in a folder by their stem; what a cut-off run left behind is not there."""
    return {
        path.stem: path.name
        for path in folder.iterdir()
        if not path.name.startswith(".") and path.name != FAILURES_FILE and path.stat().st_size > 0
    }


def _read_failures(path: Path) -> dict[str, Download]:
    """The failures of earlier runs; a line that cannot be read counts as not written."""
    known = {}
    if path.exists():
        for line in path.read_text("utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
                status = FetchStatus(entry["status"])
                known[entry["url"]] = Download(entry["url"], status, detail=entry["detail"])
            except (ValueError, KeyError, TypeError):
                continue
    return known


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {folder} cannot be made: {error.strerror}") from error


def _write_bytes(path: Path, data: bytes) -> None:
    with write_file(path) as part:
        part.write_bytes(data)


def _run_in_thread(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs a coroutine in a loop and thread of its own, so that a notebook's loop does not matter.

    Ctrl-C cancels the coroutine and waits for its end.
    """
    loops: Future[asyncio.AbstractEventLoop] = Future()

    async def run() -> Result:
        loops.set_result(asyncio.get_running_loop())
        return await work

    with ThreadPoolExecutor(1) as thread:
        end = thread.submit(asyncio.run, run())
        try:
            return end.result()
        except KeyboardInterrupt:
            with suppress(RuntimeError):  # the loop has come to its end meanwhile
                loop = loops.result()
                loop.call_soon_threadsafe(_cancel_all, loop)
            raise


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
