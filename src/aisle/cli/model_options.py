"""What a command fits: aisle's own ensemble, or a classic network to compare it with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aisle import recipes
from aisle.cli.column_options import TABLE, Command
from aisle.pack import MINI_IMAGE, MINI_TEXT
from aisle.schema import Modality

if TYPE_CHECKING:
    from aisle.classifier import Classifier
    from aisle.data.products import Products

DEFAULT = "default"
NAMES = (DEFAULT, *recipes.NETWORKS)
ENCODER_FLAGS = ("--text-encoder", "--image-encoder")
NETWORK_FLAGS = (
    "--recipe",
    "--glove",
    "--backbone",
    "--augment",
    "--epochs",
    "--rate",
    "--balanced",
    "--tune-words",
    "--device",
)
SPLIT_FLAGS = ("--split", "--seed")


@dataclass(frozen=True)
class ModelFlags:
    """The flags about encoders and networks."""

    text_encoders: tuple[str, ...]
    image_encoders: tuple[str, ...]
    glove: Path | None
    backbone: str | None
    augment: int
    epochs: int | None
    rate: float | None
    balanced: bool
    tune_words: bool
    device: str

    def makers(
        self, names: Sequence[str], split: str, products: Products
    ) -> dict[str, Callable[[int], Classifier]]:
        """What makes a classifier of a seed, by recipe; all of them are checked at once.

        Raises:
            InputError: a recipe lacks something, or products lack what it looks at.
            MissingExtraError: torch is not installed.
        """
        makers: dict[str, Callable[[int], Classifier]] = {}
        for name in names:
            self.classifier(name).check(products)
            makers[name] = partial(self._seeded, name, split)
        return makers

    def encoder_makers(
        self, names: Sequence[str], products: Products, **settings: Any
    ) -> dict[str, Callable[[], Classifier]]:
        """What makes a classifier with each encoder, and one without an encoder of their kind.

        Raises:
            EncoderError: there is no such encoder.
            InputError: the encoders are not all of one kind.
        """
        from aisle.classifier import Classifier
        from aisle.errors import InputError

        kinds = {name: Classifier.encoder_modalities(name) for name in names}
        shared = [kind for kind in Modality if all(kind in found for found in kinds.values())]
        if not shared:
            listed = ", ".join(f"{name} ({' and '.join(found)})" for name, found in kinds.items())
            raise InputError(f"only encoders of one kind can be compared; these are {listed}")
        alone = shared[0] is Modality.IMAGE and not any(product.text for product in products)
        none: dict[str, tuple[str, ...]] = {} if alone else {"no encoder": ()}
        candidates = none | {name: (name,) for name in names}
        return {
            name: partial(self._with_encoders(shared[0], chosen).classifier, DEFAULT, **settings)
            for name, chosen in candidates.items()
        }

    def refuse_without_network(self) -> None:
        """Refuses options that only networks have.

        Raises:
            click.UsageError: such an option was given.
        """
        given = {
            "--glove": self.glove,
            "--backbone": self.backbone,
            "--augment": self.augment,
            "--epochs": self.epochs,
            "--rate": self.rate,
            "--balanced": self.balanced,
            "--tune-words": self.tune_words,
        }
        flag = next((flag for flag, value in given.items() if value), None)
        if flag:
            raise click.UsageError(f"{flag} is for networks; name one, such as {NAMES[1]}")

    def classifier(self, name: str, **settings: Any) -> Classifier:
        """A classifier of a recipe that is not fitted.

        Raises:
            InputError: the recipe lacks something.
            MissingExtraError: torch is not installed.
        """
        from aisle.classifier import Classifier

        if name == DEFAULT:
            return Classifier(self.text_encoders, self.image_encoders, **settings)
        training = recipes.Training(
            rate=recipes.Training.rate if self.rate is None else self.rate,
            epochs=recipes.Training.epochs if self.epochs is None else self.epochs,
            balanced=self.balanced,
            tuned_words=self.tune_words,
            device=self.device,
        )
        recipe = recipes.NetworkRecipe(
            name,
            glove=str(self.glove or recipes.GLOVE),
            backbone=self.backbone or recipes.MOBILENET,
            views=self.augment,
            training=training,
        )
        recipe.check()
        return Classifier((), (), networks=(recipe,), tfidf=False, **settings)

    def _with_encoders(self, modality: Modality, chosen: tuple[str, ...]) -> ModelFlags:
        if modality is Modality.TEXT:
            return replace(self, text_encoders=chosen)
        return replace(self, image_encoders=chosen)

    def _seeded(self, name: str, split: str, seed: int) -> Classifier:
        return self.classifier(name, split=split, seed=seed)


def encoder_options(command: Command) -> Command:
    """--text-encoder and --image-encoder, both as often as wanted."""
    image = _encoder_option("image", MINI_IMAGE, "A picture encoder")
    text = _encoder_option("text", MINI_TEXT, "A text encoder, next to TF-IDF")
    return text(image(command))


def _encoder_option(kind: str, default: str, text: str) -> Callable[[Command], Command]:
    return click.option(
        f"--{kind}-encoder",
        f"{kind}_encoders",
        multiple=True,
        default=(default,),
        show_default=True,
        callback=_but_none,
        metavar="ID|DIR",
        help=f'{text}: a local folder, a repo id of the Hugging Face hub, or "none".',
    )


def _but_none(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name != "none")


def split_option(command: Command) -> Command:
    """--split, and --seed."""
    seed = click.option("--seed", default=0, show_default=True, help="For everything random.")
    split = click.option(
        "--split",
        default="near-duplicates",
        show_default=True,
        metavar="HOW",
        help='What stays in one fold: "near-duplicates", "random" (nothing), or the products'
        " that share a value of a column, such as the brand.",
    )
    return split(seed(command))


def network_options(command: Command) -> Command:
    """The options of networks, handed on as `flags` together with the encoders."""

    @wraps(command)
    def with_flags(**given: Any) -> Any:
        flags = ModelFlags(**{name: given.pop(name) for name in ModelFlags.__annotations__})
        return command(flags=flags, **given)

    wrapped: Command = with_flags
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def recipe_names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Names with commas between them, each a recipe; empty where the option was not given."""
    names = names_in(value)
    if value is not None and not names:
        raise click.BadParameter(f"no recipe is named; choose from {', '.join(NAMES)}")
    unknown = next((name for name in names if name not in NAMES), None)
    if unknown:
        raise click.BadParameter(f"there is no recipe {unknown!r}; choose from {', '.join(NAMES)}")
    return names


