"""Writing a model folder: whole or not at all."""

import errno
from pathlib import Path

import pytest
from disks import small_disk

from aisle.classifier import Classifier
from aisle.errors import ModelError, OutputError
from aisle.model_folder import layout as storage


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_an_older_model_is_replaced(model: Classifier, model_folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "model"
    for _ in range(2):
        model.save(target)
    assert contents(target) == contents(model_folder)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_parent_folders_are_made(model: Classifier, tmp_path: Path) -> None:
    model.save(tmp_path / "a" / "b" / "model")
    assert Classifier.load(tmp_path / "a" / "b" / "model").classes_ == model.classes_


def test_an_empty_folder_may_be_the_target(model: Classifier, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    model.save(tmp_path / "model")
    Classifier.load(tmp_path / "model")


def test_a_foreign_folder_is_left_alone(model: Classifier, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(OutputError, match="exists and is no aisle model; choose another folder"):
        model.save(tmp_path / "thesis")
    assert contents(tmp_path) == {"thesis/chapter.txt": b"years of work"}


def test_a_file_is_left_alone(model: Classifier, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(OutputError, match="exists and is no aisle model"):
        model.save(tmp_path / "file")
    with pytest.raises(OutputError, match="cannot be written: Not a directory"):
        model.save(tmp_path / "file" / "model")
    assert contents(tmp_path) == {"file": b"kept"}


def test_a_failure_while_writing_leaves_the_older_model(
    model: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "model")
    before = contents(tmp_path)

    def full(*args: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "_write_json", full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        model.save(tmp_path / "model")
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_failure_while_renaming_brings_the_older_model_back(
    model: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "model")
    before = contents(tmp_path)
    rename = Path.rename

    def refusing(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(OutputError, match="Permission denied"):
        model.save(tmp_path / "model")
    assert contents(tmp_path) == before


def test_a_full_disk_leaves_nothing_behind(model: Classifier, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "100k") as disk:
        with pytest.raises(OutputError, match="No space left on device") as caught:
            model.save(disk / "model")
        assert "\n" not in str(caught.value)
        assert list(disk.iterdir()) == []


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_no_model_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="is no aisle model") as caught:
        Classifier.load(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_file_is_no_model(shop_file: Path) -> None:
    with pytest.raises(ModelError, match="is no aisle model"):
        Classifier.load(shop_file)
