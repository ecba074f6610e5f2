import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.cells import clean_text, parse_list, read_category, separator_of


@pytest.mark.parametrize(
    "missing",
    [None, float("nan"), "nan", " NaN ", "None", "null", "N/A", "-", "", " \t", [], [None]],
)
def test_what_stands_for_a_missing_text_is_empty(missing):
    assert clean_text(missing) == ""


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Tom &amp; Jerry&nbsp;mug &#8364; 5", "Tom & Jerry mug € 5"),
        ("<p>Red<br/>shirt</p><ul><li>cotton</li></ul>", "Red shirt cotton"),
        ("&lt;b&gt;bold&lt;/b&gt; word", "bold word"),
        ("a<script>var x = '<b>';</script>b<STYLE>p {}</STYLE >c", "a b c"),
        ("a<!-- not <b>shown</b> -->b", "a b"),
        ("cable 3 < 5 and <3 love", "cable 3 < 5 and <3 love"),
        ("brackets <Large", "brackets <Large"),
        ("<script>lost?", "lost?"),
        ("one\r\ntwo\x0bthree\u2028four\u200bfive\ufeff", "one two three four five"),
        ("  many   spaces\t", "many spaces"),
        ("cafe\u0301", "café"),
        ("phone 📱 👨‍👩‍👧", "phone 📱 👨‍👩‍👧"),
        (["red", None, " big  shirt "], "red big shirt"),
        (12, "12"),
        (0, "0"),
    ],
)
def test_clean_text(raw, clean):
    assert clean_text(raw) == clean


@pytest.mark.timed
@pytest.mark.parametrize(
    "piece",
    [
        "<a",
        "</a",
        "<!",
        "<!--",
        "<!-- -",
        "<!-->",
        "<script>",
        "<style",
        "<script></style>",
        "&#",
        "<",
    ],
)
def test_a_megabyte_of_broken_markup_takes_no_longer_than_any_other(piece):
    start = time.perf_counter()
    clean_text(piece * (1_000_000 // len(piece)))
    assert time.perf_counter() - start < 3


@given(st.text(alphabet="<>!-/&;#[]?\"' abScript\n", max_size=60))
def test_no_markup_is_too_broken(text):
    clean = clean_text(text)
    assert clean == " ".join(clean.split())


@given(st.lists(st.text(alphabet="abcdeÄ 12.,", min_size=1), max_size=5))
def test_plain_words_all_stay(words):
    text = "x " + " ".join(words)
    assert clean_text(text).split() == text.split()


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ('["a", "b"]', ["a", "b"]),
        ("['a', 'b']", ["a", "b"]),
        ("[]", []),
        ("[1] a", None),
        ("[Sale]", None),
        ("a", None),
        ('["cut o', None),
        ("[" * 100_000, None),
    ],
)
def test_lists_in_texts(text, items):
    assert parse_list(text) == items


@pytest.mark.parametrize(
    "cell",
    [
        "Clothing >> Women's Clothing >> Shorts",
        '["Clothing >> Women\'s Clothing >> Shorts"]',
        ["Clothing >> Women's Clothing >> Shorts"],
        [["Clothing", "Women's Clothing", "Shorts"]],
        '["Clothing", "Women\'s Clothing", "Shorts"]',
        "[\"Clothing >> Women's Clothing >> Shorts",
    ],
)
def test_a_path_however_it_is_written(cell):
    assert read_category(cell, " >> ") == ("Clothing", "Women's Clothing", "Shorts")


@pytest.mark.parametrize("cell", [None, "", "nan", [], [None], "[null]", '[""]'])
def test_no_category(cell):
    assert read_category(cell, " > ") is None


def test_a_name_in_brackets_is_a_name():
    assert read_category("[Sale] > Shoes", " > ") == ("[Sale]", "Shoes")


@pytest.mark.parametrize(
    ("labels", "separator"),
    [
        (["A >> B", "A >> C", "D"], " >> "),
        ([["A >> B"], ["A >> C"], None], " >> "),
        (["A > B", "A >> C", "A >> D"], " > "),
        (["A", "B >> C", "D"], " > "),
        (["A / B", "A / C"], " > "),
        ([], " > "),
    ],
)
def test_a_separator_that_stands_nowhere_else_is_recognised(labels, separator):
    assert separator_of(labels, " > ") == separator
