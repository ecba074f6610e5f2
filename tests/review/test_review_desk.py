from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_entries import LISTED, MUGS, PANS, Clock, answer, entry, picture, shown_with, undo_last

from aisle.errors import InputError, StaleLeaseError
from aisle.review.entries import Added, Entry
from aisle.review.records import Action, Order, Task
from aisle.schema import Candidate, Product

pytest.importorskip("sqlalchemy")

if TYPE_CHECKING:
    from aisle.review.desk import Desk

SAME = "one and the same text of a listing that came in five times"


def take(desk: Desk, reviewer: str = "Ada", order: Order = Order.WORST) -> Task:
    task = desk.lease(reviewer, order)
    assert task is not None
    return task


def take_all(desk: Desk, order: Order = Order.WORST) -> list[str]:
    keys = []
    while task := desk.lease("Ada", order):
        keys.append(task.product.key)
    return keys


def add_alike(desk: Desk, keys: Sequence[str]) -> None:
    desk.add([entry(key, texts=[SAME]) for key in keys])


def decided(desk: Desk) -> list[tuple[str, Action]]:
    return [(one.key, one.action) for one in desk.decisions()]


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


def test_alike_are_those_that_wait_and_nobody_holds(desk: Desk) -> None:
    add_alike(desk, "abcde")
    desk.add([entry("other", 0.9)])
    first = take(desk, "Ada")
    assert (first.product.key, first.alike) == ("a", 4)
    desk.assign(take(desk, "Grace").lease, MUGS, "Grace")
    assert take(desk, "Grace").alike == 2
    assert [one.key for one in desk.alike(first.lease)] == ["d", "e"]


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


def test_of_many_near_duplicates_some_are_listed_and_all_are_counted(desk: Desk) -> None:
    keys = [f"p{number:03}" for number in range(LISTED + 12)]
    add_alike(desk, keys)
    task = take(desk)
    assert task.alike == LISTED + 11
    assert [one.key for one in desk.alike(task.lease)] == keys[1 : LISTED + 1]
    seen = {one.key: one.version for one in desk.queue(limit=100) if one.key in keys[-7:]}
    assert len(desk.assign_alike(task.lease, seen, MUGS, "Ada")) == 8
    assert [one.key for one in desk.decisions()] == [keys[0], *keys[-7:]]


def test_a_reviewer_holds_a_product_for_three_minutes(tmp_path: Path, clock: Clock) -> None:
    from aisle.review.desk import Desk
    from aisle.review.picture_store import PictureStore
    from aisle.review.store import open_database

    database = open_database(f"sqlite:///{tmp_path / 'aisle.db'}")
    made = Desk(database, PictureStore(tmp_path), clock=clock)
    made.add([entry("a")])
    assert take(made).expires == clock.now + timedelta(seconds=180)
    made.close()


def test_a_product_that_comes_again_is_renewed(desk: Desk) -> None:
    desk.add([entry("a", 0.5, 1, ["old words of a listing"], [picture(1)]), entry("b", 0.4)])
    desk.skip(take(desk).lease, "Ada")
    task = take(desk)
    new = entry("a", 0.3, 2, ["new words of a listing"], [picture(2)])
    assert desk.add([new, entry("c")]) == Added(new=1, renewed=1)
    desk.release(task.lease)
    product = take(desk).product
    assert (product.key, product.texts, product.value) == ("a", ("new words of a listing",), 2)
    assert desk.pictures.read(product.pictures[0]) == picture(2)


def test_a_product_that_comes_again_stays_with_who_holds_it(desk: Desk) -> None:
    desk.add([entry("a")])
    task = take(desk)
    assert desk.add([entry("a", 0.2)]) == Added(renewed=1)
    assert desk.lease("Grace") is None
    assert desk.assign(task.lease, MUGS, "Ada").key == "a"


