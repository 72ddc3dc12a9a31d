"""The audit file: a line for everything that happened, with the contract's keys, without data."""

import datetime
import json
import re
import threading

import pytest

import shop
from harness import messages
from harness.proxy import run_command
from harness.wire import ServerError, tls_context, types, wait_for

HEADER = ["event_id", "sequence_num", "kind", "received_at", "timestamp", "node_id", "session_id", "client_ip", "client_port", "tls", "application_name", "user", "roles", "tenant", "database"]
STATEMENT = HEADER + [
    "backend_pid", "protocol", "in_transaction", "statement_type", "sub_type", "sql", "fingerprint", "sql_bytes", "tables", "columns", "columns_written", "columns_filtered", "functions",
    "decision", "matched_rule", "specificity", "reason", "policy_version", "status", "sqlstate", "error", "rows_returned", "rows_affected", "bytes_in", "bytes_out", "classifications", "has_pii",
    "cache_hit", "queue_us", "db_us", "proxy_us", "total_us", "prev_hash", "hash"]
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
UUID_V7 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode, certificates):
    shop.create(postgres)
    config = shop.shop_configuration(postgres, pool_mode)
    config["server"]["tls"] = {"mode": "prefer", "cert": certificates.path("server.crt"), "key": certificates.path("server.key")}
    return module_proxy(config)


@pytest.fixture
def audited(proxy, request):
    """Log in under an application_name that marks this test's events; events() waits for the wanted number of statements."""
    name = re.sub(r"[^\w]", "-", request.node.name)[:60]

    class Audited:
        def log_in(self, user="clara", **options):
            return shop.log_in(proxy, user, parameters={"application_name": name, **options.pop("parameters", {})}, **options)

        def events(self, count=1, kind="statement", **wanted):
            events = proxy.wait_for_audit(count, kind=kind, application_name=name, **wanted)
            assert len(events) == count, events
            return events

    return Audited()


def test_keys_and_forms(proxy, audited, pool_mode):
    with audited.log_in() as client:
        client.query("SELECT id FROM orders WHERE id = 1")
        pid = client.login_info.pid
    (event,) = audited.events()
    assert list(event) == STATEMENT
    assert UUID_V7.match(event["event_id"])
    assert TIME.match(event["received_at"]) and TIME.match(event["timestamp"])
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
    assert abs(age.total_seconds()) < 60
    assert event["received_at"] <= event["timestamp"]
    expected = {
        "client_ip": "127.0.0.1", "tls": None, "user": "clara", "roles": ["clerks"], "database": "shop", "tenant": "default", "protocol": "simple", "in_transaction": False,
        "statement_type": "SELECT", "decision": "allow", "matched_rule": "clerks-work", "status": "ok", "sqlstate": None, "error": None, "rows_returned": 1,
        "tables": [{"database": "shop", "schema": "public", "table": "orders", "usage": "read"}], "backend_pid": pid, "sql_bytes": len("SELECT id FROM orders WHERE id = 1"),
    }
    if pool_mode == "transaction":
        # The process that executed it, which the client is not told.
        assert event["backend_pid"] > 0
        expected["backend_pid"] = event["backend_pid"]
    assert {k: event[k] for k in expected} == expected
    assert event["total_us"] >= 0 and event["bytes_out"] > 0 and event["bytes_in"] > 0


def test_sequence_rises_by_one_and_lines_are_json(proxy):
    with shop.log_in(proxy) as client:
        for _ in range(20):
            client.query("SELECT 1")
    proxy.wait_for_audit(20, kind="statement", user="ann")
    lines = proxy.audit_path.read_text(encoding="utf-8").splitlines()
    numbers = [json.loads(line)["sequence_num"] for line in lines]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len({json.loads(line)["event_id"] for line in lines}) == len(lines)


