"""A decision as reviewers send it, over REST or from the page, checked and kept."""

from __future__ import annotations

from collections.abc import Callable

from aisle.review.desk import Desk
from aisle.review.records import Action, DecisionRecord
from aisle.schema import CategoryPath, join_path
from aisle.service.engine import Engine
from aisle.service.refusals import one_line, unprocessable
from aisle.service.review.access import at_the_desk
from aisle.service.review.messages import DecisionIn
from aisle.taxonomy import Taxonomy

_NAME_CHARACTERS = 120
_BARE: dict[Action, Callable[[Desk, str, str], DecisionRecord]] = {
    Action.SKIP: Desk.skip,
    Action.NO_CATEGORY: Desk.find_no_category,
}
"""What is decided without a category."""


async def keep_decision(
    desk: Desk, given: DecisionIn, reviewer: str, engine: Engine
) -> list[DecisionRecord]:
    """Keeps a decision.

    Args:
        desk: where it is kept.
        given: what was decided.
        reviewer: who has decided.
        engine: knows the tree, of whose categories one can be assigned.

    Returns:
        The decisions, that on the leased product first.

    Raises:
        RefusedError: the lease is stale, or the category cannot be assigned.
    """
    if keep := _BARE.get(given.action):
        if given.category is not None or given.also:
            raise unprocessable(f"{given.action} takes no category; leave category and also out")
        return [await at_the_desk(lambda: keep(desk, given.lease, reviewer))]
    category = _assigned(given, engine.answering.taxonomy_)
    return await at_the_desk(lambda: desk.assign_alike(given.lease, given.also, category, reviewer))


def _assigned(given: DecisionIn, tree: Taxonomy) -> CategoryPath:
    """The category that a decision assigns.

    Raises:
        RefusedError: it names none, one that is not in the tree, or a node that only has
            categories beneath it.
    """
    if not given.category:
        raise unprocessable("there is no category to assign; give a path of names")
    category = tuple(given.category)
    name = one_line(join_path(category))[:_NAME_CHARACTERS]
    if category not in tree:
        raise unprocessable(f"{name!r} is not in the tree; /v1/taxonomy lists what is")
    if category not in tree.categories:
        raise unprocessable(f"{name!r} is no category of the tree; choose one beneath it")
    return category
