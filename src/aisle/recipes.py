"""Which networks there are, and how they are trained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from aisle.errors import InputError, MissingExtraError
from aisle.schema import Modality, Product, modality_set_name

DEVICES = ("auto", "cpu", "cuda")

NETWORKS = {
    "bilstm-glove": frozenset({Modality.TEXT}),
    "mobilenet": frozenset({Modality.IMAGE}),
    "bilstm-mobilenet": frozenset({Modality.TEXT, Modality.IMAGE}),
}
"""What each network looks at."""

MOBILENET = "google/mobilenet_v1_1.0_224@refs/pr/1"
"""The revision of the hub's repo that holds its weights as safetensors; main has only a pickle."""

GLOVE = "glove.6B.100d.txt"
"""The name of the word vectors that the networks' first author used."""

_MOST_VIEWS = 20


@dataclass(frozen=True)
class NetworkSize:
    """The size of a network; by default that of the networks' first author.

    Attributes:
        units: of the LSTM in each direction.
        width: of the dense layer on each input.
        dropout: the share of values that are dropped in training.
    """

    units: int = 512
    width: int = 256
    dropout: float = 0.3


@dataclass(frozen=True)
class Training:
    """The settings of a training; by default those of the networks' first author.

    Attributes:
        rate: the learning rate of Adam at the start.
        batch: rows a step.
        epochs: the most passes over the training rows.
        patience: epochs without a lower validation loss after which training stops.
        balanced: whether each category has the same weight, rather than each row.
        tuned_words: whether word vectors are trained too, rather than frozen.
        device: "cpu", "cuda", or "auto" for the GPU where there is one.
        checkpoint_seconds: the least time between two states that are kept on disk; one is up to
            four times as large as the network.
    """

    rate: float = 1e-4
    batch: int = 64
    epochs: int = 50
    patience: int = 3
    balanced: bool = False
    tuned_words: bool = False
    device: str = "auto"
    checkpoint_seconds: float = 20.0

    def check(self) -> None:
        """Checks the settings.

        Raises:
            InputError: a network cannot be trained with them.
        """
        if self.epochs < 1 or self.batch < 2 or self.patience < 1:
            raise InputError(
                f"epochs {self.epochs}, batch {self.batch}, patience {self.patience}:"
                " at least 1, 2 and 1 were expected"
            )
        if not 0 < self.rate < 1:
            raise InputError(f"rate is {self.rate}; a value between 0 and 1 was expected")
        if self.device not in DEVICES:
            raise InputError(f"device is {self.device!r}; {', '.join(DEVICES)} were expected")


@dataclass(frozen=True)
class NetworkRecipe:
    """A network and what it is made of.

    Attributes:
        name: one of `NETWORKS`.
        glove: the file of word vectors, for a network that reads texts.
        backbone: the frozen network under one that sees pictures: a folder or a repo id.
        views: the number of augmented versions of each picture that are trained on too.
        training: how it is trained.
        size: how large it is.
    """

    name: str
    glove: str = GLOVE
    backbone: str = MOBILENET
    views: int = 0
    training: Training = Training()
    size: NetworkSize = NetworkSize()

    @property
    def needs(self) -> frozenset[Modality]:
        """What the network looks at."""
        return NETWORKS[self.name]

    def check(self) -> None:
        """Checks that there is such a network, and all that it needs.

        Raises:
            InputError: there is not.
            MissingExtraError: torch is not installed.
        """
        if self.name not in NETWORKS:
            raise InputError(
                f"there is no network {self.name!r}; {', '.join(NETWORKS)} were expected"
            )
        require_torch()
        if Modality.TEXT in self.needs and not Path(self.glove).exists():
            raise InputError(
                f"{self.name} needs word vectors, and there is no file {self.glove!r}; name one"
                " with --glove (nlp.stanford.edu/projects/glove has them)"
            )
        if not 0 <= self.views <= _MOST_VIEWS:
            raise InputError(f"views is {self.views}; 0 to {_MOST_VIEWS} were expected")
        self.training.check()

    def check_products(self, products: Iterable[Product]) -> None:
        """Checks that some labelled product has all that the network looks at.

        Raises:
            InputError: none has.
        """
        if not any(product.category and self.needs <= product.modalities for product in products):
            wanted = modality_set_name(self.needs).replace(" + ", " and ")
            flags = " and ".join(f"--{modality}" for modality in Modality if modality in self.needs)
            raise InputError(
                f"{self.name} looks at {wanted}, and no product with a category has that; name the"
                f" columns with {flags}"
            )


def require_torch() -> None:
    """Checks that networks can be trained here.

    Raises:
        MissingExtraError: they cannot.
    """
    if find_spec("torch") is None or find_spec("onnx") is None:
        raise MissingExtraError("torch", "torch")
