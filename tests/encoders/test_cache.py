import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from aisle.encoders import cache as cache_module
from aisle.encoders.cache import VectorCache, content_key, default_cache_folder
from aisle.errors import OutputError

KEYS = [content_key(str(number)) for number in range(1200)]
VECTORS = np.random.default_rng(0).standard_normal((1200, 8)).astype(np.float32)


def filled(folder, count=1200):
    cache = VectorCache("encoder", folder)
    cache.put(zip(KEYS[:count], VECTORS, strict=False))
    return cache


def test_vectors_come_back_exactly_also_in_a_new_cache_on_the_same_folder(tmp_path):
    filled(tmp_path)
    found = VectorCache("encoder", tmp_path).get(KEYS)
    assert len(found) == 1200
    assert all(np.array_equal(found[key], row) for key, row in zip(KEYS, VECTORS, strict=True))


def test_only_what_is_there(tmp_path):
    assert set(filled(tmp_path, 3).get(KEYS[2:5])) == {KEYS[2]}
    assert filled(tmp_path).get([]) == {}


def test_another_fingerprint_knows_nothing(tmp_path):
    filled(tmp_path)
    assert VectorCache("other", tmp_path).get(KEYS) == {}


def test_put_again_replaces(tmp_path):
    cache = filled(tmp_path, 1)
    cache.put([(KEYS[0], VECTORS[1])])
    assert np.array_equal(cache.get(KEYS[:1])[KEYS[0]], VECTORS[1])


def test_content_keys():
    keys = [content_key(value) for value in ("a", "b", "", "ä", "\ud800", b"c")]
    assert len(set(keys)) == 6
    assert {len(key) for key in keys} == {16}
    assert content_key("ä") == content_key("ä".encode())


def test_default_folder_is_set_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "here"))
    assert default_cache_folder() == tmp_path / "here"
    VectorCache("x").put([(KEYS[0], VECTORS[0])])
    assert [path.name for path in (tmp_path / "here").glob("*.sqlite")] == ["x.sqlite"]
    monkeypatch.delenv("AISLE_CACHE")
    assert default_cache_folder().name == "aisle"


@pytest.mark.parametrize(
    "content", [b"this is no database " * 300, b"", b"SQLite format 3\0" + b"x" * 99]
)
def test_foreign_file_is_begun_anew(tmp_path, content):
    (tmp_path / "encoder.sqlite").write_bytes(content)
    cache = filled(tmp_path, 5)
    assert len(cache.get(KEYS)) == 5


@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_file_damaged_behind_its_header_is_begun_anew(tmp_path, damage):
    filled(tmp_path)
    path = tmp_path / "encoder.sqlite"
    whole = path.read_bytes()
    assert len(whole) > 20_000
    kept = whole[:8192] if damage == "cut" else whole[:4096] + b"\xff" * (len(whole) - 4096)
    path.write_bytes(kept)
    cache = VectorCache("encoder", tmp_path)
    assert len(cache.get(KEYS)) < 1200
    cache.put(zip(KEYS, VECTORS, strict=True))
    assert len(cache.get(KEYS)) == 1200


def test_damage_met_while_writing(tmp_path):
    cache = filled(tmp_path)
    path = tmp_path / "encoder.sqlite"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 40_000)
    cache.put([(KEYS[0], VECTORS[0])])
    assert set(cache.get(KEYS)) == {KEYS[0]}


def blocked_by_a_file(folder):
    (folder / "blocked").write_text("a file where a folder is needed")
    return folder / "blocked"


def below_a_file(folder):
    return blocked_by_a_file(folder) / "deeper"


def blocked_by_a_folder(folder):
    (folder / "encoder.sqlite").mkdir()
    return folder


@pytest.mark.parametrize("make", [blocked_by_a_file, below_a_file, blocked_by_a_folder])
def test_cache_that_cannot_be_written_is_one_line(tmp_path, make):
    with pytest.raises(OutputError, match="cache") as caught:
        VectorCache("encoder", make(tmp_path))
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


@pytest.fixture
def full_disk(monkeypatch):
    """From now on no database grows beyond 16 KiB."""

    def connect(*args, **how):
        store = sqlite3.Connection(*args, **how)
        store.execute("PRAGMA max_page_count=4")
        return store

    monkeypatch.setattr(cache_module.sqlite3, "connect", connect)


def test_full_disk_is_one_line_and_costs_nothing_that_was_kept(tmp_path, full_disk):
    cache = filled(tmp_path, 5)
    with pytest.raises(OutputError, match=r"encoder\.sqlite cannot be used.*full") as caught:
        cache.put(zip(KEYS[5:], VECTORS[5:], strict=True))
    assert "\n" not in str(caught.value)
    assert set(cache.get(KEYS)) == set(KEYS[:5])


def test_busy_file_is_not_taken_for_damaged(tmp_path, monkeypatch):
    cache = filled(tmp_path, 5)

    def connect(path, timeout):
        return sqlite3.Connection(path, timeout=0.05)

    monkeypatch.setattr(cache_module.sqlite3, "connect", connect)
    with sqlite3.Connection(tmp_path / "encoder.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="locked"):
            cache.put([(KEYS[7], VECTORS[7])])
        other.execute("COMMIT")
    assert len(cache.get(KEYS)) == 5


def test_many_writers_at_once(tmp_path):
    def write(part):
        VectorCache("encoder", tmp_path).put(
            (KEYS[row], VECTORS[row]) for row in range(part, 1200, 8)
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert len(VectorCache("encoder", tmp_path).get(KEYS)) == 1200


def test_path_of_the_cache_may_hold_any_characters(tmp_path: Path):
    assert len(filled(tmp_path / "näme with ? and # and %20", 2).get(KEYS)) == 2


def test_in_a_block_the_file_stays_open_and_what_is_put_is_there_for_others(tmp_path, monkeypatch):
    opened = []

    def connect(path, timeout):
        opened.append(path)
        return sqlite3.Connection(path, timeout=timeout)

    monkeypatch.setattr(cache_module.sqlite3, "connect", connect)
    with VectorCache("encoder", tmp_path) as cache:
        opened.clear()
        for start in range(0, 30, 10):
            cache.get(KEYS[:10])
            cache.put(zip(KEYS[start : start + 10], VECTORS[start:], strict=False))
        assert len(opened) == 1
        assert len(VectorCache("encoder", tmp_path).get(KEYS)) == 30
    assert len(cache.get(KEYS)) == 30
    assert not list(tmp_path.glob("*-wal"))


def test_damage_met_in_a_block(tmp_path):
    with filled(tmp_path) as cache:
        path = tmp_path / "encoder.sqlite"
        path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 40_000)
        assert cache.get(KEYS) == {}
        cache.put([(KEYS[0], VECTORS[0])])
    assert set(cache.get(KEYS)) == {KEYS[0]}
