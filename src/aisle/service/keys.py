"""Who may do what: API keys, of which only the hashes are known here."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from aisle.errors import InputError

VARIABLE = "AISLE_API_KEYS"
"""The variable of the environment with keys as `role:sha256`, separated by commas."""

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
        name: who holds it, for people.
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

        All hashes are compared, each in constant time: how long it takes tells nothing.
        """
        fitting = [key for key in self._keys if hmac.compare_digest(key.sha256, digest)]
        now = datetime.now(UTC)
        return next((k for k in fitting if k.expires is None or now < k.expires), None)

    @classmethod
    def from_file(cls, path: Path) -> Keys:
        """Reads a TOML file with one table `[[keys]]` a key: name, role, sha256, expires.

        Raises:
            InputError: it cannot be read, or a key lacks something.
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
        return cls(
            _key(entry, f"key {number} of {path}") for number, entry in enumerate(entries, 1)
        )

    @classmethod
    def from_text(cls, text: str) -> Keys:
        """Reads `role:sha256,role:sha256`, as in the environment.

        Raises:
            InputError: a part is of another form.
        """
        parts = [part.strip() for part in text.split(",") if part.strip()]
        pairs = [part.partition(":") for part in parts]
        return cls(
            _key({"name": f"{VARIABLE} {number}", "role": role, "sha256": digest}, f"key {number}")
            for number, (role, _, digest) in enumerate(pairs, 1)
        )


def new_key() -> str:
    """A new random key, to be shown once."""
    return secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """SHA-256 in hexadecimal; keys are random and long, so a slow hash would add nothing."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


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
    return ApiKey(str(entry.get("name", where)), Role[role], digest, expires)
