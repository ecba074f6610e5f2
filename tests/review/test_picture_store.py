from __future__ import annotations

import os
from pathlib import Path

import pytest

from aisle.errors import InputError, OutputError
from aisle.review.picture_store import PictureStore


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_picture_is_read_as_it_was_kept(tmp_path: Path) -> None:
    pictures = PictureStore(tmp_path / "new" / "pictures")
    digests = [pictures.keep(data) for data in (b"one", b"two", b"")]
    assert [pictures.read(digest) for digest in digests] == [b"one", b"two", b""]
    assert PictureStore(tmp_path / "new" / "pictures").read(digests[0]) == b"one"


def test_the_same_picture_lies_there_once(tmp_path: Path) -> None:
    pictures = PictureStore(tmp_path)
    assert pictures.keep(b"one") == pictures.keep(b"one")
    digest = pictures.keep(b"one")
    assert [path.relative_to(tmp_path).parts for path in files(tmp_path)] == [
        (digest[:2], digest[2:4], digest)
    ]


@pytest.mark.parametrize(
    "digest",
    ["../../etc/passwd", "/etc/passwd", "", "A" * 64, "a" * 63, "a" * 64 + "\n", "ä" * 64, "\x00"],
)
def test_what_is_no_digest_is_refused(tmp_path: Path, digest: str) -> None:
    with pytest.raises(InputError, match="is no digest"):
        PictureStore(tmp_path).read(digest)


def test_a_picture_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no picture aaaa"):
        PictureStore(tmp_path).read("a" * 64)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"picture folder .* cannot be written"):
        PictureStore(tmp_path / "file" / "pictures")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    pictures = PictureStore(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        pictures.keep(b"one")
    assert files(tmp_path) == []


def test_the_name_of_a_picture_is_put_on_the_disk_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the bytes, then, with the file under its name, each folder down to it."""
    synced: list[tuple[int, int]] = []
    pictures = PictureStore(tmp_path)

    def sync(handle: int) -> None:
        named = sum(path.parent.name[0] != "." for path in files(tmp_path))
        synced.append((os.fstat(handle).st_ino, named))

    monkeypatch.setattr(os, "fsync", sync)
    digest = pictures.keep(b"one")
    folders = (tmp_path / digest[:2] / digest[2:4], tmp_path / digest[:2], tmp_path)
    file = folders[0] / digest
    assert synced[0] == (file.stat().st_ino, 0)
    assert set(synced[1:]) == {(folder.stat().st_ino, 1) for folder in folders}
