"""The proxy under test: a configuration as plain Python data, the process, its audit file."""

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from harness.postgres import free_port
from harness.wire import WireClient, wait_for

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("SQL_PROXY_BINARY", ROOT / "build/release/sql-proxy"))

# A sanitizer's build uses memory and time in ways that say nothing about the product.
SANITIZED = BINARY.exists() and any(name in BINARY.read_bytes() for name in (b"__asan_init", b"__tsan_init"))

# The service account that the proxy logs in with, and the user that most tests connect as.
SERVICE_USER = "service"
SERVICE_PASSWORD = "service-Password-1"
CLIENT_USER = "alice"
CLIENT_PASSWORD = "alice-Password-1"


# --- TOML -------------------------------------------------------------------------------------------------------------


def _inline(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_inline(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_inline(v)}" for k, v in value.items()) + " }"
    return json.dumps(str(value))


def _is_table_array(value):
    return isinstance(value, list) and value and all(isinstance(v, dict) for v in value)


def to_toml(data, prefix=()):
    """Enough of TOML for the configuration: nested tables, arrays of tables, everything else inline."""
    lines = []
    tables = []
    for key, value in data.items():
        if isinstance(value, dict) and not set(value) <= {"env", "file"}:
            tables.append(("[{}]", key, value))
        elif _is_table_array(value):
            tables.extend(("[[{}]]", key, v) for v in value)
        else:
            lines.append(f"{json.dumps(key)} = {_inline(value)}")
    for brackets, key, value in tables:
        path = (*prefix, key)
        lines += ["", brackets.format(".".join(json.dumps(p) for p in path)), to_toml(value, path)]
    return "\n".join(lines)


# --- Configuration ----------------------------------------------------------------------------------------------------

ALLOW_EVERYTHING = [
    {"id": "everything", "users": ["*"], "statements": ["ALL", "SERVER_FILE", "SESSION"], "action": "allow"},
    {"id": "every-catalog", "users": ["*"], "schema": "pg_catalog", "statements": ["ALL"], "action": "allow"},
    {"id": "every-function", "users": ["*"], "schema": "*", "function": "*", "statements": ["EXECUTE"], "action": "allow"},
    {"id": "every-catalog-function", "users": ["*"], "schema": "pg_catalog", "function": "*", "statements": ["EXECUTE"], "action": "allow"},
]


def user(name, password=None, **more):
    """A [[users]] entry; the password is given in plain text, as the tests need to be quick to read."""
    return {"name": name, **({"password": password} if password is not None else {}), **more}


def database(postgres, pool_mode="session", **more):
    """A [databases.*] entry that leads to `postgres`."""
    return {
        "host": postgres.host, "port": postgres.port, "user": SERVICE_USER, "password": SERVICE_PASSWORD,
        "tls": "disable", "pool_mode": pool_mode, "pool_size": 20, **more,
    }


def configuration(postgres, *, pool_mode="session", policies=None, users=None, **databases):
    """A whole configuration as a dict, for a test to change before it starts the proxy.

    Without `policies` everything is allowed; without `users` there is only CLIENT_USER. `databases` are added to the
    fallback "*", which leads to the database of the client's own name for it.
    """
    return {
        "server": {"threads": 2, "login_timeout": "10s", "drain_timeout": "10s", "tls": {"mode": "disable"}},
        "auth": {"method": "scram-sha-256"},
        "users": users or [user(CLIENT_USER, CLIENT_PASSWORD)],
        "databases": databases or {"*": database(postgres, pool_mode)},
        "policy": {"mode": "enforce", "default": "block"},
        "policies": ALLOW_EVERYTHING if policies is None else policies,
        "audit": {"file": {"path": "audit.jsonl"}},
    }


def accepts_pool_mode(postgres, mode):
    """Whether the program's `check` takes a database entry with this pool_mode."""
    with tempfile.TemporaryDirectory(prefix="sp-check-") as folder:
        path = Path(folder) / "sql-proxy.toml"
        path.write_text(to_toml(configuration(postgres, pool_mode=mode)) + "\n", encoding="utf-8")
        return run_command("check", "-c", path).returncode == 0


# --- The process ------------------------------------------------------------------------------------------------------


