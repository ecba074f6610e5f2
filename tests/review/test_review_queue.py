from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_entries import (
    MUGS,
    PANS,
    REACH,
    add_alike,
    answer,
    entry,
    own_text,
    picture,
    take,
    take_all,
)

from aisle.duplicates.signatures import Signature
from aisle.errors import StaleLeaseError
from aisle.review.entries import Added, Entry
from aisle.schema import Candidate, Product

pytest.importorskip("sqlalchemy")

if TYPE_CHECKING:
    from aisle.review.desk import Desk


LISTING = "key features of a solid cotton shirt with a slim fit collar and buttons in navy blue"


def groups(desk: Desk) -> set[frozenset[str]]:
    """The groups of all products, which are taken and given back for it."""
    found, leases = set(), []
    while task := desk.lease("Ada"):
        leases.append(task.lease)
        found.add(frozenset([task.product.key, *(one.key for one in desk.alike(task.lease))]))
        for lease in leases:
            desk.release(lease)
        skipped = desk.lease("Ada")
        assert skipped is not None
        desk.skip(skipped.lease, "Ada")
        if sum(map(len, found)) >= desk.progress().waiting:
            return found
    return found


def add_one_by_one(desk: Desk, entries: Sequence[Entry]) -> None:
    for one in entries:
        desk.add([one])


def add_at_once(desk: Desk, entries: Sequence[Entry]) -> None:
    desk.add(entries)


@pytest.mark.parametrize("add", [add_one_by_one, add_at_once])
def test_near_duplicates_are_grouped_and_others_not(desk: Desk, add) -> None:
    add(
        desk,
        [
            entry("shirt", texts=[LISTING, "as new"]),
            entry("mug"),
            entry("same shirt", texts=[LISTING.upper(), "as new!"]),
            entry("photo", texts=["grey"], pictures=[picture(1)]),
            entry("same photo", pictures=[picture(1, form="JPEG"), picture(2)]),
            entry("its second picture", pictures=[picture(3), picture(1)]),
        ],
    )
    assert groups(desk) == {
        frozenset({"shirt", "same shirt"}),
        frozenset({"photo", "same photo"}),
        frozenset({"mug"}),
        frozenset({"its second picture"}),
    }


def test_products_of_which_nothing_is_known_are_alone(desk: Desk) -> None:
    bare = [entry("a", texts=[""]), entry("b", texts=[""]), entry("c", texts=[], pictures=[b"x"])]
    desk.add(bare)
    desk.add([entry("d", texts=["blue"]), entry("e", texts=["blue"])])
    assert groups(desk) == {frozenset(key) for key in "abcde"}


def test_a_group_does_not_drift(desk: Desk) -> None:
    """Each is near the one before it, but all are compared with the first."""
    words = own_text("first").split() + own_text("second").split()
    chain = [
        entry(f"p{step}", texts=[" ".join([*words[step:], *own_text("other").split()[:step]])])
        for step in range(9)
    ]
    desk.add(chain)
    sizes = sorted(map(len, groups(desk)))
    assert max(sizes) < 9


def test_a_renewed_product_moves_to_the_group_that_it_looks_like(desk: Desk) -> None:
    desk.add([entry("a", texts=[LISTING]), entry("b", texts=[LISTING]), entry("c")])
    desk.add([entry("a", texts=[own_text("c")])])
    assert groups(desk) == {frozenset({"a", "c"}), frozenset({"b"})}


def test_a_product_joins_a_group_whose_products_are_decided(desk: Desk) -> None:
    desk.add([entry("a", texts=[LISTING])])
    task = desk.lease("Ada")
    assert task is not None
    desk.assign(task.lease, ("Clothing",), "Ada")
    desk.add([entry("b", texts=[LISTING]), entry("c", texts=[LISTING])])
    assert groups(desk) == {frozenset({"b", "c"})}


