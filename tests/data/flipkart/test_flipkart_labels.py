import pytest

from aisle.data.flipkart.labels import FirstLevels, FrequentRootWords, Unlabelled, full_path
from aisle.errors import LabelError

PATHS = [("Home Decor", "Clocks", "Wall Clocks"), ("Home Furnishing",), ("Gaming", "Mice")]


def test_full_path():
    assert full_path(PATHS) == PATHS


def test_first_levels():
    assert FirstLevels(2)(PATHS) == [("Home Decor", "Clocks"), ("Home Furnishing",), PATHS[2]]


def test_there_is_no_level_0():
    with pytest.raises(LabelError, match="no level 0"):
        FirstLevels(0)


def test_frequent_root_words():
    labels = FrequentRootWords(more_than=1)(PATHS)
    assert labels[:2] == [("home",), ("home",)]
    assert isinstance(labels[2], Unlabelled)
    assert all(isinstance(label, Unlabelled) for label in FrequentRootWords(more_than=2)(PATHS))
