"""A saved model is the model."""

import json
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from handmade import products_from, shirts_and_pans
from tiny_models import image_repo, static_repo, text_repo

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.schema import Prediction, SimilarProduct


def with_rounded_similarities(answers: list[Prediction]) -> list[Prediction]:
    """The vectors of similar products are kept in half precision."""

    def rounded(one: SimilarProduct) -> SimilarProduct:
        return replace(one, similarity=round(one.similarity, 2))

    return [
        replace(
            answer,
            explanation=replace(
                answer.explanation, similar=tuple(map(rounded, answer.explanation.similar))
            ),
        )
        for answer in answers
    ]


def without_similar(answers: list[Prediction]) -> list[Prediction]:
    return [
        replace(answer, explanation=replace(answer.explanation, similar=())) for answer in answers
    ]


@pytest.fixture
def encoders(tmp_path: Path) -> Path:
    folder = tmp_path / "encoders"
    text_repo(folder / "words")
    static_repo(folder / "static")
    image_repo(folder / "pixels")
    return folder


@pytest.fixture
def encoded(encoders: Path) -> Classifier:
    """Fitted on too few products for a cache of vectors."""
    model = Classifier([encoders / "words", str(encoders / "static")], [encoders / "pixels"])
    return model.fit(products_from(shirts_and_pans(24)))


def no_network(*args: object, **options: object) -> None:
    raise AssertionError("a socket was opened")


def test_answers_are_the_same_to_the_bit(
    model: Classifier, model_folder: Path, new_shop: Products
) -> None:
    loaded = Classifier.load(model_folder)
    assert np.array_equal(loaded.predict_proba(new_shop), model.predict_proba(new_shop))
    before, after = model.explain(new_shop), loaded.explain(new_shop)
    assert without_similar(after) == without_similar(before)


def test_similar_products_are_the_same(
    model: Classifier, model_folder: Path, shop: Products
) -> None:
    for before, after in zip(
        model.explain(shop[:10]), Classifier.load(model_folder).explain(shop[:10]), strict=True
    ):
        assert after.explanation.similar[0].id == before.explanation.similar[0].id
        assert [one.similarity for one in after.explanation.similar] == pytest.approx(
            [one.similarity for one in before.explanation.similar], abs=2e-3
        )


def test_all_else_is_the_same(model: Classifier, model_folder: Path) -> None:
    loaded = Classifier.load(model_folder)
    assert loaded.classes_ == model.classes_
    assert loaded.summary().fit == model.summary().fit
    assert loaded.columns_ == model.columns_
    assert loaded.model_.rules == model.model_.rules
    assert loaded.model_.oof_shortlists.keys() == model.model_.oof_shortlists.keys()
    for modalities, kept in model.model_.oof_shortlists.items():
        for name, array in vars(kept).items():
            again = getattr(loaded.model_.oof_shortlists[modalities], name)
            assert array.dtype == again.dtype
            assert again == pytest.approx(array, abs=1e-3)
    assert (loaded.precision, loaded.split, loaded.seed) == (0.8, "near-duplicates", 0)


def test_saving_a_loaded_model_writes_the_same_bytes(model_folder: Path, tmp_path: Path) -> None:
    Classifier.load(model_folder).save(tmp_path / "again")
    names = [p.relative_to(model_folder) for p in model_folder.rglob("*") if p.is_file()]
    assert len(names) == 4
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (model_folder / name).read_bytes()


def test_encoders_travel_with_the_model(
    encoders: Path, encoded: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = shirts_and_pans(20)
    before = encoded.predict_proba(items)
    encoded.save(tmp_path / "model")
    shutil.rmtree(encoders)
    (tmp_path / "model").rename(tmp_path / "moved")
    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.setattr(socket, "create_connection", no_network)
    loaded = Classifier.load(tmp_path / "moved")
    assert [one.name for one in loaded.model_.featurizers] == ["tfidf", "words", "static", "pixels"]
    assert np.array_equal(loaded.predict_proba(items), before)


def test_a_loaded_model_can_be_saved_onto_itself(encoded: Classifier, tmp_path: Path) -> None:
    items = shirts_and_pans(20)
    encoded.save(tmp_path / "model")
    Classifier.load(tmp_path / "model").save(tmp_path / "model")
    assert np.array_equal(
        Classifier.load(tmp_path / "model").predict_proba(items), encoded.predict_proba(items)
    )


def test_nothing_in_the_folder_can_run(encoded: Classifier, tmp_path: Path) -> None:
    encoded.save(tmp_path / "model")
    files = [path for path in (tmp_path / "model").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".safetensors", ".onnx"}
    for path in files:
        start = path.read_bytes()[:2]
        assert start[:1] != b"\x80", f"{path} starts as a pickle does"
        assert start != b"PK", f"{path} is a zip archive"
        if path.suffix == ".json":
            json.loads(path.read_text("utf-8"))
