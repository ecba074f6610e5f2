"""What was decided, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from review_entries import MUGS, entry

from aisle.errors import StaleLeaseError
from aisle.review.records import Action

pytest.importorskip("sqlalchemy")

if TYPE_CHECKING:
    from aisle.review.desk import Desk


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
