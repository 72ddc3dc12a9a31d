"""Options and fixtures of the integration and end-to-end tests."""

import signal
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness.certificates import Certificates  # noqa: E402
from harness.postgres import Postgres  # noqa: E402
from harness.proxy import BINARY, SERVICE_PASSWORD, SERVICE_USER, Proxy, configuration  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--target", default="proxy", choices=["proxy", "postgres"], help="postgres: play the transcripts on the server twice, to see that they repeat")
    parser.addoption("--pool-mode", default="session", choices=["session", "transaction"], help="the pool_mode of every database entry")
    parser.addoption("--every-client", action="store_true", help="end-to-end tests: the clients too that scripts/e2e.sh alone installs")


def pytest_configure():
    # Ended from outside, pytest still runs its finalizers: no server or proxy is left behind.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


@pytest.fixture(scope="session")
def pool_mode(request):
    return request.config.getoption("--pool-mode")


@pytest.fixture(scope="session")
def certificates():
    with tempfile.TemporaryDirectory(prefix="sp-certs-") as folder:
        Path(folder).chmod(0o755)
        yield Certificates(folder)


# Which method PostgreSQL asks for is chosen by the role that the proxy (or a test) logs in as.
MAIN_HBA = [
    "hostssl all service_tls 127.0.0.1/32 scram-sha-256",
    "hostnossl all service_tls 127.0.0.1/32 reject",
    "host all service_md5 127.0.0.1/32 md5",
    "host all service_password 127.0.0.1/32 password",
    "host all service_trust 127.0.0.1/32 trust",
    "host all all 127.0.0.1/32 scram-sha-256",
]


@pytest.fixture(scope="session")
def postgres(certificates):
    """The server that nearly every test shares. `service` may do everything, as many a service account may."""
    server = Postgres(certificates=certificates, hba=MAIN_HBA)
    try:
        server.start()
        for name in (SERVICE_USER, "service_tls", "service_password", "service_trust"):
            server.sql(f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        server.sql(f"SET password_encryption = md5; CREATE ROLE service_md5 LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        yield server
    finally:
        server.stop("immediate")


def _starter():
    """Gives a function that starts a proxy; at the end each one is stopped and must have ended cleanly."""
    _require_binary()
    started = []

    def start(config, **options):
        proxy = Proxy(config, **options)
        started.append(proxy)
        return proxy.start()

    yield start
    _stop_all(started)


@pytest.fixture
def start_proxy():
    """Starts proxies from configurations, for one test."""
    yield from _starter()


@pytest.fixture(scope="module")
def module_proxy():
    """Starts proxies that all tests of a module share."""
    yield from _starter()


@pytest.fixture(scope="module")
def transparent_proxy(module_proxy, postgres, pool_mode):
    """A proxy that allows everything, shared by a module's tests."""
    return module_proxy(configuration(postgres, pool_mode=pool_mode))


def _require_binary():
    assert BINARY.exists(), f"{BINARY} is missing: build it, or set SQL_PROXY_BINARY"


def _stop_all(proxies):
    faults = []
    for proxy in proxies:
        if proxy.process is None:
            continue
        try:
            if proxy.process.poll() is None:
                proxy.stop()
            else:
                proxy.check_alive()
        except AssertionError as fault:
            faults.append(str(fault))
        finally:
            proxy.remove()
    if faults:
        pytest.fail("\n\n".join(faults), pytrace=False)