def encoder_names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Names with commas between them, each an encoder; empty where the option was not given."""
    names = names_in(value)
    if value is not None and not names:
        raise click.BadParameter("no encoder is named; give folders or repo ids, such as A,B")
    return names


def names_in(value: str | None) -> tuple[str, ...]:
    """The names in a list with commas, each once."""
    names = (name.strip() for name in (value or "").split(","))
    return tuple(dict.fromkeys(filter(None, names)))


def splits_of(split: str) -> tuple[str, ...]:
    """The classic random split, and the one that was asked for."""
    return tuple(dict.fromkeys(("random", split)))


_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option(
        "--glove",
        type=TABLE,
        metavar="FILE",
        help="GloVe's word vectors, for networks that read texts.  [default: glove.6B.100d.txt]",
    ),
    click.option(
        "--backbone",
        metavar="ID|DIR",
        help="The frozen network under those that see pictures.  [default: MobileNet v1"
        " from the Hugging Face hub]",
    ),
    click.option(
        "--augment",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Train on N altered versions of each picture, too.",
    ),
    click.option(
        "--epochs",
        type=click.IntRange(min=1),
        metavar="N",
        help="The most epochs.  [default: 50]",
    ),
    click.option(
        "--rate", type=float, metavar="RATE", help="The learning rate.  [default: 0.0001]"
    ),
    click.option("--balanced", is_flag=True, help="Give all categories the same weight."),
    click.option("--tune-words", is_flag=True, help="Train the word vectors, too."),
    click.option(
        "--device",
        type=click.Choice(recipes.DEVICES),
        default="auto",
        show_default=True,
        help="Where to train.",
    ),
)
