"""The groups of a table, and those of products that come one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from aisle.duplicates.groups import group_near_duplicates
from aisle.duplicates.index import NearDuplicates
from aisle.duplicates.signatures import PIXELS, NearDuplicateSettings, Signature, sign

SETTINGS = NearDuplicateSettings()


def texts(seed: int, count: int = 80, copies: int = 40) -> list[Signature]:
    """Texts of random words, some of them copied with up to two words of 40 changed."""
    random = np.random.default_rng(seed)
    words = random.integers(300, size=(count, 40)).tolist()
    for row in random.integers(count, size=copies).tolist():
        words.append([*words[row][random.integers(3) :], *random.integers(300, size=2).tolist()])
    return [sign(" ".join(f"w{word}" for word in one)) for one in words]


def thumbnails(seed: int, count: int = 80, copies: int = 40) -> list[Signature]:
    """Random thumbnails, some of them copied with noise: near the limit on both sides."""
    random = np.random.default_rng(seed)
    pixels = random.normal(0, 40, (count, PIXELS))
    noise = random.uniform(2, 8, (copies, 1)) * random.normal(0, 1, (copies, PIXELS))
    near = pixels[random.integers(count, size=copies)] + noise
    values = np.clip(np.vstack([pixels, near]), -127, 127).astype(np.int8)
    return [Signature(None, one) for one in values]


def by_brute_force(signatures: list[Signature]) -> NDArray[np.intp]:
    near = [[a.is_near(b, SETTINGS) for a in signatures] for b in signatures]
    return np.asarray(connected_components(csr_array(np.array(near)))[1])


@pytest.mark.parametrize("made", [texts, thumbnails])
@pytest.mark.parametrize("seed", range(3))
def test_as_brute_force(made, seed: int) -> None:
    signatures = made(seed)
    found, wanted = group_near_duplicates(signatures), by_brute_force(signatures)
    joint = set(zip(found.tolist(), wanted.tolist(), strict=True))
    assert len(joint) == len(set(found.tolist()))  # nothing is joined that brute force keeps apart
    assert 80 <= len(set(wanted.tolist())) < 104
    assert len(set(found.tolist())) <= len(set(wanted.tolist())) + 2


def test_words_and_pictures_chain() -> None:
    shirt, hat, scarf = (sign(text).words for text in ("a red shirt of cotton", "b c", "silk"))
    first, second = (one.picture for one in thumbnails(0, count=2, copies=0))
    signatures = [Signature(shirt, first), Signature(shirt, second), Signature(hat, second)]
    groups = group_near_duplicates([*signatures, Signature(scarf, None)]).tolist()
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_more_copies_than_the_reach_are_one_group() -> None:
    assert len(set(group_near_duplicates([sign("a red cotton shirt")] * 300).tolist())) == 1


@pytest.mark.parametrize("count", [0, 1, 3])
def test_products_of_which_nothing_is_known_are_alone(count: int) -> None:
    assert group_near_duplicates([Signature(None, None)] * count).tolist() == list(range(count))


def test_a_product_joins_the_oldest_group_that_it_is_near() -> None:
    found = NearDuplicates()
    for group, one in enumerate(texts(0, count=20, copies=0)):
        assert found.find(one) is None
        found.add(group, one)
    again = texts(0, count=20, copies=0)[7]
    found.add(20, again)
    assert found.find(again) == 7


def test_a_group_does_not_drift() -> None:
    """Each text is near the one before it, but all are compared with the first."""
    words = [f"word{number}" for number in range(60)]
    chain = [sign(" ".join(words[step : step + 40])) for step in range(20)]
    found = NearDuplicates()
    found.add(0, chain[0])
    assert found.find(chain[1]) == 0
    assert found.find(chain[-1]) is None
    assert len(set(group_near_duplicates(chain).tolist())) == 1


def test_a_full_bucket_is_searched_only_within_the_reach() -> None:
    found = NearDuplicates(NearDuplicateSettings(reach=3))
    one = sign("a red cotton shirt")
    for group in range(10):
        found.add(group, one)
    assert found.find(one) == 7


def test_buckets_that_are_known_are_used() -> None:
    found, one = NearDuplicates(), sign("a red cotton shirt")
    found.add(0, one, buckets=[1, 2])
    assert found.find(one) is None
    found.add(1, one, buckets=list(one.buckets())[:1])
    assert found.find(one) == 1
