"""Many at once, each with connections of its own, as several servers have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

import pytest
from review_entries import MUGS, PANS, entry, shown_with, undo_last

from aisle.errors import StaleLeaseError
from aisle.review.entries import Added

pytest.importorskip("sqlalchemy")

from aisle.review.desk import Desk
from aisle.review.picture_store import PictureStore
from aisle.review.store import open_database


def at_once(workers: int, work: Callable[[int], object]) -> list[object]:
    start = Barrier(workers)

    def run(number: int) -> object:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, range(workers)))


@pytest.mark.parametrize("workers", [2, 8])
def test_no_two_get_the_same_product(database_url: str, tmp_path: Path, workers: int) -> None:
    def open_desk() -> Desk:
        return Desk(open_database(database_url), PictureStore(tmp_path / "pictures"))

    def review(number: int) -> list[str]:
        desk, keys = open_desk(), []
        while task := desk.lease(f"reviewer {number}"):
            keys.append(task.product.key)
            if len(keys) % 3:
                desk.assign(task.lease, MUGS, f"reviewer {number}")
        desk.close()
        return keys

    desk = open_desk()
    desk.add([entry(f"p{number}", number / 100) for number in range(80)])
    taken = at_once(workers, review)
    keys = [key for one in taken for key in one]
    assert sorted(keys) == sorted(f"p{number}" for number in range(80))
    assert sum(desk.progress().by_reviewer.values()) == len(list(desk.decisions()))
    desk.close()


def test_one_lease_used_by_many_writes_once(desk: Desk) -> None:
    desk.add([entry("a")])
    task = desk.lease("Ada")
    assert task is not None
    records = at_once(8, lambda _: desk.assign(task.lease, MUGS, "Ada"))
    assert records == [*desk.decisions()] * 8


def test_undone_by_many_at_once_one_is_taken_back(desk: Desk) -> None:
    desk.add([entry(key) for key in "abcdef"])
    while task := desk.lease("Ada"):
        last = desk.assign(task.lease, MUGS, "Ada")
    tasks = at_once(8, lambda _: desk.undo(last.id, "Ada"))
    assert tasks == tasks[:1] * 8
    assert len(list(desk.decisions())) == 5


def test_groups_assigned_at_once_are_decided_once(desk: Desk) -> None:
    keys = [f"p{number}" for number in range(20)]
    desk.add([entry(key, texts=["the same words for all of them"]) for key in keys])
    leases = [desk.lease(f"r{number}") for number in range(4)]
    seen = shown_with(desk, leases[0]) | {one.product.key: one.product.version for one in leases}
    groups = at_once(4, lambda n: desk.assign_alike(leases[n].lease, seen, MUGS, f"r{n}"))
    assert sum(map(len, groups)) == 20
    assert Counter(one.key for one in desk.decisions()) == Counter(keys)


def test_the_same_products_added_at_once_are_there_once(desk: Desk) -> None:
    entries = [entry(f"p{number}", texts=["words they all share"]) for number in range(50)]
    added = at_once(4, lambda n: desk.add(entries if n % 2 else entries[::-1]))
    assert sum(added, start=Added()) == Added(new=50, renewed=150)
    task = desk.lease("Ada")
    assert task is not None
    assert task.alike == 49


def test_adding_while_others_review(desk: Desk) -> None:
    """Nobody waits for another in a circle."""
    entries = [entry(f"p{number}", texts=["words they all share"]) for number in range(60)]
    desk.add(entries)

    def work(number: int) -> int:
        if number < 2:
            return sum(desk.add(entries).renewed for _ in range(4))
        done = 0
        while task := desk.lease(f"r{number}"):
            seen = dict([*shown_with(desk, task).items()][:3])
            done += len(desk.assign_alike(task.lease, seen, MUGS, f"r{number}"))
            if done % 5 == 0 and undo_last(desk, f"r{number}"):
                done = len([d for d in desk.decisions() if d.reviewer == f"r{number}"])
            with suppress(StaleLeaseError):  # where somebody takes back what is looked at again
                if again := desk.look_again(desk.past(limit=5)[-1].id, f"r{number}"):
                    desk.assign_alike(again.lease, shown_with(desk, again), PANS, f"r{number}")
        return done

    at_once(5, work)
    standing = Counter(one.key for one in desk.decisions())
    assert max(standing.values()) == 1
    assert desk.progress().decided == len(standing)
