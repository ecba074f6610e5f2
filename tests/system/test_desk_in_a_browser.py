"""The review desk as people use it: in Chromium, against a server of its own."""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from accessible import grave_faults
from desk_browser import DeskPage
from desk_queue import SHORTLIST, entries, entry, group, noise, words
from review_service import open_desk
from site_server import serving_site

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def desk_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def server(model_folder: Path, desk_folder: Path) -> Iterator:
    with serving_site(model_folder, desk_folder) as server:
        yield server


@pytest.fixture
def desk(server, desk_folder: Path) -> Iterator:
    """The store behind the server; what a test leaves waiting is cleared away."""
    desk = open_desk(desk_folder)
    yield desk
    until_nothing_is_held(desk)
    while task := desk.lease("broom"):
        desk.assign(task.lease, SHORTLIST[0], "broom")
    desk.close()


@pytest.fixture
def reviewer(browser, server, desk) -> Iterator:
    """Opens the page for somebody; it is closed after the test, and must have had no faults."""
    opened: list[DeskPage] = []

    def open_page(name: str = "Ada", width: int = 1280) -> DeskPage:
        opened.append(DeskPage(browser, server.url, name, width))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()
        assert page.faults == []


def decided(desk, reviewer: str = "Ada") -> dict[str, tuple[str, ...]]:
    """The categories that a reviewer has given, by the products' keys."""
    records = [one for one in desk.decisions() if one.reviewer == reviewer and one.category]
    assert len({one.key for one in records}) == len(records)
    return {one.key: one.category for one in records}


def until_nothing_is_held(desk) -> None:
    until = time.monotonic() + 5
    while desk.progress().held and time.monotonic() < until:
        time.sleep(0.05)
    assert desk.progress().held == 0


def review(page: DeskPage, count: int) -> dict[str, tuple[str, ...]]:
    """Decides so many products by keys; what was meant for each."""
    meant = {}
    for step in range(count):
        digit = step % len(SHORTLIST) + 1
        meant[page.ready()] = SHORTLIST[digit - 1]
        page.press(str(digit))
    page.settle()
    return meant


def test_fifty_reviews_with_the_keyboard(reviewer, desk, capsys) -> None:
    desk.add(entries(52, start=100))
    page = reviewer("Fifty")
    meant = review(page, 50)
    assert len(meant) == 50
    assert decided(desk, "Fifty") == meant
    times = sorted(page.page.evaluate("window.latencies"))
    figures = f"{statistics.median(times):.0f} ms, 95 % {times[int(0.95 * len(times))]:.0f}"
    with capsys.disabled():
        sys.stdout.write(f"\nkey to next product: median {figures}, slowest {times[-1]:.0f}\n")
    assert len(times) >= 50
    assert statistics.median(times) < 100
    page.until("document.querySelector('.figures').innerText.includes('50')")


def test_keys_that_come_too_fast_decide_nothing_unseen(reviewer, desk) -> None:
    desk.add(entries(12, start=200))
    page = reviewer("Fast")
    page.ready()
    page.page.evaluate(
        "for (let i = 0; i < 20; i++)"
        " document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '1', bubbles: true}))"
    )
    page.settle()
    assert len(decided(desk, "Fast")) == 1
    page.ready()
    for _ in range(30):
        page.page.keyboard.down("2")  # the second and all later ones are repeats of the first
    page.page.keyboard.up("2")
    page.settle()
    assert len(decided(desk, "Fast")) == 2
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        page.press("3")
    page.settle()
    assert len(decided(desk, "Fast")) <= page.page.evaluate("window.seen.length")
    page.page.locator(".choice").first.dblclick()
    assert "Assigned" in page.said or "Too soon" in page.said


def test_two_reviewers_never_get_the_same_product(reviewer, desk) -> None:
    desk.add(entries(64, start=300))
    pages = {name: reviewer(name) for name in ("Grace", "Edsger")}
    meant: dict[str, dict] = {name: {} for name in pages}
    for step in range(30):
        for name, page in pages.items():
            digit = (step + len(name)) % len(SHORTLIST) + 1
            meant[name][page.ready()] = SHORTLIST[digit - 1]
            page.press(str(digit))
    for page in pages.values():
        page.settle()
    assert not meant["Grace"].keys() & meant["Edsger"].keys()
    for name in pages:
        assert len(meant[name]) == 30
        assert decided(desk, name) == meant[name]


