"""From the first byte to the authentication request: encryption, versions, start-up parameters, cancel requests."""

import socket
import ssl
import struct
import tempfile

import pytest

from harness import messages
from harness.postgres import free_port
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, SERVICE_PASSWORD, SERVICE_USER, configuration, database
from harness.wire import ConnectionClosed, ServerError, WireClient, byte_by_byte, tls_context, wait_for


def tls_settings(certificates, mode="prefer", **more):
    return {"mode": mode, "cert": certificates.path("server.crt"), "key": certificates.path("server.key"), "client_ca": certificates.path("ca.crt"), **more}


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, certificates, pool_mode):
    """TLS offered, not demanded."""
    config = configuration(postgres, pool_mode=pool_mode)
    config["server"]["tls"] = tls_settings(certificates)
    return module_proxy(config)


@pytest.fixture
def trusted(certificates):
    return tls_context(ca=certificates.path("ca.crt"))


def assert_works(client):
    assert client.value("SELECT 40 + 2") == "42"


def log_in(client, **options):
    client.login(CLIENT_USER, CLIENT_PASSWORD, database="postgres", **options)
    assert_works(client)


# --- Encryption requests ----------------------------------------------------------------------------------------------


def test_ssl_request_then_login(proxy, trusted):
    with proxy.connect() as client:
        client.request_tls(trusted)
        log_in(client)
        assert client.sock.version() == "TLSv1.3"


def test_ssl_request_is_answered_n_where_tls_is_disabled(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres))
    with proxy.connect() as client:
        client.send(messages.ssl_request())
        assert client.read_bytes(1) == b"N"
        log_in(client)


def test_clear_text_is_accepted_with_prefer(proxy):
    with proxy.connect() as client:
        log_in(client)


def test_tls_1_2_is_accepted(proxy):
    with proxy.connect() as client:
        client.request_tls(tls_context(maximum=ssl.TLSVersion.TLSv1_2))
        log_in(client)
        assert client.sock.version() == "TLSv1.2"


def test_tls_1_1_is_refused(proxy):
    context = tls_context(maximum=ssl.TLSVersion.TLSv1_1)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with proxy.connect() as client:
        client.send(messages.ssl_request())
        assert client.read_bytes(1) == b"S"
        with pytest.raises((ssl.SSLError, ConnectionError)):
            client.start_tls(context)


def test_min_version_is_kept(start_proxy, postgres, certificates):
    config = configuration(postgres)
    config["server"]["tls"] = tls_settings(certificates, min_version="1.3")
    proxy = start_proxy(config)
    with proxy.connect() as client:
        client.send(messages.ssl_request())
        assert client.read_bytes(1) == b"S"
        with pytest.raises((ssl.SSLError, ConnectionError)):
            client.start_tls(tls_context(maximum=ssl.TLSVersion.TLSv1_2))
    with proxy.connect() as client:
        client.request_tls(tls_context())
        log_in(client)


@pytest.mark.parametrize("extra", [
    messages.startup({"user": CLIENT_USER, "database": "postgres"}), b"x", messages.query("SELECT 1"), messages.ssl_request(),
], ids=["startup", "one-byte", "query", "second-request"])
def test_bytes_smuggled_after_ssl_request(proxy, extra):
    with proxy.connect() as client:
        client.send(messages.ssl_request() + extra)
        client.sock.shutdown(socket.SHUT_WR)
        answer = client.read_to_end()
    # S, then at most a TLS alert (content type 21): never a message in clear text.
    assert answer[:1] in (b"S", b"")
    assert answer[1:2] in (b"\x15", b""), f"an answer in clear text: {answer!r}"


def test_smuggled_startup_packet_is_not_there_after_the_handshake(proxy):
    with proxy.connect() as client:
        client.send(messages.ssl_request() + messages.startup({"user": CLIENT_USER, "database": "postgres"}))
        try:
            assert client.read_bytes(1) == b"S"
            client.start_tls(tls_context())
            answer = client.read_to_end()
        except (ConnectionClosed, OSError):
            return
        # A handshake in spite of it may only be followed by the refusal.
        assert answer == b"" or (answer[:1] == b"E" and b"C08P01\0" in answer), answer


