"""How the proxy logs in to PostgreSQL: methods, TLS, and what the client sees of the real server."""

import select
import socket
import ssl
import threading

import pytest

from harness import messages
from harness.postgres import Postgres, free_port
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, SERVICE_PASSWORD, SERVICE_USER, configuration, database
from harness.relay import Relay
from harness.wire import ServerError, WireClient, tls_context, types


@pytest.fixture(scope="module")
def plain_postgres():
    """A server without TLS."""
    server = Postgres()
    try:
        server.start()
        server.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        yield server
    finally:
        server.stop("immediate")


@pytest.fixture(scope="module")
def wrong_host_postgres(certificates):
    """A server whose certificate names another host."""
    server = Postgres(certificates=certificates, certificate="elsewhere")
    try:
        server.start()
        server.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        yield server
    finally:
        server.stop("immediate")


def login_through(start_proxy, server, pool_mode, **entry):
    """Logs in through a proxy with that database entry; gives whether the server side had TLS, and as whom."""
    proxy = start_proxy(configuration(server, **{"*": database(server, pool_mode, **entry)}))
    with proxy.login() as client:
        ((encrypted, name),) = client.rows("SELECT ssl, session_user FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        return encrypted == "t", name


def refused(start_proxy, server, pool_mode, **entry):
    proxy = start_proxy(configuration(server, **{"*": database(server, pool_mode, **entry)}))
    with proxy.connect() as client:
        with pytest.raises(ServerError) as caught:
            client.login(CLIENT_USER, CLIENT_PASSWORD, database="postgres")
        assert client.read_to_end() == b""
        error = caught.value.fields
        assert error["S"] == "FATAL"
        assert SERVICE_PASSWORD not in str(error) + proxy.stderr()
        return error


# --- Methods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["disable", "require"])
@pytest.mark.parametrize("name", [SERVICE_USER, "service_md5", "service_trust"])
def test_methods(start_proxy, postgres, pool_mode, name, tls):
    assert login_through(start_proxy, postgres, pool_mode, user=name, tls=tls) == (tls == "require", name)


def test_password_is_sent_in_clear_text_only_inside_tls(start_proxy, postgres, pool_mode):
    assert login_through(start_proxy, postgres, pool_mode, user="service_password", tls="require") == (True, "service_password")
    with Relay((postgres.host, postgres.port)) as relay:
        refused(start_proxy, postgres, pool_mode, user="service_password", tls="disable", host=relay.host, port=relay.port)
        assert SERVICE_PASSWORD.encode() not in relay.from_client


def test_scram_over_tls_where_only_tls_is_let_in(start_proxy, postgres, pool_mode):
    assert login_through(start_proxy, postgres, pool_mode, user="service_tls", tls="require") == (True, "service_tls")
    refused(start_proxy, postgres, pool_mode, user="service_tls", tls="disable")


def test_wrong_service_password(start_proxy, postgres, pool_mode):
    error = refused(start_proxy, postgres, pool_mode, password="not-the-password")
    assert error["C"] != "28P01", "the client's own password was right"
    assert "not-the-password" not in str(error)


def test_secrets_from_environment_and_file(start_proxy, postgres, pool_mode, tmp_path):
    (tmp_path / "secret").write_text(SERVICE_PASSWORD + "\n")
    proxy = start_proxy(configuration(
        postgres, one=database(postgres, pool_mode, dbname="postgres", password={"env": "SP_TEST_SECRET"}), two=database(postgres, pool_mode, dbname="postgres", password={"file": tmp_path / "secret"}),
    ), environment={"SP_TEST_SECRET": SERVICE_PASSWORD})
    for name in ("one", "two"):
        with proxy.login(database=name) as client:
            assert client.value("SELECT 1") == "1"


class TlsMiddleman:
    """Ends the proxy's TLS with a certificate of its own and goes on to the real server over TLS: an attacker in between
    whom tls = "require" (which checks no names) does not keep out, but channel binding does."""

    def __init__(self, server, certificates):
        self.host, self.port = "127.0.0.1", free_port()
        self._server = server
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificates.path("elsewhere.crt"), certificates.path("elsewhere.key"))
        self._listener = socket.create_server((self.host, self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            assert sock.recv(8) == messages.ssl_request()
            sock.sendall(b"S")
            near = self._context.wrap_socket(sock, server_side=True)
            far = WireClient(self._server.host, self._server.port)
            far.request_tls(tls_context(alpn=None))
        except OSError:
            return

        # One thread for both directions: a TLS connection must not be used by two at a time.
        ends = {near: far.sock, far.sock: near}
        for end in ends:
            end.settimeout(10)
        try:
            while True:
                waiting = [end for end in ends if end.pending()] or select.select(list(ends), [], [], 10)[0]
                for source in waiting:
                    data = source.recv(65536)
                    if not data:
                        return
                    ends[source].sendall(data)
        except OSError:
            pass
        finally:
            for end in ends:
                end.close()


def test_channel_binding_keeps_a_middleman_out(start_proxy, postgres, certificates, pool_mode):
    middleman = TlsMiddleman(postgres, certificates)
    try:
        with WireClient(middleman.host, middleman.port) as client:
            client.request_tls(tls_context())
            client.login(SERVICE_USER, SERVICE_PASSWORD, database="postgres")
            assert client.value("SELECT 1") == "1", "without channel binding he is not noticed"
        refused(start_proxy, postgres, pool_mode, tls="require", host=middleman.host, port=middleman.port)
    finally:
        middleman.close()


# --- TLS modes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode, expected", [("disable", False), ("prefer", True), ("require", True)])
def test_tls_modes_without_checks(start_proxy, postgres, pool_mode, mode, expected):
    assert login_through(start_proxy, postgres, pool_mode, tls=mode)[0] == expected


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_verified(start_proxy, postgres, certificates, pool_mode, mode, host):
    assert login_through(start_proxy, postgres, pool_mode, tls=mode, host=host, tls_ca=certificates.path("ca.crt"))[0]


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_wrong_authority(start_proxy, postgres, certificates, pool_mode, mode):
    refused(start_proxy, postgres, pool_mode, tls=mode, tls_ca=certificates.path("other-ca.crt"))


def test_wrong_host(start_proxy, wrong_host_postgres, certificates, pool_mode):
    assert login_through(start_proxy, wrong_host_postgres, pool_mode, tls="verify-ca", tls_ca=certificates.path("ca.crt"))[0]
    refused(start_proxy, wrong_host_postgres, pool_mode, tls="verify-full", tls_ca=certificates.path("ca.crt"))
    refused(start_proxy, wrong_host_postgres, pool_mode, tls="verify-full", tls_ca=certificates.path("ca.crt"), host="localhost")


def test_server_without_tls(start_proxy, plain_postgres, certificates, pool_mode):
    assert login_through(start_proxy, plain_postgres, pool_mode, tls="prefer")[0] is False
    for mode in ("require", "verify-ca", "verify-full"):
        refused(start_proxy, plain_postgres, pool_mode, tls=mode, tls_ca=certificates.path("ca.crt"))


@pytest.mark.parametrize("answer", [b"SR\0\0\0\x08\0\0\0\0", b"E\0\0\0\x0cSFATAL\0\0", b"X", b""], ids=["bytes-after-s", "error", "nonsense", "closed"])
def test_server_that_answers_the_ssl_request_wrongly(start_proxy, postgres, pool_mode, answer):
    """Also the mirror of smuggling: bytes in clear text behind the S must not count as sent inside TLS."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.recv(8)
            sock.sendall(answer)
            sock.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        error = refused(start_proxy, postgres, pool_mode, tls="require", port=listener.getsockname()[1])
        assert error["C"] in ("08006", "57P03", "08001")
    finally:
        listener.close()


def test_no_server_at_all(start_proxy, postgres, pool_mode):
    error = refused(start_proxy, postgres, pool_mode, port=free_port())
    assert error["C"] in ("57P03", "08006", "08001")


# --- What the client sees ---------------------------------------------------------------------------------------------


def test_parameter_status_is_the_real_servers(start_proxy, postgres, pool_mode):
    postgres.sql("DROP DATABASE IF EXISTS reported WITH (FORCE)")
    postgres.sql("CREATE DATABASE reported")
    postgres.sql("ALTER DATABASE reported SET TimeZone = 'Asia/Kolkata'")
    postgres.sql("ALTER DATABASE reported SET DateStyle = 'German'")
    proxy = start_proxy(configuration(postgres, pool_mode=pool_mode))
    with WireClient(postgres.host, postgres.port) as direct, proxy.connect() as proxied:
        expected = direct.login(SERVICE_USER, SERVICE_PASSWORD, database="reported", parameters={"client_encoding": "utf8", "application_name": "same"})
        seen = proxied.login(CLIENT_USER, CLIENT_PASSWORD, database="reported", parameters={"client_encoding": "utf8", "application_name": "same"})
        assert seen.parameters == expected.parameters
        assert seen.parameters["TimeZone"] == "Asia/Kolkata" and seen.parameters["client_encoding"] == "UTF8"
        assert types(seen.messages) == types(expected.messages)


def test_first_client_after_the_servers_return(start_proxy, pool_mode, certificates):
    """The server is restarted between two clients: the second one gets a new connection, not a dead one."""
    server = Postgres(certificates=certificates)
    try:
        server.start()
        server.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        proxy = start_proxy(configuration(server, pool_mode=pool_mode))
        with proxy.login() as client:
            client.value("SELECT 1")
            client.terminate()
        server.restart()
        with proxy.login() as client:
            assert client.value("SELECT 2") == "2"
    finally:
        server.stop("immediate")
