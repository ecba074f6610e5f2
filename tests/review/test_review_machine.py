"""The desk against a model of it in memory."""

from __future__ import annotations

import tempfile
from collections import Counter
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
    precondition,
    rule,
    run_state_machine_as_test,
)
from review_entries import MUGS, PANS, Clock, entry, own_text, shown_with

from aisle.errors import InputError, StaleLeaseError
from aisle.review.entries import Added
from aisle.review.records import Action, Order, Task

pytest.importorskip("sqlalchemy")

from sqlalchemy import delete

from aisle.review.desk import Desk, DeskSettings
from aisle.review.picture_store import PictureStore
from aisle.review.store import open_database, writing
from aisle.review.tables import Base

SECONDS = 10
KEYS = st.sampled_from([f"p{number}" for number in range(6)])
REVIEWERS = st.sampled_from(["Ada", "Grace"])
SAME = "one and the same text of several listings"
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

    id: int
    lease: str
    key: str
    action: Action
    category: object
    reviewer: str
    undone: bool = False

    @property
    def said(self) -> tuple[Action, object, str]:
        return self.action, self.category, self.reviewer


@dataclass(frozen=True)
class Sketch:
    """What a reviewer has seen of a group."""

    lease: str
    reviewer: str
    versions: dict[str, str]
    texts: dict[str, str]