def test_direct_tls(proxy, trusted):
    with proxy.connect() as client:
        client.start_tls(trusted)
        assert client.sock.selected_alpn_protocol() == "postgresql"
        log_in(client)


def test_direct_tls_without_alpn_is_closed_silently(proxy):
    with proxy.connect() as client:
        try:
            client.start_tls(tls_context(alpn=None))
            client.send(messages.startup({"user": CLIENT_USER}))
        except OSError:
            return
        assert client.read_to_end() == b""


@pytest.mark.parametrize("direct", [True, False], ids=["direct", "requested"])
def test_wrong_alpn_is_refused_in_the_handshake(proxy, direct):
    with proxy.connect() as client:
        if not direct:
            client.send(messages.ssl_request())
            assert client.read_bytes(1) == b"S"
        with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
            client.start_tls(tls_context(alpn=("http/1.1",)))
            client.read_to_end()


def test_requested_tls_needs_no_alpn(proxy):
    with proxy.connect() as client:
        client.request_tls(tls_context(alpn=None))
        log_in(client)


def test_requests_inside_direct_tls_are_answered_n(proxy):
    with proxy.connect() as client:
        client.start_tls(tls_context())
        client.send(messages.ssl_request())
        assert client.read_bytes(1) == b"N"
        client.send(messages.gssenc_request())
        assert client.read_bytes(1) == b"N"
        log_in(client)


def test_direct_tls_where_tls_is_disabled_is_closed(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres))
    with proxy.connect() as client:
        with pytest.raises((ssl.SSLError, OSError)):
            client.start_tls(tls_context())
    with proxy.connect() as client:
        log_in(client)


@pytest.mark.parametrize("then_tls", [False, True], ids=["clear", "tls"])
def test_gssenc_request_is_answered_n_and_the_client_goes_on(proxy, then_tls):
    with proxy.connect() as client:
        client.send(messages.gssenc_request())
        assert client.read_bytes(1) == b"N"
        if then_tls:
            client.request_tls(tls_context())
        log_in(client)


def test_second_ssl_request_in_tls_is_refused(proxy, postgres):
    for server in (proxy, postgres):
        with _connect(server) as client:
            client.request_tls(tls_context(alpn=None))
            client.send(messages.ssl_request())
            error = client.fatal()
            assert (error["C"], "1234.5679" in error["M"]) == ("0A000", True)


def test_second_gssenc_request_is_refused(proxy):
    with proxy.connect() as client:
        client.send(messages.gssenc_request())
        assert client.read_bytes(1) == b"N"
        client.send(messages.gssenc_request())
        error = client.fatal()
        assert (error["C"], "1234.5680" in error["M"]) == ("0A000", True)


def _connect(server):
    return WireClient(server.host, server.port)


def test_require_refuses_clear_text_after_the_startup_packet(start_proxy, postgres, certificates):
    config = configuration(postgres)
    config["server"]["tls"] = tls_settings(certificates, "require")
    proxy = start_proxy(config)
    with proxy.connect() as client:
        client.send(messages.startup({"user": CLIENT_USER, "database": "postgres"}))
        assert client.fatal()["C"] == "28000"
    with proxy.connect() as client:
        client.request_tls(tls_context())
        login = client.login(CLIENT_USER, CLIENT_PASSWORD, database="postgres")
        # A cancel request in clear text is accepted all the same: libpq's PQcancel never encrypts.
        client.send(messages.query("SELECT pg_sleep(30)"))
        _wait_until_running(postgres, "pg_sleep(30)")
        with proxy.connect() as canceller:
            canceller.send(messages.cancel_request(login.pid, login.key))
            assert canceller.read_to_end() == b""
        assert [messages.error_fields(m.body)["C"] for m in client.ready() if m.type == "E"] == ["57014"]


