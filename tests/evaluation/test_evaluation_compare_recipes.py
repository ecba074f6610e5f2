import json
import re
from html.parser import HTMLParser

import pytest
from handmade import products_from, shirts_and_pans
from stand_in import IMAGE, SHIRTS, SHOES, TEXT, StandIn, product, products

from aisle.classifier import Classifier
from aisle.data.splits import split
from aisle.errors import InputError, LabelError, OutputError
from aisle.evaluation.charts import LearningChart, trace
from aisle.evaluation.compare_recipes import compare_recipes
from aisle.evaluation.modality_views import ModalityView
from aisle.evaluation.recipe_runs import MEASURES
from aisle.evaluation.report import write_recipes
from aisle.summary import Epoch, TrainingCurve

HOSTILE = "<script>alert('x')</script>"
NAN, INF = float("nan"), float("inf")
CURVE = TrainingCurve(
    (
        Epoch(1.5, 0.4, 1.2, 0.5, 1e-4, 2.0),
        Epoch(0.9, 0.7, 0.8, 0.75, 1e-4, 2.0),
        Epoch(NAN, 0.8, INF, 0.7, 2e-5, 2.0),
    ),
    "cpu",
    f"the loss was not finite {HOSTILE}",
)
VOID = {"meta"}


class Ensemble(StandIn):
    """A recipe that learns nothing and answers what is written in texts and pictures."""

    def __init__(self, seed):
        super().__init__()
        self.seed = seed
        self.fit_seconds = 10.0 + 2 * seed

    def accuracy(self, modalities):
        return 0.4 + 0.25 * len(modalities)


class TextNetwork(Ensemble):
    modality_sets = (TEXT,)
    validation_rows = tuple(range(4))
    training_curves = {"words": CURVE}

    def seen(self, item):
        return ModalityView.TEXT.of([item])[0]


class JointNetwork(Ensemble):
    modality_sets = (TEXT | IMAGE,)
    validation_rows = tuple(range(4))
    training_curves = {"joint": CURVE}


class Unsteady(Ensemble):
    """Right about everything with seed 0, about shirts only with all others."""

    def seen(self, item):
        return item if self.seed == 0 else product(item.id, item.category, "0.9 0.1 0")


def catalogue(without_picture=0):
    """Ten shirts and ten shoes: texts say shirt of all, pictures are right and surer."""
    shirts = [product(f"a{i}", SHIRTS, "0.6 0.4 0", "0.9 0.1 0") for i in range(10)]
    shoes = [
        product(f"b{i}", SHOES, "0.6 0.4 0", "" if i < without_picture else "0 1 0")
        for i in range(10)
    ]
    return products(shirts + shoes)


def compared(*recipes, items=None, by=("random",), seeds=(0,)):
    by_name = {recipe.__name__: recipe for recipe in recipes}
    return compare_recipes(items or catalogue(), by_name, by=by, seeds=seeds)


def cells(comparison, recipe):
    """What the tables print of a recipe, by column, the first way of splitting first."""
    printed = [
        re.split(r"  +", line)
        for line in str(comparison).splitlines()
        if line.startswith(recipe.__name__ + "  ")
    ]
    titles = ["recipe", *(measure.title for measure in MEASURES)]
    return [dict(zip(titles, line, strict=True)) for line in printed]


def test_figures_by_hand():
    comparison = compared(Ensemble)
    assert (comparison.rows, comparison.categories, comparison.seeds) == (20, 2, (0,))
    assert cells(comparison, Ensemble) == [
        {
            "recipe": "Ensemble",
            "train": "100.00",
            "validation": "90.00",
            "test": "100.00",
            "text only": "50.00",
            "picture only": "100.00",
            "both": "100.00",
            "macro-F1": "100.00",
            "seconds to fit": "10.0",
            "epochs": "–",
        }
    ]


def test_views_without_an_expert_are_absent():
    comparison = compared(TextNetwork, JointNetwork)
    text, joint = cells(comparison, TextNetwork)[0], cells(comparison, JointNetwork)[0]
    assert (text["test"], text["text only"], text["macro-F1"]) == ("50.00", "50.00", "33.33")
    assert (text["validation"], joint["validation"]) == ("65.00", "90.00")
    assert (text["picture only"], text["both"], text["epochs"]) == ("–", "–", "3")
    assert (joint["test"], joint["both"]) == ("100.00", "100.00")
    assert (joint["text only"], joint["picture only"]) == ("–", "–")
    assert [list(one.runs[0].views) for one in comparison.splits[0].results] == [
        [ModalityView.TEXT],
        [ModalityView.BOTH],
    ]


def test_train_leaves_out_the_rows_set_aside():
    """Of sixteen training rows the first four are shirts: twelve are left, four of them shirts."""
    assert cells(compared(TextNetwork), TextNetwork)[0]["train"] == "33.33"


