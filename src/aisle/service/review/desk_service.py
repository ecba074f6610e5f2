"""What the review API does with a desk: take, decide, take back, look again, count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from http import HTTPStatus
from typing import TypeVar
from weakref import WeakKeyDictionary

from aisle.classifier import Classifier
from aisle.errors import InputError, OutputError, StaleLeaseError, StoreError
from aisle.review.desk import Desk
from aisle.review.progress import Throughput
from aisle.review.records import Action, DecisionRecord, Order, Task
from aisle.schema import CategoryPath, join_path
from aisle.service.api.errors import RefusedError, one_line, overloaded, unprocessable
from aisle.service.inference.engine import InferenceEngine
from aisle.service.observability import log_trouble
from aisle.service.review.desk_schemas import (
    Decided,
    DecisionIn,
    DeskProgress,
    HeldTask,
    History,
    PastDecisionIn,
    Renewed,
    Whose,
    seconds_until,
)
from aisle.service.review.tree_search import TreeSearch
from aisle.taxonomy import Taxonomy

_NAME_CHARACTERS = 120
_BARE: dict[Action, Callable[[Desk, str, str], DecisionRecord]] = {
    Action.SKIP: Desk.skip,
    Action.NO_CATEGORY: Desk.find_no_category,
}
"""What is decided without a category."""

_threads = ThreadPoolExecutor(8, "aisle-desk")
"""Threads of the desk alone: where its database hangs, all else that takes a thread goes on."""

_Answer = TypeVar("_Answer")


class DeskService:
    """A desk with what its callers share: the pace of reviewers and the search in the tree.

    All methods raise RefusedError where the desk cannot do what it is asked.

    Args:
        desk: keeps the queue and the decisions.
        engine: knows the tree, whose categories can be assigned.

    Attributes:
        desk: as given.
        engine: as given.
    """

    def __init__(self, desk: Desk, engine: InferenceEngine) -> None:
        self.desk = desk
        self.engine = engine
        self._throughput = Throughput()
        self._trees: WeakKeyDictionary[Classifier, TreeSearch] = WeakKeyDictionary()

    async def lease(self, reviewer: str, order: Order) -> HeldTask | None:
        """Gives the next product to a reviewer."""
        task = await at_the_desk(lambda: self.desk.lease(reviewer, order))
        return HeldTask.of(task) if task else None

    async def renew(self, lease: str) -> Renewed:
        """Holds a product longer."""
        expires = await at_the_desk(lambda: self.desk.renew(lease))
        return Renewed(expires=expires, seconds=seconds_until(expires))

    async def decide(self, given: DecisionIn, reviewer: str) -> Decided:
        """Keeps a decision, after some leases were given back."""
        await self._give_back(given.release)
        decided = Decided.of(await self._decide(given, reviewer))
        self._throughput.count(decided.id, reviewer, decided.decided)
        return decided

    async def undo(self, given: PastDecisionIn, reviewer: str) -> HeldTask | None:
        """Takes back a decision of a reviewer, who gets the product again."""
        task = await self._bring(given, lambda: self.desk.undo(given.decision, reviewer))
        self._throughput.take_back(given.decision)
        return task

    async def look_again(self, given: PastDecisionIn, reviewer: str) -> HeldTask | None:
        """Gives a reviewer the product of a past decision."""
        return await self._bring(given, lambda: self.desk.look_again(given.decision, reviewer))

    async def history(self, reviewer: str, whose: Whose, before: int | None, limit: int) -> History:
        """Past decisions, the newest first."""
        name = reviewer if whose is Whose.MINE else None
        records = await at_the_desk(lambda: self.desk.past(name, before, limit + 1))
        older = records[limit - 1].id if len(records) > limit else None
        return History(decisions=records[:limit], older=older)

    async def find(self, query: str, limit: int) -> list[CategoryPath]:
        """The categories of the tree that a query finds."""
        model = self.engine.answering
        if model not in self._trees:
            self._trees[model] = TreeSearch(model.taxonomy_.categories)
        return await asyncio.to_thread(self._trees[model].search, query, limit)

    async def progress(self, reviewer: str) -> DeskProgress:
        """How far the queue is, and how fast it goes."""
        found = await at_the_desk(self.desk.progress)
        return DeskProgress(
            **asdict(found),
            reviewer=reviewer,
            mine=found.by_reviewer.get(reviewer, 0),
            per_minute=self._throughput.per_minute(),
            per_minute_mine=self._throughput.per_minute(reviewer),
            minutes_left=self._throughput.minutes_left(found.waiting + found.held),
        )

    async def _decide(self, given: DecisionIn, reviewer: str) -> list[DecisionRecord]:
        desk = self.desk
        if keep := _BARE.get(given.action):
            if given.category is not None or given.also:
                raise unprocessable(
                    f"{given.action} takes no category; leave category and also out"
                )
            return [await at_the_desk(lambda: keep(desk, given.lease, reviewer))]
        category = _assigned(given, self.engine.answering.taxonomy_)
        return await at_the_desk(
            lambda: desk.assign_alike(given.lease, given.also, category, reviewer)
        )

    async def _bring(
        self, given: PastDecisionIn, find: Callable[[], Task | None]
    ) -> HeldTask | None:
        """A product that comes again; what was held until now is given back for it."""
        task = await at_the_desk(find)
        if task is None:
            return None
        await self._give_back([lease for lease in given.release if lease != task.lease])
        return HeldTask.of(task, await at_the_desk(lambda: self.desk.standing(task.lease)))

    async def _give_back(self, leases: Sequence[str]) -> None:
        for lease in leases:
            await at_the_desk(lambda: self.desk.release(lease))  # noqa: B023 - awaited at once


async def at_the_desk(work: Callable[[], _Answer]) -> _Answer:
    """Does work of the desk in a thread of its own.

    Raises:
        RefusedError: the desk cannot do it.
    """
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    except StaleLeaseError as error:
        raise RefusedError(HTTPStatus.CONFLICT, str(error)) from error
    except InputError as error:
        raise unprocessable(str(error)) from error
    except (StoreError, OutputError) as error:
        log_trouble("the queue cannot be used", error)
        raise overloaded("the queue cannot be used now", seconds=5) from error


def _assigned(given: DecisionIn, tree: Taxonomy) -> CategoryPath:
    """The category that a decision assigns.

    Raises:
        RefusedError: it names none, one that is not in the tree, or a node that only has
            categories below it.
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
