"""Who looks at a page, by the session in a signed cookie; checked anew at each action."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from aisle.service.keys import Role
from aisle.service.pages.site import the_site


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page.

    Attributes:
        name: of the key, or in a service without keys what he calls himself.
        digest: of his key, or empty.
    """

    name: str
    digest: str = ""

    def may(self, role: Role) -> bool:
        """Whether he may act in a role now; keys expire while pages are open."""
        keys = the_site().keys
        key = keys.find_hash(self.digest)
        return not keys or (key is not None and key.role >= role)


def visitor_of(request: Request) -> Visitor | None:
    """Who sent a request by his session, or None where nobody has signed in."""
    session, keys = request.session, the_site().keys
    if keys:
        key = keys.find_hash(session.get("key", ""))
        return Visitor(key.name, key.sha256) if key else None
    name = session.get("name", "")
    return Visitor(name) if name else None


def refused(request: Request, role: Role) -> Response | None:
    """Where to send a visitor who may not see a page; None for one who may."""
    visitor = visitor_of(request)
    if visitor is not None and visitor.may(role):
        return None
    if not the_site().keys and role < Role.REVIEW:
        return None
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    needs = f"&needs={role.name.lower()}" if visitor else ""
    return RedirectResponse(f"/sign-in?to={quote(wanted, safe='')}{needs}", HTTPStatus.SEE_OTHER)
