"""What every engine calls: a record batch of products in, a record batch of predictions out."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from aisle.classifier import Classifier
from aisle.data.columns import Columns
from aisle.data.products import products_of
from aisle.predictions import Predictions, table_schema

ROW = "row"
"""The name of the key column where a table has none."""


def predict_batch(
    model: Classifier, batch: pa.RecordBatch, columns: Columns, image_root: Path = Path()
) -> pa.RecordBatch:
    """The predictions of some rows of a table, in their order; depends on nothing else.

    Args:
        model: a fitted classifier.
        batch: some rows.
        columns: which column plays which part. Where it names no key, rows are numbered within
            the batch.
        image_root: the folder that picture names start from.

    Returns:
        One row a product, with the columns of `prediction_schema`.
    """
    products = products_of(pa.Table.from_batches([batch]), columns, image_root)
    return to_batch(model.predict(products.items), products.columns)


def prediction_schema(columns: Columns) -> pa.Schema:
    """The columns of predictions: the key of the table, then the answer."""
    return table_schema(columns.id or ROW)


def to_batch(predictions: Predictions, columns: Columns) -> pa.RecordBatch:
    """Predictions as one record batch; see `prediction_schema`."""
    table = predictions.to_arrow(columns.id or ROW).combine_chunks()
    return table.to_batches()[0] if len(table) else pa.RecordBatch.from_pylist([], table.schema)