class DeskMachine(RuleBasedStateMachine):
    url: ClassVar[str]
    leases = Bundle("leases")
    looks = Bundle("looks")

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.time = Clock(), 0.0
        self.folder = tempfile.TemporaryDirectory()
        engine = open_database(self.url)
        with writing(engine) as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(delete(table))
        self.desk = Desk(
            engine, PictureStore(Path(self.folder.name)), DeskSettings(SECONDS), self.clock
        )
        self.products: dict[str, Known] = {}
        self.made: list[Made] = []

    def teardown(self) -> None:
        self.desk.close()
        self.folder.cleanup()

    @rule(
        key=KEYS,
        confidence=st.sampled_from([0.1, 0.2, 0.3]),
        value=st.sampled_from([1.0, 2.0]),
        text=st.sampled_from(["", "new", SAME]),
    )
    def add(self, key: str, confidence: float, value: float, text: str) -> None:
        text = text if text == SAME else own_text(key + text)
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

    @rule(lease=leases, reviewer=REVIEWERS)
    def find_no_category(self, lease: str, reviewer: str) -> None:
        self.decide(lease, Action.NO_CATEGORY, None, reviewer)

    @rule(target=looks, reviewer=REVIEWERS, order=st.sampled_from(Order))
    def look_at_group(self, reviewer: str, order: Order) -> Sketch:
        """What a reviewer sees of the next product and of what is like it."""
        task = self.desk.lease(reviewer, order)
        lease = self.take(task, reviewer)
        if task is None:
            return Sketch(lease, reviewer, {}, {})
        found = shown_with(self.desk, task)
        assert found.keys() == set(self.alike(task.product.key))
        assert len(found) == task.alike
        return Sketch(lease, reviewer, found, {key: self.products[key].text for key in found})

    @rule(look=looks, category=CATEGORIES)
    def assign_group(self, look: Sketch, category: tuple[str, ...]) -> None:
        key = self.held(look.lease)
        if key is None or self.products[key].holder != look.reviewer:
            return
        alike = [one for one in self.alike(key) if look.texts.get(one) == self.products[one].text]
        records = self.desk.assign_alike(look.lease, look.versions, category, look.reviewer)
        assert {one.key for one in records} == {key, *alike}
        for one in records:
            self.close(one.id, look.lease, one.key, Action.ASSIGN, category, look.reviewer)

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
    def undo_last(self, reviewer: str) -> str:
        found = self.desk.last_decision(reviewer)
        last = next((one for one in reversed(self.made) if self.within_reach(one, reviewer)), None)
        group = [one for one in self.made if last and one.lease == last.lease and not one.undone]
        assert (found and found.id) == (group[0].id if group else None)
        return self.undo(found.id, reviewer) if found else ""

    @precondition(lambda self: self.made)
    @rule(target=leases, reviewer=REVIEWERS, data=st.data())
    def undo_any(self, reviewer: str, data: st.DataObject) -> str:
        made = data.draw(st.sampled_from(self.made))
        if made.reviewer == reviewer:
            return self.undo(made.id, reviewer)
        with pytest.raises(InputError, match="has made no decision"):
            self.desk.undo(made.id, reviewer)
        return ""

    @precondition(lambda self: self.made)
    @rule(target=leases, reviewer=REVIEWERS, data=st.data())
    def look_again(self, reviewer: str, data: st.DataObject) -> str:
        made = data.draw(st.sampled_from(self.made))
        task = self.desk.look_again(made.id, reviewer)
        if task is not None:
            standing = self.desk.standing(task.lease)
            assert (standing and standing.id) == self.standing(made.key)
        return self.given_again(task, made.key, reviewer)

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
        assert found.decided + found.no_category == sum(not one.waiting for one in known)
        stands = [one for one in self.made if not one.undone and one.action is not Action.SKIP]
        assert found.no_category == sum(one.action is Action.NO_CATEGORY for one in stands)
        assert found.by_reviewer == Counter(one.reviewer for one in stands)

    @invariant()
    def the_past_is_kept(self) -> None:
        found = [(one.id, one.key, one.undone_at is not None) for one in self.desk.past(limit=999)]
        assert found == [(one.id, one.key, one.undone) for one in reversed(self.made)]

    def decide(self, lease: str, action: Action, category: object, reviewer: str) -> None:
        call = {
            Action.ASSIGN: lambda: self.desk.assign(lease, category, reviewer),
            Action.SKIP: lambda: self.desk.skip(lease, reviewer),
            Action.NO_CATEGORY: lambda: self.desk.find_no_category(lease, reviewer),
        }[action]
        key = self.held(lease)
        before = next((one for one in self.made if lease and one.lease == lease), None)
        if key is not None and self.products[key].holder == reviewer:
            record = call()
            assert record.key == key
            self.close(record.id, lease, key, action, category, reviewer)
        elif before and not before.undone and before.said == (action, category, reviewer):
            assert call().id == before.id
        else:
            with pytest.raises(StaleLeaseError):
                call()

    def close(
        self,
        number: int,
        lease: str,
        key: str,
        action: Action,
        category: object,
        reviewer: str,
    ) -> None:
        """What a decision does to a product."""
        for one in self.made:
            one.undone |= one.id == self.standing(key)
        known = self.products[key]
        known.lease, known.until = "", 0.0
        known.waiting = action is Action.SKIP
        known.skips += action is Action.SKIP
        self.made.append(Made(number, lease, key, action, category, reviewer))

    def undo(self, number: int, reviewer: str) -> str:
        """Twice the same: what has happened after the second is what happens after the first."""
        made = next(one for one in self.made if one.id == number)
        if self.within_reach(made, reviewer):
            for one in self.made:
                if one.lease == made.lease and not one.undone:
                    one.undone = True
                    known = self.products[one.key]
                    known.waiting, known.lease, known.until = True, "", 0.0
                    known.skips -= one.action is Action.SKIP
        task = self.desk.undo(number, reviewer)
        assert task == self.desk.undo(number, reviewer)
        if not self.products[made.key].waiting:
            assert task is None
            return ""
        return self.given_again(task, made.key, reviewer)

    def given_again(self, task: Task | None, key: str, reviewer: str) -> str:
        """A product is given again unless another holds it; his own lease stays."""
        known = self.products[key]
        if known.until <= self.time:
            return self.take(task, reviewer)
        assert (task and task.lease) == (known.lease if known.holder == reviewer else None)
        return task.lease if task else ""

    def standing(self, key: str) -> int | None:
        """The id of the decision that stands on a product."""
        own = (one for one in self.made if one.key == key and not one.undone)
        return next((one.id for one in own if one.action is not Action.SKIP), None)

    def alike(self, key: str) -> list[str]:
        free = self.ordered(Order.WORST)
        return [one for one in free if self.products[one].text == self.products[key].text]

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
        return mine and (made.action is not Action.SKIP or (known.waiting and own))


def test_the_desk_does_as_its_model(database_url: str) -> None:
    class Machine(DeskMachine):
        url = database_url

    steps = settings(max_examples=12, stateful_step_count=30)
    run_state_machine_as_test(Machine, settings=steps)
