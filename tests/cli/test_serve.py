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
def test_a_port_that_is_taken(aisle: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = aisle.mistake("serve", "--port", str(port))
    assert line == f"cannot listen on 127.0.0.1, port {port}: Address already in use"
