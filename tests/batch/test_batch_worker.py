"""A record batch in, a record batch out."""

from pathlib import Path

import pyarrow as pa

from aisle.batch.worker import predict_batch, prediction_schema
from aisle.classifier import Classifier
from aisle.data.columns import Columns
from aisle.data.products import Products
from aisle.schema import join_path


def test_as_the_model_predicts(model: Classifier, new_shop: Products, tmp_path: Path) -> None:
    columns = Columns(text=("title",), id="sku")
    texts = [product.text for product in new_shop[:7]]
    batch = pa.RecordBatch.from_pydict({"sku": list("abcdefg"), "title": texts, "price": [1] * 7})
    found = predict_batch(model, batch, columns, tmp_path)
    assert isinstance(found, pa.RecordBatch)
    assert found.schema == prediction_schema(columns)
    assert found.column("sku").to_pylist() == list("abcdefg")
    wanted = [join_path(answer.category) for answer in model.predict(texts_only(new_shop[:7]))]
    assert found.column("category").to_pylist() == wanted


def test_rows_without_a_key_are_numbered(model: Classifier) -> None:
    batch = pa.RecordBatch.from_pydict({"title": ["cotton shirt", ""]})
    found = predict_batch(model, batch, Columns(text=("title",)))
    assert found.column("row").to_pylist() == ["0", "1"]
    assert found.column("status").to_pylist() == ["ok", "failed"]


def test_no_rows(model: Classifier) -> None:
    batch = pa.RecordBatch.from_pydict({"title": pa.array([], pa.string())})
    assert predict_batch(model, batch, Columns(text=("title",))).num_rows == 0


def texts_only(products: Products) -> list:
    from aisle.schema import Product

    return [Product(item.id, (item.text,)) for item in products]
