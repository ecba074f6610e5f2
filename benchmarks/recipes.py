"""The classic networks and aisle's own ensemble: train, validation and test micro-F1.

The 1,050 set with text and pictures, and the 20,000 products with ten labels by text, each split at
random (four fifths, of which a network keeps a fifth for validation) and by near-duplicates. Word
vectors stand in for GloVe: 100 dimensions, trained by gensim's word2vec on the texts of all
products but those of the test part.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.data.splits import split
from aisle.evaluation.compare_recipes import compare_recipes
from aisle.evaluation.report import write_recipes
from aisle.networks.vocabulary import open_lemmatizer, split_words, stop_words
from aisle.recipes import NETWORKS, NetworkRecipe
from benchmarks.common import MINILM, MOBILENET, VIT, all_products, subset_1050, ten_labels

SEEDS = (42, 43, 44)
SPLITS = ("random", "near-duplicates")
FULL = os.environ.get("AISLE_PAGES")
"""A folder for the pages with the learning curves."""


def main() -> None:
    corpus = all_products()
    with tempfile.TemporaryDirectory() as folder:
        vectors = StandIns(corpus, Path(folder))
        run("1,050 products, seven categories", subset_1050(), vectors, tuple(NETWORKS), SEEDS)
        texts = ten_labels(("title", "description"))
        run("20,000 products, ten labels", texts, vectors, ("bilstm-glove",), SEEDS[:1])


def run(
    title: str,
    products: Products,
    vectors: StandIns,
    networks: Sequence[str],
    seeds: Sequence[int],
) -> None:
    """Prints the table of each way of splitting."""
    for by in SPLITS:
        recipes: dict[str, Callable[[int], Classifier]] = {
            name: lambda seed, name=name, by=by: Classifier(
                (),
                (),
                networks=(
                    NetworkRecipe(name, str(vectors.file(products, by, seed)), str(MOBILENET)),
                ),
                tfidf=False,
                split=by,
                seed=seed,
            )
            for name in networks
        }
        recipes["default"] = lambda seed, by=by: Classifier(split=by, seed=seed)
        recipes["default, larger encoders"] = lambda seed, by=by: Classifier(
            (MINILM,), (VIT,), split=by, seed=seed
        )
        found = compare_recipes(products, recipes, by=(by,), seeds=seeds)
        print(f"\n### {title}\n\n{found}", flush=True)
        if FULL:
            write_recipes(found, Path(FULL, f"{len(products)}-{by}.html"))


class StandIns:
    """Word vectors in GloVe's format, trained on what is not tested."""

    def __init__(self, corpus: Products, folder: Path) -> None:
        self._folder = folder
        lemmatizer, stop = open_lemmatizer(), stop_words()
        lemma = lemmatizer.lemma if lemmatizer else str
        self._texts = {
            one.id: [lemma(word) for word in split_words(one.text) if word not in stop]
            for one in corpus
        }

    def file(self, products: Products, by: str, seed: int) -> Path:
        """The vectors for one split of some products."""
        from gensim.models import Word2Vec

        path = self._folder / f"{len(products)}-{by}-{seed}.100d.txt"
        if not path.exists():
            _, test = split(products, by=by, test_size=0.2, seed=seed)
            tested = {one.id for one in test}
            texts = [words for key, words in self._texts.items() if key not in tested]
            model = Word2Vec(
                texts,
                vector_size=100,
                window=8,
                min_count=2,
                sg=1,
                negative=10,
                epochs=10,
                workers=2,
            )
            words = model.wv.index_to_key
            rows = (f"{word} {' '.join(f'{x:.5f}' for x in model.wv[word])}\n" for word in words)
            path.write_text("".join(rows), "utf-8")
        return path


if __name__ == "__main__":
    main()
