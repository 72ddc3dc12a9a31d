"""HTTP for administrators: health, metrics, the API; who may use it, and what it bears."""

import base64
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from harness import messages
from harness.postgres import Postgres, free_port
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, SERVICE_PASSWORD, SERVICE_USER, configuration, database, user
from harness.wire import wait_for

TOKEN = "a-token-of-the-administrator"


def http_configuration(postgres, pool_mode, *, token=TOKEN, **more):
    config = configuration(postgres, pool_mode=pool_mode, users=[user(CLIENT_USER, CLIENT_PASSWORD)],
                           app=database(postgres, pool_mode, dbname="postgres", **more))
    config["admin"] = {"listen": f"127.0.0.1:{free_port()}", **({"token": token} if token else {})}
    return config


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode):
    return module_proxy(http_configuration(postgres, pool_mode))


def address(proxy):
    host, port = proxy.config["admin"]["listen"].split(":")
    return host, int(port)


def request(proxy, method, path, *, token=None, headers=None, body=None):
    """Status, headers and body of the answer."""
    connection = http.client.HTTPConnection(*address(proxy), timeout=20)
    given = dict(headers or {})
    if token:
        given["Authorization"] = f"Bearer {token}"
    connection.request(method, path, body=body, headers=given)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, text


def get_json(proxy, path, token=TOKEN):
    status, headers, text = request(proxy, "GET", path, token=token)
    assert status == 200 and headers["Content-Type"] == "application/json", text
    return json.loads(text)


def documented_metrics():
    page = Path(__file__).resolve().parents[2] / "docs/metrics.md"
    return set(re.findall(r"`(\w+)`", page.read_text(encoding="utf-8")))


def metrics(proxy):
    """All samples: {'name{labels}': value}."""
    status, headers, text = request(proxy, "GET", "/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}


# --- Who may ----------------------------------------------------------------------------------------------------------

OPEN = ["/health", "/ready", "/metrics"]
GUARDED = [("GET", "/api/v1/pools"), ("GET", "/api/v1/clients"), ("GET", "/api/v1/servers"), ("GET", "/api/v1/stats"),
           ("GET", "/api/v1/policies"), ("GET", "/api/v1/openapi.json"), ("POST", "/api/v1/explain"), ("POST", "/policies/reload"), ("DELETE", "/api/v1/clients/1"),
           ("GET", "/nothing"), ("GET", "/dashboard.js"), ("GET", "/dashboard.css"), ("GET", "/api/v1/../../etc/passwd"), ("GET", "/%2e%2e/%2e%2e/etc/passwd"), ("PUT", "/api/v1/pools")]


@pytest.mark.parametrize("path", OPEN)
def test_three_answer_without_a_token(proxy, path):
    assert request(proxy, "GET", path)[0] == 200


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("token", [None, "wrong", TOKEN[:-1], TOKEN + "x"])
def test_everything_else_wants_the_token(proxy, method, path, token):
    status, headers, text = request(proxy, method, path, token=token)
    assert status == 401 and headers["WWW-Authenticate"] == "Bearer"
    assert json.loads(text) == {"error": "a token is needed"}


def test_without_a_configured_token_nothing_else_answers(start_proxy, postgres, pool_mode):
    proxy = start_proxy(http_configuration(postgres, pool_mode, token=None))
    for path in OPEN:
        assert request(proxy, "GET", path)[0] == 200
    for token in (None, "", "None", TOKEN):
        assert request(proxy, "GET", "/api/v1/pools", token=token)[0] == 401
        assert request(proxy, "POST", "/policies/reload", token=token)[0] == 401


def test_what_is_not_there(proxy):
    for path in ("/", "/nothing", "/api/v1/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/health/"):
        assert request(proxy, "GET", path, token=TOKEN)[0] == 404, path
    status, headers, _ = request(proxy, "GET", "/policies/reload", token=TOKEN)
    assert status == 405 and headers["Allow"] == "POST"
    assert request(proxy, "DELETE", "/api/v1/clients/99999999", token=TOKEN)[0] == 404


def test_pages_of_browsers_change_nothing(proxy):
    for method, path in (("POST", "/policies/reload"), ("DELETE", "/api/v1/clients/1")):
        assert request(proxy, method, path, token=TOKEN, headers={"Origin": "http://evil.example"})[0] == 403
    assert "Access-Control-Allow-Origin" not in request(proxy, "GET", "/health")[1]


def password(token, name="admin"):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()}


