"""What a classifier learns from, and what it refuses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from handmade import PAN, SHIRT, picture, products_from, shirts_and_pans

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.errors import EncoderError, InputError, LabelError
from aisle.schema import Decision, Modality, Product, Status

TEXT, IMAGE = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
BOTH = TEXT | IMAGE


def noisy_titles(count: int, seed: int) -> Products:
    """Titles of three words, each from the right category's with a probability of 0.6."""
    random = np.random.default_rng(seed)
    names = [("Shirts",), ("Pans",), ("Books",)]
    items = []
    for number in range(count):
        label = number % 3
        sources = np.where(random.uniform(size=3) < 0.6, label, random.integers(3, size=3))
        words = [f"word{source}{random.integers(6)}" for source in sources]
        items.append(Product(str(number), (" ".join(words),), (), names[label]))
    return products_from(items)


def memorable(groups: int, copies: int) -> tuple[list[Product], list[str]]:
    """Groups of nearly the same title whose category is drawn, and the group of each product."""
    random = np.random.default_rng(0)
    items, brands = [], []
    for group in range(groups):
        category = (SHIRT, PAN)[random.integers(2)]
        words = " ".join(f"w{group}x{word}" for word in range(12))
        for copy in range(copies):
            items.append(Product(f"{group}-{copy}", (f"{words} c{copy}",), (), category))
            brands.append(f"brand {group}")
    return items, brands


def test_text_alone_is_enough() -> None:
    items = shirts_and_pans(40, image=False)
    model = Classifier().fit(products_from(items))
    assert set(model.model_.rules) == {TEXT}
    assert [a.category for a in model.predict(items)] == [item.category for item in items]


def test_pictures_alone_are_enough() -> None:
    items = shirts_and_pans(40, text=False)
    model = Classifier().fit(products_from(items))
    assert set(model.model_.rules) == {IMAGE}
    assert [a.category for a in model.predict(items)] == [item.category for item in items]


def test_a_model_of_texts_looks_at_no_picture() -> None:
    model = Classifier().fit(products_from(shirts_and_pans(40, image=False)))
    answer = model.explain([Product("1", (), (picture(SHIRT, 1),))])[0]
    assert answer.status == Status.FAILED
    assert answer.error == "there is no text that can be read"


def test_no_row_needs_both_modalities() -> None:
    items = shirts_and_pans(60)
    torn = [
        replace(item, texts=("",)) if number % 4 < 2 else replace(item, images=())
        for number, item in enumerate(items)
    ]
    model = Classifier().fit(products_from(torn))
    assert set(model.model_.rules) == {TEXT, IMAGE}
    answer = model.explain([items[0]])[0]
    assert answer.category == SHIRT
    assert len(answer.modalities) == 1
    looked_at = {one for part in answer.explanation.contributions for one in part.modalities}
    assert looked_at == set(answer.modalities)


def test_unreadable_training_pictures_leave_the_text() -> None:
    items = [replace(item, images=(b"broken",)) for item in shirts_and_pans(40)]
    model = Classifier().fit(products_from(items))
    assert set(model.model_.rules) == {TEXT}
    notes = "\n".join(model.summary().fit.notes)
    assert "40 products have a text or picture that cannot be read" in notes
    assert "for example: not a picture" in notes
    assert "mini-image was left out: no image could be read" in notes


def test_empty_training_texts_leave_the_pictures() -> None:
    items = [replace(item, texts=("", "")) for item in shirts_and_pans(40)]
    assert set(Classifier().fit(products_from(items)).model_.rules) == {IMAGE}


@pytest.mark.parametrize("images", [(), (b"broken",)])
def test_nothing_to_look_at_is_an_error(images: tuple[bytes, ...]) -> None:
    items = [replace(item, texts=("",), images=images) for item in shirts_and_pans(20)]
    with pytest.raises(InputError, match="no product has a text or a picture that can be read"):
        Classifier().fit(products_from(items))


