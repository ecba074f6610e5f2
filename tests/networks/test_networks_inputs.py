import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aisle.networks.inputs import cut, rows_with


def texts(lengths, longest):
    """Rows of so many words, then zeros."""
    tokens = np.zeros((len(lengths), longest), np.int32)
    for row, length in enumerate(lengths):
        tokens[row, :length] = np.arange(1, length + 1)
    return tokens


def test_rows_keep_all_fields_in_their_order():
    tokens, maps = texts([2, 0, 3], 4), np.arange(15, dtype=np.float16).reshape(3, 5)
    rows = rows_with({"tokens": tokens, "maps": maps})
    assert rows.shape == (3,)
    assert rows.dtype.names == ("tokens", "maps")
    np.testing.assert_array_equal(rows["tokens"], tokens)
    np.testing.assert_array_equal(rows[[2, 0]]["maps"], maps[[2, 0]])


def test_networks_take_fields_in_the_same_order_and_maps_in_full_precision():
    maps = np.arange(6, dtype=np.float16).reshape(2, 3)
    fields = cut(rows_with({"tokens": texts([2, 1], 4), "maps": maps}))
    assert list(fields) == ["tokens", "maps"]
    assert fields["tokens"].dtype == np.int32
    assert fields["maps"].dtype == np.float32
    np.testing.assert_array_equal(fields["maps"], maps)


@given(st.lists(st.integers(0, 7), max_size=6), st.integers(7, 9))
def test_texts_are_cut_after_the_longest_and_lose_no_word(lengths, width):
    tokens = texts(lengths, width)
    found = cut(rows_with({"tokens": tokens}))["tokens"]
    kept = max([1, *lengths])
    np.testing.assert_array_equal(found, tokens[:, :kept])
    assert found.shape == (len(lengths), kept)
    assert found.flags.c_contiguous
