import pytest

pytest.importorskip("sqlalchemy")

from aisle.review.progress import Throughput, in_words


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throughput(clock: Clock) -> Throughput:
    return Throughput(clock)


def test_too_few_tell_nothing(throughput: Throughput) -> None:
    throughput.count(1, "Ada", 2)
    assert throughput.per_minute() is None
    assert throughput.minutes_left(100) is None


def test_rate_of_each_and_of_all(throughput: Throughput, clock: Clock) -> None:
    for step in range(12):
        throughput.count(step, "Ada", 1)
        throughput.count(100 + step, "Grace", 2)
        clock.now += 10
    assert throughput.per_minute("Ada") == pytest.approx(6)
    assert throughput.per_minute("Grace") == pytest.approx(12)
    assert throughput.per_minute() == pytest.approx(18)
    assert throughput.minutes_left(180) == pytest.approx(10)


def test_skips_count_for_nothing(throughput: Throughput, clock: Clock) -> None:
    throughput.count(2, "Ada", 4)
    clock.now += 60
    before = throughput.per_minute()
    throughput.count(3, "Ada", 0)
    assert throughput.per_minute() == before == pytest.approx(4)


def test_what_is_taken_back_no_longer_counts(throughput: Throughput, clock: Clock) -> None:
    throughput.count(1, "Ada", 4)
    throughput.count(2, "Grace", 3)
    throughput.count(3, "Ada", 5)
    clock.now += 60
    throughput.take_back(3)
    throughput.take_back(99)
    assert throughput.per_minute() == pytest.approx(7)
    throughput.take_back(1)
    assert throughput.per_minute("Ada") is None


def test_a_decision_counts_once(throughput: Throughput, clock: Clock) -> None:
    for _ in range(3):
        throughput.count(1, "Ada", 4)
    clock.now += 60
    assert throughput.per_minute() == pytest.approx(4)


def test_the_past_is_forgotten(throughput: Throughput, clock: Clock) -> None:
    throughput.count(7, "Ada", 50)
    clock.now += 301
    assert throughput.per_minute() is None
    throughput.count(8, "Ada", 6)
    clock.now += 60
    assert throughput.per_minute() == pytest.approx(6)


def test_a_burst_is_no_rate_of_thousands(throughput: Throughput) -> None:
    throughput.count(9, "Ada", 10)
    assert throughput.per_minute() == pytest.approx(30)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (None, "–"),
        (0.2, "under a minute"),
        (12.4, "12 min"),
        (89.4, "89 min"),
        (150, "2.5 h"),
        (6_000, "100 h"),
    ],
)
def test_durations_in_words(minutes: float | None, text: str) -> None:
    assert in_words(minutes) == text
