"""Prepared statements in transaction pooling: a client cannot tell that its server connection changes under it.

Each script is played twice: straight to PostgreSQL, and through the proxy with another server connection after each
step. What the client gets has to be the same, row for row and error for error.
"""

import itertools
import random

import pytest

from harness import messages as m
from harness.proxy import CLIENT_USER, SERVICE_PASSWORD, SERVICE_USER, configuration, database
from harness.wire import ConnectionClosed, WireClient

S = m.sync()
INT4, TEXT = 23, 25


class Switcher:
    """On a pool of two connections, one of which is always somebody else's: next() makes that the other one."""

    def __init__(self, proxy):
        self._holders = itertools.cycle([proxy.login(), proxy.login()])
        self._holder = None

    def next(self):
        fresh = next(self._holders)
        # The one that is left, which the client had last; then the other one is free.
        fresh.query("BEGIN")
        # Something of their own, which nobody else may see.
        fresh.query("PREPARE s AS SELECT 'of another client'")
        fresh.query("PREPARE hidden AS SELECT 'of another client'")
        fresh.send(m.parse("SELECT 'unnamed, of another client'"), S)
        fresh.ready()
        if self._holder:
            self._holder.query("DEALLOCATE s")
            self._holder.query("DEALLOCATE hidden")
            self._holder.query("COMMIT")
        self._holder = fresh

    def close(self):
        for holder in itertools.islice(self._holders, 2):
            holder.close()


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres):
    postgres.sql("CREATE TABLE prepared (id int, name text); INSERT INTO prepared VALUES (1, 'one'), (2, 'two')")
    postgres.sql("CREATE FUNCTION runs_unseen() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'")
    postgres.sql(f"GRANT ALL ON prepared TO {SERVICE_USER}; ALTER TABLE prepared OWNER TO {SERVICE_USER}")
    config = configuration(postgres, **{"*": database(postgres, "transaction", pool_size=2, pool_wait_timeout="5s")})
    config["server"]["threads"] = 1
    return module_proxy(config)


@pytest.fixture
def direct(postgres):
    with WireClient(postgres.host, postgres.port) as client:
        client.login(SERVICE_USER, SERVICE_PASSWORD, database="postgres")
        yield client


def shown(message):
    if message.type == "E":
        fields = m.error_fields(message.body)
        return "E", fields["C"], fields["M"]
    if message.type == "T":
        # Without the OIDs of tables, which are others each time.
        return "T", [(name, *rest) for name, _, *rest in m.row_description(message.body)]
    return message.type, bytes(message.body)


def play(client, steps, after_step=lambda: None):
    """What the client gets in each step; a step is a list of messages that ends with a Sync or a Query."""
    transcript = []
    for step in steps:
        client.send(*step)
        received = client.ready(sum(1 for part in step if part[:1] in (b"S", b"Q")))
        transcript.append([shown(message) for message in received if message.type not in "SN"])
        # Within a transaction the connection stays.
        if received[-1].body == b"I":
            after_step()
    return transcript


def play_directly(client, steps):
    """PostgreSQL 15 ends the session at EXECUTE of a BEGIN or ROLLBACK that Parse has made: what comes before it."""
    transcript = []
    for step in steps:
        try:
            transcript += play(client, [step])
        except ConnectionClosed as end:
            assert "unexpected state" in str(end)
            break
    return transcript


def compare(proxy, direct, steps):
    expected = play_directly(direct, steps)
    steps = steps[:len(expected)]
    switcher = Switcher(proxy)
    try:
        with proxy.login() as client:
            got = play(client, steps, switcher.next)
    finally:
        switcher.close()
    for number, (ours, theirs) in enumerate(zip(got, expected, strict=True)):
        first = next(((a, b) for a, b in zip(ours, theirs) if a != b), None)
        # In a failed transaction a statement that has to be sent again cannot be described.
        if first and first[0][:2] == ("E", "25P02") and first[1][0] == "t":
            continue
        # What an EXECUTE may not execute here, and statements that execute one another, are found ahead of the rest.
        if first and first[0][0] == "E" and (first[0][1] == "54001" or "EXECUTE of a prepared" in first[0][2]):
            break
        assert ours == theirs, "\n".join(map(repr, [f"step {number}", *steps[:number + 1]]))


