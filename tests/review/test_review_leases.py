from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_entries import (
    LISTED,
    MUGS,
    PANS,
    Clock,
    add_alike,
    entry,
    picture,
    take,
    take_all,
)

from aisle.errors import StaleLeaseError
from aisle.review.records import Order
from aisle.schema import Candidate

pytest.importorskip("sqlalchemy")

if TYPE_CHECKING:
    from aisle.review.desk import Desk


def test_a_task_says_what_was_added(desk: Desk, clock: Clock) -> None:
    data = picture(1)
    desk.add([entry("a", 0.4, 9.5, ["Mug", "", "of stone"], [data, picture(2)])])
    task = take(desk)
    product = task.product
    assert (product.key, product.texts, product.value) == ("a", ("Mug", "", "of stone"), 9.5)
    assert (product.category, product.confidence) == (MUGS, 0.4)
    assert product.shortlist == (Candidate(MUGS, 0.4), Candidate(PANS, 0.2))
    assert product.reason == "below the threshold"
    assert desk.pictures.read(product.pictures[0]) == data
    assert len(product.pictures) == 2
    assert task.expires == clock.now + timedelta(seconds=300)


def test_the_order_is_by_confidence_or_by_value(desk: Desk) -> None:
    given = [("a", 0.5, 1.0), ("b", 0.1, 2.0), ("c", 0.3, 2.0), ("d", 0.2, -1.0)]
    desk.add([entry(*one) for one in given])
    assert [one.key for one in desk.queue(Order.WORST)] == ["b", "d", "c", "a"]
    assert [one.key for one in desk.queue(Order.VALUABLE, limit=3)] == ["b", "c", "a"]
    assert [take(desk, order=Order.VALUABLE).product.key for _ in range(4)] == list("bcad")


@pytest.mark.parametrize("order", Order)
def test_skipped_products_come_last(desk: Desk, order: Order) -> None:
    desk.add([entry("a", 0.1, 3), entry("b", 0.2, 2), entry("c", 0.3, 1)])
    for skipped in ("a", "b", "a"):
        task = take(desk, order=order)
        while task.product.key != skipped:
            task = take(desk, order=order)
        desk.skip(task.lease, "Ada")
        desk._clock.advance(301)
    assert take_all(desk, order) == ["c", "b", "a"]


def test_nobody_gets_what_another_holds(desk: Desk) -> None:
    desk.add([entry(key) for key in "abc"])
    keys = [take(desk, name).product.key for name in ("Ada", "Grace", "Ada")]
    assert sorted(keys) == ["a", "b", "c"]
    assert desk.lease("Ada") is None
    assert desk.queue() == []


def test_an_expired_lease_is_offered_again_and_is_stale(desk: Desk, clock: Clock) -> None:
    desk.add([entry("a")])
    old = take(desk, "Ada")
    clock.advance(299.9)
    assert desk.lease("Grace") is None
    clock.advance(0.2)
    new = take(desk, "Grace")
    assert new.product.key == "a"
    for use in (
        lambda: desk.assign(old.lease, MUGS, "Ada"),
        lambda: desk.assign_alike(old.lease, {}, MUGS, "Ada"),
        lambda: desk.skip(old.lease, "Ada"),
        lambda: desk.renew(old.lease),
        lambda: desk.alike(old.lease),
    ):
        with pytest.raises(StaleLeaseError, match="take the product again"):
            use()
    desk.release(old.lease)
    assert desk.assign(new.lease, MUGS, "Grace").reviewer == "Grace"


def test_a_renewed_lease_holds_longer(desk: Desk, clock: Clock) -> None:
    desk.add([entry("a")])
    task = take(desk)
    clock.advance(200)
    assert desk.renew(task.lease) == clock.now + timedelta(seconds=300)
    clock.advance(200)
    assert desk.lease("Grace") is None
    assert desk.assign(task.lease, MUGS, "Ada").key == "a"


def test_what_is_released_is_offered_again(desk: Desk) -> None:
    desk.add([entry("a")])
    task = take(desk)
    desk.release(task.lease)
    assert take(desk, "Grace").product.key == "a"
    with pytest.raises(StaleLeaseError):
        desk.renew(task.lease)


def test_a_lease_is_good_for_the_reviewer_who_got_it(desk: Desk) -> None:
    desk.add([entry("a")])
    lease = take(desk, "Ada").lease
    for use in (
        lambda: desk.assign(lease, MUGS, "Grace"),
        lambda: desk.assign_alike(lease, {}, MUGS, "Grace"),
        lambda: desk.skip(lease, "Grace"),
    ):
        with pytest.raises(StaleLeaseError):
            use()
    assert desk.assign(lease, MUGS, "Ada").reviewer == "Ada"


@pytest.mark.parametrize(
    "lease", ["", "never given", "x" * 22, "\x00" * 22, "\ud800" * 22, "'; --"]
)
def test_a_lease_that_was_never_given_is_stale(desk: Desk, lease: str) -> None:
    desk.add([entry("a")])
    with pytest.raises(StaleLeaseError):
        desk.assign(lease, MUGS, "Ada")
    desk.release(lease)
    assert take(desk).product.key == "a"


def test_a_reviewer_holds_a_product_for_three_minutes(tmp_path: Path, clock: Clock) -> None:
    from aisle.review.desk import Desk
    from aisle.review.picture_store import PictureStore
    from aisle.review.store import open_database

    database = open_database(f"sqlite:///{tmp_path / 'aisle.db'}")
    made = Desk(database, PictureStore(tmp_path), clock=clock)
    made.add([entry("a")])
    assert take(made).expires == clock.now + timedelta(seconds=180)
    made.close()


def test_alike_are_those_that_wait_and_nobody_holds(desk: Desk) -> None:
    add_alike(desk, "abcde")
    desk.add([entry("other", 0.9)])
    first = take(desk, "Ada")
    assert (first.product.key, first.alike) == ("a", 4)
    desk.assign(take(desk, "Grace").lease, MUGS, "Grace")
    assert take(desk, "Grace").alike == 2
    assert [one.key for one in desk.alike(first.lease)] == ["d", "e"]


def test_of_many_near_duplicates_some_are_listed_and_all_are_counted(desk: Desk) -> None:
    keys = [f"p{number:03}" for number in range(LISTED + 12)]
    add_alike(desk, keys)
    task = take(desk)
    assert task.alike == LISTED + 11
    assert [one.key for one in desk.alike(task.lease)] == keys[1 : LISTED + 1]
    seen = {one.key: one.version for one in desk.queue(limit=100) if one.key in keys[-7:]}
    assert len(desk.assign_alike(task.lease, seen, MUGS, "Ada")) == 8
    assert [one.key for one in desk.decisions()] == [keys[0], *keys[-7:]]
