"""What a fitted classifier answers."""

from dataclasses import replace

import numpy as np
import pytest

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.features.featurizing import featurize
from aisle.schema import Decision, Modality, Prediction, Product, Status

BROKEN = b"this is no picture"


def without_text(product: Product) -> Product:
    return replace(product, texts=("",) * len(product.texts))


def without_image(product: Product) -> Product:
    return replace(product, images=())


def accuracy(answers: list[Prediction], products: list[Product] | Products) -> float:
    pairs = zip(answers, products, strict=True)
    return float(np.mean([answer.category == product.category for answer, product in pairs]))


@pytest.fixture(scope="module")
def full(new_shop: Products) -> list[Product]:
    """New products with text and picture."""
    return [product for product in new_shop if product.images]


def test_each_modality_places_products_alone_and_together(
    model: Classifier, full: list[Product]
) -> None:
    assert accuracy(model.explain(full), full) > 0.9
    assert accuracy(model.explain(list(map(without_image, full))), full) > 0.9
    assert accuracy(model.explain(list(map(without_text, full))), full) > 0.6


def test_the_modalities_that_were_used_are_told(model: Classifier, full: list[Product]) -> None:
    product = full[0]
    variants = [product, without_image(product), without_text(product)]
    assert [answer.modalities for answer in model.explain(variants)] == [
        (Modality.TEXT, Modality.IMAGE),
        (Modality.TEXT,),
        (Modality.IMAGE,),
    ]


def test_a_missing_text_is_an_absent_expert(model: Classifier, full: list[Product]) -> None:
    product = full[0]
    blank = [replace(product, texts=texts) for texts in ((), ("",), ("", "", ""))]
    assert len(np.unique(model.predict_proba(blank), axis=0)) == 1


def test_an_unreadable_picture_is_an_absent_expert(model: Classifier, full: list[Product]) -> None:
    product = full[0]
    variants = [without_image(product), replace(product, images=(BROKEN,))]
    without, broken = model.predict_proba(variants)
    assert np.array_equal(without, broken)


def test_an_answer_does_not_depend_on_its_neighbours_in_the_table(
    model: Classifier, new_shop: Products
) -> None:
    together = model.predict_proba(new_shop)
    backwards = model.predict_proba(list(new_shop)[::-1])
    assert together == pytest.approx(backwards[::-1], abs=1e-6)


def test_answers_keep_order_and_number(model: Classifier, new_shop: Products) -> None:
    repeated = [*new_shop, *new_shop][:70]
    assert [answer.id for answer in model.explain(repeated)] == [one.id for one in repeated]


def test_no_products_give_no_answers(model: Classifier) -> None:
    assert model.explain([]) == []
    assert model.predict([]) == []
    assert model.predict_proba([]).shape == (0, len(model.classes_))


def test_probabilities_sum_to_one_in_the_order_of_the_classes(
    model: Classifier, new_shop: Products
) -> None:
    probabilities = model.predict_proba(new_shop)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(new_shop)), abs=1e-5)
    best = [model.classes_[column] for column in probabilities.argmax(axis=1)]
    assert best == [answer.category for answer in model.predict(new_shop)]


def test_levels_sum_up_the_tree(model: Classifier, new_shop: Products) -> None:
    for answer, row in zip(model.predict(new_shop), model.predict_proba(new_shop), strict=True):
        for depth, level in enumerate(answer.levels, start=1):
            below = [path[:depth] == level.category for path in model.classes_]
            assert level.confidence == pytest.approx(row[below].sum(), abs=1e-6)
        assert answer.levels[-1].category == answer.category
        assert answer.levels[-1].confidence == answer.confidence
        assert answer.levels[0].confidence >= answer.levels[-1].confidence


def test_alternatives_are_the_next_best(model: Classifier, new_shop: Products) -> None:
    answer, row = model.predict(new_shop)[0], model.predict_proba(new_shop)[0]
    order = np.argsort(-row)
    assert [one.category for one in answer.alternatives] == [model.classes_[c] for c in order[1:5]]
    assert [one.confidence for one in answer.alternatives] == row[order[1:5]].tolist()


def test_what_experts_contributed_adds_up_to_the_log_odds(
    model: Classifier, new_shop: Products
) -> None:
    answers = model.explain(new_shop)
    for answer, row in zip(answers, model.predict_proba(new_shop), strict=True):
        first, second = np.sort(row.astype(np.float64))[::-1][:2]
        moved = sum(part.log_odds for part in answer.explanation.contributions)
        assert moved == pytest.approx(np.log(first / second), abs=1e-3)
        looked_at = {one for part in answer.explanation.contributions for one in part.modalities}
        assert looked_at == set(answer.modalities)


