"""Experts that answer together, on evidence whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest
from given_scores import Repeater, mean_weights, member, rule, sets_in
from scipy import optimize
from scipy.special import log_softmax

from aisle.ensemble.ensemble import Ensemble
from aisle.experts.kernel import KernelExpert
from aisle.experts.training_task import TrainingTask
from aisle.features.featurizer import Evidence
from aisle.schema import Modality

TEXT, IMAGE = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
BOTH = TEXT | IMAGE
CLASSES = 3


def draw(rows: int, noises: list[float], seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Scores of one expert a noise, and the labels."""
    random = np.random.default_rng(seed)
    labels = random.integers(CLASSES, size=rows)
    sharp = np.eye(CLASSES)[labels]
    return [
        (sharp + random.normal(0, noise, (rows, CLASSES))).astype(np.float32) for noise in noises
    ], labels


def task(labels: np.ndarray, calibration: np.ndarray | None = None) -> TrainingTask:
    rows = np.arange(len(labels))
    return TrainingTask(labels, CLASSES, rows % 5, rows if calibration is None else calibration)


def fitted(
    noises: list[float], rows: int = 300, make: Callable[[], object] = Repeater
) -> tuple[Ensemble, list[Evidence], np.ndarray]:
    """A ensemble of texts first, then one picture expert, all of which see every row."""
    scores, labels = draw(rows, noises)
    evidence = [Evidence(score, np.ones(rows, dtype=bool)) for score in scores]
    needs = [TEXT] * (len(noises) - 1) + [IMAGE]
    members = [member(f"expert{n}", needed, make) for n, needed in enumerate(needs)]
    return Ensemble(members).fit(evidence, task(labels)), evidence, labels


def hidden(evidence: Evidence, rows: slice) -> Evidence:
    present = evidence.present.copy()
    present[rows] = False
    return Evidence(np.where(present[:, None], evidence.features, np.float32(0)), present)


def accuracy(logs: np.ndarray, labels: np.ndarray) -> float:
    return float((logs.argmax(axis=1) == labels).mean())


def test_two_modalities_together_beat_either() -> None:
    ensemble, _, _ = fitted([0.6, 0.6])
    pools = ensemble.pools_
    assert pools[BOTH].accuracy > pools[TEXT].accuracy + 0.05
    assert pools[BOTH].accuracy > pools[IMAGE].accuracy + 0.05
    assert pools[BOTH].pooled


def test_the_out_of_fold_accuracy_is_that_on_new_rows() -> None:
    ensemble, _, _ = fitted([0.6, 0.6], rows=900)
    scores, labels = draw(3000, [0.6, 0.6], seed=1)
    new = [Evidence(score, np.ones(len(labels), dtype=bool)) for score in scores]
    logs = ensemble.answer(new).log_proba
    assert accuracy(logs, labels) == pytest.approx(ensemble.pools_[BOTH].accuracy, abs=0.04)


def test_memorising_does_not_pass_for_knowing() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(CLASSES, size=200)
    evidence = [Evidence(random.normal(size=(200, 50)).astype(np.float32), np.ones(200, bool))]
    members = [member("kernel", TEXT, lambda: KernelExpert(ridge=1e-3, width=5))]
    ensemble = Ensemble(members).fit(evidence, task(labels))
    assert accuracy(ensemble.scores(evidence)[0], labels) > 0.9
    assert ensemble.pools_[TEXT].accuracy < 0.5
    assert ensemble.oof_shortlists_[TEXT].correct.mean() < 0.5
    assert not rule(ensemble, TEXT).threshold.promised


def test_weights_that_follow_chance_do_not_pass_for_knowing() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(CLASSES, size=90)
    noise = [random.normal(size=(90, CLASSES)).astype(np.float32) for _ in range(12)]
    evidence = [Evidence(one, np.ones(90, dtype=bool)) for one in noise]
    members = [member(f"expert{number}", TEXT, Repeater) for number in range(12)]
    ensemble = Ensemble(members).fit(evidence, task(labels))
    assert ensemble.pools_[TEXT].accuracy < 0.45


def test_an_expert_of_noise_does_no_harm() -> None:
    ensemble, evidence, labels = fitted([0.3, 5.0])
    logs = ensemble.answer(evidence).log_proba
    alone = accuracy(evidence[0].features, labels)
    assert accuracy(logs, labels) >= alone - 0.01
    weights = mean_weights(ensemble, BOTH)
    assert weights[1] < 0.2 * weights[0]


