"""Bytes that no client should send: a clear FATAL or a closed connection, and nobody else notices."""

import random
import struct
import time

import pytest

from harness import messages
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, configuration
from harness.wire import ConnectionClosed, tls_context, types, wait_for

FIRST_BYTES = {
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "zeros": b"\0" * 64,
    "ones": b"\xff" * 64,
    "length-0": struct.pack("!I", 0),
    "length-4": struct.pack("!I", 4) + b"\0" * 16,
    "length-7": struct.pack("!I", 7) + b"\0\0\0",
    "length-10005": struct.pack("!I", 10005) + b"\0" * 10001,
    "length-65536": struct.pack("!II", 65536, 0x30000),
    "length-2g": struct.pack("!II", 0x7FFFFFFF, 0x30000),
    "length-4g": struct.pack("!II", 0xFFFFFFFF, 0x30000),
    "length-negative": struct.pack("!iI", -8, 0x30000),
    "typed-message": messages.query("SELECT 1"),
    "half-tls-hello": b"\x16\x03\x01\x02\x00\x01",
    "not-a-tls-hello": b"\x16" + b"A" * 64,
}


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, certificates, pool_mode):
    config = configuration(postgres, pool_mode=pool_mode)
    config["server"]["login_timeout"] = "2s"
    config["server"]["tls"] = {"mode": "prefer", "cert": certificates.path("server.crt"), "key": certificates.path("server.key")}
    return module_proxy(config)


@pytest.fixture(autouse=True)
def others_are_unaffected(proxy):
    """A client from before and one from after each test see nothing of it; the process keeps its descriptors."""
    with proxy.login() as bystander:
        assert bystander.value("SELECT 1") == "1"
        yield
        assert bystander.value("SELECT 2") == "2"
    with proxy.login() as successor:
        assert successor.value("SELECT 3") == "3"


def assert_refused(client):
    """One FATAL with SQLSTATE 08P01, or closed without a word."""
    try:
        rest = client.read_messages_to_end()
    except TimeoutError:
        pytest.fail("the connection is still open")
    assert types(rest) in ("", "E"), rest
    if rest:
        fields = messages.error_fields(rest[0].body)
        assert (fields["S"], fields["C"]) == ("FATAL", "08P01"), fields


# --- Before login -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", FIRST_BYTES.values(), ids=FIRST_BYTES)
def test_first_bytes_that_are_no_startup_packet(proxy, data):
    with proxy.connect() as client:
        client.send(data)
        answer = client.read_to_end()
        # At most a FATAL or a TLS alert.
        assert answer[:1] in (b"", b"E", b"\x15"), answer


@pytest.mark.parametrize("length", [0, 1, 3, 7])
def test_a_packet_that_never_comes_whole(proxy, length):
    packet = messages.startup({"user": CLIENT_USER, "database": "postgres"})
    with proxy.connect() as client:
        client.send(packet[:length])
        start = time.monotonic()
        assert client.read_to_end()[:1] in (b"", b"E")
        assert 1 < time.monotonic() - start < 6, "closed by login_timeout"


def test_end_of_stream_in_the_startup_packet(proxy):
    packet = messages.startup({"user": CLIENT_USER, "database": "postgres"})
    for length in (0, 1, 4, 8, len(packet) - 1):
        with proxy.connect() as client:
            client.send(packet[:length])


@pytest.mark.parametrize("seed", range(10))
def test_random_first_bytes(proxy, seed):
    generator = random.Random(seed)
    clients = []
    for _ in range(10):
        client = proxy.connect()
        clients.append(client)
        try:
            client.send(generator.randbytes(generator.randint(8, 200)))
        except OSError:
            pass
    for client in clients:
        # Whatever looks like a length that is still to come is waited for until login_timeout.
        client.read_to_end()
        client.close()


def test_silence_after_the_authentication_request(proxy):
    with proxy.connect() as client:
        client.send(messages.startup({"user": CLIENT_USER, "database": "postgres"}))
        client.read_message()
        start = time.monotonic()
        client.read_to_end()
        assert 1 < time.monotonic() - start < 6


