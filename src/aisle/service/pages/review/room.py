"""What the review page keeps while the server runs, one for all its visitors."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from nicegui import app as gui

from aisle.classifier import Classifier
from aisle.review.progress import Throughput
from aisle.review.records import Progress
from aisle.service.pages.review.filling import Filling
from aisle.service.pages.site import the_site
from aisle.service.review.desk_service import at_the_desk
from aisle.service.review.tree_search import TreeSearch

_FRESH_SECONDS = 0.8


@dataclass
class ReviewRoom:
    """What all who review share.

    Attributes:
        throughput: how fast they are.
        filling: the latest upload, or None.
    """

    throughput: Throughput = field(default_factory=Throughput)
    filling: Filling | None = None
    _trees: WeakKeyDictionary[Classifier, TreeSearch] = field(default_factory=WeakKeyDictionary)
    _progress: tuple[float, Progress] | None = None

    def tree(self) -> TreeSearch:
        """The search in the tree of the model that answers now.

        Raises:
            RefusedError: the model is being loaded.
        """
        model = the_site().engine.answering
        if model not in self._trees:
            self._trees[model] = TreeSearch(model.taxonomy_.categories)
        return self._trees[model]

    async def progress(self) -> Progress:
        """How far the queue is; what was asked less than a second ago is answered again.

        Raises:
            RefusedError: the desk cannot tell.
        """
        now = time.monotonic()
        if self._progress is None or now - self._progress[0] > _FRESH_SECONDS:
            self._progress = now, await at_the_desk(the_site().desk.progress)
        return self._progress[1]


def the_room() -> ReviewRoom:
    """The room of the site that is served."""
    if not hasattr(gui.state, "review"):
        gui.state.review = ReviewRoom()
    room: ReviewRoom = gui.state.review
    return room
