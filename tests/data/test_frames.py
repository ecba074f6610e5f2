"""What Python programs hold tables in."""

import io

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

from aisle.data.frames import frame_to_arrow
from aisle.data.products import read_products
from aisle.data.tables import read_table
from aisle.errors import TableError

ROWS = [{"title": "Rote Schüssel", "price": "3"}, {"title": "Löffel", "price": "4"}]


class Capsule:
    """Knows nothing but the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.Table.from_pylist(ROWS).__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "make",
    [
        pd.DataFrame,
        pl.DataFrame,
        pl.LazyFrame,
        pa.Table.from_pylist,
        pa.RecordBatch.from_pylist,
        list,
        tuple,
        lambda rows: {name: [row[name] for row in rows] for name in rows[0]},
        lambda _: Capsule(),
    ],
)
def test_data_frames_and_rows(make) -> None:
    assert read_table(make(ROWS)).to_pylist() == ROWS


@pytest.mark.parametrize(
    "make", [list, tuple, np.array, pd.Series, pl.Series, lambda texts: pa.chunked_array([texts])]
)
def test_texts(make) -> None:
    assert frame_to_arrow(make(["a mug", "a pan"])).to_pydict() == {"text": ["a mug", "a pan"]}


def test_missing_texts() -> None:
    for texts in (["a mug", None], pd.Series(["a mug", float("nan")])):
        assert frame_to_arrow(texts).to_pydict() == {"text": ["a mug", None]}


def test_dictionaries_may_leave_columns_out_and_mix_types() -> None:
    assert frame_to_arrow([{"a": 1}, {"a": "x", "b": [b"p"]}]).to_pylist() == [
        {"a": "1", "b": None},
        {"a": "x", "b": [b"p"]},
    ]


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (None, "NoneType is no table; give a path, a data frame or a list of texts"),
        ([1, 2], "a list with a int is no table; give texts or dictionaries"),
        ([], "has no rows"),
        ({"a": [1], "b": []}, "different lengths"),
        (pd.DataFrame({"a": []}), "the table has no rows"),
        (pd.DataFrame({"a": [1, "x"]}), "mixes types"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "unique column names, got: - 'a'"),
        (pa.table([[1], [2]], names=["a", "a"]), "unique column names"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(frame: object, says: str) -> None:
    with pytest.raises(TableError, match=says) as caught:
        read_table(frame)
    assert "\n" not in str(caught.value)


def png(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_hugging_face_data_set() -> None:
    import datasets  # slow to load: no other test should wait for it

    features = datasets.Features(
        {
            "title": datasets.Value("string"),
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=["Mugs", "Pans"]),
        }
    )
    columns = {
        "title": ["a mug", "a pan", "a lid"],
        "image": [{"bytes": png(one), "path": None} for one in ("red", "blue", "green")],
        "label": [0, 1, -1],
    }
    dataset = datasets.Dataset.from_dict(columns, features)
    products = read_products(dataset.select([2, 1, 0]))
    assert [item.text for item in products] == ["a lid", "a pan", "a mug"]
    assert [item.images for item in products] == [((png(one),)) for one in ("green", "blue", "red")]
    assert [item.category for item in products] == [None, ("Pans",), ("Mugs",)]
    with pytest.raises(TableError, match="several data sets; give one of train, test"):
        read_products(datasets.DatasetDict({"train": dataset, "test": dataset}))
    with pytest.raises(TableError, match="without streaming=True"):
        read_products(dataset.to_iterable_dataset())
