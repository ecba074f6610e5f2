import html
import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo import mess
from demo.recipes import DESCRIPTION_MESS, TITLE_MESS

ALL = list(TITLE_MESS | DESCRIPTION_MESS)
CLEAN = "Brenvik brown leather boots with laces and heel. Size 38, brand new."
seeds = st.integers(0, 999).map(Random)
texts = st.lists(
    st.from_regex(r"[A-Za-zé]{1,9}[.,]?", fullmatch=True), min_size=1, max_size=12
).map(" ".join)


def words(text):
    return re.findall(r"[a-zé]+", text.lower())


@pytest.mark.parametrize("spoil", [spoil for spoil in ALL if spoil is not mess.clean])
def test_mess_changes_the_text_and_repeats_itself(spoil):
    assert spoil(CLEAN, Random(1)) != CLEAN
    assert spoil(CLEAN, Random(1)) == spoil(CLEAN, Random(1))


@pytest.mark.parametrize("spoil", ALL)
@settings(max_examples=25)
@given(text=texts, rng=seeds)
def test_mess_copes_with_any_text(spoil, text, rng):
    assert spoil(text, rng).strip()


@pytest.mark.parametrize("spoil", [mess.clean, mess.shouted, mess.broken_lines, mess.spaced])
@settings(max_examples=25)
@given(text=texts, rng=seeds)
def test_mess_of_form_keeps_the_words(spoil, text, rng):
    assert words(spoil(text, rng)) == words(text)


@settings(max_examples=25)
@given(texts, seeds)
def test_tags_and_entities_come_off_again(text, rng):
    assert words(re.sub(r"<[^>]*>", " ", mess.tagged(text, rng))) == words(text)
    assert words(html.unescape(html.unescape(mess.escaped(text, rng)))) == words(text)


@settings(max_examples=25)
@given(texts, seeds)
def test_slips_touch_three_words_at_most(text, rng):
    spoilt = mess.misspelt(text, rng).split(" ")
    pairs = list(zip(text.split(" "), spoilt, strict=True))
    assert sum(word != slip for word, slip in pairs) <= 3
    assert all(abs(len(word) - len(slip)) <= 1 for word, slip in pairs)


def test_abbreviations_are_those_of_sellers():
    assert mess.abbreviated("Black leather boots with heel", Random(0)) == "blk lthr boots w/ heel"


def test_misdecoded_text_can_be_told_from_its_marks():
    assert mess.misdecoded("tasse à thé", Random(0)).startswith("â€œtasse Ã\xa0 thÃ©")
