import pytest
from picture_server import serving

from aisle.data.pictures.downloading import Downloader, DownloadSettings
from aisle.data.pictures.sources import (
    DownloadedPictures,
    FoundPictures,
    LocalPictures,
    NoPictures,
    WantedPictures,
)
from aisle.errors import InputError


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def find(folder, *, files=(), urls=()):
    (found,) = LocalPictures(folder).find([WantedPictures("p1", files, urls)], folder.parent)
    return [path.removeprefix(f"{folder}/") for path in found.paths], found.status


def test_files_by_name_then_by_url_then_by_id(folder):
    for name in ("p1.jpg", "p1_0.png", "p1_10.jpg", "p1_2.jpg", "p10_1.jpg", "a b.jpg", "c.jpg"):
        (folder / name).touch()
    assert find(folder, files=("c.jpg",), urls=("http://x/a%20b.jpg",)) == (["c.jpg"], "ok")
    assert find(folder, urls=("http://x/y/a%20b.jpg?size=9",)) == (["a b.jpg"], "ok")
    by_id = ["p1.jpg", "p1_0.png", "p1_2.jpg", "p1_10.jpg"]
    assert find(folder, urls=("http://x/other.jpg",)) == (by_id, "ok")
    assert find(folder) == (by_id, "ok")


def test_what_is_not_there_has_a_status(folder):
    (folder / "c.jpg").touch()
    assert find(folder) == ([], "none")
    assert find(folder, files=("d.jpg",)) == ([], "missing")
    assert find(folder, files=("c.jpg", "d.jpg")) == (["c.jpg"], "partial")


def test_file_outside_the_folder_is_not_taken(folder):
    (folder.parent / "secret.jpg").touch()
    assert find(folder, files=("../secret.jpg",)) == ([], "missing")


def test_paths_are_absolute_whatever_the_folder_was_called(folder, monkeypatch):
    (folder / "c.jpg").touch()
    monkeypatch.chdir(folder.parent)
    (found,) = LocalPictures(folder.relative_to(folder.parent)).find(
        [WantedPictures("p1", ("c.jpg",), ())], folder
    )
    assert found.paths == (str(folder / "c.jpg"),)


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        LocalPictures(tmp_path / "nowhere").find([], tmp_path)


def test_no_pictures(tmp_path):
    wanted = [WantedPictures("p1", ("a.jpg",), ())] * 2
    assert NoPictures().find(wanted, tmp_path) == [FoundPictures((), "none")] * 2


def test_downloaded_pictures(tmp_path):
    settings = DownloadSettings(retries=0, read_timeout=0.2, allow_private=True)
    with serving() as server:
        good, gone, html = (server.url(path) for path in ("/good.jpg", "/nowhere", "/html"))
        wanted = [
            WantedPictures("p1", (), (good,)),
            WantedPictures("p2", ("local.jpg",), (gone, good)),
            WantedPictures("p3", (), (html, gone, f"{gone}/2")),
            WantedPictures("p4", (), ()),
        ]
        found = DownloadedPictures(Downloader(settings)).find(wanted, tmp_path)
    assert [one.status for one in found] == ["ok", "partial", "not found", "none"]
    (path,) = found[0].paths
    assert path.startswith("images/")
    assert (tmp_path / path).is_file()
    assert found[1].paths == found[0].paths