def test_the_dashboard_is_for_who_has_the_token(proxy):
    status, headers, _ = request(proxy, "GET", "/dashboard")
    assert status == 401 and headers["WWW-Authenticate"].startswith("Basic realm=")
    assert request(proxy, "GET", "/dashboard", headers=password(TOKEN + "x"))[0] == 401
    for given in (password(TOKEN), {"Authorization": f"Bearer {TOKEN}"}):
        status, headers, page = request(proxy, "GET", "/dashboard", headers=given)
        assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8" and "<title>sql-proxy</title>" in page
        # Nothing of another site's, nothing within the page, and in no other site's frame.
        assert "default-src 'none'" in headers["Content-Security-Policy"] and "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert not re.search(r"https?://|<script>|<style>| on\w+=", page)
        for file in re.findall(r'(?:src|href)="([^"]+)"', page):
            assert request(proxy, "GET", file, headers=given)[0] == 200, file
    assert request(proxy, "GET", "/api/v1/pools", headers=password(TOKEN, ""))[0] == 200


def test_a_password_changes_nothing(proxy):
    """Browsers send it along with what other sites' pages ask for."""
    for method, path in (("POST", "/policies/reload"), ("DELETE", "/api/v1/clients/1"), ("POST", "/api/v1/explain"), ("GET", "/nothing")):
        assert request(proxy, method, path, headers=password(TOKEN))[0] == 401, path


# Enough of a document for the script, which is run on what the proxy answers; prints what it has drawn.
BROWSER = """
const {script, metrics, health} = JSON.parse(require("fs").readFileSync(0, "utf8"));
class Element {
  constructor(name) { this.name = name; this.children = []; this.textContent = ""; }
  append(child) { this.children.push(child); }
  replaceChildren(...children) { this.children = children; }
  setAttribute() {}
}
const places = {};
const document = {
  createElement: (name) => new Element(name), createElementNS: (space, name) => new Element(name),
  getElementById: (id) => places[id] ||= new Element(id),
};
const asked = [];
const fetch = async (path, options) => {
  asked.push([path, options && options.credentials]);
  return {ok: true, text: async () => metrics, json: async () => path === "/health" ? health : {pools: [{database: "app"}]}};
};
let looks = 0;
const setTimeout = (again) => { if (++looks < 3) again(); };
const text = (element) => [element.textContent, ...element.children.flatMap(text)].filter((t) => t !== "" && t !== null && t !== undefined);
(async () => {
  eval(script);
  await new Promise((done) => setImmediate(done));
  await new Promise((done) => globalThis.setTimeout(done, 50));
  await places.tables.children[0].onclick();
  console.log(JSON.stringify({figures: text(places.figures), databases: text(places.databases), state: text(places.state), rows: text(places.rows), asked, looks}));
})();
"""


def test_the_dashboard_shows_what_the_proxy_says(proxy):
    node = shutil.which("node")
    assert node, "nodejs is among the test packages"
    given = {"script": request(proxy, "GET", "/dashboard.js", token=TOKEN)[2], "metrics": request(proxy, "GET", "/metrics")[2], "health": json.loads(request(proxy, "GET", "/health")[2])}
    drawn = json.loads(subprocess.run([node, "-e", BROWSER], input=json.dumps(given), capture_output=True, text=True, check=True, timeout=60).stdout)
    assert drawn["looks"] == 3 and "every database answers" in drawn["state"][0]
    assert drawn["databases"][:2] == ["database", "reachable"] and {"app", "yes"} <= set(drawn["databases"]) and drawn["rows"] == ["database", "app"]
    figures = dict(zip(drawn["figures"][::2], drawn["figures"][1::2]))
    assert figures["statements per second"] == "0" and figures["audit events lost"] == "0" and float(figures["server connections"]) >= 0
    # What anybody may ask is asked without the token, so that looking on leaves nothing in the audit.
    assert all(path.startswith("/api/") or credentials == "omit" for path, credentials in drawn["asked"])
    names = {f"sql_proxy_{name}" for name in re.findall(r'(?:rate|sum)\((?:now, |past, )?"(\w+?)(?:_sum|_count)?"', given["script"])}
    assert len(names) > 8 and names <= documented_metrics()


