"""LISTEN and NOTIFY in transaction pooling: whoever listens hears everything, once and in order, and holds no server connection for it."""

import random
import signal
import threading
import time

import pytest

from harness import messages
from harness.postgres import Postgres
from harness.proxy import SERVICE_PASSWORD, SERVICE_USER, configuration, database
from harness.wire import WireClient, types, wait_for

POOL_SIZE = 2


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres):
    entry = database(postgres, "transaction", pool_size=POOL_SIZE, pool_wait_timeout="10s")
    return module_proxy(configuration(postgres, **{"*": entry}))


@pytest.fixture(params=["simple", "extended"])
def run(request):
    """Runs one statement, by either protocol; its messages up to ReadyForQuery, none of them an error."""
    def simple(client, sql):
        return checked(client.query(sql))

    def extended(client, sql):
        client.send(messages.extended(sql))
        return checked(client.ready())

    return simple if request.param == "simple" else extended


def checked(received):
    errors = [messages.error_fields(m.body) for m in received if m.type == "E"]
    assert not errors, errors
    return received


def notification(message):
    """(process id, channel, payload) of a NotificationResponse."""
    assert message.type == "A", message
    channel, payload, rest = message.body[4:].split(b"\0")
    assert rest == b""
    return int.from_bytes(message.body[:4], "big"), channel.decode(), payload.decode()


def heard_in(received):
    return [notification(m)[1:] for m in received if m.type == "A"]


def hear(client, count):
    """The next `count` notifications, which must be all that comes."""
    return [notification(client.read_message())[1:] for _ in range(count)]


def all_heard(client):
    """Everything that was committed until now, for a client that is between two statements."""
    return heard_in(checked(client.query("SELECT 'all that was before'")))


def hub_pids(postgres):
    found = postgres.value("SELECT coalesce(string_agg(pid::text, ','), '') FROM pg_stat_activity WHERE application_name = 'sql-proxy notifications'")
    return [int(pid) for pid in found.split(",") if pid]


def occupy(proxy):
    """Clients that hold every connection of the pool."""
    clients = [proxy.login() for _ in range(POOL_SIZE)]
    for client in clients:
        checked(client.query("BEGIN"))
        checked(client.query("SELECT 1"))
    return clients


def release(clients):
    for client in clients:
        checked(client.query("COMMIT"))
        client.close()


# --- Delivery ---------------------------------------------------------------------------------------------------------


def test_an_idle_listener_hears(proxy, run):
    with proxy.login() as listener, proxy.login() as speaker:
        run(listener, "LISTEN news")
        run(speaker, "NOTIFY news, 'one'")
        run(speaker, "SELECT pg_notify('news', 'two')")
        run(speaker, "NOTIFY news")
        assert hear(listener, 3) == [("news", "one"), ("news", "two"), ("news", "")]
        assert not listener.has_input(0.05)


def test_what_was_notified_before_a_query_comes_before_its_answer(proxy, run):
    with proxy.login() as listener, proxy.login() as speaker:
        run(listener, "LISTEN before")
        for number in range(50):
            run(speaker, f"NOTIFY before, '{number}'")
            received = []
            listener.send(messages.query("SELECT 1"))
            received = checked(listener.ready())
            assert heard_in(received) == [("before", str(number))]


def test_listeners_hold_no_server_connections(proxy, postgres):
    listeners = [proxy.login() for _ in range(100)]
    try:
        for listener in listeners:
            checked(listener.query("LISTEN crowd"))
        others = occupy(proxy)
        checked(others[0].query("COMMIT"))
        for number in range(20):
            checked(others[0].query(f"NOTIFY crowd, '{number}'"))
        for listener in listeners:
            assert hear(listener, 20) == [("crowd", str(n)) for n in range(20)]
        checked(others[0].query("BEGIN"))
        release(others)
        assert len(hub_pids(postgres)) == 1
    finally:
        for listener in listeners:
            listener.close()


def test_only_channels_that_are_listened_to(proxy):
    with proxy.login() as one, proxy.login() as two, proxy.login() as speaker:
        checked(one.query("LISTEN a; LISTEN b"))
        checked(two.query("LISTEN b; LISTEN c"))
        for channel in "abcd":
            checked(speaker.query(f"NOTIFY {channel}, 'to {channel}'"))
        assert hear(one, 2) == [("a", "to a"), ("b", "to b")]
        assert hear(two, 2) == [("b", "to b"), ("c", "to c")]
        assert not one.has_input(0.05) and not two.has_input(0.02)


