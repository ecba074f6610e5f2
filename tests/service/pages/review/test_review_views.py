import re
from datetime import UTC, datetime, timedelta

import pytest

from aisle.review.records import Action, DecisionRecord, Progress, QueuedProduct, Task
from aisle.schema import Candidate
from aisle.service.pages.rendering import filled
from aisle.service.pages.review.filling import Filling
from aisle.service.pages.review.views import (
    TOGETHER,
    empty_view,
    matches_view,
    past_view,
    task_view,
)

EVIL = "\"><script>alert('1')</script>"
DIGEST = "ab" * 32


def product(**changes: object) -> QueuedProduct:
    values = {
        "key": "p1",
        "texts": ("A mug", "of stone"),
        "pictures": (DIGEST,),
        "category": ("Kitchen", "Mugs"),
        "confidence": 0.4,
        "reason": "below the threshold",
        "shortlist": (
            Candidate(("Kitchen", "Mugs"), 0.4),
            Candidate(("Kitchen", "Pans"), 0.3),
        ),
        "value": 0.0,
        "skips": 0,
        "version": "0123456789abcdef",
    }
    return QueuedProduct(**(values | changes))


def view(shown: QueuedProduct, alike: tuple[QueuedProduct, ...] = (), more: int = 0) -> dict:
    task = Task("lease", datetime.now(UTC) + timedelta(seconds=300), shown, len(alike) + more)
    return task_view(task, alike)


def tags(page: str) -> set[str]:
    return set(re.findall(r"<(\w+)", page))


def test_shows_all_that_is_needed_to_decide() -> None:
    shown = view(product(value=12.5, skips=2))
    assert shown["lease"] == "lease"
    assert 295 < shown["seconds"] <= 300
    assert shown["pictures"] == [f"/review/pictures/{DIGEST}"]
    words = " ".join(re.sub("<[^>]+>", " ", shown["html"]).split())
    for said in ("A mug", "of stone", "below the threshold", "worth 12.5", "skipped 2 times"):
        assert said in words
    assert words.index("Mugs 40 %") < words.index("Pans 30 %")
    assert shown["html"].count("data-digit") == 2


def test_text_of_products_is_never_markup() -> None:
    plain = view(product(), (product(key="p2"),))["html"]
    path = (EVIL, EVIL)
    evil = product(
        key=EVIL,
        texts=(EVIL, EVIL),
        reason=EVIL,
        category=path,
        shortlist=(Candidate(path, 0.4), Candidate(path, 0.3)),
    )
    page = view(evil, (evil,))["html"]
    assert tags(page) == tags(plain)
    assert "script" not in tags(matches_view([path]))
    assert len(re.findall(r"\w+=\"", page)) == len(re.findall(r"\w+=\"", plain))


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"texts": ()}, "Product p1"),
        ({"texts": ("", "second")}, "second"),
        ({"texts": ("x" * 400,)}, "x" * 140 + "…"),
    ],
)
def test_title_of_what_has_none(changes: dict, title: str) -> None:
    assert f">{title}</h2>" in view(product(**changes))["html"]


def test_long_title_is_shown_whole_below() -> None:
    assert "x" * 400 in view(product(texts=("x" * 400,)))["html"]


def test_product_without_anything_can_be_searched_for() -> None:
    page = view(product(category=None, shortlist=(), pictures=(), texts=()))["html"]
    assert "No picture" in page
    assert "search in the tree" in page


def test_near_duplicates_come_ticked() -> None:
    page = view(product(), tuple(product(key=f"q{one}") for one in range(3)))["html"]
    assert page.count("checked") == 3
    assert re.sub(r"<[^>]+>", "", page).count("3 more like it") == 1
    assert "<span data-ticked>4</span>" in page


def test_empty_queue_says_why_it_is_empty() -> None:
    assert "The queue is empty" in empty_view(Progress(0, 0, 0, 0, 0, 0))
    assert "All done" in empty_view(Progress(0, 0, 5, 0, 0, 0))
    assert "2 products are on other desks" in empty_view(Progress(0, 2, 5, 0, 0, 0))
    assert "--to-review" in empty_view(Progress(0, 0, 0, 0, 0, 0))


def test_name_of_an_upload_is_never_markup() -> None:
    filling = Filling(EVIL, "Ada", total=1, done=1, failed=1, failures=[EVIL], notes=(EVIL,))
    page = filled("review_filling.html", filling=filling)
    assert "script" not in tags(page)


def test_a_large_group_is_told_whole_and_shown_in_part() -> None:
    html = view(product(key="a"), (product(key="b"), product(key="c")), more=40)["html"]
    assert "42 more like it, the first 2 here" in html


def record(number: int = 1, text: str = "A mug", **changes: object) -> DecisionRecord:
    values = {
        "id": number,
        "key": "p1",
        "texts": ("", text),
        "pictures": (DIGEST,),
        "action": Action.ASSIGN,
        "category": ("Kitchen", "Mugs"),
        "reviewer": "Ada",
        "at": datetime(2030, 1, 31, 12, 5, tzinfo=UTC),
    }
    return DecisionRecord(**(values | changes))


def words_of(page: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_what_stands_on_a_product_that_is_looked_at_again() -> None:
    task = Task("lease", datetime.now(UTC), product(), 0)
    page = task_view(task, (), record())["html"]
    assert "Decided: Kitchen &gt; Mugs , Ada, 2030-01-31 12:05 UTC ." in words_of(page)
    assert page.count('data-do="keep"') == 1
    assert 'data-do="keep"' not in task_view(task, ())["html"]


def test_a_past_decision_says_what_who_and_when() -> None:
    undone = record(2, undone_at=datetime(2030, 1, 31, 13, tzinfo=UTC))
    unfit = record(1, action=Action.NO_CATEGORY, category=None, reviewer="Grace")
    skipped = record(3, "", action=Action.SKIP, category=None, pictures=())
    words = words_of(past_view([skipped, undone, unfit]))
    assert words == (
        "Product p1 Skipped Ada · 2030-01-31 12:05 UTC Look again"
        " A mug Kitchen &gt; Mugs · taken back 2030-01-31 13:00 UTC"
        " Ada · 2030-01-31 12:05 UTC Look again"
        " A mug No category fits Grace · 2030-01-31 12:05 UTC Look again"
    )
    assert past_view([undone]).count('class="undone"') == 1


def test_what_is_left_over_can_be_asked_for() -> None:
    records = [record(number) for number in range(2 * TOGETHER, TOGETHER - 1, -1)]
    page = past_view(records)
    assert f'data-older="{TOGETHER + 1}"' in page
    assert page.count("data-again") == TOGETHER
    assert "data-older" not in past_view(records[1:])
    assert "No decisions here" in past_view([])


def test_text_of_past_decisions_is_never_markup() -> None:
    plain = past_view([record()])
    evil = past_view([record(text=EVIL, key=EVIL, reviewer=EVIL, category=(EVIL, EVIL))])
    assert tags(evil) == tags(plain)
    assert len(re.findall(r"\w+=\"", evil)) == len(re.findall(r"\w+=\"", plain))
