"""Pictures behind addresses that callers send, from hosts that whoever runs the service listed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from aisle.data.pictures.addresses import AddressRule, is_public
from aisle.data.pictures.fetching import FetchSettings, PictureClient
from aisle.data.pictures.hosts import AllowedHosts, FetchError, FetchStatus, parse_address
from aisle.service.api.errors import RefusedError, overloaded, unprocessable
from aisle.service.bodies import Held
from aisle.service.logs import log_event
from aisle.service.products import NOTHING, Fetched, addresses_in
from aisle.service.settings import Limits


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
        self._hosts = AllowedHosts(hosts)
        self._limits = limits or Limits()
        self._pace = pace or FetchPace()
        self._free = asyncio.Semaphore(self._pace.together)
        self._now = 0
        settings = FetchSettings(
            concurrency=self._pace.together,
            connect_timeout=self._pace.seconds,
            read_timeout=self._pace.seconds,
            total_timeout=self._pace.seconds,
            max_bytes=self._limits.picture_bytes,
            max_redirects=self._pace.redirects,
        )
        self._client = PictureClient(self._hosts, settings, allowed)

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.close()

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
        self._check_listed(address)
        if self._now >= self._pace.queue:
            raise overloaded("too many pictures are being fetched")
        self._now += 1
        try:
            async with asyncio.timeout(self._pace.seconds), self._free:
                return await self._get(address, held)
        except (FetchError, TimeoutError) as error:
            why = error.status if isinstance(error, FetchError) else FetchStatus.TIMEOUT
            log_event("warning", "a picture was not fetched", why=str(why))
            raise self._refusal(why) from error
        finally:
            self._now -= 1

    def _check_listed(self, address: str) -> None:
        try:
            self._hosts.check(parse_address(address))
        except FetchError as error:
            raise unprocessable(
                "a picture came as an address of a host that is not fetched from;"
                " send the file as base64"
            ) from error

    async def _get(self, address: str, held: Held) -> bytes:
        taken = 0

        def take(count: int) -> None:
            nonlocal taken
            held.take(count)
            taken += count

        try:
            return await self._client.get(address, take)
        except BaseException:
            held.release(taken)
            raise

    def _refusal(self, why: FetchStatus) -> RefusedError:
        if why is FetchStatus.TOO_LARGE:
            most = self._limits.picture_bytes
            return unprocessable(
                f"a picture behind an address has more than {most} bytes; shrink it"
            )
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
