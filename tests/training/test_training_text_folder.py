import json
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace

from training.text_bags import unit
from training.text_folder import write_folder, zipped_size
from training.text_vocabulary import SPECIAL

WORDS = ["watch", "shoe", "lamp", "mug"]


def tokenizer() -> Tokenizer:
    numbers = {piece: number for number, piece in enumerate([*SPECIAL, *WORDS])}
    made = Tokenizer(WordPiece(numbers, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    return made


def test_model2vec_reads_the_same_vectors(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(6, 32)).astype(np.float32)
    texts = ["watch shoe", "lamp mug mug", "watch"]
    write_folder(tmp_path, tokenizer(), vectors, steps=20)
    read = StaticModel.from_pretrained(tmp_path)
    assert read.embedding.dtype == np.int8
    rows = [[2, 3], [4, 5, 5], [2]]
    wanted = unit(np.stack([vectors[row].mean(axis=0) for row in rows]))
    np.testing.assert_allclose(read.encode(texts), wanted, atol=0.05)


def test_nothing_known_gives_zeros(tmp_path: Path) -> None:
    write_folder(tmp_path, tokenizer(), np.ones((6, 4), np.float32), steps=2)
    assert not StaticModel.from_pretrained(tmp_path).encode(["", "鞋", "😀"]).any()


def test_the_folder_holds_three_files_and_its_size_is_told(tmp_path: Path) -> None:
    write_folder(tmp_path, tokenizer(), np.ones((6, 4), np.float32), steps=2)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"config.json", "model.safetensors", "tokenizer.json"}
    assert json.loads((tmp_path / "config.json").read_text())["normalize"] is True
    assert 300 < zipped_size(tmp_path) < 3000