@pytest.mark.parametrize("payload", ["it''s", "back\\slash", "äöü € 𝄞", " ", "line\nbreak\ttab", "x" * 7999, "é" * 3999], ids=repr)
def test_payloads(proxy, payload):
    with proxy.login() as listener, proxy.login() as speaker:
        checked(listener.query("LISTEN payloads"))
        expected = payload.replace("''", "'")
        checked(speaker.query(f"NOTIFY payloads, '{payload}'"))
        assert hear(listener, 1) == [("payloads", expected)]
        checked(listener.query("BEGIN"))
        checked(speaker.query(f"NOTIFY payloads, '{payload}'"))
        assert heard_in(checked(listener.query("COMMIT")) + checked(listener.query("SELECT 1"))) == [("payloads", expected)]


def test_a_payload_that_is_too_long(proxy):
    with proxy.login() as listener, proxy.login() as speaker:
        checked(listener.query("LISTEN payloads"))
        assert speaker.error(f"NOTIFY payloads, '{'x' * 8000}'")["C"] == "22023"
        assert all_heard(listener) == []


@pytest.mark.parametrize(("listen", "notify", "name"), [
    ("MixedCase", "mixedcase", "mixedcase"),
    ('"MixedCase"', '"MixedCase"', "MixedCase"),
    ('"with ""quotes"" and space"', '"with ""quotes"" and space"', 'with "quotes" and space'),
    ('"Kanal ä"', '"Kanal ä"', "Kanal ä"),
    ('"back\\slash; UNLISTEN *"', '"back\\slash; UNLISTEN *"', "back\\slash; UNLISTEN *"),
    ("l" * 70, "l" * 63, "l" * 63),
    (f'"{"ä" * 40}"', f'"{"ä" * 31}"', "ä" * 31),
], ids=["folded", "quoted", "quotes", "umlaut", "sql", "cut", "cut between letters"])
def test_names_of_channels(proxy, listen, notify, name):
    with proxy.login() as listener, proxy.login() as speaker:
        checked(listener.query(f"LISTEN {listen}"))
        checked(speaker.query(f"NOTIFY {notify}, 'heard'"))
        assert hear(listener, 1) == [(name, "heard")]
        assert listener.rows("SELECT pg_listening_channels()") == [[name]]


def test_payloads_in_the_clients_encoding(proxy):
    with proxy.login() as utf8, proxy.login(parameters={"client_encoding": "LATIN1"}) as latin1:
        checked(utf8.query('LISTEN "ä"'))
        latin1.send(messages.frame("Q", 'LISTEN "ä"'.encode("latin-1") + b"\0"))
        checked(latin1.ready())
        time.sleep(0.1)
        checked(utf8.query("NOTIFY \"ä\", 'ö'"))
        heard = latin1.read_message()
        assert heard.body[4:] == "ä\0ö\0".encode("latin-1")
        # From now on in another encoding.
        checked(latin1.query("SET client_encoding = 'UTF8'"))
        time.sleep(0.1)
        checked(utf8.query("NOTIFY \"ä\", 'ü'"))
        assert hear(latin1, 1) == [("ä", "ü")]


# --- Hearing oneself --------------------------------------------------------------------------------------------------


def test_own_notifications_come_within_the_answer(proxy):
    with proxy.login() as client:
        checked(client.query("LISTEN me"))
        for _ in range(20):
            received = checked(client.query("NOTIFY me, 'again'"))
            assert types(received) == "CAZ"
            assert notification(received[1]) == (client.login_info.pid, "me", "again")
            time.sleep(random.choice([0, 0.01]))


def test_the_sender_is_not_taken_for_oneself(proxy):
    clients = [proxy.login() for _ in range(6)]
    try:
        for client in clients:
            checked(client.query("LISTEN who"))
        time.sleep(0.1)
        for speaker in clients:
            checked(speaker.query(f"NOTIFY who, '{speaker.login_info.pid}'"))
        for client in clients:
            heard = [notification(m) for m in checked(client.query("SELECT 1")) if m.type == "A"]
            # Its own came when it spoke.
            for sender, _, payload in heard:
                assert payload != str(client.login_info.pid)
                assert sender != client.login_info.pid
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize("notify", ["NOTIFY known", "SELECT pg_notify('known', '')", "DO $$ BEGIN PERFORM pg_notify('known', ''); END $$"])
def test_the_sender_is_named_as_it_was_told_at_login(proxy, run, notify):
    clients = [proxy.login() for _ in range(6)]
    try:
        checked(clients[0].query("LISTEN known"))
        time.sleep(0.1)
        for speaker in clients[1:]:
            run(speaker, notify)
            assert notification(clients[0].read_message())[0] == speaker.login_info.pid
    finally:
        for client in clients:
            client.close()


