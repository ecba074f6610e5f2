"""Samples are made once, and keep no model alive."""

from __future__ import annotations

import copy
import gc
import weakref

import pytest

pytest.importorskip("nicegui", reason="the pages are made with NiceGUI (the extra serve)")

from aisle.classifier import Classifier
from aisle.service.pages.catalogue import Catalogue
from aisle.service.pages.try_it.page import remembered_samples


def test_samples_live_as_long_as_their_model(model: Classifier) -> None:
    one = copy.copy(model)
    made = remembered_samples(one, Catalogue())
    assert made
    assert remembered_samples(one, Catalogue()) is made
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None