def test_a_full_bucket_is_searched_only_so_far(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Listings of one template share buckets; each is compared with the newest groups only."""
    compared: list[int] = []
    near = Signature.is_near
    monkeypatch.setattr(Signature, "is_near", lambda *all: compared.append(1) or near(*all))
    template = " ".join(f"template{number}" for number in range(60))
    listings = [entry(f"p{n}", texts=[f"{template} {own_text(f'p{n}')}"]) for n in range(40)]
    desk.add(listings[:20])
    desk.add(listings[20:])
    compared.clear()
    desk.add([entry("again", texts=listings[-1].product.texts)])
    assert len(compared) <= REACH * 8
    assert len(desk.queue(limit=100)) == 41
    assert {"p39", "again"} in [set(group) for group in groups(desk)]


def test_a_product_that_comes_again_is_renewed(desk: Desk) -> None:
    desk.add([entry("a", 0.5, 1, ["old words of a listing"], [picture(1)]), entry("b", 0.4)])
    desk.skip(take(desk).lease, "Ada")
    task = take(desk)
    new = entry("a", 0.3, 2, ["new words of a listing"], [picture(2)])
    assert desk.add([new, entry("c")]) == Added(new=1, renewed=1)
    desk.release(task.lease)
    product = take(desk).product
    assert (product.key, product.texts, product.value) == ("a", ("new words of a listing",), 2)
    assert desk.pictures.read(product.pictures[0]) == picture(2)


def test_a_product_that_comes_again_stays_with_who_holds_it(desk: Desk) -> None:
    desk.add([entry("a")])
    task = take(desk)
    assert desk.add([entry("a", 0.2)]) == Added(renewed=1)
    assert desk.lease("Grace") is None
    assert desk.assign(task.lease, MUGS, "Ada").key == "a"


@pytest.mark.parametrize(
    "changed", [{"texts": ["other words"]}, {"pictures": [picture(2)]}, {"pictures": []}]
)
def test_nobody_decides_on_content_that_he_has_not_seen(desk: Desk, changed: dict) -> None:
    seen = {"texts": ["words"], "pictures": [picture(1)]}
    desk.add([entry("a", 0.1, **seen), entry("b", 0.2, **seen)])
    task, beside = take(desk), take(desk)
    assert desk.add([entry("b", 0.3, 5, **seen), entry("a", **seen | changed)]).renewed == 2
    for use in (
        lambda: desk.assign(task.lease, MUGS, "Ada"),
        lambda: desk.skip(task.lease, "Ada"),
        lambda: desk.renew(task.lease),
    ):
        with pytest.raises(StaleLeaseError):
            use()
    assert desk.assign(beside.lease, MUGS, "Ada").key == "b"
    again = take(desk, "Grace")
    assert list(again.product.texts) == (seen | changed)["texts"]
    assert desk.assign(again.lease, MUGS, "Grace").key == "a"


def test_a_product_that_was_decided_is_left_alone(desk: Desk) -> None:
    desk.add([entry("a", texts=["as it was decided"])])
    record = desk.assign(take(desk).lease, MUGS, "Ada")
    assert desk.add([entry("a", texts=["otherwise"]), entry("b")]) == Added(new=1, decided=1)
    assert list(desk.decisions()) == [record]
    assert take_all(desk) == ["b"]


def test_of_the_same_key_in_one_call_the_last_counts(desk: Desk) -> None:
    twice = [entry("a", texts=["first"]), entry("b"), entry("a", texts=["last"])]
    assert desk.add(twice) == Added(new=2, renewed=1)
    assert {one.key: one.texts[0] for one in desk.queue()}["a"] == "last"
    assert desk.add([]) == Added()


def test_a_picture_that_cannot_be_read_is_left_out(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "here.png").write_bytes(picture(1))
    (tmp_path / "empty.png").touch()
    files = tuple(tmp_path / name for name in ("gone.png", "empty.png", "here.png"))
    desk.add([Entry(Product("a", ("Mug",), files), answer("a"))])
    assert [desk.pictures.read(one) for one in take(desk).product.pictures] == [picture(1)]


def test_any_text_is_kept(desk: Desk) -> None:
    texts = ("\x00 \ud800 \U0001f600 'quoted' \\ ", "تجربة", "")
    desk.add([entry("ключ '; \\ \n", texts=texts)])
    product = take(desk).product
    assert (product.key, product.texts) == ("ключ '; \\ \n", texts)


def test_a_product_that_nothing_could_be_read_of_is_kept(desk: Desk) -> None:
    from dataclasses import replace

    nothing = replace(answer("a"), category=None, confidence=0.0, decision_reason="a\x00\ud800b")
    desk.add([Entry(Product("a"), nothing)])
    product = take(desk).product
    assert (product.category, product.reason) == (None, "a ?b")
    assert product.shortlist == (Candidate(PANS, 0.25),)


def test_many_are_added_in_several_transactions(desk: Desk) -> None:
    keys = [f"p{number}" for number in range(25)]
    add_alike(desk, keys)
    assert take(desk).alike == 24
