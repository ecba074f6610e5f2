"""The waist of the house: everything above talks to `Classifier` and knows nothing beneath it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from aisle.data.columns import Columns
from aisle.data.splits import NEAR_DUPLICATES
from aisle.errors import InputError, ModelError
from aisle.features.defaults import check_names, default_featurizers
from aisle.features.featurizer import Featurizer
from aisle.fitted_model import FittedModel
from aisle.model_folder.layout import FORMAT, check_target, read_model, write_model
from aisle.model_folder.model import pack, unpack
from aisle.pack import FLIPKART, MINI_IMAGE, MINI_TEXT
from aisle.predictions import Predictions
from aisle.recipes import NetworkRecipe
from aisle.schema import CategoryPath, Modality, Product
from aisle.summary import ModelSummary
from aisle.taxonomy import Taxonomy
from aisle.typed_json import read_as

if TYPE_CHECKING:
    from aisle.data.products import Products


@dataclass(frozen=True)
class _Settings:
    """How a classifier was made, as a model folder keeps it."""

    text_encoders: tuple[str, ...]
    image_encoders: tuple[str, ...]
    networks: tuple[NetworkRecipe, ...]
    tfidf: bool
    own_featurizers: bool
    precision: float
    split: str
    seed: int
    reference_products: int


class Classifier:
    """Puts products into categories by their text and pictures, either of them missing.

    It keeps scikit-learn's contract: `clone`, `cross_val_score` and `GridSearchCV` take it.

    Args:
        text_encoders: folders, repo ids or names of text encoders.
        image_encoders: folders, repo ids or names of picture encoders.
        networks: networks to train, which needs the extra `torch`.
        tfidf: whether texts are read by their words, too.
        featurizers: what the experts look at; None for the default set, which the arguments above
            describe. With any, the arguments above are not used.
        precision: the share of right answers that assignments must keep, from 0.5 to below 1.
        split: what stays together in a fold: "near-duplicates", "random", or the name of a column.
        seed: for everything that is drawn.
        reference_products: the number of training products that are kept to show similar ones.

    Attributes:
        model_format: the version of the layout of the model folders that are written and read.
        model_: the fitted model.
        validation_rows_: after a fit, the labelled training rows that no expert was fitted on.

    Example:
        >>> texts = ["red cotton shirt", "steel pan", "blue shirt", "iron pan with lid"] * 5
        >>> model = Classifier().fit(texts, ["Shirts", "Pans"] * 10)
        >>> model.predict(["a shirt"])[0].category
        ('Shirts',)
    """

    model_format: ClassVar[int] = FORMAT

    def __init__(  # noqa: PLR0913 - settings of an estimator
        self,
        text_encoders: Sequence[str | Path] = (MINI_TEXT,),
        image_encoders: Sequence[str | Path] = (MINI_IMAGE,),
        *,
        networks: Sequence[NetworkRecipe] = (),
        tfidf: bool = True,
        featurizers: Sequence[Featurizer] | None = None,
        precision: float = 0.95,
        split: str = NEAR_DUPLICATES,
        seed: int = 0,
        reference_products: int = 20_000,
    ) -> None:
        self.text_encoders = text_encoders
        self.image_encoders = image_encoders
        self.networks = networks
        self.tfidf = tfidf
        self.featurizers = featurizers
        self.precision = precision
        self.split = split
        self.seed = seed
        self.reference_products = reference_products

    def fit(self, X: object, y: Sequence[object] | None = None) -> Self:
        """Learns from labelled products; those without a category are left out.

        Args:
            X: products: `Products`, a list of `Product`, a list of texts, or any data frame, whose
                columns are then guessed.
            y: their categories: texts or paths; None where the products have them.

        Raises:
            LabelError: there are not two categories to tell apart, or the column of categories
                holds something else.
            InputError: nothing of the products can be read, or a setting is out of range.
        """
        from aisle.data.products import labelled_products
        from aisle.fitting import FitSettings, fit_model

        self._check_settings()
        products = labelled_products(X, y)
        featurizers = self._featurizers(products)
        settings = FitSettings(self.precision, self.split, self.seed, self.reference_products)
        found = fit_model(products, featurizers, settings)
        self.model_, self.validation_rows_ = found.model, found.validation_rows
        return self

    def check(self, X: object) -> None:
        """Checks, before a long fit, whether products have what the experts look at.

        Raises:
            InputError: they have not, or a setting is out of range.
        """
        from aisle.data.products import as_products

        self._check_settings()
        products = as_products(X).labelled()
        for one in self._featurizers(products):
            one.check(products)

    def predict(self, X: object) -> Predictions:
        """One prediction a product, in their order."""
        return self._fitted.predict(self._products(X))

    def explain(self, X: object) -> Predictions:
        """As `predict`, each with its explanation; takes about twice as long."""
        return self._fitted.explain(self._products(X))

    def predict_proba(self, X: object) -> NDArray[np.float32]:
        """(n, categories) calibrated probabilities; uniform where nothing can be read."""
        return self.predict(X).probabilities

    def score(self, X: object, y: Sequence[object] | None = None) -> float:
        """The share of products whose most probable category is the right one.

        Args:
            X: products, as `fit` takes them.
            y: their categories; None where the products have them.
        """
        from aisle.data.products import labelled_products

        products = labelled_products(X, y, self.columns_)
        pairs = zip(self._fitted.predict(products), products, strict=True)
        return float(np.mean([one.category == product.category for one, product in pairs]))

    def calibrate(self, precision: float) -> Self:
        """Sets the decision rules again for another precision, from out-of-fold answers.

        Nothing is fitted again; probabilities stay as they are.
        """
        model = self._fitted
        self.precision = precision
        self._check_settings()
        self.model_ = model.with_precision(precision)
        return self

    @staticmethod
    def check_target(folder: str | Path) -> bool:
        """Checks, before a long fit, whether a model can be saved to a folder.

        Returns:
            Whether a model stands there, which `save` would replace.

        Raises:
            OutputError: the folder cannot be written, or something else stands there.
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

    def summary(self) -> ModelSummary:
        """What the fitted model says of itself."""
        return self._fitted.summary()

    @property
    def classes_(self) -> tuple[CategoryPath, ...]:
        """The categories, in the order of the columns of `predict_proba`."""
        return self.taxonomy_.categories

    @property
    def taxonomy_(self) -> Taxonomy:
        """The category tree that was learned."""
        return self._fitted.taxonomy

    @property
    def columns_(self) -> Columns:
        """The parts that columns of the training table played."""
        return self._fitted.columns

    def save(self, folder: str | Path) -> None:
        """Writes the model folder, with the encoders in it; an older model there is replaced.

        Raises:
            OutputError: it cannot be written.
        """
        settings = _Settings(
            text_encoders=tuple(map(str, self.text_encoders)),
            image_encoders=tuple(map(str, self.image_encoders)),
            networks=tuple(self.networks),
            tfidf=bool(self.tfidf),
            own_featurizers=self.featurizers is not None,
            precision=float(self.precision),
            split=self.split,
            seed=int(self.seed),
            reference_products=int(self.reference_products),
        )
        write_model(pack(self._fitted, asdict(settings)), Path(folder))

    @classmethod
    def load(cls, folder: str | Path = FLIPKART) -> Self:
        """The model in a folder, or the one inside the package.

        Nothing in the folder is run, and no network is opened.

        Raises:
            ModelError: there is no model, or it is damaged, changed or of another format.
        """
        fitted, settings = unpack(read_model(Path(folder)), Path(folder))
        known = _settings(settings, folder)
        model = cls(
            known.text_encoders,
            known.image_encoders,
            networks=known.networks,
            tfidf=known.tfidf,
            featurizers=fitted.featurizers if known.own_featurizers else None,
            precision=known.precision,
            split=known.split,
            seed=known.seed,
            reference_products=known.reference_products,
        )
        model.model_ = fitted
        return model

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - scikit-learn's
        """The constructor's arguments, by name."""
        return {name: getattr(self, name) for name in _parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Sets arguments of the constructor.

        Raises:
            InputError: there is no such argument.
        """
        for name, value in params.items():
            if name not in _parameter_names():
                raise InputError(
                    f"{name!r} is no parameter of Classifier; {', '.join(_parameter_names())}"
                    " were expected"
                )
            setattr(self, name, value)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=False),
            transformer_tags=None,
            classifier_tags=ClassifierTags(),
            regressor_tags=None,
            input_tags=InputTags(two_d_array=False, string=True, allow_nan=True),
        )

    def __repr__(self) -> str:
        defaults = inspect.signature(Classifier).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value != defaults[name].default
        ]
        return f"Classifier({', '.join(changed)})"

    @property
    def _fitted(self) -> FittedModel:
        """The fitted model.

        Raises:
            NotFittedError: scikit-learn's; there is none yet.
        """
        if not hasattr(self, "model_"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError("this Classifier is not fitted yet; call fit or load first")
        return self.model_

    def _featurizers(self, products: Products) -> Sequence[Featurizer]:
        found = self.featurizers
        if found is None:
            found = default_featurizers(
                products,
                self.text_encoders,
                self.image_encoders,
                networks=self.networks,
                tfidf=self.tfidf,
                seed=self.seed,
            )
        check_names(found)
        return found

    def _products(self, X: object) -> Sequence[Product]:
        if isinstance(X, list | tuple) and all(isinstance(one, Product) for one in X):
            return X
        from aisle.data.products import as_products

        return as_products(X, self.columns_)

    def _check_settings(self) -> None:
        if not 0.5 <= self.precision < 1:
            raise InputError(f"precision is {self.precision}; from 0.5 to below 1 was expected")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}; 0 or more was expected")
        for recipe in self.networks:
            recipe.check()


def _parameter_names() -> list[str]:
    return list(inspect.signature(Classifier).parameters)


def _settings(settings: dict[str, Any], folder: str | Path) -> _Settings:
    try:
        known: _Settings = read_as(_Settings, settings)
    except (TypeError, ValueError) as error:
        raise ModelError(f"{folder} is damaged ({error}); fit the model again") from error
    return known
