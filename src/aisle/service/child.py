"""A child process of the service: one model, one thread, one group of questions at a time."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from aisle.classifier import Classifier
from aisle.parallel import use_cores
from aisle.service.answering import Answer, Question, answers_to, load_warm
from aisle.service.forking import ENDINGS
from aisle.service.logs import log_to_stderr

_NICE = 5
"""So much do children stand back, that the parent takes and refuses requests without delay."""

_models: list[Classifier] = []


def begin() -> None:
    """To be called first."""
    for name in ENDINGS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    log_to_stderr()
    warnings.filterwarnings("ignore", module="PIL")
    use_cores(1)
    threadpool_limits(1)


def open_model(folder: str) -> None:
    """Takes the model of a folder.

    Raises:
        ModelError: there is no model, or a damaged one.
    """
    _models[:] = [load_warm(folder)]
    gc.freeze()


def answer(questions: Sequence[Question]) -> list[Answer]:
    """The answers of the model that was opened."""
    (model,) = _models
    return answers_to(model, questions)


def _end_with_the_parent() -> None:
    """A parent that was killed cannot end its children."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
