from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from review_entries import (
    MUGS,
    PANS,
    Clock,
    add_alike,
    decided,
    entry,
    picture,
    shown_with,
    take,
    undo_last,
)

from aisle.errors import InputError, StaleLeaseError
from aisle.review.entries import Added
from aisle.review.records import Action, Task

pytest.importorskip("sqlalchemy")

if TYPE_CHECKING:
    from aisle.review.desk import Desk

SHOWN = {"texts": ["one and the same text of a listing that came in five times"]}


def test_a_decision_is_kept_with_who_and_when(desk: Desk, clock: Clock) -> None:
    desk.add([entry("a", texts=["Pan", "iron"], pictures=[picture(1)])])
    task = take(desk)
    clock.advance(5)
    record = desk.assign(task.lease, PANS, "Ada")
    assert list(desk.decisions()) == [record]
    assert (record.key, record.texts, record.category) == ("a", ("Pan", "iron"), PANS)
    assert (record.action, record.reviewer, record.at) == (Action.ASSIGN, "Ada", clock.now)
    assert record.pictures == task.product.pictures
    assert record.undone_at is None
    assert desk.lease("Ada") is None


def test_the_same_call_again_writes_nothing(desk: Desk) -> None:
    desk.add([entry("a", 0.1), entry("b", 0.2)])
    assigned, skipped = take(desk), take(desk)
    first = desk.assign(assigned.lease, MUGS, "Ada"), desk.skip(skipped.lease, "Ada")
    again = desk.assign(assigned.lease, MUGS, "Ada"), desk.skip(skipped.lease, "Ada")
    assert again == first
    assert list(desk.decisions()) == list(first)
    assert take(desk).product.skips == 1


def test_a_used_lease_takes_no_other_decision(desk: Desk) -> None:
    desk.add([entry("a")])
    lease = take(desk).lease
    desk.assign(lease, MUGS, "Ada")
    for use in (
        lambda: desk.assign(lease, PANS, "Ada"),
        lambda: desk.assign(lease, MUGS, "Grace"),
        lambda: desk.skip(lease, "Ada"),
        lambda: desk.renew(lease),
    ):
        with pytest.raises(StaleLeaseError):
            use()
    assert decided(desk) == [("a", Action.ASSIGN)]


def test_what_cannot_be_kept_is_refused(desk: Desk) -> None:
    desk.add([entry("a")])
    lease = take(desk).lease
    with pytest.raises(InputError, match="category is empty"):
        desk.assign(lease, (), "Ada")
    for name in ("", "A\x00", "\udc00", "a" * 2_001):
        with pytest.raises(InputError, match="name of the reviewer"):
            desk.assign(lease, MUGS, name)
        with pytest.raises(InputError, match="name of the reviewer"):
            desk.lease(name)
    assert decided(desk) == []


def test_undo_takes_back_one_after_the_other(desk: Desk, clock: Clock) -> None:
    desk.add([entry("a", 0.1), entry("b", 0.2)])
    first, second = take(desk), take(desk)
    desk.assign(first.lease, MUGS, "Ada")
    desk.assign(second.lease, PANS, "Ada")
    for key in ("b", "a"):
        clock.advance(1)
        task = undo_last(desk, "Ada")
        assert task is not None
        assert (task.product.key, task.expires) == (key, clock.now + timedelta(seconds=300))
    assert undo_last(desk, "Ada") is None
    assert decided(desk) == []
    undone = desk.past()
    assert [one.undone_at for one in undone] == [clock.now - timedelta(seconds=1), clock.now]
    assert desk.assign(task.lease, PANS, "Ada").category == PANS


def test_undo_takes_back_only_what_the_reviewer_did(desk: Desk) -> None:
    desk.add([entry("a")])
    lease = take(desk, "Ada").lease
    desk.assign(lease, MUGS, "Ada")
    assert undo_last(desk, "Grace") is None
    assert undo_last(desk, "Ada") is not None
    with pytest.raises(StaleLeaseError):
        desk.assign(lease, MUGS, "Ada")


def test_undo_of_a_skip(desk: Desk) -> None:
    desk.add([entry("a")])
    desk.skip(take(desk).lease, "Ada")
    again = take(desk)
    assert again.product.skips == 1
    undone = undo_last(desk, "Ada")
    assert undone is not None
    assert (undone.product.key, undone.product.skips) == ("a", 0)
    with pytest.raises(StaleLeaseError):
        desk.renew(again.lease)
    assert undo_last(desk, "Ada") is None