def test_searches_the_tree_and_typed_digits_assign_nothing(reviewer, desk) -> None:
    desk.add(entries(3, start=400))
    page = reviewer("Search")
    key = page.ready()
    page.press("/")
    page.page.keyboard.type("1s u cloth")
    page.wait("dialog.search .none:visible")
    page.page.fill("#tree-query", "")
    page.page.keyboard.type("clothing")
    page.until("document.querySelector('review-desk').search.found === 'clothing'")
    page.press("ArrowDown")
    page.press("Enter")
    page.settle()
    assert decided(desk, "Search") == {key: ("Clothing", "Skirts")}
    key = page.ready()
    page.page.click("[data-do=search]")
    page.page.fill("#tree-query", "pan")
    page.page.click("#tree-matches li >> text=Pans")
    page.settle()
    assert decided(desk, "Search")[key] == ("Kitchen", "Pans")


def test_skips_and_takes_back(reviewer, desk) -> None:
    desk.add(entries(4, start=500))
    page = reviewer("Undo")
    first = page.ready()
    page.press("s")
    second = page.ready()
    assert second != first
    page.press("2")
    third = page.ready()
    page.press("u")
    page.shows(second)
    assert decided(desk, "Undo") == {}
    assert page.ready() == second
    page.press("3")
    assert page.ready() == third
    page.settle()
    assert decided(desk, "Undo") == {second: SHORTLIST[2]}
    page.press("1")
    page.ready()
    page.press("1")
    assert page.ready() == first
    assert "skipped once" in page.page.inner_text(".stage .reason")


def test_accepts_near_duplicates_together(reviewer, desk) -> None:
    desk.add([*group(5), *entries(2, start=600)])
    page = reviewer("Bulk")
    assert page.ready().startswith("same")
    page.wait("text=4 more like it")
    page.page.locator(".others input").last.uncheck()
    assert "Accept 4 together" in page.page.inner_text("[data-do=together]")
    page.page.select_option("#together", index=1)
    page.page.locator("#task-title").focus()
    page.press("a")
    page.settle()
    assert len(decided(desk, "Bulk")) == 4
    assert set(decided(desk, "Bulk").values()) == {("Kitchen", "Pans")}
    assert "Assigned 4 products" in page.said
    assert page.ready().startswith("same")
    page.press("u")
    page.wait("text=4 more like it")
    assert decided(desk, "Bulk") == {}


def test_leaves_out_what_changed_in_a_group_since_it_was_shown(reviewer, desk) -> None:
    same = group(4, seed=9_300)
    desk.add(same)
    page = reviewer("Stale")
    assert page.ready() == "same9300-0"
    page.wait("text=3 more like it")
    page.until("document.querySelector('review-desk').held.length === 2")
    desk.add([entry("same9300-3", [f"{same[3].product.texts[0]} new"], [noise(9_300)], 0.05)])
    page.press("a")
    page.settle()
    assert decided(desk, "Stale").keys() == {f"same9300-{one}" for one in range(3)}
    page.wait("text=1 had changed or gone to others and are left out; assigned 3 products")
    assert page.ready() == "same9300-3"


def test_says_that_no_category_fits(reviewer, desk) -> None:
    desk.add(entries(3, start=800))
    page = reviewer("Nothing")
    first = page.ready()
    page.press("n")
    second = page.ready()
    page.page.click("[data-do=nothingFits]")
    page.ready()
    page.settle()
    assert desk.progress().no_category == 2
    for left, key in ((1, second), (0, first)):
        page.press("u")
        page.shows(key)
        assert desk.progress().no_category == left


