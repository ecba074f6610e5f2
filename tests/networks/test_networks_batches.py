from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="networks are made with torch (the extra torch)")

from aisle.networks.batches import Material, drawn
from aisle.networks.inputs import rows_with

BLOCK = 16
"""Batches that are sorted together."""


def material(rows, train=None, views=1, lengths=None):
    """Maps and tokens tell the row, and maps the view; each row is a category of its own."""
    numbers = np.arange(rows)
    lengths = np.full(rows, 2) if lengths is None else lengths
    tokens = np.where(
        np.arange(max(lengths)) < np.reshape(lengths, (-1, 1)), numbers[:, None] + 1, 0
    )
    fields = [
        {
            "tokens": tokens.astype(np.int32),
            "maps": np.stack([numbers, np.full(rows, view)], 1).astype(np.float16),
        }
        for view in range(views)
    ]
    train = numbers if train is None else train
    return Material([rows_with(one) for one in fields], numbers, rows, train, numbers[:1])


def epoch(given, size, seed=0):
    return list(drawn(given, size, np.random.default_rng(seed)))


def rows_of(batches):
    return [row for _, labels in batches for row in labels.tolist()]


@given(st.integers(2, 150), st.integers(2, 9), st.integers(1, 3), st.integers(0, 99))
def test_each_training_row_comes_once_an_epoch_in_batches_of_two_or_more(n, size, views, seed):
    train = np.arange(0, 2 * n, 2)
    batches = epoch(material(2 * n, train, views), size, seed)
    rows = rows_of(batches)
    alone = n % (size * BLOCK) == 1
    assert len(rows) == len(set(rows)) == n - alone
    assert set(rows) <= set(train.tolist())
    assert all(2 <= len(labels) <= size + 1 for _, labels in batches)


def test_two_rows_are_a_batch():
    assert sorted(rows_of(epoch(material(2), 64))) == [0, 1]


def test_no_row_is_left_out_for_being_the_longest():
    given = material(9, lengths=np.arange(1, 10))
    assert sorted(rows_of(epoch(given, 4))) == list(range(9))


def test_a_row_left_out_is_another_one_in_each_epoch():
    size, n = 2, 2 * BLOCK + 1
    left = {min(set(range(n)) - set(rows_of(epoch(material(n), size, seed)))) for seed in range(30)}
    assert len(left) > 10


def test_inputs_and_labels_stay_together():
    for (tokens, maps), labels in epoch(material(50, views=3), 8):
        assert tokens[:, 0].tolist() == [label + 1 for label in labels.tolist()]
        assert maps[:, 0].tolist() == labels.tolist()


def test_each_epoch_has_an_order_of_its_own_and_a_seed_repeats_it():
    given = material(50)
    assert rows_of(epoch(given, 8, seed=1)) == rows_of(epoch(given, 8, seed=1))
    assert rows_of(epoch(given, 8, seed=1)) != rows_of(epoch(given, 8, seed=2))


def test_texts_of_like_length_share_a_batch_within_a_block():
    lengths = np.random.default_rng(0).integers(1, 60, 4 * BLOCK)
    batches = epoch(material(len(lengths), lengths=lengths), 4)
    spans = sorted((min(lengths[labels]), max(lengths[labels])) for _, labels in batches)
    assert len(spans) == BLOCK
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for (tokens, _), labels in batches:
        assert tokens.shape[1] == max(lengths[labels])


def test_short_batches_do_not_always_come_first():
    given = material(64, lengths=np.arange(1, 65))
    firsts = {rows_of(epoch(given, 4, seed))[0] // 4 for seed in range(20)}
    assert len(firsts) > 5


@pytest.mark.parametrize("views", [1, 2, 4])
def test_views_are_drawn_about_equally(views):
    given = material(3000, views=views)
    counts = Counter(
        view for (_, maps), _ in epoch(given, 64) for view in maps[:, 1].int().tolist()
    )
    assert set(counts) == set(range(views))
    assert min(counts.values()) > 0.85 * 3000 / views


def test_a_row_is_seen_in_another_view_later():
    given = material(100, views=2)
    first, second = (
        {int(row): int(view) for (_, maps), _ in epoch(given, 10, seed) for row, view in maps}
        for seed in (1, 2)
    )
    assert 25 < sum(first[row] != second[row] for row in range(100)) < 75
