"""Runs migrations inside the transaction that `aisle.review.store` has begun."""

from alembic import context

from aisle.review.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=context.config.get_main_option("version_table"),
)
context.run_migrations()
