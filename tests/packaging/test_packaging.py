"""What can be known of packaging/ without installing it: units, alert rules, dashboard, manifests, man page.

SQL_PROXY_BINARY names the binary (default: build/release/sql-proxy). scripts/package.sh --check does the rest.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
BINARY = os.environ.get("SQL_PROXY_BINARY", ROOT / "build" / "release" / "sql-proxy")
UNIT = PACKAGING / "systemd" / "sql-proxy.service"
ALERTS = PACKAGING / "prometheus" / "alerts.yaml"

# Those of docs/metrics.md, which test_http.py holds against what the proxy says; histograms have three each.
METRICS = {
    name + suffix
    for name in re.findall(r"`(sql_proxy_\w+)`", (ROOT / "docs" / "metrics.md").read_text())
    for suffix in (("_bucket", "_count", "_sum") if name.endswith("_seconds") else ("",))
}


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)


def metrics_of(expression):
    return set(re.findall(r"\bsql_proxy_\w+", expression))


# --- systemd ----------------------------------------------------------------------------------------------------------


def settings_of(unit):
    settings = {}
    for line in unit.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            settings.setdefault(key, []).append(value)
    return settings


def test_the_units_are_sound(tmp_path):
    for name in ("sql-proxy.service", "sql-proxy.socket"):
        text = (PACKAGING / "systemd" / name).read_text()
        (tmp_path / name).write_text(text.replace("/usr/bin/sql-proxy", str(pathlib.Path(BINARY).resolve())))
    for name in ("sql-proxy.service", "sql-proxy.socket"):
        done = run("systemd-analyze", "verify", "--man=no", tmp_path / name)
        complaints = [line for line in (done.stdout + done.stderr).splitlines() if "sql-proxy" in line]
        assert done.returncode == 0 and complaints == []


def test_the_service_has_no_more_rights_than_it_needs():
    settings = settings_of(UNIT)
    expected = {
        "User": "sql-proxy", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
        "PrivateDevices": "yes", "MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "", "RestrictSUIDSGID": "yes",
    }
    assert {key: settings[key][0] for key in expected} == expected


def test_the_service_waits_longer_than_the_default_drain():
    documented = re.search(r'`drain_timeout` \| `"(\d+)s"`', (ROOT / "docs" / "configuration.md").read_text())[1]
    assert int(settings_of(UNIT)["TimeoutStopSec"][0]) > int(documented)


def test_the_services_configuration_is_sound(tmp_path):
    config = tmp_path / "sql-proxy.toml"
    text = (PACKAGING / "systemd" / "sql-proxy.toml").read_text()
    config.write_text(text)
    done = run(BINARY, "check", "-c", config)
    assert done.returncode == 0, done.stdout + done.stderr
    # And so is what it suggests.
    commented = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE).replace("SCRAM-SHA-256$4096:...", run(BINARY, "password", input="x").stdout.strip())
    for name in ("server.crt", "server.key"):
        shutil.copy(__file__, tmp_path / name)
    config.write_text(commented)
    done = run(BINARY, "check", "-c", config, env={"APP_DB_PASSWORD": "x"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[databases.app]" in commented.splitlines() and "[[users]]" in commented.splitlines()


# --- Debian -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["postinst", "prerm", "postrm"])
def test_maintainer_scripts(name):
    path = PACKAGING / "debian" / name
    assert os.access(path, os.X_OK)
    done = run("shellcheck", "--shell=sh", path)
    assert done.returncode == 0, done.stdout


def test_the_package_has_what_is_there():
    rules = (ROOT / "cmake" / "package.cmake").read_text()
    named = re.findall(r"\b((?:packaging|conf)/[\w./-]+)", rules)
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []
    version = re.search(r"project\(sql-proxy VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert (PACKAGING / "debian" / "changelog").read_text().startswith(f"sql-proxy ({version}-1)")


def test_the_man_page_names_every_command_and_option():
    page = (PACKAGING / "sql-proxy.1").read_text().replace("\\-", "-")
    top = run(BINARY, "--help").stdout
    commands = re.findall(r"^  (\w+) ", top[top.index("Subcommands:"):], re.MULTILINE)
    assert {"serve", "check", "password", "audit", "version"} <= set(commands)
    for command in commands:
        assert re.search(rf"sql-proxy {command}\b", page), command
        for option in re.findall(r"^\s+(?:-\w,)?(--[\w-]+)", run(BINARY, command, "--help").stdout, re.MULTILINE):
            assert option in page or option == "--help" or option in ("--config",), f"{command} {option}"


# --- Monitoring -------------------------------------------------------------------------------------------------------


def rules():
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_alert(rule):
    assert rule["labels"]["severity"] in ("warning", "critical") and rule["annotations"]["summary"]
    assert metrics_of(rule["expr"]) <= METRICS
    assert f"| {rule['alert']} |" in (ROOT / "docs" / "operations.md").read_text()


def test_the_alert_rules_are_sound():
    promtool = shutil.which("promtool") or ROOT / "build" / "tools" / "promtool"
    done = run(promtool, "check", "rules", ALERTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run(promtool, "check", "rules", __file__).returncode != 0


def test_the_dashboard():
    dashboard = json.loads((PACKAGING / "grafana" / "sql-proxy.json").read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels) >= 10
    used = {metric for panel in panels for target in panel["targets"] for metric in metrics_of(target["expr"])}
    assert used <= METRICS
    for expression in (target["expr"] for panel in panels for target in panel["targets"]):
        assert expression.count("(") == expression.count(")") and expression.count("{") == expression.count("}")


# --- Kubernetes -------------------------------------------------------------------------------------------------------


@pytest.fixture(name="manifests")
def fixture_manifests():
    documents = yaml.safe_load_all((PACKAGING / "kubernetes" / "sql-proxy.yaml").read_text())
    return {document["kind"]: document for document in documents}


def test_the_manifests_fit_together(manifests):
    assert set(manifests) == {"ConfigMap", "Service", "PodDisruptionBudget", "StatefulSet"}
    workload = manifests["StatefulSet"]["spec"]
    labels = workload["template"]["metadata"]["labels"]
    for selector in (workload["selector"]["matchLabels"], manifests["Service"]["spec"]["selector"],
                     manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]):
        assert selector.items() <= labels.items()
    pod = workload["template"]["spec"]
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert all(port["targetPort"] in ports for port in manifests["Service"]["spec"]["ports"])
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        (handler,) = (container[probe][kind] for kind in ("httpGet", "tcpSocket") if kind in container[probe])
        assert handler["port"] in ports
    volumes = {volume["name"] for volume in pod["volumes"]} | {claim["metadata"]["name"] for claim in workload["volumeClaimTemplates"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    assert pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
    drain = re.search(r'drain_timeout = "(\d+)s"', manifests["ConfigMap"]["data"]["sql-proxy.toml"])[1]
    assert pod["terminationGracePeriodSeconds"] > int(drain) + 5


def test_the_manifests_configuration_is_sound(manifests, tmp_path):
    text = manifests["ConfigMap"]["data"]["sql-proxy.toml"]
    mounts = manifests["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    for path in re.findall(r'"(/etc/[^"]+)"', text):
        assert any(path.startswith(mount["mountPath"] + "/") for mount in mounts), path
        (tmp_path / pathlib.Path(path).name).write_text("x")
        text = text.replace(path, str(tmp_path / pathlib.Path(path).name))
    config = tmp_path / "sql-proxy.toml"
    config.write_text(text)
    done = run(BINARY, "check", "-c", config)
    assert done.returncode == 0, done.stdout + done.stderr
