"""The review desk of a service, as other programs use it over HTTP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Self

import httpx2

from aisle.errors import InputError, ServiceError
from aisle.files import write_file
from aisle.review.entries import Added, Entry, RefusedEntry

_PRODUCTS = "/v1/review/products"
_DECISIONS = "/v1/review/decisions"
_PROGRESS = "/v1/review/progress"
_KEY = re.compile("[!-~]+")
_PARQUET = "parquet"
_HINTS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "give a key that it knows in AISLE_API_KEY",
    HTTPStatus.FORBIDDEN: "give a key with the role review in AISLE_API_KEY",
    HTTPStatus.NOT_FOUND: "give the address of an aisle service that has a review desk",
}


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How a client sends.

    Attributes:
        lines: how many products are in one request at most.
        request_bytes: how large a request with several products is at most.
        tries: how often a busy service is asked.
        longest_wait: how many seconds the client waits between two tries at most.
        timeout: how many seconds it waits for an answer.
    """

    lines: int = 200
    request_bytes: int = 8_000_000
    tries: int = 8
    longest_wait: float = 60.0
    timeout: float = 120.0


class ReviewClient:
    """Fills the queue of a service and fetches what was decided; a context manager.

    Args:
        url: of the service: "http://127.0.0.1:8000".
        key: an API key with the role review, where the service asks for one; "" means None.
        settings: how it sends.

    Raises:
        InputError: the URL is no http or https address, or the key cannot be sent.
    """

    def __init__(
        self, url: str, key: str | None = None, settings: ClientSettings | None = None
    ) -> None:
        self._settings = settings or ClientSettings()
        self._named = _named(_checked(url))
        if key and not _KEY.fullmatch(key):
            raise InputError("the API key holds characters that no key has; copy it anew")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx2.Client(base_url=url, headers=headers, timeout=self._settings.timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    def check(self) -> None:
        """Checks that there is a review desk that takes the key.

        Raises:
            ServiceError: there is none, or it refuses the key.
        """
        with self._errors():
            answer = self._http.get(_PROGRESS)
        if answer.status_code != HTTPStatus.OK:
            raise self._refused(answer)
        if b'"waiting"' not in answer.content:
            raise self._foreign()

    def send(self, entries: Iterable[Entry]) -> Added:
        """Puts products into the queue, some in a request; one that is sent twice is there once.

        A picture whose file cannot be read is left out. Products that the service refuses are in
        `Added.refused`; the others are taken.

        Raises:
            ServiceError: the service cannot be reached, refuses the key, stays too busy, or is not
                an aisle service. What was sent before stays there.
        """
        requests = _requests(entries, self._settings)
        return sum((self._post(lines) for lines in requests), start=Added())

    def fetch_decisions(self, to: Path) -> Path:
        """Writes all decisions into a Parquet file; see `export_decisions` for its columns.

        Returns:
            `to`.

        Raises:
            ServiceError: see `send`.
            OutputError: the file cannot be written.
        """
        kind = {"format": _PARQUET}
        with self._errors(), self._http.stream("GET", _DECISIONS, params=kind) as answer:
            if answer.status_code != HTTPStatus.OK:
                answer.read()
                raise self._refused(answer)
            if _PARQUET not in answer.headers.get("content-type", ""):
                raise self._foreign()
            _save(answer.iter_bytes(), to)
        return to

    def _post(self, lines: list[bytes]) -> Added:
        headers = {"Content-Type": "application/x-ndjson"}
        tries = self._settings.tries
        for tried in range(1, tries + 1):
            with self._errors():
                answer = self._http.post(_PRODUCTS, content=b"".join(lines), headers=headers)
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE or tried == tries:
                break
            time.sleep(_pause(answer.headers.get("retry-after", ""), self._settings.longest_wait))
        if answer.status_code != HTTPStatus.OK:
            raise self._refused(answer)
        return self._read(answer, lines)

    def _read(self, answer: httpx2.Response, lines: list[bytes]) -> Added:
        try:
            taken = answer.json()
            refused = tuple(
                RefusedEntry(json.loads(lines[int(one["line"]) - 1])["id"], str(one["error"]))
                for one in taken["failed"]
            )
            return Added(int(taken["new"]), int(taken["renewed"]), int(taken["decided"]), refused)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise self._foreign() from error

    def _refused(self, answer: httpx2.Response) -> ServiceError:
        try:
            reason = " ".join(str(answer.json()["error"]).split())[:300]
        except (ValueError, KeyError, TypeError):
            if answer.status_code not in _HINTS:
                return self._foreign()
            reason = f"HTTP {answer.status_code}"
        hint = _HINTS.get(answer.status_code)
        return ServiceError(f"{self._named} refuses: {reason}" + (f"; {hint}" if hint else ""))

    def _foreign(self) -> ServiceError:
        return ServiceError(
            f"{self._named} does not answer as an aisle service does; give its address"
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise ServiceError(
                f"{self._named} cannot be reached ({reason}); is `aisle serve` running there?"
            ) from error


def _checked(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
        parsed.raw_host.decode().encode("idna")  # as it will be looked up
    except (httpx2.InvalidURL, UnicodeError, TypeError) as error:
        raise InputError(
            f"{url[:80]!r} is no address; give one as http://127.0.0.1:8000"
        ) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise InputError(f"{url[:80]!r} is no http address; give one as http://127.0.0.1:8000")
    return parsed


def _named(url: httpx2.URL) -> str:
    """The address as messages name it, without password and parameters."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def _requests(entries: Iterable[Entry], settings: ClientSettings) -> Iterator[list[bytes]]:
    """The lines of one request after the other: at least one, within the bounds."""
    lines: list[bytes] = []
    size = 0
    for entry in entries:
        line = entry.to_line()
        if lines and (len(lines) == settings.lines or size + len(line) > settings.request_bytes):
            yield lines
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield lines


def _pause(retry_after: str, longest: float) -> float:
    asked = float(retry_after) if retry_after.strip().isdecimal() else 1.0
    return min(asked, longest)


def _save(chunks: Iterable[bytes], to: Path) -> None:
    with write_file(to) as part, part.open("wb") as file:
        file.writelines(chunks)