def test_a_pipeline(proxy, postgres):
    script = [messages.extended("NOTIFY me, '1'"), messages.extended("SELECT 1"), messages.extended("SELECT pg_notify('me', '2')"), messages.query("NOTIFY me, '3'"),
              messages.query("BEGIN"), messages.query("NOTIFY me, '4'"), messages.query("COMMIT")]

    def play(client):
        checked(client.query("LISTEN me"))
        client.send(*script)
        return [(m.type, m.body[4:] if m.type == "A" else b"") for m in checked(client.ready(7))]

    with proxy.login() as client, postgres_client(postgres) as direct:
        assert play(client) == play(direct)


def postgres_client(postgres):
    client = WireClient(postgres.host, postgres.port)
    client.login(SERVICE_USER, SERVICE_PASSWORD, database="postgres")
    return client


# --- Transactions -----------------------------------------------------------------------------------------------------


def listens_after(proxy, *statements, first=("LISTEN kept",)):
    """What a client listens to after these; asked in two ways."""
    with proxy.login() as client, proxy.login() as speaker:
        for sql in (*first, *statements):
            client.query(sql)
        time.sleep(0.02)
        for channel in ("kept", "more"):
            checked(speaker.query(f"NOTIFY {channel}"))
        heard = {channel for channel, _ in all_heard(client)}
        assert heard == {row[0] for row in client.rows("SELECT pg_listening_channels()")}
        return heard


@pytest.mark.parametrize(("statements", "expected"), [
    (["LISTEN more"], {"kept", "more"}),
    (["LISTEN kept"], {"kept"}),
    (["BEGIN", "LISTEN more", "COMMIT"], {"kept", "more"}),
    (["BEGIN", "LISTEN more", "ROLLBACK"], {"kept"}),
    (["BEGIN", "LISTEN more", "SELECT 1/0", "COMMIT"], {"kept"}),
    (["BEGIN", "SAVEPOINT s", "LISTEN more", "ROLLBACK TO s", "COMMIT"], {"kept"}),
    (["BEGIN", "SAVEPOINT s", "LISTEN more", "RELEASE s", "COMMIT"], {"kept", "more"}),
    (["BEGIN", "LISTEN more", "SAVEPOINT s", "UNLISTEN more", "ROLLBACK TO s", "COMMIT"], {"kept", "more"}),
    (["LISTEN more; SELECT 1/0"], {"kept"}),
    (["UNLISTEN kept"], set()),
    (["UNLISTEN more"], {"kept"}),
    (["UNLISTEN *"], set()),
    (["BEGIN", "UNLISTEN kept", "ROLLBACK"], {"kept"}),
    (["BEGIN", "UNLISTEN *", "ROLLBACK"], {"kept"}),
    (["BEGIN", "SAVEPOINT s", "UNLISTEN kept", "ROLLBACK TO s", "COMMIT"], {"kept"}),
    (["BEGIN", "UNLISTEN *", "LISTEN more", "COMMIT"], {"more"}),
    (["DISCARD ALL"], set()),
    (["DO $$ BEGIN EXECUTE 'UNLISTEN kept'; EXECUTE 'LISTEN more'; END $$"], {"more"}),
], ids=lambda value: "; ".join(value) if isinstance(value, list) else None)
def test_listen_and_unlisten_follow_the_transaction(proxy, statements, expected):
    assert listens_after(proxy, *statements) == expected


def test_nothing_is_heard_within_a_transaction(proxy):
    with proxy.login() as listener, proxy.login() as speaker:
        checked(listener.query("LISTEN quiet"))
        checked(listener.query("BEGIN"))
        checked(speaker.query("NOTIFY quiet, 'while a transaction is open'"))
        assert types(checked(listener.query("SELECT 1"))) == "TDCZ"
        assert not listener.has_input(0.05)
        assert heard_in(checked(listener.query("COMMIT"))) == [("quiet", "while a transaction is open")]


def test_a_transaction_that_is_rolled_back_notifies_nobody(proxy):
    with proxy.login() as listener, proxy.login() as speaker:
        checked(listener.query("LISTEN undone"))
        for sql in ("BEGIN", "NOTIFY undone, 'never'", "ROLLBACK", "BEGIN", "SAVEPOINT s", "NOTIFY undone, 'neither'", "ROLLBACK TO s", "COMMIT", "NOTIFY undone, 'this'"):
            checked(speaker.query(sql))
        assert hear(listener, 1) == [("undone", "this")]


