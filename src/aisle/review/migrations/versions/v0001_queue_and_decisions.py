"""The queue, the groups of near-duplicates, and the decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "review_groups",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.Column("picture", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_review_groups")),
    )
    op.create_table(
        "review_signatures",
        sa.Column("bucket", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("group_number", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("bucket", "group_number", name=op.f("pk_review_signatures")),
        sa.ForeignKeyConstraint(
            ["group_number"],
            ["review_groups.number"],
            name=op.f("fk_review_signatures_group_number"),
        ),
    )
    _make_products()
    _make_decisions()


def _make_products() -> None:
    op.create_table(
        "review_products",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("category", sa.JSON()),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("shortlist", sa.JSON(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("skips", sa.Integer(), nullable=False),
        sa.Column("group_number", _NUMBER),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("lease", sa.String()),
        sa.Column("holder", sa.String()),
        sa.Column("held_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_review_products")),
        sa.UniqueConstraint("key", name=op.f("uq_review_products_key")),
        sa.UniqueConstraint("lease", name=op.f("uq_review_products_lease")),
        sa.ForeignKeyConstraint(
            ["group_number"], ["review_groups.number"], name=op.f("fk_review_products_group_number")
        ),
    )
    op.create_index(
        op.f("ix_review_products_waiting_skips_confidence_number"),
        "review_products",
        ["waiting", "skips", "confidence", "number"],
    )
    op.create_index(
        "ix_review_products_by_value",
        "review_products",
        ["waiting", "skips", sa.text("value DESC"), "confidence", "number"],
    )
    op.create_index(
        op.f("ix_review_products_group_number_waiting"),
        "review_products",
        ["group_number", "waiting"],
    )


def _make_decisions() -> None:
    op.create_table(
        "review_decisions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("product_number", _NUMBER, nullable=False),
        sa.Column("lease", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("category", sa.JSON()),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_decisions")),
        sa.UniqueConstraint(
            "lease", "product_number", name=op.f("uq_review_decisions_lease_product_number")
        ),
        sa.ForeignKeyConstraint(
            ["product_number"],
            ["review_products.number"],
            name=op.f("fk_review_decisions_product_number"),
        ),
    )
    op.create_index(op.f("ix_review_decisions_at"), "review_decisions", ["at"])
    op.create_index(
        op.f("ix_review_decisions_product_number"), "review_decisions", ["product_number"]
    )
    op.create_index(
        op.f("ix_review_decisions_reviewer_undone_at_id"),
        "review_decisions",
        ["reviewer", "undone_at", "id"],
    )