def test_every_statement_of_a_query_has_its_line(audited):
    with audited.log_in() as client:
        client.query("SELECT 1; INSERT INTO journal (line) VALUES ('a'), ('b'); UPDATE journal SET line = 'c'; DELETE FROM journal")
    events = audited.events(4)
    assert [e["statement_type"] for e in events] == ["SELECT", "INSERT", "UPDATE", "DELETE"]
    assert [e["rows_affected"] for e in events][1] == 2
    assert all(e["status"] == "ok" for e in events)


def test_failed_statement(audited):
    with audited.log_in() as client:
        client.query("SELECT 1/0")
        client.query("INSERT INTO orders VALUES (1, 'canary-in-error', 1)")
    division, duplicate = audited.events(2)
    assert (division["decision"], division["status"], division["sqlstate"]) == ("allow", "error", "22012")
    assert (duplicate["status"], duplicate["sqlstate"]) == ("error", "23505")


def test_those_after_a_failure_have_not_run_and_have_no_line(audited):
    with audited.log_in() as client:
        client.query("SELECT 1; SELECT 1/0; SELECT 3")
        client.query("SELECT 'barrier'")
    assert [e["status"] for e in audited.events(3)] == ["ok", "error", "ok"]


def test_denied_statement(audited):
    with audited.log_in() as client:
        client.query("SELECT note FROM internal")
    (event,) = audited.events()
    assert (event["decision"], event["status"], event["sqlstate"], event["matched_rule"], event["specificity"]) == ("deny", "denied", "42501", "clerks-not-internal", 111)
    assert event["rows_returned"] in (None, 0)


def test_all_of_a_denied_query_have_their_lines(audited):
    with audited.log_in() as client:
        client.query("SELECT 1; SELECT note FROM internal")
    assert all(e["status"] == "denied" for e in audited.events(2))


def test_text_that_is_not_sql(audited):
    with audited.log_in() as client:
        client.query("SELEC canary_word")
    (event,) = audited.events()
    assert (event["decision"], event["sqlstate"]) == ("deny", "42601")


def test_empty_query_needs_no_line(audited):
    with audited.log_in() as client:
        client.query("")
        client.query("SELECT 1")
    assert audited.events()[0]["statement_type"] == "SELECT"


def test_extended_protocol(audited):
    with audited.log_in() as client:
        client.send(messages.parse("SELECT id FROM orders WHERE customer = $1", "s"), messages.bind(["bind-canary"], statement="s"), messages.execute(), messages.sync())
        client.ready()
        client.send(messages.bind(["ada"], statement="s"), messages.execute(), messages.sync())
        client.ready()
    first, second = audited.events(2)
    assert (first["protocol"], first["rows_returned"], second["rows_returned"]) == ("extended", 0, 1)
    assert first["sql"] == second["sql"] and first["fingerprint"] == second["fingerprint"]


def test_pipeline_of_executions(audited):
    with audited.log_in() as client:
        client.send(messages.parse("SELECT 1", "s"), *[messages.bind(statement="s") + messages.execute()] * 10, messages.sync())
        client.ready()
    assert len(audited.events(10)) == 10


def test_cursor_fetched_by_execute(audited):
    """Execute can name a cursor that SQL has declared: rows come, so there is a line."""
    with audited.log_in() as client:
        client.query("BEGIN")
        client.query("DECLARE c CURSOR FOR SELECT id FROM orders ORDER BY id")
        client.send(messages.execute("c", 2), messages.sync())
        assert types(client.ready()) == "DDsZ"
        client.query("COMMIT")
    events = audited.events(4)
    assert [e["rows_returned"] for e in events][2] == 2


def test_a_fetch_names_what_its_cursor_reads(audited):
    with audited.log_in() as client:
        client.query("BEGIN; DECLARE c CURSOR FOR SELECT id FROM orders; FETCH 1 FROM c")
        client.query("FETCH 1 FROM c")
        client.query("CLOSE c; DECLARE c CURSOR FOR SELECT 1; FETCH 1 FROM c; COMMIT")
        client.query("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT id FROM orders; COMMIT")
        client.query("FETCH 1 FROM c")
        client.send(messages.execute("c", 1), messages.sync())
        client.ready()
    fetched = [[t["table"] for t in e["tables"]] for e in audited.events(13) if e["sub_type"] == "FETCH"]
    assert fetched == [["orders"], ["orders"], ["orders"], ["orders"], ["orders"]], "also the one whose name was closed in the same message"
    assert [e["columns"] for e in audited.events(13) if e["sub_type"] == "FETCH"][0] == [c for c in audited.events(13)[1]["columns"]]