def test_verify_full_wants_a_client_certificate(start_proxy, postgres, certificates):
    config = configuration(postgres)
    config["server"]["tls"] = tls_settings(certificates, "verify-full")
    proxy = start_proxy(config)

    def attempt(certificate):
        with proxy.connect() as client:
            client.request_tls(tls_context(certificate=certificate and certificates.path(certificate)))
            log_in(client)

    attempt("certificate_user")
    # TLS 1.3: the client may learn of the refusal only after its own part of the handshake.
    for certificate in (None, "rogue"):
        with pytest.raises((ServerError, ConnectionClosed, ssl.SSLError, OSError)):
            attempt(certificate)


# --- Cancel requests --------------------------------------------------------------------------------------------------


def _wait_until_running(postgres, text):
    return wait_for(lambda: postgres.sql(f"SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{text}%' AND pid <> pg_backend_pid()"),
                    what=f"{text} running")


@pytest.mark.parametrize("version", [messages.PROTOCOL_3_0, messages.PROTOCOL_3_2], ids=["3.0", "3.2"])
@pytest.mark.parametrize("way", ["clear", "tls", "direct-tls"])
def test_cancel_request(proxy, postgres, way, version):
    with proxy.connect() as client, proxy.connect() as canceller:
        login = client.login(CLIENT_USER, CLIENT_PASSWORD, database="postgres", version=version)
        client.send(messages.query("SELECT pg_sleep(60)"))
        _wait_until_running(postgres, "pg_sleep(60)")
        if way == "tls":
            canceller.request_tls(tls_context())
        elif way == "direct-tls":
            canceller.start_tls(tls_context())
        canceller.send(messages.cancel_request(login.pid, login.key))
        assert canceller.read_to_end() == b"", "a cancel request is never answered"
        received = client.ready()
        assert [messages.error_fields(m.body)["C"] for m in received if m.type == "E"] == ["57014"]
        assert_works(client)


@pytest.mark.parametrize("change", [
    lambda pid, key: (pid, bytes(b ^ 1 for b in key)), lambda pid, key: (pid + 1, key), lambda pid, key: (-1, key), lambda pid, key: (pid, key[:2]), lambda pid, key: (pid, key + b"\0" * 240),
], ids=["other-key", "other-pid", "negative-pid", "short-key", "long-key"])
def test_cancel_request_that_does_not_fit_does_nothing(proxy, change):
    with proxy.connect() as client, proxy.connect() as canceller:
        login = client.login(CLIENT_USER, CLIENT_PASSWORD, database="postgres")
        client.send(messages.query("SELECT pg_sleep(0.5)"))
        canceller.send(messages.cancel_request(*change(login.pid, login.key)))
        assert canceller.read_to_end() == b""
        assert not [m for m in client.ready() if m.type == "E"]


@pytest.mark.parametrize("key_length", [0, 257, 5000])
def test_cancel_request_with_a_bad_length_is_closed(proxy, key_length):
    with proxy.connect() as client:
        client.send(messages.cancel_request(1, b"k" * key_length))
        assert client.read_to_end() == b""


# --- Protocol versions ------------------------------------------------------------------------------------------------


def test_protocol_3_0_has_a_key_of_four_bytes(proxy):
    with proxy.connect() as client:
        log_in(client)
        assert client.login_info.negotiated == []
        assert len(client.login_info.key) == 4 and client.login_info.pid > 0


def test_protocol_3_2_has_a_long_key(proxy):
    with proxy.connect() as client:
        log_in(client, version=messages.PROTOCOL_3_2)
        assert client.login_info.negotiated == []
        assert 4 < len(client.login_info.key) <= 256


@pytest.mark.parametrize("minor, options, answer", [
    (9999, {"_pq_.test_protocol_negotiation": ""}, (messages.PROTOCOL_3_2, ["_pq_.test_protocol_negotiation"])),
    (9999, {}, (messages.PROTOCOL_3_2, [])),
    (3, {"_pq_.a": "1", "_pq_.b": "2"}, (messages.PROTOCOL_3_2, ["_pq_.a", "_pq_.b"])),
    (2, {"_pq_.a": "1"}, (messages.PROTOCOL_3_2, ["_pq_.a"])),
    (0, {"_pq_.a": "1"}, (messages.PROTOCOL_3_0, ["_pq_.a"])),
], ids=["grease", "minor-alone", "minor-and-options", "3.2-options", "3.0-options"])
def test_negotiation_is_one_message_before_authentication(proxy, minor, options, answer):
    with proxy.connect() as client:
        log_in(client, version=0x30000 + minor, parameters=options)
        assert client.login_info.negotiated == [answer]
        assert client.login_info.messages[0].type == "v"
        assert len(client.login_info.key) == (4 if minor == 0 else len(client.login_info.key))