def test_one_category_is_an_error() -> None:
    items = [replace(item, category=SHIRT) for item in shirts_and_pans(10)]
    with pytest.raises(LabelError, match="the one category 'Clothing > Shirts'; two are needed"):
        Classifier().fit(products_from(items))


def test_no_category_is_an_error() -> None:
    items = [replace(item, category=None) for item in shirts_and_pans(10)]
    with pytest.raises(LabelError, match="no product has a category"):
        Classifier().fit(products_from(items))


def test_products_without_a_category_are_left_out_and_counted() -> None:
    items = shirts_and_pans(40, image=False)
    items[7] = replace(items[7], category=None)
    model = Classifier().fit(products_from(items))
    assert model.summary().fit.rows == 39
    assert "1 products without a category were left out" in model.summary().fit.notes


def test_a_category_of_one_product_can_be_answered() -> None:
    rare = Product("rare", ("garden hose reel sprinkler nozzle",), (), ("Garden", "Hoses"))
    items = [*shirts_and_pans(40, image=False), rare]
    model = Classifier().fit(products_from(items))
    assert rare.category in model.classes_
    assert model.predict([rare])[0].category == rare.category
    assert any("can be answered but not checked: 1" in note for note in model.summary().fit.notes)


@pytest.mark.parametrize("count", [2, 3])
def test_a_handful_of_products_is_learned_from(count: int) -> None:
    items = shirts_and_pans(count)
    model = Classifier().fit(products_from(items))
    assert {answer.decision for answer in model.predict(items)} == {Decision.REVIEW}


def test_an_inner_node_and_its_child_are_both_categories() -> None:
    items = shirts_and_pans(40, image=False)
    parent, child = ("Clothing",), ("Clothing", "Shirts")
    names = {SHIRT: parent, PAN: child}
    items = [replace(item, category=names[item.category]) for item in items]
    model = Classifier().fit(products_from(items))
    assert model.classes_ == (parent, child)
    above, below = model.predict([items[0], items[1]])
    assert [level.category for level in above.levels] == [parent]
    assert [level.category for level in below.levels] == [parent, child]
    assert above.levels[0].confidence == pytest.approx(1, abs=1e-5)
    assert below.levels[0].confidence == pytest.approx(1, abs=1e-5)


def test_equal_keys_are_all_kept() -> None:
    items = [replace(item, id="same") for item in shirts_and_pans(40, image=False)]
    model = Classifier().fit(products_from(items))
    assert model.summary().fit.rows == 40
    assert [answer.id for answer in model.predict(items)] == ["same"] * 40


@pytest.mark.parametrize("precision", [-1, 0.49, 1.0, 2, float("nan")])
def test_a_precision_out_of_range_is_an_error_when_fitting(precision: float) -> None:
    unfitted = Classifier(precision=precision)
    with pytest.raises(InputError, match=r"from 0\.5 to below 1 was expected"):
        unfitted.fit(products_from(shirts_and_pans(10)))


def test_a_seed_below_zero_is_an_error() -> None:
    with pytest.raises(InputError, match="seed is -1; 0 or more was expected"):
        Classifier(seed=-1).fit(products_from(shirts_and_pans(10)))


def test_init_only_stores() -> None:
    texts, images = ["no/such"], [Path("nowhere")]
    model = Classifier(texts, images, precision=7, split="brand", seed=-1)
    assert model.text_encoders is texts
    assert model.image_encoders is images
    assert (model.precision, model.split, model.seed) == (7, "brand", -1)
    assert (model.networks, model.tfidf) == ((), True)
    experts = {"text_encoders", "image_encoders", "networks", "tfidf"}
    others = {"featurizers", "precision", "split", "seed", "reference_products"}
    assert vars(model).keys() == experts | others


def test_an_unknown_encoder_is_an_error() -> None:
    with pytest.raises(EncoderError, match="neither a folder nor a repo id"):
        Classifier(["/no/such/folder"]).fit(products_from(shirts_and_pans(10)))