def test_skipped_in_a_pipeline_is_not_ok(audited):
    with audited.log_in() as client:
        client.send(messages.parse("SELECT 1/0"), messages.bind(), messages.execute(), messages.parse("SELECT 2"), messages.bind(), messages.execute(), messages.sync())
        client.ready()
        client.value("SELECT 'barrier'")
    events = audited.events(2)
    assert events[0]["sqlstate"] == "22012" and events[1]["status"] == "ok"


def test_copy(audited):
    with audited.log_in() as client:
        client.send(messages.query("COPY journal (line) FROM STDIN"))
        client.read_until("G")
        client.send(messages.copy_data("copy-canary-1\ncopy-canary-2\n"), messages.copy_done())
        client.ready()
        client.query("COPY journal TO STDOUT")
        client.query("DELETE FROM journal")
    copied_in, copied_out, _ = audited.events(3)
    assert (copied_in["statement_type"], copied_in["rows_affected"]) == ("COPY_FROM", 2)
    assert copied_out["statement_type"] == "COPY_TO" and 2 in (copied_out["rows_returned"], copied_out["rows_affected"])


def test_what_an_execute_touches_is_told(audited):
    """EXECUTE names what the statement that it runs touches: by Query, and as a text that Parse has prepared."""
    with audited.log_in() as client:
        client.query("PREPARE reads AS SELECT oid FROM pg_catalog.pg_class WHERE relname = 'x'")
        client.query("EXECUTE reads")
        client.send(messages.extended("EXECUTE reads"))
        client.ready()
        client.query("DEALLOCATE reads")
    prepared, by_query, by_parse, _ = audited.events(4)
    assert [(t["schema"], t["table"]) for t in prepared["tables"]] == [("pg_catalog", "pg_class")]
    for event in (by_query, by_parse):
        assert event["statement_type"] == "EXECUTE"
        for key in ("tables", "columns", "columns_filtered", "functions"):
            assert event[key] == prepared[key], key


def test_function_call(audited):
    with audited.log_in("chief") as client:
        client.send(messages.function_call(177, [b"\0\0\0\1", b"\0\0\0\2"]))
        client.ready()
    (event,) = audited.events()
    assert (event["protocol"], event["status"]) == ("function", "ok")


def test_canceled(proxy, audited, postgres):
    with audited.log_in() as client:
        client.send(messages.query("SELECT pg_sleep(71)"))
        wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(71)' AND state = 'active'") == "1")
        with proxy.connect() as canceller:
            canceller.send(messages.cancel_request(client.login_info.pid, client.login_info.key))
            canceller.read_to_end()
        client.ready()
    (event,) = audited.events()
    assert (event["status"], event["sqlstate"]) == ("canceled", "57014")


def test_disconnected(audited, postgres):
    client = audited.log_in()
    client.send(messages.query("SELECT pg_sleep(72)"))
    wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(72)' AND state = 'active'") == "1")
    client.abort()
    (event,) = audited.events()
    assert event["status"] == "disconnected"


def test_server_lost(audited, postgres):
    with audited.log_in() as client:
        client.send(messages.query("SELECT pg_sleep(73)"))
        wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(73)' AND state = 'active'") == "1")
        postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(73)'")
        client.fatal()
    (event,) = audited.events()
    assert event["status"] in ("error", "disconnected") and event["sqlstate"] in ("57P01", "08006")


def test_in_transaction(audited):
    with audited.log_in() as client:
        for sql in ("BEGIN", "SELECT 1", "COMMIT", "SELECT 2"):
            client.query(sql)
    selects = [e for e in audited.events(4) if e["statement_type"] == "SELECT"]
    assert [e["in_transaction"] for e in selects] == [True, False]