def test_a_wrong_token_is_audited(start_proxy, postgres, pool_mode):
    proxy = start_proxy(http_configuration(postgres, pool_mode))
    for _ in range(5):
        request(proxy, "GET", "/api/v1/pools", token="guess")
    get_json(proxy, "/api/v1/pools")
    refused, allowed = proxy.wait_for_audit(2, kind="admin", protocol="http")[:2]
    assert (refused["sub_type"], refused["status"], refused["client_ip"]) == ("wrong token", "denied", "127.0.0.1")
    assert (allowed["sub_type"], allowed["status"]) == ("GET /api/v1/pools", "ok")
    assert "guess" not in proxy.audit_path.read_text() and TOKEN not in proxy.audit_path.read_text()


# --- What it says -----------------------------------------------------------------------------------------------------


def test_health_and_readiness_follow_the_server(start_proxy, certificates, pool_mode):
    server = Postgres(certificates=certificates)
    try:
        server.start()
        server.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        proxy = start_proxy(http_configuration(server, pool_mode))
        health = json.loads(request(proxy, "GET", "/health")[2])
        assert health["status"] == "ok" and health["databases"]["app"]["reachable"] is True
        assert health["databases"]["app"]["query_us"] > 0
        server.restart("immediate")
        assert request(proxy, "GET", "/health")[0] == 200
        server.stop("immediate")
        status, _, text = wait_for(lambda: (lambda answer: answer if answer[0] == 503 else None)(request(proxy, "GET", "/health")), seconds=15)
        assert json.loads(text)["databases"]["app"]["reachable"] is False
        assert SERVICE_PASSWORD not in text and SERVICE_USER not in text
        # A load balancer has no reason to send clients elsewhere: the proxy itself works.
        assert request(proxy, "GET", "/ready")[0] == 200
    finally:
        server.stop("immediate")


def test_draining_is_not_ready(start_proxy, postgres, pool_mode):
    proxy = start_proxy(http_configuration(postgres, pool_mode))
    with proxy.login(database="app") as client:
        client.query("BEGIN")
        proxy.process.terminate()
        status, _, text = wait_for(lambda: (lambda answer: answer if answer[0] == 503 else None)(request(proxy, "GET", "/ready")))
        assert json.loads(text)["reason"] == "draining"
        client.query("COMMIT")
    proxy.wait(10)


def test_pools_clients_servers_stats_and_policies(proxy):
    with proxy.login(database="app", parameters={"application_name": "watched"}) as client:
        client.query("BEGIN")
        client.query("SELECT 1")
        pool = next(pool for pool in get_json(proxy, "/api/v1/pools")["pools"] if pool["database"] == "app")
        assert pool["tenant"] == "default" and pool["user"] == SERVICE_USER and pool["active"] >= 1 and pool["connections"] >= 1
        mine = [row for row in get_json(proxy, "/api/v1/clients")["clients"] if row["application_name"] == "watched"]
        assert len(mine) == 1 and mine[0]["state"] == "active" and isinstance(mine[0]["id"], int)
        assert any(row["ptr"] == mine[0]["link"] for row in get_json(proxy, "/api/v1/servers")["servers"])
        assert any(row["database"] == "app" for row in get_json(proxy, "/api/v1/stats")["stats"])
        assert {row["id"] for row in get_json(proxy, "/api/v1/policies")["policies"]} >= {"everything"}
        status, _, text = request(proxy, "DELETE", f"/api/v1/clients/{mine[0]['id']}", token=TOKEN)
        assert status == 200, text
        assert client.fatal()["C"] == "57P01"


def test_the_openapi_document_lists_what_answers(proxy):
    document = get_json(proxy, "/api/v1/openapi.json")
    assert document["openapi"].startswith("3.")
    for path, methods in document["paths"].items():
        for method in methods:
            if method == "get":
                assert request(proxy, "GET", path, token=TOKEN)[0] == 200, path