def test_mean_and_deviation_over_the_seeds():
    comparison = compared(Unsteady, Ensemble, seeds=(0, 1))
    unsteady = cells(comparison, Unsteady)[0]
    assert unsteady["test"] == "75.00 ± 35.36"
    assert unsteady["seconds to fit"] == "11.0 ± 1.4"
    assert (
        "Ensemble is best: 100.00 % right, 25.00 points more than Unsteady, ahead on 1 of 2 seeds."
    ) in str(comparison)


def test_each_way_of_splitting_has_its_table():
    comparison = compared(Ensemble, TextNetwork, by=("near-duplicates", "random"))
    assert [one.title for one in comparison.splits] == [
        "Split by near-duplicates",
        "Split at random",
    ]
    assert len(cells(comparison, Ensemble)) == 2
    assert comparison.conclusion == "Ensemble is best on every split, by 50.00 points or more."


def test_the_best_and_what_text_and_picture_gain():
    remarks = compared(TextNetwork, Ensemble).splits[0].remarks
    assert remarks[0] == "Ensemble is best: 100.00 % right, 50.00 points more than TextNetwork."
    assert remarks[1] == ("Ensemble: text and picture together gain 0.00 points over picture only.")


def test_a_recipe_without_single_sources_is_held_against_the_others():
    items = products(
        [product(f"a{i}", SHIRTS, "0.9 0.1 0", "0.9 0.1 0") for i in range(10)]
        + [product(f"b{i}", SHOES, "0.4 0.6 0", "1 0 0") for i in range(10)]
    )
    remarks = compared(JointNetwork, TextNetwork, items=items).splits[0].remarks
    assert "JointNetwork: text and picture together lose 50.00 points against" in remarks[1]
    assert "against TextNetwork, text only" in remarks[1]
    assert len(compared(JointNetwork, items=items).splits[0].remarks) == 2


def test_equal_recipes_are_level():
    comparison = compared(Ensemble, JointNetwork)
    assert comparison.conclusion == "Ensemble and JointNetwork are equal at 100.00 %."


def test_one_recipe_is_not_best_of_anything():
    assert compared(Ensemble).conclusion == "Ensemble gets 100.00 % of the test products right."


def test_products_that_lack_a_source_count_as_wrong_and_are_said():
    comparison = compared(JointNetwork, TextNetwork, items=catalogue(without_picture=10))
    result = comparison.splits[0].results[0]
    assert result.test == 0.5
    assert result.unanswered(ModalityView.BOTH) == 2
    assert result.answered_accuracy(ModalityView.BOTH) == 1
    assert (
        "JointNetwork, text + picture: 2 of 4 test rows lack what it looks at and count as wrong;"
        " of the others 100.00 % are right"
    ) in result.notes
    assert not any("lack" in note for note in comparison.splits[0].results[1].notes)


def test_unseen_categories_are_said():
    items = products(
        [*catalogue(), *(product(f"c{i}", ("New", str(i)), "1 0 0", "1 0 0") for i in range(9))]
    )
    comparison = compared(Ensemble, items=items)
    unseen = comparison.splits[0].results[0].runs[0].unseen
    assert 0 < unseen < 9
    assert f"{unseen} test row" in str(comparison)


def test_rows_that_a_random_split_leaks_are_said():
    twins = products_from([item for item in shirts_and_pans(10, image=False) for _ in range(2)])
    comparison = compare_recipes(twins, {"silent": Silent}, by=("random",))
    assert 8 <= comparison.leaked <= 20
    assert f"leaks {comparison.leaked / 20:.1%}".replace("%", " %") in str(comparison)


class Silent(Ensemble):
    """Can look at nothing, and answers nothing."""

    modality_sets = ()

    def seen(self, item):
        return product(item.id, None)


def test_a_recipe_that_answers_nothing_is_all_wrong():
    comparison = compared(Silent)
    assert cells(comparison, Silent)[0]["validation"] == "–"
    assert cells(comparison, Silent)[0]["test"] == "0.00"


def test_recipes_are_made_with_the_seed_and_fitted_on_its_split():
    fitted = []

    class Recorded(Ensemble):
        def fit(self, items):
            fitted.append((self.seed, [item.id for item in items]))
            return self

    items = products_from(catalogue(), brand=[f"brand{row % 5}" for row in range(20)])
    compared(Recorded, items=items, seeds=(3, 5), by=("brand", "random"))
    assert fitted == [
        (seed, [item.id for item in split(items, by=by, test_size=0.2, seed=seed)[0]])
        for by in ("brand", "random")
        for seed in (3, 5)
    ]