def test_undo_whose_answer_is_lost_takes_back_one(reviewer, desk) -> None:
    desk.add(entries(4, start=850))
    page = reviewer("Lost")
    meant = review(page, 3)
    answers = []

    def lose_the_first(route) -> None:
        answers.append(route.fetch())
        if len(answers) == 1:
            route.fulfill(status=503, json={"error": "lost"})
        else:
            route.fulfill(response=answers[-1])

    page.page.route("**/v1/review/undo", lose_the_first)
    page.ready()
    page.press("u")
    page.wait("text=The server does not answer")
    page.shows([*meant][-1])
    assert page.trouble == ""
    assert len(answers) == 2
    assert decided(desk, "Lost").keys() == {*[*meant][:2]}
    assert page.ready() == [*meant][-1]
    page.press("2")
    page.settle()
    assert len(decided(desk, "Lost")) == 3


def test_looks_at_a_past_decision_again_and_changes_it(reviewer, desk) -> None:
    desk.add(entries(6, start=950))
    other = reviewer("Other")
    meant = review(other, 1)
    page = reviewer("Again")
    own = review(page, 2)
    current = page.ready()
    page.press("p")
    page.wait(".past li >> text=Product 9")
    assert page.page.locator(".past li").count() == 2
    page.press("Tab")
    page.press("Enter")
    page.wait(".past li >> text=Other")
    page.page.locator(".past li", has_text="Other").get_by_role("button").first.focus()
    page.press("Enter")
    page.wait(".standing")
    (key,) = meant
    assert page.ready() == key
    assert "Kitchen > Mugs, Other" in page.page.inner_text(".standing")
    page.press("k")
    page.page.wait_for_selector(".standing", state="detached")
    assert page.ready() == current
    assert decided(desk, "Other") == meant
    page.press("p")
    page.page.locator(".past li").last.get_by_role("button").click()
    page.wait(".standing")
    (first, _), second = own.items()
    assert page.ready() == first
    page.press("4")
    assert page.ready() == current
    page.settle()
    assert decided(desk, "Again") == {first: SHORTLIST[3], second[0]: second[1]}
    page.press("p")
    page.wait(".past li.undone")
    assert page.page.locator(".past li").count() == 3
    page.press("Escape")


def test_text_of_products_is_never_markup(reviewer, desk) -> None:
    evil = "<script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"
    desk.add([entry(evil, [evil, evil], [noise(1)], 0.01)])
    page = reviewer("<b>Mallory</b>")
    assert page.ready() == evil
    assert page.page.inner_text("#task-title") == evil
    assert page.page.evaluate("window.evil") is None


def test_fills_the_queue_with_a_table(reviewer, desk, tmp_path: Path) -> None:
    page = reviewer("Filler")
    page.wait("text=aisle predict catalogue.parquet")
    page.wait(".nothing")
    file = tmp_path / "<i>new.csv"
    lines = [f"n{seed},{words(seed)}" for seed in range(30)]
    file.write_text("\n".join(["id,title", *lines, "n99,"]))
    page.page.set_input_files("#table", file)
    page.page.click(".upload button")
    page.wait(".filling >> text=is done.")
    assert "1 failed" in page.page.inner_text(".filling")
    assert "<i>new.csv" in page.page.inner_text(".filling")
    assert page.ready().startswith("n")
    page.page.set_input_files("#table", {"name": "a.xlsx", "mimeType": "", "buffer": b"PK"})
    page.page.click(".upload button")
    page.wait(".sent >> text=save a spreadsheet as CSV")


