"""format = "ocsf" and "ecs": required members, enumerations and types of the published schemas; and reloads of [audit]."""

import datetime
import ipaddress
import json
import re
import subprocess
import threading

import pytest

import shop
from harness import messages
from harness.proxy import ROOT, run_command
from harness.wire import wait_for

INTEGER, TEXT, BOOLEAN, OBJECT, LIST = int, str, bool, dict, list


def is_ip(value):
    return bool(ipaddress.ip_address(value))


# From the OCSF schema, tag 1.3.0: events/base_event.json, events/application/datastore_activity.json, profiles/security_control.json, and the
# objects that they name. Way to the member: (requirement, type, values).
OCSF = {
    "activity_id": ("required", INTEGER, {0, 1, 2, 3, 4, 5, 6, 7, 8, 99}),
    "activity_name": ("optional", TEXT, None),
    "category_uid": ("required", INTEGER, {6}),
    "class_uid": ("required", INTEGER, {6005}),
    "type_uid": ("required", INTEGER, {600500 + n for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 99)}),
    "severity_id": ("required", INTEGER, {0, 1, 2, 3, 4, 5, 6, 99}),
    "time": ("required", INTEGER, None),
    "status_id": ("recommended", INTEGER, {0, 1, 2, 99}),
    "status": ("optional", TEXT, {"Success", "Failure"}),
    "status_code": ("recommended", TEXT, None),
    "status_detail": ("recommended", TEXT, None),
    "metadata": ("required", OBJECT, None),
    "metadata.version": ("required", TEXT, {"1.3.0"}),
    "metadata.product": ("required", OBJECT, None),
    "metadata.product.name": ("recommended", TEXT, None),
    "metadata.product.vendor_name": ("required", TEXT, None),
    "metadata.profiles": ("optional", LIST, None),
    "metadata.uid": ("optional", TEXT, None),
    "metadata.sequence": ("optional", INTEGER, None),
    "metadata.log_name": ("recommended", TEXT, None),
    "metadata.tenant_uid": ("recommended", TEXT, None),
    "actor": ("required", OBJECT, None),
    "actor.user": ("recommended", OBJECT, None),
    "actor.user.name": ("recommended", TEXT, None),
    "actor.user.type_id": ("recommended", INTEGER, {0, 1, 2, 3, 99}),
    "actor.user.groups": ("optional", LIST, None),
    "actor.session": ("optional", OBJECT, None),
    "actor.session.uid": ("recommended", TEXT, None),
    "actor.app_name": ("optional", TEXT, None),
    "src_endpoint": ("required", OBJECT, None),
    "src_endpoint.ip": ("recommended", is_ip, None),
    "src_endpoint.port": ("recommended", INTEGER, range(65536)),
    "src_endpoint.name": ("recommended", TEXT, None),
    "dst_endpoint": ("recommended", OBJECT, None),
    "dst_endpoint.hostname": ("recommended", TEXT, None),
    "dst_endpoint.svc_name": ("recommended", TEXT, None),
    "database": ("recommended", OBJECT, None),
    "database.name": ("recommended", TEXT, None),
    "database.type_id": ("required", INTEGER, {0, 1, 2, 3, 4, 5, 6, 7, 8, 99}),
    "database.type": ("recommended", TEXT, None),
    "table": ("recommended", OBJECT, None),
    "table.name": ("recommended", TEXT, None),
    "query_info": ("recommended", OBJECT, None),
    "query_info.query_string": ("required", TEXT, None),
    "query_info.uid": ("recommended", TEXT, None),
    "action_id": ("required", INTEGER, {0, 1, 2, 99}),
    "action": ("optional", TEXT, None),
    "disposition_id": ("recommended", INTEGER, {*range(28), 99}),
    "disposition": ("optional", TEXT, None),
    "policy": ("optional", OBJECT, None),
    "policy.name": ("recommended", TEXT, None),
    "policy.version": ("recommended", TEXT, None),
    "policy.desc": ("optional", TEXT, None),
    "unmapped": ("optional", OBJECT, None),
}
OCSF_AT_LEAST_ONE = {"": {"database", "databucket", "table"}, "actor": {"process", "user", "invoked_by", "session", "app_name", "app_uid"}, "src_endpoint": {"ip", "uid", "name", "hostname", "svc_name"}, "database": {"name", "uid"}, "query_info": {"query_string"}}