def test_reload_by_http(start_proxy, postgres, pool_mode):
    proxy = start_proxy(http_configuration(postgres, pool_mode))
    before = metrics(proxy)
    proxy.config["policies"] = []
    proxy.write_config()
    status, _, text = request(proxy, "POST", "/policies/reload", token=TOKEN)
    assert status == 200 and json.loads(text)["status"] == "reloaded"
    assert get_json(proxy, "/api/v1/policies")["policies"] == []
    proxy.config_path.write_text("nonsense = 1\n")
    status, _, text = request(proxy, "POST", "/policies/reload", token=TOKEN)
    assert status == 422 and "faults" in json.loads(text)["detail"]
    after = metrics(proxy)
    for outcome in ("ok", "refused"):
        name = f'sql_proxy_reloads_total{{outcome="{outcome}"}}'
        assert after[name] - before[name] == 1
    proxy.write_config()


def test_a_token_that_is_reloaded_is_the_one_that_counts(start_proxy, postgres, pool_mode):
    proxy = start_proxy(http_configuration(postgres, pool_mode))
    proxy.config["admin"]["token"] = "another-token"
    proxy.reload_and_wait()
    assert request(proxy, "GET", "/api/v1/pools", token=TOKEN)[0] == 401
    assert request(proxy, "GET", "/api/v1/pools", token="another-token")[0] == 200


def test_explain_by_http(start_proxy, postgres, pool_mode):
    config = http_configuration(postgres, pool_mode)
    config["policies"] = [{"id": "read-catalogs", "users": [CLIENT_USER], "schema": "information_schema", "statements": ["SELECT"], "action": "allow"}]
    proxy = start_proxy(config)

    def explain(**body):
        status, _, text = request(proxy, "POST", "/api/v1/explain", token=TOKEN, body=json.dumps(body))
        return status, json.loads(text)
    status, allowed = explain(sql="SELECT * FROM information_schema.tables", user=CLIENT_USER, database="app")
    assert status == 200 and allowed["decision"] == "allow" and allowed["statements"][0]["matched_rule"] == "read-catalogs"
    status, denied = explain(sql="DELETE FROM nothing_of_yours", user=CLIENT_USER, database="app")
    assert status == 200 and denied["decision"] == "deny"
    assert explain(sql="SELECT 1", user="nobody", database="app")[0] == 422
    assert explain(sql="SELECT 1", user=CLIENT_USER, database="nowhere")[0] == 422
    assert explain(sql="SELECT 1", user=CLIENT_USER)[0] == 400
    assert request(proxy, "POST", "/api/v1/explain", token=TOKEN, body="[" * 60000)[0] == 400


# --- Metrics ----------------------------------------------------------------------------------------------------------


def check_exposition(text):
    """The rules of Prometheus' text format that promtool checks, and that it takes for granted."""
    types, seen = {}, set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            assert name not in types, f"{name} begins twice"
            types[name] = kind
        elif not line.startswith("#"):
            match = re.fullmatch(r'([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})? (\S+)', line)
            assert match, line
            name = match[1]
            family = re.sub(r"_(bucket|sum|count)$", "", name) if re.sub(r"_(bucket|sum|count)$", "", name) in types else name
            assert family in types, line
            assert (match[1], match[2]) not in seen, line
            seen.add((match[1], match[2]))
            float(match[3])
            assert types[family] != "counter" or family.endswith("_total"), line
    return types


def test_metrics_are_what_prometheus_reads(proxy):
    with proxy.login(database="app") as client:
        client.query("SELECT 1")
    text = request(proxy, "GET", "/metrics")[2]
    types = check_exposition(text)
    for name, kind in {
            "sql_proxy_statements_total": "counter", "sql_proxy_statement_seconds": "histogram", "sql_proxy_clients": "gauge",
            "sql_proxy_pool_connections": "gauge", "sql_proxy_circuit_breaker_state": "gauge", "sql_proxy_parse_cache_hits_total": "counter",
            "sql_proxy_parse_cache_misses_total": "counter", "sql_proxy_audit_events_total": "counter", "sql_proxy_audit_dropped_total": "counter",
            "sql_proxy_audit_queue_depth": "gauge", "sql_proxy_rate_limited_total": "counter", "sql_proxy_pins_total": "counter"}.items():
        assert types[name] == kind, name
    if shutil.which("promtool"):
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=20, check=False)
        assert checked.returncode == 0, checked.stderr


