"""The review desk over HTTP: take, decide, take back, look."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from review_service import (
    MUGS,
    PANS,
    decide,
    desk_service,
    doubted,
    open_desk,
    progress,
    send,
    take,
    undo,
)
from starlette.testclient import TestClient
from thread_pool import ThreadPool

from aisle.service.api.keys import ApiKey, Keys, Role, hash_key
from aisle.service.app import make_app
from aisle.service.inference.engine import InferenceEngine
from aisle.taxonomy import Taxonomy

LEASE = "a" * 22


class Clock:
    """The time, which tests move on."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk_client(model_folder: Path, tmp_path: Path, clock: Clock) -> Iterator[TestClient]:
    with desk_service(model_folder, open_desk(tmp_path, clock=clock)) as client:
        yield client


def test_the_worst_first_and_nobody_gets_what_another_holds(desk_client: TestClient) -> None:
    send(desk_client, doubted("b", 0.3), doubted("a", 0.2), doubted("c", 0.4))
    tasks = [take(desk_client, who) for who in ("Ada", "Grace", "Ada")]
    assert [task["product"]["key"] for task in tasks] == ["a", "b", "c"]
    assert take(desk_client, "Grace") is None
    assert progress(desk_client)["held"] == 3


def test_the_most_valuable_first(desk_client: TestClient) -> None:
    send(desk_client, doubted("cheap", 0.1, value=1), doubted("dear", 0.4, value=99.5))
    task = take(desk_client, order="valuable")
    assert (task["product"]["key"], task["product"]["value"]) == ("dear", 99.5)


def test_a_task_says_what_a_reviewer_needs(desk_client: TestClient, clock: Clock) -> None:
    send(desk_client, doubted("a", 0.25))
    task = take(desk_client)
    product = task["product"]
    assert (product["category"], product["confidence"]) == (MUGS, 0.25)
    assert [one["category"] for one in product["shortlist"]] == [MUGS, PANS]
    assert product["reason"] == "below the threshold"
    assert datetime.fromisoformat(task["expires"]) > clock.now


def test_a_decision_is_told_and_counted(desk_client: TestClient) -> None:
    send(desk_client, doubted("a"))
    told = decide(desk_client, take(desk_client)["lease"], category=PANS).json()
    expected = {"key": "a", "action": "assign", "category": PANS, "reviewer": "Ada", "decided": 1}
    assert told.items() >= expected.items()
    found = progress(desk_client)
    counts = ("waiting", "held", "decided", "no_category", "skipped", "decided_last_hour")
    assert [found[name] for name in counts] == [0, 0, 1, 0, 0, 1]
    assert found["by_reviewer"] == {"Ada": 1}


def test_a_decision_that_is_sent_again_changes_nothing(desk_client: TestClient) -> None:
    send(desk_client, doubted("a"), doubted("b"))
    lease = take(desk_client)["lease"]
    first = decide(desk_client, lease)
    assert decide(desk_client, lease).json() == first.json()
    assert decide(desk_client, lease, category=PANS).status_code == 409
    assert progress(desk_client)["decided"] == 1


def test_an_inner_node_that_is_a_category_can_be_assigned(desk_client: TestClient) -> None:
    send(desk_client, doubted("a"))
    desk = desk_client.app.state.desk
    tree = Taxonomy([*desk.engine.answering.classes_, ("Kitchen",)])
    desk.engine = SimpleNamespace(answering=SimpleNamespace(taxonomy_=tree))
    told = decide(desk_client, take(desk_client)["lease"], category=["Kitchen"])
    assert told.json()["category"] == ["Kitchen"]


def test_a_product_whose_content_changed_is_taken_again(desk_client: TestClient) -> None:
    send(desk_client, doubted("a"))
    lease = take(desk_client)["lease"]
    send(desk_client, doubted("a") | {"text": "quite another thing"})
    assert decide(desk_client, lease).status_code == 409
    assert decide(desk_client, take(desk_client)["lease"]).status_code == 200


