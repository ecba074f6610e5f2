"""A bare loop (decode, prepare, ONNX session) against aisle's encoding, in turn, in one run."""

from __future__ import annotations

import io

import numpy as np
import onnxruntime as ort
from PIL import Image
from tokenizers import Tokenizer

from aisle.encoders.embedding import embed_images, embed_texts
from aisle.encoders.image import OnnxImageEncoder
from aisle.encoders.text import OnnxTextEncoder
from benchmarks.common import MINILM, VIT, print_table, spread, subset_1050, timed

ROUNDS = 5
PICTURES = 160
TEXTS = 100


def main() -> None:
    products = subset_1050()
    files = [product.images[0] for product in products if product.images][:PICTURES]
    texts = [product.text for product in products][:TEXTS]
    image, text = OnnxImageEncoder(VIT), OnnxTextEncoder(MINILM)
    pairs = {
        "pictures (ViT-tiny)": (
            lambda: bare_images(files),
            lambda: embed_images(image, [(file,) for file in files]),
            len(files),
        ),
        "texts (MiniLM int8)": (
            lambda: bare_texts(texts),
            lambda: embed_texts(text, texts),
            len(texts),
        ),
    }
    rows = []
    for name, (bare, ours, count) in pairs.items():
        times = [(timed(bare)[1], timed(ours)[1]) for _ in range(ROUNDS)]
        rates = [[count / time_ for time_ in column] for column in zip(*times, strict=True)]
        ratios = [bare_time / our_time for bare_time, our_time in times]
        rows.append((name, spread(rates[0], 1), spread(rates[1], 1), spread(ratios, 2)))
    header = ("what", "bare loop, per second", "aisle, per second", "ratio")
    print_table(f"encoding, {ROUNDS} rounds in turn", header, rows)


def bare_images(files: list) -> None:
    """Decodes and stretches, and runs in batches of 32 as aisle does."""
    session = ort.InferenceSession(VIT / "onnx" / "model.onnx")
    for start in range(0, len(files), 32):
        batch = []
        for file in files[start : start + 32]:
            image = Image.open(io.BytesIO(file.read_bytes())).convert("RGB").resize((224, 224), 3)
            pixels = np.asarray(image, dtype=np.float32) / 127.5 - 1
            batch.append(pixels.transpose(2, 0, 1))
        session.run(["pooler_output"], {"pixel_values": np.stack(batch)})


def bare_texts(texts: list[str]) -> None:
    """Tokenizes and runs one by one, as aisle does."""
    session = ort.InferenceSession(MINILM / "onnx" / "model_quantized.onnx")
    tokenizer = Tokenizer.from_file(str(MINILM / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    for text in texts:
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        session.run(None, {**feed, "token_type_ids": np.zeros_like(ids)})[0].mean(axis=1)


if __name__ == "__main__":
    main()