def test_exports_the_decisions(reviewer, desk) -> None:
    desk.add(entries(1, start=700))
    page = reviewer("Export")
    key = page.ready()
    page.press("1")
    page.settle()
    with page.page.expect_download() as download:
        page.page.click(".links >> text=as CSV")
    with Path(download.value.path()).open(newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert (rows[key]["category"], rows[key]["reviewer"]) == ("Kitchen > Mugs", "Export")


@pytest.mark.parametrize("width", [1280, 390])
def test_is_fit_for_everybody(reviewer, desk, width: int) -> None:
    desk.add([*group(3, seed=width), *entries(3, start=width)])
    page = reviewer("Everybody", width)
    page.ready()
    for opened in ("", "/", "?"):
        if opened:
            page.press(opened)
            page.wait("dialog[open]")
        assert grave_faults(page.page) == []
        page.press("Escape")
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.page.locator(".choice").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert min(sizes) >= 44


def test_many_past_decisions_come_some_at_a_time(reviewer, desk) -> None:
    desk.add(entries(53, start=3_000))
    while task := desk.lease("Many"):
        desk.assign(task.lease, SHORTLIST[0], "Many")
    page = reviewer("Many")
    page.press("p")
    page.wait(".past .older")
    rows = page.page.locator("[data-again]")
    assert rows.count() == 50
    page.page.locator("[data-older]").click()
    page.page.wait_for_selector(".past .older", state="detached")
    assert rows.count() == 53
    assert rows.nth(50).evaluate("one => one === document.activeElement")


def test_signs_in_again_where_the_session_has_ended(reviewer, desk) -> None:
    page = reviewer("Ended")
    page.wait(".nothing")
    page.context.clear_cookies()
    page.press("p")
    page.page.wait_for_url("**/sign-in?to=%2Freview")


@pytest.mark.parametrize("width", [1280, 390])
def test_past_decisions_are_fit_for_everybody(reviewer, desk, width: int) -> None:
    desk.add(entries(3, start=width + 2_000))
    page = reviewer("Past", width)
    page.ready()
    page.press("1")
    page.ready()
    page.page.locator("[data-do=past]").click()
    page.page.locator("[data-again]").last.click()
    page.wait(".standing")
    page.ready()
    assert grave_faults(page.page) == []
    page.press("p")
    page.wait(".past li")
    assert grave_faults(page.page) == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = page.page.locator("dialog.past button")
    assert min(boxes.evaluate_all("all => all.map(one => one.offsetHeight)")) >= 44


def test_is_used_by_touch(reviewer, desk) -> None:
    desk.add(entries(3, start=900))
    page = reviewer("Thumb", 390)
    key = page.ready()
    page.page.locator(".choice").nth(1).tap()
    page.settle()
    assert decided(desk, "Thumb") == {key: SHORTLIST[1]}
    page.ready()
    page.page.locator("[data-do=skip]").tap()
    page.ready()


def test_a_page_that_closes_gives_its_products_back(reviewer, desk) -> None:
    desk.add(entries(2, start=1_000))
    page = reviewer("Leaver")
    page.ready()
    page.until("document.querySelector('review-desk').held.length === 2")
    assert desk.progress().held == 2
    page.page.goto("about:blank")
    until_nothing_is_held(desk)


def test_says_that_a_lease_has_run_out(browser, model_folder: Path, tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    desk.add(entries(6))
    with serving_site(model_folder, tmp_path, lease_seconds=2) as server:
        page = DeskPage(browser, server.url)
        page.ready()
        time.sleep(3)
        page.ready()
        page.press("1")  # it was renewed all the time
        page.settle()
        assert len(decided(desk)) == 1
        page.page.route("**/lease/*/renew", lambda route: route.abort())
        held = page.ready()
        time.sleep(2.5)
        page.press("1")
        page.wait("text=had run out")
        page.settle()
        assert held not in decided(desk)
        page.page.unroute("**/lease/*/renew")
        page.ready()
        page.press("1")
        page.settle()
        assert len(decided(desk)) == 2
        page.close()


def test_decisions_outlive_a_server_that_is_killed(
    browser, model_folder: Path, tmp_path: Path
) -> None:
    desk = open_desk(tmp_path)
    desk.add(entries(8))
    with serving_site(model_folder, tmp_path) as server:
        page = DeskPage(browser, server.url)
        meant = review(page, 2)
        page.until("document.querySelector('review-desk').held.length === 2")
        server.process.kill()
        server.process.wait()
        for digit in (2, 3):
            meant[page.ready()] = SHORTLIST[digit - 1]
            page.press(str(digit))
        page.wait("text=kept here and sent again")
        assert len(decided(desk)) == 2
    with serving_site(model_folder, tmp_path, port=server.port):
        page.settle()
        assert decided(desk) == meant
        page.ready()
        page.press("1")
        page.settle()
        assert len(decided(desk)) == 5
        page.close()