def test_what_was_skipped_comes_back_last(desk_client: TestClient) -> None:
    send(desk_client, doubted("a", 0.1), doubted("b", 0.2))
    lease = take(desk_client)["lease"]
    told = decide(desk_client, lease, action="skip", category=None)
    assert (told.json()["action"], told.json()["decided"]) == ("skip", 0)
    assert [take(desk_client)["product"]["key"] for _ in range(2)] == ["b", "a"]


def test_undo_gives_the_product_anew(desk_client: TestClient) -> None:
    send(desk_client, doubted("a"))
    decision = decide(desk_client, take(desk_client)["lease"]).json()["id"]
    answer = undo(desk_client, decision).json()
    assert answer["task"]["product"]["key"] == "a"
    assert progress(desk_client)["decided"] == 0
    decide(desk_client, answer["task"]["lease"], category=PANS)
    assert undo(desk_client, decision).json() == {"task": None}
    assert progress(desk_client)["decided"] == 1


def test_undo_that_is_sent_again_answers_the_same(desk_client: TestClient) -> None:
    send(desk_client, doubted("a", 0.1), doubted("b", 0.2))
    made = [decide(desk_client, take(desk_client)["lease"]).json()["id"] for _ in range(2)]
    first = undo(desk_client, made[1]).json()
    assert first["task"]["product"]["key"] == "b"
    assert undo(desk_client, made[1]).json()["task"]["lease"] == first["task"]["lease"]
    assert progress(desk_client)["decided"] == 1


def look_again(client: TestClient, decision: int, reviewer: str = "Ada", **more: Any) -> Any:
    body = {"decision": decision} | more
    return client.post("/v1/review/look-again", json=body, headers={"X-Reviewer": reviewer})


def test_undo_gives_back_what_is_held_only_where_a_product_comes(desk_client: TestClient) -> None:
    send(desk_client, doubted("a", 0.1), doubted("b", 0.2))
    first, held = take(desk_client), take(desk_client)
    made = decide(desk_client, first["lease"]).json()["id"]
    back = undo(desk_client, made, release=[held["lease"]]).json()["task"]
    assert (back["product"]["key"], progress(desk_client)["held"]) == ("a", 1)
    again = undo(desk_client, made, release=[back["lease"]]).json()["task"]
    assert again["lease"] == back["lease"], "sent again, it is still held"
    decide(desk_client, back["lease"])
    held = take(desk_client)
    assert undo(desk_client, made, release=[held["lease"]]).json() == {"task": None}
    assert progress(desk_client)["held"] == 1


def test_the_last_decision_can_be_taken_back_next(desk_client: TestClient) -> None:
    send(desk_client, doubted("a", 0.1), doubted("b", 0.2))
    url, ada = "/v1/review/decisions/last", {"X-Reviewer": "Ada"}
    assert desk_client.get(url, headers=ada).json() == {"decision": None}
    for _ in range(2):
        made = decide(desk_client, take(desk_client)["lease"]).json()["id"]
    assert desk_client.get(url, headers=ada).json()["decision"]["id"] == made
    assert desk_client.get(url, headers={"X-Reviewer": "Grace"}).json() == {"decision": None}
    undo(desk_client, made)
    assert desk_client.get(url, headers=ada).json()["decision"]["key"] == "a"


def test_a_past_decision_is_looked_at_again(desk_client: TestClient) -> None:
    send(desk_client, doubted("a", 0.1), doubted("b", 0.2))
    made = decide(desk_client, take(desk_client)["lease"]).json()["id"]
    held = take(desk_client, "Grace")
    task = look_again(desk_client, made, "Grace", release=[held["lease"]]).json()["task"]
    assert (task["product"]["key"], task["standing"]["reviewer"]) == ("a", "Ada")
    assert task["standing"]["category"] == MUGS
    assert progress(desk_client)["waiting"] == 1, "what was held is given back"
    assert look_again(desk_client, made).json() == {"task": None}, "somebody else holds it"
    assert decide(desk_client, task["lease"], "Grace", category=PANS).status_code == 200
    assert progress(desk_client)["by_reviewer"] == {"Grace": 1}
    assert look_again(desk_client, 99).status_code == 422


