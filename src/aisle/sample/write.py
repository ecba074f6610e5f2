"""The sample catalogue as files."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from aisle._version import __version__
from aisle.errors import OutputError
from aisle.files import write_file
from aisle.sample.catalogue import CATALOGUE
from aisle.sample.recipes import Recipe, plan
from aisle.sample.shots import shots
from aisle.sample.texts import write_text
from aisle.schema import join_path

GENERATED = b"aisle.generated"
"""The key in the metadata of the table's schema that marks the table as generated."""

WRONG_LABELS = b"aisle.wrong_labels"
"""The key under which a JSON object leads from the ids of wrong labels to the true categories."""

_TABLE = "products.parquet"
_IMAGES = "images"
_COLUMNS = {
    "id": pa.string(),
    "title": pa.string(),
    "description": pa.string(),
    "brand": pa.string(),
    "images": pa.list_(pa.string()),
    "category": pa.string(),
    "generated": pa.bool_(),
}
_README = """\
This folder holds a generated sample. No product, seller, brand or picture in it is real.
Made by aisle {version} with the seed {seed}.

{table}  {listings} listings in {categories} categories: id, title, description, brand,
                  images (relative to this folder), category ("A > B"), generated
{images}/           drawn pictures

The sample is messy on purpose: missing titles, descriptions and pictures, "nan" texts, HTML,
typos, advertising, German and French, pictures that show nothing or cannot be read, the same
product twice.

{wrong} labels are wrong on purpose (id, label, true category):
{wrong_labels}
"""


def write_sample(folder: Path, seed: int = 0) -> Path:
    """Generates a sample catalogue: `products.parquet`, `images/` and `README.txt`.

    An earlier sample in the folder is written over.

    Args:
        folder: where to write; made where there is none.
        seed: another seed makes another catalogue.

    Returns:
        The path of the Parquet file.

    Raises:
        OutputError: the folder cannot be written, or holds a `products.parquet` of another origin.
    """
    table = folder / _TABLE
    if table.exists() and not _is_sample(table):
        raise OutputError(f"{table} is no generated sample; give another folder for the sample")
    try:
        _write(folder, seed)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"the sample cannot be written to {folder}: {reason}") from error
    return table


def _write(folder: Path, seed: int) -> None:
    (folder / _IMAGES).mkdir(parents=True, exist_ok=True)
    recipes = {f"S{number:04}": recipe for number, recipe in enumerate(plan(seed), start=1)}
    (folder / "README.txt").write_text(_readme(recipes, seed), encoding="utf-8")
    progress = tqdm(recipes.items(), "drawing the sample", unit="listing", disable=None)
    rows = [_write_listing(folder, id_, recipe) for id_, recipe in progress]
    truth = {id_: join_path(recipe.category.path) for id_, recipe in _mislabelled(recipes)}
    metadata = {GENERATED: b"true", WRONG_LABELS: json.dumps(truth).encode()}
    with write_file(folder / _TABLE) as part:
        pq.write_table(pa.Table.from_pylist(rows, pa.schema(_COLUMNS, metadata)), part)


def _write_listing(folder: Path, id_: str, recipe: Recipe) -> dict[str, object]:
    """Writes the pictures of a listing.

    Returns:
        Its row of the table.
    """
    images = []
    for number, shot in enumerate(shots(recipe), start=1):
        images.append(f"{_IMAGES}/{id_}-{number}{shot.format.suffix}")
        data = shot.format.encode(shot.photo)
        if data is None:
            (folder / images[-1]).unlink(missing_ok=True)
        else:
            (folder / images[-1]).write_bytes(data)
    text = write_text(recipe)
    return {
        "id": id_,
        "title": text.title,
        "description": text.description,
        "brand": text.brand,
        "images": images,
        "category": join_path(recipe.label),
        "generated": True,
    }


def _mislabelled(recipes: dict[str, Recipe]) -> list[tuple[str, Recipe]]:
    return [item for item in recipes.items() if item[1].label != item[1].category.path]


def _readme(recipes: dict[str, Recipe], seed: int) -> str:
    wrong = [
        f"{id_}  {join_path(recipe.label)}  ({join_path(recipe.category.path)})"
        for id_, recipe in _mislabelled(recipes)
    ]
    return _README.format(
        version=__version__,
        seed=seed,
        table=_TABLE,
        images=_IMAGES,
        listings=len(recipes),
        categories=len(CATALOGUE),
        wrong=len(wrong),
        wrong_labels="\n".join(wrong),
    )


def _is_sample(path: Path) -> bool:
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowException):
        return False
    return GENERATED in metadata
