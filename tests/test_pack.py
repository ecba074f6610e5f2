"""What comes inside the package: two encoders and a model."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import csv

from aisle.classifier import Classifier
from aisle.data.products import Products, read_products
from aisle.encoders.image import OnnxImageEncoder
from aisle.encoders.text import open_text_encoder
from aisle.errors import AisleError
from aisle.pack import FLIPKART, MINI_IMAGE, MINI_TEXT, packed
from aisle.schema import Decision, Prediction, Product, Status

RELEASED = Path(__file__).parents[1] / "training" / "released.json"
PACK = FLIPKART.parent


@pytest.fixture(scope="module")
def flipkart() -> Classifier:
    return Classifier.load()


def answer(model: Classifier, text: str = "", *images: bytes) -> Prediction:
    return model.explain([Product("1", (text,), images)])[0]


def picture(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def test_the_files_are_those_that_were_released() -> None:
    there = {
        path.relative_to(PACK).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in PACK.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert there == json.loads(RELEASED.read_text())


def test_the_text_encoder_knows_what_is_alike() -> None:
    encoder = open_text_encoder(packed(MINI_TEXT))
    watch, clock, mug = encoder.encode(
        ["men's wrist watch with leather strap", "analog watch for men", "ceramic coffee mug"]
    )
    assert watch @ clock > watch @ mug + 0.2


def test_the_image_encoder_gives_one_vector_a_picture() -> None:
    encoder = OnnxImageEncoder(packed(MINI_IMAGE))
    pixels = encoder.prepare(Image.new("RGB", (500, 300), "red"))
    assert pixels.shape == (3, encoder.size, encoder.size)
    vectors = encoder.encode([pixels, pixels])
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert np.isfinite(vectors).all()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("analog watch with leather strap", ("Watches", "Wrist Watches")),
        ("ceramic coffee mug 350 ml", ("Kitchen & Dining", "Coffee Mugs")),
        ("women's printed cotton kurta", ("Clothing", "Women's Clothing")),
        ("sterling silver ring for women", ("Jewellery", "Rings")),
    ],
)
def test_everyday_titles_find_their_place(
    flipkart: Classifier, text: str, category: tuple[str, ...]
) -> None:
    assert answer(flipkart, text).category == category


@pytest.mark.parametrize(
    "text",
    [
        "organic basmati rice 5 kg bag",
        "used Toyota Corolla 2015, 80,000 km",
        "two bedroom apartment for rent in the centre",
        "frozen chicken breast fillets 1 kg",
        "live gaur cattle auction lot 12",
    ],
)
def test_a_product_of_no_category_goes_to_a_person(flipkart: Classifier, text: str) -> None:
    assert answer(flipkart, text).decision is Decision.REVIEW


@pytest.mark.parametrize("text", ["", " ", "🎁🎁🎁", "लाल साड़ी", "红色连衣裙", "\x00", "…—–"])
def test_text_without_a_known_word_goes_to_a_person(flipkart: Classifier, text: str) -> None:
    found = answer(flipkart, text)
    assert found.decision is Decision.REVIEW
    assert found.status is Status.FAILED


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (1, 1), "white"),
        Image.new("RGB", (10_000, 20), "red"),
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)),
        Image.new("L", (3, 900), 128),
        Image.effect_noise((300, 300), 90),
    ],
    ids=["one pixel", "banner", "transparent", "stripe", "noise"],
)
def test_pictures_of_nothing_go_to_a_person(flipkart: Classifier, image: Image.Image) -> None:
    found = answer(flipkart, "", picture(image))
    assert found.decision is Decision.REVIEW
    assert 0 < found.confidence < 1


def test_a_text_with_the_picture_of_something_else_goes_to_a_person(flipkart: Classifier) -> None:
    """Real products and photos, by title and picture; each photo then goes to another product."""
    folder = Path(__file__).parents[2] / "shared" / "data" / "flipkart"
    if not folder.is_dir():
        pytest.skip("the real products are not there: ../shared/data/flipkart")
    table = csv.read_csv(
        folder / "flipkart_com-ecommerce_sample_1050.csv",
        parse_options=csv.ParseOptions(newlines_in_values=True),
    )
    rows = [row for row in table.to_pylist() if (folder / "images" / row["image"]).is_file()]
    rows.sort(key=lambda row: row["product_category_tree"])
    photos = [(folder / "images" / row["image"]).read_bytes() for row in rows[::10]]
    titles = [(row["product_name"],) for row in rows[::10]]
    far = photos[len(photos) // 2 :] + photos[: len(photos) // 2]
    usual, torn = (
        np.mean([one.decision is Decision.ASSIGN for one in flipkart.predict(products)])
        for products in (
            [Product("1", text, (photo,)) for text, photo in zip(titles, shown, strict=True)]
            for shown in (photos, far)
        )
    )
    assert usual > 0.85
    assert torn < 0.1


def test_a_broken_picture_does_not_hide_the_text(flipkart: Classifier) -> None:
    found = answer(flipkart, "analog watch with leather strap", b"no picture")
    assert found.category == ("Watches", "Wrist Watches")
    assert found.status is Status.PARTIAL


def test_the_shipped_model_keeps_nobody_s_texts(flipkart: Classifier) -> None:
    assert flipkart.summary().reference_products == ()
    assert answer(flipkart, "ceramic coffee mug").explanation.similar == ()


def test_the_shipped_model_knows_its_out_of_fold_answers(flipkart: Classifier) -> None:
    found = flipkart.summary().by_modalities
    assert {one.name: len(one.oof_predictions) for one in found} == {
        "text": 20_000,
        "image": 3_766,
        "text + image": 3_766,
    }
    for one in found:
        oof, threshold = one.oof_predictions, one.threshold
        assert oof.correct.mean() == pytest.approx(one.accuracy, abs=0.002)
        assigned = oof.eligible_confidence >= threshold.value
        assert assigned.mean() == pytest.approx(threshold.coverage, abs=0.002)
        assert (oof.confidence != oof.confidence.astype(np.float16)).mean() > 0.9


def test_the_tree_has_roots_and_a_second_level(flipkart: Classifier) -> None:
    assert len({path[0] for path in flipkart.classes_}) >= 20
    assert sum(len(path) == 2 for path in flipkart.classes_) >= 90


def test_the_shipped_model_can_be_saved_and_loaded(flipkart: Classifier, tmp_path: Path) -> None:
    flipkart.save(tmp_path / "copy")
    again = Classifier.load(tmp_path / "copy")
    product = Product("1", ("steel water bottle",))
    assert again.explain([product]) == flipkart.explain([product])


def test_a_name_that_is_not_in_the_package_is_one_of_the_hub(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.is_offline_mode", lambda: True)
    with pytest.raises(AisleError, match="not in the local cache"):
        Classifier(["aisle/mini-prose"]).fit(_two_products())


def _two_products() -> Products:
    table = pa.table({"title": ["red mug", "blue sofa"], "category": ["a", "b"]})
    return read_products(table, text=("title",), label="category")