ECS_TYPES = {  # event.category: the types that it expects
    "authentication": {"start", "end", "info"}, "configuration": {"access", "change", "creation", "deletion", "info"}, "database": {"access", "change", "info", "error"}, "session": {"start", "end", "info"},
}
# From the Elastic Common Schema 8.11.0. Lists are `normalize: array` there.
ECS = {
    "@timestamp": ("required", TEXT, None),
    "ecs": ("required", OBJECT, None),
    "ecs.version": ("required", TEXT, {"8.11.0"}),
    "event": ("required", OBJECT, None),
    "event.id": ("required", TEXT, None),
    "event.kind": ("required", TEXT, {"alert", "enrichment", "event", "metric", "state", "pipeline_error", "signal"}),
    "event.category": ("required", LIST, None),
    "event.type": ("required", LIST, None),
    "event.action": ("optional", TEXT, None),
    "event.outcome": ("required", TEXT, {"success", "failure", "unknown"}),
    "event.sequence": ("optional", INTEGER, None),
    "event.module": ("optional", TEXT, None),
    "event.dataset": ("optional", TEXT, None),
    "event.created": ("optional", TEXT, None),
    "event.start": ("optional", TEXT, None),
    "event.duration": ("optional", INTEGER, None),
    "event.reason": ("optional", TEXT, None),
    "user": ("optional", OBJECT, None),
    "user.name": ("optional", TEXT, None),
    "user.roles": ("optional", LIST, None),
    **{f"{side}{rest}": ("optional", kind, None) for side in ("client", "source") for rest, kind in (("", OBJECT), (".address", TEXT), (".ip", is_ip), (".port", INTEGER))},
    "tls": ("optional", OBJECT, None),
    "tls.version": ("optional", TEXT, None),
    "tls.version_protocol": ("optional", TEXT, {"tls", "ssl"}),
    "related": ("optional", OBJECT, None),
    "related.user": ("optional", LIST, None),
    "related.ip": ("optional", LIST, None),
    "observer": ("optional", OBJECT, None),
    "observer.name": ("optional", TEXT, None),
    "observer.product": ("optional", TEXT, None),
    "observer.type": ("optional", TEXT, None),
    "rule": ("optional", OBJECT, None),
    "rule.name": ("optional", TEXT, None),
    "rule.version": ("optional", TEXT, None),
    "error": ("optional", OBJECT, None),
    "error.code": ("optional", TEXT, None),
    "error.message": ("optional", TEXT, None),
    "sql_proxy": ("optional", OBJECT, None),  # a custom field set, as the schema allows under a name of one's own
}


def faults(event, table, custom, way=""):
    """What of the event the table does not allow; `custom`: the member that is not looked into."""
    for name, value in event.items():
        path = f"{way}{name}"
        if path not in table:
            yield f"{path}: not in the schema"
            continue
        _, kind, values = table[path]
        good = kind(value) if kind is is_ip else isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        if not good:
            yield f"{path}: {value!r} is of the wrong type"
        if values is not None and value not in values:
            yield f"{path}: {value!r} is none of the schema's values"
        if isinstance(value, dict) and path != custom:
            yield from faults(value, table, custom, path + ".")
    prefix = [path for path, (requirement, _, _) in table.items() if requirement == "required" and path.startswith(way) and "." not in path[len(way):]]
    yield from (f"{path}: required and missing" for path in prefix if path[len(way):] not in event)


