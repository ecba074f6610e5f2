"""A member that must have text and picture at once, alone and with others."""

import numpy as np
import pytest
from given_scores import Comparer, Repeater, mean_weights, member, rule, sets_in
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.columns import Columns
from aisle.ensemble.combiner import Combiner, rows_of
from aisle.ensemble.ensemble import Ensemble
from aisle.ensemble.shortlist import Shortlist
from aisle.ensemble.similar_products import ReferenceProducts
from aisle.experts.training_task import TrainingTask
from aisle.features.featurizer import Evidence
from aisle.fitted_model import FittedModel, rules_for
from aisle.schema import Decision, Modality, Prediction, Product, Status, modality_set_name
from aisle.taxonomy import Taxonomy

TEXT, IMAGE = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
BOTH = TEXT | IMAGE
SETS = (TEXT, IMAGE, BOTH)
NOTHING: frozenset[Modality] = frozenset()
CATEGORIES = [("A",), ("B",), ("C",)]
ROWS = 300


def evidence_of(noise: float, labels: np.ndarray, seed: int) -> Evidence:
    random = np.random.default_rng(seed)
    scores = np.eye(len(CATEGORIES))[labels] + random.normal(0, noise, (len(labels), 3))
    return Evidence(scores.astype(np.float32), np.ones(len(labels), dtype=bool))