class Proxy:
    """A running `sql-proxy serve`, in a folder of its own. Stopped by stop(), which insists on a clean end."""

    def __init__(self, config, *, port=None, binary=None, environment=None):
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="sp-proxy-"))
        self.config = config
        self.audit_path = self.folder / "audit.jsonl"
        self.process = None
        self._binary = binary or BINARY
        self._environment = environment or {}
        self.config["server"].setdefault("listen", [f"{self.host}:{self.port}"])

    @property
    def config_path(self):
        return self.folder / "sql-proxy.toml"

    def write_config(self):
        self.config_path.write_text(to_toml(self.config) + "\n")

    def start(self):
        self.write_config()
        self._stderr = open(self.folder / "stderr", "wb")
        self.process = subprocess.Popen(
            [self._binary, "serve", "-c", self.config_path], stdin=subprocess.DEVNULL, stdout=self._stderr,
            stderr=self._stderr, env=os.environ | self._environment, preexec_fn=_raise_descriptor_limit)
        wait_for(self._listens, what="the proxy's listener")
        return self

    def _listens(self):
        assert self.process.poll() is None, f"the proxy ended with {self.process.returncode}: {self.stderr()}"
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def stop(self, seconds=30):
        """SIGTERM; the proxy must end with 0 in time, with nothing from a sanitizer."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.wait(seconds)
        self.remove()

    def wait(self, seconds=30):
        """Waits for an end that was asked for already, and insists that it was clean."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the proxy did not stop within {seconds} s: {self.stderr()}") from None
        self.check_stderr()
        assert code == 0, f"the proxy ended with {code}: {self.stderr()}"

    def check_alive(self):
        """A proxy that ended by itself is a fault, whatever the test saw of it."""
        code = self.process.poll()
        assert code is None or code >= 0, f"the proxy died of signal {-code}: {self.stderr()[-4000:]}"
        self.check_stderr()

    def check_stderr(self):
        text = self.stderr()
        assert "Sanitizer" not in text and "runtime error:" not in text, text

    def remove(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reload(self):
        """Writes the configuration as it is now and sends SIGHUP; does not wait (see wait_for_reload)."""
        self.write_config()
        self.process.send_signal(signal.SIGHUP)

    def reload_and_wait(self):
        before = len(self.audit_events(kind="reload"))
        self.reload()
        return wait_for(lambda: self.audit_events(kind="reload")[before:], what="the reload's audit event")[-1]

    def stderr(self):
        return (self.folder / "stderr").read_text(errors="replace")

    # Clients ----------------------------------------------------------------------------------------------------------

    def connect(self, **options):
        """A raw connection, nothing sent yet."""
        return WireClient(self.host, self.port, **options)

    def login(self, name=CLIENT_USER, password=CLIENT_PASSWORD, *, database="postgres", parameters=None, **options):
        client = self.connect(**options)
        try:
            client.login(name, password, database=database, parameters=parameters)
        except BaseException:
            client.close()
            raise
        return client

    def url(self, database="postgres", name=CLIENT_USER, password=CLIENT_PASSWORD, sslmode="disable"):
        return f"postgresql://{name}:{password}@{self.host}:{self.port}/{database}?sslmode={sslmode}"

    # What it leaves ---------------------------------------------------------------------------------------------------

    def audit_events(self, **wanted):
        """The audit file's events so far whose members equal those given. Half a last line is left for later."""
        if not self.audit_path.exists():
            return []
        lines = self.audit_path.read_bytes().split(b"\n")[:-1]
        events = [json.loads(line) for line in lines]
        return [e for e in events if all(e.get(k) == v for k, v in wanted.items())]

    def wait_for_audit(self, count=1, seconds=5.0, **wanted):
        """At least `count` such events, waited for."""
        def enough():
            events = self.audit_events(**wanted)
            return events if len(events) >= count else None
        try:
            return wait_for(enough, seconds=seconds)
        except AssertionError:
            raise AssertionError(f"{count} audit event(s) {wanted} expected, have {self.audit_events()[-10:]}") from None

    def memory_peak(self):
        """Peak resident set in bytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def _raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run_command(*arguments, binary=None, **options):
    """One of the binary's other commands; gives the CompletedProcess with text output."""
    return subprocess.run([binary or BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=30, check=False, **options)