def test_connect_and_disconnect(audited):
    with audited.log_in() as client:
        client.query("SELECT 1")
        client.terminate()
    (begin,) = audited.events(kind="connect")
    (end,) = audited.events(kind="disconnect")
    (statement,) = audited.events()
    assert begin["session_id"] == end["session_id"] == statement["session_id"]
    assert begin["sequence_num"] < statement["sequence_num"] < end["sequence_num"]
    assert (begin["user"], begin["database"]) == ("clara", "shop")


def test_tls_is_told(proxy, audited):
    with proxy.connect() as client:
        client.request_tls(tls_context())
        client.login("clara", shop.PASSWORD, database="shop", parameters={"application_name": "over-tls"})
        client.query("SELECT 1")
    (event,) = proxy.wait_for_audit(kind="statement", application_name="over-tls")
    assert event["tls"] == "TLSv1.3"


def test_auth_failures(proxy):
    for name, password in (("clara", "wrong-canary"), ("who-is-this", "wrong-canary")):
        with pytest.raises(ServerError):
            proxy.login(name, password, database="shop")
        (event,) = proxy.wait_for_audit(kind="auth_failure", user=name)
        assert event["sqlstate"] == "28P01"


def test_application_name_follows_set(proxy, audited):
    with audited.log_in() as client:
        client.query("SET application_name = 'set-later'")
        client.query("SELECT 1")
    (event,) = proxy.wait_for_audit(kind="statement", application_name="set-later", statement_type="SELECT")
    assert event["status"] == "ok"


CANARIES = [
    "SELECT 'canary-7', \"id\" FROM orders", "SELECT * FROM orders WHERE customer = 'canary-7' AND total > 7770777", "INSERT INTO journal (line) VALUES ('canary-7')",
    "UPDATE journal SET line = E'canary-7\\n' WHERE line = $$canary-7$$", "DELETE FROM journal WHERE line LIKE '%canary-7%'", "SELECT U&'canary-7', N'canary-7', B'1', X'7770777'",
    "CREATE ROLE canary_role PASSWORD 'canary-7'", "ALTER ROLE service PASSWORD 'canary-7'", "CREATE USER MAPPING FOR public SERVER s OPTIONS (password 'canary-7')",
    "SET my.secret = 'canary-7'", "SELECT set_config('my.secret', 'canary-7', false)", "COPY journal (line) TO PROGRAM 'echo canary-7'", "DO $$ BEGIN PERFORM 'canary-7'; END $$",
    "SELECT 'canary-7'::int", "SELECT cast('canary-7' AS int)", "SELECT 'canary-7' syntax error here ((", "COMMENT ON TABLE orders IS 'canary-7'", "NOTIFY x, 'canary-7'",
    "PREPARE p AS SELECT 'canary-7'", "EXECUTE p('canary-7')", "DECLARE c CURSOR FOR SELECT 'canary-7'", "EXPLAIN SELECT 'canary-7'", "CREATE TABLE x (a text DEFAULT 'canary-7')",
    "SELECT interval 'canary-7'", "SELECT * FROM orders LIMIT 7770777", "INSERT INTO orders VALUES (1, 'canary-7', 7770777)", "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''canary-7'''",
    "SELECT 'canary-7", "SELECT $x$canary-7", "SELECT 1 /* canary-7 */", "SELECT 1 -- canary-7", "CREATE SUBSCRIPTION s CONNECTION 'password=canary-7' PUBLICATION p",
    "SELECT dblink('password=canary-7', 'SELECT 1')", "VALUES ('canary-7', 7770777)", "SELECT ARRAY['canary-7'], ROW('canary-7', 7770777)", "RAISE 'canary-7'",
]