def test_a_skip_that_another_has_taken_up_stays(desk: Desk) -> None:
    desk.add([entry("a", 0.1), entry("b", 0.2)])
    desk.assign(take(desk, "Ada").lease, MUGS, "Ada")
    desk.skip(take(desk, "Ada").lease, "Ada")
    held = take(desk, "Grace")
    assert held.product.key == "b"
    undone = undo_last(desk, "Ada")
    assert undone is not None
    assert undone.product.key == "a"
    assert undo_last(desk, "Ada") is None
    desk.assign(held.lease, PANS, "Grace")
    assert decided(desk) == [("b", Action.SKIP), ("b", Action.ASSIGN)]


def test_alike_are_assigned_together_and_taken_back_together(desk: Desk) -> None:
    add_alike(desk, "abcde")
    desk.add([entry("other", 0.9)])
    task, held = take(desk, "Ada"), take(desk, "Grace")
    seen = {one.key: one.version for one in (*desk.queue(), held.product)}
    assert sorted(seen) == ["b", "c", "d", "e", "other"]
    del seen["c"]
    seen |= {"absent": seen["d"], "\x00": "", "\ud800": ""}
    records = desk.assign_alike(task.lease, seen, PANS, "Ada")
    assert [one.key for one in records] == ["a", "d", "e"]
    assert desk.assign_alike(task.lease, seen, PANS, "Ada") == records
    assert desk.assign(task.lease, PANS, "Ada") == records[0]
    assert [one.key for one in desk.decisions()] == ["a", "d", "e"]
    with pytest.raises(StaleLeaseError):
        desk.assign_alike(task.lease, seen, MUGS, "Ada")
    undone = undo_last(desk, "Ada")
    assert undone is not None
    assert (undone.product.key, undone.alike) == ("a", 3)
    assert decided(desk) == []
    assert undo_last(desk, "Ada") is None
    assert desk.assign(held.lease, MUGS, "Grace").key == "b"


def test_decisions_are_read_some_at_a_time(desk: Desk) -> None:
    keys = [f"p{number}" for number in range(7)]
    add_alike(desk, keys)
    task = take(desk)
    desk.assign_alike(task.lease, shown_with(desk, task), MUGS, "Ada")
    reading = desk.decisions()
    first = next(reading)
    desk.add([entry("later")])
    assert [first.key, *(one.key for one in reading)] == keys


def again(desk: Desk, decision: int, reviewer: str) -> Task:
    task = desk.look_again(decision, reviewer)
    assert task is not None
    return task


@pytest.mark.parametrize(
    "changed", [{"pictures": [picture(2)]}, {"texts": [*SHOWN["texts"], "2 litres"]}]
)
def test_nobody_decides_on_what_changed_in_a_group_since_it_was_shown(
    desk: Desk, changed: dict
) -> None:
    desk.add([entry(key, pictures=[picture(1)], **SHOWN) for key in "abcd"])
    task = take(desk)
    seen = shown_with(desk, task)
    later = {"pictures": [picture(1)], **SHOWN} | changed
    assert desk.add([entry("c", **later), entry("d", 0.3, 9, **SHOWN, pictures=[picture(1)])]) == (
        Added(renewed=2)
    )
    assert shown_with(desk, task).keys() == {"b", "c", "d"}, "c is still alike"
    records = desk.assign_alike(task.lease, seen, PANS, "Ada")
    assert [one.key for one in records] == ["a", "b", "d"]
    assert [one.key for one in desk.queue()] == ["c"]


def test_content_that_is_again_as_it_was_shown_has_been_seen(desk: Desk) -> None:
    desk.add([entry(key, **SHOWN) for key in "ab"])
    task = take(desk)
    seen = shown_with(desk, task)
    desk.add([entry("b", texts=[*SHOWN["texts"], "new"])])
    assert shown_with(desk, task) != seen
    desk.add([entry("b", **SHOWN)])
    assert shown_with(desk, task) == seen
    assert len(desk.assign_alike(task.lease, seen, MUGS, "Ada")) == 2


def test_undo_that_is_sent_again_takes_back_one(desk: Desk, clock: Clock) -> None:
    desk.add([entry("a", 0.1), entry("b", 0.2)])
    first = desk.assign(take(desk).lease, MUGS, "Ada")
    second = desk.assign(take(desk).lease, PANS, "Ada")
    task = desk.undo(second.id, "Ada")
    clock.advance(10)
    assert desk.undo(second.id, "Ada") == task
    assert list(desk.decisions()) == [first]
    clock.advance(300)
    late = desk.undo(second.id, "Ada")
    assert late is not None
    assert late.lease != task.lease, "the lease had run out"
    desk.assign(late.lease, MUGS, "Ada")
    assert desk.undo(second.id, "Ada") is None
    assert [one.key for one in desk.decisions()] == ["a", "b"]


