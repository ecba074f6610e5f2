"""From products to vectors: reads, encodes, caches, and reports what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from aisle.data.pictures.reading import decode_image, read_bytes
from aisle.encoders.base import Array, ImageEncoder, TextEncoder
from aisle.encoders.cache import VectorCache, content_key
from aisle.errors import ImageError
from aisle.parallel import workers
from aisle.schema import ImageRef

_CHUNK = 32
_T = TypeVar("_T")


@dataclass(frozen=True)
class Embedded:
    """Vectors of products.

    Attributes:
        vectors: (n, d) one row a product; zeros where there is nothing to look at.
        present: (n,) which rows hold a vector.
        errors: by row, what could not be read; a row may have an error and a vector.
    """

    vectors: Array
    present: NDArray[np.bool_]
    errors: dict[int, str] = field(default_factory=dict)


def embed_texts(
    encoder: TextEncoder, texts: Sequence[str], cache: VectorCache | None = None
) -> Embedded:
    """Embeds one text a product; an empty text is absent.

    Args:
        encoder: the encoder.
        texts: n texts.
        cache: where vectors are kept; None to compute all.
    """
    rows = [row for row, text in enumerate(texts) if text]
    vectors: dict[int, Array] = {}
    with cache or nullcontext():
        for chunk in _chunks(rows, f"encoding {len(rows):,} texts with {encoder.name}"):
            keys = [content_key(texts[row]) for row in chunk]
            known = cache.get(keys) if cache else {}
            new = [index for index, key in enumerate(keys) if key not in known]
            if new:
                fresh = encoder.encode([texts[chunk[index]] for index in new])
                known |= {keys[index]: vector for index, vector in zip(new, fresh, strict=True)}
                if cache:
                    cache.put((keys[index], known[keys[index]]) for index in new)
            vectors |= {row: known[key] for row, key in zip(chunk, keys, strict=True)}
    return _gathered(len(texts), ((row, [vector]) for row, vector in vectors.items()))


def embed_images(
    encoder: ImageEncoder,
    images: Sequence[tuple[ImageRef, ...]],
    cache: VectorCache | None = None,
) -> Embedded:
    """Embeds the pictures of each product; several pictures of one product are averaged.

    Files are read and decoded in threads while the network works on those before.

    Args:
        encoder: the encoder.
        images: the pictures of n products.
        cache: where vectors are kept; None to compute all.
    """
    vectors: dict[int, list[Array]] = {}
    errors: dict[int, str] = {}
    for row, result in encoded_images(encoder, images, cache):
        if isinstance(result, str):
            errors.setdefault(row, result)
        else:
            vectors.setdefault(row, []).append(result)
    return _gathered(len(images), vectors.items(), errors)


def encoded_images(
    encoder: ImageEncoder,
    images: Sequence[tuple[ImageRef, ...]],
    cache: VectorCache | None = None,
) -> Iterator[tuple[int, Array | str]]:
    """The row and the vector of each picture, one after the other; the error of one that is broken.

    Args:
        encoder: the encoder.
        images: the pictures of n products.
        cache: where vectors are kept; None to compute all.
    """
    jobs = [(row, ref) for row, refs in enumerate(images) for ref in refs]
    with cache or nullcontext(), workers(len(jobs)) as pool:
        chunks = _chunks(jobs, f"encoding {len(jobs):,} pictures with {encoder.name}")
        for chunk in _one_ahead(_Chunk(part, encoder, cache, pool) for part in chunks):
            yield from chunk.results()


class _Chunk:
    """Some pictures; threads begin to decode them when the chunk is made."""

    def __init__(
        self,
        jobs: Sequence[tuple[int, ImageRef]],
        encoder: ImageEncoder,
        cache: VectorCache | None,
        pool: Executor,
    ) -> None:
        self._jobs = jobs
        self._encoder = encoder
        self._cache = cache
        files = list(pool.map(_read, [ref for _, ref in jobs]))
        self._keys = [file if isinstance(file, str) else content_key(file) for file in files]
        keys = [key for key in self._keys if isinstance(key, bytes)]
        self._known = cache.get(keys) if cache else {}
        self._inputs: dict[bytes, Future[Array | str]] = {}
        for key, file in zip(self._keys, files, strict=True):
            if isinstance(key, bytes) and isinstance(file, bytes) and key not in self._known:
                self._inputs.setdefault(key, pool.submit(_prepare, encoder, file))

    def results(self) -> Iterator[tuple[int, Array | str]]:
        """Row and vector, or row and error, of each picture."""
        inputs = {key: future.result() for key, future in self._inputs.items()}
        readable = {key: x for key, x in inputs.items() if not isinstance(x, str)}
        broken = {key: x for key, x in inputs.items() if isinstance(x, str)}
        fresh: dict[bytes, Array] = {}
        if readable:
            encoded = self._encoder.encode(list(readable.values()))
            fresh = dict(zip(readable, encoded, strict=True))
            if self._cache:
                self._cache.put(fresh.items())
        known = self._known | fresh
        for (row, ref), key in zip(self._jobs, self._keys, strict=True):
            if isinstance(key, str):
                yield row, key
            elif key in broken:
                yield row, f"{ref.name}: {broken[key]}" if isinstance(ref, Path) else broken[key]
            else:
                yield row, known[key]


def _read(ref: ImageRef) -> bytes | str:
    try:
        return read_bytes(ref)
    except ImageError as error:
        return str(error)


def _prepare(encoder: ImageEncoder, file: bytes) -> Array | str:
    try:
        return encoder.prepare(decode_image(file, encoder.size))
    except ImageError as error:
        return str(error)


def _gathered(
    count: int, vectors: Iterable[tuple[int, list[Array]]], errors: dict[int, str] | None = None
) -> Embedded:
    means = {row: np.mean(parts, axis=0) for row, parts in vectors}
    width = len(next(iter(means.values()))) if means else 0
    matrix = np.zeros((count, width), dtype=np.float32)
    present = np.zeros(count, dtype=np.bool_)
    for row, mean in means.items():
        matrix[row] = mean
        present[row] = True
    return Embedded(matrix, present, errors or {})


def _chunks(items: Sequence[_T], label: str) -> Iterator[Sequence[_T]]:
    short = len(items) <= _CHUNK
    with tqdm(total=len(items), desc=label, disable=short or None, leave=False) as progress:
        for start in range(0, len(items), _CHUNK):
            chunk = items[start : start + _CHUNK]
            yield chunk
            progress.update(len(chunk))


def _one_ahead(items: Iterable[_T]) -> Iterator[_T]:
    """The same items, each after the next has been made."""
    waiting: list[_T] = []
    for item in items:
        yield from waiting
        waiting = [item]
    yield from waiting
