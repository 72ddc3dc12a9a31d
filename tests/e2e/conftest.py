"""Fixtures of the end-to-end tests: each client program is run directly and through the proxy, and must print the same.

The proxy's user has the name and password of the account that it logs in with, so that a program's environment differs
in the port alone.
"""

import os
import re
import subprocess

import pytest

from harness.proxy import SERVICE_PASSWORD, SERVICE_USER, configuration, database, user

DATABASE = "e2e"
# A client keeps its server connection until it ends (session), or more clients than connections take turns (transaction). Not fewer
# connections than pgbench has clients: its threads wait for one client's PREPARE while their other clients are in transactions.
POOL_SIZES = {"session": 40, "transaction": 8}


def pytest_collection_modifyitems(config, items):
    if config.getoption("--every-client"):
        return
    left_out = [item for item in items if item.get_closest_marker("every_client")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def e2e_database(postgres):
    postgres.sql(f"CREATE DATABASE {DATABASE} OWNER {SERVICE_USER}")
    return postgres


@pytest.fixture(scope="module")
def proxy(module_proxy, e2e_database, certificates, pool_mode):
    config = configuration(e2e_database, users=[user(SERVICE_USER, SERVICE_PASSWORD)], **{"*": database(e2e_database, pool_mode, pool_size=POOL_SIZES[pool_mode])})
    config["server"]["tls"] = {"mode": "prefer", "cert": certificates.path("server.crt"), "key": certificates.path("server.key")}
    return module_proxy(config)


@pytest.fixture(params=["plain", "tls"])
def tls(request):
    return request.param == "tls"


@pytest.fixture
def run(proxy, e2e_database, certificates, tls, pool_mode):
    """run(command..., direct=bool): the program with libpq's environment variables; gives its standard output.

    SP_POOL_MODE is set directly too: a program that looks at process ids does so in session mode only.
    """

    def run_program(*command, direct, database=DATABASE, check=True, stdin=None, **environment):
        server = e2e_database if direct else proxy
        variables = {
            "PGHOST": server.host, "PGPORT": server.port, "PGUSER": SERVICE_USER, "PGPASSWORD": SERVICE_PASSWORD, "PGDATABASE": database,
            "PGSSLMODE": "verify-full" if tls else "disable", "PGSSLROOTCERT": certificates.path("ca.crt"), "PGAPPNAME": "e2e", "PGCONNECT_TIMEOUT": "20", "SP_POOL_MODE": pool_mode, "LC_ALL": "C.UTF-8", **environment,
        }
        done = subprocess.run([*map(str, command)], env=os.environ | {k: str(v) for k, v in variables.items()}, input=stdin, capture_output=True, text=True, timeout=120, check=False)
        output = done.stdout + "\n--- standard error ---\n" + done.stderr
        assert not check or done.returncode == 0, f"exit code {done.returncode}: {output}"
        return output

    return run_program


def without_finder(text):
    """Less what tells who found a syntax error: PostgreSQL gives its source's place, the proxy its audit event."""
    return re.sub(r"^(LOCATION:  scanner_yyerror, .*|\s*(HINT|Hint): +The audit event is [0-9a-f-]{36})\n", "", text, flags=re.MULTILINE)


@pytest.fixture
def same(run):
    """Runs a program directly, then through the proxy, and compares what it printed."""

    def compare(*command, normalize=lambda text: text, **options):
        direct = normalize(without_finder(run(*command, direct=True, **options)))
        proxied = normalize(without_finder(run(*command, direct=False, **options)))
        assert proxied == direct
        return direct

    return compare
