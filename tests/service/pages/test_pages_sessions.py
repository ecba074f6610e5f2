"""How long sessions last."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the pages are made with NiceGUI (the extra serve)")

from aisle.errors import OutputError
from aisle.service.pages.sessions import SESSION_SECONDS, end_session, new_session, session_lasts


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time()
    monkeypatch.setattr("aisle.service.pages.sessions.time.time", lambda: now + seconds)


def test_a_session_lasts_until_it_is_ended(tmp_path: Path) -> None:
    session, other = new_session(), new_session()
    assert session_lasts(tmp_path, session)
    end_session(tmp_path, session)
    end_session(tmp_path, session)
    assert not session_lasts(tmp_path, session)
    assert session_lasts(tmp_path, other)


def test_a_session_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = new_session()
    later(monkeypatch, SESSION_SECONDS - 10)
    assert session_lasts(tmp_path, session)
    later(monkeypatch, 10)
    assert not session_lasts(tmp_path, session)


def test_what_is_too_old_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = new_session()
    end_session(tmp_path, old)
    later(monkeypatch, SESSION_SECONDS + 10)
    young = new_session()
    end_session(tmp_path, young)
    assert [file.name for file in (tmp_path / "signed-out").iterdir()] == [young]
    assert not session_lasts(tmp_path, old)


@pytest.mark.parametrize("session", ["", "-", "../../etc", "²-a"])
def test_what_is_no_session(tmp_path: Path, session: str) -> None:
    assert not session_lasts(tmp_path, session)
    end_session(tmp_path, session)
    assert not list((tmp_path / "signed-out").iterdir())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "signed-out").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        end_session(tmp_path, new_session())