@pytest.mark.parametrize("noises", [[0.3, 0.9], [0.9, 0.3], [0.3, 0.5, 5.0], [2.0, 2.0]])
def test_no_modality_set_is_worse_than_its_best_expert(noises: list[float]) -> None:
    ensemble, _, _ = fitted(noises)
    for pool in ensemble.pools_.values():
        chance = 1 / np.sqrt(pool.rows)
        assert pool.accuracy >= pool.best_single_accuracy - chance


def test_the_best_single_is_named() -> None:
    ensemble, _, _ = fitted([2.0, 0.3, 1.0])
    assert ensemble.pools_[TEXT].best_single == "expert1"
    assert ensemble.pools_[BOTH].best_single in ("expert1", "text only")


def test_weights_of_absent_modalities_are_zero() -> None:
    ensemble, _, _ = fitted([0.5, 0.5, 0.5])
    assert mean_weights(ensemble, TEXT)[2] == 0
    assert mean_weights(ensemble, IMAGE)[:2] == (0, 0)


def test_probabilities_are_calibrated() -> None:
    ensemble, _, _ = fitted([0.7, 0.7], rows=900)
    scores, labels = draw(3000, [0.7, 0.7], seed=1)
    new = [Evidence(score, np.ones(len(labels), dtype=bool)) for score in scores]
    logs = ensemble.answer(new).log_proba
    confidence = np.exp(logs.max(axis=1))
    right = logs.argmax(axis=1) == labels
    for low, high in [(0.4, 0.7), (0.7, 0.9), (0.9, 1.0)]:
        among = (confidence >= low) & (confidence < high)
        assert confidence[among].mean() == pytest.approx(right[among].mean(), abs=0.08)


def test_the_promise_holds_on_new_rows() -> None:
    ensemble, _, _ = fitted([0.7, 0.7], rows=900)
    scores, labels = draw(3000, [0.7, 0.7], seed=2)
    new = [Evidence(score, np.ones(len(labels), dtype=bool)) for score in scores]
    logs = ensemble.answer(new).log_proba
    assigned = np.exp(logs.max(axis=1)) >= rule(ensemble, BOTH).threshold.value
    assert accuracy(logs, labels) < 0.88
    assert 0.2 < assigned.mean() < 1
    assert accuracy(logs[assigned], labels[assigned]) > 0.89


def test_each_row_is_answered_by_its_modality_set() -> None:
    ensemble, (text, image), _ = fitted([0.5, 0.5], rows=90)
    torn = [hidden(text, slice(0, 60)), hidden(image, slice(30, 90))]
    output = ensemble.answer(torn)
    logs, modalitiess = output.log_proba, output.modalities
    assert modalitiess == [IMAGE] * 30 + [frozenset()] * 30 + [TEXT] * 30
    assert np.exp(logs).sum(axis=1) == pytest.approx(np.ones(90), abs=1e-5)
    assert logs[30:60] == pytest.approx(np.full((30, CLASSES), -np.log(CLASSES)))
    alone = ensemble.answer([hidden(text, slice(0, 0)), hidden(image, slice(0, 90))]).log_proba
    assert np.array_equal(logs[60:], alone[60:])


def test_a_modality_set_that_was_never_seen_falls_back_on_its_parts() -> None:
    scores, labels = draw(600, [0.4, 0.4])
    whole = [Evidence(score, np.ones(600, dtype=bool)) for score in scores]
    torn = [hidden(whole[0], slice(0, 300)), hidden(whole[1], slice(300, 600))]
    members = [member("words", TEXT, Repeater), member("pixels", IMAGE, Repeater)]
    ensemble = Ensemble(members).fit(torn, task(labels))
    assert set(ensemble.pools_) == {TEXT, IMAGE}
    assert set(sets_in(ensemble, whole)) == {TEXT}


def test_an_answer_is_the_weighted_sum_of_what_experts_say() -> None:
    ensemble, evidence, _ = fitted([0.5, 0.8])
    logs = ensemble.answer(evidence).log_proba
    calibrations = ensemble.combiner_.calibrations_
    columns = np.broadcast_to(np.arange(CLASSES), logs.shape)
    parts = [
        calibration.log_proba(one.features, columns) * weights
        for calibration, one, weights in zip(
            calibrations, evidence, ensemble.weights_[BOTH], strict=True
        )
    ]
    assert logs == pytest.approx(log_softmax(sum(parts), axis=1), abs=1e-4)


def test_only_calibration_rows_are_judged() -> None:
    scores, labels = draw(600, [0.5])
    evidence = [Evidence(scores[0], np.ones(600, dtype=bool))]
    members = [member("words", TEXT, Repeater)]
    ensemble = Ensemble(members).fit(evidence, task(labels, calibration=np.arange(0, 600, 3)))
    assert ensemble.pools_[TEXT].rows == 200


