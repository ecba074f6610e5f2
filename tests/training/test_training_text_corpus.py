from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest

from training.text_corpus import PRODUCTS, SUBSET, read_corpus

TREE = '["Secret >> Label"]'
SPECIFICATION = '{"product_specification"=>[{"key"=>"Dial", "value"=>"Round"}]}'


def rows(*products: tuple[str, str, str, str]) -> pa.Table:
    names = ("uniq_id", "product_name", "brand", "description")
    return pa.Table.from_pylist(
        [
            {
                **dict(zip(names, product, strict=True)),
                "product_category_tree": TREE,
                "product_specifications": SPECIFICATION,
            }
            for product in products
        ]
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for folder in ("flipkart", "fashion", "taxonomies"):
        (tmp_path / folder).mkdir()
    measured = ("m", "Measured Watch", "X", "A watch that is measured.")
    products = rows(
        measured,
        ("t", "Measured Watch", "X", "A twin with the same name."),
        *(
            (f"{n}", f"Lamp {n}", f"maker{n}", f"Lamp {n} is bright! Buy now now.")
            for n in range(40)
        ),
    )
    pq.write_table(products, tmp_path / PRODUCTS)
    pv.write_csv(rows(measured), tmp_path / SUBSET)
    fashion = pa.table({"productDisplayName": ["Turtle Blue Shirt", None]})
    pq.write_table(fashion, tmp_path / "fashion/products.parquet")
    tree = "# version\ngid://shop/ap-1-2 : Animals > Birds > Cages\n"
    (tmp_path / "taxonomies/shop.txt").write_text(tree)
    return tmp_path


def test_nothing_is_read_of_measured_products_their_namesakes_or_labels(data: Path) -> None:
    text = " ".join(read_corpus(data).texts)
    assert "Measured" not in text
    assert "twin" not in text
    assert "Secret" not in text


def test_names_wholes_clauses_specifications_and_categories_are_texts(data: Path) -> None:
    texts = read_corpus(data).texts
    wanted = {
        "Lamp 3",
        "Lamp 3\nLamp 3 is bright! Buy now now.",
        "Lamp 3 is bright!",
        "Buy now now.",
        "Turtle Blue Shirt",
        "Birds Cages",
    }
    assert wanted <= set(texts)
    assert len(set(texts)) == len(texts)


def test_some_makers_are_held_out_with_all_their_texts(data: Path) -> None:
    corpus = read_corpus(data)
    held = {text for text, out in zip(corpus.texts, corpus.held_out, strict=True) if out}
    names = {text for text in held if text.startswith("Lamp") and len(text.split()) == 2}
    assert 0 < len(names) < 20
    assert all(f"{name} is bright!" in held for name in names)
    assert "Turtle Blue Shirt" not in held
