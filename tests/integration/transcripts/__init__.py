"""Conversations that must look the same directly with PostgreSQL and through the proxy.

Each module holds a list SCRIPTS; ALL is their union. A script starts on a fresh connection, with the schema `t` as
FIXTURE makes it, and is followed by a query that shows that both sides still agree on whose turn it is.
"""

from dataclasses import dataclass, field

from harness import messages

FIXTURE = """
DROP SCHEMA IF EXISTS t CASCADE;
SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
CREATE SCHEMA t;
CREATE TABLE t.items (id int PRIMARY KEY, name text, price numeric(10,2));
INSERT INTO t.items VALUES (1, 'anvil', 10.50), (2, 'bolt', 0.05), (3, NULL, 7.00), (4, 'dürüm', 4.20), (5, 'e''f', NULL);
CREATE TABLE t.log (n serial, word text);
CREATE FUNCTION t.shout(word text) RETURNS text LANGUAGE plpgsql AS
  $$ BEGIN RAISE NOTICE 'shouting %', word USING DETAIL = 'a detail', HINT = 'a hint'; RETURN upper(word); END $$;
"""

# What the scripts may have changed in the database, as text.
FINAL_STATE = """
SELECT 'items', i::text FROM t.items i UNION ALL SELECT 'log', word FROM t.log ORDER BY 1, 2;
SELECT oid::text, count(*)::text FROM pg_largeobject_metadata GROUP BY oid ORDER BY oid;
SELECT gid, 'prepared transaction' FROM pg_prepared_xacts;
SELECT relname, relkind::text FROM pg_class WHERE relnamespace = 't'::regnamespace ORDER BY 1;
"""


@dataclass(frozen=True)
class Step:
    """`data` is sent, then messages are read until `count` of the type `until` have come (0: nothing is read)."""

    data: bytes
    until: str
    count: int = 1


@dataclass(frozen=True)
class Script:
    name: str
    steps: list = field(hash=False)
    parameters: dict = field(default_factory=dict, hash=False)
    # Only severity and SQLSTATE of errors are compared: the proxy finds the fault itself.
    own_errors: bool = False


def ready(*parts, count=1):
    """Send, and read up to the `count`-th ReadyForQuery."""
    return Step(b"".join(parts), "Z", count)


def until(letter, *parts, count=1):
    """Send, and read up to the `count`-th message of that type."""
    return Step(b"".join(parts), letter, count)


def only_send(*parts):
    return Step(b"".join(parts), "", 0)


def queries(*texts):
    """A step for each text as a simple Query."""
    return [ready(messages.query(text)) for text in texts]


def load_all():
    from transcripts import copy, extended, functions, malformed, session, simple
    scripts = [s for module in (simple, extended, copy, functions, session, malformed) for s in module.SCRIPTS]
    assert len({s.name for s in scripts}) == len(scripts), "script names must be unique"
    return scripts