def test_a_group_is_decided_with_what_is_held_ahead_of_it(desk_client: TestClient) -> None:
    text = "ceramic coffee mug with a handle dishwasher safe in five colours for the office"
    send(desk_client, *[doubted(f"m{number}") | {"text": text} for number in range(3)])
    first, ahead = take(desk_client), take(desk_client)
    listed = desk_client.get("/v1/review/queue").json()["products"]
    seen = {one["key"]: one["version"] for one in [*listed, ahead["product"]]}
    made = decide(desk_client, first["lease"], also=seen, release=[ahead["lease"]]).json()
    assert made["decided"] == 3
    assert take(desk_client) is None


def test_past_decisions_are_listed_a_page_at_a_time(desk_client: TestClient) -> None:
    send(desk_client, *[doubted(f"k{number}", number / 10) for number in range(4)])
    for reviewer in ("Ada", "Ada", "Ada", "Grace"):
        decide(desk_client, take(desk_client, reviewer)["lease"], reviewer)
    desk_client.headers["X-Reviewer"] = "Ada"
    url = "/v1/review/history"
    first = desk_client.get(url, params={"limit": 2}).json()
    assert [one["key"] for one in first["decisions"]] == ["k2", "k1"]
    rest = desk_client.get(url, params={"limit": 2, "before": first["older"]}).json()
    assert ([one["key"] for one in rest["decisions"]], rest["older"]) == (["k0"], None)
    everybody = desk_client.get(url, params={"whose": "all"}).json()["decisions"]
    assert [one["reviewer"] for one in everybody] == ["Grace", "Ada", "Ada", "Ada"]
    for query in ("whose=yours", "before=0", f"before={2**63}"):
        assert desk_client.get(f"{url}?{query}").status_code == 422


def test_categories_are_searched(desk_client: TestClient) -> None:
    url = "/v1/review/categories"
    assert desk_client.get(url, params={"q": "kitchen mug"}).json() == {"categories": [MUGS]}
    assert len(desk_client.get(url, params={"limit": 3}).json()["categories"]) == 3
    assert desk_client.get(url, params={"q": "x" * 300}).status_code == 422


def test_a_decision_counts_once_for_the_pace(desk_client: TestClient) -> None:
    desk_client.headers["X-Reviewer"] = "Ada"
    send(desk_client, *[doubted(f"k{number}", number / 10) for number in range(5)])
    for _ in range(3):
        lease = take(desk_client)["lease"]
        made = [decide(desk_client, lease).json()["id"] for _ in range(2)]
    found = progress(desk_client)
    assert (found["reviewer"], found["mine"]) == ("Ada", 3)
    assert found["per_minute"] == found["per_minute_mine"] == pytest.approx(9)
    assert found["minutes_left"] == pytest.approx(2 / 9)
    undo(desk_client, made[0])
    assert progress(desk_client)["per_minute"] is None


@pytest.mark.parametrize("name", ["a.xlsx", "csv", "a.csv/..", "x" * 201 + ".csv", ""])
def test_uploads_are_tables(desk_client: TestClient, name: str) -> None:
    answer = desk_client.post("/v1/review/upload", params={"name": name}, content=b"title\na")
    assert answer.status_code == 422


def test_an_upload_fills_the_queue(desk_client: TestClient) -> None:
    url, table = "/v1/review/upload", b"id,title\na,zzzz\nb,yyyy\n"
    assert desk_client.get(url).json() == {"upload": None}
    sent = desk_client.post(url, params={"name": "../new.CSV"}, content=table)
    assert (sent.status_code, sent.json()["name"]) == (202, "../new.CSV")
    while not (state := desk_client.get(url).json()["upload"])["finished"]:
        pass
    assert (state["new"], state["total"], state["error"]) == (2, 2, "")
    assert progress(desk_client)["waiting"] == 2


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"decision": 1}, "Ada has made no decision 1"),
        ({"decision": 2**63}, "decision"),
        ({"decision": 0}, "decision"),
        ({}, "decision"),
    ],
)
def test_undo_of_what_was_never_decided(
    desk_client: TestClient, body: dict[str, int], part: str
) -> None:
    headers = {"X-Reviewer": "Ada"}
    answer = desk_client.post("/v1/review/undo", json=body, headers=headers)
    assert answer.status_code == 422
    assert part in answer.json()["error"]