def test_protocol_3_1_is_spoken_as_3_0(proxy):
    with proxy.connect() as client:
        log_in(client, version=0x30001)
        assert len(client.login_info.key) == 4


@pytest.mark.parametrize("version", [0x20000, 0x40000, 0x00000, 0x10000, 0x7FFFFFFF], ids=hex)
def test_other_major_versions_are_refused(proxy, version):
    with proxy.connect() as client:
        client.send(messages.startup({"user": CLIENT_USER}, version))
        text = f"unsupported frontend protocol {version >> 16}.{version & 0xFFFF}: server supports 3.0 to 3.2"
        if version < 0x30000:
            # PostgreSQL answers these in the form that they had: E and the text.
            answer = client.read_to_end()
            assert answer[:1] == b"E" and text.encode() in answer
        else:
            error = client.fatal()
            assert (error["C"], error["M"]) == ("0A000", text)


# --- Start-up parameters ----------------------------------------------------------------------------------------------


def _login_error(server, user, password, startup):
    with _connect(server) as client:
        client.send(startup)
        try:
            client.authenticate(user, password)
            client.finish_login()
        except ServerError as error:
            assert client.read_to_end() == b"", "bytes after the FATAL"
            return {k: error.fields.get(k) for k in "SVCMDH"}
        return None


@pytest.mark.parametrize("parameters", [
    {"no_such_setting": "1"}, {"work_mem": "a lot"}, {"max_connections": "5"}, {"options": "-c no_such=1"}, {"client_encoding": "KLINGON"}, {"DateStyle": "odd"},
    {"database": "no_such_database"}, {"database": "n" * 100},
], ids=lambda p: "-".join(f"{k}={v[:12]}" for k, v in p.items()))
def test_start_up_errors_are_the_servers(proxy, postgres, parameters):
    pairs = {"database": "postgres", **parameters}
    direct = _login_error(postgres, SERVICE_USER, SERVICE_PASSWORD, messages.startup({"user": SERVICE_USER, **pairs}))
    proxied = _login_error(proxy, CLIENT_USER, CLIENT_PASSWORD, messages.startup({"user": CLIENT_USER, **pairs}))
    assert direct is not None
    assert proxied == direct


@pytest.mark.parametrize("parameters", [{"options": "-Z nonsense"}, {"options": "--x"}, {"options": "stray"}, {"replication": "perhaps"}], ids=lambda p: "-".join(next(iter(p.items()))))
def test_start_up_errors_that_the_proxy_finds_itself(proxy, postgres, parameters):
    """It repeats no values in its texts, so only the rest is compared."""
    pairs = {"database": "postgres", **parameters}
    direct = _login_error(postgres, SERVICE_USER, SERVICE_PASSWORD, messages.startup({"user": SERVICE_USER, **pairs}))
    proxied = _login_error(proxy, CLIENT_USER, CLIENT_PASSWORD, messages.startup({"user": CLIENT_USER, **pairs}))
    assert [proxied[k] for k in "SVC"] == [direct[k] for k in "SVC"]


@pytest.mark.parametrize("packet, sqlstate", [
    (messages.untyped(struct.pack("!I", 0x30000) + b"user\0alice\0database\0postgres\0"), "08P01"),
    (messages.untyped(struct.pack("!I", 0x30000) + b"user\0alice"), "08P01"),
    (messages.untyped(struct.pack("!I", 0x30000) + b"user\0alice\0\0more"), "08P01"),
    (messages.untyped(struct.pack("!I", 0x30000) + b"user\0"), "08P01"),
    (messages.startup({}), "28000"),
    (messages.startup({"user": ""}), "28000"),
    (messages.startup({"database": "postgres"}), "28000"),
], ids=["no-terminator", "cut-name", "bytes-after-terminator", "name-alone", "no-parameters", "empty-user", "no-user"])
def test_startup_packets_that_are_wrong(proxy, postgres, packet, sqlstate):
    for server in (postgres, proxy):
        with _connect(server) as client:
            client.send(packet)
            assert client.fatal()["C"] == sqlstate


