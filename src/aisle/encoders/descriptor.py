"""A classical picture descriptor, for when no network is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from aisle.encoders.base import Array
from aisle.encoders.image import letterbox

_SIDE = 96
_CELL = 12
_ORIENTATIONS = 9
_HUES, _SATURATIONS, _VALUES = 12, 3, 3


class PictureDescriptor:
    """Shape and colour: oriented gradients beside a colour histogram.

    Histograms of oriented gradients after Dalal and Triggs (2005, doi:10.1109/CVPR.2005.177): 8 x 8
    cells of 9 orientations, normalised in blocks of 2 x 2. Colours as the square root of an HSV
    histogram of 12 x 3 x 3 bins over the picture and over its middle.
    """

    name = "aisle/picture-descriptor"
    fingerprint = "picture-descriptor-1"
    files = ()
    root = None
    size = _SIDE

    def prepare(self, image: Image.Image) -> Array:
        """(96, 96, 3) values 0 to 255."""
        return np.asarray(letterbox(image, _SIDE, Image.Resampling.BILINEAR), dtype=np.float32)

    def encode(self, inputs: Sequence[Array]) -> Array:
        """(n, 1980) descriptors, each part of unit length."""
        return np.stack([self._describe(pixels) for pixels in inputs])

    def _describe(self, pixels: Array) -> Array:
        middle = pixels[_SIDE // 4 : -_SIDE // 4, _SIDE // 4 : -_SIDE // 4]
        parts = [_gradients(pixels), _colours(pixels), _colours(middle)]
        return np.concatenate([part / max(float(np.linalg.norm(part)), 1e-9) for part in parts])


def _gradients(pixels: Array) -> Array:
    """Histograms of oriented gradients of the channel that changes most at each pixel."""
    down, right = np.asarray(np.gradient(pixels, axis=(0, 1)))
    strength = np.hypot(down, right)
    rows, columns = np.indices(strength.shape[:2])
    strongest = rows, columns, strength.argmax(axis=2)
    angle = np.arctan2(down[strongest], right[strongest]) % np.pi
    weight = np.sqrt(strength[strongest])
    orientation = (angle * (_ORIENTATIONS / np.pi)).astype(np.intp) % _ORIENTATIONS
    cells = _SIDE // _CELL
    index = ((rows // _CELL) * cells + columns // _CELL) * _ORIENTATIONS + orientation
    counts = np.bincount(index.ravel(), weight.ravel(), cells * cells * _ORIENTATIONS)
    return _blocks(counts.reshape(cells, cells, _ORIENTATIONS).astype(np.float32))


def _blocks(cells: Array) -> Array:
    """Cells of 2 x 2 neighbours side by side, each block of unit length, cut at 0.2."""
    corners = (cells[:-1, :-1], cells[:-1, 1:], cells[1:, :-1], cells[1:, 1:])
    blocks: Array = np.concatenate(corners, axis=2)
    norms = np.linalg.norm(blocks, axis=2, keepdims=True)
    return np.asarray(np.minimum(blocks / (norms + 1e-6), 0.2), dtype=np.float32).ravel()


def _colours(pixels: Array) -> Array:
    image = Image.fromarray(pixels.astype(np.uint8)).convert("HSV")
    hue, saturation, value = np.moveaxis(np.asarray(image, dtype=np.intp), 2, 0)
    index = (hue * _HUES // 256 * _SATURATIONS + saturation * _SATURATIONS // 256) * _VALUES
    counts = np.bincount((index + value * _VALUES // 256).ravel(), minlength=_HUES * 9)
    return np.sqrt(counts).astype(np.float32)
