from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from review_entries import REACH, entry, own_text, picture

from aisle.duplicates.signatures import Signature
from aisle.review.entries import Entry

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
