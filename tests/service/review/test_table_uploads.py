import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import httpx2 as httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from desk_queue import noise
from live_service import Setting, serving
from review_service import open_desk
from thread_pool import ThreadPool, slow_pool

from aisle.errors import TableError
from aisle.review.desk import Desk
from aisle.schema import Decision
from aisle.service.api.errors import RefusedError, gone
from aisle.service.inference.engine import InferenceEngine
from aisle.service.review.desk_schemas import UploadState
from aisle.service.review.table_uploads import TableUploads
from aisle.service.review.upload_reading import read_upload
from aisle.service.settings import Limits

LIMITS = Limits(characters=400)
ROWS = 1_500


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path / "desk")
    yield made
    made.close()


def fill(model_folder: Path, desk: Desk, file: Path) -> UploadState:
    state = UploadState(name="sent.csv", reviewer="Ada")

    async def work() -> None:
        engine = InferenceEngine(model_folder, make_pool=ThreadPool)
        await engine.start()
        await TableUploads(desk, engine, LIMITS).fill(state, file)
        await engine.stop()

    asyncio.run(work())
    return state


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text)
    return file


def test_queues_what_the_model_doubts(model, model_folder, desk, new_shop, tmp_path) -> None:
    table = pa.table({"id": [p.id for p in new_shop], "title": [p.texts[0] for p in new_shop]})
    pq.write_table(table, tmp_path / "new.parquet")
    upload = fill(model_folder, desk, tmp_path / "new.parquet")
    products, _ = read_upload(tmp_path / "new.parquet", LIMITS)
    doubted = {a.id for a in model.predict(products.items) if a.decision is Decision.REVIEW}
    assert {one.key for one in desk.queue(limit=100)} == doubted
    assert upload.finished
    assert upload.total == upload.done == len(new_shop)
    assert upload.new == len(doubted) > 0
    assert upload.assigned == len(new_shop) - len(doubted) > 0
    assert upload.failed == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "id,title,value\na,zzzz yyyy,7\nb,,2\nc,wwww,much\n"),
        ("t.tsv", "id\ttitle\tvalue\na\tzzzz yyyy\t7\nb\t\t2\nc\twwww\tmuch\n"),
        ("t.jsonl", '{"id":"a","title":"zzzz yyyy","value":7}\n{"id":"b"}\n{"id":"c","title":"w"}'),
    ],
)
def test_reads_all_kinds_of_text(model_folder, desk, tmp_path, name: str, text: str) -> None:
    upload = fill(model_folder, desk, write(tmp_path, name, text))
    assert [one.key for one in desk.queue("valuable")] == ["a", "c"]
    assert [one.value for one in desk.queue("valuable")] == [7, 0]
    assert upload.failed == 1
    assert upload.failures == ["Row 2: there is nothing to look at; give text, image or both"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"", "sent.csv is empty (0 bytes)"),
        ("a.csv", b"id,title\n", "has no rows"),
        ("a.csv", b"colour,size\nred,4\n", "sent.csv"),
        ("a.jsonl", b"[1, 2]\n", "one object a line was expected"),
        ("a.parquet", b"PAR1 no more", "cannot be read as Parquet"),
        ("a.csv", b"PK\x03\x04" + bytes(60), "is no CSV"),
    ],
)
def test_broken_tables_say_why(model_folder, desk, tmp_path, name, data, said) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    upload = fill(model_folder, desk, file)
    assert upload.finished
    assert said.replace("sent.csv", "") in upload.error
    assert str(tmp_path) not in upload.error
    assert desk.progress().waiting == 0


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("address", ["../secret.jpg", "{secret}", "http://127.0.0.1/secret.jpg"])
def test_never_opens_a_file_that_a_table_names(tmp_path, address: str, listed: bool) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(noise(3))
    name = address.format(secret=secret)
    line = json.dumps({"title": "a", "image": [name] if listed else name})
    products, notes = read_upload(write(tmp_path / "uploads", "t.jsonl", line), LIMITS)
    assert products.items[0].images == ()
    assert any("left out" in note for note in notes)
    assert str(secret) not in "".join(notes)


