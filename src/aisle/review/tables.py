"""The tables of the desk, as SQLAlchemy sees them; `migrations` makes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aisle.review.records import Action, DecisionRecord, QueuedProduct
from aisle.schema import Candidate, CategoryPath

_Number = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows only in a column of the type INTEGER."""

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A point in time, in UTC, also where the database knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database; see SQLAlchemy."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database; see SQLAlchemy."""
        if value is None or dialect.name != "sqlite":
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {
        int: Integer(),
        str: String(),
        datetime: Moment(),
        list[Any]: JSON(),
        bytes: LargeBinary(),
    }


class GroupRow(Base):
    """Near-duplicates, known by the signature of the first of them.

    Attributes:
        number: names the group.
        words: its MinHash, or None where it has no text.
        picture: the thumbnail of its main picture, or None where it has none.
    """

    __tablename__ = "review_groups"

    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    words: Mapped[bytes | None]
    picture: Mapped[bytes | None]


class SignatureRow(Base):
    """A bucket that a group falls into; near-duplicates share at least one."""

    __tablename__ = "review_signatures"

    bucket: Mapped[int] = mapped_column(BigInteger(), primary_key=True, autoincrement=False)
    group_number: Mapped[int] = mapped_column(ForeignKey("review_groups.number"), primary_key=True)


class ProductRow(Base):
    """A product that waits or that was decided.

    Attributes:
        number: grows with each product.
        key: the shop's own key.
        group_number: of its near-duplicates, or None where it has no signature.
        waiting: whether no decision stands on it, except skips.
        lease: the token of its lease, or None.
        holder: the reviewer who has the lease, or None.
        held_until: when the lease expires, or None.

    The others are those of `QueuedProduct`.
    """

    __tablename__ = "review_products"

    number: Mapped[int] = mapped_column(_Number, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    texts: Mapped[list[Any]]
    pictures: Mapped[list[Any]]
    category: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    confidence: Mapped[float]
    reason: Mapped[str]
    shortlist: Mapped[list[Any]]
    value: Mapped[float]
    skips: Mapped[int] = mapped_column(default=0)
    group_number: Mapped[int | None] = mapped_column(ForeignKey("review_groups.number"))
    waiting: Mapped[bool] = mapped_column(default=True)
    lease: Mapped[str | None] = mapped_column(unique=True)
    holder: Mapped[str | None]
    held_until: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "waiting", "skips", "confidence", "number"),
        Index(None, "group_number", "waiting"),
    )


Index(
    "ix_review_products_by_value",
    ProductRow.waiting,
    ProductRow.skips,
    ProductRow.value.desc(),
    ProductRow.confidence,
    ProductRow.number,
)


class DecisionRow(Base):
    """What a reviewer did with one product.

    Attributes:
        id: grows with each decision.
        product_number: of the product.
        lease: under which it was made; the decisions for a group share it, and the one on the
            leased product has the lowest id.
        action: a value of `Action`.
        category: what was assigned; None for all but an assignment.
        reviewer: who did it.
        at: when.
        undone_at: when it was taken back, or None.
    """

    __tablename__ = "review_decisions"

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    product_number: Mapped[int] = mapped_column(ForeignKey("review_products.number"))
    lease: Mapped[str]
    action: Mapped[str]
    category: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    reviewer: Mapped[str]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("lease", "product_number"),
        Index(None, "reviewer", "undone_at", "id"),
        Index(None, "at"),
        Index(None, "product_number"),
    )


def to_product(row: Row[Any]) -> QueuedProduct:
    """A row of `ProductRow`."""
    return QueuedProduct(
        key=row.key,
        texts=tuple(row.texts),
        pictures=tuple(row.pictures),
        category=_path(row.category),
        confidence=row.confidence,
        reason=row.reason,
        shortlist=tuple(Candidate(tuple(names), number) for names, number in row.shortlist),
        value=row.value,
        skips=row.skips,
        version=content_version(row),
    )


def content_version(row: Row[Any]) -> str:
    """16 hexadecimal digits that stand for the texts and pictures of a row of `ProductRow`."""
    content = json.dumps([row.texts, row.pictures])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def to_decision(row: Row[Any]) -> DecisionRecord:
    """A row of `DecisionRow` with key, texts and pictures of its product."""
    return DecisionRecord(
        id=row.id,
        key=row.key,
        texts=tuple(row.texts),
        pictures=tuple(row.pictures),
        action=Action(row.action),
        category=_path(row.category),
        reviewer=row.reviewer,
        at=row.at,
        undone_at=row.undone_at,
    )


def _path(names: Sequence[str] | None) -> CategoryPath | None:
    return None if names is None else tuple(names)