def drawn_labels(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(len(CATEGORIES), size=ROWS)


def fitted_on(
    members: dict[str, tuple[frozenset[Modality], float]], joint: type[Repeater] = Repeater
) -> tuple[Ensemble, list[Evidence]]:
    """An ensemble, by each member's name its needs and noise, and what it was fitted on."""
    labels, rows = drawn_labels(), np.arange(ROWS)
    places, evidence = [], []
    for name, (needs, noise) in members.items():
        make = joint if needs == BOTH else Repeater
        places.append(member(name, needs, make))
        evidence.append(evidence_of(noise, labels, 1 + SETS.index(needs)))
    return Ensemble(places).fit(evidence, TrainingTask(labels, 3, rows % 5, rows)), evidence


def fitted(
    *needs: frozenset[Modality], noise: float = 0.5, joint: type[Repeater] = Repeater
) -> tuple[Ensemble, list[Evidence]]:
    """As `fitted_on`, with members called by what they look at."""
    return fitted_on({modality_set_name(one): (one, noise) for one in needs}, joint)


def with_only(
    evidence: list[Evidence], ensemble: Ensemble, there: frozenset[Modality]
) -> list[Evidence]:
    """The evidence of products that have no more than these modalities."""
    present = [
        np.full(ROWS, place.needs <= there) & one.present
        for place, one in zip(ensemble.members, evidence, strict=True)
    ]
    return [
        Evidence(np.where(rows[:, None], one.features, np.float32(0)), rows)
        for rows, one in zip(present, evidence, strict=True)
    ]


def answered(
    ensemble: Ensemble, evidence: list[Evidence], errors: dict[int, str]
) -> list[Prediction]:
    rules = rules_for(ensemble.oof_shortlists_, 0.9)
    reference = ReferenceProducts((), ())
    model = FittedModel(
        Columns(), Taxonomy(CATEGORIES), [], ensemble, {}, rules, reference, (), None
    )
    products = [Product(f"p{row}") for row in range(ROWS)]
    return list(model._predictions(products, ensemble.answer(evidence), errors))


def test_alone_it_knows_one_modality_set() -> None:
    ensemble, evidence = fitted(BOTH)
    assert list(ensemble.pools_) == [BOTH]
    assert ensemble.pools_[BOTH].rows == ROWS
    assert ensemble.pools_[BOTH].best_single == "text + image"
    assert ensemble.weights_[BOTH].shape == (1, 3)
    assert set(sets_in(ensemble, evidence)) == {BOTH}


def test_alone_a_product_with_one_source_is_not_answered() -> None:
    ensemble, evidence = fitted(BOTH)
    output = ensemble.answer(with_only(evidence, ensemble, TEXT))
    assert set(output.modalities) == {NOTHING}
    assert output.log_proba == pytest.approx(np.full((ROWS, 3), -np.log(3)))
    answers = answered(ensemble, with_only(evidence, ensemble, IMAGE), {1: "gone.jpg: not found"})
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
def test_the_least_that_is_missing_is_named(needs: tuple[frozenset[Modality]], reason: str) -> None:
    ensemble, evidence = fitted(*needs)
    assert answered(ensemble, with_only(evidence, ensemble, NOTHING), {})[0].error == reason


def test_beside_others_it_is_heard_where_it_sees_both() -> None:
    ensemble, _ = fitted(TEXT, BOTH, IMAGE)
    assert list(ensemble.pools_) == [TEXT, IMAGE, BOTH]
    assert mean_weights(ensemble, TEXT)[1:] == (0, 0)
    assert mean_weights(ensemble, IMAGE)[:2] == (0, 0)
    assert min(mean_weights(ensemble, BOTH)) > 0


@pytest.mark.parametrize(("there", "place"), [(TEXT, 0), (IMAGE, 2)])
def test_beside_others_products_with_one_source_are_answered_by_them(
    there: frozenset[Modality], place: int
) -> None:
    ensemble, evidence = fitted(TEXT, BOTH, IMAGE)
    alone, (same,) = fitted(there)
    assert np.array_equal(same.features, evidence[place].features)
    answers = answered(ensemble, with_only(evidence, ensemble, there), {})
    assert {(answer.status, answer.modalities) for answer in answers} == {(Status.OK, tuple(there))}
    assert [answer.confidence for answer in answers] == pytest.approx(
        [answer.confidence for answer in answered(alone, [same], {})], abs=1e-6
    )


def test_beside_a_text_seat_a_picture_alone_is_not_answered() -> None:
    ensemble, evidence = fitted(TEXT, BOTH)
    assert list(ensemble.pools_) == [TEXT, BOTH]
    assert set(sets_in(ensemble, with_only(evidence, ensemble, TEXT))) == {TEXT}
    assert set(sets_in(ensemble, with_only(evidence, ensemble, IMAGE))) == {NOTHING}


def test_where_it_sees_nothing_the_others_answer_by_one_source() -> None:
    """As for a text without a word that a network knows, beside a picture."""
    ensemble, (text, joint, image) = fitted(TEXT, BOTH, IMAGE)
    blind = Evidence(np.zeros_like(joint.features), np.zeros(ROWS, dtype=bool))
    modalitiess = sets_in(ensemble, [text, blind, image])
    assert all(len(modalities) == 1 for modalities in modalitiess)


def test_the_order_of_members_changes_no_answer() -> None:
    first, looked = fitted(TEXT, IMAGE, BOTH)
    other, looked_too = fitted(BOTH, TEXT, IMAGE)
    assert list(first.pools_) == list(other.pools_) == [TEXT, IMAGE, BOTH]
    assert other.answer(looked_too).log_proba == pytest.approx(
        first.answer(looked).log_proba, abs=1e-3
    )


def test_it_adds_what_the_others_do_not_know() -> None:
    ensemble, _ = fitted(TEXT, BOTH, IMAGE, noise=0.7)
    without, _ = fitted(TEXT, IMAGE, noise=0.7)
    assert ensemble.pools_[BOTH].accuracy > without.pools_[BOTH].accuracy + 0.02


def test_a_joint_member_of_noise_does_no_harm() -> None:
    ensemble, evidence = fitted_on(
        {"words": (TEXT, 0.4), "pixels": (IMAGE, 0.4), "joint": (BOTH, 9)}
    )
    without, _ = fitted_on({"words": (TEXT, 0.4), "pixels": (IMAGE, 0.4)})
    assert ensemble.pools_[BOTH].accuracy >= without.pools_[BOTH].accuracy - 0.01
    logs = ensemble.answer(evidence).log_proba
    same = logs.argmax(axis=1) == without.answer(evidence[:2]).log_proba.argmax(axis=1)
    assert same.mean() > 0.95


def test_a_comparing_joint_member_makes_nothing_familiar() -> None:
    ensemble, (text, joint, image) = fitted(TEXT, BOTH, IMAGE, joint=Comparer)
    nothing_fits = Evidence(np.full_like(joint.features, -9), joint.present)
    usual = ensemble.answer([text, joint, image]).familiarity
    assert np.array_equal(ensemble.answer([text, nothing_fits, image]).familiarity, usual)


def test_alone_a_comparing_joint_member_gauges_for_lack_of_others() -> None:
    ensemble, (joint,) = fitted(BOTH, joint=Comparer)
    nothing_fits = Evidence(np.full_like(joint.features, -9), joint.present)
    output = ensemble.answer([nothing_fits])
    assert (output.familiarity < rule(ensemble, BOTH).min_familiarity).all()


def test_one_source_only_is_no_candidate_where_nobody_looks_at_one() -> None:
    labels = drawn_labels()
    evidence = [evidence_of(0.5, labels, seed) for seed in (1, 2)]
    combiner = Combiner([BOTH, BOTH]).fit(
        Shortlist.of([one.features for one in evidence]),
        [one.present for one in evidence],
        labels,
        [np.zeros(3, dtype=bool)] * 2,
    )
    assert list(combiner.weights_[BOTH]) == ["pool", "expert 0", "expert 1"]


NEEDS = st.lists(st.sampled_from(SETS), min_size=1, max_size=5)


@given(needs=NEEDS, data=st.data())
def test_rows_of_a_modality_set_are_those_that_all_its_members_see(
    needs: list, data: object
) -> None:
    seen = [data.draw(st.lists(st.booleans(), min_size=4, max_size=4)) for _ in needs]
    present = [np.array(one) for one in seen]
    for modalities in SETS:
        found = rows_of(modalities, needs, present)
        mine = [n for n, needed in enumerate(needs) if needed <= modalities]
        covered = {modality for n in mine for modality in needs[n]} == set(modalities)
        assert found.dtype == np.bool_
        assert found.tolist() == [covered and all(seen[n][row] for n in mine) for row in range(4)]


@given(needs=NEEDS)
def test_what_is_all_there_is_seen_as_the_richest_modality_set(needs: list) -> None:
    everything = frozenset().union(*needs)
    present = [np.ones(2, dtype=bool) for _ in needs]
    assert rows_of(everything, needs, present).all()
    for modalities in SETS:
        assert not (modalities > everything and rows_of(modalities, needs, present).any())