def test_two_encoders_of_one_name_are_an_error() -> None:
    with pytest.raises(InputError, match="two experts are called 'same'"):
        Classifier(["a/same", "b/same"]).fit(products_from(shirts_and_pans(10)))


def test_an_unknown_split_is_an_error() -> None:
    with pytest.raises(InputError, match="cannot split by 'colour'"):
        Classifier(split="colour").fit(products_from(shirts_and_pans(10)))


def test_near_duplicates_are_held_out_together() -> None:
    items, _ = memorable(groups=40, copies=3)
    products = products_from(items)
    honest = Classifier().fit(products)
    naive = Classifier(split="random").fit(products)
    assert honest.model_.ensemble.pools_[TEXT].accuracy < 0.75
    assert naive.model_.ensemble.pools_[TEXT].accuracy > 0.9
    assert honest.summary().fit.leaked > 80


def test_what_shares_a_column_is_held_out_together() -> None:
    items, brands = memorable(groups=40, copies=3)
    products = products_from(items, brand=brands)
    assert Classifier(split="brand").fit(products).model_.ensemble.pools_[TEXT].accuracy < 0.75


def test_products_that_differ_leak_nothing() -> None:
    assert (
        Classifier().fit(products_from(shirts_and_pans(40, image=False))).summary().fit.leaked == 0
    )


def test_assigned_answers_keep_the_promised_precision_on_new_products() -> None:
    model = Classifier(precision=0.9, split="random").fit(noisy_titles(900, seed=0))
    new = noisy_titles(1500, seed=1)
    answers = model.predict(new)
    right = np.array([a.category == one.category for a, one in zip(answers, new, strict=True)])
    assigned = np.array([answer.decision == Decision.ASSIGN for answer in answers])
    assert right.mean() < 0.88
    assert assigned.mean() > 0.3
    assert right[assigned].mean() >= 0.9


def test_confidence_means_what_it_says() -> None:
    model = Classifier(split="random").fit(noisy_titles(900, seed=0))
    new = noisy_titles(1500, seed=1)
    answers = model.predict(new)
    right = np.array([a.category == one.category for a, one in zip(answers, new, strict=True)])
    confidence = np.array([answer.confidence for answer in answers])
    assert confidence.mean() == pytest.approx(right.mean(), abs=0.04)
    low = confidence < np.median(confidence)
    assert confidence[low].mean() == pytest.approx(right[low].mean(), abs=0.06)


def test_what_cannot_be_promised_assigns_nothing_and_says_so() -> None:
    items = shirts_and_pans(40, image=False)
    model = Classifier(precision=0.999).fit(products_from(items))
    answers = model.predict(items)
    assert {answer.decision for answer in answers} == {Decision.REVIEW}
    assert {answer.decision_reason for answer in answers} == {
        "a precision of 0.999 cannot be promised for text"
    }
    assert any(
        "0.999 cannot be promised on 40 calibration rows" in n for n in model.summary().fit.notes
    )


def test_one_seed_one_model() -> None:
    products = noisy_titles(150, seed=0)
    models = {Classifier(seed=3).fit(products).predict_proba(products).tobytes() for _ in range(8)}
    other = Classifier(seed=4).fit(products).predict_proba(products).tobytes()
    assert len(models) == 1
    assert other not in models


def test_fitting_again_forgets_the_first_time() -> None:
    first, second = shirts_and_pans(40, image=False), shirts_and_pans(40, text=False)
    model = Classifier().fit(products_from(first))
    model.explain(first)
    model.fit(products_from(second))
    fresh = Classifier().fit(products_from(second))
    assert model.explain(second) == fresh.explain(second)


def test_no_modality_set_is_worse_than_its_best_expert(shop: Products) -> None:
    for pool in Classifier(precision=0.8).fit(shop).model_.ensemble.pools_.values():
        error = np.sqrt(pool.rows * 0.25) / pool.rows
        assert pool.accuracy >= pool.best_single_accuracy - error
