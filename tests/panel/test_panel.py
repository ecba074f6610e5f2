"""Experts that answer together, on evidence whose truth is known."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from scipy import optimize
from scipy.special import log_softmax

from aisle.experts.cross_fitting import Evidence, Lesson, cross_fitted
from aisle.experts.kernel import KernelExpert
from aisle.panel.panel import Panel, Seat
from aisle.schema import Modality

TEXT, IMAGE = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
BOTH = TEXT | IMAGE
CLASSES = 3


class Repeater:
    """An expert whose features are its scores."""

    def fit(self, features: np.ndarray, labels: np.ndarray, count: int) -> "Repeater":
        return self

    def scores(self, features: np.ndarray) -> np.ndarray:
        return features


def seat(name: str, needs: frozenset[Modality], make: Callable[[], object]) -> Seat:
    """A place for an expert that is quickly fitted."""
    return Seat(name, needs, partial(cross_fitted, make))


def draw(rows: int, noises: list[float], seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Scores of one expert a noise, and the labels."""
    random = np.random.default_rng(seed)
    labels = random.integers(CLASSES, size=rows)
    sharp = np.eye(CLASSES)[labels]
    return [
        (sharp + random.normal(0, noise, (rows, CLASSES))).astype(np.float32) for noise in noises
    ], labels


def lesson(labels: np.ndarray, held: np.ndarray | None = None) -> Lesson:
    rows = np.arange(len(labels))
    return Lesson(labels, CLASSES, rows % 5, rows if held is None else held)


def seated(
    noises: list[float], rows: int = 300, make: Callable[[], object] = Repeater
) -> tuple[Panel, list[Evidence], np.ndarray]:
    """A panel of texts first, then one picture expert, all of which see every row."""
    scores, labels = draw(rows, noises)
    evidence = [Evidence(score, np.ones(rows, dtype=bool)) for score in scores]
    needs = [TEXT] * (len(noises) - 1) + [IMAGE]
    seats = [seat(f"expert{n}", needed, make) for n, needed in enumerate(needs)]
    return Panel(seats, 0.9).fit(evidence, lesson(labels)), evidence, labels


def hidden(evidence: Evidence, rows: slice) -> Evidence:
    present = evidence.present.copy()
    present[rows] = False
    return Evidence(np.where(present[:, None], evidence.features, np.float32(0)), present)


def accuracy(logs: np.ndarray, labels: np.ndarray) -> float:
    return float((logs.argmax(axis=1) == labels).mean())


def test_two_modalities_together_beat_either() -> None:
    panel, _, _ = seated([0.6, 0.6])
    verdicts = panel.verdicts_
    assert verdicts[BOTH].accuracy > verdicts[TEXT].accuracy + 0.05
    assert verdicts[BOTH].accuracy > verdicts[IMAGE].accuracy + 0.05
    assert verdicts[BOTH].pooled


def test_the_held_out_accuracy_is_that_on_new_rows() -> None:
    panel, _, _ = seated([0.6, 0.6], rows=900)
    scores, labels = draw(3000, [0.6, 0.6], seed=1)
    new = [Evidence(score, np.ones(len(labels), dtype=bool)) for score in scores]
    logs = panel.opinion(new).logs
    assert accuracy(logs, labels) == pytest.approx(panel.verdicts_[BOTH].accuracy, abs=0.04)


def test_memorising_does_not_pass_for_knowing() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(CLASSES, size=200)
    evidence = [Evidence(random.normal(size=(200, 50)).astype(np.float32), np.ones(200, bool))]
    seats = [seat("kernel", TEXT, lambda: KernelExpert(ridge=1e-3, width=5))]
    panel = Panel(seats, 0.9).fit(evidence, lesson(labels))
    assert accuracy(panel.scores(evidence)[0], labels) > 0.9
    assert panel.verdicts_[TEXT].accuracy < 0.5
    assert panel.held_answers_[TEXT].right.mean() < 0.5
    assert not panel.verdicts_[TEXT].threshold.promised


def test_weights_that_follow_chance_do_not_pass_for_knowing() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(CLASSES, size=90)
    noise = [random.normal(size=(90, CLASSES)).astype(np.float32) for _ in range(12)]
    evidence = [Evidence(one, np.ones(90, dtype=bool)) for one in noise]
    seats = [seat(f"expert{number}", TEXT, Repeater) for number in range(12)]
    panel = Panel(seats, 0.9).fit(evidence, lesson(labels))
    assert panel.verdicts_[TEXT].accuracy < 0.45


def test_an_expert_of_noise_does_no_harm() -> None:
    panel, evidence, labels = seated([0.3, 5.0])
    logs = panel.opinion(evidence).logs
    alone = accuracy(evidence[0].features, labels)
    assert accuracy(logs, labels) >= alone - 0.01
    weights = panel.verdicts_[BOTH].weights
    assert weights[1] < 0.2 * weights[0]


