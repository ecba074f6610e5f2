"""Connections that go to allowed addresses alone, whatever a host name points to.

A name is resolved once, every address it has is checked, and the connection goes to a checked
address itself: a name that answers with another address a moment later (DNS rebinding) gains
nothing. TLS still checks the certificate against the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable

import httpcore2

AddressRule = Callable[[str], bool]
"""Whether an IP address, as text, may be connected to."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class RefusedAddressError(Exception):
    """A host has an address that the rule does not allow."""


class UnknownHostError(Exception):
    """There is no host of that name."""


def is_public(address: str) -> bool:
    """Whether an address lies on the open internet.

    Not public are private, shared, loopback, link-local, site-local, multicast, reserved and
    unspecified addresses, also where an IPv6 address only wraps such an IPv4 address.
    """
    plain = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    site_local = isinstance(plain, ipaddress.IPv6Address) and plain.is_site_local
    return plain.is_global and not (plain.is_multicast or plain.is_reserved or site_local)


def is_any(address: str) -> bool:  # noqa: ARG001 - an address rule
    """Allows every address."""
    return True


class PinnedBackend(httpcore2.AsyncNetworkBackend):
    """Opens TCP connections to addresses that a rule allows.

    Args:
        allowed: the rule; a host with a single address that it does not allow is refused.
    """

    def __init__(self, allowed: AddressRule) -> None:
        self._allowed = allowed
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolves, checks and connects; the addresses of a host are tried in turn.

        Raises:
            RefusedAddressError: an address is not allowed.
            UnknownHostError: the name does not exist.
            httpcore2.ConnectError: no address answers, or the name server does not.
            httpcore2.ConnectTimeout: that took longer than `timeout` seconds.
        """
        addresses = await _resolve(host, port, timeout)
        for address in addresses:
            if not self._allowed(address):
                raise RefusedAddressError(f"{host} is at {address}, which is not a public address")
        share = None if timeout is None else timeout / len(addresses)
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Waits without blocking the loop."""
        await self._network.sleep(seconds)


async def _resolve(host: str, port: int, timeout: float | None) -> list[str]:
    try:
        async with asyncio.timeout(timeout):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
    except TimeoutError as error:
        raise httpcore2.ConnectTimeout(f"the name {host} was not resolved in time") from error
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            raise UnknownHostError(f"there is no host {host}") from error
        raise httpcore2.ConnectError(f"{host}: {error.strerror}") from error
    except UnicodeError as error:
        raise UnknownHostError(f"{host!r} is no host name") from error
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def _unwrapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that a mapped, 6to4, Teredo or NAT64 address stands for, else the same."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or address
