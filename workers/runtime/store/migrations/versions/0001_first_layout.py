"""The first layout."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "archived",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resume", sa.BigInteger(), nullable=False),
        sa.Column("lanes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partition", name="pk_archived"),
    )
    op.create_table(
        "campaigns",
        sa.Column("campaign", sa.Text(collation="C"), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", name="pk_campaigns"),
    )
    op.create_table(
        "claims",
        sa.Column("worker", sa.Text(collation="C"), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.Text(collation="C"), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker", "partition", name="pk_claims"),
    )
    op.create_table(
        "duties",
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("beat", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_duties"),
    )
    op.create_table(
        "effects",
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("worker", sa.Text(collation="C"), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumes", sa.DateTime(timezone=True), nullable=True),
        sa.Column("untold", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account", sa.Text(collation="C"), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shows", sa.Text(collation="C"), nullable=False),
        sa.Column("reference", sa.Text(collation="C"), nullable=True),
        sa.Column("row", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_effects"),
    )
    op.create_index(
        "effects_by_content",
        "effects",
        ["account", "shows", "sent", "key"],
        unique=False,
        postgresql_where=sa.text("sent IS NOT NULL"),
    )
    op.create_index(
        "effects_by_reference",
        "effects",
        ["account", "reference", "key"],
        unique=False,
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    op.create_index(
        "effects_by_resuming",
        "effects",
        ["resumes", "key"],
        unique=False,
        postgresql_where=sa.text("resumes IS NOT NULL"),
    )
    op.create_index(
        "effects_by_sent",
        "effects",
        ["account", "sent", "key"],
        unique=False,
        postgresql_where=sa.text("sent IS NOT NULL"),
    )
    op.create_index(
        "effects_by_start", "effects", ["starts", "key"], unique=False, postgresql_where=sa.text("starts IS NOT NULL")
    )
    op.create_index(
        "effects_untold", "effects", ["untold", "key"], unique=False, postgresql_where=sa.text("untold IS NOT NULL")
    )
    op.create_table(
        "ends",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("partition", name="pk_ends"),
    )
    op.create_table(
        "gates",
        sa.Column("account", sa.Text(collation="C"), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_gates"),
    )
    op.create_table(
        "halts",
        sa.Column("worker", sa.Text(collation="C"), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker", "partition", name="pk_halts"),
    )
    op.create_table(
        "holds",
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("cause", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "cause", name="pk_holds"),
    )
    op.create_index("holds_on", "holds", ["subject"], unique=False)
    op.create_table(
        "kept",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_kept"),
        sa.UniqueConstraint("id", name="uq_kept_id"),
    )
    op.create_index("kept_by_account", "kept", ["account", "number"], unique=False)
    op.create_index("kept_by_name", "kept", ["account", "name", "number"], unique=False)
    op.create_table(
        "lanes",
        sa.Column("writer", sa.Text(collation="C"), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("writer", "partition", name="pk_lanes"),
    )
    op.create_table(
        "log",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("campaign", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("chain", sa.Text(collation="C"), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partition", "place", name="pk_log"),
        sa.UniqueConstraint("id", name="uq_log_id"),
    )
    op.create_index("log_by_campaign", "log", ["campaign", "partition", "place"], unique=False)
    op.create_index("log_by_name", "log", ["name", "partition", "place"], unique=False)
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    op.create_table(
        "on_accounts",
        sa.Column("account", sa.Text(collation="C"), nullable=False),
        sa.Column("campaign", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("account", "campaign", name="pk_on_accounts"),
    )
    op.create_table(
        "outbox",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("campaign", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("partition", "number", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
    )
    op.create_index("outbox_by_campaign", "outbox", ["campaign"], unique=False)
    op.create_index("outbox_by_name", "outbox", ["name"], unique=False)
    op.create_index("outbox_by_source", "outbox", ["partition", "source"], unique=False)
    op.create_table(
        "outbox_numbers",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partition", name="pk_outbox_numbers"),
    )
    op.create_table(
        "positions",
        sa.Column("worker", sa.Text(collation="C"), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("broker_place", sa.BigInteger(), nullable=False),
        sa.Column("lanes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("worker", "partition", name="pk_positions"),
    )
    op.create_table(
        "sequences",
        sa.Column("campaign", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("spelled", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "source", name="pk_sequences"),
    )
    op.create_table(
        "state_parts",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("worker", sa.Text(collation="C"), nullable=False),
        sa.Column("campaign", sa.Text(collation="C"), nullable=False),
        sa.Column("part", sa.Text(collation="C"), nullable=False),
        sa.Column("item", sa.Text(collation="C"), nullable=False),
        sa.Column("spelled", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_state_parts"),
        sa.UniqueConstraint("worker", "campaign", "part", "item", name="uq_state_parts_worker_campaign_part_item"),
    )
    op.create_table(
        "states",
        sa.Column("worker", sa.Text(collation="C"), nullable=False),
        sa.Column("campaign", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("now", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parts", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("worker", "campaign", name="pk_states"),
    )
    op.create_table(
        "timers",
        sa.Column("worker", sa.Text(collation="C"), nullable=False),
        sa.Column("campaign", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("worker", "campaign", "name", name="pk_timers"),
    )
    op.create_index("timers_by_due", "timers", ["due", "campaign", "worker", "name"], unique=False)
    op.create_index("timers_of_worker", "timers", ["worker", "due"], unique=False)