# --- Order and completeness -------------------------------------------------------------------------------------------


class Speaker(threading.Thread):
    """Notifies 1..count, then says 'end'."""

    def __init__(self, proxy, name, count):
        super().__init__()
        self.proxy, self.name_, self.count = proxy, name, count
        self.fault = None

    def run(self):
        try:
            with self.proxy.login() as client:
                for number in range(1, self.count + 1):
                    checked(client.query(f"NOTIFY busy, '{self.name_} {number}'"))
        except Exception as fault:  # noqa: BLE001 - shown by the test
            self.fault = fault


class Listener(threading.Thread):
    """Listens for the whole time; `work` says what it does meanwhile."""

    def __init__(self, proxy, work):
        super().__init__()
        self.client = proxy.login()
        checked(self.client.query("LISTEN busy"))
        self.work = work
        self.heard = []
        self.end = threading.Event()
        self.fault = None

    def run(self):
        generator = random.Random(id(self))
        try:
            while not self.end.is_set():
                self.work(self, generator)
            self.take(checked(self.client.query("SELECT 'the end'")))
        except Exception as fault:  # noqa: BLE001 - shown by the test
            self.fault = fault

    def take(self, received):
        self.heard += [payload for channel, payload in heard_in(received) if channel == "busy"]


def only_waits(listener, _):
    if listener.client.has_input(0.05):
        listener.take([listener.client.read_message()])


def asks_all_the_time(listener, _):
    listener.take(checked(listener.client.query("SELECT 1")))


def changes_what_it_hears(listener, generator):
    channel = generator.choice(["x", "y", "busy"])
    verb = "LISTEN" if channel == "busy" else generator.choice(["LISTEN", "UNLISTEN"])
    listener.take(checked(listener.client.query(f"{verb} {channel}")))
    time.sleep(generator.choice([0, 0.001, 0.01]))


def opens_transactions(listener, generator):
    listener.take(checked(listener.client.query("BEGIN")))
    listener.take(checked(listener.client.query("SELECT 1")))
    time.sleep(generator.choice([0, 0.001, 0.005]))
    listener.take(checked(listener.client.query(generator.choice(["COMMIT", "ROLLBACK"]))))


def test_everything_once_and_in_order(proxy):
    names, count = ["a", "b", "c"], 300
    listeners = [Listener(proxy, work) for work in (only_waits, only_waits, asks_all_the_time, changes_what_it_hears, changes_what_it_hears, opens_transactions)]
    speakers = [Speaker(proxy, name, count) for name in names]
    for thread in (*listeners, *speakers):
        thread.start()
    for speaker in speakers:
        speaker.join()
    for listener in listeners:
        listener.end.set()
    for listener in listeners:
        listener.join()
        listener.client.close()
    assert [thread.fault for thread in (*listeners, *speakers)] == [None] * 9
    for listener in listeners:
        for name in names:
            mine = [int(payload.split()[1]) for payload in listener.heard if payload.startswith(name)]
            assert mine == list(range(1, count + 1)), (listener.work.__name__, name)
        # One order of commits for all.
        assert listener.heard == listeners[0].heard


# --- Ends -------------------------------------------------------------------------------------------------------------


def test_the_next_client_hears_nothing(proxy):
    for end in ("close", "abort", "terminate"):
        with proxy.login() as speaker:
            listener = proxy.login()
            checked(listener.query("LISTEN gone"))
            getattr(listener, end)()
            others = [proxy.login() for _ in range(POOL_SIZE)]
            for other in others:
                checked(other.query("BEGIN"))
            for other in others:
                assert other.rows("SELECT pg_listening_channels()") == []
                checked(other.query("COMMIT"))
            checked(speaker.query("NOTIFY gone"))
            for other in others:
                assert not other.has_input(0.02)
                other.close()


def test_the_listener_connection_is_lost(proxy, postgres):
    with proxy.login() as idle, proxy.login() as pinned:
        checked(idle.query("LISTEN lost"))
        checked(pinned.query("CREATE TEMP TABLE keeps_the_connection (a int); LISTEN lost"))
        time.sleep(0.2)
        for pid in hub_pids(postgres):
            postgres.sql(f"SELECT pg_terminate_backend({pid})")
        fields = idle.fatal()
        assert fields["C"] == "08006"
        # Its own connection listens.
        checked(pinned.query("NOTIFY lost, 'still heard'"))
    with proxy.login() as again, proxy.login() as speaker:
        checked(again.query("LISTEN lost"))
        time.sleep(0.2)
        checked(speaker.query("NOTIFY lost, 'again'"))
        assert hear(again, 1) == [("lost", "again")]


