"""The word pieces: those of the teacher that matter, and whole words that products use."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from tokenizers import Tokenizer

SPECIAL = ("[PAD]", "[UNK]")
"""The first pieces of every vocabulary; no text is made of them."""

_CONTINUES = "##"


def make_tokenizer(teacher: Tokenizer, texts: Sequence[str], size: int, rare: int) -> Tokenizer:
    """A WordPiece tokenizer that leaves words of these texts whole where the teacher's cuts them.

    Its pieces are, until there are enough: letters, words the teacher cuts, pieces of the teacher
    that these texts use, and all others, for products of other kinds; each in the order of
    frequency. Only ASCII pieces are taken, so other scripts are unknown.

    Args:
        teacher: a WordPiece tokenizer whose pieces are numbered in the order of frequency.
        texts: the texts that the student is to know.
        size: the number of pieces, without `SPECIAL`.
        rare: words in fewer texts than this get no piece of their own.
    """
    pieces = [piece for piece in pieces_of(teacher) if piece.isascii() and piece[0] != "["]
    words = _texts_with_word(teacher, texts)
    letters = [piece for piece in pieces if len(piece.removeprefix(_CONTINUES)) == 1]
    uncut = set(pieces)
    whole = [
        word
        for word, count in words.most_common()
        if count >= rare and word not in uncut and word.isascii() and word.isalpha()
    ]
    used = [piece for piece, _ in _uses(teacher, words).most_common() if piece in uncut]
    chosen = list(dict.fromkeys([*letters, *whole, *used, *pieces]))[:size]
    return _with_pieces(teacher, [*SPECIAL, *sorted(chosen)])


def pieces_of(tokenizer: Tokenizer) -> list[str]:
    """All pieces in the order of their numbers."""
    numbers = tokenizer.get_vocab()
    return sorted(numbers, key=numbers.__getitem__)


def spoken(piece: str) -> str:
    """A piece as a text of its own."""
    return piece.removeprefix(_CONTINUES)


def _texts_with_word(tokenizer: Tokenizer, texts: Sequence[str]) -> Counter[str]:
    count: Counter[str] = Counter()
    for text in texts:
        normal = tokenizer.normalizer.normalize_str(text)
        words = (word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal))
        count.update(list(dict.fromkeys(words)))
    return count


def _uses(tokenizer: Tokenizer, words: Counter[str]) -> Counter[str]:
    count: Counter[str] = Counter()
    for word, texts in words.items():
        for piece in tokenizer.encode(word, add_special_tokens=False).tokens:
            count[piece] += texts
    return count


def _with_pieces(tokenizer: Tokenizer, pieces: Sequence[str]) -> Tokenizer:
    layout = json.loads(tokenizer.to_str())
    layout["model"]["vocab"] = {piece: number for number, piece in enumerate(pieces)}
    layout["added_tokens"] = [
        {**token, "id": SPECIAL.index(token["content"])}
        for token in layout["added_tokens"]
        if token["content"] in SPECIAL
    ]
    layout.update(post_processor=None, truncation=None, padding=None)
    return Tokenizer.from_str(json.dumps(layout))
