"""Who may do what: API keys, of which only the hashes are known here."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from aisle.errors import InputError

VARIABLE = "AISLE_API_KEYS"
"""The variable of the environment with keys as `role:sha256`, separated by commas."""

NAME_CHARACTERS = 60
"""The longest name of who holds a key, or reviews without one."""

_HASH = re.compile(r"[0-9a-f]{64}")


class Role(IntEnum):
    """What a key allows; each role may do what those before it may."""

    CLASSIFY = 1
    REVIEW = 2
    ADMIN = 3


@dataclass(frozen=True)
class ApiKey:
    """A key by its hash.

    Attributes:
        name: who holds it; decisions are kept under it.
        role: what it allows.
        sha256: of the key, in hexadecimal.
        expires: from when on it is no longer taken, or None.
    """

    name: str
    role: Role
    sha256: str
    expires: datetime | None = None


class Keys:
    """All keys; with none the service is open to everyone who reaches it."""

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self._keys = tuple(keys)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def find(self, presented: str) -> ApiKey | None:
        """The key that was presented, if it is known and has not expired."""
        return self.find_hash(hash_key(presented))

    def find_hash(self, digest: str) -> ApiKey | None:
        """The key of a hash, if it is known and has not expired.

        All hashes are compared, each in constant time, so that the time taken reveals nothing.
        """
        fitting = [key for key in self._keys if hmac.compare_digest(key.sha256, digest)]
        now = datetime.now(UTC)
        return next((k for k in fitting if k.expires is None or now < k.expires), None)

    @classmethod
    def from_file(cls, path: Path) -> Keys:
        """Reads a TOML file with one table `[[keys]]` a key: name, role, sha256, expires.

        Raises:
            InputError: it cannot be read, a key lacks something, or two share name or hash.
        """
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
        except ValueError as error:  # TOML or UTF-8
            raise InputError(f"{path} is no TOML file: {error}") from error
        entries = content.get("keys")
        if not isinstance(entries, list) or not entries:
            raise InputError(f"{path} has no [[keys]]; give name, role and sha256 of each key")
        return cls(_distinct((entry, f"key {n} of {path}") for n, entry in enumerate(entries, 1)))

    @classmethod
    def from_text(cls, text: str) -> Keys:
        """Reads `role:sha256,role:sha256`, as in the environment.

        Raises:
            InputError: a part is of another form, or a hash comes twice.
        """
        parts = [part.strip() for part in text.split(",") if part.strip()]
        pairs = [part.partition(":") for part in parts]
        return cls(
            _distinct(
                ({"name": f"{VARIABLE} {n}", "role": role, "sha256": digest}, f"key {n}")
                for n, (role, _, digest) in enumerate(pairs, 1)
            )
        )


def new_key() -> str:
    """A new random key, to be shown once."""
    return secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """SHA-256 in hexadecimal; keys are random and long, so a slow hash would add nothing."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _distinct(entries: Iterable[tuple[Any, str]]) -> Iterator[ApiKey]:
    """The keys of entries, each with where it stands; no two with the same name or hash."""
    names: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for entry, where in entries:
        key = _key(entry, where)
        if other := hashes.get(key.sha256):
            raise InputError(f"{where} has the hash of {other}; make a key of its own for each")
        if other := names.get(key.name):
            raise InputError(f"{where} has the name {key.name!r} of {other}; give each its own")
        hashes[key.sha256] = names[key.name] = where
        yield key


def _key(entry: Any, where: str) -> ApiKey:
    entry = entry if isinstance(entry, dict) else {}
    role = str(entry.get("role", "")).upper()
    if role not in Role.__members__:
        known = ", ".join(role.name.lower() for role in Role)
        raise InputError(f"{where} has no known role; give one of {known}")
    digest = str(entry.get("sha256", "")).lower()
    if not _HASH.fullmatch(digest):
        raise InputError(f"{where} has no SHA-256 hash; give its 64 hexadecimal digits")
    expires = entry.get("expires")
    if expires is not None and not (isinstance(expires, datetime) and expires.tzinfo):
        raise InputError(f"{where} expires at no point in time; give one as 2030-01-31T00:00:00Z")
    return ApiKey(_name(entry.get("name"), where), Role[role], digest, expires)


def _name(given: object, where: str) -> str:
    """Who holds a key: a name that a session shows and that the review desk can keep."""
    name = given.strip() if isinstance(given, str) else ""
    if not name.isprintable() or not 0 < len(name) <= NAME_CHARACTERS:
        raise InputError(
            f"{where} has no name that can be kept; give 1 to {NAME_CHARACTERS} printed characters"
        )
    return name
