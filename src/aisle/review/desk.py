"""The desk: products come in, reviewers take them one by one, decisions are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Engine

from aisle.duplicates.signatures import NearDuplicateSettings
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
from aisle.review.queue import add, prepare
from aisle.review.records import Action, DecisionRecord, Order, Progress, QueuedProduct, Task
from aisle.review.store import reading, writing
from aisle.review.tables import to_product
from aisle.schema import CategoryPath


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """How a desk works.

    Attributes:
        lease_seconds: how long a reviewer holds a product unless the lease is renewed.
        listed_duplicates: how many near-duplicates of a product are listed at most.
        products_per_transaction: how many products are added together.
        decisions_per_query: how many decisions are read together.
        near_duplicates: which products are near-duplicates.
    """

    lease_seconds: float = 180
    listed_duplicates: int = 60
    products_per_transaction: int = 500
    decisions_per_query: int = 500
    near_duplicates: NearDuplicateSettings = field(default_factory=NearDuplicateSettings)


class Desk:
    """The queue of products that wait for a person, kept in a database.

    All methods may be called from many threads and, with the same database and folder, from many
    processes. Each is one transaction: all of it happens, or nothing. All raise StoreError where
    the database cannot be reached.

    Args:
        database: from `open_database`.
        pictures: where pictures are kept.
        settings: how the desk works.
        clock: gives the time in UTC.

    Attributes:
        pictures: where pictures are kept.
    """

    def __init__(
        self,
        database: Engine,
        pictures: PictureStore,
        settings: DeskSettings | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.pictures = pictures
        self._database = database
        self._settings = settings or DeskSettings()
        self._clock = clock

    def add(self, entries: Sequence[Entry]) -> Added:
        """Puts products into the queue, some hundred in a transaction.

        A product that waits under the same key is renewed. Where its texts or pictures change, a
        lease on it becomes stale, so that nobody decides on something unseen. A product that was
        decided is left alone. A picture whose file cannot be read is left out.

        Raises:
            OutputError: a picture cannot be kept.
        """
        size = self._settings.products_per_transaction
        parts = (entries[start : start + size] for start in range(0, len(entries), size))
        with ThreadPoolExecutor(thread_name_prefix="aisle-review") as pool:
            return sum((self._add(some, pool) for some in parts), start=Added())

    def lease(self, reviewer: str, order: Order = Order.WORST) -> Task | None:
        """Gives a reviewer the next product that nobody holds; None where there is none.

        Each call gives another product, also to a reviewer who holds one already. Only this
        reviewer can decide with the lease.

        Raises:
            InputError: the reviewer's name cannot be kept.
        """
        request = self._request(reviewer)
        with writing(self._database) as connection:
            return take_next(connection, order, request)

    def renew(self, lease: str) -> datetime:
        """Makes a lease longer, and returns its new end, in UTC.

        Raises:
            StaleLeaseError: the lease has expired or was never given.
        """
        now = self._clock()
        expires = now + timedelta(seconds=self._settings.lease_seconds)
        with writing(self._database) as connection:
            held_row(connection, lease, now)
            prolong(connection, lease, expires)
        return expires

    def release(self, lease: str) -> None:
        """Gives a product back undecided; does nothing where the lease is stale."""
        with writing(self._database) as connection:
            give_back(connection, lease)

    def assign(self, lease: str, category: CategoryPath, reviewer: str) -> DecisionRecord:
        """Assigns a category, which is not checked against a tree here.

        Only the reviewer who has the lease can decide with it. The same call again returns the same
        and writes nothing, so that a caller who missed the answer can ask again.

        Raises:
            StaleLeaseError: the lease has expired, was never given to this reviewer, or was used
                for another decision or for one that was taken back.
            InputError: the category is empty, or the reviewer's name cannot be kept.
        """
        return self._decide(self._assignment(lease, category, reviewer))[0]

    def assign_alike(
        self, lease: str, seen: Mapping[str, str], category: CategoryPath, reviewer: str
    ) -> list[DecisionRecord]:
        """Assigns a category to the leased product and to near-duplicates of it, all or none.

        Args:
            lease: of the product.
            seen: the keys of near-duplicates, with the `version` that `alike` has listed. Those
                that have changed since, no longer wait, are held by somebody, or are no
                near-duplicates are left out.
            category: for all of them.
            reviewer: who decides.

        Returns:
            The decisions, the one on the leased product first; else as `assign`.
        """
        return self._decide(self._assignment(lease, category, reviewer), seen)

    def skip(self, lease: str, reviewer: str) -> DecisionRecord:
        """Puts a product behind those that were skipped less often; else as `assign`."""
        return self._without_category(Action.SKIP, lease, reviewer)

    def find_no_category(self, lease: str, reviewer: str) -> DecisionRecord:
        """Decides that no category fits; the product waits no more; else as `assign`."""
        return self._without_category(Action.NO_CATEGORY, lease, reviewer)

    def last_decision(self, reviewer: str) -> DecisionRecord | None:
        """The decision that a reviewer can take back next.

        Of a group it is the one on the leased product. A skip whose product somebody else has taken
        or decided since is passed over.
        """
        request = self._request(reviewer)
        with reading(self._database) as connection:
            return last_decision(connection, request)

    def undo(self, decision: int, reviewer: str) -> Task | None:
        """Takes back a decision, and gives its product to the reviewer again.

        Of a group, all decisions that stand are taken back. The same call again takes back nothing
        more and returns the same, with the same lease while it lasts. An older decision on the
        product does not come back. Somebody who looks at the product again loses it.

        Returns:
            None where the product has been decided anew, or somebody else has it from the queue.

        Raises:
            InputError: the reviewer has made no decision of this id.
        """
        request = self._request(reviewer)
        with writing(self._database) as connection:
            return undo(connection, decision, request)

    def look_again(self, decision: int, reviewer: str) -> Task | None:
        """Gives a reviewer the product of a past decision, of any reviewer.

        The decision on the product stands until the reviewer decides with this lease. A reviewer
        who holds the product already keeps the lease.

        Returns:
            None where somebody else holds the product.

        Raises:
            InputError: there is no decision of this id.
        """
        request = self._request(reviewer)
        with writing(self._database) as connection:
            return look_again(connection, decision, request)

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

        They come in the order in which they were added, at most `listed_duplicates` of them;
        `Task.alike` counts them all.

        Raises:
            StaleLeaseError: the lease has expired or was never given.
        """
        now, limit = self._clock(), self._settings.listed_duplicates
        with writing(self._database) as connection:
            return alike_products(connection, held_row(connection, lease, now), now, limit)

    def progress(self) -> Progress:
        """How far the queue is."""
        with reading(self._database) as connection:
            return progress(connection, self._clock())

    def decisions(self) -> Iterator[DecisionRecord]:
        """All decisions that stand, in their order and with skips, read some at a time."""
        last, limit = 0, self._settings.decisions_per_query
        while True:
            with reading(self._database) as connection:
                some = decisions_after(connection, last, limit)
            if not some:
                return
            yield from some
            last = some[-1].id

    def past(
        self, reviewer: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[DecisionRecord]:
        """The latest decisions, the newest first, with those that were taken back.

        Args:
            reviewer: whose; everybody's by default.
            before: an `id`; only older ones come.
            limit: how many at most.
        """
        with reading(self._database) as connection:
            return past_decisions(connection, reviewer, before, limit)

    def queue(self, order: Order = Order.WORST, limit: int = 50) -> list[QueuedProduct]:
        """The products that come next, at most `limit`."""
        with reading(self._database) as connection:
            rows = connection.execute(next_ones(order, self._clock(), limit))
            return [to_product(row) for row in rows]

    def close(self) -> None:
        """Ends the connections to the database; a later call opens new ones."""
        self._database.dispose()

    def _add(self, entries: Sequence[Entry], pool: Executor) -> Added:
        prepared = list(pool.map(lambda entry: prepare(entry, self.pictures), entries))
        with writing(self._database) as connection:
            return add(connection, prepared, self._settings.near_duplicates)

    def _request(self, reviewer: str) -> LeaseRequest:
        return LeaseRequest(check_reviewer(reviewer), self._clock(), self._settings.lease_seconds)

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
