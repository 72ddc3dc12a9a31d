"""What cases are played in: a PostgreSQL, a proxy in front of it, and the same database state before every play."""

from dataclasses import dataclass

from harness.postgres import Postgres
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, SERVICE_PASSWORD, SERVICE_USER, Proxy, configuration, database
from harness.wire import ConnectionClosed, ServerError

from .compare import difference
from .noise import Noise
from .play import PATIENCE, DirectPlay, Divergence, ProxiedPlay, Silence
from .quiet import Settler

DATABASE = "differential"
ROLE = "differential_role"
CUSTOM_SETTINGS = ["my.word", "my.other"]

# Sessions write to tables of their own number only: who waits for whose lock would be a matter of timing.
_TABLES = """
CREATE TABLE t.items{n} (id int PRIMARY KEY, name text, price numeric(10,2));
INSERT INTO t.items{n} VALUES (1, 'anvil', 10.50), (2, 'bolt', 0.05), (3, NULL, 7.00), (4, 'dürüm', 4.20), (5, 'e''f', NULL);
CREATE TABLE t.log{n} (n serial, word text);
CREATE TABLE t.later{n} (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE SEQUENCE t.seq{n};
CREATE PROCEDURE t.commits{n}() LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO t.log{n} (word) VALUES ('first'); COMMIT; INSERT INTO t.log{n} (word) VALUES ('second'); END $$;
"""
SESSIONS = 2
_FIXTURE = f"""
SET client_min_messages = error;
SET lock_timeout = '15s';
DROP SCHEMA IF EXISTS t CASCADE;
DROP SCHEMA IF EXISTS u CASCADE;
CREATE SCHEMA t;
CREATE SCHEMA u;
CREATE TABLE t.board (word text);
CREATE TABLE u.items0 (id int, name text);
INSERT INTO u.items0 VALUES (100, 'of u');
CREATE TABLE u.items1 AS TABLE u.items0;
{"".join(_TABLES.format(n=n) for n in range(SESSIONS))}
CREATE FUNCTION t.shout(word text) RETURNS text LANGUAGE plpgsql AS
  $$ BEGIN RAISE NOTICE 'shouting %', word USING DETAIL = 'a detail', HINT = 'a hint'; RETURN upper(word); END $$;
CREATE FUNCTION t.sets(value text) RETURNS text LANGUAGE plpgsql AS
  $$ BEGIN PERFORM set_config('work_mem', value, false); RETURN value; END $$;
GRANT ALL ON SCHEMA t, u TO {ROLE};
GRANT ALL ON ALL TABLES IN SCHEMA t, u TO {ROLE};
GRANT ALL ON ALL SEQUENCES IN SCHEMA t TO {ROLE};
"""
_STATE = """
SELECT c.oid::regclass::text, CASE relkind WHEN 'r' THEN query_to_xml(format('SELECT x FROM %s x ORDER BY x::text', c.oid::regclass), true, false, '')::text ELSE relkind::text END
FROM pg_class c WHERE relnamespace IN ('t'::regnamespace, 'u'::regnamespace) ORDER BY 1;
SELECT sequencename, last_value::text FROM pg_sequences WHERE schemaname = 't' ORDER BY 1;
SELECT gid, 'prepared transaction' FROM pg_prepared_xacts ORDER BY 1;
"""


@dataclass(frozen=True)
class Place:
    """Where a client goes, and who it is there."""

    address: tuple
    user: str
    password: str
    database: str


def create_database(postgres):
    """The database of the cases on a server that has the service account."""
    postgres.sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    postgres.sql(f"CREATE DATABASE {DATABASE}")
    postgres.sql(f"ALTER DATABASE {DATABASE} SET lock_timeout = '3s'")
    # A custom setting that has been set once stays known to its server process, whoever gets it next: here it always is.
    for name in CUSTOM_SETTINGS:
        postgres.sql(f"ALTER DATABASE {DATABASE} SET {name} = ''")
    if not postgres.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):
        postgres.sql(f"CREATE ROLE {ROLE}")