def test_takes_pictures_whose_bytes_are_there(model_folder, desk, tmp_path) -> None:
    pictures = [noise(1), noise(2)]
    for name, column in {
        "one": pa.array(pictures),
        "list": pa.array([[pictures[0]], [pictures[1], pictures[0]]]),
        "struct": pa.array([{"bytes": one, "path": "/etc/passwd"} for one in pictures]),
    }.items():
        file = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"title": ["a", "b"], "image": column}), file)
        products, _ = read_upload(file, LIMITS)
        assert products.items[0].images == (pictures[0],)
    file = tmp_path / "broken.parquet"
    images = pa.array([b"no picture", pictures[0]])
    pq.write_table(pa.table({"id": ["a", "b"], "title": ["zz", "yy"], "image": images}), file)
    upload = fill(model_folder, desk, file)
    assert upload.failed == 1
    (queued,) = desk.queue()
    assert desk.pictures.read(queued.pictures[0]) == pictures[0]


def test_products_without_ids_are_known_by_their_content(model_folder, desk, tmp_path) -> None:
    first = write(tmp_path, "one.csv", "title\nzzzz\nyyyy\n")
    assert fill(model_folder, desk, first).new == 2
    again = write(tmp_path, "two.csv", "title\nwwww\nzzzz\n")
    upload = fill(model_folder, desk, again)
    assert (upload.new, upload.renewed) == (1, 1)
    assert any("no column of ids" in note for note in upload.notes)


def test_too_long_texts_are_failed_rows(model_folder, desk, tmp_path) -> None:
    file = write(tmp_path, "t.csv", f"id,title\na,{'word ' * 200}\nb,zzzz\n")
    upload = fill(model_folder, desk, file)
    assert upload.failed == 1
    assert upload.failures[0].startswith("Row 1: the text has ")
    assert [one.key for one in desk.queue()] == ["b"]


def test_neither_text_nor_pictures_is_a_mistake(tmp_path) -> None:
    with pytest.raises(TableError):
        read_upload(write(tmp_path, "t.csv", "image,size\na.jpg,4\n"), LIMITS)


def test_what_does_not_come_whole_makes_room(model_folder, desk) -> None:
    async def body(error: Exception | None = None) -> AsyncIterator[bytes]:
        yield b"title\na\n"
        if error:
            raise error

    async def work() -> None:
        engine = InferenceEngine(model_folder, make_pool=ThreadPool)
        await engine.start()
        uploads = TableUploads(desk, engine, LIMITS)
        with pytest.raises(RefusedError, match="did not come whole"):
            await uploads.take("t.csv", "Ada", body(gone()))
        assert uploads.latest.finished
        assert "did not come whole" in uploads.latest.error
        await uploads.take("t.csv", "Ada", body())
        with pytest.raises(RefusedError, match=r"t.csv is still being queued"):
            await uploads.take("u.csv", "Ada", body())
        await uploads.finish(30)
        assert uploads.latest.new == 1
        await engine.stop()

    asyncio.run(work())


def test_what_is_not_queued_in_time_ends_early_and_says_so(model_folder, desk) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"title\nzzzz\n"

    async def work() -> UploadState:
        engine = InferenceEngine(model_folder, make_pool=slow_pool(1))
        await engine.start()
        uploads = TableUploads(desk, engine, LIMITS)
        state = await uploads.take("t.csv", "Ada", body())
        await uploads.finish(0.05)
        await engine.stop()
        return state

    state = asyncio.run(work())
    assert state.finished
    assert "stopped before all rows were queued" in state.error


def test_what_was_accepted_is_queued_before_the_service_ends(
    model_folder: Path, tmp_path: Path
) -> None:
    table = "id,title\n" + "".join(f"k{row},zzzz{row} yyyy\n" for row in range(ROWS))
    setting = Setting(inference={"batch_size": 2, "workers": 1}, desk=str(tmp_path))
    with serving(model_folder, setting) as server:
        url = f"{server.url}/v1/review/upload?name=t.csv"
        assert httpx.post(url, content=table.encode(), timeout=30).status_code == 202
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        assert server.noise == []
    with closing(open_desk(tmp_path, file="desk.db")) as desk:
        assert desk.progress().waiting == ROWS