def test_silence_in_the_tls_handshake(proxy):
    with proxy.connect() as client:
        client.send(messages.ssl_request())
        assert client.read_bytes(1) == b"S"
        start = time.monotonic()
        assert client.read_to_end()[:1] in (b"", b"\x15")
        assert 1 < time.monotonic() - start < 6


def test_slow_loris(proxy):
    """A byte now and then does not extend the time to log in; meanwhile others do log in."""
    packet = messages.startup({"user": CLIENT_USER, "database": "postgres", "application_name": "x" * 200})
    loris = [proxy.connect() for _ in range(20)]
    start = time.monotonic()
    alive = set(range(len(loris)))
    offset = 0
    while alive and time.monotonic() - start < 8:
        for number in list(alive):
            try:
                loris[number].send(packet[offset:offset + 1])
            except OSError:
                alive.discard(number)
        offset += 1
        if offset % 10 == 0:
            with proxy.login() as client:
                assert client.value("SELECT 1") == "1"
        time.sleep(0.1)
    assert not alive, "login_timeout counts from the connection, not from the last byte"
    for client in loris:
        client.close()


def test_many_silent_connections(proxy):
    silent = [proxy.connect() for _ in range(300)]
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"
    for client in silent:
        client.read_to_end()
        client.close()
    wait_for(lambda: proxy.descriptors() < 200, what="the descriptors of closed connections")