def test_undo_that_is_sent_again_while_another_holds_the_product(desk: Desk, clock: Clock) -> None:
    desk.add([entry("a")])
    made = desk.assign(take(desk).lease, MUGS, "Ada")
    assert desk.undo(made.id, "Ada") is not None
    clock.advance(301)
    held = take(desk, "Grace")
    assert desk.undo(made.id, "Ada") is None
    assert desk.assign(held.lease, PANS, "Grace").category == PANS


def test_only_who_made_a_decision_takes_it_back(desk: Desk) -> None:
    desk.add([entry("a")])
    made = desk.assign(take(desk).lease, MUGS, "Ada")
    for decision, reviewer in ((made.id, "Grace"), (made.id + 1, "Ada"), (-1, "Ada")):
        with pytest.raises(InputError, match=f"{reviewer} has made no decision {decision}"):
            desk.undo(decision, reviewer)
    assert list(desk.decisions()) == [made]


def test_an_older_decision_is_taken_back_by_its_name(desk: Desk) -> None:
    desk.add([entry("a", 0.1), entry("b", 0.2)])
    older = desk.assign(take(desk).lease, MUGS, "Ada")
    newer = desk.assign(take(desk).lease, MUGS, "Ada")
    task = desk.undo(older.id, "Ada")
    assert task is not None
    assert task.product.key == "a"
    assert list(desk.decisions()) == [newer]


def test_a_product_that_no_category_fits(desk: Desk, clock: Clock) -> None:
    desk.add([entry("a")])
    lease = take(desk).lease
    record = desk.find_no_category(lease, "Ada")
    assert desk.find_no_category(lease, "Ada") == record
    assert (record.action, record.category) == (Action.NO_CATEGORY, None)
    assert (record.reviewer, record.at) == ("Ada", clock.now)
    assert desk.lease("Grace") is None
    assert desk.add([entry("a", texts=["other"])]) == Added(decided=1)
    for use in (lambda: desk.assign(lease, MUGS, "Ada"), lambda: desk.skip(lease, "Ada")):
        with pytest.raises(StaleLeaseError):
            use()
    task = undo_last(desk, "Ada")
    assert task is not None
    assert (task.product.key, task.product.skips) == ("a", 0)
    assert desk.progress().no_category == 0


def test_a_decision_that_is_looked_at_again_stands_until_there_is_another(
    desk: Desk, clock: Clock
) -> None:
    desk.add([entry("a")])
    old = desk.assign(take(desk).lease, MUGS, "Ada")
    task = again(desk, old.id, "Grace")
    assert (task.product.key, desk.standing(task.lease)) == ("a", old)
    assert list(desk.decisions()) == [old]
    assert desk.progress().held == 0, "it does not wait"
    clock.advance(9)
    new = desk.assign(task.lease, PANS, "Grace")
    assert desk.assign(task.lease, PANS, "Grace") == new
    assert list(desk.decisions()) == [new]
    kept = desk.past()
    assert [(one.reviewer, one.category, one.at, one.undone_at) for one in kept] == [
        ("Grace", PANS, clock.now, None),
        ("Ada", MUGS, clock.now - timedelta(seconds=9), clock.now),
    ]


def test_what_is_looked_at_again_and_given_back_stays_decided(desk: Desk, clock: Clock) -> None:
    desk.add([entry("a")])
    old = desk.assign(take(desk).lease, MUGS, "Ada")
    desk.release(again(desk, old.id, "Ada").lease)
    again(desk, old.id, "Ada")
    clock.advance(301)
    assert desk.lease("Grace") is None
    assert list(desk.decisions()) == [old]


def test_what_is_looked_at_again_and_skipped_waits_again(desk: Desk) -> None:
    desk.add([entry("a")])
    old = desk.assign(take(desk).lease, MUGS, "Ada")
    desk.skip(again(desk, old.id, "Grace").lease, "Grace")
    assert desk.last_decision("Ada") is None
    task = take(desk)
    assert (task.product.key, task.product.skips) == ("a", 1)


def test_nobody_looks_again_at_what_another_holds(desk: Desk, clock: Clock) -> None:
    desk.add([entry("a")])
    old = desk.assign(take(desk).lease, MUGS, "Ada")
    task = again(desk, old.id, "Ada")
    assert desk.look_again(old.id, "Grace") is None
    clock.advance(5)
    assert desk.look_again(old.id, "Ada") == task
    clock.advance(300)
    again(desk, old.id, "Grace")
    with pytest.raises(StaleLeaseError):
        desk.assign(task.lease, PANS, "Ada")
    with pytest.raises(InputError, match="there is no decision"):
        desk.look_again(old.id + 1, "Ada")


