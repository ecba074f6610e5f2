"""What a command fits: aisle's own ensemble, or a classic network to compare it with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aisle.cli.column_options import TABLE, Command
from aisle.networks.recipes import DEVICES, NETWORKS
from aisle.pack import MINI_IMAGE, MINI_TEXT

if TYPE_CHECKING:
    from aisle.classifier import Classifier
    from aisle.data.products import Products

DEFAULT = "default"
NAMES = (DEFAULT, *NETWORKS)
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
        from aisle.lessons import check_needs

        makers: dict[str, Callable[[int], Classifier]] = {}
        for name in names:
            for recipe in self.classifier(name).networks:
                check_needs(recipe, products.labelled())
            makers[name] = partial(self._seeded, name, split)
        return makers

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
        from aisle.networks import require_torch
        from aisle.networks.recipes import GLOVE, MOBILENET, NetworkRecipe, Training

        require_torch()
        training = Training(
            rate=Training.rate if self.rate is None else self.rate,
            epochs=Training.epochs if self.epochs is None else self.epochs,
            balanced=self.balanced,
            tuned_words=self.tune_words,
            device=self.device,
        )
        recipe = NetworkRecipe(
            name,
            glove=str(self.glove or GLOVE),
            backbone=self.backbone or MOBILENET,
            views=self.augment,
            training=training,
        )
        recipe.check()
        return Classifier((), (), networks=(recipe,), tfidf=False, **settings)

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
    names = tuple(name.strip() for name in (value or "").split(",") if name.strip())
    if value is not None and not names:
        raise click.BadParameter(f"no recipe is named; choose from {', '.join(NAMES)}")
    unknown = next((name for name in names if name not in NAMES), None)
    if unknown:
        raise click.BadParameter(f"there is no recipe {unknown!r}; choose from {', '.join(NAMES)}")
    return tuple(dict.fromkeys(names))


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
        type=click.Choice(DEVICES),
        default="auto",
        show_default=True,
        help="Where to train.",
    ),
)
