"""The door: which requests may come in."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from aisle.service.keys import ApiKey, Keys, Role
from aisle.service.refusals import RefusedError

_BEARER = HTTPBearer(auto_error=False, description="An API key as a Bearer token.")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same in a header.")

Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
Header = Annotated[str | None, Security(_HEADER)]
_Check = Coroutine[Any, Any, ApiKey | None]


def needs(role: Role) -> Any:
    """A dependency of routes that only holders of a key of this role may call.

    It gives the key. A service without keys lets everyone in, and gives None.
    """
    return Depends(_CHECKS[role])


def _check_for(role: Role) -> Callable[[Request, Bearer, Header], _Check]:
    async def check(request: Request, bearer: Bearer, header: Header) -> ApiKey | None:
        keys: Keys = request.app.state.keys
        return _admitted(keys, bearer.credentials if bearer else header, role) if keys else None

    return check


def _admitted(keys: Keys, presented: str | None, role: Role) -> ApiKey:
    key = keys.find(presented) if presented else None
    if key is None:
        what = "the API key is unknown or has expired" if presented else "an API key is needed"
        raise RefusedError(
            HTTPStatus.UNAUTHORIZED,
            f"{what}; send one as a Bearer token or in X-API-Key",
            {"WWW-Authenticate": "Bearer"},
        )
    if key.role < role:
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            f"the API key has the role {key.role.name.lower()}; {role.name.lower()} is needed",
        )
    return key


_CHECKS = {role: _check_for(role) for role in Role}
