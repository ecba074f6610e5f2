"""Feature maps of a frozen vision network, for the networks that are trained on top of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from aisle.encoders.base import Array
from aisle.encoders.cache import VectorCache
from aisle.encoders.embedding import encoded_images
from aisle.encoders.hub import digest
from aisle.encoders.image import OnnxImageEncoder
from aisle.errors import EncoderError
from aisle.schema import ImageRef

_LEAST_AREA = 0.7
_JITTER = 0.2


class FeatureMaps(OnnxImageEncoder):
    """A vision network whose last feature map is the vector, flattened but not pooled.

    Pictures are stretched to the network's square, as for the classic networks. Since the network
    is frozen, augmented versions of a picture are computed once and kept like the picture itself:
    each is a view of its own.

    Args:
        root: a folder with an ONNX file and `preprocessor_config.json`.
        name: what to call it; the folder's name by default.
        view: 0 for pictures as they are; 1, 2, … for augmented versions, see `augmented`.

    Raises:
        EncoderError: the folder cannot be used, or the network has no output of the shape (batch,
            channels, rows, columns).
    """

    def __init__(self, root: Path, name: str = "", view: int = 0) -> None:
        super().__init__(root, name)
        self.view = view
        shapes = self._session.outputs
        maps = [output for output, shape in shapes.items() if len(shape) == 4]
        if not maps:
            found = ", ".join(f"{output} {shape}" for output, shape in shapes.items())
            raise EncoderError(
                f"{self.name} has no feature map (batch, channels, rows, columns) among its"
                f" outputs {found}; choose a convolutional network that gives its last one"
            )
        self._output = maps[0]

    @cached_property
    def fingerprint(self) -> str:
        """Of the files, the way pictures are fitted into the square, and the view."""
        return digest(self.files, "onnx-maps", "stretched", self.view)

    def _fit(self, image: Image.Image) -> Image.Image:
        if self.view:
            return augmented(image, self.size, self._resample, self.view)
        return image.resize((self.size, self.size), self._resample)

    def _vectors(self, outputs: Array) -> Array:
        return outputs.reshape(len(outputs), -1)


def augmented(image: Image.Image, side: int, resample: Image.Resampling, view: int) -> Image.Image:
    """A picture as it might have been taken, stretched to a square.

    70 to 100 % of its area, mirrored half of the time, with brightness, contrast and saturation
    changed by up to 20 %. The same picture and view give the same result.

    Args:
        image: an RGB picture.
        side: of the square, in pixels.
        resample: how pixels are interpolated.
        view: the number of the version.
    """
    content = hashlib.blake2b(image.tobytes(), digest_size=16).digest()
    random = np.random.default_rng([view, *content])
    square = image.resize((side, side), resample, box=_crop(image.size, random))
    if random.random() < 0.5:
        square = ImageOps.mirror(square)
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        square = enhance(square).enhance(random.uniform(1 - _JITTER, 1 + _JITTER))
    return square


def _crop(size: tuple[int, int], random: np.random.Generator) -> tuple[float, float, float, float]:
    """Left, upper, right and lower edge of a part of the same proportions, in pixels."""
    kept = random.uniform(_LEAST_AREA, 1) ** 0.5
    left, upper = (random.uniform(0, length * (1 - kept)) for length in size)
    right, lower = left + size[0] * kept, upper + size[1] * kept
    return left, upper, min(right, size[0]), min(lower, size[1])


@dataclass(frozen=True)
class EmbeddedMaps:
    """Feature maps of products.

    Attributes:
        vectors: (n, d) one row a product, in half precision; zeros where there is no picture.
        present: (n,) which rows hold a map.
        errors: by row, why the main picture could not be read.
    """

    vectors: NDArray[np.float16]
    present: NDArray[np.bool_]
    errors: dict[int, str]


def embed_maps(
    encoder: FeatureMaps,
    images: Sequence[tuple[ImageRef, ...]],
    cache: VectorCache | None = None,
) -> EmbeddedMaps:
    """Embeds the main picture of each product, the first one.

    Maps of different pictures are not averaged: their places do not correspond. A map is reduced to
    half precision as soon as it is there, so that few are in memory at full precision.

    Args:
        encoder: the network.
        images: the pictures of n products.
        cache: where maps are kept; None to compute all.
    """
    vectors = np.zeros((len(images), 0), dtype=np.float16)
    present = np.zeros(len(images), dtype=np.bool_)
    errors: dict[int, str] = {}
    for row, result in encoded_images(encoder, [refs[:1] for refs in images], cache):
        if isinstance(result, str):
            errors[row] = result
            continue
        if not vectors.size:
            vectors = np.zeros((len(images), len(result)), dtype=np.float16)
        vectors[row] = result
        present[row] = True
    return EmbeddedMaps(vectors, present, errors)
