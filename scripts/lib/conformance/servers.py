"""What a suite runs against: a PostgreSQL of its own, and the proxy in front of it when the suite runs through that."""

import contextlib
import dataclasses
import shutil
import tempfile
from pathlib import Path

from harness.postgres import SUPERUSER, Postgres
from harness.proxy import ALLOW_EVERYTHING, Proxy, database, run_command, to_toml, user

PASSWORD = "conformance-Password-1"
# What a suite looks at is as initdb would set it. Autovacuum stays off: a snapshot of its keeps VACUUM from marking pages as
# all-visible, and plans change. So does a commit that is not flushed yet.
SETTINGS = {"synchronous_commit": "on", "max_connections": 200, "shared_buffers": "128MB", "max_prepared_transactions": 20}
# What pg_regress sets on a database that it creates itself. Here it must not: it would do it through the proxy.
_DATABASE_SETTINGS = {
    "lc_messages": "C", "lc_monetary": "C", "lc_numeric": "C", "lc_time": "C", "bytea_output": "hex", "timezone_abbreviations": "Default",
}
# What holds other tables' data in pieces needs a rule that names its schema.
_TOAST = {"id": "every-toast-table", "users": ["*"], "schema": "pg_toast", "statements": ["ALL"], "action": "allow"}


@dataclasses.dataclass(frozen=True)
class Target:
    host: str
    port: int
    # Whether a session's transactions may run in different server processes.
    shifting: bool


def configuration(server, mode):
    """Everything is allowed; what the proxy cannot read goes to the server as it is."""
    return {
        "server": {"threads": 2, "max_query_size": "16MiB", "tls": {"mode": "disable"}},
        "users": [user(SUPERUSER, PASSWORD)],
        "databases": {"*": database(server, mode, user=SUPERUSER, password=PASSWORD, pool_size=60, pool_wait_timeout="20s")},
        "policy": {"mode": "enforce", "default": "allow", "catalogs": "all", "unparsed": "allow"},
        "policies": [*ALLOW_EVERYTHING, _TOAST],
        "audit": {"file": {"path": "audit.jsonl"}},
    }


def accepts(mode):
    """Whether the program's `check` takes a configuration with this pool_mode."""
    nowhere = Postgres()  # never started: only its host and port are used
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sql-proxy.toml"
            path.write_text(to_toml(configuration(nowhere, mode)) + "\n", encoding="utf-8")
            return run_command("check", "-c", path).returncode == 0
    finally:
        nowhere.stop()


@contextlib.contextmanager
def target(mode, name, work, prepare=None, module=None, audit=None):
    """A fresh server with the database `name`; with a `mode` behind a proxy. The proxy's log and audit are left in `work`.

    `prepare` is SQL for the database when a session's transactions may run in different server processes, `module` a
    library that every server process loads (what it writes into permissions.jsonl is left in `work` too), `audit` what
    the proxy's [audit] has besides its file.
    """
    server = Postgres(settings=SETTINGS | ({"session_preload_libraries": f"'{module}'"} if module else {}))
    proxy = None
    try:
        server.start()
        server.sql(f"ALTER ROLE {SUPERUSER} PASSWORD '{PASSWORD}'")
        server.sql(f"CREATE DATABASE {name} TEMPLATE template0")
        for key, value in _DATABASE_SETTINGS.items():
            server.sql(f"ALTER DATABASE {name} SET {key} TO '{value}'")
        if mode is None:
            yield Target(server.host, server.port, shifting=False)
        else:
            if mode == "transaction" and prepare:
                server.sql(prepare, name)
            settings = configuration(server, mode)
            settings["audit"] |= audit or {}
            proxy = Proxy(settings)
            proxy.start()
            yield Target(proxy.host, proxy.port, shifting=mode == "transaction")
            proxy.check_alive()
    finally:
        (work / "postgres.log").write_text(server.log(), encoding="utf-8")
        if proxy is not None:
            (work / "proxy.log").write_text(proxy.stderr(), encoding="utf-8")
            if proxy.audit_path.exists():
                (work / "audit.jsonl").write_bytes(proxy.audit_path.read_bytes())
            proxy.stop()
        if (permissions := server.folder / "data/permissions.jsonl").exists():
            shutil.copyfile(permissions, work / permissions.name)
        server.stop("immediate")