def test_the_checker_finds_faults():
    assert list(faults({"activity_id": 77}, OCSF, "unmapped"))[0].startswith("activity_id")
    assert "time: required and missing" in list(faults({}, OCSF, "unmapped"))
    assert "database.type_id: required and missing" in list(faults({"database": {"name": "x"}}, OCSF, "unmapped"))
    assert list(faults({"event": {"kind": "strange"}}, ECS, "sql_proxy"))[0].startswith("event.kind")


def act(proxy):
    """A bit of everything that makes events."""
    with shop.log_in(proxy, "clara") as client:
        client.query("SELECT id FROM orders WHERE customer = 'ada'; INSERT INTO journal (line) VALUES ('a'); UPDATE journal SET line = 'b'; DELETE FROM journal")
        for sql in ("CREATE TABLE made (a int)", "DROP TABLE made", "SELECT 1/0", "SELECT note FROM internal", "SELEC", "BEGIN", "ROLLBACK", "COPY orders TO STDOUT", "LISTEN x", "SET work_mem = '5MB'"):
            client.query(sql)
        client.send(messages.parse("SELECT 1"), messages.bind(), messages.execute(), messages.sync())
        client.ready()
    with pytest.raises(Exception):
        proxy.login("clara", "wrong", database="shop")
    proxy.reload()


