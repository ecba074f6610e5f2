"""Pictures behind addresses that callers send, from hosts that whoever runs the service listed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from aisle.data.pictures.addresses import AddressRule, is_public
from aisle.data.pictures.hosts import AllowedHosts, FetchError, FetchStatus, parse_address
from aisle.data.pictures.http import FetchSettings, PictureClient
from aisle.service.api.errors import RefusedError, overloaded, unprocessable
from aisle.service.api.intake import NOTHING, Fetched, addresses_in
from aisle.service.middleware import MemoryBudget
from aisle.service.observability import log_event
from aisle.service.settings import Limits


@dataclass(frozen=True)
class FetchLimits:
    """The bounds of fetching.

    Attributes:
        concurrency: how many pictures are fetched at once.
        queue_size: how many may be under way or wait; the next is refused.
        timeout: the time limit of one picture, waiting and all redirects included, in seconds.
        redirects: the longest chain of them.
    """

    concurrency: int = 8
    queue_size: int = 256
    timeout: float = 10.0
    redirects: int = 3


class PictureFetcher:
    """Fetches pictures from listed hosts alone, at public addresses alone, redirects included.

    A name is resolved once for a connection, which goes to the very address that was checked.
    Callers get the same answer for an address that is refused and of one that does not answer.

    Args:
        hosts: exact names, or `*.example.com` for all names below one; a port other than that of
            http or https belongs to the name: `example.com:8080`.
        limits: what a picture may be.
        bounds: of fetching.
        allowed: which IP addresses may be connected to.

    Raises:
        InputError: a host is none.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        limits: Limits | None = None,
        bounds: FetchLimits | None = None,
        allowed: AddressRule = is_public,
    ) -> None:
        self._hosts = AllowedHosts(hosts)
        self._limits = limits or Limits()
        self._bounds = bounds or FetchLimits()
        self._free = asyncio.Semaphore(self._bounds.concurrency)
        self._now = 0
        settings = FetchSettings(
            concurrency=self._bounds.concurrency,
            connect_timeout=self._bounds.timeout,
            read_timeout=self._bounds.timeout,
            total_timeout=self._bounds.timeout,
            max_bytes=self._limits.picture_bytes,
            max_redirects=self._bounds.redirects,
        )
        self._client = PictureClient(self._hosts, settings, allowed)

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.close()

    @asynccontextmanager
    async def fetched(
        self, contents: Sequence[bytes], budget: MemoryBudget
    ) -> AsyncIterator[Fetched]:
        """The pictures whose addresses stand in products as JSON.

        Args:
            contents: one product each; what is none has no addresses.
            budget: counts the bytes as long as the pictures are worked on.
        """
        found: dict[str, bytes | RefusedError] = {}
        addresses = await asyncio.to_thread(addresses_in, contents, self._limits)
        try:
            async with asyncio.TaskGroup() as group:
                for address in addresses:
                    group.create_task(self._find(address, found, budget))
            yield found
        finally:
            budget.release(sum(len(one) for one in found.values() if isinstance(one, bytes)))

    async def _find(
        self, address: str, found: dict[str, bytes | RefusedError], budget: MemoryBudget
    ) -> None:
        try:
            found[address] = await self._in_turn(address, budget)
        except RefusedError as error:
            found[address] = error

    async def _in_turn(self, address: str, budget: MemoryBudget) -> bytes:
        self._check_listed(address)
        if self._now >= self._bounds.queue_size:
            raise overloaded("too many pictures are being fetched")
        self._now += 1
        try:
            async with asyncio.timeout(self._bounds.timeout), self._free:
                return await self._get(address, budget)
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

    async def _get(self, address: str, budget: MemoryBudget) -> bytes:
        taken = 0

        def take(count: int) -> None:
            nonlocal taken
            budget.take(count)
            taken += count

        try:
            return await self._client.get(address, take)
        except BaseException:
            budget.release(taken)
            raise

    def _refusal(self, why: FetchStatus) -> RefusedError:
        if why is FetchStatus.TOO_LARGE:
            most = self._limits.picture_bytes
            return unprocessable(
                f"a picture behind an address has more than {most} bytes; shrink it"
            )
        return unprocessable(
            "a picture could not be fetched from its address"
            f" within {self._bounds.timeout:g} seconds; send the file as base64"
        )


@asynccontextmanager
async def fetched_for(request: Request, contents: Sequence[bytes]) -> AsyncIterator[Fetched]:
    """What the app's fetcher finds for the products of a request; nothing where it has none."""
    fetcher: PictureFetcher | None = request.app.state.fetcher
    if fetcher is None:
        yield NOTHING
        return
    async with fetcher.fetched(contents, request.app.state.budget) as found:
        yield found
