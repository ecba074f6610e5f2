"""One picture from one address, within limits of time, size and hosts.

Whoever fetches pictures goes through `PictureClient`: it checks the host of every redirect,
connects to allowed IP addresses alone, and stops reading where a picture is too large.
"""

from __future__ import annotations

import asyncio
import io
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from types import TracebackType
from typing import Self

import httpcore2
import httpx2
from PIL import Image

from aisle import _version
from aisle.data.pictures.addresses import (
    AddressRule,
    PinnedBackend,
    RefusedAddressError,
    UnknownHostError,
    is_public,
)
from aisle.data.pictures.hosts import (
    FetchError,
    FetchStatus,
    HostRule,
    authority,
    parse_address,
)

_REDIRECTS = {301, 302, 303, 307, 308}
_GONE = {404, 410}
_BUSY = {408, 425, 429, 500, 502, 503, 504}


ENDINGS = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "GIF": ".gif",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "TIFF": ".tif",
}
"""The formats that are taken, as Pillow names them, and the ending of each one's files."""

_READERS = tuple(name for name in ENDINGS if name != "MPO")  # several JPEGs in one: JPEG's reader


@dataclass(frozen=True, slots=True)
class FetchedPicture:
    """The bytes of a picture file and the ending that its name should have."""

    data: bytes
    ending: str


def check_picture(data: bytes) -> FetchedPicture:
    """Takes bytes for a picture where their header says so, whatever the server called them.

    Raises:
        FetchError: they are no picture in a format that is taken.
    """
    if not data:
        raise FetchError(FetchStatus.NOT_A_PICTURE, "the answer is empty (0 bytes)")
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(data), formats=_READERS) as image,
        ):
            return FetchedPicture(data, ENDINGS[str(image.format)])
    except Image.DecompressionBombError as error:
        raise FetchError(FetchStatus.TOO_LARGE, str(error)) from error
    except Exception as error:  # Pillow's readers raise whatever a damaged header leads them to
        start = data[:24].decode("latin-1")
        detail = f"{len(data)} bytes that begin with {start!r}"
        raise FetchError(FetchStatus.NOT_A_PICTURE, detail) from error


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """The limits of fetching; times are in seconds.

    Attributes:
        concurrency: pictures that are fetched at the same time.
        connect_timeout: the limit for finding and connecting to a host.
        read_timeout: the limit for each silence of a server.
        total_timeout: the limit for one picture, redirects included.
        max_bytes: the largest picture.
        max_redirects: the longest chain of redirects.
    """

    concurrency: int = 16
    connect_timeout: float = 5
    read_timeout: float = 15
    total_timeout: float = 60
    max_bytes: int = 20_000_000
    max_redirects: int = 5


class PictureClient:
    """Fetches pictures over kept-alive connections; an asynchronous context manager.

    A host name is resolved once for a connection, which goes to the very address that was checked.
    Proxies of the environment are not used, since a proxy would resolve the names itself.

    Args:
        hosts: which hosts are asked.
        settings: the limits.
        allowed: which IP addresses are connected to.
    """

    def __init__(
        self, hosts: HostRule, settings: FetchSettings, allowed: AddressRule = is_public
    ) -> None:
        self._hosts = hosts
        self._settings = settings
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=settings.concurrency,
            keepalive_expiry=10,
            network_backend=PinnedBackend(allowed),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends all connections."""
        await self._pool.aclose()

    async def get(self, address: str, take: Callable[[int], None] | None = None) -> bytes:
        """The content of an address, in one try.

        Args:
            address: of http or https.
            take: gets the number of bytes of each part before it is kept; what it raises ends the
                fetching.

        Raises:
            FetchError: there is no such content to be had within the limits.
        """
        limit = self._settings.total_timeout
        host = ""
        try:
            async with asyncio.timeout(limit):
                here = parse_address(address)
                for _ in range(self._settings.max_redirects + 1):
                    host = authority(here)
                    self._hosts.check(here)
                    answer = await self._request(here, take)
                    if isinstance(answer, bytes):
                        return answer
                    here = answer
        except TimeoutError as error:
            raise FetchError(FetchStatus.TIMEOUT, f"longer than {limit:g} s", host=host) from error
        raise FetchError(
            FetchStatus.REDIRECTS, f"more than {self._settings.max_redirects} redirects"
        )

    async def _request(
        self, url: httpx2.URL, take: Callable[[int], None] | None
    ) -> bytes | httpx2.URL:
        """The content that an address answers with, or the address that it redirects to."""
        times = {
            "connect": self._settings.connect_timeout,
            "read": self._settings.read_timeout,
            "write": self._settings.read_timeout,
        }
        target = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        with _failures_of(authority(url)):
            async with self._pool.stream(
                "GET", target, headers=_headers(url), extensions={"timeout": times}
            ) as response:
                self._hosts.note_answer(url)
                headers = {name.lower(): value for name, value in response.headers}
                if response.status in _REDIRECTS and b"location" in headers:
                    return _redirected(url, headers[b"location"])
                if response.status != HTTPStatus.OK:
                    raise _http_failure(response.status, headers.get(b"retry-after", b""))
                return await self._body(response, take)

    async def _body(
        self, response: httpcore2.Response, take: Callable[[int], None] | None
    ) -> bytes:
        body, most = bytearray(), self._settings.max_bytes
        async for chunk in response.aiter_stream():
            if len(body) + len(chunk) > most:
                raise FetchError(FetchStatus.TOO_LARGE, f"more than {most} bytes")
            if take is not None:
                take(len(chunk))
            body += chunk
        return bytes(body)


@contextmanager
def _failures_of(host: str) -> Iterator[None]:
    """What the network raises, as a FetchError of `host`."""
    try:
        yield
    except RefusedAddressError as error:
        raise FetchError(FetchStatus.REFUSED, str(error)) from error
    except UnknownHostError as error:
        raise FetchError(FetchStatus.UNREACHABLE, str(error), host=host, wait=math.inf) from error
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
        detail = str(error) or f"{host} does not answer"
        raise FetchError(FetchStatus.UNREACHABLE, detail, host=host) from error
    except httpcore2.TimeoutException as error:
        raise FetchError(FetchStatus.TIMEOUT, f"{host} fell silent", host=host) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        detail = str(error) or f"{host} closed the connection"
        raise FetchError(FetchStatus.BROKEN, detail, host=host) from error


def _redirected(url: httpx2.URL, location: bytes) -> httpx2.URL:
    try:
        return parse_address(str(url.join(location.decode("latin-1"))))
    except (httpx2.InvalidURL, ValueError) as error:
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
