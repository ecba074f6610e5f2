"""The groups of a table, and those of products that come one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

from aisle.duplicates.groups import group_near_duplicates
from aisle.duplicates.index import NearDuplicates
from aisle.duplicates.signatures import PIXELS, NearDuplicateSettings, sign, word_codes

SETTINGS = NearDuplicateSettings()


def texts(seed: int, count: int = 80, copies: int = 40) -> list[str]:
    """Texts of random words, some of them copied with a few words of 40 changed."""
    random = np.random.default_rng(seed)
    words = random.integers(300, size=(count, 40)).tolist()
    for row in random.integers(count, size=copies).tolist():
        words.append([*words[row][random.integers(6) :], *random.integers(300, size=2).tolist()])
    return ["all share this " + " ".join(f"w{word}" for word in one) for one in words]


def thumbnails(seed: int, count: int = 80, copies: int = 40) -> list[NDArray[np.int8]]:
    """Random thumbnails, some of them copied with noise: near the limit on both sides."""
    random = np.random.default_rng(seed)
    pixels = random.normal(0, 40, (count, PIXELS))
    noise = random.uniform(2, 8, (copies, 1)) * random.normal(0, 1, (copies, PIXELS))
    near = pixels[random.integers(count, size=copies)] + noise
    return list(np.clip(np.vstack([pixels, near]), -127, 127).astype(np.int8))


def grouped(some: Sequence[str]) -> list[int]:
    return group_near_duplicates([word_codes(text) for text in some], [None] * len(some)).tolist()


def check(found: Sequence[int], near: NDArray[np.bool_]) -> None:
    """Whether the groups are those of a comparison of all with all, but for two pairs at most."""
    wanted = connected_components(csr_array(near))[1].tolist()
    assert 80 <= len(set(wanted)) < 110
    assert len(set(zip(found, wanted, strict=True))) == len(set(found))
    assert len(set(found)) <= len(set(wanted)) + 2


@pytest.mark.parametrize("seed", range(3))
def test_words_as_scikit_learn_weighs_them(seed: int) -> None:
    vectors = TfidfVectorizer(sublinear_tf=True).fit_transform(texts(seed)).toarray()
    check(grouped(texts(seed)), vectors @ vectors.T >= SETTINGS.word_cosine)


@pytest.mark.parametrize("seed", range(3))
def test_pictures_as_a_comparison_of_all_with_all(seed: int) -> None:
    pictures = thumbnails(seed)
    nothing = [word_codes("")] * len(pictures)
    near = np.corrcoef(np.array(pictures, np.float64)) >= SETTINGS.picture_correlation
    check(group_near_duplicates(nothing, pictures).tolist(), near)


def test_what_all_products_say_makes_no_near_duplicates() -> None:
    """On their own, without the words of the others, the two would be."""
    shared = " ".join(f"shop{number}" for number in range(40))
    items = [f"{shared} item{number} word{number}" for number in range(60)]
    assert sign(items[0]).is_near(sign(items[1]), SETTINGS)
    assert len(set(grouped(items))) == 60


def test_words_and_pictures_chain() -> None:
    words = [word_codes(text) for text in ("red shirt", "shirt red", "green hat", "silk")]
    first, second = thumbnails(0, count=2, copies=0)
    groups = group_near_duplicates(words, [first, second, second, None]).tolist()
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_more_copies_than_the_reach_are_one_group() -> None:
    assert len(set(grouped(["a red cotton shirt"] * 300))) == 1


@pytest.mark.parametrize("count", [0, 1, 3])
def test_products_of_which_nothing_is_known_are_alone(count: int) -> None:
    assert grouped(["! a"] * count) == list(range(count))


def test_a_product_joins_the_oldest_group_that_it_is_near() -> None:
    found = NearDuplicates()
    signed = [sign(text) for text in texts(0, count=20, copies=0)]
    for group, one in enumerate(signed):
        assert found.find(one) is None
        found.add(group, one)
    found.add(20, signed[7])
    assert found.find(signed[7]) == 7


def test_a_group_does_not_drift() -> None:
    """Each text is near the one before it, but all are compared with the first."""
    words = [f"word{number}" for number in range(60)]
    chain = [" ".join(words[step : step + 40]) for step in range(20)]
    found = NearDuplicates()
    found.add(0, sign(chain[0]))
    assert found.find(sign(chain[1])) == 0
    assert found.find(sign(chain[-1])) is None
    assert len(set(grouped(chain))) == 1


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
