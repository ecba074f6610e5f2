"""Words that carried an answer, found in the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aisle.service.web.highlighting import highlighted


def marked(text: str, *terms: tuple[str, float]) -> list[tuple[str, float]]:
    return [(piece.text, piece.share) for piece in highlighted(text, terms) if piece.share]


def test_words_are_found_whole_and_in_any_case() -> None:
    assert marked("Mug, MUG and mugs", ("mug", 0.5)) == [("Mug", 0.5), ("MUG", 0.5)]


def test_pairs_are_found_over_what_stands_between() -> None:
    assert marked("A Women's kurti", ("women s", 0.4)) == [("Women's", 0.4)]


def test_shares_add_up_where_terms_overlap() -> None:
    found = marked("leather strap", ("leather strap", 0.25), ("strap", 0.5))
    assert found == [("leather ", 0.25), ("strap", 0.75)]


def test_runs_of_characters_are_found_within_words() -> None:
    assert marked("Kaffeebecher", (" bech", 0.25), ("echer", 0.5)) == [
        ("b", 0.25),
        ("ech", 0.75),
        ("er", 0.5),
    ]


def test_terms_that_are_nowhere_or_empty_mark_nothing() -> None:
    assert marked("a mug", ("", 1.0), (" ", 1.0), ("pan", 1.0), ("(", 1.0)) == []


def test_long_plain_stretches_are_shortened_around_the_words() -> None:
    pieces = highlighted("x " * 5_000 + "mug" + " y" * 5_000, [("mug", 0.5)])
    assert [piece.text for piece in pieces if piece.share] == ["mug"]
    assert sum(len(piece.text) for piece in pieces) < 1_000


def test_a_word_that_comes_without_end_does_not_make_pieces_without_end() -> None:
    assert len(highlighted("mug " * 25_000, [("mug", 0.5)])) < 1_000


@given(
    st.text(max_size=200),
    st.lists(st.tuples(st.text(max_size=8), st.floats(0.01, 1)), max_size=6),
)
def test_the_pieces_of_a_short_text_are_the_text(text: str, terms: list[tuple[str, float]]) -> None:
    assert "".join(piece.text for piece in highlighted(text, terms)) == text
