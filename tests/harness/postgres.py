"""A private PostgreSQL for the tests: initdb in a temporary folder, a free port on 127.0.0.1, its own certificates."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from harness.wire import WireClient

BINARIES = Path(os.environ.get("SP_PG_BIN", "/usr/lib/postgresql/15/bin"))
SUPERUSER = "postgres"

DEFAULT_HBA = ["host all all 127.0.0.1/32 scram-sha-256"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _as_postgres(command):
    """PostgreSQL refuses to run as root; elsewhere it runs as whoever runs the tests."""
    return ["runuser", "-u", "postgres", "--", *map(str, command)] if os.geteuid() == 0 else [*map(str, command)]


class Postgres:
    """One server. start() … stop(); admin() gives superuser connections over its Unix socket (trusted)."""

    def __init__(self, *, certificates=None, certificate="server", settings=None, hba=None):
        self.host = "127.0.0.1"
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="sp-pg-"))
        self._certificates = certificates
        self._certificate = certificate
        self._settings = settings or {}
        self._hba = hba or DEFAULT_HBA
        self._data = self.folder / "data"

    def start(self):
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.folder.chmod(0o755)
        self._run(BINARIES / "initdb", "-D", self._data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale",
                  "--no-sync", "--no-instructions")
        settings = {
            "listen_addresses": self.host, "port": self.port, "unix_socket_directories": self.folder,
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
            "max_connections": 1200, "max_prepared_transactions": 20, "shared_buffers": "64MB",
            "password_encryption": "scram-sha-256", "log_line_prefix": "'%m [%p] %u@%d '", "timezone": "'UTC'",
        }
        if self._certificates:
            settings |= {"ssl": "on", "ssl_cert_file": "'server.crt'", "ssl_key_file": "'server.key'", "ssl_ca_file": "'ca.crt'"}
            self._install("server.crt", f"{self._certificate}.crt")
            self._install("server.key", f"{self._certificate}.key")
            self._install("ca.crt", "ca.crt")
        settings |= self._settings
        with open(self._data / "postgresql.conf", "a", encoding="utf-8") as conf:
            for name, value in settings.items():
                conf.write(f"{name} = '{value}'\n" if isinstance(value, Path) or name == "listen_addresses" else f"{name} = {value}\n")
        (self._data / "pg_hba.conf").write_text("\n".join(["local all all trust", *self._hba]) + "\n")
        self._run(BINARIES / "pg_ctl", "-D", self._data, "-w", "-l", self.folder / "log", "start")
        return self

    def stop(self, mode="fast"):
        if (self._data / "postmaster.pid").exists():
            self._run(BINARIES / "pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def restart(self, mode="fast"):
        self._run(BINARIES / "pg_ctl", "-D", self._data, "-w", "-m", mode, "-l", self.folder / "log", "restart")

    def admin(self, database="postgres"):
        client = WireClient(str(self.folder), self.port)
        client.login(SUPERUSER, database=database)
        return client

    def sql(self, text, database="postgres"):
        """Runs the text as superuser; gives the rows of all its statements."""
        with self.admin(database) as client:
            return client.rows(text)

    def value(self, text, database="postgres"):
        return self.sql(text, database)[0][0]

    def kill_backend(self, pid, number=signal.SIGKILL):
        """SIGKILL takes the whole server through crash recovery; SIGTERM ends one backend."""
        os.kill(pid, number)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def _install(self, target, source):
        path = self._data / target
        shutil.copy(self._certificates.path(source), path)
        path.chmod(0o600)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(path, owner.pw_uid, owner.pw_gid)

    @staticmethod
    def _run(*command):
        # Files, not pipes: the server that pg_ctl leaves behind would keep a pipe open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(_as_postgres(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False)
            output.seek(0)
            assert done.returncode == 0, f"{command}: {output.read().decode(errors='replace')}"
