"""Questions about each part of a product, and answers as HTML."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from html.parser import HTMLParser

import pytest

from aisle.schema import Decision, Prediction, Product, Status
from aisle.service.api.errors import RefusedError, overloaded
from aisle.service.inference.workers import Question
from aisle.service.web.answer_view import Answered, ask

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from aisle.schema import (
    Candidate,
    Contribution,
    Explanation,
    Modality,
    SimilarProduct,
)
from aisle.service.web.answer_view import answer_view, spoken
from aisle.service.web.samples import Catalogue, Sample
from aisle.service.web.site import templates
from aisle.service.web.tried_pictures import TriedPicture

WHOLE = Product("", ("a mug",), (b"picture",))


class Oracle:
    """Says what it was asked, or refuses."""

    def __init__(
        self, refusal: RefusedError | None = None, seconds: float = 30.0, delay: float = 0.0
    ) -> None:
        self.folder = Path("oracle")
        self.settings = SimpleNamespace(timeout=seconds)
        self._refusal = refusal
        self._delay = delay

    async def predict(self, question: Question) -> Prediction:
        await asyncio.sleep(self._delay)
        if self._refusal:
            raise self._refusal
        seen = question.product
        said = f"{seen.text} {len(seen.images)} {question.explain}"
        return Prediction("", None, 0.0, (), (), Decision.REVIEW, said, (), Status.OK)


def asked(oracle: Oracle, product: Product = WHOLE) -> Answered:
    return asyncio.run(ask(oracle, product))


def test_each_modality_is_asked_alone() -> None:
    answered = asked(Oracle())
    assert answered.whole.decision_reason == "a mug 1 True"
    assert answered.text is not None
    assert answered.text.decision_reason == "a mug 0 False"
    assert answered.image is not None
    assert answered.image.decision_reason == " 1 False"
    assert answered.both is answered.whole


@pytest.mark.parametrize(
    ("product", "present", "absent"),
    [
        (Product("", ("a mug",)), "text", "image"),
        (Product("", (), (b"picture",)), "image", "text"),
    ],
)
def test_a_modality_that_is_missing_is_not_asked(
    product: Product, present: str, absent: str
) -> None:
    answered = asked(Oracle(), product)
    assert getattr(answered, present) is answered.whole
    assert getattr(answered, absent) is None
    assert answered.both is None


def test_a_busy_model_refuses() -> None:
    with pytest.raises(RefusedError, match="try again in a moment") as caught:
        asked(Oracle(overloaded("5 wait")))
    assert caught.value.status == 503


def test_an_answer_that_does_not_come_is_said() -> None:
    with pytest.raises(RefusedError, match=r"within 0\.01 seconds"):
        asked(Oracle(seconds=0.01, delay=1.0))


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
MUGS, PANS = ("Kitchen", "Mugs"), ("Kitchen", "Pans")


def prediction(name: str = "Mugs", explanation: Explanation | None = None) -> Prediction:
    return Prediction(
        id="",
        category=("Kitchen", name),
        confidence=0.9312,
        levels=(Candidate(("Kitchen",), 0.97), Candidate(("Kitchen", name), 0.9312)),
        alternatives=(Candidate(PANS, 0.05),),
        decision=Decision.ASSIGN,
        decision_reason="confidence 0.9312 reaches the threshold 0.8 for text",
        modalities=(Modality.TEXT,),
        status=Status.OK,
        explanation=explanation,
    )


def failure() -> Prediction:
    return Prediction(
        "", None, 0.0, (), (), Decision.REVIEW, "there is no text", (), Status.FAILED, "damaged"
    )


def reason(name: str = "mug") -> Explanation:
    return Explanation(
        (
            Contribution(name, (Modality.TEXT,), MUGS, 0.9, 2.0),
            Contribution("image", (Modality.IMAGE,), PANS, 0.6, -1.0),
        ),
        (("mug", 0.5),),
        (SimilarProduct("p1", name, MUGS, 0.87),),
    )


class Elements(HTMLParser):
    """Names of elements and attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def filled(template: str, **values: object) -> str:
    return templates().get_template(template).render(values)


