"""Table in, table out, in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from tqdm import tqdm

from aisle.batch.worker import prediction_schema, to_batch
from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.data.writers import check_table_path, open_table
from aisle.predictions import Predictions

Observer = Callable[[Predictions], None]


@dataclass(frozen=True)
class PredictSummary:
    """How a run went: rows in all, by decision and by status."""

    rows: int
    decisions: dict[str, int]
    statuses: dict[str, int]


def predict_table(
    model: Classifier,
    products: Products,
    to: Path,
    see: Observer | None = None,
    batch_rows: int = 1_000,
) -> PredictSummary:
    """Writes one row a product: its key column, and the answer.

    The file is there when all rows are written. Vectors are cached as they are computed, so that a
    run that was stopped goes on where it was.

    Args:
        model: a fitted classifier.
        products: what to predict.
        to: a file ending in .parquet, .csv, .tsv or .jsonl.
        see: gets the answers, too, some at a time in the order of the products.
        batch_rows: how many products are predicted together.

    Raises:
        OutputError: the ending is unknown, or the file cannot be written.
    """
    check_table_path(to)
    decisions: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    with open_table(to, prediction_schema(products.columns)) as writer:
        for answers in _answers(model, products, batch_rows):
            decisions.update(answer.decision for answer in answers)
            statuses.update(answer.status for answer in answers)
            writer.write(pa.Table.from_batches([to_batch(answers, products.columns)]))
            if see is not None:
                see(answers)
    return PredictSummary(len(products), dict(decisions), dict(statuses))


def _answers(model: Classifier, products: Products, batch_rows: int) -> Iterator[Predictions]:
    with tqdm(total=len(products), desc="predicting products", disable=None) as progress:
        for start in range(0, len(products), batch_rows):
            answers = model.predict(products.items[start : start + batch_rows])
            yield answers
            progress.update(len(answers))