def test_kept_answers_are_those_that_accuracy_and_rule_rest_on() -> None:
    ensemble, _, labels = fitted([0.6, 0.6], rows=900)
    assert ensemble.oof_shortlists_.keys() == ensemble.pools_.keys() == {TEXT, IMAGE, BOTH}
    for modalities, pool in ensemble.pools_.items():
        kept, found = ensemble.oof_shortlists_[modalities], rule(ensemble, modalities)
        assert kept.truth.tolist() == labels.tolist()
        assert kept.correct.mean() == pytest.approx(pool.accuracy)
        eligible = found.is_eligible(kept.familiarity, kept.agreement)
        assigned = eligible & (kept.confidence >= found.threshold.value)
        assert assigned.mean() == pytest.approx(found.threshold.coverage)
        assert 0 < (~eligible).mean() < 0.1


def test_only_rows_of_the_modality_set_have_answers() -> None:
    scores, labels = draw(600, [0.4, 0.4])
    whole = [Evidence(score, np.ones(600, dtype=bool)) for score in scores]
    torn = [hidden(whole[0], slice(0, 200)), whole[1]]
    members = [member("words", TEXT, Repeater), member("pixels", IMAGE, Repeater)]
    kept = Ensemble(members).fit(torn, task(labels)).oof_shortlists_
    assert kept[TEXT].truth.tolist() == kept[BOTH].truth.tolist() == labels[200:].tolist()
    assert kept[IMAGE].truth.tolist() == labels.tolist()


def test_an_optimiser_that_stops_early_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ensemble, _, _ = fitted([0.5, 0.5])
    assert not any("stopped early" in note for note in ensemble.notes)
    minimize = optimize.minimize

    def hasty(*arguments: object, **options: object) -> object:
        return minimize(*arguments, **options | {"options": {"maxiter": 1}})

    monkeypatch.setattr(optimize, "minimize", hasty)
    ensemble, _, _ = fitted([0.5, 0.5])
    assert "text + image: the optimiser of the weights stopped early" in ensemble.notes


def test_what_fits_no_category_is_unfamiliar() -> None:
    ensemble, _, _ = fitted([0.6, 0.6], rows=900)
    usual, _ = draw(400, [0.6, 0.6], seed=1)
    nothing_fits = [np.full_like(score, score.min()) for score in usual]
    there = np.ones(400, dtype=bool)
    least = rule(ensemble, BOTH).min_familiarity
    known = ensemble.answer([Evidence(score, there) for score in usual]).familiarity
    unknown = ensemble.answer([Evidence(score, there) for score in nothing_fits]).familiarity
    assert 0.0 < (known < least).mean() < 0.06
    assert (unknown < least).all()


def test_a_category_that_nobody_saw_makes_nothing_familiar() -> None:
    scores, labels = draw(900, [0.6, 0.6])
    labels = np.where(labels == 0, 1, labels)
    for score in scores:
        score[:, 0] = -1
    there = np.ones(900, dtype=bool)
    evidence = [Evidence(score, there) for score in scores]
    members = [member("text", TEXT, Repeater), member("image", IMAGE, Repeater)]
    ensemble = Ensemble(members).fit(evidence, task(labels))
    nothing_fits = [Evidence(np.full_like(score, -9), there) for score in scores]
    output = ensemble.answer(nothing_fits)
    assert (output.familiarity < rule(ensemble, BOTH).min_familiarity).all()


def test_text_and_picture_that_contradict_each_other_disagree() -> None:
    ensemble, _, _ = fitted([0.5, 0.7], rows=900)
    there = np.ones(400, dtype=bool)
    (text, image), _ = draw(400, [0.5, 0.7], seed=1)
    least = rule(ensemble, BOTH).min_agreement
    usual = ensemble.answer([Evidence(text, there), Evidence(image, there)])
    torn = ensemble.answer([Evidence(text, there), Evidence(np.roll(image, 1, axis=1), there)])
    assert 0.0 < (usual.agreement < least).mean() < 0.1
    assert (torn.agreement < least).mean() > 0.25


def test_agreement_is_what_the_less_convinced_side_gives_to_the_answer() -> None:
    ensemble, evidence, _ = fitted([0.6, 0.6])
    output = ensemble.answer(evidence)
    best = output.log_proba.argmax(axis=1)
    rows = slice(0, 300)
    alone = [
        ensemble.answer([evidence[0], hidden(evidence[1], rows)]),
        ensemble.answer([hidden(evidence[0], rows), evidence[1]]),
    ]
    sides = [one.log_proba[np.arange(300), best] for one in alone]
    assert output.agreement == pytest.approx(np.minimum(*sides), abs=1e-5)
    assert all((one.agreement == 0).all() for one in alone)
