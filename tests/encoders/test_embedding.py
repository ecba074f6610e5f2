import io
import signal
import time

import numpy as np
import pytest
from PIL import Image
from tiny_models import image_repo, text_repo

from aisle.encoders import embedding as module
from aisle.encoders.cache import VectorCache
from aisle.encoders.embedding import embed_images, embed_texts
from aisle.encoders.image import OnnxImageEncoder
from aisle.encoders.text import OnnxTextEncoder


class Letters:
    """Counts the letters a, b and c, and remembers what it was asked; may stop in the middle."""

    name, note, fingerprint, files, root = "letters", "", "letters-1", (), None

    def __init__(self, stop_after=None):
        self.seen = []
        self.stop_after = stop_after

    def encode(self, texts):
        if self.stop_after is not None and len(self.seen) + len(texts) > self.stop_after:
            raise KeyboardInterrupt
        self.seen += texts
        return np.array([[text.count(c) for c in "abc"] for text in texts], dtype=np.float32)


class MeanColour:
    """The mean colour of a picture, and how many pictures were prepared and encoded."""

    name, fingerprint, files, root, size = "colour", "colour-1", (), None, 4

    def __init__(self, stop_after=None):
        self.prepared = self.encoded = 0
        self.stop_after = stop_after

    def prepare(self, image):
        self.prepared += 1
        return np.asarray(image, dtype=np.float32).mean(axis=(0, 1))

    def encode(self, inputs):
        if self.stop_after is not None and self.encoded + len(inputs) > self.stop_after:
            raise KeyboardInterrupt
        self.encoded += len(inputs)
        return np.stack(inputs)


def png(colour):
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(buffer, "PNG")
    return buffer.getvalue()


RED, BLUE = png((255, 0, 0)), png((0, 0, 255))
SHADES = [(png((shade, 0, 0)),) for shade in range(100)]
TEXTS = [f"a{'b' * number}" for number in range(100)]


def test_texts_row_by_row_and_empty_ones_absent():
    found = embed_texts(Letters(), ["aab", "", "c"])
    assert found.vectors.tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert found.vectors.dtype == np.float32
    assert found.present.tolist() == [True, False, True]
    assert found.errors == {}


@pytest.mark.parametrize("texts", [[], ["", ""]])
def test_no_text_at_all(texts):
    encoder = Letters()
    found = embed_texts(encoder, texts)
    assert found.vectors.shape[0] == len(texts)
    assert not found.present.any()
    assert encoder.seen == []


def test_known_texts_are_not_encoded_again(tmp_path):
    cache = VectorCache("letters-1", tmp_path)
    first = embed_texts(Letters(), TEXTS, cache)
    again = Letters()
    second = embed_texts(again, [*TEXTS, "cc"], cache)
    assert again.seen == ["cc"]
    assert np.array_equal(second.vectors[:-1], first.vectors)
    assert second.vectors[-1].tolist() == [0, 0, 2]


def test_cache_of_another_fingerprint_is_not_asked(tmp_path):
    embed_texts(Letters(), TEXTS, VectorCache("letters-1", tmp_path))
    other = Letters()
    embed_texts(other, TEXTS, VectorCache("letters-2", tmp_path))
    assert other.seen == TEXTS


def test_interrupted_texts_go_on_where_they_stopped(tmp_path):
    cache = VectorCache("letters-1", tmp_path)
    stopped = Letters(stop_after=70)
    with pytest.raises(KeyboardInterrupt):
        embed_texts(stopped, TEXTS, cache)
    assert len(stopped.seen) == 64
    rest = Letters()
    found = embed_texts(rest, TEXTS, VectorCache("letters-1", tmp_path))
    assert rest.seen == TEXTS[64:]
    assert np.array_equal(found.vectors, embed_texts(Letters(), TEXTS).vectors)


def test_several_pictures_of_a_product_are_averaged():
    found = embed_images(MeanColour(), [(RED,), (RED, BLUE), (RED, RED, BLUE, BLUE)])
    assert found.vectors.tolist() == [[255, 0, 0], [127.5, 0, 127.5], [127.5, 0, 127.5]]
    assert found.errors == {}


def test_broken_picture_among_good_ones_is_an_error_beside_a_vector(tmp_path):
    refs = [(tmp_path / "nothing.jpg", RED), (BLUE, b"broken", RED), (b"broken",), (b"",), ()]
    found = embed_images(MeanColour(), refs)
    assert found.vectors.tolist() == [[255, 0, 0], [127.5, 0, 127.5], [0] * 3, [0] * 3, [0] * 3]
    assert found.present.tolist() == [True, True, False, False, False]
    assert sorted(found.errors) == [0, 1, 2, 3]
    assert "nothing.jpg" in found.errors[0]
    assert "not a picture" in found.errors[1] == found.errors[2]
    assert "0 bytes" in found.errors[3]