def used(name, *values, portal=""):
    return [m.bind(values, statement=name, portal=portal), m.describe_portal(portal), m.execute(portal)]


def q(text):
    return [m.query(text)]


SCRIPTS = {
    "named": [
        [m.parse("SELECT * FROM prepared WHERE id = $1", "s"), S],
        [*used("s", 1), S],
        [m.describe_statement("s"), S],
        [*used("s", 2), *used("s", 1), S],
        [m.close_statement("s"), S],
        [*used("s", 1), S],
        [m.parse("SELECT 'anew'", "s"), *used("s"), S],
        [*used("s"), S],
    ],
    "parameter types": [
        [m.parse("SELECT $1", "i", [INT4]), m.parse("SELECT $1", "t", [TEXT]), S],
        [*used("i", "7"), *used("t", "7"), S],
        [*used("i", "seven"), S],
        [m.describe_statement("i"), m.describe_statement("t"), S],
    ],
    "unnamed": [
        [m.parse("SELECT name FROM prepared WHERE id = $1"), S],
        [*used("", 1), S],
        [m.describe_statement(""), S],
        [m.bind([2]), m.execute(), S],
        [m.parse("SELECT no_such_column FROM prepared"), S],
        [*used(""), S],
        [m.parse("SELECT 1"), S],
        [m.close_statement(""), S],
        [*used(""), S],
        [m.parse("SELECT 2"), S],
        q("SELECT 3"),
        [*used(""), S],
        [m.parse("SELECT 4"), S],
        q("SELECT pg_sleep(0)")+[m.bind(), m.execute(), S],
    ],
    "names that are taken or unknown": [
        [m.parse("SELECT 1", "s"), S],
        [m.parse("SELECT 2", "s"), *used("s"), S],
        [m.parse("SELEC 2", "s"), S],
        [*used("s"), S],
        [m.describe_statement("nobody"), S],
        [*used("nobody"), S],
        [m.close_statement("nobody"), S],
        q("BEGIN"),
        [*used("nobody"), S],
        [*used("nobody"), S],
        [m.parse("SELECT 3", "t"), S],
        [m.parse("SELEC 3", "t"), S],
        [m.close_statement("s"), S],
        q("ROLLBACK"),
        [*used("s"), S],
        [*used("t"), S],
    ],
    "failed parse": [
        [m.parse("SELECT * FROM no_such_table", "s"), *used("s"), S],
        [*used("s"), S],
        [m.parse("SELECT 1", "s"), S],
        [*used("s"), S],
    ],
    "skipped": [
        [m.parse("SELECT 1", "kept"), S],
        [m.parse("SELECT 1/0"), *used(""), m.parse("SELECT 2", "s"), m.close_statement("kept"), S],
        [*used("kept"), S],
        [*used("s"), S],
    ],
    "groups in one go": [
        [m.parse("SELECT 1/$1::int", "s"), S, *used("s", 1), S, *used("s", 0), *used("s", 1), S, *used("s", 1), S],
        [*used("s", 0), S, *used("s", 1), S, m.close_statement("s"), S, *used("s", 1), S],
        [m.parse("SELECT 5", "s"), *used("s"), m.close_statement("s"), m.parse("SELECT 6", "s"), *used("s"), S],
        [*used("s"), S],
    ],
    "transactions do not matter": [
        q("BEGIN"),
        [m.parse("SELECT 1", "s"), S],
        q("ROLLBACK"),
        [*used("s"), S],
        q("BEGIN"),
        [m.close_statement("s"), S],
        q("ROLLBACK"),
        [*used("s"), S],
    ],
    "failed transaction": [
        [m.parse("SELECT 1", "s"), m.parse("ROLLBACK", "r"), m.parse("BEGIN", "b"), S],
        [*used("b"), S],
        [m.parse("SELECT 1/0", "e"), *used("e"), S],
        [*used("s"), S],
        [m.describe_statement("s"), S],
        [m.parse("SELECT 2", "n"), S],
        [*used("r"), S],
        [*used("n"), S],
        [*used("s"), S],
    ],
    "behind the end of a failed transaction": [
        q("PREPARE p AS SELECT 'by sql'") + [m.parse("SELECT 1", "s"), m.parse("SELECT 2", "x"), S],
        *[step for text in [
            "ROLLBACK; EXECUTE p", "ROLLBACK; SELECT 1; EXECUTE s; SELECT 1/0", "COMMIT AND CHAIN; EXECUTE p; ROLLBACK", "ROLLBACK; EXECUTE nobody",
            "ROLLBACK; EXECUTE hidden", "ROLLBACK; PREPARE p AS SELECT 3", "ROLLBACK; DEALLOCATE x; DEALLOCATE x", "EXECUTE p; ROLLBACK",
            "ROLLBACK TO nothing; EXECUTE p", "/* é */ ROLLBACK; EXECUTE p; SELECT no_such_column", "ROLLBACK; PREPARE n AS SELECT 'n'; EXECUTE n",
        ] for step in (q("BEGIN"), q("SELECT 1/0"), q(text), [*used("p"), S], q("ROLLBACK"))],
        # Nothing of it answered before the rest is sent.
        q("BEGIN") + q("SELECT 1/0") + q("ROLLBACK; EXECUTE p") + q("EXECUTE s"),
        q("BEGIN; SAVEPOINT a") + q("SELECT 1/0") + q("ROLLBACK TO a; EXECUTE p") + q("EXECUTE s; COMMIT"),
        [m.parse("ROLLBACK", "r"), m.parse("BEGIN", "b"), S],
        [*used("b"), S, m.parse("SELECT 1/0"), *used(""), S, *used("r"), *used("p"), *used("s"), S],
    ],
    "behind messages without a sync": [
        q("PREPARE p AS SELECT 'by sql'") + [m.parse("SELECT 1", "s"), S],
        [m.parse("SELECT 2")] + q("EXECUTE p"),
        [m.parse("SELECT 2"), *used("")] + q("EXECUTE s; SELECT name FROM pg_prepared_statements ORDER BY name"),
        q("BEGIN"),
        [m.parse("SELECT 1/0"), *used(""), S],
        [m.parse("ROLLBACK"), *used("")] + q("EXECUTE p"),
        q("ROLLBACK"),
    ],
    "a table that is gone": [
        q("CREATE TABLE going AS SELECT 1 AS x"),
        q("PREPARE p AS SELECT * FROM going") + [m.parse("SELECT * FROM going", "s"), S],
        q("EXECUTE p; EXECUTE s"),
        q("PREPARE kept AS SELECT 'kept'"),
        q("DROP TABLE going"),
        q("EXECUTE p"),
        q("EXECUTE s"),
        q("SELECT 1; EXECUTE p; EXECUTE s"),
        q("EXECUTE kept; EXECUTE p"),
        q("BEGIN"),
        q("SELECT 1; EXECUTE p"),
        q("EXECUTE p"),
        q("ROLLBACK"),
        [*used("p"), S],
        [*used("s"), S],
        [m.parse("SELECT 2")] + q("EXECUTE p"),
        q("SELECT 3"),
        # What does not run it does not fail for it.
        q("BEGIN"),
        q("SELECT runs_unseen(); EXECUTE kept"),
        q("COMMIT"),
        [m.parse("SELECT runs_unseen()"), *used(""), S],
        q("SELECT runs_unseen()"),
        q("PREPARE p AS SELECT 1"),
        q("DEALLOCATE p"),
        q("DEALLOCATE s"),
        q("EXECUTE p"),
        q("CREATE TABLE going AS SELECT 1 AS x"),
        q("PREPARE p AS SELECT * FROM going"),
        q("DROP TABLE going"),
        q("CREATE TABLE going AS SELECT 2 AS x"),
        q("EXECUTE p"),
        q("DROP TABLE going"),
    ],
    "executed by one another": [
        [m.parse("SELECT name FROM prepared ORDER BY id", "z"), m.parse("EXECUTE z", "a"), S],
        q("EXECUTE a"),
        [*used("a"), S],
        q("PREPARE y AS SELECT 'y'") + [m.parse("EXECUTE y", "b"), m.parse("EXECUTE b", "c"), S],
        q("EXECUTE c"),
        [m.describe_statement("c"), *used("c"), S],
    ],
    "deallocate": [
        [m.parse("SELECT 1", "s"), m.parse("SELECT 2", "t"), m.parse("SELECT 3"), S],
        q("DEALLOCATE s"),
        [*used("s"), S],
        [*used("t"), S],
        q("DEALLOCATE nobody"),
        q("DEALLOCATE hidden"),
        [m.parse("DEALLOCATE ALL", "d"), m.parse("SELECT 4"), *used("d"), *used(""), S],
        [*used("t"), S],
        [*used(""), S],
        [m.parse("SELECT 5", "t"), S],
        q("DEALLOCATE ALL") + [m.parse("SELECT 6", "t"), S],
        [*used("t"), S],
    ],
    "discard": [
        [m.parse("SELECT 1", "s"), S],
        q("PREPARE p AS SELECT 2"),
        [m.parse("SELECT 3"), S],
        [m.parse("DISCARD ALL", "d"), m.bind(statement="d"), m.execute(), S],
        [*used("s"), S],
        q("EXECUTE p"),
        q("DISCARD ALL"),
        [m.parse("SELECT 4", "s"), *used("s"), S],
        [*used("s"), S],
        q("DISCARD PLANS"),
        [*used("s"), S],
    ],
    "prepare": [
        q("PREPARE p (int, text) AS SELECT $1 + 1, $2 || '!'"),
        q("EXECUTE p(1, 'a')"),
        [*used("p", 2, "b"), S],
        [m.describe_statement("p"), S],
        q("EXPLAIN (COSTS OFF) EXECUTE p(1, 'a')"),
        q("CREATE TEMP TABLE made AS EXECUTE p(1, 'a'); SELECT * FROM made; DROP TABLE made"),
        q("PREPARE p AS SELECT 1"),
        [m.parse("SELECT 1", "p"), S],
        [m.parse("EXECUTE p(3, 'c')", "e"), S],
        [m.describe_statement("e"), S],
        [*used("e"), S],
        [m.close_statement("p"), S],
        [*used("e"), S],
        q("EXECUTE p(1, 'a')"),
        q("PREPARE p AS SELECT 'new'"),
        q("EXECUTE p"),
        q("DEALLOCATE p"),
        q("DEALLOCATE p"),
        [*used("p"), S],
    ],
    "prepare in one message": [
        q("PREPARE a AS SELECT 1; EXECUTE a; PREPARE b AS SELECT 2; DEALLOCATE a"),
        q("EXECUTE b"),
        q("EXECUTE a"),
        q("DEALLOCATE b; PREPARE b AS SELECT 'b again'; SELECT 1/0"),
        q("EXECUTE b"),
        q("BEGIN; PREPARE c AS SELECT 'c'; ROLLBACK"),
        q("EXECUTE c"),
        [m.parse("PREPARE z AS SELECT 'z'", "make"), m.bind(statement="make"), m.execute(), S],
        q("EXECUTE z"),
        [*used("z"), S],
    ],
    "executed by sql": [
        [m.parse("SELECT name FROM prepared WHERE id = $1", "s"), S],
        q("EXECUTE s(1)"),
        q("EXECUTE s(2)"),
        q("DEALLOCATE s"),
        q("EXECUTE s(1)"),
    ],
    "execute of what is not there": [
        q("EXECUTE hidden"),
        q("EXECUTE nobody"),
        q("BEGIN; EXECUTE nobody"),
        q("ROLLBACK"),
        q("SELECT 1; EXECUTE nobody"),
        [m.parse("EXECUTE nobody", "s"), S],
        [m.describe_statement("s"), S],
        [m.bind(statement="s"), S],
        [*used("s"), S],
    ],
    "the view": [
        [m.parse("SELECT 1", "s"), m.parse("SELECT $1", "t", [TEXT]), S],
        q("PREPARE p (int) AS SELECT $1"),
        q("SELECT name, statement, parameter_types, from_sql FROM pg_prepared_statements ORDER BY name"),
        q("DEALLOCATE t"),
        [m.parse("SELECT name, from_sql FROM pg_prepared_statements ORDER BY name COLLATE \"C\""), *used(""), S],
        [*used("s"), S],
        q("SELECT count(*) FROM pg_prepared_statements"),
    ],
    "the view, in the order of preparation": [
        [m.parse("SELECT 1", "z"), S],
        q("PREPARE y AS SELECT 2"),
        [m.parse("SELECT 3", "m"), S],
        [m.parse("EXECUTE y", "c"), S],
        [m.parse("SELECT 4", "a"), S],
        q("SELECT name FROM pg_prepared_statements WHERE name <> 'c' ORDER BY prepare_time"),
        [m.close_statement("z"), m.parse("SELECT 1", "z"), S],
        q("SELECT name FROM pg_prepared_statements WHERE name <> 'c' ORDER BY prepare_time"),
    ],
    "settings at the time of parse": [
        q("SET DateStyle = 'ISO, DMY'"),
        [m.parse("SELECT '01/02/2024'::date", "dmy"), S],
        [*used("dmy"), S],
        q("SET DateStyle = 'ISO, MDY'"),
        [m.parse("SELECT '01/02/2024'::date", "mdy"), S],
        [*used("mdy"), S],
        q("BEGIN"),
        q("SET LOCAL DateStyle = 'ISO, DMY'"),
        [m.parse("SELECT '01/02/2024'::date", "local"), *used("local"), *used("mdy"), S],
        q("COMMIT"),
        [*used("mdy"), S],
        q("SET DateStyle = 'ISO, DMY'") + [m.parse("SELECT '03/04/2024'::date", "piped"), *used("piped"), S],
        [*used("piped"), S],
    ],
    "ddl": [
        q("CREATE TABLE changing AS SELECT 1 AS a"),
        [m.parse("SELECT * FROM changing", "s"), *used("s"), S],
        q("ALTER TABLE changing ADD b int DEFAULT 2"),
        [m.parse("SELECT * FROM changing", "t"), *used("t"), S],
        [*used("t"), S],
        q("ALTER TABLE changing ADD c int DEFAULT 3") + [m.parse("SELECT * FROM changing", "u"), *used("u"), S],
        [*used("u"), S],
        q("DROP TABLE changing"),
        [*used("u"), S],
        [*used("u"), S],
        q("CREATE TABLE changing AS SELECT 1 AS a, 2 AS b, 3 AS c"),
        [*used("u"), S],
        q("DROP TABLE changing"),
    ],
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_client_cannot_tell(proxy, direct, script):
    compare(proxy, direct, SCRIPTS[script])


def test_in_every_chunking(proxy, direct):
    """A rewritten Bind, cut anywhere."""
    value = "v" * 5000
    steps = [[m.parse("SELECT $1 || 'x'", "a-name-longer-than-the-servers-own-by-far", [TEXT]), S],
             [*used("a-name-longer-than-the-servers-own-by-far", value), S],
             [m.parse("SELECT $1 || 'y'", "b", [TEXT]), S],
             [*used("b", value), S]]
    expected = play(direct, steps)
    from harness.wire import random_pieces
    for seed in range(3):
        with proxy.login(chunking=random_pieces(seed)) as client:
            assert play(client, steps) == expected


def random_script(generator):
    """Steps of messages that use few names in every way."""
    names = ["s", "t", ""]
    texts = ["SELECT 1", "SELECT name FROM prepared ORDER BY id", "SELECT 1/0", "EXECUTE s", "EXECUTE t", "SELEC", "",
             "SELECT no_such_column", "DEALLOCATE s", "DEALLOCATE ALL", "PREPARE t AS SELECT 'by sql'", "BEGIN", "ROLLBACK"]

    def message():
        name = generator.choice(names)
        kind = generator.randrange(8)
        if kind <= 2:
            return [m.parse(generator.choice(texts), name)]
        if kind == 3:
            return [m.describe_statement(name)]
        if kind == 4:
            return [m.close_statement(name)]
        return used(name)

    steps = []
    for _ in range(25):
        step = []
        for _ in range(generator.choice([1, 1, 1, 2])):
            if generator.random() < 0.35:
                step.append(m.query("; ".join(generator.choices(texts[:5] + texts[7:], k=generator.choice([1, 1, 2])))))
            else:
                for _ in range(generator.randrange(1, 5)):
                    step += message()
                step.append(S)
        steps.append(step)
    return steps


# Seeds that once differed: ends of failed transactions in front of EXECUTE, PREPARE and DEALLOCATE, and names that execute one another.
ONCE_DIFFERENT = [1028, 1162, 1171, 1255, 1267, 1354, 1402, 1652, 2136, 2361, 2396, 2477]


@pytest.mark.parametrize("seed", [*range(70), *ONCE_DIFFERENT])
def test_random_scripts(proxy, direct, seed):
    compare(proxy, direct, random_script(random.Random(seed)))
