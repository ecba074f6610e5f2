"""A classifier whose experts are networks, alone and beside aisle's own."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handmade import SHIRT, picture, products_from, shirts_and_pans, title
from tiny_models import image_repo

from aisle.classifier import Classifier
from aisle.data.splits import near_duplicate_groups
from aisle.errors import EncoderError, InputError, LabelError, MissingExtraError
from aisle.evaluation.evaluate import evaluate
from aisle.evaluation.modality_views import ModalityView
from aisle.experts.network import NetworkExpert
from aisle.features.featurizing import featurize
from aisle.features.tfidf import UNKNOWN_WORDS
from aisle.networks import vocabulary
from aisle.networks.vocabulary import NOT_LEMMATISED
from aisle.recipes import NETWORKS, NetworkRecipe, NetworkSize, Training
from aisle.schema import Decision, Modality, Prediction, Product, Status

pytest.importorskip("torch", reason="networks are trained with torch (the extra torch)")

TEXT, IMAGE = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
BOTH = TEXT | IMAGE
ROWS = 60
GLOVE_WORDS = ("shirt", "cotton", "collar", "sleeve", "pan", "lid", "frying", "handle")
TRAINING = Training(rate=0.02, batch=16, epochs=8, device="cpu")


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module", autouse=True)
def cache(patched: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of its own, and no WordNet, which takes a second to read."""
    patched.setattr(vocabulary, "open_lemmatizer", lambda folder: None)
    folder = tmp_path_factory.mktemp("cache")
    patched.setenv("AISLE_CACHE", str(folder))
    return folder


@pytest.fixture(scope="module")
def ingredients(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What all recipes are made of."""
    folder = tmp_path_factory.mktemp("ingredients")
    random = np.random.default_rng(0)
    lines = (
        f"{word} {' '.join(f'{value:.4f}' for value in random.normal(size=6))}\n"
        for word in GLOVE_WORDS
    )
    (folder / "vectors.txt").write_text("".join(lines))
    backbone = image_repo(folder / "backbone", output="last_hidden_state")
    return {
        "glove": str(folder / "vectors.txt"),
        "backbone": str(backbone),
        "training": TRAINING,
        "size": NetworkSize(units=8, width=16),
    }


@pytest.fixture(scope="module")
def recipes(ingredients: dict[str, Any]) -> dict[str, NetworkRecipe]:
    return {name: NetworkRecipe(name, **ingredients) for name in NETWORKS}


def alone(recipe: NetworkRecipe, **settings: Any) -> Classifier:
    return Classifier((), (), networks=(recipe,), tfidf=False, **settings)


@pytest.fixture(scope="module")
def models(recipes: dict[str, NetworkRecipe]) -> dict[str, Classifier]:
    """Each network alone."""
    products = products_from(shirts_and_pans(ROWS))
    return {name: alone(recipe, precision=0.7).fit(products) for name, recipe in recipes.items()}


@pytest.fixture(scope="module")
def ensemble(recipes: dict[str, NetworkRecipe]) -> Classifier:
    """All networks beside aisle's own experts."""
    model = Classifier(networks=tuple(recipes.values()), precision=0.7)
    return model.fit(products_from(shirts_and_pans(ROWS)))


@pytest.fixture(params=NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


NEW = [replace(one, id=f"new{one.id}") for one in shirts_and_pans(ROWS + 24)[ROWS:]]


def without_similar(answers: list[Prediction]) -> list[Prediction]:
    return [
        replace(answer, explanation=replace(answer.explanation, similar=())) for answer in answers
    ]


def right(model: Classifier, products: list[Product]) -> float:
    pairs = zip(model.predict(products), products, strict=True)
    return float(np.mean([answer.category == product.category for answer, product in pairs]))


def test_a_network_learns_what_tells_the_categories_apart(
    models: dict[str, Classifier], name: str
) -> None:
    model = models[name]
    assert list(model.model_.rules) == [NETWORKS[name]]
    assert model.model_.ensemble.pools_[NETWORKS[name]].accuracy > 0.9
    assert right(model, NEW) > 0.9
    answers = model.explain(NEW)
    assert {answer.status for answer in answers} == {Status.OK}
    assert {frozenset(answer.modalities) for answer in answers} == {NETWORKS[name]}
    assert Decision.ASSIGN in {answer.decision for answer in answers}


def test_probabilities_sum_to_one_and_are_those_of_the_answers(
    models: dict[str, Classifier], name: str
) -> None:
    probabilities = models[name].predict_proba(NEW)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(NEW)), abs=1e-5)
    for answer, row in zip(models[name].explain(NEW), probabilities, strict=True):
        assert answer.confidence == row.max()