def test_every_metric_is_documented(proxy):
    assert set(check_exposition(request(proxy, "GET", "/metrics")[2])) <= documented_metrics()


def test_statements_are_counted_by_what_became_of_them(start_proxy, postgres, pool_mode):
    config = http_configuration(postgres, pool_mode)
    config["policies"] = [{"id": "read", "users": ["*"], "statements": ["SELECT"], "action": "allow"}]
    proxy = start_proxy(config)
    with proxy.login(database="app") as client:
        for _ in range(3):
            client.query("SELECT 1")
        client.query("CREATE TABLE nobody_may (a int)")
        client.send(messages.extended("SELECT 2"))
        client.ready()
        client.query("SELECT 1/0")
        labels = f'database="app",user="{CLIENT_USER}"'
        found = metrics(proxy)
        assert found[f'sql_proxy_statements_total{{{labels},type="SELECT",decision="allow"}}'] == 5
        assert found[f'sql_proxy_statements_total{{{labels},type="DDL",decision="deny"}}'] == 1
        assert found['sql_proxy_statement_seconds_count{stage="backend"}'] == 5
        assert found['sql_proxy_statement_seconds_count{stage="pipeline"}'] == 6
        assert found['sql_proxy_transactions_total{database="app"}'] == 5
        assert found['sql_proxy_parse_cache_hits_total'] >= 2
        assert found['sql_proxy_logins_total{outcome="ok"}'] == 1
        assert sum(value for name, value in found.items() if name.startswith("sql_proxy_clients{")) == 1
    with pytest.raises(Exception):
        proxy.login(CLIENT_USER, "wrong", database="app")
    wait_for(lambda: metrics(proxy)['sql_proxy_logins_total{outcome="denied"}'] == 1)


def test_a_pin_is_counted(proxy, pool_mode):
    if pool_mode == "session":
        pytest.skip("nothing is pinned beyond the mode itself")
    name = 'sql_proxy_pins_total{reason="temporary_objects"}'
    now = 'sql_proxy_pinned_clients{reason="temporary_objects"}'
    before = metrics(proxy)[name]
    with proxy.login(database="app") as client:
        client.query("CREATE TEMP TABLE pinned_here (a int)")
        wait_for(lambda: metrics(proxy)[name] == before + 1 and metrics(proxy)[now] == 1)
        client.query("SELECT * FROM pinned_here")
        client.query("DROP TABLE pinned_here")
        wait_for(lambda: metrics(proxy)[now] == 0)
        assert metrics(proxy)[name] == before + 1


def test_waits_for_a_server_connection_are_measured(start_proxy, postgres, pool_mode):
    proxy = start_proxy(http_configuration(postgres, pool_mode, pool_size=1))
    with proxy.login(database="app") as first:
        first.query("BEGIN")
        results = []

        def second():
            with proxy.login(database="app") as client:
                results.append(client.query("SELECT 1"))
        waiting = threading.Thread(target=second)
        waiting.start()
        wait_for(lambda: metrics(proxy)['sql_proxy_clients{state="waiting"}'] == 1)
        assert metrics(proxy)['sql_proxy_pool_waiting_clients{tenant="default",database="app"}'] == 1
        time.sleep(0.3)
        first.query("COMMIT")
        if pool_mode == "session":
            first.terminate()
        waiting.join(10)
        assert results
    assert metrics(proxy)["sql_proxy_pool_wait_seconds_sum"] >= 0.3


# --- What it bears ----------------------------------------------------------------------------------------------------


def raw(proxy, data, *, wait=20):
    """Sends bytes and reads to the end of the connection."""
    with socket.create_connection(address(proxy), timeout=wait) as connection:
        try:
            connection.sendall(data)
        except OSError:
            pass
        received = b""
        try:
            while block := connection.recv(65536):
                received += block
        except ConnectionResetError:
            pass
    return received


