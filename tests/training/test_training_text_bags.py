import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.text_bags import Bags, unit

VOCABULARY = 7
TEXTS = st.lists(st.lists(st.integers(0, VOCABULARY - 1), max_size=6), min_size=1, max_size=6)


def bags(texts: list[list[int]]) -> Bags:
    pieces = np.array([piece for text in texts for piece in text], dtype=np.int64)
    return Bags(pieces, np.cumsum([0, *map(len, texts)]).astype(np.int64))


def texts_of(given: Bags) -> list[list[int]]:
    return [part.tolist() for part in np.split(given.pieces, given.starts[1:-1])]


@given(TEXTS, st.data())
def test_take_and_keep_do_what_lists_would(texts: list[list[int]], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), min_size=1))
    taken = bags(texts).take(np.array(rows, dtype=np.int64))
    assert texts_of(taken) == [texts[row] for row in rows]
    even = taken.keep(taken.pieces % 2 == 0)
    assert texts_of(even) == [[piece for piece in texts[row] if piece % 2 == 0] for row in rows]


def test_unit_keeps_zeros() -> None:
    vectors = np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32)
    np.testing.assert_allclose(unit(vectors), [[0.6, 0.8], [0, 0]])
