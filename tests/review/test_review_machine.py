"""The desk against a model of it in memory."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from review_entries import MUGS, PANS, Clock, entry, own_text

from aisle.errors import StaleLeaseError
from aisle.review.records import Action, Added, Order, Task

pytest.importorskip("sqlalchemy")

from sqlalchemy import delete

from aisle.review.database import open_database, writing
from aisle.review.desk import Desk
from aisle.review.pictures import Pictures
from aisle.review.tables import Base

SECONDS = 10
KEYS = st.sampled_from([f"p{number}" for number in range(6)])
REVIEWERS = st.sampled_from(["Ada", "Grace"])
CATEGORIES = st.sampled_from([MUGS, PANS])


@dataclass
class Known:
    """What is known of a product."""

    number: int
    confidence: float
    value: float
    text: str
    waiting: bool = True
    skips: int = 0
    lease: str = ""
    holder: str = ""
    until: float = 0.0


@dataclass
class Made:
    """A decision."""

    lease: str
    key: str
    action: Action
    category: object
    reviewer: str
    undone: bool = False


class DeskMachine(RuleBasedStateMachine):
    url: ClassVar[str]
    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.time = Clock(), 0.0
        self.folder = tempfile.TemporaryDirectory()
        engine = open_database(self.url)
        with writing(engine) as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(delete(table))
        self.desk = Desk(engine, Pictures(Path(self.folder.name)), SECONDS, self.clock)
        self.products: dict[str, Known] = {}
        self.made: list[Made] = []

    def teardown(self) -> None:
        self.desk.close()
        self.folder.cleanup()

    @rule(
        key=KEYS,
        confidence=st.sampled_from([0.1, 0.2, 0.3]),
        value=st.sampled_from([1.0, 2.0]),
        edition=st.sampled_from(["", "new"]),
    )
    def add(self, key: str, confidence: float, value: float, edition: str) -> None:
        text = own_text(key + edition)
        added = self.desk.add([entry(key, confidence, value, [text])])
        known = self.products.get(key)
        if known is None:
            self.products[key] = Known(len(self.products), confidence, value, text)
            assert added == Added(new=1)
        elif known.waiting:
            if known.text != text:
                known.lease, known.holder, known.until = "", "", 0.0
            known.confidence, known.value, known.text = confidence, value, text
            assert added == Added(renewed=1)
        else:
            assert added == Added(decided=1)

    @rule(target=leases, reviewer=REVIEWERS, order=st.sampled_from(Order))
    def lease(self, reviewer: str, order: Order) -> str:
        expected = self.ordered(order)
        assert [one.key for one in self.desk.queue(order)] == expected
        task = self.desk.lease(reviewer, order)
        assert (task and task.product.key) == (expected[0] if expected else None)
        return self.take(task, reviewer)

    @rule(lease=leases, category=CATEGORIES, reviewer=REVIEWERS)
    def assign(self, lease: str, category: tuple[str, ...], reviewer: str) -> None:
        self.decide(lease, Action.ASSIGN, category, reviewer)

    @rule(lease=leases, reviewer=REVIEWERS)
    def skip(self, lease: str, reviewer: str) -> None:
        self.decide(lease, Action.SKIP, None, reviewer)

    @rule(lease=leases)
    def renew(self, lease: str) -> None:
        key = self.held(lease)
        if key is None:
            with pytest.raises(StaleLeaseError):
                self.desk.renew(lease)
        else:
            self.desk.renew(lease)
            self.products[key].until = self.time + SECONDS

    @rule(lease=leases)
    def release(self, lease: str) -> None:
        self.desk.release(lease)
        for one in self.products.values():
            if lease and one.lease == lease:
                one.lease, one.until = "", 0.0

    @rule(seconds=st.sampled_from([1, 6, 11]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.time += seconds

    @rule(target=leases, reviewer=REVIEWERS)
    def undo(self, reviewer: str) -> str:
        task = self.desk.undo(reviewer)
        last = next((one for one in reversed(self.made) if self.within_reach(one, reviewer)), None)
        assert (task and task.product.key) == (last and last.key)
        if last is None:
            return ""
        last.undone = True
        known = self.products[last.key]
        known.waiting = True
        known.skips -= last.action is Action.SKIP
        return self.take(task, reviewer)

    @invariant()
    def decisions_are_those_made(self) -> None:
        standing = [one for one in self.made if not one.undone]
        found = [(one.key, one.action, one.category, one.reviewer) for one in self.desk.decisions()]
        assert found == [(one.key, one.action, one.category, one.reviewer) for one in standing]

    @invariant()
    def progress_counts(self) -> None:
        found = self.desk.progress()
        known = self.products.values()
        assert found.held == sum(one.waiting and one.until > self.time for one in known)
        assert found.waiting == sum(one.waiting and one.until <= self.time for one in known)
        assert found.decided == sum(not one.waiting for one in known)

    def decide(self, lease: str, action: Action, category: object, reviewer: str) -> None:
        call = (
            (lambda: self.desk.assign(lease, category, reviewer))
            if action is Action.ASSIGN
            else (lambda: self.desk.skip(lease, reviewer))
        )
        key = self.held(lease)
        before = next((one for one in self.made if lease and one.lease == lease), None)
        if key is not None and self.products[key].holder == reviewer:
            assert call().key == key
            known = self.products[key]
            known.lease, known.until = "", 0.0
            known.waiting = action is Action.SKIP
            known.skips += action is Action.SKIP
            self.made.append(Made(lease, key, action, category, reviewer))
        elif before == Made(lease, before.key if before else "", action, category, reviewer):
            assert call().key == before.key
        else:
            with pytest.raises(StaleLeaseError):
                call()

    def take(self, task: Task | None, reviewer: str) -> str:
        if task is None:
            return ""
        known = self.products[task.product.key]
        known.lease, known.holder, known.until = task.lease, reviewer, self.time + SECONDS
        return task.lease

    def held(self, lease: str) -> str | None:
        return next(
            (
                key
                for key, one in self.products.items()
                if lease and one.lease == lease and one.until > self.time
            ),
            None,
        )

    def ordered(self, order: Order) -> list[str]:
        free = [key for key, one in self.products.items() if one.waiting and one.until <= self.time]

        def rank(key: str) -> tuple[float, ...]:
            one = self.products[key]
            value = -one.value if order is Order.VALUABLE else 0.0
            return (one.skips, value, one.confidence, one.number)

        return sorted(free, key=rank)

    def within_reach(self, made: Made, reviewer: str) -> bool:
        known = self.products[made.key]
        own = known.until <= self.time or known.holder == reviewer
        mine = made.reviewer == reviewer and not made.undone
        return mine and (made.action is Action.ASSIGN or (known.waiting and own))


def test_the_desk_does_as_its_model(database_url: str) -> None:
    class Machine(DeskMachine):
        url = database_url

    steps = settings(max_examples=12, stateful_step_count=30)
    run_state_machine_as_test(Machine, settings=steps)
