"""Products of many callers at once: order, bounds, time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")


from aisle.schema import Prediction, Product
from aisle.service.api.errors import RefusedError
from aisle.service.api.streaming import failed
from aisle.service.inference.batching import Batcher, Outcome
from aisle.service.inference.workers import Question
from aisle.service.observability import Metrics
from aisle.service.settings import InferenceSettings


class Slow:
    """Answers when it is let, and remembers how many came together."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.groups: list[list[str]] = []

    async def __call__(self, questions: Sequence[Question]) -> list[Outcome]:
        self.groups.append([one.product.id for one in questions])
        await asyncio.wait_for(self.gate.wait(), 10)
        return [failed(one.product.id, "-") for one in questions]


def ask(batcher: Batcher, *keys: str) -> list[asyncio.Task[Prediction]]:
    return [asyncio.create_task(batcher.ask(Question(Product(key)))) for key in keys]


def test_the_queue_is_bounded_and_a_caller_who_leaves_frees_a_place() -> None:
    async def run() -> None:
        slow = Slow()
        batcher = Batcher(slow, InferenceSettings(batch_size=2, queue_size=3, workers=1), Metrics())
        first = ask(batcher, "a", "b")
        await asyncio.sleep(0.05)
        waiting = ask(batcher, "c", "d", "e")
        await asyncio.sleep(0.05)
        with pytest.raises(RefusedError) as refusal:
            await batcher.ask(Question(Product("f")))
        assert refusal.value.status == 503
        assert refusal.value.headers["Retry-After"] == "1"
        waiting[0].cancel()
        await asyncio.sleep(0.05)
        waiting += ask(batcher, "g")
        await asyncio.sleep(0.05)
        slow.gate.set()
        answers = await asyncio.gather(*first, *waiting[1:])
        assert [one.id for one in answers] == ["a", "b", "d", "e", "g"]
        assert slow.groups == [["a", "b"], ["d", "e"], ["g"]]
        await batcher.close()

    asyncio.run(run())


def test_streams_get_a_quarter_and_single_products_the_rest() -> None:
    async def run() -> None:
        slow = Slow()
        batcher = Batcher(slow, InferenceSettings(batch_size=4, queue_size=9, workers=1), Metrics())
        held = ask(batcher, "x")
        await asyncio.sleep(0.05)
        stream = asyncio.create_task(batcher.ask_all([Question(Product(k)) for k in "1234"]))
        await asyncio.sleep(0)
        single = ask(batcher, *"abcd")
        await asyncio.sleep(0.05)
        slow.gate.set()
        await asyncio.gather(*held, *single)
        assert [one.id for one in await stream if isinstance(one, Prediction)] == list("1234")
        assert slow.groups[1] == ["a", "b", "c", "1"]
        await batcher.close()

    asyncio.run(run())


def test_closing_answers_what_waits() -> None:
    async def run() -> None:
        slow = Slow()
        batcher = Batcher(slow, InferenceSettings(batch_size=1, queue_size=9, workers=1), Metrics())
        asked = ask(batcher, *"abc")
        await asyncio.sleep(0.02)
        slow.gate.set()
        await batcher.close()
        assert all(task.done() for task in asked) or len(await asyncio.gather(*asked)) == 3

    asyncio.run(run())


def test_a_broken_answerer_is_an_outcome_and_the_worker_goes_on() -> None:
    async def broken(questions: Sequence[Question]) -> list[Outcome]:
        raise OSError(questions[0].product.id)

    async def run() -> None:
        batcher = Batcher(broken, InferenceSettings(workers=1), Metrics())
        for key in "ab":
            with pytest.raises(OSError, match=key):
                await asyncio.wait_for(batcher.ask(Question(Product(key))), 5)
        await batcher.close()

    asyncio.run(run())


def test_as_many_as_all_workers_take_and_the_queue_come_in_at_once() -> None:
    async def run() -> None:
        slow = Slow()
        batcher = Batcher(slow, InferenceSettings(batch_size=4, queue_size=2, workers=2), Metrics())
        asked = ask(batcher, *"abcdefghij")
        await asyncio.sleep(0.05)
        with pytest.raises(RefusedError, match="10 products"):
            batcher.check_room()
        slow.gate.set()
        await asyncio.gather(*asked)
        batcher.check_room()
        await batcher.close()

    asyncio.run(run())


def test_the_queue_is_shorter_for_a_while_after_it_was_full() -> None:
    passed = 1_000.0

    async def room_for(settings: InferenceSettings, batcher: Batcher, slow: Slow) -> int:
        """How many are taken before one is refused."""
        slow.gate.clear()
        taken: list[asyncio.Task[Prediction]] = []
        try:
            while len(taken) <= settings.capacity:
                batcher.check_room()
                taken += ask(batcher, str(len(taken)))
                await asyncio.sleep(0)
        except RefusedError:
            slow.gate.set()
            await asyncio.gather(*taken)
        return len(taken)

    async def run() -> None:
        nonlocal passed
        slow, settings = (
            Slow(),
            InferenceSettings(batch_size=2, queue_size=3, workers=1, overload_capacity=2),
        )
        batcher = Batcher(slow, settings, Metrics(), lambda: passed)
        assert await room_for(settings, batcher, slow) == 5
        passed += 19.0
        assert await room_for(settings, batcher, slow) == 2
        passed += 2.0
        assert await room_for(settings, batcher, slow) == 5
        await batcher.close()

    asyncio.run(run())
