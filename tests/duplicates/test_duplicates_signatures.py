from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aisle.duplicates.signatures import NearDuplicateSettings, Signature, sign

LISTING = [f"word{number}" for number in range(60)]
SETTINGS = NearDuplicateSettings()

BUCKETS = [-6867184827108512382, -5336366645329731513]
PICTURE_BUCKETS = [-7169477088682172469, -5489994940472774293]


def picture(seed: int, noise: float = 0.0) -> Image.Image:
    """A picture of its own; with some noise it is nearly the same."""
    random = np.random.default_rng(seed)
    pixels = np.kron(random.integers(30, 225, (6, 6, 3)), np.ones((8, 8, 1)))
    return Image.fromarray((pixels + random.normal(0, noise, pixels.shape)).astype(np.uint8))


def share_a_bucket(a: Signature, b: Signature) -> bool:
    return bool(set(a.buckets()) & set(b.buckets()))


def test_texts_that_differ_in_few_words_are_near() -> None:
    one = sign(" ".join(LISTING))
    for changed in (1, 2):
        other = sign(" ".join([*LISTING[changed:], "another"]).upper())
        assert one.is_near(other, SETTINGS)
        assert share_a_bucket(one, other)


def test_other_texts_are_not_near() -> None:
    one = sign(" ".join(LISTING))
    assert not one.is_near(sign(" ".join([*LISTING[:30], *"abcdefghij"])), SETTINGS)
    assert not sign("red cotton shirt").is_near(sign("blue steel mug"), SETTINGS)


def test_the_overlap_is_estimated_well() -> None:
    """Sets of 200 words each that share 175 or 193 of them; the limit is an overlap of 0.85."""
    random = np.random.default_rng(0)
    near = {}
    for shared in (175, 193):
        hits = 0
        for _ in range(40):
            words = random.choice(10**6, 400 - shared, replace=False).astype(str)
            first, second = words[:200], np.concatenate([words[:shared], words[200:]])
            hits += sign(" w".join(first)).is_near(sign(" w".join(second)), SETTINGS)
        near[shared] = hits
    assert 175 / 225 < SETTINGS.word_overlap < 193 / 207
    assert near[175] <= 4
    assert near[193] >= 36


def test_a_picture_with_some_noise_or_of_another_size_is_near() -> None:
    one = sign("", picture(1))
    for other in (picture(1, noise=2), picture(1).resize((96, 96), Image.Resampling.NEAREST)):
        assert one.is_near(sign("", other), SETTINGS)
        assert share_a_bucket(one, sign("", other))


def test_other_pictures_are_not_near() -> None:
    signed = [sign("", picture(seed)) for seed in range(20)]
    assert not any(a.is_near(b, SETTINGS) for row, a in enumerate(signed) for b in signed[:row])


@pytest.mark.parametrize("text", ["", "one two", "! ? . a b c"])
@pytest.mark.parametrize("image", [None, Image.new("RGB", (40, 40), "white")])
def test_nothing_to_recognise(text: str, image: Image.Image | None) -> None:
    one = sign(text, image)
    assert list(one.buckets()) == []
    assert not one.is_near(one, SETTINGS)


def test_buckets_stay_as_they_are_kept_in_databases() -> None:
    """Fails where a change would make products in existing databases unfindable."""
    assert sorted(sign("blue cotton shirt").buckets())[:2] == BUCKETS
    thumbnail = np.tile(np.array([-100, 0, 100, 50], dtype=np.int8), 192)
    assert sorted(Signature(None, thumbnail).buckets())[:2] == PICTURE_BUCKETS


@given(st.text(max_size=160))
def test_any_text_can_be_signed(text: str) -> None:
    one, again = sign(text), sign(text)
    assert list(one.buckets()) == list(again.buckets())
    assert one.words is None or one.is_near(again, SETTINGS)