def test_oversize_requests_are_refused(proxy):
    assert request(proxy, "POST", "/policies/reload", token=TOKEN, body="x" * 65537)[0] == 413
    head = f"POST /policies/reload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
    assert b" 413 " in raw(proxy, head + b"Content-Length: 99999999999\r\n\r\n").split(b"\r\n")[0]
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    answer = raw(proxy, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 4 + b"0\r\n\r\n")
    assert b" 200 " not in answer.split(b"\r\n")[0]
    long_header = raw(proxy, b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 100_000 + b"\r\n\r\n")
    assert b" 200 " not in long_header.split(b"\r\n")[0]
    endless = raw(proxy, b"z" * 1_000_000)
    assert b" 200 " not in endless.split(b"\r\n")[0]
    assert request(proxy, "GET", "/health")[0] == 200


def test_memory_does_not_grow_with_what_is_sent(proxy):
    before = metrics(proxy)["process_resident_memory_bytes"]
    for _ in range(20):
        raw(proxy, b"GET /" + b"a" * 2_000_000)
    assert metrics(proxy)["process_resident_memory_bytes"] - before < 8_000_000


def test_slow_and_silent_clients_are_cut_off(start_proxy, postgres, pool_mode):
    proxy = start_proxy(http_configuration(postgres, pool_mode))
    slow = [socket.create_connection(address(proxy), timeout=20) for _ in range(32)]
    slow[0].sendall(b"GET /health HTTP/1.1\r\n")
    start = time.monotonic()
    while time.monotonic() - start < 14:
        try:
            slow[0].sendall(b"X: y\r\n")
        except OSError:
            break
        time.sleep(0.5)
    assert 8 < time.monotonic() - start < 13
    # The places are free again.
    assert request(proxy, "GET", "/health")[0] == 200
    for connection in slow:
        connection.close()


# --- TLS --------------------------------------------------------------------------------------------------------------

def shown_certificate(proxy, ca):
    """The certificate's bytes, of a connection that verifies it and on which a request is answered."""
    context = ssl.create_default_context(cafile=ca)
    connection = http.client.HTTPSConnection(*address(proxy), timeout=20, context=context)
    connection.request("GET", "/metrics")
    certificate = connection.sock.getpeercert(binary_form=True)
    answer = connection.getresponse()
    assert answer.status == 200 and b"sql_proxy_build_info" in answer.read()
    connection.close()
    return certificate


def test_tls(start_proxy, postgres, pool_mode, certificates, tmp_path):
    files = {"tls_cert": tmp_path / "http.crt", "tls_key": tmp_path / "http.key"}

    def install(name):
        for path in files.values():
            shutil.copy(certificates.path(name + path.suffix), path)

    install("server")
    config = http_configuration(postgres, pool_mode)
    config["admin"].update(files)
    proxy = start_proxy(config)
    first = shown_certificate(proxy, certificates.path("ca.crt"))
    # Who speaks no TLS gets nothing, and neither does an old version of it.
    assert b"sql_proxy" not in raw(proxy, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError), socket.create_connection(address(proxy), timeout=20) as connection:
        old.wrap_socket(connection)
    # A reload shows the new certificate; one that is broken leaves the old one.
    install("server-sha384")
    proxy.reload_and_wait()

    def is_renewed():
        try:
            return shown_certificate(proxy, certificates.path("ca.crt")) != first
        except OSError:
            return False  # a connection that there was in that moment

    wait_for(is_renewed)
    second = shown_certificate(proxy, certificates.path("ca.crt"))
    shutil.copy(certificates.path("rogue.key"), files["tls_key"])
    proxy.reload_and_wait()
    wait_for(lambda: "the old certificate stays" in proxy.stderr())
    assert shown_certificate(proxy, certificates.path("ca.crt")) == second


def test_tls_that_cannot_be_used_is_refused_at_the_start(postgres, pool_mode, certificates, start_proxy):
    config = http_configuration(postgres, pool_mode)
    config["admin"].update({"tls_cert": certificates.path("server.crt"), "tls_key": certificates.path("rogue.key")})
    with pytest.raises(Exception):
        start_proxy(config)


def test_the_port_is_taken(start_proxy, postgres, pool_mode):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = http_configuration(postgres, pool_mode)
        config["admin"]["listen"] = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AssertionError, match="cannot listen on"):
            start_proxy(config)


def test_only_on_the_address_that_is_configured(proxy):
    # Every address of the loopback network leads here, and only one was asked for.
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", address(proxy)[1])) != 0
