import threading

import pytest

from aisle.encoders import parallel
from aisle.encoders.parallel import in_parallel, workers


@pytest.mark.parametrize("cores", [1, 4])
def test_results_stand_in_the_order_of_the_items(monkeypatch, cores):
    monkeypatch.setattr(parallel, "CORES", cores)
    assert in_parallel(lambda item: item * 2, range(50)) == list(range(0, 100, 2))
    assert in_parallel(str, []) == []


def test_one_core_needs_no_threads(monkeypatch):
    monkeypatch.setattr(parallel, "CORES", 1)
    threads = in_parallel(lambda _: threading.get_ident(), range(3))
    assert set(threads) == {threading.get_ident()}


@pytest.mark.parametrize("jobs", [0, 1, 2])
def test_a_single_job_is_done_on_the_callers_thread(jobs):
    with workers(jobs) as pool:
        thread = pool.submit(threading.get_ident).result()
        assert list(pool.map(str, range(3))) == ["0", "1", "2"]
    assert (thread == threading.get_ident()) == (jobs < 2)
