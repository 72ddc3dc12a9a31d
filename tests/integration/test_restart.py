"""Restarts and changes of certificates while clients come and go."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading

import pytest

from harness import messages
from harness.proxy import BINARY, CLIENT_PASSWORD, CLIENT_USER, Proxy, configuration
from harness.wire import ConnectionClosed, ServerError, tls_context, types, wait_for


class Load:
    """Threads that log in, ask something and leave, over and over. `faults`: what went wrong."""

    def __init__(self, work, threads=4):
        self._work = work
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]
        self.done = 0
        self.faults = []

    def _run(self):
        while not self._stop.is_set():
            try:
                self._work()
                self.done += 1
            except (ServerError, ConnectionClosed, OSError, AssertionError) as fault:
                self.faults.append(repr(fault))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count=20):
        seen = self.done
        wait_for(lambda: self.done >= seen + count, seconds=20, what="more work done")


def visit(proxy):
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"
        client.terminate()


class ActivatedProxy(Proxy):
    """Started as systemd does with a socket unit: descriptor 3 listens already."""

    def __init__(self, config, listening):
        super().__init__(config, port=listening.getsockname()[1])
        self._listening = listening

    def start(self):
        self.write_config()
        self._stderr = open(self.folder / "stderr", "wb")
        self.process = subprocess.Popen(
            ["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"', BINARY, "serve", "-c", self.config_path],
            stdin=subprocess.DEVNULL, stdout=self._stderr, stderr=self._stderr, pass_fds=(3,),
            preexec_fn=lambda: os.dup2(self._listening.fileno(), 3))
        wait_for(lambda: "ready:" in self.stderr(), what="the proxy")
        return self


@pytest.fixture
def activated(postgres, pool_mode):
    started = []
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        def start():
            started.append(ActivatedProxy(configuration(postgres, pool_mode=pool_mode), listening))
            return started[-1].start()

        yield start
        for proxy in started:
            if proxy.process.poll() is None:
                proxy.stop()
            else:
                proxy.remove()


def test_a_restart_with_an_inherited_socket_refuses_no_login(activated):
    proxy = activated()
    with Load(lambda: visit(proxy)) as load:
        for _ in range(3):
            load.wait_for_more()
            proxy.process.send_signal(signal.SIGTERM)
            proxy.wait(20)
            # Nobody is there now; whoever comes waits in the backlog.
            old, proxy = proxy, activated()
            assert old.process.returncode == 0
        load.wait_for_more()
    assert load.faults == []


def test_who_is_let_in_during_a_handed_over_stop_is_served_once(activated):
    proxy = activated()
    with proxy.connect() as late, proxy.login() as idle, proxy.login() as used:
        assert used.value("SELECT 1") == "1"
        # Its session has begun, and its login has not.
        late.send(messages.ssl_request())
        assert late.read_bytes(1) == b"N"
        proxy.process.send_signal(signal.SIGTERM)
        assert used.fatal()["C"] == "57P01", "who has been served goes"
        late.login(CLIENT_USER, CLIENT_PASSWORD, database="postgres")
        assert types(late.query("SELECT 1")) == "TDCZ"
        assert late.fatal()["C"] == "57P01"
        assert types(idle.query("SELECT 1")) == "TDCZ"
        assert idle.fatal()["C"] == "57P01"
    proxy.wait(20)


def test_a_socket_that_is_not_configured_is_told_of(postgres, pool_mode):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = configuration(postgres, pool_mode=pool_mode)
        proxy = ActivatedProxy(config, listening)
        with socket.create_server(("127.0.0.1", 0)) as other:
            free = other.getsockname()[1]
        config["server"]["listen"] = [f"127.0.0.1:{free}"]
        proxy.start()
        proxy.port = free
        proxy.login().close()
        assert f"127.0.0.1:{listening.getsockname()[1]} that the process was started with" in proxy.stderr()
        proxy.stop()


def test_so_reuseport_lets_a_new_process_take_over(start_proxy, postgres, pool_mode):
    def config():
        made = configuration(postgres, pool_mode=pool_mode)
        made["server"]["so_reuseport"] = True
        return made

    old = start_proxy(config())
    with Load(lambda: visit(old), threads=2) as load:
        load.wait_for_more()
        new = start_proxy(config(), port=old.port)
        wait_for(lambda: new.audit_events(kind="connect"), what="a client of the new process")
        old.process.send_signal(signal.SIGTERM)
        old.wait(20)
        load.wait_for_more()
    # A handshake that ends just when the old socket closes may be reset; nobody is told to go away.
    assert [fault for fault in load.faults if "ServerError" in fault] == []
    assert len(load.faults) <= 1


def test_a_second_process_without_it_is_refused(start_proxy, postgres, pool_mode):
    made = configuration(postgres, pool_mode=pool_mode)
    proxy = start_proxy(made)
    second = Proxy(configuration(postgres, pool_mode=pool_mode), port=proxy.port)
    second.write_config()
    done = subprocess.run([BINARY, "serve", "-c", second.config_path], capture_output=True, timeout=20, check=False)
    assert done.returncode == 3 and b"could not listen" in done.stderr
    shutil.rmtree(second.folder)


# --- systemd ----------------------------------------------------------------------------------------------------------


def test_systemd_is_told(start_proxy, postgres, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        proxy = start_proxy(configuration(postgres), environment={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert manager.recv(1000) == b"READY=1"
        proxy.reload_and_wait()
        reloading = manager.recv(1000)
        assert reloading.startswith(b"RELOADING=1\nMONOTONIC_USEC=") and manager.recv(1000) == b"READY=1"
        proxy.process.send_signal(signal.SIGTERM)
        assert manager.recv(1000) == b"STOPPING=1"
        proxy.wait(10)


# --- Certificates -----------------------------------------------------------------------------------------------------


def test_certificates_are_rotated_under_load(start_proxy, postgres, certificates, pool_mode, tmp_path):
    def install(name):
        for kind in ("crt", "key"):
            shutil.copy(certificates.path(f"{name}.{kind}"), tmp_path / f"new.{kind}")
            os.replace(tmp_path / f"new.{kind}", tmp_path / f"current.{kind}")

    install("server")
    config = configuration(postgres, pool_mode=pool_mode)
    config["server"]["tls"] = {"mode": "require", "cert": tmp_path / "current.crt", "key": tmp_path / "current.key"}
    proxy = start_proxy(config)
    context = tls_context(ca=certificates.path("ca.crt"))

    def tls_login():
        client = proxy.connect()
        try:
            client.request_tls(context)
            client.login(CLIENT_USER, CLIENT_PASSWORD, database="postgres")
            return client, ssl.DER_cert_to_PEM_cert(client.sock.getpeercert(True))
        except BaseException:
            client.close()
            raise

    def work():
        client, _ = tls_login()
        with client:
            assert client.value("SELECT 1") == "1"

    stays, first = tls_login()
    with Load(work, threads=3) as load:
        for name in ("elsewhere", "server", "elsewhere"):
            load.wait_for_more(10)
            install(name)
            proxy.reload_and_wait()
        load.wait_for_more(10)
    assert load.faults == []
    assert stays.value("SELECT 1") == "1"
    stays.close()
    client, last = tls_login()
    client.close()
    assert first.strip() == certificates.path("server.crt").read_text().strip()
    assert last.strip() == certificates.path("elsewhere.crt").read_text().strip()
    # A key that does not belong to the certificate: the old ones stay.
    shutil.copy(certificates.path("server.key"), tmp_path / "current.key")
    assert proxy.reload_and_wait()["status"] == "error"
    client, still = tls_login()
    client.close()
    assert still == last
