"""What all pages share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nicegui import app as gui

from aisle.service.api.keys import Keys
from aisle.service.engine import Engine
from aisle.service.pages.catalogue import Catalogue
from aisle.service.settings import Limits

if TYPE_CHECKING:
    from aisle.review.desk import Desk


@dataclass(frozen=True)
class Site:
    """What the pages stand on.

    Attributes:
        engine: what answers.
        limits: what products may bring.
        keys: who may see what; without any all may see all.
        desk: the queue of products to review.
        data: the folder of what is kept.
        beside: a second model to compare with, or None.
        catalogue: products whose pictures are shown beside those that resemble them.
    """

    engine: Engine
    limits: Limits
    keys: Keys
    desk: Desk
    data: Path
    beside: Engine | None = None
    catalogue: Catalogue = field(default_factory=Catalogue)


def the_site() -> Site:
    """What was mounted; NiceGUI serves one site a process."""
    site: Site = gui.state.aisle
    return site
