import threading
import time

import pytest

from aisle.parallel import cores, in_parallel, use_cores, workers


@pytest.fixture
def four_cores():
    use_cores(4)
    yield
    use_cores(None)


@pytest.mark.parametrize("count", [1, 4])
def test_results_stand_in_the_order_of_the_items(four_cores, count):
    use_cores(count)
    assert in_parallel(lambda item: item * 2, range(50)) == list(range(0, 100, 2))
    assert in_parallel(str, []) == []


def test_cores_are_all_that_there_are_unless_limited(four_cores):
    assert cores() == 4
    use_cores(None)
    assert cores() >= 1


def test_one_core_needs_no_threads(four_cores):
    use_cores(1)
    threads = in_parallel(lambda _: threading.get_ident(), range(3))
    assert set(threads) == {threading.get_ident()}


@pytest.mark.parametrize("jobs", [0, 1, 2])
def test_a_single_job_is_done_on_the_callers_thread(four_cores, jobs):
    with workers(jobs) as pool:
        thread = pool.submit(threading.get_ident).result()
        assert list(pool.map(str, range(3))) == ["0", "1", "2"]
    assert (thread == threading.get_ident()) == (jobs < 2)


def test_after_an_error_no_further_item_is_begun(four_cores):
    begun = []

    def run(item):
        begun.append(item)
        if item == 3:
            raise KeyboardInterrupt
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        in_parallel(run, range(100))
    assert len(begun) < 20


def test_after_an_error_jobs_that_wait_are_dropped(four_cores):
    done = []

    def stopped():
        with workers(100) as pool:
            for number in range(100):
                pool.submit(lambda number: time.sleep(0.01) or done.append(number), number)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert len(done) < 20
