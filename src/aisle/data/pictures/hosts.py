"""Which hosts are asked for pictures, and why an address gives none."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from enum import StrEnum
from time import monotonic
from typing import Protocol

import httpx2

from aisle.errors import InputError

_HOST = re.compile(r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d+)?")


class FetchStatus(StrEnum):
    """How the fetching of a URL ended."""

    OK = "ok"
    BAD_URL = "bad url"
    REFUSED = "refused address"
    NOT_FOUND = "not found"
    HTTP_ERROR = "http error"
    REDIRECTS = "too many redirects"
    TOO_LARGE = "too large"
    NOT_A_PICTURE = "not a picture"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BROKEN = "broken connection"
    BUSY = "server busy"

    @property
    def transient(self) -> bool:
        """Whether another try may end better."""
        return self in {self.UNREACHABLE, self.TIMEOUT, self.BROKEN, self.BUSY}


class FetchError(Exception):
    """A URL that gave no picture.

    Args:
        status: the kind of failure.
        detail: one clause for people.
        host: the host that failed, which after a redirect is not the URL's own.
        wait: the least pause before another try, in seconds; infinite where none makes sense.
    """

    def __init__(
        self, status: FetchStatus, detail: str, *, host: str = "", wait: float = 0
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.host = host
        self.wait = wait


class HostRule(Protocol):
    """Which hosts are asked for pictures."""

    def check(self, url: httpx2.URL) -> None:
        """Whether the host of an address may be asked; redirects come here, too.

        Raises:
            FetchError: it may not.
        """

    def note_answer(self, url: httpx2.URL) -> None:
        """Takes note that the host of an address has answered."""


class AllowedHosts:
    """The hosts of a list.

    Args:
        hosts: exact names, or `*.example.com` for all names below one; a port other than that of
            http or https belongs to the name: `example.com:8080`.

    Raises:
        InputError: a host is none.

    Example:
        >>> AllowedHosts(["*.example.com"]).check(parse_address("https://images.example.com/1.jpg"))
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = tuple(map(_host_pattern, hosts))

    def check(self, url: httpx2.URL) -> None:
        """Whether the host is one of the list.

        Raises:
            FetchError: it is not.
        """
        host = authority(url)
        if not any(
            host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self._hosts
        ):
            raise FetchError(FetchStatus.REFUSED, f"{host} is not a host that may be asked")

    def note_answer(self, url: httpx2.URL) -> None:
        """Keeps nothing."""


class AnsweringHosts:
    """All hosts, but for those that are known to be down; a `HostRule`."""

    def __init__(self) -> None:
        self._answered: dict[str, float] = {}
        self._down: dict[str, str] = {}

    def check(self, url: httpx2.URL) -> None:
        """Whether the host is worth asking.

        Raises:
            FetchError: it is down.
        """
        why = self._down.get(authority(url))
        if why is not None:
            raise FetchError(FetchStatus.UNREACHABLE, why, wait=math.inf)

    def note_answer(self, url: httpx2.URL) -> None:
        """Remembers when the host has answered last."""
        self._answered[authority(url)] = monotonic()

    def note_failure(self, error: FetchError, since: float) -> None:
        """A host that does not exist, or has answered nothing since then, counts as down."""
        silent = error.status in {FetchStatus.UNREACHABLE, FetchStatus.TIMEOUT}
        if silent and error.host and self._answered.get(error.host, 0) < since:
            self._down.setdefault(error.host, error.detail)


def parse_address(address: str) -> httpx2.URL:
    """An address of http or https.

    Raises:
        FetchError: it is none.
    """
    try:
        # read twice, since the usual port is left out of lower-case schemes alone
        parsed = httpx2.URL(str(httpx2.URL(address.strip())))
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchError(FetchStatus.BAD_URL, str(error)) from error
    if parsed.scheme not in {"http", "https"} or not parsed.raw_host:
        raise FetchError(FetchStatus.BAD_URL, f"{address[:80]!r} is no http or https address")
    if parsed.port is not None and not 0 < parsed.port < 2**16:
        raise FetchError(FetchStatus.BAD_URL, f"there is no port {parsed.port}")
    return parsed


def authority(url: httpx2.URL) -> str:
    """The host, and the port where it is not the usual one."""
    return url.netloc.decode("ascii")


def _host_pattern(host: str) -> str:
    wild, name = ("*.", host[2:]) if host.startswith("*.") else ("", host)
    try:
        url = httpx2.URL(f"http://{name}")
        written = authority(url) if str(url) == f"http://{authority(url)}" else ""
    except (httpx2.InvalidURL, ValueError):
        written = ""
    if not _HOST.fullmatch(written) or (wild and "." not in written):
        raise InputError(f"{host!r} is no host; give a name as images.example.com or *.example.com")
    return wild + written