def stop_and_read(proxy):
    proxy.process.terminate()
    proxy.wait()
    return [json.loads(line) for line in proxy.audit_path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def shop_proxy(start_proxy, postgres, pool_mode):
    shop.create(postgres)

    def start(**audit):
        config = shop.shop_configuration(postgres, pool_mode)
        config["audit"] = {**audit, "file": {"path": "audit.jsonl", **audit.pop("file", {})}}
        return start_proxy(config)

    return start


@pytest.mark.parametrize("chain", [True, False])
def test_ocsf(shop_proxy, chain):
    proxy = shop_proxy(file={"format": "ocsf", "chain": chain})
    act(proxy)
    wait_for(lambda: '"kind":"reload"' in proxy.audit_path.read_text())
    events = stop_and_read(proxy)
    assert run_command("audit", "verify", proxy.audit_path).returncode == 0
    found = [fault for event in events for fault in faults(event, OCSF, "unmapped")]
    assert not found
    for event in events:
        for way, names in OCSF_AT_LEAST_ONE.items():
            if way == "query_info" and way not in event:
                continue
            assert names & set(event[way] if way else event), (way, event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["metadata"]["profiles"] == ["security_control"]
        native = event["unmapped"]
        assert event["metadata"]["uid"] == native["event_id"] and event["metadata"]["sequence"] == native["sequence_num"]
        seconds = datetime.datetime.fromisoformat(native["timestamp"].replace("Z", "+00:00")).timestamp()
        assert abs(event["time"] / 1000 - seconds) < 0.0015
        assert (native["hash"] is not None) == chain
    statements = [e for e in events if e["unmapped"]["kind"] == "statement"]
    activities = [e["activity_name"] for e in statements]
    assert activities[:6] == ["Query", "Write", "Update", "Delete", "Create", "Delete"] and "Read" in activities
    denied = [e for e in statements if e["unmapped"]["decision"] == "deny"]
    assert denied and all((e["action_id"], e["disposition_id"], e["status_id"]) == (2, 2, 2) for e in denied)
    assert any(e["policy"]["name"] == "clerks-not-internal" for e in denied)
    (refused,) = [e for e in events if e["unmapped"]["kind"] == "auth_failure"]
    assert (refused["activity_id"], refused["action_id"], refused["status_id"]) == (3, 2, 2)
    assert statements[0]["query_info"]["query_string"] == "SELECT id FROM orders WHERE customer = $1"


def test_ecs(shop_proxy):
    proxy = shop_proxy(file={"format": "ecs"})
    act(proxy)
    wait_for(lambda: '"kind":"reload"' in proxy.audit_path.read_text())
    events = stop_and_read(proxy)
    assert run_command("audit", "verify", proxy.audit_path).returncode == 0
    found = [fault for event in events for fault in faults(event, ECS, "sql_proxy")]
    assert not found
    for event in events:
        assert set(event["event"]["category"]) <= set(ECS_TYPES)
        allowed = set().union(*(ECS_TYPES[category] for category in event["event"]["category"]))
        assert event["event"]["type"] and set(event["event"]["type"]) <= allowed
        assert event["@timestamp"] == event["sql_proxy"]["timestamp"]
    statements = [e for e in events if e["sql_proxy"]["kind"] == "statement"]
    assert [e["event"]["type"] for e in statements[:4]] == [["access"], ["change"], ["change"], ["change"]]
    assert any(e["event"]["outcome"] == "failure" and e["error"]["code"] == "42501" for e in statements)


def test_a_changed_line_of_any_format_is_found(shop_proxy):
    for format in ("ocsf", "ecs"):
        proxy = shop_proxy(file={"format": format})
        with shop.log_in(proxy, "clara") as client:
            client.query("SELECT id FROM orders")
        stop_and_read(proxy)
        text = proxy.audit_path.read_text()
        for old, new in (('"clara"', '"innocent"'), ('"severity_id":1', '"severity_id":2') if format == "ocsf" else ('"outcome":"success"', '"outcome":"failure"')):
            changed = proxy.folder / "changed.jsonl"
            changed.write_text(text.replace(old, new, 1))
            assert changed.read_text() != text
            assert run_command("audit", "verify", changed).returncode == 1
        torn = proxy.folder / "cut.jsonl"
        lines = text.splitlines(keepends=True)
        torn.write_text("".join(lines[:2] + lines[3:]))
        assert run_command("audit", "verify", torn).returncode == 1


# --- Reload -----------------------------------------------------------------------------------------------------------


def test_a_reload_changes_path_format_and_durability_and_loses_nothing(shop_proxy):
    """Under load, step by step, and back to a file that was used before: one sequence, one chain over all files."""
    proxy = shop_proxy(file={"compress": False})
    stop = threading.Event()
    counts = []

    def work():
        with shop.log_in(proxy, "clara") as client:
            count = 0
            while not stop.is_set():
                client.query("SELECT id FROM orders WHERE id = 1")
                count += 1
            counts.append(count)
            client.terminate()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    steps = [
        {"durability": "write", "file": {"path": "other.jsonl", "compress": False}},
        {"durability": "fsync", "file": {"path": "other.jsonl", "format": "ocsf", "compress": False}},
        {"durability": "batch", "on_failure": "block", "queue_capacity": 4096, "file": {"path": "audit.jsonl", "format": "ecs", "compress": False}},
        {"log_sql": "none", "file": {"path": "audit.jsonl", "rotate_size": "20KiB", "keep": 0, "compress": False}},
    ]
    reloads = 0
    for audit in steps:
        proxy.config["audit"] = audit
        proxy.reload()
        reloads += 1
        wait_for(lambda: proxy.stderr().count("reloaded: policy") == reloads, what="the reload")
    stop.set()
    for thread in threads:
        thread.join()
    proxy.process.terminate()
    proxy.wait()
    files = sorted(p for p in proxy.folder.glob("*.jsonl*") if "torn" not in p.name)
    verified = run_command("audit", "verify", *files)
    assert verified.returncode == 0, verified.stdout
    assert "lost" not in verified.stdout
    natives = []
    for path in files:
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        forms = {"unmapped" if "unmapped" in e else "sql_proxy" if "sql_proxy" in e else "native" for e in lines}
        assert len(forms) <= 1, "a file has one format"
        natives += [e.get("unmapped") or e.get("sql_proxy") or e for e in lines]
    assert sum(e["kind"] == "statement" for e in natives) == sum(counts)
    assert sorted(e["sequence_num"] for e in natives) == list(range(1, len(natives) + 1))


def test_a_reload_to_what_cannot_be_opened_is_refused_and_the_trail_goes_on(shop_proxy):
    proxy = shop_proxy()
    with shop.log_in(proxy, "clara") as client:
        for path in ("no/such/folder/audit.jsonl", "."):
            proxy.config["audit"] = {"file": {"path": path}}
            event = proxy.reload_and_wait()
            assert event["status"] == "error"
            client.query("SELECT id FROM orders")
    wait_for(lambda: proxy.audit_events(kind="disconnect"))
    assert len(proxy.audit_events(kind="statement")) == 2
    assert run_command("audit", "verify", proxy.audit_path).returncode == 0


# --- The reader's scripts of docs/audit.md ----------------------------------------------------------------------------


def recipes():
    """The shell scripts of the page, by the line above each."""
    page = (ROOT / "docs/audit.md").read_text(encoding="utf-8").split("## Recipes")[1]
    return {title.strip(): script for title, script in re.findall(r"^([A-Z][^\n]*):\n\n```sh\n(.*?)```", page, re.S | re.M)}


def run_recipe(title, folder, **variables):
    (script,) = [script for name, script in recipes().items() if name.startswith(title)]
    for old, new in variables.items():
        assert old.replace("__", " ") in script
        script = script.replace(old.replace("__", " "), new)
    result = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return [line.split("\t") for line in result.stdout.splitlines()]


def test_the_recipes_answer(tmp_path):
    def event(number, **members):
        base = {"event_id": f"id-{number}", "sequence_num": number, "kind": "statement", "timestamp": "2099-01-01T00:00:00.000000Z", "user": "analyst", "database": "app", "statement_type": "SELECT", "session_id": "s", "status": "ok",
                "tables": [{"database": "app", "schema": "public", "table": "orders", "usage": "read"}], "decision": "allow", "matched_rule": "r", "reason": "because", "fingerprint": "f1", "has_pii": False, "classifications": [], "total_us": number, "db_us": 1, "queue_us": 0, "proxy_us": 1, "sql": "SELECT $1"}
        return json.dumps(base | members)

    pii = [{"column": "email", "tag": "PII.Email", "confidence": 1.0, "method": "name", "rows_sampled": 1}]
    lines = [
        event(1, kind="admin", sub_type="audit_start", reason="the last run did not stop cleanly: x"), event(2, has_pii=True, classifications=pii), event(3, has_pii=True, classifications=pii, user="other"),
        event(4, has_pii=True, classifications=pii, timestamp="2001-01-01T00:00:00.000000Z"), event(5, decision="deny", status="denied", matched_rule="no-hr", reason="secret"), event(6, fingerprint="f2"),
        event(9, kind="overflow", dropped=2), event(12, fingerprint="f2"), event(13, kind="auth_failure", sub_type="scram-sha-256", client_ip="192.0.2.1", error="no"),
    ]
    (tmp_path / "audit.jsonl").write_text("\n".join(lines) + "\n" + "\n".join([event(n, fingerprint="often") for n in range(14, 514)]) + "\n")
    assert run_recipe("All personal data", tmp_path) == [["2099-01-01T00:00:00.000000Z", "PII.Email", "email"]]
    denied = run_recipe("Who was denied", tmp_path)
    assert len(denied) == 1 and denied[0][5:] == ["no-hr", "secret", "id-5"]
    assert [row[0].split() for row in run_recipe("Shapes of statements", tmp_path, **{"50000": "500"})] == [["500", "often"]]
    assert run_recipe("Gaps in the sequence", tmp_path) == [["6", "9", "2", "overflow"], ["9", "12", "2", "UNEXPLAINED"]]
    assert run_recipe("Starts that were not", tmp_path) == [["2099-01-01T00:00:00.000000Z"]]
    assert len(run_recipe("Whose login failed", tmp_path)) == 1
    assert len(run_recipe("The ten slowest", tmp_path)) == 10
    assert run_recipe("All that one session", tmp_path, **{"01a1f838-453f-7a6f-8886-3f651bda6550": "s"})
    assert run_recipe("The event that", tmp_path, **{"01a1f813-a8db-7695-86da-d44f5d7bd3bd": "id-5"})
