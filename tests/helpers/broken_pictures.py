"""Files that claim to be pictures: cut off, garbled, bombs, and what is none at all."""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image

_KINDS = (
    "AVIF",
    "BMP",
    "GIF",
    "ICO",
    "JPEG",
    "JPEG2000",
    "PCX",
    "PNG",
    "PPM",
    "TGA",
    "TIFF",
    "WEBP",
)


@cache
def whole(kind: str) -> bytes:
    file = BytesIO()
    pixels = Random(kind).randbytes(32 * 32 * 3)
    Image.frombytes("RGB", (32, 32), pixels).save(file, kind)
    return file.getvalue()


def cut_off(random: Random) -> bytes:
    data = whole(random.choice(_KINDS))
    return data[: random.randrange(len(data))]


def garbled(random: Random) -> bytes:
    data = bytearray(whole(random.choice(_KINDS)))
    for _ in range(random.choice([1, 4, 32])):
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data)


def garbled_head(random: Random) -> bytes:
    data = bytearray(whole(random.choice(_KINDS)))
    for _ in range(random.choice([1, 2, 4])):
        data[random.randrange(64)] = random.choice([0, 1, 127, 128, 255])
    return bytes(data)


def noise(random: Random) -> bytes:
    head = random.choice(
        [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF", b"II*\0", b"BM", b""]
    )
    return head + random.randbytes(random.randrange(400))


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"\0" * 999) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = _chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + body + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png(random: Random) -> bytes:
    sides = [2_999, 30_000, 65_536, 2**31 - 1, 2**32 - 1]
    return png(random.choice(sides), random.choice([*sides, 0]))


def png_bomb(random: Random) -> bytes:
    """Little that becomes much: pixels beyond the picture, a text, a colour profile."""
    zeros = _zeros()
    text = _chunk(b"zTXt", b"a\0\0" + zeros)
    profile = _chunk(b"iCCP", b"a\0\0" + zeros)
    international = _chunk(b"iTXt", b"a\0\1\0\0\0" + zeros)
    exif = _chunk(b"eXIf", tiff_of_many_tags(random))
    return png(8, 8, random.choice([text, profile, international, exif, text * 40]))


@cache
def _zeros() -> bytes:
    return zlib.compress(bytes(100_000_000), 9)


def png_of_much(random: Random) -> bytes:
    """Compressed data for a small picture that never seem to end."""
    return png(8, 8).replace(zlib.compress(b"\0" * 999), _zeros())


def gif_of_many_frames(random: Random) -> bytes:
    frame = b"!\xf9\x04\x04\x01\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    side = random.choice([b"\x01\0", b"\xff\xff"])
    head = b"GIF89a" + side + side + b"\x80\0\0\0\0\0\xff\xff\xff"
    return head + frame * random.randrange(2_000, 9_000) + b";"


def gif_of_a_long_comment(random: Random) -> bytes:
    comment = b"!\xfe" + (b"\xff" + b"a" * 255) * random.randrange(20_000) + b"\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + comment + b";"


def tiff_of_many_tags(random: Random) -> bytes:
    """Each tag claims all of the file as its value."""
    count, size = random.randrange(1, 6_000), 100_000
    numbers = [0x100, 0x101, 0x102, 0x103, 0x106, 0x111, 0x112, 0x117]
    tags = b"".join(
        struct.pack("<HHII", number, random.choice([1, 2, 5, 7, 12]), size // 8, 8)
        for number in [*numbers, *range(1_000, 1_000 + count)]
    )
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count + len(numbers)) + tags + bytes(size)


def odd_tiff(random: Random) -> bytes:
    """Tags of random types, counts and values."""
    odd = [0, 1, 2, 3, 255, 65_535, 2**31, 2**32 - 1]
    numbers = [*range(254, 290), 317, 320, 322, 323, 324, 325, 330, 339, 347, 34_665, 34_853]
    entries = [
        struct.pack("<HHII", number, random.randrange(16), random.choice(odd), random.choice(odd))
        for number in sorted(random.sample(numbers, 20))
    ]
    where = random.choice([8, 8, 8, 0, 2**32 - 1])
    return b"II*\0" + struct.pack("<IH", where, 20) + b"".join(entries) + b"\x08\0\0\0"


def huge_others(random: Random) -> bytes:
    """Other formats whose heads tell of very many pixels."""
    jpeg = whole("JPEG")
    start = jpeg.index(b"\xff\xc0") + 5
    canvas = b"VP8X\x0a\0\0\0\x10\0\0\0" + b"\xff" * 6
    return random.choice(
        [
            jpeg[:start] + b"\xff\xff\xff\xff" + jpeg[start + 4 :],
            jpeg[:start] + b"\0\0\0\0" + jpeg[start + 4 :],
            jpeg.replace(b"\xff\xc0", b"\xff\xc2"),
            b"RIFF" + struct.pack("<I", len(canvas) + 4) + b"WEBP" + canvas,
            b"P6 99999 99999 255\n" + bytes(99),
            b"BM"
            + bytes(12)
            + struct.pack("<IiiHHI", 40, 2**31 - 1, -(2**31), 1, 24, 0)
            + bytes(24),
            b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08\x01\0\0;",
        ]
    )


def other_files(random: Random) -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.png", bytes(1_000_000))
    return random.choice(
        [
            b"",
            archive.getvalue(),
            gzip.compress(whole("PNG")),
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
            b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
            b"%PDF-1.7\n",
            b"<html><body>not found</body></html>",
            b"8BPS\0\x01" + b"\0" * 6 + b"\0\x03\xff\xff\xff\xff\xff\xff\xff\xff\0\x08\0\x03",
            b"\x7fELF" + bytes(60),
            b'/* XPM */\nstatic char *x[] = {\n"9999 9999 99 9",\n',
        ]
    )


BROKEN: tuple[Callable[[Random], bytes], ...] = (
    cut_off,
    cut_off,
    cut_off,
    garbled,
    garbled,
    garbled,
    garbled_head,
    garbled_head,
    noise,
    huge_png,
    png_bomb,
    png_of_much,
    gif_of_many_frames,
    gif_of_a_long_comment,
    tiff_of_many_tags,
    odd_tiff,
    odd_tiff,
    huge_others,
    other_files,
    other_files,
)
"""What makes one, by a source of randomness."""
