"""One picture from one URL, within limits of time, size and address."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import monotonic, time
from types import TracebackType
from typing import Self

import httpcore2
import httpx2

from aisle import _version
from aisle.data.download.addresses import (
    PinnedBackend,
    RefusedAddressError,
    UnknownHostError,
    is_any,
    is_public,
)
from aisle.data.download.fetched import FetchedPicture, FetchError, FetchStatus, check_picture

_REDIRECTS = {301, 302, 303, 307, 308}
_GONE = {404, 410}
_BUSY = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class DownloadSettings:
    """The limits of a download; times are in seconds.

    Attributes:
        concurrency: URLs that are fetched at the same time.
        retries: further tries after a failure that may pass.
        backoff: the pause before the second try; it doubles with each further one, and a random
            part of up to a half is taken off.
        longest_wait: the longest pause; a server that asks for more is not asked again.
        connect_timeout: the limit for finding and connecting to a host.
        read_timeout: the limit for each silence of a server.
        total_timeout: the limit for one try as a whole.
        max_bytes: the largest picture.
        max_redirects: the longest chain of redirects.
        allow_private: whether addresses that are not on the open internet may be asked.
    """

    concurrency: int = 16
    retries: int = 3
    backoff: float = 0.5
    longest_wait: float = 30
    connect_timeout: float = 5
    read_timeout: float = 15
    total_timeout: float = 60
    max_bytes: int = 20_000_000
    max_redirects: int = 5
    allow_private: bool = False


class PictureFetcher:
    """Fetches pictures over kept-alive connections; an asynchronous context manager.

    A host that does not exist, or that lets one URL use up all its tries without answering any
    URL meanwhile, counts as down until the fetcher is closed: its further URLs fail at once.
    Proxies of the environment are not used, since a proxy would resolve the names itself.
    """

    def __init__(self, settings: DownloadSettings) -> None:
        self._settings = settings
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=settings.concurrency,
            keepalive_expiry=10,
            network_backend=PinnedBackend(is_any if settings.allow_private else is_public),
        )
        self._answered: dict[str, float] = {}
        self._down: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)

    async def fetch(self, url: str) -> FetchedPicture:
        """Fetches one picture, with retries.

        Raises:
            FetchError: there is no picture to be had within the limits.
        """
        start = monotonic()
        retries = 0
        while True:
            try:
                return check_picture(await self._try(url))
            except FetchError as error:
                pause = max(self._pause(retries), error.wait)
                hopeless = not error.status.transient or pause > self._settings.longest_wait
                if hopeless or retries == self._settings.retries:
                    self._note_silence(error, start)
                    raise
            await asyncio.sleep(pause)
            retries += 1

    def _pause(self, retries: int) -> float:
        longest = self._settings.backoff * math.pow(2, retries)
        return min(longest * random.uniform(0.5, 1), self._settings.longest_wait)

    def _note_silence(self, error: FetchError, since: float) -> None:
        silent = error.status in {FetchStatus.UNREACHABLE, FetchStatus.TIMEOUT}
        if silent and error.host and self._answered.get(error.host, 0) < since:
            self._down.setdefault(error.host, error.detail)

    async def _try(self, url: str) -> bytes:
        limit = self._settings.total_timeout
        host = ""
        try:
            async with asyncio.timeout(limit):
                here = _parsed(url)
                for _ in range(self._settings.max_redirects + 1):
                    host = _authority(here)
                    answer = await self._request(here)
                    if isinstance(answer, bytes):
                        return answer
                    here = answer
        except TimeoutError as error:
            raise FetchError(FetchStatus.TIMEOUT, f"longer than {limit:g} s", host=host) from error
        raise FetchError(
            FetchStatus.REDIRECTS, f"more than {self._settings.max_redirects} redirects"
        )

    async def _request(self, url: httpx2.URL) -> bytes | httpx2.URL:
        """The body that a URL answers with, or the URL that it redirects to."""
        host = _authority(url)
        if host in self._down:
            raise FetchError(FetchStatus.UNREACHABLE, self._down[host], wait=math.inf)
        times = {
            "connect": self._settings.connect_timeout,
            "read": self._settings.read_timeout,
            "write": self._settings.read_timeout,
        }
        target = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        with self._failures_of(host):
            async with self._pool.stream(
                "GET", target, headers=_headers(url), extensions={"timeout": times}
            ) as response:
                self._answered[host] = monotonic()
                headers = {name.lower(): value for name, value in response.headers}
                if response.status in _REDIRECTS and b"location" in headers:
                    return _redirected(url, headers[b"location"])
                if response.status != HTTPStatus.OK:
                    raise _http_failure(response.status, headers.get(b"retry-after", b""))
                return await self._body(response)

    async def _body(self, response: httpcore2.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_stream():
            body += chunk
            if len(body) > self._settings.max_bytes:
                raise FetchError(
                    FetchStatus.TOO_LARGE, f"more than {self._settings.max_bytes} bytes"
                )
        return bytes(body)

    @contextmanager
    def _failures_of(self, host: str) -> Iterator[None]:
        """What the network raises, as a FetchError of `host`."""
        try:
            yield
        except RefusedAddressError as error:
            raise FetchError(FetchStatus.REFUSED, str(error)) from error
        except UnknownHostError as error:
            self._down[host] = str(error)
            raise FetchError(FetchStatus.UNREACHABLE, str(error), wait=math.inf) from error
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            detail = str(error) or f"{host} does not answer"
            raise FetchError(FetchStatus.UNREACHABLE, detail, host=host) from error
        except httpcore2.TimeoutException as error:
            raise FetchError(FetchStatus.TIMEOUT, f"{host} fell silent", host=host) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            detail = str(error) or f"{host} closed the connection"
            raise FetchError(FetchStatus.BROKEN, detail, host=host) from error


def _parsed(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise FetchError(FetchStatus.BAD_URL, str(error)) from error
    if parsed.scheme not in {"http", "https"} or not parsed.raw_host:
        raise FetchError(FetchStatus.BAD_URL, f"{url[:80]!r} is no http or https address")
    if parsed.port is not None and not 0 < parsed.port < 2**16:
        raise FetchError(FetchStatus.BAD_URL, f"there is no port {parsed.port}")
    return parsed


def _authority(url: httpx2.URL) -> str:
    """The host, and the port where it is not the usual one."""
    return url.netloc.decode("ascii")


def _redirected(url: httpx2.URL, location: bytes) -> httpx2.URL:
    try:
        return _parsed(str(url.join(location.decode("latin-1"))))
    except httpx2.InvalidURL as error:
        raise FetchError(FetchStatus.BAD_URL, f"redirect: {error}") from error


def _headers(url: httpx2.URL) -> list[tuple[bytes, bytes]]:
    return [
        (b"Host", url.netloc),
        (b"User-Agent", f"aisle/{_version.__version__}".encode()),
        (b"Accept", b"image/jpeg,image/png,image/webp,image/gif,image/*;q=0.5"),
        (b"Accept-Encoding", b"identity"),
    ]


def _http_failure(status: int, retry_after: bytes) -> FetchError:
    detail = f"HTTP {status}"
    if status in _GONE:
        return FetchError(FetchStatus.NOT_FOUND, detail)
    if status in _BUSY:
        return FetchError(FetchStatus.BUSY, detail, wait=_seconds(retry_after.decode("latin-1")))
    return FetchError(FetchStatus.HTTP_ERROR, detail)


def _seconds(retry_after: str) -> float:
    """The pause that a Retry-After header asks for, a number or a date; 0 where it is neither."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time())
    except (ValueError, TypeError):
        return 0.0
