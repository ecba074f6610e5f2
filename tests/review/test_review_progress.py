from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from review_entries import (
    MUGS,
    Clock,
    entry,
    take,
    undo_last,
)

pytest.importorskip("sqlalchemy")

from aisle.review.progress import Throughput

if TYPE_CHECKING:
    from aisle.review.desk import Desk


class Seconds:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def throughput(seconds: Seconds) -> Throughput:
    return Throughput(seconds)


def test_too_few_tell_nothing(throughput: Throughput) -> None:
    throughput.count(1, "Ada", 2)
    assert throughput.per_minute() is None
    assert throughput.minutes_left(100) is None


def test_rate_of_each_and_of_all(throughput: Throughput, seconds: Seconds) -> None:
    for step in range(12):
        throughput.count(step, "Ada", 1)
        throughput.count(100 + step, "Grace", 2)
        seconds.now += 10
    assert throughput.per_minute("Ada") == pytest.approx(6)
    assert throughput.per_minute("Grace") == pytest.approx(12)
    assert throughput.per_minute() == pytest.approx(18)
    assert throughput.minutes_left(180) == pytest.approx(10)


def test_skips_count_for_nothing(throughput: Throughput, seconds: Seconds) -> None:
    throughput.count(2, "Ada", 4)
    seconds.now += 60
    before = throughput.per_minute()
    throughput.count(3, "Ada", 0)
    assert throughput.per_minute() == before == pytest.approx(4)


def test_what_is_taken_back_no_longer_counts(throughput: Throughput, seconds: Seconds) -> None:
    throughput.count(1, "Ada", 4)
    throughput.count(2, "Grace", 3)
    throughput.count(3, "Ada", 5)
    seconds.now += 60
    throughput.take_back(3)
    throughput.take_back(99)
    assert throughput.per_minute() == pytest.approx(7)
    throughput.take_back(1)
    assert throughput.per_minute("Ada") is None


def test_a_decision_counts_once(throughput: Throughput, seconds: Seconds) -> None:
    for _ in range(3):
        throughput.count(1, "Ada", 4)
    seconds.now += 60
    assert throughput.per_minute() == pytest.approx(4)


def test_the_past_is_forgotten(throughput: Throughput, seconds: Seconds) -> None:
    throughput.count(7, "Ada", 50)
    seconds.now += 301
    assert throughput.per_minute() is None
    throughput.count(8, "Ada", 6)
    seconds.now += 60
    assert throughput.per_minute() == pytest.approx(6)


def test_a_burst_is_no_rate_of_thousands(throughput: Throughput) -> None:
    throughput.count(9, "Ada", 10)
    assert throughput.per_minute() == pytest.approx(30)


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
