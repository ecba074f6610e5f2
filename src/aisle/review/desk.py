"""The desk: products come in, reviewers take them one by one, decisions are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Engine

from aisle.errors import InputError
from aisle.review.decisions import (
    NewDecision,
    decide,
    decisions_after,
    last_decision,
    look_again,
    past_decisions,
    standing_decision,
    undo,
)
from aisle.review.entries import Added, Entry, check_reviewer
from aisle.review.leases import (
    LeaseRequest,
    alike_products,
    give_back,
    held_row,
    next_ones,
    prolong,
    take_next,
)
from aisle.review.picture_store import PictureStore
from aisle.review.progress import progress
from aisle.review.queue import TOGETHER, add, prepare
from aisle.review.records import Action, DecisionRecord, Order, Progress, QueuedProduct, Task
from aisle.review.store import reading, writing
from aisle.review.tables import to_product
from aisle.schema import CategoryPath


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class Desk:
    """The queue of products that wait for a person, kept in a database.

    All methods may be called from many threads and, with the same database and folder, from many
    processes. Each is one transaction: it has happened as a whole, or not at all. All raise
    StoreError where the database cannot be reached.

    Args:
        database: from `open_database`.
        pictures: where pictures are kept.
        lease_seconds: how long a reviewer holds a product, unless he renews.
        clock: tells the time in UTC.

    Attributes:
        pictures: where pictures are kept.
    """

    def __init__(
        self,
        database: Engine,
        pictures: PictureStore,
        lease_seconds: float = 180,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.pictures = pictures
        self._database = database
        self._lease_seconds = lease_seconds
        self._clock = clock

    def add(self, entries: Sequence[Entry]) -> Added:
        """Puts products into the queue, some hundred in a transaction.

        One that waits under the same key is renewed; where its texts or pictures change, the lease
        of who holds it is stale, so that nobody decides on what he has not seen. One that was
        decided is left alone. A picture whose file cannot be read is left out.

        Raises:
            OutputError: a picture cannot be kept.
        """
        parts = (entries[start : start + TOGETHER] for start in range(0, len(entries), TOGETHER))
        with ThreadPoolExecutor(thread_name_prefix="aisle-review") as pool:
            return sum((self._add(some, pool) for some in parts), start=Added())

    def lease(self, reviewer: str, order: Order = Order.WORST) -> Task | None:
        """Gives a reviewer the next product that nobody holds; None where there is none.

        Each call gives another product, also to a reviewer who holds one already. The lease decides
        only for this reviewer: what decides takes it from nobody else.

        Raises:
            InputError: the reviewer's name cannot be kept.
        """
        hold = self._hold(reviewer)
        with writing(self._database) as connection:
            return take_next(connection, order, hold)

    def renew(self, lease: str) -> datetime:
        """Holds a product longer, for the reviewer it was given to; returns until when, in UTC.

        Raises:
            StaleLeaseError: the lease has expired or was never given.
        """
        now = self._clock()
        expires = now + timedelta(seconds=self._lease_seconds)
        with writing(self._database) as connection:
            held_row(connection, lease, now)
            prolong(connection, lease, expires)
        return expires

    def release(self, lease: str) -> None:
        """Gives a product back undecided; does nothing where the lease is stale."""
        with writing(self._database) as connection:
            give_back(connection, lease)

    def assign(self, lease: str, category: CategoryPath, reviewer: str) -> DecisionRecord:
        """Decides for a category, which is not checked against a tree here.

        Only the reviewer that the lease was given to decides under it. The same call again answers
        the same and writes nothing, so that a caller who has not seen the answer can ask again.

        Raises:
            StaleLeaseError: the lease has expired or was never given to this reviewer, or another
                decision was made under it, or that decision was taken back.
            InputError: the category is empty, or the reviewer's name cannot be kept.
        """
        return self._decide(self._assignment(lease, category, reviewer))[0]

    def assign_alike(
        self, lease: str, seen: Mapping[str, str], category: CategoryPath, reviewer: str
    ) -> list[DecisionRecord]:
        """Decides for the leased product and for near-duplicates of it, all or none.

        Args:
            lease: of the product.
            seen: near-duplicates, by their keys the `version` in which `alike` has listed them;
                those that have changed since, that no longer wait, that somebody holds, or that
                are not alike are left out.
            category: for all of them.
            reviewer: who decides.

        Returns:
            The decisions, that on the leased product first; else as `assign`.
        """
        return self._decide(self._assignment(lease, category, reviewer), seen)

    def skip(self, lease: str, reviewer: str) -> DecisionRecord:
        """Puts a product behind all that were skipped less often; else as `assign`."""
        return self._without_category(Action.SKIP, lease, reviewer)

    def find_no_category(self, lease: str, reviewer: str) -> DecisionRecord:
        """Decides that no category fits; the product waits no more; else as `assign`."""
        return self._without_category(Action.NO_CATEGORY, lease, reviewer)

    def last_decision(self, reviewer: str) -> DecisionRecord | None:
        """What a reviewer can take back next: of a group the decision on the product he had held.

        A skip whose product somebody else has taken or decided since is passed over.
        """
        hold = self._hold(reviewer)
        with reading(self._database) as connection:
            return last_decision(connection, hold)

    def undo(self, decision: int, reviewer: str) -> Task | None:
        """Takes back a decision, and gives the product anew to the reviewer who had made it.

        Of a group all decisions are taken back that still stand. The same call again takes back
        nothing more and answers the same, with the same lease as long as he holds the product.
        None where the product has been decided anew, or somebody else has it from the queue; who
        only looks at it again loses it. What he had decided anew leaves no older decision standing.

        Raises:
            InputError: the reviewer has made no decision of this id.
        """
        hold = self._hold(reviewer)
        with writing(self._database) as connection:
            return undo(connection, decision, hold)

    def look_again(self, decision: int, reviewer: str) -> Task | None:
        """Gives a reviewer the product of a past decision, his own or another's.

        What stands on the product stands until he decides under this lease: then it is taken back.
        A reviewer who holds the product already keeps his lease; None where somebody else holds it.

        Raises:
            InputError: there is no decision of this id.
        """
        hold = self._hold(reviewer)
        with writing(self._database) as connection:
            return look_again(connection, decision, hold)

    def standing(self, lease: str) -> DecisionRecord | None:
        """The decision that stands on a leased product; None where it waits for one.

        Raises:
            StaleLeaseError: the lease has expired or was never given.
        """
        now = self._clock()
        with writing(self._database) as connection:
            return standing_decision(connection, held_row(connection, lease, now).number)

    def alike(self, lease: str) -> list[QueuedProduct]:
        """The near-duplicates of a leased product that wait and that nobody holds.

        They come in the order in which they were added, at most `ALIKE_SHOWN` of them;
        `Task.alike` counts them all.

        Raises:
            StaleLeaseError: the lease has expired or was never given.
        """
        now = self._clock()
        with writing(self._database) as connection:
            return alike_products(connection, held_row(connection, lease, now), now)

    def progress(self) -> Progress:
        """How far the queue is."""
        with reading(self._database) as connection:
            return progress(connection, self._clock())

    def decisions(self) -> Iterator[DecisionRecord]:
        """All decisions that stand in their order, skips among them, read some at a time."""
        last = 0
        while True:
            with reading(self._database) as connection:
                some = decisions_after(connection, last)
            if not some:
                return
            yield from some
            last = some[-1].id

    def past(
        self, reviewer: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[DecisionRecord]:
        """The latest decisions, the newest first, those that were taken back among them.

        Args:
            reviewer: whose; everybody's by default.
            before: an `id`; only older ones come.
            limit: so many at most.
        """
        with reading(self._database) as connection:
            return past_decisions(connection, reviewer, before, limit)

    def queue(self, order: Order = Order.WORST, limit: int = 50) -> list[QueuedProduct]:
        """The products that will be given next, at most `limit`."""
        with reading(self._database) as connection:
            rows = connection.execute(next_ones(order, self._clock(), limit))
            return [to_product(row) for row in rows]

    def close(self) -> None:
        """Ends the connections to the database; a later call opens new ones."""
        self._database.dispose()

    def _add(self, entries: Sequence[Entry], pool: Executor) -> Added:
        prepared = list(pool.map(lambda entry: prepare(entry, self.pictures), entries))
        with writing(self._database) as connection:
            return add(connection, prepared)

    def _hold(self, reviewer: str) -> LeaseRequest:
        return LeaseRequest(check_reviewer(reviewer), self._clock(), self._lease_seconds)

    def _assignment(self, lease: str, category: CategoryPath, reviewer: str) -> NewDecision:
        if not category:
            raise InputError("the category is empty; give the names from the root down")
        return NewDecision(
            lease, Action.ASSIGN, tuple(category), check_reviewer(reviewer), self._clock()
        )

    def _without_category(self, action: Action, lease: str, reviewer: str) -> DecisionRecord:
        decision = NewDecision(lease, action, None, check_reviewer(reviewer), self._clock())
        return self._decide(decision)[0]

    def _decide(
        self, decision: NewDecision, also: Mapping[str, str] = MappingProxyType({})
    ) -> list[DecisionRecord]:
        with writing(self._database) as connection:
            return decide(connection, decision, also)