def test_undo_of_a_decision_that_was_looked_at_again(desk: Desk) -> None:
    desk.add([entry("a")])
    old = desk.assign(take(desk).lease, MUGS, "Ada")
    held = again(desk, old.id, "Grace")
    assert desk.undo(old.id, "Ada") is not None
    with pytest.raises(StaleLeaseError):
        desk.assign(held.lease, PANS, "Grace")
    assert desk.progress().held == 1


def test_one_of_a_group_is_changed_and_the_rest_is_taken_back(desk: Desk) -> None:
    desk.add([entry(key, **SHOWN) for key in "abc"])
    task = take(desk)
    made = desk.assign_alike(task.lease, shown_with(desk, task), MUGS, "Ada")
    changed = desk.assign(again(desk, made[0].id, "Grace").lease, PANS, "Grace")
    assert desk.undo(made[0].id, "Ada") is None, "it is another's now"
    assert desk.last_decision("Ada") == made[1]
    back = undo_last(desk, "Ada")
    assert back is not None
    assert back.product.key == "b"
    assert list(desk.decisions()) == [changed]
    assert [one.key for one in desk.queue()] == ["c"]


def test_a_changed_decision_takes_what_is_alike_along(desk: Desk) -> None:
    desk.add([entry(key, **SHOWN) for key in "abc"])
    old = desk.assign(take(desk).lease, MUGS, "Ada")
    task = again(desk, old.id, "Ada")
    assert task.alike == 2
    desk.assign_alike(task.lease, shown_with(desk, task), PANS, "Ada")
    assert {one.key: one.category for one in desk.decisions()} == dict.fromkeys("abc", PANS)


def test_a_skip_stays_where_another_has_gone_on(desk: Desk) -> None:
    desk.add([entry("a")])
    skip = desk.skip(take(desk).lease, "Ada")
    held = take(desk, "Grace")
    assert desk.undo(skip.id, "Ada") is None
    made = desk.assign(held.lease, MUGS, "Grace")
    assert desk.undo(skip.id, "Ada") is None
    desk.assign(again(desk, made.id, "Ada").lease, PANS, "Ada")
    assert [(one.action, one.undone_at is None) for one in desk.past()] == [
        (Action.ASSIGN, True),
        (Action.ASSIGN, False),
        (Action.SKIP, True),
    ]


def decide_all(desk: Desk, keys: str) -> None:
    """By turns of Ada and Grace."""
    desk.add([entry(key, number / 10) for number, key in enumerate(keys)])
    for number in range(len(keys)):
        reviewer = ("Ada", "Grace")[number % 2]
        task = desk.lease(reviewer)
        assert task is not None
        desk.assign(task.lease, MUGS, reviewer)


def test_the_past_comes_newest_first_some_at_a_time(desk: Desk) -> None:
    decide_all(desk, "abcde")
    newest = desk.past(limit=2)
    assert [one.key for one in newest] == ["e", "d"]
    older = desk.past(before=newest[-1].id, limit=2)
    assert [one.key for one in older] == ["c", "b"]
    assert [one.key for one in desk.past(before=older[-1].id)] == ["a"]
    assert desk.past(before=0) == []


def test_the_past_of_one_reviewer(desk: Desk) -> None:
    decide_all(desk, "abcde")
    assert [one.key for one in desk.past("Grace")] == ["d", "b"]
    assert [one.key for one in desk.past("Ada", limit=2)] == ["e", "c"]
    assert desk.past("Edsger") == []


def test_the_past_knows_skips_and_what_was_taken_back(desk: Desk) -> None:
    decide_all(desk, "ab")
    desk.add([entry("c")])
    desk.skip(desk.lease("Ada").lease, "Ada")
    first = desk.past()[-1]
    assert desk.undo(first.id, "Ada") is not None
    found = [(one.key, one.action, one.undone_at is None) for one in desk.past()]
    assert found == [
        ("c", Action.SKIP, True),
        ("b", Action.ASSIGN, True),
        ("a", Action.ASSIGN, False),
    ]


def test_nothing_stands_on_what_waits(desk: Desk) -> None:
    desk.add([entry("a")])
    desk.skip(desk.lease("Ada").lease, "Ada")
    lease = desk.lease("Ada").lease
    assert desk.standing(lease) is None
    desk.release(lease)
    with pytest.raises(StaleLeaseError):
        desk.standing(lease)
