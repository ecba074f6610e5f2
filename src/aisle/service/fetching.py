"""Pictures behind addresses that callers send, from hosts that whoever runs the service listed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import httpcore2
import httpx2
from fastapi import Request

from aisle._version import __version__
from aisle.data.download.addresses import (
    AddressRule,
    PinnedBackend,
    RefusedAddressError,
    UnknownHostError,
    is_public,
)
from aisle.errors import InputError
from aisle.service.api.errors import RefusedError, overloaded, unprocessable
from aisle.service.bodies import Held
from aisle.service.logs import log_event
from aisle.service.products import NOTHING, Fetched, addresses_in
from aisle.service.settings import Limits

_HOST = re.compile(r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d+)?")
_REDIRECTS = {301, 302, 303, 307, 308}
_NETWORK = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    httpx2.InvalidURL,
    RefusedAddressError,
    UnknownHostError,
    OSError,
    ValueError,
)
_HEADERS = (
    (b"User-Agent", f"aisle/{__version__}".encode()),
    (b"Accept", b"image/*"),
    (b"Accept-Encoding", b"identity"),
)


@dataclass(frozen=True)
class FetchPace:
    """How fetching is held in bounds.

    Attributes:
        together: so many pictures are fetched at once.
        queue: so many may be under way or wait; the next is turned away.
        seconds: the time limit of one picture, waiting and all redirects included.
        redirects: the longest chain of them.
    """

    together: int = 8
    queue: int = 256
    seconds: float = 10.0
    redirects: int = 3


class Fetcher:
    """Fetches pictures from listed hosts alone, at public addresses alone, redirects included.

    A name is resolved once for a connection, which goes to the very address that was checked.
    Callers are told the same of an address that is refused and of one that does not answer.

    Args:
        hosts: exact names, or `*.example.com` for all names below one; a port other than that of
            http or https belongs to the name: `example.com:8080`.
        limits: what a picture may be.
        pace: the bounds of fetching.
        allowed: which IP addresses may be connected to.

    Raises:
        InputError: a host is none.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        limits: Limits | None = None,
        pace: FetchPace | None = None,
        allowed: AddressRule = is_public,
    ) -> None:
        self._hosts = tuple(map(_checked, hosts))
        self._limits = limits or Limits()
        self._pace = pace or FetchPace()
        self._free = asyncio.Semaphore(self._pace.together)
        self._now = 0
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=self._pace.together,
            keepalive_expiry=5,
            network_backend=PinnedBackend(allowed),
        )

    async def close(self) -> None:
        """Ends all connections."""
        await self._pool.aclose()

    @asynccontextmanager
    async def fetched(self, contents: Sequence[bytes], held: Held) -> AsyncIterator[Fetched]:
        """The pictures whose addresses stand in products as JSON.

        Args:
            contents: one product each; what is none has no addresses.
            held: where the bytes are counted as long as the pictures are worked on.
        """
        found: dict[str, bytes | RefusedError] = {}
        addresses = await asyncio.to_thread(addresses_in, contents, self._limits)
        try:
            async with asyncio.TaskGroup() as group:
                for address in addresses:
                    group.create_task(self._find(address, found, held))
            yield found
        finally:
            held.release(sum(len(one) for one in found.values() if isinstance(one, bytes)))

    async def _find(self, address: str, found: dict[str, bytes | RefusedError], held: Held) -> None:
        try:
            found[address] = await self._in_turn(address, held)
        except RefusedError as error:
            found[address] = error

    async def _in_turn(self, address: str, held: Held) -> bytes:
        if self._now >= self._pace.queue:
            raise overloaded("too many pictures are being fetched")
        self._now += 1
        try:
            async with asyncio.timeout(self._pace.seconds), self._free:
                return await self._follow(_url(address), held)
        except _NETWORK as error:  # also the end of the time
            log_event("warning", "a picture was not fetched", why=type(error).__name__)
            raise self._failed() from error
        finally:
            self._now -= 1

    async def _follow(self, url: httpx2.URL, held: Held) -> bytes:
        if not self._lists(url):
            raise unprocessable(
                "a picture came as an address of a host that is not fetched from;"
                " send the file as base64"
            )
        for _ in range(self._pace.redirects + 1):
            if not self._lists(url):
                break
            answer = await self._request(url, held)
            if isinstance(answer, bytes):
                return answer
            url = answer
        raise self._failed()

    async def _request(self, url: httpx2.URL, held: Held) -> bytes | httpx2.URL:
        """The picture, or where it has moved to."""
        target = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        times = dict.fromkeys(("connect", "read", "write", "pool"), self._pace.seconds)
        headers = [(b"Host", url.netloc), *_HEADERS]
        async with self._pool.stream(
            "GET", target, headers=headers, extensions={"timeout": times}
        ) as response:
            if response.status in _REDIRECTS:
                named = {name.lower(): value for name, value in response.headers}
                return url.join(named.get(b"location", b"").decode("latin-1"))
            if response.status != HTTPStatus.OK:
                raise self._failed()
            return await self._body(response, held)

    async def _body(self, response: httpcore2.Response, held: Held) -> bytes:
        body, most = bytearray(), self._limits.picture_bytes
        try:
            async for chunk in response.aiter_stream():
                if len(body) + len(chunk) > most:
                    raise unprocessable(
                        f"a picture behind an address has more than {most} bytes; shrink it"
                    )
                held.take(len(chunk))
                body += chunk
        except BaseException:
            held.release(len(body))
            raise
        return bytes(body)

    def _lists(self, url: httpx2.URL) -> bool:
        host = url.netloc.decode("ascii")
        return url.scheme in ("http", "https") and any(
            host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self._hosts
        )

    def _failed(self) -> RefusedError:
        return unprocessable(
            "a picture could not be fetched from its address"
            f" within {self._pace.seconds:g} seconds; send the file as base64"
        )


@asynccontextmanager
async def fetched_for(request: Request, contents: Sequence[bytes]) -> AsyncIterator[Fetched]:
    """What the app's fetcher finds for the products of a request; nothing where it has none."""
    fetcher: Fetcher | None = request.app.state.fetcher
    if fetcher is None:
        yield NOTHING
        return
    async with fetcher.fetched(contents, request.app.state.held) as found:
        yield found


def _url(address: str) -> httpx2.URL:
    """The address; read twice, since the usual port is left out of lower-case schemes alone."""
    return httpx2.URL(str(httpx2.URL(address.strip())))


def _checked(host: str) -> str:
    wild, name = ("*.", host[2:]) if host.startswith("*.") else ("", host)
    try:
        url = httpx2.URL(f"http://{name}")
        written = url.netloc.decode("ascii") if str(url) == f"http://{url.netloc.decode()}" else ""
    except (httpx2.InvalidURL, ValueError):
        written = ""
    if not _HOST.fullmatch(written) or (wild and "." not in written):
        raise InputError(f"{host!r} is no host; give a name as images.example.com or *.example.com")
    return wild + written