def test_json_is_strict_and_has_all_runs_and_curves():
    comparison = compared(Ensemble, TextNetwork, seeds=(0, 1))
    figures = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    recipes = figures["splits"][0]["recipes"]
    assert figures["splits"][0]["best"] == "Ensemble"
    assert recipes["Ensemble"]["figures"]["epochs"] == {"mean": None, "deviation": None}
    assert recipes["TextNetwork"]["figures"]["test"] == {"mean": 0.5, "deviation": 0}
    first, second = recipes["TextNetwork"]["runs"]
    assert (first["seed"], second["seed"]) == (0, 1)
    assert list(first["views"]) == ["text"]
    assert first["views"]["text"]["answered"] == 4
    curve = first["curves"]["words"]
    assert (curve["kept_epoch"], len(curve["epochs"])) == (2, 3)
    assert curve["epochs"][2]["loss"] is None
    assert curve["epochs"][2]["accuracy"] == 0.8


class Words(Classifier):
    """TF-IDF only."""

    def __init__(self, seed):
        super().__init__((), (), seed=seed)


def test_a_real_classifier(tmp_path, monkeypatch):
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    comparison = compared(Words, items=products_from(shirts_and_pans(60, image=False)))
    run = comparison.splits[0].results[0].runs[0]
    assert list(run.views) == [ModalityView.TEXT]
    assert run.test.accuracy > 0.9
    assert run.train == 1
    assert 0.8 < run.validation <= 1
    assert run.seconds > 0


class Outline(HTMLParser):
    """Collects tags, names and text, and finds tags that are not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.ids, self.text = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def page_of(comparison, folder):
    write_recipes(comparison, folder / "page.html")
    page = (folder / "page.html").read_text("utf-8")
    outline = Outline()
    outline.feed(page)
    assert not outline.open
    assert len(outline.ids) == len(set(outline.ids))
    return page, outline


def test_the_page_shows_the_conclusion_and_the_curves(tmp_path):
    comparison = compared(Ensemble, TextNetwork, JointNetwork, seeds=(0, 1), by=("random", "id"))
    page, outline = page_of(comparison, tmp_path)
    assert comparison.conclusion in page
    assert outline.seen.count("svg") == 2 * 2 * 2
    assert outline.seen.count("svg") == outline.seen.count("desc")
    assert page.count('class="faint"') == 8
    assert "Kept epoch 2 of 3" in page
    assert not re.search(r'="[^"]*(nan|inf)\b', page)
    assert "http" not in page.replace("http-equiv", "")


def test_the_page_of_recipes_without_networks_has_no_curves(tmp_path):
    _, outline = page_of(compared(Ensemble, Unsteady), tmp_path)
    assert "svg" not in outline.seen
    assert "Learning curves" not in "".join(outline.text)


def test_names_cannot_become_markup(tmp_path):
    comparison = compare_recipes(catalogue(), {HOSTILE: TextNetwork}, by=("random",))
    _, outline = page_of(comparison, tmp_path)
    assert "script" not in outline.seen
    assert "".join(outline.text).count("alert('x')") > 3


def test_a_page_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(OutputError):
        write_recipes(compared(Ensemble), tmp_path)


def test_charts_hold_every_finite_point_of_all_seeds():
    chart = LearningChart(
        "words", {0: CURVE, 1: TrainingCurve((Epoch(3.3, 0.1, 2, 0.2, 1, 1),), "cpu")}
    )
    assert trace(CURVE, "loss") == [(1, 1.5), (2, 0.9)]
    assert chart.loss.y.high > 3.3
    assert chart.loss.x.high == 3
    assert chart.accuracy.y.low == 0
    assert chart.accuracy.x.ticks == [0, 1, 2, 3]


@pytest.mark.parametrize("epochs", [1, 2, 7, 50])
def test_epochs_are_counted_in_whole_steps(epochs):
    chart = LearningChart("words", {0: TrainingCurve(CURVE.epochs[:1] * epochs, "cpu")})
    ticks = chart.loss.x.ticks
    assert all(tick == round(tick) for tick in ticks)
    assert 2 <= len(ticks) <= 9


@pytest.mark.parametrize(
    ("recipes", "settings", "words"),
    [
        ((), {}, "no recipe"),
        ((Ensemble,), {"by": ()}, "no way of splitting"),
        ((Ensemble,), {"seeds": ()}, "no seed"),
        ((Ensemble,), {"by": ("colour",)}, "cannot split by 'colour'"),
    ],
)
def test_nothing_to_compare_is_refused(recipes, settings, words):
    with pytest.raises(InputError, match=words) as caught:
        compared(*recipes, **settings)
    assert "\n" not in str(caught.value)


def test_products_without_a_category_are_refused():
    with pytest.raises(LabelError, match="no product has a category"):
        compared(Ensemble, items=products([product("a", None, "1 0 0")]))