def test_that_no_category_fits_is_counted_apart(desk_client: TestClient) -> None:
    send(desk_client, doubted("a"))
    lease = take(desk_client)["lease"]
    told = decide(desk_client, lease, action="no_category", category=None).json()
    assert (told["action"], told["category"], told["decided"]) == ("no_category", None, 1)
    assert decide(desk_client, lease, action="no_category", category=None).json() == told
    counts = progress(desk_client)
    assert (counts["waiting"], counts["decided"], counts["no_category"]) == (0, 0, 1)
    assert undo(desk_client, told["id"]).json()["task"]["product"]["key"] == "a"


def test_near_duplicates_are_listed_and_decided_together(desk_client: TestClient) -> None:
    text = "ceramic coffee mug with a handle dishwasher safe in five colours for the office"
    same = [doubted(f"m{number}", 0.3 + number / 100) | {"text": text} for number in range(4)]
    send(desk_client, *same, doubted("other", 0.9))
    task = take(desk_client)
    assert task["alike"] == 3
    listed = desk_client.get(f"/v1/review/alike/{task['lease']}").json()["products"]
    assert [one["key"] for one in listed] == ["m1", "m2", "m3"]
    queue = desk_client.get("/v1/review/queue").json()["products"]
    assert queue[:3] == listed
    seen = {one["key"]: one["version"] for one in queue if one["key"] != "m2"}
    told = decide(desk_client, task["lease"], also=seen | {"unknown": "0" * 16}).json()
    assert (told["key"], told["decided"]) == ("m0", 3)
    assert decide(desk_client, task["lease"], also=seen).json() == told
    queue = desk_client.get("/v1/review/queue").json()["products"]
    assert [one["key"] for one in queue] == ["m2", "other"]


def test_a_near_duplicate_that_changed_since_it_was_listed_is_left_out(
    desk_client: TestClient,
) -> None:
    text = "ceramic coffee mug with a handle dishwasher safe in five colours for the office"
    send(desk_client, *[doubted(f"m{number}") | {"text": text} for number in range(3)])
    task = take(desk_client)
    listed = desk_client.get(f"/v1/review/alike/{task['lease']}").json()["products"]
    send(desk_client, doubted("m1") | {"text": f"{text} new"})
    seen = {one["key"]: one["version"] for one in listed}
    assert decide(desk_client, task["lease"], also=seen).json()["decided"] == 2
    assert take(desk_client)["product"]["key"] == "m1"


def test_a_lease_ends_unless_it_is_renewed(desk_client: TestClient, clock: Clock) -> None:
    send(desk_client, doubted("a"))
    lease = take(desk_client)["lease"]
    clock.now += timedelta(seconds=120)
    renewed = desk_client.post(f"/v1/review/lease/{lease}/renew").json()
    assert datetime.fromisoformat(renewed["expires"]) == clock.now + timedelta(seconds=180)
    clock.now += timedelta(seconds=179)
    assert take(desk_client, "Grace") is None
    clock.now += timedelta(seconds=2)
    assert take(desk_client, "Grace")["product"]["key"] == "a"
    assert desk_client.post(f"/v1/review/lease/{lease}/renew").status_code == 409
    late = decide(desk_client, lease)
    assert late.status_code == 409
    assert "take the product again" in late.json()["error"]


