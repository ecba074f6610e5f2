"""What frozen vectors show of seven categories: logistic regression on the 1,050 set, 5-fold.

Vectors are standardised; one strength of regularisation serves all encoders. Of three products in
ten the small picture network has never seen a picture: the last column is fitted on the other
seven and measured on these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aisle.data.products import Products
from aisle.encoders.embedding import Embedded, embed_images, embed_texts
from aisle.encoders.image import OnnxImageEncoder, PictureDescriptor
from aisle.encoders.text import open_text_encoder
from aisle.pack import MINI_IMAGE, MINI_TEXT, packed
from benchmarks.common import (
    MINILM,
    MOBILENET,
    POTION,
    VIT,
    labels_of,
    print_table,
    spread,
    subset_1050,
)
from training.photos import is_held_out
from training.probing import accuracy_in_folds, accuracy_on

SEEDS = range(5)
TEXT_STRENGTH, IMAGE_STRENGTH = 0.1, 0.01


@dataclass(frozen=True)
class Case:
    """Vectors of some products, and the inverse regularisation of a regression on them."""

    found: Embedded
    strength: float


def main() -> None:
    products = subset_1050(("title", "description"))
    rows = [(name, *measured(products, make(products))) for name, make in cases().items()]
    header = ("encoder", "rows", "5-fold, 5 seeds", "pictures not distilled on")
    print_table("Logistic regression on frozen vectors, seven categories", header, rows)


def cases() -> dict[str, Callable[[Products], Case]]:
    """Each encoder, read when it is its turn."""
    texts = {"MiniLM int8": MINILM, "potion-base-4M": POTION, "mini-text": packed(MINI_TEXT)}
    networks = {"ViT-tiny": VIT, "MobileNet v1": MOBILENET, "mini-image": packed(MINI_IMAGE)}
    pictures = {name: (lambda root=root: OnnxImageEncoder(root)) for name, root in networks.items()}
    pictures["HOG + HSV histogram"] = PictureDescriptor

    def of_texts(root) -> Callable[[Products], Case]:
        return lambda products: Case(
            embed_texts(open_text_encoder(root), [one.text for one in products]), TEXT_STRENGTH
        )

    def of_pictures(make) -> Callable[[Products], Case]:
        return lambda products: Case(
            embed_images(make(), [one.images[:1] for one in products]), IMAGE_STRENGTH
        )

    return {name: of_texts(root) for name, root in texts.items()} | {
        name: of_pictures(make) for name, make in pictures.items()
    }


def measured(products: Products, case: Case) -> tuple[int, str, str]:
    """Rows, accuracy over folds and seeds, and on products that the encoder never saw."""
    present = np.flatnonzero(case.found.present)
    vectors, labels = case.found.vectors[present], labels_of(products.take(present))
    folds = [accuracy_in_folds(vectors, labels, seed, case.strength) for seed in SEEDS]
    unseen = np.array([is_held_out(products[int(row)].id) for row in present])
    accuracy = accuracy_on(vectors, labels, unseen, case.strength)
    return len(present), spread(folds), f"{accuracy:.4f} ({unseen.sum()} rows)"


if __name__ == "__main__":
    main()
