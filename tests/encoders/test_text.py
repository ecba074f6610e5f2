import numpy as np
import pytest
from tiny_models import (
    SHARED_MODELS,
    TOKEN_VECTORS,
    WORDS,
    save_json,
    save_text_network,
    shared_model,
    static_repo,
    text_repo,
)

from aisle.encoders.text import OnnxTextEncoder, StaticTextEncoder, open_text_encoder
from aisle.errors import EncoderError


def by_hand(text, cls=False, window=8):
    numbers = [WORDS.index(word) if word in WORDS else 0 for word in text.split()]
    tokens = TOKEN_VECTORS[[1, *numbers[: window - 2], 2]]
    pooled = tokens[0] if cls else tokens.mean(axis=0)
    return pooled / np.linalg.norm(pooled)


@pytest.mark.parametrize("cls", [False, True])
@pytest.mark.parametrize("text", ["red", "blue cotton shirt", "unheard steel pan lid"])
def test_pooling_as_by_hand(tmp_path, cls, text):
    encoder = OnnxTextEncoder(text_repo(tmp_path, cls=cls))
    vectors = encoder.encode([text])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [by_hand(text, cls)], atol=1e-6)


def test_what_lies_beyond_the_window_is_not_read(tmp_path):
    encoder = OnnxTextEncoder(text_repo(tmp_path, window=5))
    short, long, other = encoder.encode(["red blue pan", "red blue pan lid lid", "red blue lid"])
    assert np.array_equal(short, long)
    assert not np.allclose(short, other)
    np.testing.assert_allclose(short, by_hand("red blue pan"), atol=1e-6)
    assert "first 5 tokens" in encoder.note


def test_text_far_longer_than_any_window(tmp_path):
    encoder = OnnxTextEncoder(text_repo(tmp_path))
    long = encoder.encode(["red " * 250_000])
    assert np.array_equal(long, encoder.encode(["red " * 10]))


def test_vector_does_not_depend_on_the_batch(tmp_path):
    encoder = OnnxTextEncoder(text_repo(tmp_path))
    texts = ["red", "blue cotton shirt", "steel pan lid red blue", "pan"]
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert np.array_equal(encoder.encode(texts), alone)
    assert np.array_equal(encoder.encode(texts[::-1]), alone[::-1])


def test_default_window_is_what_the_positions_allow(tmp_path):
    root = text_repo(tmp_path)
    (root / "sentence_bert_config.json").unlink()
    assert OnnxTextEncoder(root).window == 256
    save_text_network(root / "onnx" / "model.onnx", positions=77)
    for config in (
        {"max_position_embeddings": 77},
        {"text_config": {"max_position_embeddings": 77}},
    ):
        save_json(root / "config.json", config)
        encoder = OnnxTextEncoder(root)
        assert encoder.window == 77
        assert encoder.encode(["red " * 300]).shape == (1, 6)


def test_fingerprint_changes_with_weights_tokenizer_window_and_pooling(tmp_path):
    root = text_repo(tmp_path / "a")
    marks = [OnnxTextEncoder(root).fingerprint]
    assert OnnxTextEncoder(text_repo(tmp_path / "b"), "other name").fingerprint == marks[0]
    for change in (
        lambda: save_text_network(root / "onnx" / "model.onnx", TOKEN_VECTORS + 1),
        lambda: (root / "tokenizer.json").write_text((root / "tokenizer.json").read_text() + " "),
        lambda: save_json(root / "sentence_bert_config.json", {"max_seq_length": 9}),
        lambda: save_json(root / "1_Pooling" / "config.json", {"pooling_mode_cls_token": True}),
    ):
        change()
        marks.append(OnnxTextEncoder(root).fingerprint)
    assert len(set(marks)) == len(marks)


