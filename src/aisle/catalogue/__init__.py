"""A sample catalogue that comes inside the package: 600 messy listings with drawn pictures.

`python -m demo` in the repository makes it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.errors import OutputError
from aisle.files import write_file
from aisle.schema import SEPARATOR, Product

if TYPE_CHECKING:
    import pyarrow as pa

_HERE = Path(__file__).parent
CATALOGUE_FILE = _HERE / "catalogue.parquet"
KIT_FILE = _HERE / "kit.jpg"
"""A photo of a make-up kit, for examples of one product."""

GENERATED = b"aisle.generated"
"""The key in the metadata of the table's schema that marks the table as generated."""

WRONG_LABELS = b"aisle.wrong_labels"
"""The key under which a JSON object leads from the ids of wrong labels to the true categories."""

_TABLE = "products.parquet"
_IMAGES = "images"
_README = """\
This folder holds a generated sample. No product, seller, brand or picture in it is real.

{table}  {listings} listings in {categories} categories: id, title, description, brand,
                  images (relative to this folder), category ("A > B"), generated
{images}/           drawn pictures
{kit}           a drawn make-up kit, to classify one product

The sample is messy on purpose: missing titles, descriptions and pictures, "nan" texts, HTML,
typos, advertising, German and French, pictures that show nothing or cannot be read, the same
product twice.

{wrong} labels are wrong on purpose (id, label, true category):
{wrong_labels}
"""


def sample_products() -> tuple[Product, ...]:
    """The clear listings: each with a title, a description, a picture and its category.

    Pictures are the bytes of files.

    Example:
        >>> sample_products()[0].category
        ('Toys', 'Balls')
    """
    return tuple(
        Product(
            id=row["id"],
            texts=(row["title"], row["description"]),
            images=tuple(picture["data"] for picture in row["pictures"]),
            category=tuple(row["category"].split(SEPARATOR)),
        )
        for row in _read().to_pylist()
        if row["clear"]
    )


def write_catalogue(folder: Path) -> Path:
    """Writes all listings: `products.parquet`, `images/`, `kit.jpg` and `README.txt`.

    An earlier sample in the folder is written over.

    Args:
        folder: where to write; made where there is none.

    Returns:
        The path of the Parquet file.

    Raises:
        OutputError: the folder cannot be written, or holds a `products.parquet` of another origin.
    """
    table = folder / _TABLE
    if table.exists() and not _is_sample(table):
        raise OutputError(f"{table} is no generated sample; give another folder for the sample")
    try:
        _write(folder)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"the sample cannot be written to {folder}: {reason}") from error
    return table


def _write(folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    catalogue = _read()
    (folder / _IMAGES).mkdir(parents=True, exist_ok=True)
    for pictures in catalogue["pictures"].to_pylist():
        for picture in pictures:
            _write_picture(folder / _IMAGES / picture["name"], picture["data"])
    (folder / KIT_FILE.name).write_bytes(KIT_FILE.read_bytes())
    (folder / "README.txt").write_text(_readme(catalogue), encoding="utf-8")
    names = [
        [f"{_IMAGES}/{picture['name']}" for picture in pictures]
        for pictures in catalogue["pictures"].to_pylist()
    ]
    table = catalogue.drop_columns(["clear"]).append_column("generated", [[True] * len(catalogue)])
    at = table.column_names.index("pictures")
    table = table.set_column(at, "images", pa.array(names, pa.list_(pa.string())))
    with write_file(folder / _TABLE) as part:
        pq.write_table(table, part)


def _write_picture(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(data)


def _read() -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(CATALOGUE_FILE)


def _readme(catalogue: pa.Table) -> str:
    labels = dict(zip(catalogue["id"].to_pylist(), catalogue["category"].to_pylist(), strict=True))
    truth: dict[str, Any] = json.loads(catalogue.schema.metadata[WRONG_LABELS])
    return _README.format(
        table=_TABLE,
        listings=len(labels),
        categories=len(set(labels.values())),
        images=_IMAGES,
        kit=KIT_FILE.name,
        wrong=len(truth),
        wrong_labels="\n".join(f"{id_}  {labels[id_]}  ({truth[id_]})" for id_ in truth),
    )


def _is_sample(path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowException):
        return False
    return GENERATED in metadata
