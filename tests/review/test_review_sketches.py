from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_entries import own_text, picture

from aisle.review.sketches import TEXT_JACCARD, Sketch, sketch_of

LISTING = [f"word{number}" for number in range(60)]

BUCKETS = [-6867184827108512382, -5336366645329731513]
PICTURE_BUCKETS = [-7169477088682172469, -5489994940472774293]


def share_a_bucket(a: Sketch, b: Sketch) -> bool:
    return bool(set(a.buckets()) & set(b.buckets()))


def test_texts_that_differ_in_few_words_are_near() -> None:
    one = sketch_of([" ".join(LISTING)], None)
    for changed in (1, 2):
        other = sketch_of([" ".join(LISTING[changed:]).upper(), "another"], None)
        assert one.is_near(other)
        assert share_a_bucket(one, other)


def test_other_texts_are_not_near() -> None:
    one = sketch_of([" ".join(LISTING)], None)
    half = sketch_of([" ".join(LISTING[:30]), own_text("other")], None)
    assert not one.is_near(half)
    assert not sketch_of([own_text("a")], None).is_near(sketch_of([own_text("b")], None))


def test_the_overlap_is_estimated_well() -> None:
    """Sets of 200 words each, of which so many are shared; near from an overlap of 0.85 on."""
    random = np.random.default_rng(0)
    near = {}
    for shared in (175, 193):
        hits = 0
        for _ in range(40):
            words = random.choice(10**6, 400 - shared, replace=False).astype(str)
            first, second = words[:200], np.concatenate([words[:shared], words[200:]])
            hits += sketch_of([" w".join(first)], None).is_near(
                sketch_of([" w".join(second)], None)
            )
        near[shared] = hits
    assert 175 / 225 < TEXT_JACCARD < 193 / 207
    assert near[175] <= 4
    assert near[193] >= 36


def test_a_picture_in_another_format_is_near() -> None:
    one = sketch_of([], picture(1))
    for other in (picture(1, form="JPEG"), picture(1, noise=2)):
        assert one.is_near(sketch_of([], other))
        assert share_a_bucket(one, sketch_of([], other))


def test_other_pictures_are_not_near() -> None:
    looks = [sketch_of([], picture(seed)) for seed in range(20)]
    assert not any(a.is_near(b) for number, a in enumerate(looks) for b in looks[:number])


@pytest.mark.parametrize("texts", [[], ["", ""], ["one two"], ["! ? . a b c"]])
@pytest.mark.parametrize("data", [None, b"", b"no picture"])
def test_nothing_to_tell_by(texts: list[str], data: bytes | None) -> None:
    look = sketch_of(texts, data)
    assert list(look.buckets()) == []
    assert not look.is_near(look)


def test_a_picture_of_one_colour_tells_nothing() -> None:
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(stream, "PNG")
    assert sketch_of([], stream.getvalue()).picture is None


def test_buckets_stay_as_they_are_kept_in_databases() -> None:
    """Fails where a change would make products in existing databases unfindable."""
    assert sorted(sketch_of(["blue cotton shirt"], None).buckets())[:2] == BUCKETS
    thumbnail = np.tile(np.array([-100, 0, 100, 50], dtype=np.int8), 192)
    assert sorted(Sketch(None, thumbnail).buckets())[:2] == PICTURE_BUCKETS


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_text_can_be_looked_at(texts: list[str]) -> None:
    look, again = sketch_of(texts, None), sketch_of(texts, None)
    assert list(look.buckets()) == list(again.buckets())
    assert (look.words is None) or look.is_near(again)