def test_an_answer_does_not_depend_on_the_other_products(
    models: dict[str, Classifier], name: str
) -> None:
    """Texts are padded to the longest of those that are answered together."""
    long = Product("long", (" ".join([title(SHIRT, 1)] * 12),), (picture(SHIRT, 1),))
    model = models[name]
    apart = np.concatenate([model.predict_proba([one]) for one in NEW])
    assert model.predict_proba([*NEW, long])[:-1] == pytest.approx(apart, abs=1e-5)
    assert model.predict_proba([long, *NEW[::-1]])[:0:-1] == pytest.approx(apart, abs=1e-5)


def test_no_products_give_no_answers(models: dict[str, Classifier], name: str) -> None:
    assert models[name].explain([]) == []
    assert models[name].predict_proba([]).shape == (0, 2)


def test_a_fifth_is_held_out(models: dict[str, Classifier], name: str) -> None:
    model = models[name]
    assert 0.15 * ROWS < len(model.validation_rows_) < 0.25 * ROWS
    assert model.model_.ensemble.pools_[NETWORKS[name]].rows == len(model.validation_rows_)
    assert model.validation_rows_.tolist() == sorted(set(model.validation_rows_.tolist()))
    assert model.summary().fit.folds == 5


@pytest.fixture
def materials(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What networks learn from, as it was handed to them."""
    fitting = importlib.import_module("aisle.networks.trainer")
    fit_network, seen = fitting.fit_network, []

    def noting(plan: Any, material: Any) -> Any:
        seen.append(material)
        return fit_network(plan, material)

    monkeypatch.setattr(fitting, "fit_network", noting)
    return seen


def test_held_rows_are_never_learned_from(
    recipes: dict[str, NetworkRecipe], materials: list[Any], name: str
) -> None:
    model = alone(recipes[name], seed=3).fit(products_from(shirts_and_pans(ROWS)))
    (material,) = materials
    assert material.validation.tolist() == model.validation_rows_.tolist()
    assert sorted([*material.train, *model.validation_rows_]) == list(range(ROWS))


def test_near_duplicates_of_held_rows_are_not_learned_from(
    recipes: dict[str, NetworkRecipe], materials: list[Any]
) -> None:
    items = [
        replace(one, id=f"{one.id}-{copy}", texts=(f"{one.texts[0]} v{copy}",))
        for one in shirts_and_pans(ROWS // 2)
        for copy in range(3)
    ]
    alone(recipes["bilstm-glove"]).fit(products_from(items))
    groups = near_duplicate_groups(items)
    assert len(np.unique(groups)) == ROWS // 2
    (material,) = materials
    assert not set(groups[material.train]) & set(groups[material.validation])


def test_what_shares_a_column_is_held_out_together(
    recipes: dict[str, NetworkRecipe], materials: list[Any]
) -> None:
    brands = np.array([f"brand{number % 15}" for number in range(ROWS)])
    products = products_from(shirts_and_pans(ROWS), brand=brands.tolist())
    alone(recipes["bilstm-glove"], split="brand").fit(products)
    (material,) = materials
    assert not set(brands[material.train]) & set(brands[material.validation])


def test_the_learning_curve_is_kept(models: dict[str, Classifier], name: str) -> None:
    (curve,) = models[name].summary().training_curves.values()
    assert list(models[name].summary().training_curves) == [name]
    assert 1 <= len(curve.epochs) <= TRAINING.epochs
    assert curve.device == "cpu"
    assert curve.epochs[0].loss > curve.epochs[-1].loss
    assert curve.epochs[0].rate == pytest.approx(TRAINING.rate)


def test_the_notes_say_how_texts_are_read(models: dict[str, Classifier], name: str) -> None:
    mine = [note for note in models[name].summary().fit.notes if note.startswith(f"{name}: ")]
    if name == "mobilenet":
        assert mine == []
    else:
        words = models[name].model_.featurizers[0].words.vocabulary.words_
        share = f"{len(GLOVE_WORDS)} of {len(words)} words have a vector in vectors.txt"
        assert mine == [f"{name}: {share}", f"{name}: {NOT_LEMMATISED}"]


def test_how_a_training_ended_is_a_note(
    recipes: dict[str, NetworkRecipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    fitting = importlib.import_module("aisle.networks.trainer")
    fit_network = fitting.fit_network

    def lost(plan: Any, material: Any) -> Any:
        onnx, curve = fit_network(plan, material)
        return onnx, replace(curve, note="mobilenet: the loss was not a number in epoch 3")

    monkeypatch.setattr(fitting, "fit_network", lost)
    model = alone(recipes["mobilenet"]).fit(products_from(shirts_and_pans(ROWS)))
    assert "mobilenet: the loss was not a number in epoch 3" in model.summary().fit.notes


def test_a_saved_network_gives_identical_answers(
    models: dict[str, Classifier], name: str, tmp_path: Path
) -> None:
    model = models[name]
    torn = [*NEW, replace(NEW[0], texts=()), replace(NEW[1], images=()), Product("nothing")]
    model.save(tmp_path / "model")
    loaded = Classifier.load(tmp_path / "model")
    assert np.array_equal(loaded.predict_proba(torn), model.predict_proba(torn))
    before, after = model.explain(torn), loaded.explain(torn)
    assert without_similar(after) == without_similar(before)
    ids = [[one.id for one in answer.explanation.similar] for answer in after]
    assert [len(found) for found in ids] == [len(answer.explanation.similar) for answer in before]


def test_all_else_that_was_learned_is_saved_too(
    models: dict[str, Classifier], name: str, tmp_path: Path
) -> None:
    model = models[name]
    model.save(tmp_path / "model")
    loaded = Classifier.load(tmp_path / "model")
    assert loaded.summary().fit == model.summary().fit
    assert loaded.model_.rules == model.model_.rules
    assert (loaded.networks, loaded.tfidf) == (model.networks, False)
    assert (loaded.text_encoders, loaded.image_encoders) == ((), ())
    before, after = model.summary().training_curves[name], loaded.summary().training_curves[name]
    assert np.array_equal(after.to_array(), before.to_array())
    assert (after.device, after.note, after.best) == (before.device, before.note, before.best)


def test_saving_a_loaded_model_writes_the_same_bytes(
    models: dict[str, Classifier], tmp_path: Path
) -> None:
    models["bilstm-mobilenet"].save(tmp_path / "once")
    Classifier.load(tmp_path / "once").save(tmp_path / "twice")
    names = [p.relative_to(tmp_path / "once") for p in (tmp_path / "once").rglob("*.*")]
    assert len(names) == 7
    for file in names:
        assert (tmp_path / "twice" / file).read_bytes() == (tmp_path / "once" / file).read_bytes()


KNOWN = ("shirt cotton collar",)
PICTURE = (picture(SHIRT, 1),)
NO_TEXT, NO_PICTURE = "there is no text that can be read", "there is no image that can be read"
NOT_BOTH = "there is no text + image that can be read"
BROKEN = "not a picture in a known format (6 bytes)"


@pytest.mark.parametrize(
    ("network", "texts", "images", "error"),
    [
        ("bilstm-glove", (), PICTURE, NO_TEXT),
        ("bilstm-glove", ("garden hose",), PICTURE, UNKNOWN_WORDS),
        ("bilstm-glove", ("🎁 !!",), (), UNKNOWN_WORDS),
        ("mobilenet", KNOWN, (), NO_PICTURE),
        ("mobilenet", KNOWN, (b"broken",), BROKEN),
        ("bilstm-mobilenet", KNOWN, (), NOT_BOTH),
        ("bilstm-mobilenet", (), PICTURE, NOT_BOTH),
        ("bilstm-mobilenet", (), (), NOT_BOTH),
        ("bilstm-mobilenet", KNOWN, (b"broken",), BROKEN),
        ("bilstm-mobilenet", ("garden hose",), PICTURE, UNKNOWN_WORDS),
    ],
)
def test_what_a_network_cannot_look_at_is_not_answered(
    models: dict[str, Classifier],
    network: str,
    texts: tuple[str, ...],
    images: tuple[bytes, ...],
    error: str,
) -> None:
    odd = Product("odd", texts, images)
    before, answer, after = models[network].explain([NEW[0], odd, NEW[1]])
    assert (answer.status, answer.category, answer.modalities) == (Status.FAILED, None, ())
    assert (answer.decision, answer.error) == (Decision.REVIEW, error)
    assert answer.explanation.similar == ()
    assert [before.category, after.category] == [NEW[0].category, NEW[1].category]
    assert models[network].predict_proba([odd])[0].tolist() == [0.5, 0.5]


def test_a_text_network_takes_no_notice_of_pictures(models: dict[str, Classifier]) -> None:
    model = models["bilstm-glove"]
    broken = [replace(one, images=(b"broken",)) for one in NEW]
    assert np.array_equal(model.predict_proba(broken), model.predict_proba(NEW))
    assert {answer.status for answer in model.predict(broken)} == {Status.OK}


def test_similar_products_are_those_that_the_network_takes_for_alike(
    models: dict[str, Classifier], name: str
) -> None:
    items = shirts_and_pans(ROWS)
    width = 32 if name == "bilstm-mobilenet" else 16
    assert models[name].model_.reference.neighbours[0].features_.shape == (width, ROWS)
    for item, answer in zip(items[:6], models[name].explain(items[:6]), strict=True):
        similar = answer.explanation.similar
        assert len(similar) == 3
        assert similar[0].similarity == pytest.approx(1, abs=1e-4)
        scores = [one.similarity for one in similar]
        assert scores == sorted(scores, reverse=True)
        assert {one.category for one in similar} == {item.category}


def test_the_ensemble_has_networks_and_its_usual_experts(ensemble: Classifier) -> None:
    names = [source.name for source in ensemble.model_.featurizers]
    assert names == ["tfidf", "mini-text", "mini-image", *NETWORKS]
    assert list(ensemble.model_.rules) == [TEXT, IMAGE, BOTH]
    assert list(ensemble.summary().training_curves) == list(NETWORKS)
    assert right(ensemble, NEW) > 0.9


def test_all_experts_of_the_ensemble_are_held_out_on_the_same_rows(
    models: dict[str, Classifier], ensemble: Classifier
) -> None:
    """Its own experts have learned from all rows in the end, so that none is told as held."""
    held = len(models["mobilenet"].validation_rows_)
    assert {pool.rows for pool in ensemble.model_.ensemble.pools_.values()} == {held}
    assert len(ensemble.validation_rows_) == 0
    assert ensemble.summary().fit.folds == 5


@pytest.mark.parametrize(
    ("change", "experts"),
    [
        ({}, ["tfidf", "mini-text", "mini-image", *NETWORKS]),
        ({"images": ()}, ["tfidf", "mini-text", "bilstm-glove"]),
        ({"texts": ()}, ["mini-image", "mobilenet"]),
    ],
)
def test_the_ensemble_is_answered_by_those_who_see_something(
    ensemble: Classifier, change: dict[str, tuple[()]], experts: list[str]
) -> None:
    answer = ensemble.explain([replace(NEW[0], **change)])[0]
    assert (answer.category, answer.status) == (NEW[0].category, Status.OK)
    assert sorted(part.expert for part in answer.explanation.contributions) == sorted(experts)
    joint = [part for part in answer.explanation.contributions if part.expert == "bilstm-mobilenet"]
    assert [part.modalities for part in joint] == [(Modality.TEXT, Modality.IMAGE)] * len(joint)
    assert answer.explanation.similar


def test_a_network_does_not_silence_the_others(ensemble: Classifier) -> None:
    """Its vocabulary lacks the word, which holds pieces that others know; its picture is broken."""
    good = picture(SHIRT, 1)
    pieces = Product("1", ("shirtsy collared",))
    broken = Product("2", (), (b"broken", good))
    for product, looked_at in (
        (pieces, TEXT),
        (broken, IMAGE),
        (replace(pieces, images=(good,)), BOTH),
    ):
        answer = ensemble.explain([product])[0]
        assert answer.category == SHIRT
        assert frozenset(answer.modalities) == looked_at
        names = {part.expert for part in answer.explanation.contributions}
        assert not names & {"bilstm-glove", "bilstm-mobilenet"}


def test_what_experts_contribute_adds_up(ensemble: Classifier) -> None:
    answers = ensemble.explain(NEW)
    for answer, row in zip(answers, ensemble.predict_proba(NEW), strict=True):
        low, high = np.sort(row.astype(np.float64))
        moved = sum(part.log_odds for part in answer.explanation.contributions)
        assert moved == pytest.approx(np.log(high / low), abs=1e-3)


def test_the_ensemble_is_saved_with_its_networks(ensemble: Classifier, tmp_path: Path) -> None:
    ensemble.save(tmp_path / "model")
    loaded = Classifier.load(tmp_path / "model")
    torn = [*NEW, replace(NEW[0], texts=()), replace(NEW[1], images=())]
    assert np.array_equal(loaded.predict_proba(torn), ensemble.predict_proba(torn))
    assert without_similar(loaded.explain(torn)) == without_similar(ensemble.explain(torn))
    assert list(loaded.summary().training_curves) == list(NETWORKS)


def test_evaluation_shows_what_a_network_can_be_asked(
    models: dict[str, Classifier], name: str
) -> None:
    figures = evaluate(models[name], products_from(NEW)).figures
    views = {TEXT: [ModalityView.TEXT], IMAGE: [ModalityView.IMAGE], BOTH: []}[NETWORKS[name]]
    assert list(figures) == [ModalityView.BOTH, *views]
    assert figures[ModalityView.BOTH].accuracy > 0.9


def test_one_seed_one_network(
    recipes: dict[str, NetworkRecipe],
    models: dict[str, Classifier],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    products = products_from(shirts_and_pans(ROWS))
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path))
    recipe, first = recipes["bilstm-mobilenet"], models["bilstm-mobilenet"]
    same = alone(recipe, precision=0.7).fit(products)
    other = alone(recipe, precision=0.7, seed=1).fit(products)
    assert np.array_equal(same.predict_proba(NEW), first.predict_proba(NEW))
    assert not np.array_equal(other.predict_proba(NEW), first.predict_proba(NEW))
    assert [source.seed for source in other.model_.featurizers] == [1]
    assert (
        same.validation_rows_.tolist()
        == first.validation_rows_.tolist()
        != other.validation_rows_.tolist()
    )


def test_a_training_is_not_done_twice(
    recipes: dict[str, NetworkRecipe], models: dict[str, Classifier], name: str
) -> None:
    """The seconds of its epochs would tell."""
    again = alone(recipes[name], precision=0.7).fit(products_from(shirts_and_pans(ROWS)))
    first, second = (
        models[name].summary().training_curves[name],
        again.summary().training_curves[name],
    )
    assert np.array_equal(second.to_array(), first.to_array())
    assert np.array_equal(again.predict_proba(NEW), models[name].predict_proba(NEW))


@pytest.mark.parametrize("changes", [{"balanced": True, "tuned_words": True}, {"patience": 1}])
def test_other_ways_of_training(
    recipes: dict[str, NetworkRecipe], changes: dict[str, Any], tmp_path: Path
) -> None:
    recipe = replace(recipes["bilstm-mobilenet"], training=replace(TRAINING, **changes), views=1)
    model = alone(recipe).fit(products_from(shirts_and_pans(ROWS)))
    assert right(model, NEW) > 0.9
    model.save(tmp_path / "model")
    assert Classifier.load(tmp_path / "model").networks == (recipe,)


def test_too_few_products_are_one_line(recipes: dict[str, NetworkRecipe], name: str) -> None:
    with pytest.raises(LabelError, match=f"{name} has 1 products to learn from and 1") as caught:
        alone(recipes[name]).fit(products_from(shirts_and_pans(2)))
    assert "\n" not in str(caught.value)


def test_too_few_pictures_are_one_line(recipes: dict[str, NetworkRecipe]) -> None:
    items = shirts_and_pans(ROWS)
    few = [one if number < 1 else replace(one, images=()) for number, one in enumerate(items)]
    for model in (alone(recipes["mobilenet"]), Classifier(networks=(recipes["mobilenet"],))):
        with pytest.raises(LabelError, match=r"mobilenet has . products to learn from") as caught:
            model.fit(products_from(few))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("count", [3, 9])
def test_a_handful_of_products_is_learned_from(
    recipes: dict[str, NetworkRecipe], name: str, count: int
) -> None:
    items = shirts_and_pans(count)
    model = alone(recipes[name]).fit(products_from(items))
    assert {answer.decision for answer in model.predict(items)} == {Decision.REVIEW}
    assert np.isfinite(model.predict_proba(items)).all()


def test_a_category_that_no_network_learned_is_no_error(
    recipes: dict[str, NetworkRecipe], materials: list[Any]
) -> None:
    items = shirts_and_pans(ROWS)
    for number in range(0, ROWS, 10):
        items[number] = replace(items[number], category=("Rare", str(number)))
    model = alone(recipes["bilstm-mobilenet"]).fit(products_from(items))
    learned = set(materials[0].labels[materials[0].train])
    assert len(learned) < len(model.classes_) == 8, "a rare one is held out"
    assert right(model, [NEW[1], NEW[3]]) == 1
    assert np.isfinite(model.predict_proba(NEW)).all()


def test_products_without_a_category_are_left_out(
    recipes: dict[str, NetworkRecipe], materials: list[Any]
) -> None:
    items = [*shirts_and_pans(ROWS), Product("unlabelled", ("shirt",), PICTURE)]
    alone(recipes["bilstm-mobilenet"], seed=5).fit(products_from(items))
    assert len(materials[0].labels) == ROWS


def test_rows_that_lack_a_source_are_left_out_by_the_network_that_needs_it(
    recipes: dict[str, NetworkRecipe], materials: list[Any]
) -> None:
    items = [
        replace(one, images=()) if number % 3 else one
        for number, one in enumerate(shirts_and_pans(2 * ROWS))
    ]
    model = Classifier((), (), networks=tuple(recipes.values()), tfidf=False)
    model.fit(products_from(items))
    text, image, joint = materials
    assert len(text.train) + len(text.validation) == 2 * ROWS
    pictured = set(range(0, 2 * ROWS, 3))
    for material in (image, joint):
        assert {*material.train, *material.validation} == pictured
        assert set(material.validation) <= set(model.validation_rows_)
    rows = {modalities: pool.rows for modalities, pool in model.model_.ensemble.pools_.items()}
    assert rows == {
        TEXT: len(model.validation_rows_),
        IMAGE: len(image.validation),
        BOTH: len(joint.validation),
    }


@pytest.mark.parametrize(
    ("network", "missing", "line"),
    [
        ("mobilenet", "images", "mobilenet looks at image, .* has that; .* --image"),
        ("bilstm-glove", "texts", "bilstm-glove looks at text, .* has that; .* --text"),
        ("bilstm-mobilenet", "images", "looks at text and image, .*; .* --text and --image"),
        ("bilstm-mobilenet", "texts", "looks at text and image, .*; .* --text and --image"),
    ],
)
def test_a_source_that_no_product_has_is_told(
    recipes: dict[str, NetworkRecipe], network: str, missing: str, line: str
) -> None:
    items = [replace(one, **{missing: ()}) for one in shirts_and_pans(ROWS)]
    for model in (alone(recipes[network]), Classifier(networks=(recipes[network],))):
        with pytest.raises(InputError, match=line) as caught:
            model.fit(products_from(items))
        assert "\n" not in str(caught.value)


def test_no_product_with_both_is_told(recipes: dict[str, NetworkRecipe]) -> None:
    items = [
        replace(one, images=()) if number % 4 < 2 else replace(one, texts=())
        for number, one in enumerate(shirts_and_pans(ROWS))
    ]
    with pytest.raises(InputError, match="bilstm-mobilenet looks at text and image"):
        alone(recipes["bilstm-mobilenet"]).fit(products_from(items))


def test_pictures_that_cannot_be_read_leave_the_network_out(
    recipes: dict[str, NetworkRecipe],
) -> None:
    items = [replace(one, images=(b"broken",)) for one in shirts_and_pans(ROWS)]
    model = Classifier((), (), networks=(recipes["mobilenet"],)).fit(products_from(items))
    assert [source.name for source in model.model_.featurizers] == ["tfidf"]
    assert model.summary().training_curves == {}
    assert "mobilenet was left out: no image could be read" in model.summary().fit.notes
    with pytest.raises(InputError, match="can be read; check --text, --image and --image-root"):
        alone(recipes["mobilenet"]).fit(products_from(items))


@pytest.mark.parametrize(
    ("change", "error", "line"),
    [
        ({"name": "resnet"}, InputError, "there is no network 'resnet'; bilstm-glove, mobilenet"),
        ({"glove": "/no/such"}, InputError, "there is no file '/no/such'"),
        ({"backbone": "/no/such"}, EncoderError, "/no/such is neither a folder nor a repo id"),
        ({"training": Training(epochs=0)}, InputError, "epochs 0"),
        ({"views": -1}, InputError, "views is -1"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_one_line(
    recipes: dict[str, NetworkRecipe], change: dict[str, Any], error: type[Exception], line: str
) -> None:
    with pytest.raises(error, match=line) as caught:
        alone(replace(recipes["bilstm-mobilenet"], **change)).fit(
            products_from(shirts_and_pans(ROWS))
        )
    assert "\n" not in str(caught.value)


def test_two_networks_of_one_name_are_an_error(recipes: dict[str, NetworkRecipe]) -> None:
    twice = Classifier(networks=(recipes["mobilenet"],) * 2)
    with pytest.raises(InputError, match="two experts are called 'mobilenet'"):
        twice.fit(products_from(shirts_and_pans(ROWS)))


def test_torch_that_is_not_installed_is_one_line(
    recipes: dict[str, NetworkRecipe], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(importlib.import_module("aisle.recipes"), "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'run: pip install "aisle\[torch\]"'):
        alone(recipes[name]).fit(products_from(shirts_and_pans(ROWS)))


def test_networks_compare_and_do_not_say_whether_any_category_fits(ensemble: Classifier) -> None:
    """So familiarity is for the other experts to say."""
    model = ensemble.model_
    evidence, _ = featurize(model.featurizers, NEW)
    usual = model.ensemble.answer(evidence)
    blank = list(evidence)
    for place, expert in enumerate(model.ensemble.experts_):
        if isinstance(expert, NetworkExpert):
            features = blank[place].features.copy()
            features[:] = features[::-1]
            blank[place] = replace(blank[place], features=features)
    other = model.ensemble.answer(blank)
    assert np.array_equal(other.familiarity, usual.familiarity)
    assert not np.array_equal(other.log_proba, usual.log_proba)
