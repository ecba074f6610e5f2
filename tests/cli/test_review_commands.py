"""From a table to the review desk, and from its decisions back to a model."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from commands import CommandLine
from handmade import SHIRT, picture
from live_service import Server
from served import PROGRAM, served

from aisle.classifier import Classifier
from aisle.cli.reviews import decisions_from, show_sent
from aisle.review.entries import Added, RefusedEntry
from aisle.schema import Product
from aisle.service.api.keys import hash_key

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="aisle is not installed here")

NEW = ("Garden", "Hoses")
ODD = "zzqx unheard-of thing with letters only"


@pytest.fixture
def server(model_folder: Path, tmp_path: Path) -> Iterator[Server]:
    with served(model_folder, "--data", tmp_path / "data") as server:
        yield server


@pytest.fixture(scope="module")
def idle_server(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that no test fills."""
    with served(model_folder, "--data", tmp_path_factory.mktemp("idle") / "data") as server:
        yield server


@pytest.fixture
def odd_table(tmp_path: Path) -> Path:
    """Six products that no model would place, and one that every model would."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "0.png").write_bytes(picture(SHIRT, 0))
    lines = ["id,title,images,price"]
    lines += [f"o{row},{ODD} {row},{'0.png' if row == 0 else ''},{row}.5" for row in range(5)]
    lines += ["o5,,absent.png,cheap", "clear,mug ceramic coffee dishwasher cup handle,,1"]
    (folder / "odd.csv").write_text("\n".join(lines))
    return folder / "odd.csv"


def ask(server: Server, path: str, body: object) -> dict:
    response = httpx2.post(f"{server.url}/v1/review/{path}", json=body, timeout=30)
    assert response.status_code == 200, response.text
    return response.json()


def queue(server: Server, order: str = "worst") -> list[dict]:
    url = f"{server.url}/v1/review/queue?limit=500&order={order}"
    return httpx2.get(url, timeout=30).json()["products"]


def assign_all(server: Server, category: list[str]) -> int:
    count = 0
    while task := ask(server, "lease", {})["task"]:
        decision = {"lease": task["lease"], "action": "assign", "category": category}
        count += ask(server, "decisions", decision)["decided"]
    return count


def test_what_is_for_people_goes_to_the_desk_once(
    aisle: CommandLine, server: Server, model_folder: Path, odd_table: Path, tmp_path: Path
) -> None:
    to = tmp_path / "placed.csv"
    command = ("predict", model_folder, odd_table, "--to", to, "--to-review", server.url)
    result = aisle(*command, "--value", "price")
    assert result.code == 0, result.err
    assert "1 of 7 cells of 'price' are no number\n" in result.err
    with to.open(newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    people = {key for key, row in rows.items() if row["decision"] == "review"}
    assert people == {f"o{row}" for row in range(6)}
    assert "5 sent to review: 5 new, 0 renewed, 0 decided already\n" in result.out
    assert re.search(
        r"^  1 not taken: there is nothing to look at.* \(1, for example 'o5'\)$", result.out, re.M
    )
    assert "share their id" not in result.err
    found = queue(server, "valuable")
    assert [one["key"] for one in found] == ["o4", "o3", "o2", "o1", "o0"]
    assert found[0]["value"] == 4.5
    assert found[0]["reason"] == rows["o4"]["reason"]
    assert found[0]["confidence"] == pytest.approx(float(rows["o4"]["confidence"]))
    assert [len(one["pictures"]) for one in found] == [0, 0, 0, 0, 1]
    task = ask(server, "lease", {})["task"]
    decision = {"lease": task["lease"], "action": "assign", "category": ["Kitchen", "Mugs"]}
    ask(server, "decisions", decision)
    assert "5 sent to review: 0 new, 4 renewed, 1 decided already\n" in aisle(*command).out


def test_rows_that_share_their_id_are_told(
    aisle: CommandLine, server: Server, model_folder: Path, tmp_path: Path
) -> None:
    table = tmp_path / "shared.csv"
    rows = [f"{key},{ODD} {row}" for row, key in enumerate("abacba")]
    table.write_text("\n".join(["id,title", *rows, "d,mug ceramic coffee cup", "d,mug ceramic"]))
    to = ("--to", tmp_path / "out.csv", "--to-review", server.url)
    result = aisle("predict", model_folder, table, *to)
    assert result.code == 0, result.err
    sentence = "rows share their id with another row; the desk keeps one product an id: the last\n"
    assert f"5 {sentence}" in result.err
    assert "6 sent to review: 3 new, 3 renewed" in result.out
    assert {one["texts"][0][-1] for one in queue(server)} == set("345")


def test_where_none_is_taken_the_reasons_are_told_once_each(
    aisle: CommandLine, idle_server: Server, model_folder: Path, tmp_path: Path
) -> None:
    table = tmp_path / "none.csv"
    long = "i" * 2_001
    rows = ["a,", "b,", f"{long}1,zzqx", f"{long}2,zzqx", "d,"]
    table.write_text("\n".join(["id,title", *rows]))
    line = aisle.mistake(
        "predict", model_folder, table, "--to", tmp_path / "o.csv", "--to-review", idle_server.url
    )
    assert re.match(r"5 sent to review, none taken: there is nothing to look at.* \(3, for", line)
    assert line.count("for example 'a'") == line.count("nothing to look at") == 1
    assert line.endswith(
        f"the id cannot be kept; give 1 to 2000 bytes, none of them 0 (2, for"
        f" example '{long[:60]}')"
    )


@pytest.mark.parametrize(("reasons", "others"), [("aabc", False), ("abcda", True)])
def test_three_reasons_are_told(
    reasons: str, others: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = [RefusedEntry(f"k{row}", f"reason {one}") for row, one in enumerate(reasons)]
    show_sent(Added(new=1, refused=tuple(failed)))
    told = capsys.readouterr().out.splitlines()[1]
    assert told.startswith(f"  {len(reasons)} not taken: reason a (2, for example 'k0'); reason b")
    assert told.count("reason") == 3
    assert told.endswith("; and others") is others


def test_a_run_that_was_interrupted_is_repeated(
    server: Server, model_folder: Path, tmp_path: Path
) -> None:
    table, to = tmp_path / "many.csv", tmp_path / "out.csv"
    rows = [f"k{row},qq{row}x vv{row * 7}y" for row in range(3_000)]
    table.write_text("\n".join(["id,title", *rows]))
    command = ["predict", model_folder, table, "--to", to, "--to-review", server.url]
    process = subprocess.Popen([PROGRAM, *command], stderr=subprocess.PIPE, text=True)
    while len(queue(server)) == 0 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    error = process.communicate(timeout=60)[1]
    assert process.returncode in (0, 130)
    assert process.returncode == 0 or "run the same command again" in error
    subprocess.run([PROGRAM, *command], check=True, timeout=120)
    waiting = httpx2.get(f"{server.url}/v1/review/progress", timeout=30).json()["waiting"]
    assert waiting == 3_000


def test_decisions_come_back_into_a_model(
    aisle: CommandLine,
    server: Server,
    model_folder: Path,
    shop_file: Path,
    odd_table: Path,
    tmp_path: Path,
) -> None:
    """Products of the shop that were wrong are corrected, odd ones join, both are learned."""
    shop = pq.read_table(shop_file).to_pylist()
    wrong = [row | {"title": f"{ODD} number {n}", "images": []} for n, row in enumerate(shop[:12])]
    wrong_file = tmp_path / "wrong.parquet"
    pq.write_table(pa.Table.from_pylist(wrong), wrong_file)
    for table in (wrong_file, odd_table):
        to = tmp_path / "out.csv"
        result = aisle("predict", model_folder, table, "--to", to, "--to-review", server.url)
        assert result.code == 0, result.err
    unfit = ask(server, "lease", {})["task"]
    ask(server, "decisions", {"lease": unfit["lease"], "action": "no_category"})
    decided = assign_all(server, ["Kitchen", "Mugs"])
    before = Classifier.load(model_folder).predict([Product("a", (ODD,))])[0]
    assert before.decision == "review"
    result = aisle("fit", shop_file, "--to", tmp_path / "new", "--reviews", server.url)
    assert result.code == 0, result.err
    assert "reviews: 1 left out, since no category of the tree fits\n" in result.err
    on_table = decided - (5 if unfit["product"]["key"].startswith("p") else 4)
    assert (
        f"reviews: {decided} decisions, {on_table} of them on products of the table" in result.err
    )
    assert f"from {160 + 5 - 1:,} products" in result.out
    after = Classifier.load(tmp_path / "new").predict([Product("a", (f"{ODD} number 3",))])[0]
    assert after.category == ("Kitchen", "Mugs")


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_an_exported_file_is_learned_from(
    aisle: CommandLine, shop_file: Path, tmp_path: Path, kind: str
) -> None:
    rows = [{"id": f"n{n}", "text": f"hose garden m{n} w{n}", "text_2": "x"} for n in range(12)]
    rows = [row | {"category": " > ".join(NEW), "reviewer": "Ada"} for row in rows]
    file = tmp_path / f"decisions.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
    elif kind == "csv":
        lines = [",".join(row.values()) for row in rows]
        file.write_text("\n".join(["id,text,text_2,category,reviewer", *lines]))
    else:
        file.write_text("\n".join(map(json.dumps, rows)))
    result = aisle("fit", shop_file, "--to", tmp_path / "new", "--reviews", file)
    assert result.code == 0, result.err
    assert "reviews: 12 decisions, 0 of them on products of the table" in result.err
    parquet = "an export to Parquet and the service's address do"
    assert f"{file} holds no pictures; {parquet}\n" in result.err
    model = Classifier.load(tmp_path / "new")
    assert NEW in model.classes_
    assert model.columns_.text == ("title", "brand", "description")
    assert model.predict([Product("a", ("garden hose",))])[0].category == NEW


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_products_that_no_category_fits_are_not_learned_from(
    aisle: CommandLine, shop_file: Path, tmp_path: Path, kind: str
) -> None:
    shop = pq.read_table(shop_file)
    keys = shop.column("id").to_pylist()
    file = tmp_path / f"decisions.{kind}"
    rows = [{"id": key, "text": "kite", "category": ""} for key in ("new", *keys[:2])]
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
    else:
        file.write_text("\n".join(["id,text,category", *(f"{row['id']},kite," for row in rows)]))
    result = aisle("fit", shop_file, "--to", tmp_path / "new", "--reviews", file)
    assert result.code == 0, result.err
    assert "reviews: 3 left out, since no category of the tree fits\n" in result.err
    assert "reviews: 0 decisions, 0 of them on products of the table\n" in result.err
    assert f"from {len(keys) - 2:,} products" in result.out


def test_an_export_with_pictures_tells_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"id": "a", "text": "mug", "category": "Kitchen", "image": [picture(SHIRT, 0)]}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "decisions.parquet")
    assert decisions_from(str(tmp_path / "decisions.parquet"))
    assert capsys.readouterr().err == ""


def test_nothing_decided_yet(
    aisle: CommandLine, idle_server: Server, shop_file: Path, tmp_path: Path
) -> None:
    result = aisle("fit", shop_file, "--to", tmp_path / "new", "--reviews", idle_server.url)
    assert result.code == 0, result.err
    assert f"reviews: nothing has been decided at {idle_server.url} yet\n" in result.err


def test_a_service_that_is_not_there_is_found_out_first(
    aisle: CommandLine, model_folder: Path, shop_file: Path, tmp_path: Path
) -> None:
    url = "http://127.0.0.1:9"
    to = tmp_path / "placed.csv"
    line = aisle.mistake("predict", model_folder, shop_file, "--to", to, "--to-review", url)
    assert line.startswith(f"{url} cannot be reached")
    assert not to.exists()
    line = aisle.mistake("fit", shop_file, "--to", tmp_path / "m", "--reviews", url)
    assert line.startswith(f"{url} cannot be reached")


def test_mistakes_of_predict(
    aisle: CommandLine, idle_server: Server, model_folder: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("title\nmug\n")
    command = ("predict", model_folder, table, "--to", tmp_path / "out.csv")
    assert "--to-review" in aisle.mistake(*command, "--value", "price")
    to_desk = (*command, "--to-review", idle_server.url)
    assert "name its column by --id" in aisle.mistake(*to_desk)
    line = aisle.mistake(*to_desk, "--id", "title", "--value", "price")
    assert line == "no column 'price' for --value among title"
    assert "is no http address" in aisle.mistake(*command, "--to-review", "ftp://here")


def test_mistakes_of_fit(aisle: CommandLine, shop_file: Path, tmp_path: Path) -> None:
    command = ("fit", shop_file, "--to", tmp_path / "m", "--reviews")
    assert "does not exist" in aisle.mistake(*command, tmp_path / "nowhere.csv")
    (tmp_path / "other.csv").write_text("name,shelf\na,b\n")
    assert "no column 'category'" in aisle.mistake(*command, tmp_path / "other.csv")


def test_the_key_comes_from_the_environment(
    aisle: CommandLine,
    model_folder: Path,
    odd_table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed = [f"{role}:{hash_key(role)}" for role in ("classify", "review")]
    monkeypatch.setitem(os.environ, "AISLE_API_KEYS", ",".join(hashed))
    with served(model_folder, "--data", tmp_path / "data") as server:
        to = ("--to", tmp_path / "out.csv", "--to-review", server.url)
        command = ("predict", model_folder, odd_table, *to)
        assert "an API key is needed" in aisle.mistake(*command)
        monkeypatch.setenv("AISLE_API_KEY", "classify")
        assert "review is needed" in aisle.mistake(*command)
        monkeypatch.setenv("AISLE_API_KEY", "review")
        assert "5 new" in aisle(*command).out


def test_the_log_says_what_it_stands_on(idle_server: Server) -> None:
    line = idle_server.wait_for("listening")
    assert (line["model"], line["database"]) == ("model", "sqlite")
    assert (Path(line["data"]) / "aisle.db").exists()


def test_a_foreign_name_is_refused(idle_server: Server) -> None:
    headers = {"Host": "shop.example"}
    answer = httpx2.get(f"{idle_server.url}/v1/model", headers=headers, timeout=30)
    assert answer.status_code == 421
