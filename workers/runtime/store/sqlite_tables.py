"""The tables of a SQLite store, beside that of its log: one a thing, with the indexes that are searched.

Invariants: what is replaced often keeps its place in the file, so that few pages are written: small tables are their
own index, large rows are updated.
"""

from __future__ import annotations

from typing import Final

SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE lanes (
    writer TEXT, partition INTEGER, last INTEGER NOT NULL, PRIMARY KEY (writer, partition)
) WITHOUT ROWID;
CREATE TABLE sequences (
    campaign TEXT, source TEXT, last INTEGER NOT NULL, PRIMARY KEY (campaign, source)
) WITHOUT ROWID;
CREATE TABLE claims (
    worker TEXT, partition INTEGER, epoch INTEGER NOT NULL, generation INTEGER NOT NULL,
    member TEXT NOT NULL, expires TEXT NOT NULL, PRIMARY KEY (worker, partition)
) WITHOUT ROWID;
CREATE TABLE positions (
    worker TEXT, partition INTEGER, place INTEGER NOT NULL, lanes TEXT NOT NULL, PRIMARY KEY (worker, partition)
) WITHOUT ROWID;
CREATE TABLE states (
    worker TEXT, campaign TEXT, version INTEGER NOT NULL, now TEXT NOT NULL, parts TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (worker, campaign)
);
CREATE TABLE state_parts (
    number INTEGER PRIMARY KEY, worker TEXT NOT NULL, campaign TEXT NOT NULL, part TEXT NOT NULL, item TEXT NOT NULL,
    value TEXT NOT NULL, UNIQUE (worker, campaign, part, item)
);
CREATE TABLE timers (
    worker TEXT, campaign TEXT, name TEXT, due TEXT NOT NULL, partition INTEGER NOT NULL, tenant TEXT NOT NULL,
    set_by TEXT NOT NULL, correlationid TEXT NOT NULL, PRIMARY KEY (worker, campaign, name)
) WITHOUT ROWID;
CREATE INDEX timers_of_worker ON timers (worker, due);
CREATE INDEX timers_by_due ON timers (due, campaign, worker, name);
CREATE TABLE effects (
    key TEXT PRIMARY KEY, worker TEXT NOT NULL, partition INTEGER NOT NULL, starts TEXT, resumes TEXT, untold TEXT,
    account TEXT NOT NULL, sent TEXT, shows TEXT NOT NULL,
    reference TEXT, row TEXT NOT NULL
);
CREATE INDEX effects_by_start ON effects (starts, key) WHERE starts IS NOT NULL;
CREATE INDEX effects_by_resuming ON effects (resumes, key) WHERE resumes IS NOT NULL;
CREATE INDEX effects_untold ON effects (untold, key) WHERE untold IS NOT NULL;
CREATE INDEX effects_by_sent ON effects (account, sent, key) WHERE sent IS NOT NULL;
CREATE INDEX effects_by_content ON effects (account, shows, sent, key) WHERE sent IS NOT NULL;
CREATE INDEX effects_by_reference ON effects (account, reference, key) WHERE reference IS NOT NULL;
CREATE TABLE campaigns (campaign TEXT PRIMARY KEY, row TEXT NOT NULL);
CREATE TABLE on_accounts (account TEXT, campaign TEXT, PRIMARY KEY (account, campaign)) WITHOUT ROWID;
CREATE TABLE kept (
    number INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL
);
CREATE INDEX kept_by_account ON kept (account, number);
CREATE INDEX kept_by_name ON kept (account, name, number);
CREATE TABLE holds (kind TEXT, subject TEXT, cause TEXT, PRIMARY KEY (kind, subject, cause)) WITHOUT ROWID;
CREATE INDEX holds_on ON holds (subject);
CREATE TABLE halts (
    worker TEXT, partition INTEGER, reason TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (worker, partition)
) WITHOUT ROWID;
CREATE TABLE gates (account TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
"""