@pytest.mark.parametrize("refs", [[], [()], [(b"broken",), ()]])
def test_no_picture_at_all(refs):
    encoder = MeanColour()
    found = embed_images(encoder, refs)
    assert len(found.vectors) == len(found.present) == len(refs)
    assert not found.present.any()
    assert encoder.encoded == 0


def test_known_pictures_are_neither_decoded_nor_encoded_again(tmp_path):
    cache = VectorCache("colour-1", tmp_path)
    first = embed_images(MeanColour(), SHADES, cache)
    assert first.vectors[:, 0].tolist() == list(range(100))
    again = MeanColour()
    second = embed_images(again, [*SHADES, (BLUE,)], cache)
    assert (again.prepared, again.encoded) == (1, 1)
    assert np.array_equal(second.vectors[:-1], first.vectors)


def test_renamed_file_is_known_by_its_content(tmp_path):
    cache = VectorCache("colour-1", tmp_path)
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(RED)
    embed_images(MeanColour(), [(tmp_path / "a.png",)], cache)
    again = MeanColour()
    assert embed_images(again, [(tmp_path / "b.png",)], cache).present.all()
    assert again.prepared == 0


def test_same_picture_of_neighbouring_products_is_decoded_once():
    encoder = MeanColour()
    assert embed_images(encoder, [(RED,)] * 20).present.all()
    assert encoder.encoded == 1


def test_interrupted_pictures_go_on_where_they_stopped(tmp_path):
    stopped = MeanColour(stop_after=70)
    with pytest.raises(KeyboardInterrupt):
        embed_images(stopped, SHADES, VectorCache("colour-1", tmp_path))
    assert stopped.encoded == 64
    rest = MeanColour()
    found = embed_images(rest, SHADES, VectorCache("colour-1", tmp_path))
    assert rest.encoded == 36
    assert found.vectors[:, 0].tolist() == list(range(100))


def test_broken_pictures_are_tried_again(tmp_path):
    path = tmp_path / "late.png"
    cache = VectorCache("colour-1", tmp_path)
    assert embed_images(MeanColour(), [(path,)], cache).errors
    path.write_bytes(RED)
    assert embed_images(MeanColour(), [(path,)], cache).present.all()


def test_networks_give_the_same_with_a_cache_without_and_the_second_time(tmp_path):
    texts = OnnxTextEncoder(text_repo(tmp_path / "text"))
    pictures = OnnxImageEncoder(image_repo(tmp_path / "image"))
    words = ["red shirt", "blue pan", "", "steel lid pan"] * 20
    plain = embed_texts(texts, words).vectors
    plain_pictures = embed_images(pictures, SHADES).vectors
    for _ in range(2):
        cache = VectorCache(texts.fingerprint, tmp_path)
        assert np.array_equal(embed_texts(texts, words, cache).vectors, plain)
        cache = VectorCache(pictures.fingerprint, tmp_path)
        assert np.array_equal(embed_images(pictures, SHADES, cache).vectors, plain_pictures)


class Slow(OnnxImageEncoder):
    """Takes its time for each picture, as a large network does."""

    def _encode_one(self, pixels):
        time.sleep(0.1)
        return super()._encode_one(pixels)


class SlowText(OnnxTextEncoder):
    """Takes its time for each text, as a large network does."""

    def _encode_one(self, text):
        time.sleep(0.1)
        return super()._encode_one(text)


@pytest.fixture
def ctrl_c():
    """Ctrl-C soon after the test has begun."""

    def stop(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.25)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.timed
def test_ctrl_c_is_obeyed_within_a_second(tmp_path, ctrl_c):
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        embed_texts(SlowText(text_repo(tmp_path)), TEXTS)
    assert time.monotonic() - started < 1.25


@pytest.mark.timed
def test_ctrl_c_is_obeyed_within_a_second_with_pictures_too(tmp_path, ctrl_c):
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        embed_images(Slow(image_repo(tmp_path)), SHADES)
    assert time.monotonic() - started < 1.25


def test_progress_is_named_by_what_is_done(monkeypatch):
    names = []
    bar = module.tqdm
    monkeypatch.setattr(module, "tqdm", lambda **given: names.append(given["desc"]) or bar(**given))
    embed_texts(Letters(), ["a", *TEXTS * 12, ""])
    embed_images(MeanColour(), SHADES)
    assert names == ["encoding 1,201 texts with letters", "encoding 100 pictures with colour"]
