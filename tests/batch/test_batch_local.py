"""Table in, table out."""

import csv
import errno
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from handmade import products_from

from aisle.batch.local import predict_table
from aisle.classifier import Classifier
from aisle.data.columns import Columns
from aisle.data.products import Products
from aisle.errors import OutputError
from aisle.predictions import Predictions
from aisle.schema import Prediction, Product, join_path

ENDINGS = ["parquet", "csv", "tsv", "jsonl"]
FIELDS = ["category", "confidence", "decision", "reason", "alternatives", "modalities", "status"]


def rows_of(file: Path) -> list[dict[str, Any]]:
    """The rows of an output file, with lists as lists and numbers as numbers."""
    if file.suffix == ".parquet":
        return pq.read_table(file).to_pylist()
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t" if file.suffix == ".tsv" else ","))
    for row in rows:
        row |= {name: json.loads(row[name]) for name in ("alternatives", "modalities")}
        row |= {"confidence": float(row["confidence"])}
        row |= {name: row[name] or None for name in ("category", "error")}
    return rows


def expected(answer: Prediction) -> dict[str, Any]:
    return {
        "id": answer.id,
        "category": join_path(answer.category) if answer.category else None,
        "confidence": answer.confidence,
        "decision": answer.decision,
        "reason": answer.decision_reason,
        "alternatives": [
            {"category": join_path(one.category), "confidence": one.confidence}
            for one in answer.alternatives
        ],
        "modalities": list(answer.modalities),
        "status": answer.status,
        "error": answer.error or None,
    }


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_holds_the_answers(
    model: Classifier, new_shop: Products, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"out.{ending}"
    summary = predict_table(model, new_shop, file)
    assert rows_of(file) == [expected(answer) for answer in model.predict(new_shop)]
    assert list(rows_of(file)[0]) == ["id", *FIELDS, "error"]
    assert summary.rows == len(new_shop)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("size", [1, 7, 19, 20, 21, 1000])
def test_chunks_lose_no_row(
    model: Classifier,
    new_shop: Products,
    tmp_path: Path,
    size: int,
) -> None:
    predict_table(model, new_shop[:20], tmp_path / "out.parquet", batch_rows=size)
    found = rows_of(tmp_path / "out.parquet")
    assert [row["id"] for row in found] == [product.id for product in new_shop[:20]]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_cannot_be_read_is_a_row(model: Classifier, tmp_path: Path, ending: str) -> None:
    products = products_from(
        [
            Product("good", ("cotton shirt collar",)),
            Product("partly", ("cotton shirt collar",), (b"broken",)),
            Product("empty", ("",)),
        ]
    )
    summary = predict_table(model, products, tmp_path / f"out.{ending}")
    good, partly, empty = rows_of(tmp_path / f"out.{ending}")
    assert [row["status"] for row in (good, partly, empty)] == ["ok", "partial", "failed"]
    assert "not a picture" in partly["error"]
    assert empty["category"] is None
    assert empty["decision"] == "review"
    assert empty["alternatives"] == empty["modalities"] == []
    assert summary.statuses == {"ok": 1, "partial": 1, "failed": 1}
    assert sum(summary.decisions.values()) == 3


def test_the_key_column_keeps_its_name(model: Classifier, tmp_path: Path) -> None:
    items = (Product("7", ("mug",)), Product("7", ("pan",)))
    products = Products(items, products_from(items).table, Columns(id="sku"))
    predict_table(model, products, tmp_path / "out.jsonl")
    assert [row["sku"] for row in rows_of(tmp_path / "out.jsonl")] == ["7", "7"]


def test_rows_are_numbered_where_there_is_no_key(model: Classifier, tmp_path: Path) -> None:
    predict_table(model, products_from([Product("0", ("mug",))]), tmp_path / "out.csv")
    assert rows_of(tmp_path / "out.csv")[0]["row"] == "0"


def test_an_unknown_ending_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no known ending"):
        predict_table(None, None, tmp_path / "out.xlsx")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_an_older_output_survives_a_run_that_fails_in_the_middle(
    model: Classifier, new_shop: Products, tmp_path: Path
) -> None:
    file = tmp_path / "out.parquet"
    predict_table(model, new_shop[:5], file)
    before = file.read_bytes()

    class Failing:
        calls = 0

        def predict(self, products: list[Product]) -> Predictions:
            self.calls += 1
            if self.calls > 2:
                raise OSError(errno.EIO, "Input/output error")
            return model.predict(products)

    with pytest.raises(OutputError, match="Input/output error"):
        predict_table(Failing(), new_shop, file, batch_rows=20)  # type: ignore[arg-type]
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
