"""The other clients of the pool: one at a time does what a case's noise steps say, and looks for what it must not find."""

from harness.messages import data_row, error_fields
from harness.wire import WireClient

from . import case as cases

# What a client that has just come finds on any connection of the pool. Names of statements are the cases' own.
LOOK = """
SELECT 'setting', name FROM pg_settings WHERE setting <> reset_val AND source = 'session' AND name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')
UNION ALL SELECT 'custom setting', name FROM (VALUES ('my.word'), ('my.other')) AS c (name) WHERE current_setting(name, true) <> ''
UNION ALL SELECT 'temporary object', relname FROM pg_class WHERE relnamespace = pg_my_temp_schema()
UNION ALL SELECT 'advisory lock', objid::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
UNION ALL SELECT 'cursor', name FROM pg_cursors WHERE is_holdable
UNION ALL SELECT 'channel', c FROM pg_listening_channels() AS c
UNION ALL SELECT 'prepared statement', name FROM pg_prepared_statements WHERE name IN ('s1', 's2', 'q1', 'q2')
UNION ALL SELECT 'role', current_user WHERE current_user <> session_user
"""


# A division by zero, and names that it has used itself.
_EXPECTED = {"22012", "42P05"}


class Leak(AssertionError):
    """Another client finds what it must not: something that was left for it, or an error of somebody else's making."""


class Noise:
    def __init__(self, place):
        self._place = place
        self._client = None

    def play(self, step):
        how = cases.leaves([cases.NOISE, *step])
        if how:
            self._leave(how)
            return
        if self._client is None:
            self._client = WireClient(*self._place.address, record=False)
            self._client.login(self._place.user, self._place.password, database=self._place.database)
        if step == [["look"]]:
            self._look()
            return
        self._client.send(*map(cases.encode, step))
        for message in self._client.ready(sum(message[0] in ("query", "sync") for message in step)):
            if message.type == "E" and error_fields(message.body)["C"] not in _EXPECTED:
                raise Leak(f"what another client does at {step} fails: {error_fields(message.body)}")

    def _look(self):
        found = self._client.rows(LOOK)
        if found:
            raise Leak(f"left by another client: {found}")
        for message in self._client.query("SELECT lastval()"):
            if message.type == "D":
                raise Leak(f"left by another client: [['sequence', '{data_row(message.body)}']]")

    def _leave(self, how):
        if self._client is not None:
            getattr(self._client, how)()
            self._client = None

    def close(self):
        self._leave("terminate")


def script(generator):
    """Noise steps of one visit, in order; between them the sessions' own steps come."""
    litter = [
        ["query", "SET work_mem = '3MB'; SET TimeZone = 'Asia/Tokyo'; SET my.word = 'of the noise'; SET application_name = 'noise'"],
        ["query", "SET search_path = pg_catalog; SET DateStyle = 'German'"],
        ["query", "PREPARE q1 AS SELECT 'noise'; PREPARE s1 (int) AS SELECT $1 + 1000000"],
        ["query", "BEGIN; SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL my.other = 'noise'; COMMIT"],
        ["query", "CREATE TEMP TABLE tmp0 (noise text); INSERT INTO tmp0 VALUES ('noise')"],
        ["query", "SELECT pg_advisory_lock(777)"],
        ["query", "LISTEN channel_0"],
        ["query", "BEGIN; DECLARE c1 CURSOR WITH HOLD FOR SELECT 'noise'; COMMIT"],
        ["query", "SELECT 1/0"],
        ["query", "SET client_encoding = 'LATIN1'"],
        ["query", "SELECT nextval('t.seq0') IS NULL WHERE false; SELECT pg_sleep(0)"],
    ]
    parses = [["parse", "SELECT 'noise'", "s1"], ["parse", "SELECT $1::text || 'noise'", "s2"], ["sync"]]
    visit = [[cases.NOISE, ["look"]]]
    for message in generator.sample(litter, generator.randint(0, 4)):
        visit.append([cases.NOISE, message])
    if generator.random() < 0.5:
        visit.append([cases.NOISE, *parses])
    if generator.random() < 0.6:
        visit.append([cases.NOISE, ["query", "BEGIN"]])
    if generator.random() < 0.3:
        visit.append([cases.NOISE, ["query", "SELECT 'held'"]])
    visit.append([cases.NOISE, ["leave", generator.choice(["terminate", "terminate", "close", "abort"])]])
    return visit