def test_the_words_come_from_the_text_and_tell_the_category(
    model: Classifier, new_shop: Products
) -> None:
    texts = [replace(product, images=()) for product in new_shop]
    for product, answer in zip(texts, model.explain(texts), strict=True):
        text = product.text.lower().split()
        assert answer.explanation.words
        assert all(set(word.split()) <= set(text) for word, _ in answer.explanation.words)
    shirt = Product("1", ("original quality collar offer",))
    assert model.explain([shirt])[0].explanation.words[0][0] == "collar"


def test_a_picture_alone_has_no_words(model: Classifier, full: list[Product]) -> None:
    assert model.explain([without_text(full[0])])[0].explanation.words == ()


def test_similar_products_are_from_training_the_nearest_first(
    model: Classifier, shop: Products
) -> None:
    text = without_image(shop[0])
    similar = model.explain([text])[0].explanation.similar
    assert similar[0].id == shop[0].id
    assert similar[0].title == shop[0].texts[0]
    assert similar[0].category == shop[0].category
    assert similar[0].similarity == pytest.approx(1, abs=1e-3)
    scores = [one.similarity for one in similar]
    assert scores == sorted(scores, reverse=True)


def test_place_is_predict_without_the_reasons(model: Classifier, new_shop: Products) -> None:
    reasoned = model.explain(new_shop)
    assert model.predict(new_shop) == [replace(answer, explanation=None) for answer in reasoned]


def test_a_product_with_nothing_fails_alone(model: Classifier, full: list[Product]) -> None:
    empty = [Product("none"), Product("blank", ("", ""))]
    first, *failed, last = model.explain([full[0], *empty, full[1]])
    assert first.status == last.status == Status.OK
    assert [first, last] == model.explain(full[:2])
    for answer in failed:
        assert answer.status == Status.FAILED
        assert answer.decision == Decision.REVIEW
        assert answer.category is None
        assert answer.error == "there is no text and no image that can be read"
        assert answer.modalities == ()
        assert answer.explanation is not None
        assert answer.explanation.contributions == ()


def test_nothing_but_a_broken_picture_fails_with_the_pictures_error(model: Classifier) -> None:
    answer = model.explain([Product("1", (), (BROKEN,))])[0]
    assert answer.status == Status.FAILED
    assert "not a picture" in answer.error


def test_a_broken_picture_among_good_ones_is_partial(
    model: Classifier, full: list[Product]
) -> None:
    good = full[0].images
    answer, whole = model.explain([replace(full[0], images=(BROKEN, *good)), full[0]])
    assert answer.status == Status.PARTIAL
    assert "not a picture" in answer.error
    assert answer.modalities == (Modality.TEXT, Modality.IMAGE)
    assert answer.confidence == pytest.approx(whole.confidence)


def test_a_missing_picture_file_beside_a_text_is_partial(
    model: Classifier, full: list[Product], tmp_path
) -> None:
    product = replace(full[0], images=(tmp_path / "gone.jpg",))
    answer = model.explain([product])[0]
    assert answer.status == Status.PARTIAL
    assert "gone.jpg" in answer.error
    assert answer.modalities == (Modality.TEXT,)


def test_several_pictures_are_all_used(model: Classifier, full: list[Product]) -> None:
    one, two = without_text(full[0]), without_text(full[1])
    both = replace(one, images=(*one.images, *two.images))
    turned = replace(both, images=both.images[::-1])
    rows = model.predict_proba([one, two, both, turned])
    assert rows[2] == pytest.approx(rows[3], abs=1e-6)
    assert not np.allclose(rows[2], rows[0])
    assert not np.allclose(rows[2], rows[1])


def test_the_decision_follows_the_rule(model: Classifier, new_shop: Products) -> None:
    evidence, _ = featurize(model.model_.featurizers, new_shop)
    output = model.model_.ensemble.answer(evidence)
    for row, answer in enumerate(model.predict(new_shop)):
        rule = model.model_.rules[frozenset(answer.modalities)]
        eligible = rule.is_eligible(output.familiarity[row], output.agreement[row])
        assigned = bool(eligible) and answer.confidence >= rule.threshold.value
        assert (answer.decision == Decision.ASSIGN) == assigned


def test_a_label_that_training_never_saw_is_answered_from_the_tree(
    model: Classifier, full: list[Product]
) -> None:
    stranger = replace(full[0], category=("Garden", "Hoses"))
    answer = model.predict([stranger])[0]
    assert answer.category in model.classes_
    assert answer == model.predict([full[0]])[0]
