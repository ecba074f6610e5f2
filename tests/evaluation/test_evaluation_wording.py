import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluation.wording import count, decimal, of_hundred, percent, text_table


@pytest.mark.parametrize(
    ("share", "text"),
    [(1, "100.0 %"), (0.99999, "99.9 %"), (0, "0.0 %"), (1e-9, "0.1 %"), (0.12345, "12.3 %")],
)
def test_percent_says_all_and_nothing_only_where_it_is_so(share, text):
    assert percent(share) == text


@given(st.floats(0, 1))
def test_percent_is_close_to_the_share(share):
    assert float(percent(share).removesuffix(" %")) == pytest.approx(100 * share, abs=0.1)


def test_what_is_not_there_is_a_dash():
    assert percent(None) == percent(float("nan")) == decimal(None) == decimal(float("nan")) == "–"


def test_of_hundred():
    assert [of_hundred(share) for share in (0, 0.001, 0.93, 0.999, 1)] == [
        *("0", "1", "93", "99", "100")
    ]


def test_count_speaks_english():
    assert count(1, "row") == "1 row"
    assert count(2000, "category", "categories") == "2,000 categories"


def test_columns_are_aligned():
    assert text_table(["", "one"], [["long name", "1"], ["b", "22 %"]]) == (
        "            one\nlong name     1\nb          22 %"
    )
