"""`aisle serve`: what keeps it from serving is one line."""

import socket
from pathlib import Path

import pytest
from commands import CommandLine

from aisle.errors import MissingExtraError


def test_fastapi_that_is_missing_is_named_with_its_extra(
    aisle: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aisle.service.find_spec", lambda name: None)
    assert aisle.mistake("serve") == str(MissingExtraError("the service", "serve"))


@pytest.fixture
def fastapi() -> None:
    pytest.importorskip("fastapi", reason="the service needs FastAPI (the extra serve)")


@pytest.mark.usefixtures("fastapi")
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file or directory"),
        ("keys = 1", "has no [[keys]]; give name, role and sha256 of each key"),
        ("[[keys]]\nrole = 'king'", "has no known role; give one of classify, review, admin"),
        ("[[keys]]\nrole = 'admin'\nsha256 = 'x'", "has no SHA-256 hash"),
    ],
)
def test_keys_that_cannot_be_used(
    aisle: CommandLine, tmp_path: Path, content: str | None, reason: str
) -> None:
    file = tmp_path / "keys.toml"
    if content is not None:
        file.write_text(content)
    assert reason in aisle.mistake("serve", "--keys", file)


@pytest.mark.usefixtures("fastapi")
def test_a_folder_that_is_no_model(aisle: CommandLine, tmp_path: Path) -> None:
    assert "is no aisle model" in aisle.mistake("serve", tmp_path)


@pytest.mark.usefixtures("fastapi")
def test_a_data_folder_that_cannot_be_made(aisle: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = aisle.mistake("serve", "--data", tmp_path / "file")
    assert str(tmp_path / "file") in line
    assert "cannot be written" in line


@pytest.mark.usefixtures("fastapi")
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://ada:secret@127.0.0.1/aisle", "mysql is no database that is known here"),
        ("nonsense", "cannot be read; give sqlite:///FILE or postgresql://USER@HOST/NAME"),
        ("postgresql://ada:secret@127.0.0.1:1/aisle", "cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used(
    aisle: CommandLine, tmp_path: Path, url: str, reason: str
) -> None:
    line = aisle.mistake("serve", "--data", tmp_path, "--database", url)
    assert reason in line
    assert "secret" not in line


@pytest.mark.usefixtures("fastapi")
def test_a_port_that_is_taken(aisle: CommandLine, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = aisle.mistake("serve", "--port", str(port), "--data", tmp_path)
    assert line == f"cannot listen on 127.0.0.1, port {port}: Address already in use"


@pytest.mark.usefixtures("fastapi")
def test_no_workers(aisle: CommandLine) -> None:
    assert "--workers" in aisle.mistake("serve", "--workers", "0")


@pytest.mark.usefixtures("fastapi")
@pytest.mark.parametrize(
    ("option", "given", "reason"),
    [
        ("--fetch-from", "http://", "http://"),
        ("--catalogue", "absent.csv", "absent.csv does not exist"),
        ("--compare-with", "absent", "absent"),
        ("--database", "mysql://shop", "mysql is no database that is known here"),
    ],
)
def test_options_that_cannot_be_used(
    aisle: CommandLine, tmp_path: Path, option: str, given: str, reason: str
) -> None:
    assert reason in aisle.mistake("serve", "--data", tmp_path / "data", option, given)
