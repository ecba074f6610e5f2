"""A seat that must have text and picture at once, alone and beside others."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.answers.answering import Answers, to_predictions
from aisle.experts.cross_fitting import Evidence, Lesson, cross_fitted
from aisle.panel import panel as panel_module
from aisle.panel.panel import Panel, Seat
from aisle.panel.weighing import PATTERNS, Weighing, rows_of
from aisle.schema import Decision, Modality, Prediction, Product, Status, modality_set_name
from aisle.taxonomy import Taxonomy

TEXT, IMAGE = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
BOTH = TEXT | IMAGE
NOTHING: frozenset[Modality] = frozenset()
CATEGORIES = [("A",), ("B",), ("C",)]
ROWS = 300


class Repeater:
    """An expert whose features are its scores."""

    def fit(self, features: np.ndarray, labels: np.ndarray, count: int) -> "Repeater":
        return self

    def scores(self, features: np.ndarray) -> np.ndarray:
        return features


class Comparer(Repeater):
    """One whose scores say which category fits best, but not whether any does."""


def evidence_of(noise: float, labels: np.ndarray, seed: int) -> Evidence:
    random = np.random.default_rng(seed)
    scores = np.eye(len(CATEGORIES))[labels] + random.normal(0, noise, (len(labels), 3))
    return Evidence(scores.astype(np.float32), np.ones(len(labels), dtype=bool))


def drawn_labels(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(len(CATEGORIES), size=ROWS)


def fitted_on(
    seats: dict[str, tuple[frozenset[Modality], float]], joint: type[Repeater] = Repeater
) -> tuple[Panel, list[Evidence]]:
    """A panel, by each seat's name its needs and noise, and what it was fitted on."""
    labels, rows = drawn_labels(), np.arange(ROWS)
    places, evidence = [], []
    for name, (needs, noise) in seats.items():
        make = joint if needs == BOTH else Repeater
        places.append(Seat(name, needs, partial(cross_fitted, make)))
        evidence.append(evidence_of(noise, labels, 1 + PATTERNS.index(needs)))
    return Panel(places, 0.9).fit(evidence, Lesson(labels, 3, rows % 5, rows)), evidence


def seated(
    *needs: frozenset[Modality], noise: float = 0.5, joint: type[Repeater] = Repeater
) -> tuple[Panel, list[Evidence]]:
    """As `fitted_on`, with seats called by what they look at."""
    return fitted_on({modality_set_name(one): (one, noise) for one in needs}, joint)


def with_only(evidence: list[Evidence], panel: Panel, there: frozenset[Modality]) -> list[Evidence]:
    """The evidence of products that have no more than these modalities."""
    present = [
        np.full(ROWS, seat.needs <= there) & one.present
        for seat, one in zip(panel.seats, evidence, strict=True)
    ]
    return [
        Evidence(np.where(rows[:, None], one.features, np.float32(0)), rows)
        for rows, one in zip(present, evidence, strict=True)
    ]


def answered(panel: Panel, evidence: list[Evidence], errors: dict[int, str]) -> list[Prediction]:
    opinion = panel.opinion(evidence)
    answers = Answers(
        evidence,
        np.exp(opinion.logs),
        opinion.familiarity,
        opinion.agreement,
        opinion.patterns,
        errors,
    )
    products = [Product(f"p{row}") for row in range(ROWS)]
    return to_predictions(products, answers, panel, Taxonomy(CATEGORIES))


def test_alone_it_knows_one_pattern() -> None:
    panel, evidence = seated(BOTH)
    assert list(panel.verdicts_) == [BOTH]
    assert panel.verdicts_[BOTH].rows == ROWS
    assert panel.verdicts_[BOTH].best_single == "text + image"
    assert panel.weights_[BOTH].shape == (1, 3)
    assert set(panel.patterns(evidence)) == {BOTH}


def test_alone_a_product_with_one_source_is_not_answered() -> None:
    panel, evidence = seated(BOTH)
    opinion = panel.opinion(with_only(evidence, panel, TEXT))
    assert set(opinion.patterns) == {NOTHING}
    assert opinion.logs == pytest.approx(np.full((ROWS, 3), -np.log(3)))
    answers = answered(panel, with_only(evidence, panel, IMAGE), {1: "gone.jpg: not found"})
    assert {answer.status for answer in answers} == {Status.FAILED}
    assert {answer.decision for answer in answers} == {Decision.REVIEW}
    assert {(answer.category, answer.modalities) for answer in answers} == {(None, ())}
    assert answers[0].error == "there is no text + image that can be read"
    assert answers[1].error == "gone.jpg: not found"
    assert answers[1].decision_reason == "there is no text + image that can be read"


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        ((TEXT, BOTH), "there is no text that can be read"),
        ((BOTH, IMAGE), "there is no image that can be read"),
        ((BOTH, TEXT, IMAGE), "there is no text and no image that can be read"),
    ],
)
def test_the_least_that_is_missing_is_told(needs: tuple[frozenset[Modality]], reason: str) -> None:
    panel, evidence = seated(*needs)
    assert answered(panel, with_only(evidence, panel, NOTHING), {})[0].error == reason


def test_beside_others_it_is_heard_where_it_sees_both() -> None:
    panel, _ = seated(TEXT, BOTH, IMAGE)
    assert list(panel.verdicts_) == [TEXT, IMAGE, BOTH]
    assert panel.verdicts_[TEXT].weights[1:] == (0, 0)
    assert panel.verdicts_[IMAGE].weights[:2] == (0, 0)
    assert min(panel.verdicts_[BOTH].weights) > 0