def test_a_product_given_back_is_free(desk_client: TestClient) -> None:
    send(desk_client, doubted("a"))
    lease = take(desk_client)["lease"]
    assert desk_client.post(f"/v1/review/lease/{lease}/release").status_code == 204
    assert take(desk_client, "Grace")["product"]["key"] == "a"
    assert decide(desk_client, lease).status_code == 409


def test_a_lease_of_another_reviewer_decides_nothing(desk_client: TestClient) -> None:
    send(desk_client, doubted("a"))
    lease = take(desk_client, "Ada")["lease"]
    assert decide(desk_client, lease, "Grace").status_code == 409
    assert decide(desk_client, lease, "Grace", action="skip", category=None).status_code == 409
    assert decide(desk_client, lease, "Ada").status_code == 200


def test_the_queue_in_both_orders(desk_client: TestClient) -> None:
    send(desk_client, doubted("a", 0.1, value=1), doubted("b", 0.2, value=2))
    for order, keys in (("worst", ["a", "b"]), ("valuable", ["b", "a"])):
        found = desk_client.get(f"/v1/review/queue?order={order}").json()["products"]
        assert [one["key"] for one in found] == keys
    assert len(desk_client.get("/v1/review/queue?limit=1").json()["products"]) == 1


def test_pictures_are_made_anew(desk_client: TestClient) -> None:
    file = BytesIO()
    Image.new("RGB", (400, 200), (200, 40, 40)).save(file, "PNG", pnginfo=None)
    send(desk_client, doubted("a", image=b64encode(file.getvalue()).decode()))
    digest = take(desk_client)["product"]["pictures"][0]
    response = desk_client.get(f"/v1/review/pictures/{digest}?width=100")
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in response.headers["cache-control"]
    shown = Image.open(BytesIO(response.content))
    assert (shown.format, shown.size) == ("JPEG", (100, 50))
    assert desk_client.get(f"/v1/review/pictures/{'0' * 64}").status_code == 404


@pytest.mark.parametrize("path", ["..%2F..%2Fetc", "zz", "A" * 64])
def test_what_is_no_digest(desk_client: TestClient, path: str) -> None:
    assert desk_client.get(f"/v1/review/pictures/{path}").status_code in (404, 422)


DECISIONS = {
    "not in the tree": ({"category": ["Toys"]}, 422, "'Toys' is not in the tree"),
    "no category itself": (
        {"category": ["Kitchen"]},
        422,
        "'Kitchen' is no category of the tree; choose one beneath it",
    ),
    "too deep": ({"category": [*MUGS, "Blue"]}, 422, "not in the tree"),
    "no category": ({"category": None}, 422, "no category"),
    "empty category": ({"category": []}, 422, "category"),
    "skip with a category": ({"action": "skip"}, 422, "skip takes no category"),
    "none with a category": ({"action": "no_category"}, 422, "no_category takes no category"),
    "keys without versions": ({"also": ["a"]}, 422, "also"),
    "no version": ({"also": {"a": "new"}}, 422, "also"),
    "unknown action": ({"action": "burn"}, 422, "action"),
    "unknown field": ({"colour": "red"}, 422, "'colour'"),
    "a lease of another form": ({"lease": "a b"}, 422, "lease"),
    "NUL in a key": ({"also": {"a\x00": "0" * 16}}, 422, "also"),
    "never given": ({"lease": LEASE}, 409, "the lease has expired or was never given"),
}


@pytest.mark.parametrize(("more", "status", "part"), DECISIONS.values(), ids=DECISIONS)
def test_decisions_that_cannot_be(
    desk_client: TestClient, more: dict[str, object], status: int, part: str
) -> None:
    send(desk_client, doubted("a"))
    lease = take(desk_client)["lease"]
    response = decide(desk_client, **({"lease": lease} | more))
    assert response.status_code == status
    assert list(response.json()) == ["error"]
    assert part in response.json()["error"]
    assert progress(desk_client)["decided"] == 0


