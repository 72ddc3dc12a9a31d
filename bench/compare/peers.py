"""What stands between pgbench and the server: nothing, HAProxy, PgBouncer, sql-proxy. Each as one process on 127.0.0.1."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from harness.postgres import Postgres, free_port
from harness.proxy import ROOT, SERVICE_PASSWORD, SERVICE_USER, Proxy, database, user
from harness.wire import wait_for

DATABASE = "bench"
USER = "bench_user"
PASSWORD = "bench-Password-1"
POOL_SIZE = 40
# Rules that every statement is looked up among; the last ones let pgbench work.
RULES = 200


def start_server(certificates, scale):
    """A PostgreSQL with pgbench's tables; whoever connects by USER or the service role may do all with them."""
    server = Postgres(certificates=certificates, settings={
        "shared_buffers": "256MB", "max_connections": 400, "autovacuum": "off", "jit": "off"})
    server.start()
    for role, password in ((USER, PASSWORD), (SERVICE_USER, SERVICE_PASSWORD)):
        server.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{password}' IN ROLE pg_read_all_data, pg_write_all_data")
    server.sql(f"CREATE DATABASE {DATABASE} OWNER {SERVICE_USER}")
    subprocess.run(["pgbench", "-h", server.folder, "-p", str(server.port), "-U", "postgres", "-i", "-q", "-s", str(scale), DATABASE],
                   check=True, capture_output=True)
    # Settles the visibility map and the caches before anything is measured.
    server.sql("VACUUM ANALYZE", DATABASE)
    return server


@dataclass
class Peer:
    """Where to connect, and whose processor time and memory it costs. `pid` is None for a direct connection."""

    name: str
    port: int
    pid: int | None = None
    stop: object = field(default=lambda: None, repr=False)


def direct(server):
    return Peer("direct", server.port)


def _started(name, command, port, folder, as_postgres=False):
    if as_postgres and os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        for path in folder.iterdir():
            shutil.chown(path, "postgres")
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
    log = open(folder / "log", "wb")
    process = subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_many_descriptors)

    def listens():
        assert process.poll() is None, f"{name} ended: {(folder / 'log').read_text(errors='replace')}"
        return _accepts(port)

    wait_for(listens, what=f"{name}'s listener")

    def stop():
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)

    return Peer(name, port, process.pid, stop)


def _accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _many_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def haproxy(server):
    """TCP mode, one thread: the floor for whatever copies bytes from one socket to another."""
    folder, port = Path(tempfile.mkdtemp(prefix="sp-haproxy-")), free_port()
    (folder / "haproxy.cfg").write_text(f"""
global
  nbthread 1
  maxconn 9000
defaults
  mode tcp
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen postgres
  bind 127.0.0.1:{port}
  server postgres 127.0.0.1:{server.port}
""")
    return _started("haproxy", ["haproxy", "-db", "-f", folder / "haproxy.cfg"], port, folder)


def pgbouncer(server, certificates, mode="transaction"):
    folder, port = Path(tempfile.mkdtemp(prefix="sp-pgbouncer-")), free_port()
    for name in ("server.crt", "server.key"):
        shutil.copy(certificates.path(name), folder / name)
    (folder / "users.txt").write_text(f'"{USER}" "{PASSWORD}"\n')
    (folder / "pgbouncer.ini").write_text(f"""
[databases]
{DATABASE} = host=127.0.0.1 port={server.port} dbname={DATABASE}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users.txt
pool_mode = {mode}
default_pool_size = {POOL_SIZE if mode == "transaction" else 300}
max_client_conn = 9000
server_tls_sslmode = disable
client_tls_sslmode = allow
client_tls_cert_file = {folder}/server.crt
client_tls_key_file = {folder}/server.key
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
""")
    name = "pgbouncer" if mode == "transaction" else f"pgbouncer-{mode}"
    return _started(name, ["pgbouncer", folder / "pgbouncer.ini"], port, folder, as_postgres=True)


def policies():
    """RULES rules that are looked through for every statement; the last of them allow what pgbench does."""
    others = [{"id": f"application-{i}", "users": ["*"], "database": DATABASE, "schema": f"application_{i % 20}", "table": f"table_{i}",
               "statements": ["DML"], "action": "allow"} for i in range(RULES - 1)]
    return [*others, {"id": "bench", "users": [USER], "database": DATABASE, "schema": "public", "statements": ["ALL"], "action": "allow"}]


def sql_proxy(server, certificates, *, mode="transaction", threads=1, pool_size=None, changes=None, binary=None):
    """The full pipeline: SCRAM, policy, classification, audit to a file. `changes` are laid over the configuration."""
    size = pool_size or (POOL_SIZE if mode == "transaction" else 300)
    config = {
        "server": {"threads": threads, "max_clients": 9000,
                   "tls": {"mode": "prefer", "cert": str(certificates.path("server.crt")), "key": str(certificates.path("server.key"))}},
        "users": [user(USER, PASSWORD)],
        "databases": {DATABASE: database(server, mode, pool_size=size, pool_wait_timeout="60s")},
        "policy": {"mode": "enforce", "default": "block"},
        "policies": policies(),
        "audit": {"file": {"path": "audit.jsonl", "rotate_size": "256MiB", "keep": 1, "compress": False}},
    }
    for section, values in (changes or {}).items():
        config[section] = config.get(section, {}) | values
    proxy = Proxy(config, binary=binary or os.environ.get("SQL_PROXY_BINARY", ROOT / "build/release/sql-proxy"))
    proxy.start()
    name = "sql-proxy" + ("" if mode == "transaction" else f"-{mode}") + ("" if threads == 1 else f"-{threads}-threads")
    return Peer(name, proxy.port, proxy.process.pid, proxy.stop)