@pytest.mark.parametrize(
    "changed", [{"texts": ["other words"]}, {"pictures": [picture(2)]}, {"pictures": []}]
)
def test_nobody_decides_on_content_that_he_has_not_seen(desk: Desk, changed: dict) -> None:
    seen = {"texts": ["words"], "pictures": [picture(1)]}
    desk.add([entry("a", 0.1, **seen), entry("b", 0.2, **seen)])
    task, beside = take(desk), take(desk)
    assert desk.add([entry("b", 0.3, 5, **seen), entry("a", **seen | changed)]).renewed == 2
    for use in (
        lambda: desk.assign(task.lease, MUGS, "Ada"),
        lambda: desk.skip(task.lease, "Ada"),
        lambda: desk.renew(task.lease),
    ):
        with pytest.raises(StaleLeaseError):
            use()
    assert desk.assign(beside.lease, MUGS, "Ada").key == "b"
    again = take(desk, "Grace")
    assert list(again.product.texts) == (seen | changed)["texts"]
    assert desk.assign(again.lease, MUGS, "Grace").key == "a"


def test_a_product_that_was_decided_is_left_alone(desk: Desk) -> None:
    desk.add([entry("a", texts=["as it was decided"])])
    record = desk.assign(take(desk).lease, MUGS, "Ada")
    assert desk.add([entry("a", texts=["otherwise"]), entry("b")]) == Added(new=1, decided=1)
    assert list(desk.decisions()) == [record]
    assert take_all(desk) == ["b"]


def test_of_the_same_key_in_one_call_the_last_counts(desk: Desk) -> None:
    twice = [entry("a", texts=["first"]), entry("b"), entry("a", texts=["last"])]
    assert desk.add(twice) == Added(new=2, renewed=1)
    assert {one.key: one.texts[0] for one in desk.queue()}["a"] == "last"
    assert desk.add([]) == Added()


def test_a_picture_that_cannot_be_read_is_left_out(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "here.png").write_bytes(picture(1))
    (tmp_path / "empty.png").touch()
    files = tuple(tmp_path / name for name in ("gone.png", "empty.png", "here.png"))
    desk.add([Entry(Product("a", ("Mug",), files), answer("a"))])
    assert [desk.pictures.read(one) for one in take(desk).product.pictures] == [picture(1)]


def test_any_text_is_kept(desk: Desk) -> None:
    texts = ("\x00 \ud800 \U0001f600 'quoted' \\ ", "تجربة", "")
    desk.add([entry("ключ '; \\ \n", texts=texts)])
    product = take(desk).product
    assert (product.key, product.texts) == ("ключ '; \\ \n", texts)


def test_a_product_that_nothing_could_be_read_of_is_kept(desk: Desk) -> None:
    from dataclasses import replace

    nothing = replace(answer("a"), category=None, confidence=0.0, decision_reason="a\x00\ud800b")
    desk.add([Entry(Product("a"), nothing)])
    product = take(desk).product
    assert (product.category, product.reason) == (None, "a ?b")
    assert product.shortlist == (Candidate(PANS, 0.25),)


def test_progress_counts(desk: Desk, clock: Clock) -> None:
    desk.add([entry(key, number / 10) for number, key in enumerate("abcdefg")])
    desk.assign(take(desk).lease, MUGS, "Ada")
    clock.advance(3_601)
    desk.assign(take(desk).lease, MUGS, "Ada")
    desk.assign(take(desk, "Grace").lease, MUGS, "Grace")
    desk.skip(take(desk, "Grace").lease, "Grace")
    desk.assign(take(desk, "Grace").lease, MUGS, "Grace")
    undo_last(desk, "Grace")
    desk.find_no_category(take(desk, "Grace").lease, "Grace")
    found = desk.progress()
    assert (found.waiting, found.held, found.decided, found.skipped) == (2, 1, 3, 1)
    assert found.no_category == 1
    assert (found.decided_last_hour, found.by_reviewer) == (3, {"Ada": 2, "Grace": 2})
    clock.advance(301)
    assert desk.progress().held == 0


def test_decisions_are_read_some_at_a_time(desk: Desk) -> None:
    keys = [f"p{number}" for number in range(7)]
    add_alike(desk, keys)
    task = take(desk)
    desk.assign_alike(task.lease, shown_with(desk, task), MUGS, "Ada")
    reading = desk.decisions()
    first = next(reading)
    desk.add([entry("later")])
    assert [first.key, *(one.key for one in reading)] == keys


def test_many_are_added_in_several_transactions(desk: Desk) -> None:
    keys = [f"p{number}" for number in range(25)]
    add_alike(desk, keys)
    assert take(desk).alike == 24
