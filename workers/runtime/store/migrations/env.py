"""What Alembic runs: the migrations, on the connection that it was handed, in the transaction that is open there."""

from __future__ import annotations

from alembic import context

from events.log.postgres import TABLES

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    version_table_schema=context.config.attributes["namespace"],
)
context.run_migrations()