REQUESTS = {
    "order": ("/v1/review/lease", {"json": {"order": "best"}}, 422),
    "no JSON": ("/v1/review/lease", {"content": b"{"}, 400),
    "a form": ("/v1/review/lease", {"data": {"order": "worst"}}, 415),
    "too large": ("/v1/review/decisions", {"content": b" " * 5_000_000}, 413),
    "a large table": (
        "/v1/review/upload?name=a.csv",
        {"content": b"a", "headers": {"Content-Length": "250000000"}},
        413,
    ),
    "long name": ("/v1/review/lease", {"json": {}, "headers": {"X-Reviewer": "a" * 61}}, 422),
    "stale": (f"/v1/review/lease/{LEASE}/renew", {}, 409),
    "no lease": ("/v1/review/lease/a%00b/renew", {}, 422),
}


@pytest.mark.parametrize(("path", "sent", "status"), REQUESTS.values(), ids=REQUESTS)
def test_requests_that_cannot_be(
    desk_client: TestClient, path: str, sent: dict[str, object], status: int
) -> None:
    response = desk_client.post(path, **sent)
    assert response.status_code == status
    assert list(response.json()) == ["error"]


def test_a_name_that_is_not_printed(desk_client: TestClient) -> None:
    headers = {"X-Reviewer": "\x85".encode("latin-1")}
    assert desk_client.post("/v1/review/lease", json={}, headers=headers).status_code == 422


def test_stale_leases_have_no_near_duplicates(desk_client: TestClient) -> None:
    assert desk_client.get(f"/v1/review/alike/{LEASE}").status_code == 409


def test_without_a_desk(model_folder: Path) -> None:
    with TestClient(make_app(InferenceEngine(model_folder, make_pool=ThreadPool))) as client:
        for response in (
            client.get("/v1/review/progress"),
            client.post("/v1/review/lease", json={}),
            client.post("/v1/review/products", content=b"{}"),
        ):
            assert response.status_code == 404
            assert response.json() == {"error": "this service has no review desk"}


def test_keys_and_their_roles(model_folder: Path, tmp_path: Path) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    keys = Keys(
        [
            ApiKey("shop", Role.CLASSIFY, hash_key("shop's")),
            ApiKey("Ada", Role.REVIEW, hash_key("Ada's")),
            ApiKey("old", Role.ADMIN, hash_key("old's"), past),
        ]
    )
    with desk_service(model_folder, open_desk(tmp_path), keys) as client:
        for key, status in {"": 401, "old's": 401, "shop's": 403, "Ada's": 200}.items():
            client.headers["X-API-Key"] = key
            for path in ("/v1/review/lease", "/v1/review/products"):
                assert client.post(path, json={}).status_code == status
        send(client, doubted("a"))
        lease = take(client, "somebody else")["lease"]
        assert decide(client, lease).json()["reviewer"] == "Ada"


def test_a_key_that_expires_between_two_requests(model_folder: Path, tmp_path: Path) -> None:
    key = ApiKey("Ada", Role.REVIEW, hash_key("Ada's"))
    with desk_service(model_folder, open_desk(tmp_path), Keys([key])) as client:
        client.headers["X-API-Key"] = "Ada's"
        send(client, doubted("a"))
        lease = take(client)["lease"]
        client.app.state.keys = Keys([replace(key, expires=datetime.now(UTC))])
        assert decide(client, lease).status_code == 401


def test_every_route_shows_an_example(desk_client: TestClient) -> None:
    schema = desk_client.get("/openapi.json").json()
    models = schema["components"]["schemas"]
    for path in (path for path in schema["paths"] if path.startswith("/v1/review")):
        for operation in schema["paths"][path].values():
            good = next(value for code, value in operation["responses"].items() if code < "300")
            shown = good.get("content", {}).get("application/json", {}).get("schema")
            assert not shown or "examples" in models[shown["$ref"].rpartition("/")[2]], path


def test_the_schema_refers_to_what_is_there(desk_client: TestClient) -> None:
    schema = desk_client.get("/openapi.json").json()
    names = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(schema)))
    assert names <= set(schema["components"]["schemas"])
    assert "#/$defs" not in json.dumps(schema)
