"""Any picture to an upright RGB one, without a memory spike."""

from __future__ import annotations

import io
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from aisle.errors import ImageError
from aisle.schema import ImageRef


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """The largest pictures that are read.

    Attributes:
        file_bytes: the largest file that is opened.
        pixels: the most pixels of a picture that has to be decoded whole.
        reducible_pixels: the most pixels of a baseline JPEG, which is decoded in reduced size.
    """

    file_bytes: int = 100_000_000
    pixels: int = 64_000_000
    reducible_pixels: int = 400_000_000


_LIMITS = PictureLimits()
_REDUCIBLE = ("JPEG", "MPO")
_RUN_BY_OTHERS = ("EPS",)

Image.MAX_IMAGE_PIXELS = None  # the limits above are checked before a pixel is decoded


def read_bytes(ref: ImageRef, limits: PictureLimits = _LIMITS) -> bytes:
    """The file behind a picture.

    Raises:
        ImageError: there is no such file, or it is empty or too large.
    """
    data = ref if isinstance(ref, bytes) else _read_file(ref, limits)
    if not data:
        raise ImageError(f"{_name(ref)} is empty (0 bytes)")
    return data


def decode_image(data: bytes, size: int, limits: PictureLimits = _LIMITS) -> Image.Image:
    """Decodes a picture into upright RGB whose shorter side has at least `size` pixels if it can.

    The first frame of an animation counts; what is transparent becomes white; JPEG files are
    decoded at the smallest of the scales 1/1 to 1/8 that is still large enough.

    Args:
        data: the bytes of a file in any format that Pillow reads.
        size: the shorter side that is needed, in pixels.
        limits: what is too large.

    Raises:
        ImageError: the bytes are no picture, cut off, or a decompression bomb.
    """
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as image:
            if image.format in _RUN_BY_OTHERS:
                raise ImageError(f"{image.format} is a program; save it as a JPEG or PNG picture")
            _check_size(image, limits)
            if image.format in _REDUCIBLE:
                image.draft(None, (size, size))
            image.load()
            return _to_rgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise ImageError(f"not a picture in a known format ({len(data)} bytes)") from error
    except ImageError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a damaged file leads them to
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ImageError(f"damaged picture: {reason}") from error


def _read_file(path: Path, limits: PictureLimits) -> bytes:
    try:
        entry = path.stat()
        if not stat.S_ISREG(entry.st_mode):
            raise ImageError(f"{path.name} is not a file; the file of a picture was expected")
        most = limits.file_bytes
        if entry.st_size > most:
            raise ImageError(f"{path.name} has {entry.st_size} bytes; at most {most} are read")
        return path.read_bytes()
    except ValueError as error:  # a NUL character in the name
        raise ImageError(f"{path.name!r} is no file name: {error}") from error
    except OSError as error:
        raise ImageError(f"{path.name}: {error.strerror or error}") from error


def _check_size(image: Image.Image, limits: PictureLimits) -> None:
    pixels = image.width * image.height
    baseline = image.format in _REDUCIBLE and not image.info.get("progressive")
    limit = limits.reducible_pixels if baseline else limits.pixels
    if pixels > limit:
        raise ImageError(
            f"{image.width} x {image.height} pixels are too many;"
            f" at most {limit // 1_000_000} megapixels are read"
        )


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep_grey(image)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _from_deep_grey(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits, scaled by the depth that its largest value needs."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    peak = float(values.max(initial=0.0))
    top = next((t for t in (1.0, 255.0, 4095.0, 65535.0) if peak <= t), peak)
    return Image.fromarray((values.clip(0) * (255.0 / top)).astype(np.uint8)).convert("RGB")


def _name(ref: ImageRef) -> str:
    return "the picture" if isinstance(ref, bytes) else ref.name