def answer_html(answers: list[Answered], product: Product, catalogue: Catalogue) -> str:
    views = [answer_view(one, product, catalogue) for one in answers]
    return filled("answer.html", answers=views, spoken=spoken(answers))


def shown(whole: Prediction, **parts: Prediction | None) -> str:
    answered = Answered("model", whole, **({"text": whole, "image": None} | parts))
    return answer_html([answered], Product("", ("a red mug",)), Catalogue())


def test_the_answer_says_path_decision_and_alternatives() -> None:
    text = Elements(shown(prediction())).text
    for part in ("Kitchen", "Mugs", "Assign", "93.1", "97.0", "threshold 0.8", "Kitchen > Pans"):
        assert part in text


def test_absent_modalities_are_said() -> None:
    assert Elements(shown(prediction())).text.count("There is no picture.") == 2


def test_three_parts_stand_next_to_each_other() -> None:
    html = shown(prediction(), text=prediction("Cups"), image=prediction("Pots"))
    text = Elements(html).text.partition("both")[2]
    assert (
        text.index("Kitchen > Cups") < text.index("Kitchen > Pots") < text.index("Kitchen > Mugs")
    )


def test_contributions_point_to_both_sides() -> None:
    html = shown(prediction(explanation=reason()))
    assert 'class="for" style="width: 50.0%"' in html
    assert 'class="against" style="width: 25.0%"' in html
    assert "adds +2.00 to the log-odds" in html
    assert "adds \N{MINUS SIGN}1.00 to the log-odds" in html
    assert "strongly for Mugs; alone it would answer Mugs (90.0" in html
    assert "clearly for Pans; alone it would answer Pans (60.0" in html


def test_words_are_marked_and_similar_products_named() -> None:
    html = shown(prediction(explanation=reason("blue mug")))
    assert ">mug</mark>" in html
    assert "blue mug" in html
    assert "0.87" in html
    assert "<img" not in html  # the catalogue does not know p1


def test_what_could_not_be_read_is_said() -> None:
    assert "there is no text" in shown(failure())
    assert spoken([Answered("model", failure(), None, None)]) == "No answer: there is no text."


def test_two_models_stand_next_to_each_other() -> None:
    answers = [Answered(f"m{n}", prediction(), prediction(), None) for n in (1, 2)]
    html = answer_html(answers, Product("", ("a mug",)), Catalogue())
    assert "Both models give the same answer." in html
    assert spoken(answers).startswith("m1: Assign: Kitchen > Mugs, 93.1 %. m2: ")
    answers[1] = Answered("m2", prediction("Cups"), None, prediction("Cups"))
    html = answer_html(answers, Product("", ("a mug",)), Catalogue())
    assert "The models give different answers." in html


def test_all_text_from_outside_is_escaped() -> None:
    answered = Answered(HOSTILE, prediction(HOSTILE, reason(HOSTILE)), failure(), None)
    product = Product("", (f"mug {HOSTILE}",))
    picture = TriedPicture("0" * 64, HOSTILE, 1, None)
    pages = {
        "answer": answer_html([answered, answered], product, Catalogue()),
        "pictures": filled("pictures.html", pictures=[picture]),
        "samples": filled("samples.html", samples=[Sample(HOSTILE, HOSTILE)]),
        "line": filled("line.html", sentence=HOSTILE, signed_out=False),
    }
    for name, html in pages.items():
        found = Elements(html)
        assert not {"script", "img"} & found.names, name
        assert not {"onerror", "src"} & found.attributes, name
        assert "onerror" in found.text.lower(), name


def test_without_a_product_there_is_no_answer() -> None:
    assert "answer comes here" in filled("answer.html", answers=[], spoken="")