@pytest.mark.parametrize("noises", [[0.3, 0.9], [0.9, 0.3], [0.3, 0.5, 5.0], [2.0, 2.0]])
def test_no_pattern_is_worse_than_its_best_expert(noises: list[float]) -> None:
    panel, _, _ = seated(noises)
    for verdict in panel.verdicts_.values():
        chance = 1 / np.sqrt(verdict.rows)
        assert verdict.accuracy >= verdict.best_single_accuracy - chance


def test_the_best_single_is_named() -> None:
    panel, _, _ = seated([2.0, 0.3, 1.0])
    assert panel.verdicts_[TEXT].best_single == "expert1"
    assert panel.verdicts_[BOTH].best_single in ("expert1", "text only")


def test_weights_of_absent_modalities_are_zero() -> None:
    panel, _, _ = seated([0.5, 0.5, 0.5])
    assert panel.verdicts_[TEXT].weights[2] == 0
    assert panel.verdicts_[IMAGE].weights[:2] == (0, 0)


def test_probabilities_are_calibrated() -> None:
    panel, _, _ = seated([0.7, 0.7], rows=900)
    scores, labels = draw(3000, [0.7, 0.7], seed=1)
    new = [Evidence(score, np.ones(len(labels), dtype=bool)) for score in scores]
    logs = panel.opinion(new).logs
    confidence = np.exp(logs.max(axis=1))
    right = logs.argmax(axis=1) == labels
    for low, high in [(0.4, 0.7), (0.7, 0.9), (0.9, 1.0)]:
        among = (confidence >= low) & (confidence < high)
        assert confidence[among].mean() == pytest.approx(right[among].mean(), abs=0.08)


def test_the_promise_holds_on_new_rows() -> None:
    panel, _, _ = seated([0.7, 0.7], rows=900)
    scores, labels = draw(3000, [0.7, 0.7], seed=2)
    new = [Evidence(score, np.ones(len(labels), dtype=bool)) for score in scores]
    logs = panel.opinion(new).logs
    assigned = np.exp(logs.max(axis=1)) >= panel.verdicts_[BOTH].threshold.value
    assert accuracy(logs, labels) < 0.88
    assert 0.2 < assigned.mean() < 1
    assert accuracy(logs[assigned], labels[assigned]) > 0.89


def test_each_row_is_answered_by_its_pattern() -> None:
    panel, (text, image), _ = seated([0.5, 0.5], rows=90)
    torn = [hidden(text, slice(0, 60)), hidden(image, slice(30, 90))]
    opinion = panel.opinion(torn)
    logs, patterns = opinion.logs, opinion.patterns
    assert patterns == [IMAGE] * 30 + [frozenset()] * 30 + [TEXT] * 30
    assert np.exp(logs).sum(axis=1) == pytest.approx(np.ones(90), abs=1e-5)
    assert logs[30:60] == pytest.approx(np.full((30, CLASSES), -np.log(CLASSES)))
    alone = panel.opinion([hidden(text, slice(0, 0)), hidden(image, slice(0, 90))]).logs
    assert np.array_equal(logs[60:], alone[60:])


def test_a_pattern_that_was_never_seen_falls_back_on_its_parts() -> None:
    scores, labels = draw(600, [0.4, 0.4])
    whole = [Evidence(score, np.ones(600, dtype=bool)) for score in scores]
    torn = [hidden(whole[0], slice(0, 300)), hidden(whole[1], slice(300, 600))]
    seats = [seat("words", TEXT, Repeater), seat("pixels", IMAGE, Repeater)]
    panel = Panel(seats, 0.9).fit(torn, lesson(labels))
    assert set(panel.verdicts_) == {TEXT, IMAGE}
    assert set(panel.patterns(whole)) == {TEXT}


def test_an_answer_is_the_weighted_sum_of_what_experts_say() -> None:
    panel, evidence, _ = seated([0.5, 0.8])
    logs = panel.opinion(evidence).logs
    calibrations = panel.weighing_.calibrations_
    parts = [
        calibration.log_proba(one.features) * weights
        for calibration, one, weights in zip(
            calibrations, evidence, panel.weights_[BOTH], strict=True
        )
    ]
    assert logs == pytest.approx(log_softmax(sum(parts), axis=1), abs=1e-4)


def test_only_held_rows_are_judged() -> None:
    scores, labels = draw(600, [0.5])
    evidence = [Evidence(scores[0], np.ones(600, dtype=bool))]
    seats = [seat("words", TEXT, Repeater)]
    panel = Panel(seats, 0.9).fit(evidence, lesson(labels, held=np.arange(0, 600, 3)))
    assert panel.verdicts_[TEXT].rows == 200