@pytest.mark.parametrize("who", ["chief", "ann"])
def test_no_literal_reaches_the_file(proxy, audited, who):
    with audited.log_in(who) as client:
        for sql in CANARIES:
            client.query(sql)
            client.query("ROLLBACK")
            client.send(messages.parse("SELECT $1::text"), messages.bind(["bind-canary-7"]), messages.execute(), messages.sync())
            client.ready()
        client.query("ALTER ROLE service PASSWORD 'service-Password-1'")
    proxy.wait_for_audit(kind="disconnect", application_name=f"test_no_literal_reaches_the_file-{who}-")
    text = proxy.audit_path.read_text() + proxy.stderr()
    for canary in ("canary-7", "7770777", shop.PASSWORD, "service-Password-1", shop.SECRET):
        assert canary not in text, [line for line in text.splitlines() if canary in line][:3]


def test_hostile_names_make_valid_lines(proxy):
    name = 'evil"name\n{"kind":"forged"}\\ \x01 é'
    with shop.log_in(proxy, parameters={"application_name": name}) as client:
        client.query('SELECT 1 AS "new\nline\t""quote"" \x7f"')
        client.query('SELECT * FROM "no\nsuch\ntable"')
        client.query("SELECT 1 AS \"" + "x" * 5000 + "\"")
        client.query(b"SELECT '\xff\xfe'")
    proxy.wait_for_audit(1, kind="disconnect", user="ann")
    for line in proxy.audit_path.read_text(encoding="utf-8").splitlines():
        assert json.loads(line)["kind"] in ("statement", "connect", "disconnect", "auth_failure", "admin")


def test_raw_and_none(start_proxy, postgres, pool_mode):
    for mode, expected in (("raw", "SELECT 'literal'"), ("none", None)):
        config = shop.shop_configuration(postgres, pool_mode)
        config["audit"]["log_sql"] = mode
        proxy = start_proxy(config)
        with shop.log_in(proxy) as client:
            client.query("SELECT 'literal'")
        assert proxy.wait_for_audit(kind="statement")[0]["sql"] == expected


