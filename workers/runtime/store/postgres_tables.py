"""The tables of a PostgreSQL store, beside those of its log: one a thing, with the indexes that are searched.

Invariants: every search of the running loop is one of an index here; nothing that grows with history or with campaigns
at rest is read whole. A state and a ledger row are JSON texts with the columns that are searched beside them. What an
index holds is at most `LONGEST` bytes: longer words are filed under their beginning and their SHA-256, and stand in
full beside it. Campaigns and accounts are never that long.
"""

from __future__ import annotations

import hashlib
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from events.log.postgres import TABLES, WORD

MOMENT: Final = DateTime(timezone=True)

LONGEST: Final = 800
"""Three such words fit into one entry of an index (2,704 bytes), and 200 characters of any script into one of them."""


def filed(word: str) -> str:
    """What an index holds of a word: itself, unless it is too long or holds what PostgreSQL cannot."""
    raw = word.encode()
    if len(raw) <= LONGEST and "\0" not in word:
        return word
    return raw[:100].decode(errors="ignore").replace("\0", " ") + hashlib.sha256(raw).hexdigest()


META: Final = Table("meta", TABLES, Column("name", WORD, primary_key=True), Column("value", BigInteger, nullable=False))
LANES: Final = Table(
    "lanes",
    TABLES,
    Column("writer", WORD, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)
SEQUENCES: Final = Table(
    "sequences",
    TABLES,
    Column("campaign", WORD, primary_key=True),
    Column("source", WORD, primary_key=True),
    Column("spelled", Text, nullable=False),
    Column("last", BigInteger, nullable=False),
)
CLAIMS: Final = Table(
    "claims",
    TABLES,
    Column("worker", WORD, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("member", WORD, nullable=False),
    Column("expires", MOMENT, nullable=False),
)
POSITIONS: Final = Table(
    "positions",
    TABLES,
    Column("worker", WORD, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("place", BigInteger, nullable=False),
    Column("broker_place", BigInteger, nullable=False),
    Column("lanes", Text, nullable=False),
)
STATES: Final = Table(
    "states",
    TABLES,
    Column("worker", WORD, primary_key=True),
    Column("campaign", WORD, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("now", MOMENT, nullable=False),
    Column("parts", WORD, nullable=False),
    Column("state", Text, nullable=False),
)
STATE_PARTS: Final = Table(
    "state_parts",
    TABLES,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("worker", WORD, nullable=False),
    Column("campaign", WORD, nullable=False),
    Column("part", WORD, nullable=False),
    Column("item", WORD, nullable=False),
    Column("spelled", Text, nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("worker", "campaign", "part", "item"),
)
TIMERS: Final = Table(
    "timers",
    TABLES,
    Column("worker", WORD, primary_key=True),
    Column("campaign", WORD, primary_key=True),
    Column("name", WORD, primary_key=True),
    Column("due", MOMENT, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("row", Text, nullable=False),
)
Index("timers_of_worker", TIMERS.c.worker, TIMERS.c.due)
Index("timers_by_due", TIMERS.c.due, TIMERS.c.campaign, TIMERS.c.worker, TIMERS.c.name)

EFFECTS: Final = Table(
    "effects",
    TABLES,
    Column("key", WORD, primary_key=True),
    Column("worker", WORD, nullable=False),
    Column("partition", Integer, nullable=False),
    # As EffectRow says of them.
    Column("starts", MOMENT),
    Column("resumes", MOMENT),
    Column("untold", MOMENT),
    Column("account", WORD, nullable=False),
    Column("sent", MOMENT),
    Column("shows", WORD, nullable=False),
    Column("reference", WORD),
    Column("row", Text, nullable=False),
)
Index("effects_by_start", EFFECTS.c.starts, EFFECTS.c.key, postgresql_where=EFFECTS.c.starts.is_not(None))
Index("effects_by_resuming", EFFECTS.c.resumes, EFFECTS.c.key, postgresql_where=EFFECTS.c.resumes.is_not(None))
Index("effects_untold", EFFECTS.c.untold, EFFECTS.c.key, postgresql_where=EFFECTS.c.untold.is_not(None))
_IS_SENT: Final = EFFECTS.c.sent.is_not(None)
Index("effects_by_sent", EFFECTS.c.account, EFFECTS.c.sent, EFFECTS.c.key, postgresql_where=_IS_SENT)
Index(
    "effects_by_content",
    *(EFFECTS.c.account, EFFECTS.c.shows, EFFECTS.c.sent, EFFECTS.c.key),
    postgresql_where=_IS_SENT,
)
Index(
    "effects_by_reference",
    *(EFFECTS.c.account, EFFECTS.c.reference, EFFECTS.c.key),
    postgresql_where=EFFECTS.c.reference.is_not(None),
)

CAMPAIGNS: Final = Table(
    "campaigns", TABLES, Column("campaign", WORD, primary_key=True), Column("row", Text, nullable=False)
)
ON_ACCOUNTS: Final = Table(
    "on_accounts",
    TABLES,
    Column("account", WORD, primary_key=True),
    Column("campaign", WORD, primary_key=True),
)
"""Which live campaigns use an account."""

KEPT: Final = Table(
    "kept",
    TABLES,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("account", WORD, nullable=False),
    Column("name", WORD, nullable=False),
    Column("id", WORD, nullable=False, unique=True),
    Column("event", Text, nullable=False),
)
Index("kept_by_account", KEPT.c.account, KEPT.c.number)
Index("kept_by_name", KEPT.c.account, KEPT.c.name, KEPT.c.number)

HOLDS: Final = Table(
    "holds",
    TABLES,
    Column("kind", WORD, primary_key=True),
    Column("subject", WORD, primary_key=True),
    Column("cause", WORD, primary_key=True),
)
GATES: Final = Table("gates", TABLES, Column("account", WORD, primary_key=True), Column("row", Text, nullable=False))
Index("holds_on", HOLDS.c.subject)
HALTS: Final = Table(
    "halts",
    TABLES,
    Column("worker", WORD, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
)
