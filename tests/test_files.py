from pathlib import Path

import pytest

from aisle.errors import OutputError
from aisle.files import sync, write_file, write_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_there_when_the_block_ends(tmp_path: Path) -> None:
    to = tmp_path / "new folder" / "a.txt"
    with write_file(to) as part:
        part.write_text("whole")
        sync(part)
        assert not to.exists()
    sync(to.parent)
    assert to.read_text() == "whole"
    assert names(to.parent) == ["a.txt"]


def test_a_file_stays_as_it_was_where_writing_fails(tmp_path: Path) -> None:
    to = tmp_path / "a.txt"
    to.write_text("old")
    with pytest.raises(ZeroDivisionError), write_file(to) as part:
        part.write_text(f"half{1 / 0}")
    assert to.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_file_has_the_usual_permissions(tmp_path: Path) -> None:
    with write_file(tmp_path / "a.txt") as part:
        part.touch()
    (tmp_path / "b.txt").touch()
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputError, match=r"a\.txt cannot be written: Not a directory; mend it$"),
        write_file(tmp_path / "file" / "a.txt", "mend it"),
    ):
        pass
    (tmp_path / "folder").mkdir()
    with (
        pytest.raises(OutputError, match=r"folder cannot be written: Is a directory$"),
        write_file(tmp_path / "folder") as part,
    ):
        part.touch()


def test_a_folder_replaces_the_one_before_as_a_whole(tmp_path: Path) -> None:
    to = tmp_path / "model"
    for name in ("old", "new"):
        with write_folder(to) as part:
            (part / name).touch()
        assert names(to) == [name]
    assert names(tmp_path) == ["model"]


def test_a_folder_comes_back_where_it_cannot_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "model"
    with write_folder(to) as part:
        (part / "old").touch()
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="model cannot be written: No space"), write_folder(to):
        pass
    assert names(to) == ["old"]
    assert names(tmp_path) == ["model"]