def test_graceful_stop_loses_nothing(start_proxy, postgres, pool_mode):
    """Stopped under load: every statement that a client saw end is in the file, and the file is whole."""
    proxy = start_proxy(shop.shop_configuration(postgres, pool_mode))
    finished = []

    def work():
        count = 0
        try:
            client = shop.log_in(proxy)
            while True:
                if types(client.query("SELECT count(*) FROM orders")) != "TDCZ":
                    break
                count += 1
        except Exception:  # the stop ends the loop, in whichever way
            pass
        finished.append(count)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    proxy.wait_for_audit(500, seconds=30, kind="statement")
    proxy.process.terminate()
    proxy.wait()
    for thread in threads:
        thread.join()
    events = proxy.audit_events()
    statements = [e for e in events if e["kind"] == "statement" and e["status"] == "ok"]
    assert sum(finished) >= 500
    # A client may have been told to go before it counted its last answer; it cannot have counted one that is not there.
    assert sum(finished) <= len(statements) <= sum(finished) + len(threads)
    numbers = [e["sequence_num"] for e in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert not [e for e in events if e["kind"] == "overflow"]
    assert len([e for e in events if e["kind"] == "connect"]) == len([e for e in events if e["kind"] == "disconnect"]) == len(threads)


def test_messages_that_cannot_be_read_have_one_line_each(audited):
    """Malformed ones, and those that name a statement that does not exist; not what the server skips behind them."""
    malformed = [
        (messages.frame("B", b"portal"), "08P01"), (messages.frame("D", b"Xname\0"), "08P01"), (messages.frame("C", b"?x\0"), "08P01"),
        (messages.bind(statement="absent"), "26000"), (messages.describe_statement("absent"), "26000"),
    ]
    with audited.log_in() as client:
        for message, _ in malformed:
            client.send(message, message, messages.sync())
            assert types(client.ready()) == "EZ"
        client.query("SELECT 'barrier'")
    events = audited.events(len(malformed) + 1)
    assert [e["sqlstate"] for e in events] == [code for _, code in malformed] + [None]
    assert {(e["status"], e["decision"], e["protocol"], e["statement_type"]) for e in events[:-1]} == {("denied", "deny", "extended", "UNPARSED")}


SECRETS = [
    "ALTER ROLE service PASSWORD 'secret-canary'",
    "ALTER ROLE service WITH LOGIN ENCRYPTED PASSWORD 'secret-canary'",
    "ALTER USER service PASSWORD $$secret-canary$$",
    "ALTER ROLE service PASSWORD $x$secret-canary$x$",
    r"ALTER ROLE service PASSWORD E'secret\x2dcanary'",
    r"ALTER ROLE service PASSWORD U&'secret\002dcanary'",
    "CREATE ROLE r PASSWORD 'secret-canary' LOGIN",
    "CREATE USER MAPPING FOR service SERVER s OPTIONS (user 'u', password 'secret-canary')",
    "ALTER USER MAPPING FOR service SERVER s OPTIONS (SET password 'secret-canary')",
    "CREATE SERVER s FOREIGN DATA WRAPPER f OPTIONS (host 'h', password 'secret-canary')",
    "CREATE SUBSCRIPTION s CONNECTION 'host=h password=secret-canary' PUBLICATION p",
    "ALTER SUBSCRIPTION s CONNECTION 'host=h password=secret-canary'",
    "SELECT dblink('host=h password=secret-canary', 'SELECT 1')",
    "SELECT dblink_connect('c', 'postgresql://u:secret-canary@h/d')",
    "SET my.password = 'secret-canary'",
    "SELECT set_config('my.token', 'secret-canary', false)",
    "COPY orders FROM PROGRAM 'curl -u u:secret-canary h'",
    "DO $$ BEGIN EXECUTE 'ALTER ROLE service PASSWORD ''secret-canary'''; END $$",
    "PREPARE p AS SELECT 'secret-canary'",
    "EXPLAIN SELECT 'secret-canary'",
    "COMMENT ON TABLE orders IS 'secret-canary'",
    "SELECT 1 /* secret-canary */",
    "SELECT 1 -- secret-canary",
    "ALTER ROLE service PASSWORD 'secret-canary",
    "ALTER ROLE service PASSWORD 'secret-canary' nonsense",
    "ALTER ROLE service SET my.x = 'secret-canary'",
    "ALTER SYSTEM SET primary_conninfo = 'password=secret-canary'",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''secret-canary''::text'",
    "NOTIFY c, 'secret-canary'",
    "SELECT 'secret-canary'::int",
    "CREATE TABLE t (a text DEFAULT 'secret-canary')",
]


@pytest.mark.parametrize("user", ["clara", "ann"])
def test_no_secret_in_any_form_of_a_statement(proxy, audited, user):
    """Run, denied or not SQL at all, simple and extended: neither the lines nor the log have it."""
    with audited.log_in(user) as client:
        for sql in SECRETS:
            client.query(sql)
            client.send(messages.parse(sql), messages.bind(), messages.execute(), messages.sync())
            client.ready()
            client.query("ROLLBACK")
        client.terminate()
    audited.events(kind="disconnect")
    text = proxy.audit_path.read_text(encoding="utf-8")
    for secret in ("secret-canary", "x2dcanary", "002dcanary"):
        assert secret not in text, [line for line in text.splitlines() if secret in line][0]
    assert "canary" not in proxy.stderr()


def test_hostile_names_give_valid_lines(proxy, audited):
    """Control characters, invalid UTF-8, direction marks and a megabyte of name."""
    names = [b"a\x01\x1b[31m\x7f", b"\xff\xfe\xc3", "\u202e\u2028\ufeff".encode(), b'"quote" \\ back', b"x" * 900_000, b"new\nline\r\t"]
    with audited.log_in() as client:
        for name in names:
            client.send(messages.frame("Q", b'SELECT * FROM "' + name.replace(b'"', b'""') + b'"\0'))
            client.ready()
    events = audited.events(len(names))
    for line in proxy.audit_path.read_bytes().split(b"\n")[:-1]:
        text = line.decode("utf-8")
        json.loads(text)
        assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u2028\u2029\u202e\ufeff" for c in text)
    assert all(e["status"] in ("denied", "error") for e in events)
    assert run_command("audit", "verify", proxy.audit_path).returncode == 0
