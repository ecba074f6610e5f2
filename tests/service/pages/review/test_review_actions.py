"""What the script of the review page asks for, without a browser."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from desk_queue import SHORTLIST, entries, group
from PIL import Image
from review_service import open_desk

pytest.importorskip("nicegui")
from nicegui import app as gui
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.testclient import TestClient
from thread_crew import ThreadCrew

from aisle.review.desk import Desk
from aisle.service.api.keys import ApiKey, Keys, Role, hash_key
from aisle.service.app import make_app
from aisle.service.engine import Engine
from aisle.service.pages import sign_in
from aisle.service.pages.review import page as review
from aisle.service.pages.site import Site
from aisle.service.settings import Limits, Pace

MUGS = list(SHORTLIST[0])


@pytest.fixture(scope="module")
def engine(model_folder: Path) -> Engine:
    return Engine(model_folder, recruit=ThreadCrew)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def site(engine: Engine, desk: Desk, tmp_path: Path, monkeypatch) -> Site:
    """The site, without the pages themselves: those need a server of their own."""
    site = Site(engine, Limits(), Keys(), desk, tmp_path)
    monkeypatch.setattr(gui, "state", SimpleNamespace(aisle=site))
    return site


def client_of(site: Site) -> TestClient:
    app = make_app(site.engine, site.limits, site.keys, site.desk)
    for router in (sign_in.router, *review.routers):
        app.include_router(router)
    app.add_middleware(SessionMiddleware, secret_key="secret", session_cookie="aisle")
    return TestClient(app)


@pytest.fixture
def ada(site: Site) -> Iterator[TestClient]:
    with client_of(site) as client:
        client.post("/sign-in", data={"name": "Ada"})
        yield client


def take(client: TestClient, order: str = "worst") -> dict:
    return client.post("/review/desk/take", json={"order": order}).json()["task"]


def decide(client: TestClient, task: dict, category: list[str] = MUGS, **more: object):
    body = {"lease": task["lease"], "action": "assign", "category": category} | more
    return client.post("/review/desk/decide", json=body)


def undo(client: TestClient, leases: list[str], decision: int | None = None) -> dict | None:
    """What comes again when the last decision, or a certain one, is taken back."""
    which = client.post("/review/desk/last").json()["decision"] if decision is None else decision
    return past(client, "undo", which, leases)


def past(client: TestClient, path: str, decision: int, leases: list[str]) -> dict | None:
    answer = client.post(f"/review/desk/{path}", json={"decision": decision, "leases": leases})
    assert answer.status_code == 200, answer.text
    return answer.json()["task"]


def shown(desk: Desk, task: dict) -> dict[str, str]:
    return {one.key: one.version for one in desk.alike(task["lease"])}


def test_takes_decides_and_takes_back(ada: TestClient, desk: Desk) -> None:
    desk.add(entries(3))
    first, second = take(ada), take(ada)
    assert first["key"] != second["key"]
    assert decide(ada, first).json() == {"decided": 1}
    assert decide(ada, first).json() == {"decided": 1}, "sent again, it is the same decision"
    (record,) = desk.decisions()
    assert (record.key, record.category, record.reviewer) == (first["key"], SHORTLIST[0], "Ada")
    back = undo(ada, [second["lease"]])
    assert back["key"] == first["key"]
    assert desk.progress().held == 1
    assert ada.post("/review/desk/last").json() == {"decision": None}
    assert undo(ada, [back["lease"]], record.id)["lease"] == back["lease"], "sent again"
    assert desk.progress().held == 1
    assert desk.lease("Grace").product.key != first["key"]


def test_undo_for_nothing_gives_nothing_back(ada: TestClient, desk: Desk) -> None:
    desk.add(entries(2))
    first, second = take(ada), take(ada)
    decide(ada, first)
    (record,) = desk.decisions()
    decide(ada, undo(ada, []))
    assert undo(ada, [second["lease"]], record.id) is None
    assert desk.progress().held == 1


def test_a_decision_counts_once_for_the_pace(ada: TestClient, desk: Desk) -> None:
    desk.add(group(4))
    task = take(ada)
    seen = shown(desk, task)
    for _ in range(2):
        decide(ada, task, also=seen)
    assert gui.state.review.throughput.per_minute("Ada") == pytest.approx(12)
    undo(ada, [])
    assert gui.state.review.throughput.per_minute("Ada") is None


def test_a_group_is_decided_with_what_is_held_ahead_of_it(ada: TestClient, desk: Desk) -> None:
    desk.add(group(4))
    first, ahead = take(ada), take(ada)
    seen = {one.key: one.version for one in desk.queue()}
    seen[ahead["key"]] = next(iter(seen.values()))
    answer = decide(ada, first, also=seen, release=[ahead["lease"]])
    assert answer.json() == {"decided": 4}
    assert take(ada) is None


def test_stale_leases_and_foreign_categories_decide_nothing(ada: TestClient, desk: Desk) -> None:
    desk.add(entries(1))
    task = take(ada)
    assert decide(ada, task, ["Kitchen", "Rockets"]).status_code == 422
    assert decide(ada, task, []).status_code == 422
    assert ada.post("/review/desk/release", json={"leases": [task["lease"]]}).status_code == 200
    assert decide(ada, task).status_code == 409
    stale = ada.post("/review/desk/renew", json={"leases": [task["lease"], "unknown"]}).json()
    assert stale == {"stale": [task["lease"], "unknown"]}
    assert list(desk.decisions()) == []


def test_only_categories_are_assigned_and_found(ada: TestClient, desk: Desk) -> None:
    desk.add(entries(1))
    answer = decide(ada, take(ada), ["Kitchen"])
    sentence = "'Kitchen' is no category of the tree; choose one beneath it"
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    page = ada.get("/review/tree", params={"q": "kitchen"}).text
    assert page.count('role="option"') == 2
    assert "<b>Kitchen</b>" not in page


def test_a_group_larger_than_what_is_shown(ada: TestClient, desk: Desk) -> None:
    desk.add(group(64))
    task = take(ada)
    assert task["html"].count('type="checkbox"') == 60
    decide(ada, task)
    back = undo(ada, [])
    assert back["html"].count('type="checkbox"') == 60


def test_near_duplicates_are_shown_with_their_versions(ada: TestClient, desk: Desk) -> None:
    desk.add(group(2))
    task = take(ada)
    ((key, version),) = shown(desk, task).items()
    assert f'value="{key}" data-version="{version}"' in task["html"]


def test_no_category_fits(ada: TestClient, desk: Desk) -> None:
    desk.add(entries(1))
    task = take(ada)
    body = {"lease": task["lease"], "action": "no_category"}
    assert ada.post("/review/desk/decide", json=body).json() == {"decided": 1}
    assert desk.progress().no_category == 1
    assert "All done" in ada.post("/review/desk/take", json={}).json()["html"]


def test_a_past_decision_is_looked_at_again(ada: TestClient, desk: Desk) -> None:
    desk.add(entries(3))
    decide(ada, take(ada))
    (record,) = desk.decisions()
    held = take(ada)
    task = past(ada, "again", record.id, [held["lease"]])
    assert task["key"] == record.key
    assert "Kitchen &gt; Mugs</b>, Ada" in task["html"]
    assert past(ada, "again", record.id, [task["lease"]])["lease"] == task["lease"]
    assert desk.progress().waiting == 2, "what was held is given back"
    decide(ada, task, ["Kitchen", "Pans"])
    assert [one.category for one in desk.decisions()] == [("Kitchen", "Pans")]
    assert desk.lease("Grace").product.key != record.key


def test_what_another_looks_at_is_not_given(ada: TestClient, desk: Desk) -> None:
    desk.add(entries(2))
    decide(ada, take(ada))
    (record,) = desk.decisions()
    held = take(ada)
    assert desk.look_again(record.id, "Grace") is not None
    assert past(ada, "again", record.id, [held["lease"]]) is None
    assert desk.progress().held == 1, "nothing is given back for nothing"
    answer = ada.post("/review/desk/again", json={"decision": 999, "leases": []})
    assert answer.status_code == 422


def test_past_decisions_are_listed(ada: TestClient, desk: Desk) -> None:
    desk.add(entries(52))
    for _ in range(51):
        decide(ada, take(ada))
    desk.skip(desk.lease("Grace").lease, "Grace")
    mine = ada.get("/review/past").text
    assert mine.count("data-again") == 50
    oldest = desk.past("Ada", limit=50)[-1].id
    assert f'data-older="{oldest}"' in mine
    rest = ada.get("/review/past", params={"before": oldest}).text
    assert (rest.count("data-again"), rest.count("data-older")) == (1, 0)
    everybody = ada.get("/review/past?whose=all").text
    assert "Skipped" in everybody
    assert "Grace" in everybody
    assert "Grace" not in mine
    for query in ("whose=yours", "before=0", f"before={2**63}"):
        assert ada.get(f"/review/past?{query}").status_code == 422


def test_each_action_needs_a_session(site: Site, desk: Desk) -> None:
    desk.add(entries(1))
    with client_of(site) as stranger:
        for path in ("take", "decide", "last", "undo", "again", "renew", "release"):
            assert stranger.post(f"/review/desk/{path}", json={}).status_code == 401
        for path in ("tree", "past", "pictures/" + "0" * 64, "decisions"):
            assert stranger.get(f"/review/{path}").status_code == 401
        assert stranger.post("/review/filling?name=a.csv", content=b"title\na").status_code == 401
    assert desk.progress().held == 0


def test_a_key_counts_as_long_as_it_is_valid(site: Site, desk: Desk, monkeypatch) -> None:
    desk.add(entries(2))
    soon = datetime.now(UTC) + timedelta(hours=1)
    keys = [
        ApiKey("Grace", Role.REVIEW, hash_key("right"), soon),
        ApiKey("Shop", Role.CLASSIFY, hash_key("other")),
    ]
    keyed = Site(site.engine, site.limits, Keys(keys), desk, site.data)
    monkeypatch.setattr(gui, "state", SimpleNamespace(aisle=keyed))
    with client_of(keyed) as client:
        client.post("/sign-in", data={"key": "other"})
        assert client.post("/review/desk/take", json={}).status_code == 401
        client.post("/sign-in", data={"key": "right"})
        task = take(client)
        over = [ApiKey("Grace", Role.REVIEW, hash_key("right"), datetime.now(UTC))]
        late = Site(site.engine, site.limits, Keys(over), desk, site.data)
        monkeypatch.setattr(gui, "state", SimpleNamespace(aisle=late))
        assert decide(client, task).status_code == 401
    assert list(desk.decisions()) == []


def test_pictures_are_drawn_anew(ada: TestClient, desk: Desk) -> None:
    file = BytesIO()
    image = Image.new("RGB", (900, 600), (10, 200, 30))
    image.save(file, "JPEG", comment=b"<script>alert(1)</script>")
    digest = desk.pictures.keep(file.getvalue())
    answer = ada.get(f"/review/pictures/{digest}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert b"script" not in answer.content
    assert Image.open(BytesIO(answer.content)).size == (640, 427)
    assert ada.get(f"/review/pictures/{digest}?width=100000").status_code == 422
    assert ada.get("/review/pictures/" + "0" * 64).status_code == 404
    assert ada.get("/review/pictures/..%2Fsecret").status_code in (404, 422)
    broken = desk.pictures.keep(b"<svg><script/></svg>")
    assert ada.get(f"/review/pictures/{broken}").status_code == 422


def test_searches_the_tree_of_the_model(ada: TestClient) -> None:
    page = ada.get("/review/tree", params={"q": "kitchen mug"}).text
    assert page.count('role="option"') == 1
    assert "<b>Mugs</b>" in page
    assert ada.get("/review/tree", params={"q": "x" * 300}).status_code == 422


def test_decisions_as_tables(ada: TestClient, desk: Desk) -> None:
    desk.add(entries(2))
    decide(ada, take(ada))
    table = pq.read_table(BytesIO(ada.get("/review/decisions?format=parquet").content))
    assert table.column("category").to_pylist() == ["Kitchen > Mugs"]
    assert ada.get("/review/decisions?format=csv").text.count("Kitchen > Mugs") == 1
    assert ada.get("/review/decisions?format=exe").status_code == 422


@pytest.mark.parametrize("name", ["a.xlsx", "csv", "a.csv/..", "x" * 201 + ".csv", ""])
def test_uploads_are_tables(ada: TestClient, name: str) -> None:
    answer = ada.post("/review/filling", params={"name": name}, content=b"title\na")
    assert answer.status_code == 422


def test_an_upload_fills_the_queue(ada: TestClient, desk: Desk, site: Site) -> None:
    table = b"id,title\na,zzzz\nb,yyyy\n"
    answer = ada.post("/review/filling", params={"name": "../new.CSV"}, content=table)
    assert answer.status_code == 202
    filling = gui.state.review.filling
    while not filling.finished:
        ada.get("/health/live")
    assert filling.added.new == desk.progress().waiting == 2


def test_uploads_end_at_their_limit(ada: TestClient, desk: Desk, monkeypatch) -> None:
    monkeypatch.setattr("aisle.service.pages.review.filling_route.UPLOAD_BYTES", 1_000)
    body = b"title\n" + b"word\n" * 1_000
    answer = ada.post("/review/filling", params={"name": "new.csv"}, content=body)
    assert answer.status_code == 413
    assert gui.state.review.filling.finished
    assert ada.post("/review/filling?name=b.csv", content=b"title\na").status_code == 202


def test_an_upload_that_stands_still_makes_room(ada: TestClient, site: Site, monkeypatch) -> None:
    monkeypatch.setattr(site.engine, "pace", Pace(seconds=0.05))

    async def stalled(_: Request) -> AsyncIterator[bytes]:
        yield b"title\n"
        await asyncio.sleep(60)

    with monkeypatch.context() as only:
        only.setattr(Request, "stream", stalled)
        answer = ada.post("/review/filling?name=a.csv", content=b"title\n")
    assert answer.status_code == 408
    assert list(answer.json()) == ["error"]
    assert "send it again" in gui.state.review.filling.error
    assert ada.post("/review/filling?name=b.csv", content=b"title\na").status_code == 202
