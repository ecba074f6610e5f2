"""Who looks at a page, by the session in a signed cookie; checked anew at each action."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from aisle.service.api.keys import Role
from aisle.service.pages.sessions import session_lasts
from aisle.service.pages.site import the_site


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page.

    Attributes:
        name: of the key, or in a service without keys what he calls himself.
        digest: of his key, or empty.
        session: that he began by it, or empty.
    """

    name: str
    digest: str = ""
    session: str = ""

    def may(self, role: Role) -> bool:
        """Whether he may act in a role now; keys and sessions end while pages are open."""
        site = the_site()
        if not site.keys:
            return True
        key = site.keys.find_hash(self.digest)
        may = key is not None and key.role >= role
        return may and session_lasts(site.data, self.session)


def visitor_of(request: Request) -> Visitor | None:
    """Who sent a request by his session, or None where nobody has signed in."""
    cookie, site = request.session, the_site()
    if not site.keys:
        name = cookie.get("name", "")
        return Visitor(name) if name else None
    key, session = site.keys.find_hash(cookie.get("key", "")), cookie.get("session", "")
    if key is None or not session_lasts(site.data, session):
        return None
    return Visitor(key.name, key.sha256, session)


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
