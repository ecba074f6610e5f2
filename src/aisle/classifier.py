"""The waist of the house: everything above talks to `Classifier` and knows nothing beneath it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from aisle.answers.answering import Answers, to_predictions
from aisle.answers.explanation import Explainer
from aisle.answers.memory import Memory
from aisle.data.splits import NEAR_DUPLICATES
from aisle.errors import InputError
from aisle.experts.network import NetworkExpert
from aisle.experts.tfidf import TfidfFeatures
from aisle.lessons import Dealing, categories_of, lesson_of, oddities
from aisle.pack import FLIPKART, MINI_IMAGE, MINI_TEXT
from aisle.panel.panel import Panel, Seat
from aisle.panel.verdict import Verdict
from aisle.panel.weighing import Pattern
from aisle.predictions import Predictions
from aisle.recipes import NetworkRecipe
from aisle.schema import CategoryPath, Modality, Product, modality_set_name
from aisle.sources.base import Source
from aisle.sources.network import NetworkSource
from aisle.sources.together import read_all, useful
from aisle.sources.vectors import ImageSource, TextSource
from aisle.sources.words import TfidfSource
from aisle.storage.folder import FORMAT, check_target, read_model, write_model
from aisle.storage.packing import Fitted, Settings, pack, unpack
from aisle.summary import (
    FitReport,
    MemberSummary,
    ModalitySetSummary,
    ModelSummary,
    TrainingCurve,
)
from aisle.taxonomy import Taxonomy

if TYPE_CHECKING:
    from aisle.data.products import Products


class Classifier:
    """Puts products into categories by their text and pictures, either of them missing.

    Args:
        text_encoders: folders, repo ids or names of text encoders.
        image_encoders: folders, repo ids or names of picture encoders.
        networks: networks to train, which needs the extra `torch`.
        tfidf: whether texts are read by their words, too.
        precision: the share of right answers that assignments must keep, from 0.5 to below 1.
        split: what stays together when products are held out: "near-duplicates", "random", or the
            name of a column.
        seed: for everything that is drawn.

    Attributes:
        model_format: the version of the layout of the model folders that are written and read.
        validation_rows_: after a fit, the labelled training rows that no expert was fitted on.
    """

    model_format: ClassVar[int] = FORMAT

    def __init__(
        self,
        text_encoders: Sequence[str | Path] = (MINI_TEXT,),
        image_encoders: Sequence[str | Path] = (MINI_IMAGE,),
        *,
        networks: Sequence[NetworkRecipe] = (),
        tfidf: bool = True,
        precision: float = 0.95,
        split: str = NEAR_DUPLICATES,
        seed: int = 0,
    ) -> None:
        self.text_encoders = text_encoders
        self.image_encoders = image_encoders
        self.networks = networks
        self.tfidf = tfidf
        self.precision = precision
        self.split = split
        self.seed = seed

    def fit(self, products: Products) -> Self:
        """Learns from labelled products; those without a category are left out.

        Raises:
            LabelError: there are not two categories to tell apart.
            InputError: nothing of the products can be read, or a setting is out of range.
        """
        started = time.perf_counter()
        self._check_settings()
        known = products.labelled()
        self.taxonomy_ = Taxonomy(categories_of(known))
        sources = self._sources(known)
        for source in sources:
            source.fit(known, len(self.taxonomy_))
        evidence, errors = read_all(sources, known)
        self.sources_, evidence = useful(sources, evidence, errors)
        networks = [isinstance(source, NetworkSource) for source in self.sources_]
        dealing = Dealing(self.split, self.seed, hold_out=any(networks))
        lesson, leaked = lesson_of(known, self.classes_, dealing)
        panel = Panel([*map(Seat.of, self.sources_)], self.precision, self.seed)
        self.panel_ = panel.fit(evidence, lesson)
        self.validation_rows_ = np.flatnonzero(all(networks) & ~lesson.apart)
        self.columns_ = products.columns
        self.memory_ = Memory.of(known, self.panel_.experts_, evidence, self.seed)
        notes = [
            *oddities(products, known, errors),
            *_silent(sources, self.sources_),
            *(note for source in self.sources_ for note in source.notes),
            *(curve.note for curve in self.curves_.values() if curve.note),
        ]
        self.report_ = FitReport(
            rows=len(known),
            categories=len(self.taxonomy_),
            folds=len(np.unique(lesson.folds[lesson.held])),
            split=self.split,
            leaked=leaked,
            notes=(*notes, *self.panel_.notes),
            seconds=time.perf_counter() - started,
        )
        return self

    @property
    def classes_(self) -> tuple[CategoryPath, ...]:
        """The categories, in the order of the columns of `predict_proba`."""
        return self.taxonomy_.categories

    @property
    def verdicts_(self) -> dict[Pattern, Verdict]:
        """How answers come about, for each pattern of what there is to look at."""
        return self.panel_.verdicts_

    @property
    def curves_(self) -> dict[str, TrainingCurve]:
        """How networks were trained, by name."""
        experts = zip(self.sources_, self.panel_.experts_, strict=True)
        return {s.name: one.curve for s, one in experts if isinstance(one, NetworkExpert)}

    def predict_proba(self, products: Sequence[Product]) -> NDArray[np.float32]:
        """(n, categories) calibrated probabilities; uniform where nothing can be read."""
        return self._answer(products).probabilities

    def predict(self, products: Sequence[Product]) -> Predictions:
        """One prediction a product, in their order."""
        return to_predictions(products, self._answer(products), self.panel_, self.taxonomy_)

    def explain(self, products: Sequence[Product]) -> Predictions:
        """As `predict`, each with its explanation; takes about twice as long."""
        answers = self._answer(products)
        why = self._explainer.reasons(answers)
        return to_predictions(products, answers, self.panel_, self.taxonomy_, why)

    def summary(self) -> ModelSummary:
        """What the fitted model says of itself."""
        seats = self.panel_.seats
        return ModelSummary(
            fit=self.report_,
            members=tuple(MemberSummary(seat.name, seat.needs) for seat in seats),
            by_modalities=tuple(
                ModalitySetSummary(
                    modalities=modalities,
                    rows=verdict.rows,
                    accuracy=verdict.accuracy,
                    best_single=verdict.best_single,
                    best_single_accuracy=verdict.best_single_accuracy,
                    pooled=verdict.pooled,
                    weights={
                        seat.name: weight
                        for seat, weight in zip(seats, verdict.weights, strict=True)
                        if seat.needs <= modalities
                    },
                    threshold=verdict.threshold,
                    oof_predictions=self.panel_.held_answers_[modalities],
                )
                for modalities, verdict in self.panel_.verdicts_.items()
            ),
            training_curves=self.curves_,
            reference_products=tuple(self.memory_.products),
        )

    def _answer(self, products: Sequence[Product]) -> Answers:
        evidence, errors = read_all(self.sources_, products)
        opinion = self.panel_.opinion(evidence)
        return Answers(
            evidence=evidence,
            probabilities=np.exp(opinion.logs),
            familiarity=opinion.familiarity,
            agreement=opinion.agreement,
            patterns=opinion.patterns,
            errors=errors,
        )

    def save(self, folder: str | Path) -> None:
        """Writes the model folder, with the encoders in it; an older model there is replaced.

        Raises:
            OutputError: it cannot be written.
        """
        settings = Settings(
            text_encoders=tuple(map(str, self.text_encoders)),
            image_encoders=tuple(map(str, self.image_encoders)),
            networks=tuple(self.networks),
            tfidf=bool(self.tfidf),
            precision=float(self.precision),
            split=self.split,
            seed=int(self.seed),
        )
        parts = Fitted(
            settings=settings,
            columns=self.columns_,
            taxonomy=self.taxonomy_,
            sources=self.sources_,
            panel=self.panel_,
            memory=self.memory_,
            report=self.report_,
        )
        write_model(pack(parts), Path(folder))

    @staticmethod
    def check_target(folder: str | Path) -> bool:
        """Whether a model stands in the folder, which `save` would replace.

        Raises:
            OutputError: a model cannot be saved there.
        """
        return check_target(Path(folder))

    @staticmethod
    def encoder_modalities(name: str) -> tuple[Modality, ...]:
        """What an encoder reads: text, pictures, or both.

        Raises:
            EncoderError: there is no such encoder.
        """
        from aisle.encoders.hub import modalities_of

        return modalities_of(name)

    @classmethod
    def load(cls, folder: str | Path = FLIPKART) -> Self:
        """The model in a folder, or the one inside the package.

        Nothing in the folder is run, and no network is opened.

        Raises:
            ModelError: there is no model, or it is damaged, changed or of another format.
        """
        parts = unpack(read_model(Path(folder)), Path(folder))
        model = cls(**vars(parts.settings))
        model.columns_ = parts.columns
        model.taxonomy_ = parts.taxonomy
        model.sources_ = list(parts.sources)
        model.panel_ = parts.panel
        model.memory_ = parts.memory
        model.report_ = parts.report
        return model

    @property
    def _explainer(self) -> Explainer:
        terms = [
            source.terms if isinstance(source, TfidfSource) else None for source in self.sources_
        ]
        return Explainer(self.panel_, self.classes_, terms, self.memory_)

    def _check_settings(self) -> None:
        if not 0.5 <= self.precision < 1:
            raise InputError(f"precision is {self.precision}; from 0.5 to below 1 was expected")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}; 0 or more was expected")
        for recipe in self.networks:
            recipe.check()

    def _sources(self, products: Products) -> list[Source]:
        sources: list[Source] = []
        if any(product.text for product in products):
            sources += [TfidfSource(TfidfFeatures())] * self.tfidf
            sources += map(TextSource, self.text_encoders)
        if any(product.images for product in products):
            sources += map(ImageSource, self.image_encoders)
        for recipe in self.networks:
            recipe.check_products(products)
            sources.append(NetworkSource(recipe, self.seed))
        names = Counter(source.name for source in sources)
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise InputError(f"two experts are called {twice[0]!r}; each needs a name of its own")
        return sources


def _silent(sources: Sequence[Source], useful: Sequence[Source]) -> list[str]:
    """Which experts were given nothing to look at."""
    return [
        f"{source.name} was left out: no {modality_set_name(source.needs)} could be read"
        for source in sources
        if source not in useful
    ]
