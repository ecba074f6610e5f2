"""Ctrl-C ends a command that is busy where Python does not look."""

import signal
import subprocess
import sys
import time

import pytest

BUSY = """
import threading, time
from aisle.cli.interruption import prompt_interruption
never = threading.Event()
with prompt_interruption():
    print("busy", flush=True)
    {work}
print("ended", flush=True)
"""
DEAF = "try:\n        time.sleep(60)\n    finally:\n        never.wait(60)"
"""What a thread pool does: it waits for its threads before the interruption goes on."""


@pytest.mark.timed
@pytest.mark.parametrize("work", ["time.sleep(60)", DEAF])
def test_ctrl_c_ends_it_within_two_seconds(work: str) -> None:
    command = [sys.executable, "-c", BUSY.format(work=work)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "busy\n"
    time.sleep(0.5)  # the work has begun
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - started < 5
    assert out == ""
    if work is DEAF:
        assert process.returncode == 130
        assert err == "\naisle: stopped; run the same command again to continue\n"
    else:
        assert err.rstrip().endswith("KeyboardInterrupt")


def test_a_block_that_ends_leaves_nothing_behind() -> None:
    command = [sys.executable, "-c", BUSY.format(work="pass") + "print(threading.active_count())"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "busy\nended\n1\n"