@pytest.mark.parametrize("length", [0, 3, 70000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_password_message_of_a_bad_length(proxy, length):
    with proxy.connect() as client:
        client.send(messages.startup({"user": CLIENT_USER, "database": "postgres"}))
        client.read_message()
        client.send(b"p" + struct.pack("!I", length) + b"x" * 20)
        rest = client.read_messages_to_end()
        assert types(rest) in ("", "E")


# --- After login ------------------------------------------------------------------------------------------------------

TYPED = {
    "unknown-lower": messages.frame("y", b"what"),
    "unknown-nul": b"\0" + struct.pack("!I", 8) + b"what",
    "unknown-high": b"\xff" + struct.pack("!I", 8) + b"what",
    "backend-ready": messages.frame("Z", b"I"),
    "backend-row": messages.frame("T", b"\0\0"),
    "backend-authentication-ok": messages.frame("R", b"\0\0\0\0"),
    "password": messages.password("again"),
    "length-0": b"Q" + struct.pack("!I", 0),
    "length-3": b"Q" + struct.pack("!I", 3),
    "length-2g": b"Q" + struct.pack("!I", 0x7FFFFFFF) + b"SELECT 1",
    "length-4g": b"Q" + struct.pack("!I", 0xFFFFFFFF) + b"SELECT 1",
    "sync-too-long": b"S" + struct.pack("!I", 20000) + b"x" * 19996,
    "describe-too-long": b"D" + struct.pack("!I", 20000) + b"S" + b"x" * 19995,
    "second-startup": messages.startup({"user": CLIENT_USER, "database": "postgres"}),
    "ssl-request": messages.ssl_request(),
    "cancel-request": messages.cancel_request(1, b"1234"),
    "http": b"GET / HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("data", TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("state", ["idle", "block", "pipeline"])
def test_messages_that_break_the_protocol(proxy, postgres, data, state):
    postgres.sql("DROP TABLE IF EXISTS bad_input; CREATE TABLE bad_input (a int)")
    with proxy.login() as client:
        if state == "block":
            client.query("BEGIN; INSERT INTO bad_input VALUES (1)")
        elif state == "pipeline":
            client.send(messages.parse("INSERT INTO bad_input VALUES (2)"), messages.bind(), messages.execute(), messages.flush())
            client.read_until("C")
        client.send(data)
        assert_refused(client)
    # Whatever was open has been rolled back, not committed, when the connection is gone.
    wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%bad_input%' AND state LIKE '%transaction%'") == "0")
    assert postgres.value("SELECT count(*) FROM bad_input") == "0"


@pytest.mark.parametrize("data", [messages.query("SELECT 1"), messages.parse("SELECT 1"), messages.sync(), messages.password("x"), messages.frame("?")], ids=["query", "parse", "sync-is-fine", "password", "unknown"])
def test_messages_that_break_copy_in(proxy, postgres, data):
    postgres.sql("DROP TABLE IF EXISTS bad_input; CREATE TABLE bad_input (a int)")
    with proxy.login() as client:
        client.send(messages.query("COPY bad_input FROM STDIN"))
        client.read_until("G")
        client.send(messages.copy_data("1\n"), data)
        if data == messages.sync():
            client.send(messages.copy_done())
            assert types(client.ready()) == "CZ"
            return
        rest = client.read_messages_to_end()
        assert types(rest) in ("EE", "E", ""), rest
        if rest:
            assert messages.error_fields(rest[-1].body)["S"] == "FATAL"
    assert postgres.value("SELECT count(*) FROM bad_input") == "0"


@pytest.mark.parametrize("cut", [1, 3, 5, 20])
def test_end_of_stream_in_the_middle_of_a_message(proxy, postgres, cut):
    postgres.sql("DROP TABLE IF EXISTS bad_input; CREATE TABLE bad_input (a int)")
    client = proxy.login()
    client.send(messages.query("INSERT INTO bad_input VALUES (1)")[:cut])
    client.close()
    client = proxy.login()
    client.send(messages.parse("INSERT INTO bad_input VALUES (1)"), messages.bind(), messages.execute(), messages.sync()[:-1])
    client.abort()
    wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO bad_input%' AND state <> 'idle'") == "0")
    assert postgres.value("SELECT count(*) FROM bad_input") == "0", "an implicit transaction without its Sync is not committed"


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_after_login(proxy, seed):
    generator = random.Random(seed)
    with proxy.login() as client:
        client.sock.settimeout(1)
        try:
            client.send(generator.randbytes(generator.randint(5, 400)))
            client.read_to_end()
        except (OSError, ConnectionClosed):
            pass  # still waiting for the rest of a message: also right


def test_query_longer_than_max_query_size(start_proxy, postgres):
    config = configuration(postgres)
    config["server"]["max_query_size"] = "64KiB"
    limited = start_proxy(config)
    with limited.login() as client:
        fits = "SELECT length('" + "x" * 60000 + "')"
        assert client.value(fits) == "60000"
        for size in (65536, 200_000, 5_000_000):
            received = client.query("SELECT '" + "x" * size + "'")
            assert types(received) == "EZ"
            assert messages.error_fields(received[0].body)["C"] == "54000"
            client.send(messages.extended("SELECT '" + "x" * size + "'"))
            received = client.ready()
            assert types(received) == "EZ"
            assert messages.error_fields(received[0].body)["C"] == "54000"
        # Parameters are not SQL.
        client.send(messages.extended("SELECT length($1)", ["y" * 500_000]))
        assert types(client.ready()) == "12TDCZ"
        # In a block the transaction is really aborted.
        client.query("BEGIN")
        assert types(client.query("SELECT '" + "x" * 200_000 + "'")) == "EZ"
        assert client.error("SELECT 1")["C"] == "25P02"
        client.query("ROLLBACK")
        assert client.value("SELECT 1") == "1"


@pytest.mark.parametrize("sql", ["SELECT " + "(" * 20000 + "1" + ")" * 20000, "SELECT 1" + "+1" * 100_000, "SELECT " + "/*" * 100_000, "SELECT 1 " + "/**/" * 100_000,
                                 "SELECT " + "-" * 100_000, ";" * 200_000, "SELECT 1;" * 50_000, "SELECT " + "NOT " * 50_000 + "true", "SELECT '" + "\\" * 200_000 + "'", "SELECT " + "ARRAY[" * 10_000],
                         ids=["parentheses", "additions", "nested-comments", "comments", "dashes", "semicolons", "statements", "nots", "backslashes", "brackets"])
def test_hostile_statements_end_in_time(proxy, sql):
    with proxy.login() as client:
        start = time.monotonic()
        client.send(messages.query(sql))
        received = client.ready()
        assert time.monotonic() - start < 10
        assert received[-1].type == "Z"
        assert client.value("SELECT 'alive'") == "alive"


def test_deep_statements_over_tls(proxy):
    with proxy.connect() as client:
        client.request_tls(tls_context())
        client.login(CLIENT_USER, CLIENT_PASSWORD, database="postgres")
        assert types(client.query("SELECT " + "(" * 5000 + "1" + ")" * 5000)) in ("EZ", "TDCZ")
