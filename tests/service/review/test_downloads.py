"""Decisions as tables that can be learned from."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from review_service import MUGS, PANS, decide, desk_service, doubted, open_desk, send, take, undo
from starlette.testclient import TestClient

from aisle.data.products import read_products
from aisle.review.decision_table import read_decisions


@pytest.fixture
def desk_client(model_folder: Path, tmp_path: Path) -> Iterator[TestClient]:
    with desk_service(model_folder, open_desk(tmp_path)) as client:
        yield client


def fetched(client: TestClient, kind: str, folder: Path) -> Path:
    response = client.get(f"/v1/review/decisions?format={kind}")
    assert response.status_code == 200
    assert f'filename="decisions.{kind}"' in response.headers["content-disposition"]
    file = folder / f"decisions.{kind}"
    file.write_bytes(response.content)
    return file


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_what_was_assigned(desk_client: TestClient, tmp_path: Path, png: bytes, kind: str) -> None:
    texts = {"texts": ["Blue mug", "Acme", "0.3 l"], "image": b64encode(png).decode()}
    with_texts = {"id": "a", **texts, "answer": doubted("a", 0.1)["answer"]}
    send(desk_client, with_texts, doubted("b", 0.2), doubted("c", 0.3), doubted("d", 0.4))
    send(desk_client, doubted("e", 0.5))
    decide(desk_client, take(desk_client)["lease"], category=MUGS)
    decide(desk_client, take(desk_client)["lease"], category=PANS)
    decide(desk_client, take(desk_client)["lease"], action="skip", category=None)
    made = decide(desk_client, take(desk_client, "Grace")["lease"], "Grace").json()
    assert undo(desk_client, made["id"], "Grace").json()["task"]
    decide(desk_client, take(desk_client)["lease"], action="no_category", category=None)
    file = fetched(desk_client, kind, tmp_path)
    assert read_products(file).columns.label == "category"
    a, b, e = read_decisions(file)
    assert (e.id, e.category) == ("e", None)
    assert (a.id, a.category, b.id, b.category) == ("a", tuple(MUGS), "b", tuple(PANS))
    assert a.texts == ("Blue mug", "Acme", "0.3 l")  # the columns of the model
    assert a.images == ((png,) if kind == "parquet" else ())


def test_nothing_decided_yet(desk_client: TestClient, tmp_path: Path) -> None:
    assert fetched(desk_client, "csv", tmp_path).read_text().count("\n") == 1
    assert desk_client.get("/v1/review/decisions").content[:4] == b"PAR1"
    assert desk_client.get("/v1/review/decisions?format=xlsx").status_code == 422


def test_a_text_column_of_a_reserved_name(desk_client: TestClient, tmp_path: Path) -> None:
    send(desk_client, doubted("a"))
    decide(desk_client, take(desk_client)["lease"])
    columns = SimpleNamespace(text=("title", "reviewer"))
    model = SimpleNamespace(columns_=columns)
    desk_client.app.state.desk.engine = SimpleNamespace(answering=model)
    file = fetched(desk_client, "jsonl", tmp_path)
    assert [one.id for one in read_decisions(file)] == ["a"]


@pytest.mark.parametrize("asked", [None, "bytes=0-3", "bytes=999999999-", "bytes=?", "rows=1-2"])
def test_the_file_is_sent_whole_and_leaves_nothing_behind(
    desk_client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str | None
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    headers = {} if asked is None else {"Range": asked}
    response = desk_client.get("/v1/review/decisions?format=csv", headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["content-length"] == str(len(response.content))
    assert response.headers["content-disposition"] == 'attachment; filename="decisions.csv"'
    assert "accept-ranges" not in response.headers
    assert response.text.startswith('"id",')
    assert [*(tmp_path / "temporary").iterdir()] == []
