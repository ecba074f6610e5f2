"""Who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from starlette.testclient import TestClient
from thread_pool import ThreadPool

from aisle.errors import InputError
from aisle.service.api.keys import ApiKey, Keys, Role, hash_key, new_key
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine

KEYS = {role: new_key() for role in Role}
FILE = """
[[keys]]
name = "shop"
role = "classify"
sha256 = "{good}"
[[keys]]
name = "old"
role = "admin"
sha256 = "{old}"
expires = 2020-01-01T00:00:00Z
"""


@pytest.fixture(scope="module")
def guarded(engine: InferenceEngine) -> Iterator[TestClient]:
    keys = Keys(ApiKey(role.name, role, hash_key(key)) for role, key in KEYS.items())
    with TestClient(
        make_app(InferenceEngine(engine.folder, make_pool=ThreadPool), keys=keys)
    ) as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_no_key_or_a_wrong_one(guarded: TestClient) -> None:
    for headers in ({}, bearer("wrong"), {"X-API-Key": "wrong"}, bearer(""), bearer("é" * 9)):
        encoded = {name: value.encode() for name, value in headers.items()}
        response = guarded.post("/v1/classify", json={"text": "mug"}, headers=encoded)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert "API key" in response.json()["error"]


def test_a_key_by_either_header(guarded: TestClient) -> None:
    for headers in (bearer(KEYS[Role.CLASSIFY]), {"X-API-Key": KEYS[Role.CLASSIFY]}):
        body = {"text": "mug"}
        assert guarded.post("/v1/classify", json=body, headers=headers).status_code == 200


@pytest.mark.parametrize(("role", "status"), [(1, 403), (2, 403), (3, 200)])
def test_only_an_admin_reloads(guarded: TestClient, role: int, status: int) -> None:
    response = guarded.post("/v1/model/reload", headers=bearer(KEYS[Role(role)]))
    assert response.status_code == status


def test_what_is_open(guarded: TestClient) -> None:
    for path in ("/health/live", "/health/ready", "/docs", "/openapi.json"):
        assert guarded.get(path).status_code == 200
    for path in ("/metrics", "/v1/model", "/v1/taxonomy"):
        assert guarded.get(path).status_code == 401


def test_a_file_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(FILE.format(good=hash_key("good"), old=hash_key("old")))
    keys = Keys.from_file(path)
    found = keys.find("good")
    assert found is not None
    assert (found.name, found.role) == ("shop", Role.CLASSIFY)
    assert keys.find("old") is None
    assert keys.find(hash_key("good")) is None


def test_keys_in_the_environment() -> None:
    keys = Keys.from_text(f"classify:{hash_key('a')}, admin:{hash_key('b')}")
    assert [key.role for key in map(keys.find, "ab") if key] == [Role.CLASSIFY, Role.ADMIN]
    assert not Keys.from_text("")


@pytest.mark.parametrize(
    "content",
    ["", "keys = 1", "[[keys]]\nrole = 'boss'", "[[keys]]\nrole = 'admin'\nsha256 = 'plain'", "="],
)
def test_a_file_that_holds_no_keys(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(content)
    with pytest.raises(InputError):
        Keys.from_file(path)


def keys_file(tmp_path: Path, *names: str, hashes: str = "abc") -> Path:
    path = tmp_path / "keys.toml"
    tables = [
        f'[[keys]]\nname = {name}\nrole = "review"\nsha256 = "{hash_key(one)}"\n'
        for name, one in zip(names, hashes, strict=False)
    ]
    path.write_text("".join(tables), "utf-8")
    return path


@pytest.mark.parametrize("name", ['"A"', "'Zoë O''Neil'".replace("''", "’"), f'"{"a" * 60}"'])
def test_names_that_can_be_kept(tmp_path: Path, name: str) -> None:
    found = Keys.from_file(keys_file(tmp_path, name)).find("a")
    assert found is not None
    assert found.name == name.strip("\"'")


@pytest.mark.parametrize(
    "name", ['""', '" "', f'"{"a" * 61}"', '"a\\u0000"', '"a\\nb"', '"a\\u200bb"', "5", "['a']"]
)
def test_names_that_cannot_be_kept(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        Keys.from_file(keys_file(tmp_path, '"A"', name))
    reason = "has no name that can be kept; give 1 to 60 printed characters"
    assert str(caught.value) == f"key 2 of {tmp_path / 'keys.toml'} {reason}"


def test_a_key_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(f'[[keys]]\nrole = "review"\nsha256 = "{hash_key("a")}"\n')
    with pytest.raises(InputError, match=r"key 1 of .* has no name"):
        Keys.from_file(path)


def test_each_key_has_its_own_name_and_hash(tmp_path: Path) -> None:
    path = keys_file(tmp_path, '"Ada"', '"Grace"', '" Ada "')
    with pytest.raises(InputError) as caught:
        Keys.from_file(path)
    assert str(caught.value) == (
        f"key 3 of {path} has the name 'Ada' of key 1 of {path}; give each its own"
    )
    with pytest.raises(InputError, match=r"key 3 of .* has the hash of key 1 of"):
        Keys.from_file(keys_file(tmp_path, '"Ada"', '"Grace"', '"Ida"', hashes="aba"))
    twice = f"classify:{hash_key('a')},admin:{hash_key('a').upper()}"
    with pytest.raises(InputError, match=r"^key 2 has the hash of key 1; make"):
        Keys.from_text(twice)


def test_keys_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        Keys.from_file(tmp_path / "none.toml")
