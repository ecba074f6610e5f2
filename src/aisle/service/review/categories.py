"""Which categories can be assigned: those that the model can answer with."""

from __future__ import annotations

from aisle.schema import CategoryPath, join_path
from aisle.service.refusals import one_line, unprocessable
from aisle.service.review.messages import DecisionIn
from aisle.taxonomy import Taxonomy

_NAME_CHARACTERS = 120


def assigned_category(given: DecisionIn, tree: Taxonomy) -> CategoryPath:
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
