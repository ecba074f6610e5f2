"""The sample catalogue as one table, pictures included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aisle.catalogue import GENERATED, WRONG_LABELS
from aisle.schema import join_path
from demo import mess
from demo.recipes import PictureKind, Recipe, TextKind, plan
from demo.shots import shots
from demo.texts import write_text

COLUMNS = {
    "id": pa.string(),
    "title": pa.string(),
    "description": pa.string(),
    "brand": pa.string(),
    "pictures": pa.list_(pa.struct({"name": pa.string(), "data": pa.binary()})),
    "category": pa.string(),
    "clear": pa.bool_(),
}


def write_table(path: Path, seed: int = 0) -> None:
    """Writes the catalogue of a seed as a Parquet file."""
    recipes = numbered(plan(seed))
    truth = {
        id_: join_path(recipe.category.path)
        for id_, recipe in recipes.items()
        if recipe.label != recipe.category.path
    }
    metadata = {GENERATED: b"true", WRONG_LABELS: json.dumps(truth).encode()}
    rows = [listing(id_, recipe) for id_, recipe in recipes.items()]
    table = pa.Table.from_pylist(rows, pa.schema(COLUMNS, metadata))
    pq.write_table(table, path, compression="zstd")


def numbered(recipes: list[Recipe]) -> Mapping[str, Recipe]:
    """The recipes by the ids of their listings."""
    return {f"S{number:04}": recipe for number, recipe in enumerate(recipes, start=1)}


def listing(id_: str, recipe: Recipe) -> dict[str, Any]:
    """One row of the table; a picture whose file is to be missing has no data."""
    text = write_text(recipe)
    return {
        "id": id_,
        "title": text.title,
        "description": text.description,
        "brand": text.brand,
        "pictures": [
            {"name": f"{id_}-{number}{shot.format.suffix}", "data": shot.format.encode(shot.photo)}
            for number, shot in enumerate(shots(recipe), start=1)
        ],
        "category": join_path(recipe.label),
        "clear": _is_clear(recipe),
    }


def _is_clear(recipe: Recipe) -> bool:
    """Whether the listing is clean, complete and shows the product."""
    return (
        recipe.text is TextKind.FULL
        and recipe.picture is PictureKind.PRODUCT
        and recipe.title_mess is recipe.description_mess is mess.clean
        and recipe.label == recipe.category.path
    )