@pytest.mark.parametrize(("there", "seat"), [(TEXT, 0), (IMAGE, 2)])
def test_beside_others_products_with_one_source_are_answered_by_them(
    there: frozenset[Modality], seat: int
) -> None:
    panel, evidence = seated(TEXT, BOTH, IMAGE)
    alone, (same,) = seated(there)
    assert np.array_equal(same.features, evidence[seat].features)
    answers = answered(panel, with_only(evidence, panel, there), {})
    assert {(answer.status, answer.modalities) for answer in answers} == {(Status.OK, tuple(there))}
    assert [answer.confidence for answer in answers] == pytest.approx(
        [answer.confidence for answer in answered(alone, [same], {})], abs=1e-6
    )


def test_beside_a_text_seat_a_picture_alone_is_not_answered() -> None:
    panel, evidence = seated(TEXT, BOTH)
    assert list(panel.verdicts_) == [TEXT, BOTH]
    assert set(panel.patterns(with_only(evidence, panel, TEXT))) == {TEXT}
    assert set(panel.patterns(with_only(evidence, panel, IMAGE))) == {NOTHING}


def test_where_it_sees_nothing_the_others_answer_by_one_source() -> None:
    """As for a text without a word that a network knows, beside a picture."""
    panel, (text, joint, image) = seated(TEXT, BOTH, IMAGE)
    blind = Evidence(np.zeros_like(joint.features), np.zeros(ROWS, dtype=bool))
    patterns = panel.patterns([text, blind, image])
    assert all(len(pattern) == 1 for pattern in patterns)


def test_the_order_of_seats_changes_no_answer() -> None:
    first, looked = seated(TEXT, IMAGE, BOTH)
    other, looked_too = seated(BOTH, TEXT, IMAGE)
    assert list(first.verdicts_) == list(other.verdicts_) == [TEXT, IMAGE, BOTH]
    assert other.opinion(looked_too).logs == pytest.approx(first.opinion(looked).logs, abs=1e-3)


def test_it_adds_what_the_others_do_not_know() -> None:
    panel, _ = seated(TEXT, BOTH, IMAGE, noise=0.7)
    without, _ = seated(TEXT, IMAGE, noise=0.7)
    assert panel.verdicts_[BOTH].accuracy > without.verdicts_[BOTH].accuracy + 0.02


def test_a_joint_seat_of_noise_does_no_harm() -> None:
    panel, evidence = fitted_on({"words": (TEXT, 0.4), "pixels": (IMAGE, 0.4), "joint": (BOTH, 9)})
    without, _ = fitted_on({"words": (TEXT, 0.4), "pixels": (IMAGE, 0.4)})
    assert panel.verdicts_[BOTH].accuracy >= without.verdicts_[BOTH].accuracy - 0.01
    logs = panel.opinion(evidence).logs
    same = logs.argmax(axis=1) == without.opinion(evidence[:2]).logs.argmax(axis=1)
    assert same.mean() > 0.95


def test_a_comparing_joint_seat_makes_nothing_familiar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_module, "COMPARATIVE", (Comparer,))
    panel, (text, joint, image) = seated(TEXT, BOTH, IMAGE, joint=Comparer)
    nothing_fits = Evidence(np.full_like(joint.features, -9), joint.present)
    usual = panel.opinion([text, joint, image]).familiarity
    assert np.array_equal(panel.opinion([text, nothing_fits, image]).familiarity, usual)


def test_alone_a_comparing_joint_seat_gauges_for_lack_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(panel_module, "COMPARATIVE", (Comparer,))
    panel, (joint,) = seated(BOTH, joint=Comparer)
    nothing_fits = Evidence(np.full_like(joint.features, -9), joint.present)
    opinion = panel.opinion([nothing_fits])
    assert (opinion.familiarity < panel.verdicts_[BOTH].least_familiarity).all()


def test_one_source_only_is_no_candidate_where_nobody_looks_at_one() -> None:
    labels = drawn_labels()
    evidence = [evidence_of(0.5, labels, seed) for seed in (1, 2)]
    weighing = Weighing([BOTH, BOTH]).fit(
        [one.features for one in evidence], [one.present for one in evidence], labels
    )
    assert list(weighing.weights_[BOTH]) == ["pool", "expert 0", "expert 1"]


NEEDS = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=5)


@given(needs=NEEDS, data=st.data())
def test_rows_of_a_pattern_are_those_that_all_its_seats_see(needs: list, data: object) -> None:
    seen = [data.draw(st.lists(st.booleans(), min_size=4, max_size=4)) for _ in needs]
    present = [np.array(one) for one in seen]
    for pattern in PATTERNS:
        found = rows_of(pattern, needs, present)
        mine = [n for n, needed in enumerate(needs) if needed <= pattern]
        covered = {modality for n in mine for modality in needs[n]} == set(pattern)
        assert found.dtype == np.bool_
        assert found.tolist() == [covered and all(seen[n][row] for n in mine) for row in range(4)]


@given(needs=NEEDS)
def test_what_is_all_there_is_seen_as_the_richest_pattern(needs: list) -> None:
    everything = frozenset().union(*needs)
    present = [np.ones(2, dtype=bool) for _ in needs]
    assert rows_of(everything, needs, present).all()
    for pattern in PATTERNS:
        assert not (pattern > everything and rows_of(pattern, needs, present).any())