def start_postgres():
    postgres = Postgres()
    try:
        postgres.start()
        postgres.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
    except BaseException:
        postgres.stop("immediate")
        raise
    return postgres


def proxy_configuration(postgres, pool_mode):
    """A pool has one connection more than its case has sessions: the noise always gets one, and the sessions never keep theirs for long."""
    pools = {f"sessions{n}": database(postgres, pool_mode, pool_size=n + 1 if pool_mode == "transaction" else 20, dbname=DATABASE)
             for n in range(1, SESSIONS + 1)}
    return configuration(postgres, **pools)


class ServerCrash(Exception):
    """PostgreSQL itself did not survive the direct play."""


class World:
    """Plays cases. One case at a time."""

    # Seconds that the proxy may take for an answer.
    patience = PATIENCE

    def __init__(self, postgres, proxy, pool_mode):
        self._postgres = postgres
        self._proxy = proxy
        self._pool_mode = pool_mode
        self._admin = postgres.admin(DATABASE)
        self._settler = Settler(self._admin)

    def close(self):
        self._settler.close()
        self._admin.close()

    def replace_proxy(self, proxy):
        self._proxy = proxy

    def play(self, case):
        """None when the proxy did as PostgreSQL does, otherwise the difference as text."""
        self._reset()
        direct = Place((self._postgres.host, self._postgres.port), SERVICE_USER, SERVICE_PASSWORD, DATABASE)
        try:
            expected = DirectPlay(direct, case, self._settler).run()
            expected_state = self._state()
        except (ConnectionClosed, ConnectionError) as error:
            raise ServerCrash(str(error)) from error
        try:
            self._reset()
        except ServerError as error:
            raise AssertionError(f"what a direct play left: {error}") from error
        proxied = Place((self._proxy.host, self._proxy.port), CLIENT_USER, CLIENT_PASSWORD, f"sessions{case.sessions}")
        noise = Noise(proxied) if self._pool_mode == "transaction" else None
        play = ProxiedPlay(proxied, case, expected, self.patience, noise)
        fault = None
        try:
            play.run()
        except (Divergence, Silence) as error:
            fault = f"{type(error).__name__}: {error}"
        except (AssertionError, ConnectionClosed, ServerError, TimeoutError) as error:
            # Not a difference of what a session received, which therefore shows nothing.
            return f"{type(error).__name__}: {error}"
        found = "\n".join(filter(None, [fault, difference(expected, play.result, play.current)]))
        self._proxy.check_alive()
        if found:
            return found
        state = self._state()
        return None if state == expected_state else f"the database afterwards:\n  directly: {expected_state}\n   proxied: {state}"

    def _reset(self):
        for (gid,) in self._admin.rows("SELECT gid FROM pg_prepared_xacts"):
            self._admin.rows(f"ROLLBACK PREPARED '{gid}'")
        self._admin.rows(_FIXTURE)

    def _state(self):
        """What is in the database, as lists of text."""
        return self._admin.rows(_STATE)


class OwnWorld:
    """A server and a proxy of its own, for the command line."""

    def __init__(self, pool_mode):
        self._pool_mode = pool_mode
        self._postgres = start_postgres()
        self._proxy = None
        try:
            create_database(self._postgres)
            self._proxy = self._start_proxy()
            self.world = World(self._postgres, self._proxy, pool_mode)
        except BaseException:
            self._stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.world.close()
        self._stop()

    def fresh_proxy(self):
        """Puts a new proxy in place of the old one, so that nothing of earlier cases is left in its pools."""
        self._proxy.remove()
        self._proxy = self._start_proxy()
        self.world.replace_proxy(self._proxy)

    def restart(self):
        """After a crash of PostgreSQL."""
        self.world.close()
        self._postgres.restart()
        self.fresh_proxy()
        self.world = World(self._postgres, self._proxy, self._pool_mode)

    def _start_proxy(self):
        return Proxy(proxy_configuration(self._postgres, self._pool_mode)).start()

    def _stop(self):
        if self._proxy is not None:
            self._proxy.remove()
        self._postgres.stop("immediate")