def test_answers_to_held_rows_are_those_that_the_verdict_counts() -> None:
    panel, _, labels = seated([0.6, 0.6], rows=900)
    assert panel.held_answers_.keys() == panel.verdicts_.keys() == {TEXT, IMAGE, BOTH}
    for pattern, verdict in panel.verdicts_.items():
        held = panel.held_answers_[pattern]
        assert held.truth.tolist() == labels.tolist()
        assert held.right.mean() == pytest.approx(verdict.accuracy)
        assigned = held.claim >= verdict.threshold.value
        assert assigned.mean() == pytest.approx(verdict.threshold.coverage)
        assert 0 < (~held.eligible).mean() < 0.1


def test_only_rows_of_the_pattern_have_answers() -> None:
    scores, labels = draw(600, [0.4, 0.4])
    whole = [Evidence(score, np.ones(600, dtype=bool)) for score in scores]
    torn = [hidden(whole[0], slice(0, 200)), whole[1]]
    seats = [seat("words", TEXT, Repeater), seat("pixels", IMAGE, Repeater)]
    held = Panel(seats, 0.9).fit(torn, lesson(labels)).held_answers_
    assert held[TEXT].truth.tolist() == held[BOTH].truth.tolist() == labels[200:].tolist()
    assert held[IMAGE].truth.tolist() == labels.tolist()


def test_an_optimiser_that_stops_early_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, _, _ = seated([0.5, 0.5])
    assert not any("stopped early" in note for note in panel.notes)
    minimize = optimize.minimize

    def hasty(*arguments: object, **options: object) -> object:
        return minimize(*arguments, **options | {"options": {"maxiter": 1}})

    monkeypatch.setattr(optimize, "minimize", hasty)
    panel, _, _ = seated([0.5, 0.5])
    assert "text + image: the optimiser of the weights stopped early" in panel.notes


def test_a_precision_out_of_reach_is_told() -> None:
    panel, _, _ = seated([0.9, 0.9], rows=60)
    assert any(
        note.startswith("text: a precision of 0.9 cannot be promised on 60 held-out rows")
        for note in panel.notes
    )


def test_what_fits_no_category_is_unfamiliar() -> None:
    panel, _, _ = seated([0.6, 0.6], rows=900)
    usual, _ = draw(400, [0.6, 0.6], seed=1)
    nothing_fits = [np.full_like(score, score.min()) for score in usual]
    there = np.ones(400, dtype=bool)
    least = panel.verdicts_[BOTH].least_familiarity
    known = panel.opinion([Evidence(score, there) for score in usual]).familiarity
    unknown = panel.opinion([Evidence(score, there) for score in nothing_fits]).familiarity
    assert 0.0 < (known < least).mean() < 0.06
    assert (unknown < least).all()


def test_a_category_that_nobody_saw_makes_nothing_familiar() -> None:
    scores, labels = draw(900, [0.6, 0.6])
    labels = np.where(labels == 0, 1, labels)
    for score in scores:
        score[:, 0] = -1
    there = np.ones(900, dtype=bool)
    evidence = [Evidence(score, there) for score in scores]
    seats = [seat("text", TEXT, Repeater), seat("image", IMAGE, Repeater)]
    panel = Panel(seats, 0.9).fit(evidence, lesson(labels))
    nothing_fits = [Evidence(np.full_like(score, -9), there) for score in scores]
    opinion = panel.opinion(nothing_fits)
    assert (opinion.familiarity < panel.verdicts_[BOTH].least_familiarity).all()


def test_text_and_picture_that_contradict_each_other_are_told() -> None:
    panel, _, _ = seated([0.5, 0.7], rows=900)
    there = np.ones(400, dtype=bool)
    (text, image), _ = draw(400, [0.5, 0.7], seed=1)
    verdict = panel.verdicts_[BOTH]
    usual = panel.opinion([Evidence(text, there), Evidence(image, there)])
    torn = panel.opinion([Evidence(text, there), Evidence(np.roll(image, 1, axis=1), there)])
    assert 0.0 < (usual.agreement < verdict.least_agreement).mean() < 0.1
    assert (torn.agreement < verdict.least_agreement).mean() > 0.25
    assert verdict.bar(0.0, float(torn.agreement.min())) == np.inf
    assert verdict.bar(0.0, 0.0) == verdict.threshold.value


def test_agreement_is_what_the_less_convinced_side_gives_to_the_answer() -> None:
    panel, evidence, _ = seated([0.6, 0.6])
    opinion = panel.opinion(evidence)
    said = opinion.logs.argmax(axis=1)
    rows = slice(0, 300)
    alone = [
        panel.opinion([evidence[0], hidden(evidence[1], rows)]),
        panel.opinion([hidden(evidence[0], rows), evidence[1]]),
    ]
    sides = [one.logs[np.arange(300), said] for one in alone]
    assert opinion.agreement == pytest.approx(np.minimum(*sides), abs=1e-5)
    assert all((one.agreement == 0).all() for one in alone)