@pytest.mark.parametrize("database_name", [None, ""], ids=["absent", "empty"])
def test_database_defaults_to_the_user(proxy, postgres, database_name):
    postgres.sql(f'DROP DATABASE IF EXISTS "{CLIENT_USER}" WITH (FORCE)')
    postgres.sql(f'CREATE DATABASE "{CLIENT_USER}"')
    with proxy.connect() as client:
        client.login(CLIENT_USER, CLIENT_PASSWORD, database=database_name)
        assert client.value("SELECT current_database()") == CLIENT_USER


def test_the_last_of_repeated_parameters_wins(proxy):
    with proxy.connect() as client:
        client.send(messages.startup([("user", CLIENT_USER), ("database", "postgres"), ("application_name", "first"), ("application_name", "second")]))
        client.authenticate(CLIENT_USER, CLIENT_PASSWORD)
        assert client.finish_login().parameters["application_name"] == "second"


def test_startup_packet_byte_by_byte(proxy):
    with proxy.connect(chunking=byte_by_byte) as client:
        log_in(client, parameters={"application_name": "drip", "options": "-c work_mem=9MB"})
        assert client.value("SHOW work_mem") == "9MB"


def test_startup_packet_of_the_largest_size(proxy, postgres):
    value = "v" * (10000 - 200)
    packet = messages.startup({"user": CLIENT_USER, "database": "postgres", "my.filler": value})
    with proxy.connect() as client:
        client.send(packet)
        client.authenticate(CLIENT_USER, CLIENT_PASSWORD)
        client.finish_login()
        assert client.value("SELECT length(current_setting('my.filler'))") == str(len(value))


def test_unknown_database_where_there_is_no_fallback(start_proxy, postgres, pool_mode):
    proxy = start_proxy(configuration(postgres, app=database(postgres, pool_mode, dbname="postgres")))
    with proxy.login(database="app") as client:
        assert client.value("SELECT current_database()") == "postgres"
    error = _login_error(proxy, CLIENT_USER, CLIENT_PASSWORD, messages.startup({"user": CLIENT_USER, "database": "other"}))
    assert (error["S"], error["C"], error["M"]) == ("FATAL", "3D000", 'database "other" does not exist')
    # Who has not proved who he is does not learn which databases there are.
    error = _login_error(proxy, CLIENT_USER, "wrong", messages.startup({"user": CLIENT_USER, "database": "other"}))
    assert error["C"] == "28P01"


def test_max_clients(start_proxy, postgres):
    config = configuration(postgres)
    config["server"]["max_clients"] = 3
    proxy = start_proxy(config)
    clients = [proxy.login() for _ in range(3)]
    error = _login_error(proxy, CLIENT_USER, CLIENT_PASSWORD, messages.startup({"user": CLIENT_USER, "database": "postgres"}))
    assert (error["S"], error["C"]) == ("FATAL", "53300")
    clients.pop().terminate()

    def room_again():
        try:
            clients.append(proxy.login())
            return True
        except ServerError:
            return False

    wait_for(room_again, what="room for another client")
    for client in clients:
        assert_works(client)
        client.close()


# --- Listeners --------------------------------------------------------------------------------------------------------


def test_unix_socket_and_second_address(start_proxy, postgres):
    with tempfile.TemporaryDirectory(prefix="sp-sock-") as folder:
        config = configuration(postgres)
        first, second = free_port(), free_port()
        config["server"]["listen"] = [f"127.0.0.1:{first}", f"127.0.0.1:{second}", f"unix:{folder}:6432"]
        start_proxy(config, port=first)
        for address in (("127.0.0.1", first), ("127.0.0.1", second), (folder, 6432)):
            with WireClient(*address) as client:
                log_in(client)
        with WireClient(folder, 6432) as client:
            # TLS is never used on a Unix-domain socket.
            client.send(messages.ssl_request())
            assert client.read_bytes(1) == b"N"
            log_in(client)
