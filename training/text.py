"""Trains aisle-mini-text: `python -m training.text --data DIR --models DIR --work DIR`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from aisle.encoders.cache import VectorCache
from aisle.encoders.embedding import embed_texts
from aisle.encoders.text import OnnxTextEncoder
from training.command import read_folders
from training.text_bags import Array, bags_of
from training.text_corpus import read_corpus
from training.text_folder import write_folder, zipped_size
from training.text_student import TextTargets, Training, learn
from training.text_targets import Axes, telling
from training.text_vocabulary import make_tokenizer, pieces_of, spoken

TEACHER = "all-MiniLM-L6-v2"
VOCABULARY = 22_000
RARE = 5
DIMENSIONS = 256
TRAINING = Training(epochs=8, batch=512, rate=2e-3, dropout=0.4)
STEPS = 2.5


def main() -> None:
    """The teacher reads, the student learns, the folder is written."""
    folders = read_folders(__doc__, Path("src/aisle/pack/mini-text"))
    teacher = Teacher(folders.models / TEACHER, folders.work)
    tokenizer, vectors = distil(folders.data, teacher)
    write_folder(folders.to, tokenizer, vectors, STEPS)
    print(f"{folders.to}: {vectors.shape}, {zipped_size(folders.to) / 1e6:.2f} MB zipped")


class Teacher:
    """A sentence encoder that remembers what it has read.

    Args:
        root: its folder.
        work: where its vectors are kept.
    """

    def __init__(self, root: Path, work: Path) -> None:
        self._encoder = OnnxTextEncoder(root)
        self._cache = VectorCache(self._encoder.fingerprint, work)
        self.tokenizer = Tokenizer.from_file(str(root / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def read(self, texts: Sequence[str]) -> Array:
        """(n, d) vectors."""
        return embed_texts(self._encoder, texts, self._cache).vectors


def distil(data: Path, teacher: Teacher) -> tuple[Tokenizer, Array]:
    """The tokenizer and the vectors of its pieces."""
    corpus = read_corpus(data)
    texts = [text for text, out in zip(corpus.texts, corpus.held_out, strict=True) if not out]
    tokenizer = make_tokenizer(teacher.tokenizer, texts, VOCABULARY, RARE)
    pieces = pieces_of(tokenizer)
    bags = bags_of(tokenizer, texts)
    said = teacher.read(texts)
    axes = Axes(said, DIMENSIONS)
    alone = axes(teacher.read([spoken(piece) for piece in pieces]))
    start = alone * telling(bags, len(pieces))
    return tokenizer, learn(start, TextTargets(bags, axes(said)), TRAINING)


if __name__ == "__main__":
    main()
