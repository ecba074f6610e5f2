import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.networks.words import split_words, stop_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Men's Analog Watch (38mm), steel_strap", "men s analog watch 38mm steel strap"),
        ("CAFÉ-Straße № 5½", "café straße 5½"),
        ("रबर 手表\n表", "रबर 手表 表"),
        ("😀 -- \x00 \t", ""),
        ("", ""),
    ],
)
def test_words(text, words):
    assert list(split_words(text)) == words.split()


@given(st.text())
def test_all_but_letters_and_digits_is_white_space(text):
    cleaned = "".join(c if c.isalnum() else " " for c in text.lower())
    assert list(split_words(text)) == cleaned.split()


def test_no_more_is_read_than_asked_for():
    words = split_words("red " * 3_000_000)
    assert next(words) == "red"


def test_stop_words_are_those_of_scikit_learn():
    assert {"the", "and", "with", "of"} <= stop_words()
    assert not {"watch", "red", "new"} & stop_words()
