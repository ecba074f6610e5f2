"""Classifier keeps scikit-learn's contract."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from handmade import products_from, shirts_and_pans
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.validation import check_is_fitted

from aisle import Classifier
from aisle.errors import InputError, LabelError

FAST = Classifier((), (), split="random", reference_products=0)


@pytest.fixture(scope="module")
def texts() -> tuple[list[str], list[str]]:
    items = shirts_and_pans(60, image=False)
    return [one.text for one in items], [" > ".join(one.category) for one in items]


def test_cross_val_score_takes_texts_and_labels(texts: tuple[list[str], list[str]]) -> None:
    scores = cross_val_score(FAST, *texts, cv=3)
    assert len(scores) == 3
    assert scores.min() > 0.9


def test_cross_val_score_takes_a_data_frame(texts: tuple[list[str], list[str]]) -> None:
    frame = pd.DataFrame({"title": texts[0]})
    assert cross_val_score(FAST, frame, texts[1], cv=3, scoring="accuracy").min() > 0.9


def test_grid_search_takes_its_parameters(texts: tuple[list[str], list[str]]) -> None:
    search = GridSearchCV(FAST, {"precision": [0.8, 0.9], "tfidf": [True]}, cv=2)
    search.fit(*texts)
    assert search.best_score_ > 0.9
    assert search.best_estimator_.predict([texts[0][0]])[0].category == tuple(
        texts[1][0].split(" > ")
    )


def test_clone_copies_the_parameters_and_nothing_else() -> None:
    fitted = clone(FAST).fit(products_from(shirts_and_pans(20, image=False)))
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "model_")
    assert is_classifier(copy)


def test_parameters_are_set_by_name() -> None:
    assert clone(FAST).set_params(precision=0.7, seed=3).get_params()["precision"] == 0.7
    with pytest.raises(InputError, match="'precison' is no parameter of Classifier; text_encoders"):
        clone(FAST).set_params(precison=0.7)


@pytest.mark.parametrize("method", ["predict", "explain", "predict_proba"])
def test_before_a_fit_each_method_says_so(method: str) -> None:
    with pytest.raises(NotFittedError, match="not fitted yet; call fit or load first"):
        getattr(clone(FAST), method)(["a shirt"])
    with pytest.raises(NotFittedError):
        clone(FAST).summary()


def test_check_is_fitted_knows(texts: tuple[list[str], list[str]]) -> None:
    with pytest.raises(NotFittedError):
        check_is_fitted(clone(FAST))
    check_is_fitted(clone(FAST).fit(*texts))


def test_predictions_are_an_array_of_categories(texts: tuple[list[str], list[str]]) -> None:
    model = clone(FAST).fit(*texts)
    assert accuracy_score(texts[1], model.predict(texts[0])) == model.score(*texts) > 0.95
    assert np.asarray(model.predict([""])).tolist() == [""]


def test_frames_come_back_on_demand(texts: tuple[list[str], list[str]]) -> None:
    found = clone(FAST).fit(*texts).predict(texts[0][:3])
    assert found.to_arrow().column_names[:3] == ["id", "category", "confidence"]
    assert isinstance(found.to_pandas(), pd.DataFrame)
    assert isinstance(found.to_polars(), pl.DataFrame)
    assert found.to_polars()["category"].to_list() == texts[1][:3]


def test_reprs_are_short(texts: tuple[list[str], list[str]]) -> None:
    model = clone(FAST).fit(*texts)
    assert repr(model) == (
        "Classifier(text_encoders=(), image_encoders=(), split='random', reference_products=0)"
    )
    found = model.predict(texts[0])
    assert repr(found) == "<Predictions: 60 products, 0 assigned>"
    assert len(found._repr_html_()) < 5_000
    assert "Shirts" in found._repr_html_()


def test_the_columns_of_a_frame_are_those_of_the_fit(texts: tuple[list[str], list[str]]) -> None:
    frame = pl.DataFrame({"title": texts[0], "category": texts[1], "other": texts[0][::-1]})
    model = clone(FAST).fit(frame)
    assert model.columns_.text == ("title",)
    assert model.score(frame.lazy()) > 0.95


def test_more_labels_than_products_are_an_error(texts: tuple[list[str], list[str]]) -> None:
    with pytest.raises(LabelError, match="60 categories were given for 59 products"):
        clone(FAST).fit(texts[0][:-1], texts[1])


def test_a_column_of_something_else_is_refused() -> None:
    """Most categories have one product: this is no column of categories."""
    items = [f"shirt number {row}" for row in range(150)]
    with pytest.raises(LabelError, match="150 of 150 categories have one product each"):
        clone(FAST).fit(items, [f"only {row}" for row in range(150)])


def test_rules_can_be_set_again_without_a_fit() -> None:
    model = Classifier((), (), precision=0.6).fit(products_from(shirts_and_pans(160, image=False)))
    (before,) = model.summary().by_modalities
    probabilities = model.predict_proba(["a shirt"])
    (after,) = model.calibrate(0.97).summary().by_modalities
    assert before.threshold.precision == 0.6
    assert after.threshold.precision == 0.97
    assert np.array_equal(model.predict_proba(["a shirt"]), probabilities)
