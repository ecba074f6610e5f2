import pytest

from aisle.data.columns import Columns
from aisle.errors import TableError

NAMES = ["uniq_id", "Product_Name", "description", "brand", "image", "category", "price"]


def test_well_known_names_are_guessed_title_first():
    found = Columns().complete(NAMES)
    assert found == Columns(
        ("Product_Name", "brand", "description"), "image", "category", "uniq_id"
    )


def test_named_columns_win_over_guesses():
    found = Columns(text=("price",), label="brand").complete(NAMES)
    assert (found.text, found.label, found.image) == (("price",), "brand", "image")


def test_guess_is_told_in_one_line_and_only_what_was_guessed():
    wanted = Columns(text=("description",), label="category")
    assert wanted.guessed(wanted.complete(NAMES)) == "guessed columns: id = uniq_id, image = image"
    whole = Columns().complete(NAMES)
    assert "text = Product_Name + brand + description" in Columns().guessed(whole)
    assert whole.guessed(whole) == ""


@pytest.mark.parametrize(
    "wanted", [Columns(text=("titel",)), Columns(image="titel"), Columns(label="titel")]
)
def test_missing_column_names_the_nearest(wanted):
    with pytest.raises(TableError, match=r"no column 'titel' among title, x; did you mean 'title'"):
        wanted.complete(["title", "x"])


def test_wrong_separator_is_named_whether_columns_were_asked_for_or_guessed():
    says = r"read as one column 'title\^category'; is the separator one of , ; \| or tab"
    with pytest.raises(TableError, match=says):
        Columns(label="category").complete(["title^category"])
    with pytest.raises(TableError, match=says):
        Columns().complete(["title^category"])


def test_neither_text_nor_picture():
    with pytest.raises(TableError, match="--text or --image"):
        Columns().complete(["price", "category"])


def test_many_and_long_names_are_cut_in_messages():
    names = ["n" * 5000, *(f"c{i}" for i in range(50))]
    with pytest.raises(TableError, match=r"\(51 columns\)") as caught:
        Columns(label="zz").complete(names)
    assert len(str(caught.value)) < 300


def test_or_else_fills_from_a_model_what_the_table_has():
    model = Columns(("title", "body"), "image", "category", "sku")
    filled = Columns(label="kind").or_else(model, ["title", "kind", "sku"])
    assert filled == Columns(("title",), None, "kind", "sku")