def damage(name, content):
    def change(root):
        (root / name).write_text(content)

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (damage("onnx/model.onnx", "no network"), "cannot be loaded by ONNX Runtime"),
        (damage("tokenizer.json", "{}"), "is no tokenizer"),
        (damage("tokenizer.json", "\n\n!"), "is no tokenizer"),
        (lambda root: (root / "tokenizer.json").unlink(), "has no tokenizer.json"),
        (damage("sentence_bert_config.json", "{"), "is not JSON"),
        (damage("sentence_bert_config.json", '{"max_seq_length": "long"}'), "'long'; a number"),
        (damage("sentence_bert_config.json", '{"max_seq_length": 0}'), "is 0; a number"),
        (damage("1_Pooling/config.json", "[]"), "JSON list"),
        (lambda root: (root / "onnx" / "model.onnx").unlink(), "no ONNX file for text"),
    ],
)
def test_damaged_folder_is_one_line(tmp_path, change, says):
    root = text_repo(tmp_path)
    change(root)
    with pytest.raises(EncoderError, match=says) as caught:
        OnnxTextEncoder(root)
    assert "\n" not in str(caught.value)


def test_network_that_cannot_be_run_is_one_line(tmp_path):
    root = text_repo(tmp_path, window=100)
    save_text_network(root / "onnx" / "model.onnx", positions=10)
    encoder = OnnxTextEncoder(root, "tiny")
    assert encoder.encode(["red"]).shape == (1, 6)
    with pytest.raises(EncoderError, match=r"^tiny cannot be run by ONNX Runtime") as caught:
        encoder.encode(["red " * 50])
    assert "\n" not in str(caught.value)


def test_static_embedding(tmp_path):
    encoder = open_text_encoder(static_repo(tmp_path), "static")
    assert isinstance(encoder, StaticTextEncoder)
    assert encoder.name == "static"
    vectors = encoder.encode(["red cotton shirt", "shirt cotton red", "steel pan"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-6)
    assert vectors[0] @ vectors[2] < 0.99
    assert encoder.fingerprint == StaticTextEncoder(tmp_path).fingerprint


@pytest.mark.parametrize("normalize", [True, False])
def test_static_embedding_is_that_of_the_library(tmp_path, normalize):
    from model2vec import StaticModel

    static_repo(tmp_path)
    save_json(tmp_path / "config.json", {"normalize": normalize, "max_length": 2})
    texts = ["red cotton shirt", "red " * 600 + "pan", "unheard", ""]
    theirs = StaticModel.from_pretrained(tmp_path).encode(texts, max_length=None)
    np.testing.assert_allclose(StaticTextEncoder(tmp_path).encode(texts), theirs, atol=1e-6)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_damaged_static_embedding_is_one_line(tmp_path, name):
    static_repo(tmp_path)
    (tmp_path / name).write_text("{}")
    with pytest.raises(EncoderError, match="cannot be loaded by model2vec") as caught:
        open_text_encoder(tmp_path)
    assert "\n" not in str(caught.value)


def test_folder_with_a_network_is_opened_as_one(tmp_path):
    encoder = open_text_encoder(text_repo(tmp_path))
    assert isinstance(encoder, OnnxTextEncoder)
    assert encoder.name == tmp_path.name


PRODUCTS = [
    "red cotton t-shirt for men",
    "blue cotton shirt for boys",
    "stainless steel frying pan",
]


@pytest.mark.parametrize(
    ("name", "width"),
    [
        pytest.param("all-MiniLM-L6-v2", 384, marks=shared_model("all-MiniLM-L6-v2")),
        pytest.param("potion-base-4M-int8", 128, marks=shared_model("potion-base-4M-int8")),
    ],
)
def test_pretrained_encoder_puts_similar_products_together(name, width):
    encoder = open_text_encoder(SHARED_MODELS / name)
    vectors = encoder.encode(PRODUCTS)
    assert vectors.shape == (3, width)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    shirts, shirt_and_pan = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert shirts > shirt_and_pan + 0.2
    assert np.array_equal(encoder.encode(PRODUCTS[::-1])[::-1], vectors)