def test_a_restart_of_the_server(start_proxy):
    server = Postgres(hba=["host all all 127.0.0.1/32 scram-sha-256"])
    server.start()
    try:
        server.sql(f"CREATE ROLE service LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        proxy = start_proxy(configuration(server, **{"*": database(server, "transaction", pool_size=POOL_SIZE)}))
        listeners = [proxy.login() for _ in range(5)]
        for listener in listeners:
            checked(listener.query("LISTEN restart"))
        server.restart()
        for listener in listeners:
            assert listener.fatal()["C"] in ("08006", "57P01")
            listener.close()
        with proxy.login() as listener, proxy.login() as speaker:
            checked(listener.query("LISTEN restart"))
            checked(speaker.query("NOTIFY restart, 'after'"))
            assert hear(listener, 1) == [("restart", "after")]
    finally:
        server.stop("immediate")


def test_a_reload_ends_no_subscription(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres, **{"*": database(postgres, "transaction", pool_size=POOL_SIZE)}))
    with proxy.login() as listener:
        checked(listener.query("LISTEN reload"))
        time.sleep(0.1)
        proxy.config["policies"] = [{"id": "read", "users": ["*"], "statements": ["READ"], "action": "allow"}]
        proxy.reload_and_wait()
        assert listener.error("LISTEN another")["C"] == "42501"
        postgres.sql("NOTIFY reload, 'heard'; NOTIFY another, 'unheard'")
        assert hear(listener, 1) == [("reload", "heard")]


def test_settings_that_cannot_be_replayed(proxy, postgres):
    """The statement fails, and the client goes on listening."""
    postgres.sql("CREATE ROLE passing; GRANT passing TO service")
    with proxy.login() as listener, proxy.login() as speaker:
        checked(listener.query("LISTEN role"))
        checked(listener.query("SET ROLE passing"))
        time.sleep(0.1)
        postgres.sql("DROP ROLE passing")
        for number in range(20):
            others = occupy(proxy)
            release(others)
            errors = [messages.error_fields(m.body)["C"] for m in listener.query("SELECT 1") if m.type == "E"]
            checked(speaker.query(f"NOTIFY role, '{number}'"))
            assert hear(listener, 1) == [("role", str(number))]
            if errors:
                break
        assert errors == ["22023"]
        checked(speaker.query("NOTIFY role, 'after the error'"))
        assert hear(listener, 1) == [("role", "after the error")]
        assert not listener.has_input(0.05)


def test_a_client_that_does_not_read_is_ended(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres, **{"*": database(postgres, "transaction", pool_size=POOL_SIZE)}))
    with proxy.login(receive_buffer=4096) as deaf, proxy.login() as other, proxy.login() as speaker:
        checked(deaf.query("LISTEN flood"))
        checked(other.query("LISTEN flood"))
        payload = "x" * 7900
        sent = 0
        for _ in range(40):
            checked(speaker.query(";".join(f"NOTIFY flood, '{sent + n} {payload}'" for n in range(100))))
            sent += 100
            for number in range(sent - 100, sent):
                assert hear(other, 1)[0][1].startswith(f"{number} ")
        wait_for(lambda: "too many notifications" in "".join(e.get("error") or "" for e in proxy.audit_events(kind="disconnect")), seconds=30)
        rest = deaf.read_to_end()
        assert len(rest) < sent * len(payload)


def test_the_proxy_stops_with_listeners(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres, **{"*": database(postgres, "transaction", pool_size=POOL_SIZE)}))
    clients = [proxy.login() for _ in range(5)]
    for client in clients:
        checked(client.query("LISTEN stop"))
    proxy.process.send_signal(signal.SIGTERM)
    proxy.wait(10)
    for client in clients:
        assert client.fatal()["C"] == "57P01"
        client.close()


def test_a_denied_listen(start_proxy, postgres):
    config = configuration(postgres, policies=[{"id": "read", "users": ["*"], "statements": ["READ"], "action": "allow"}],
                           **{"*": database(postgres, "transaction", pool_size=POOL_SIZE)})
    proxy = start_proxy(config)
    with proxy.login() as client:
        for sql in ("LISTEN denied", "NOTIFY denied", "SELECT pg_notify('denied', '')", "UNLISTEN denied"):
            assert client.error(sql)["C"] == "42501", sql
        checked(client.query("UNLISTEN *"))
        assert client.rows("SELECT 1") == [["1"]]
