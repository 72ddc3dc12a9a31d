"""What can be known of docker/ without a container engine: files, references, packages, and the configuration.

SQL_PROXY_BINARY names the binary (default: build/release/sql-proxy).
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
BINARY = os.environ.get("SQL_PROXY_BINARY", ROOT / "build" / "release" / "sql-proxy")


@pytest.fixture(name="compose")
def fixture_compose():
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


@pytest.fixture(name="instructions")
def fixture_instructions():
    """(keyword, arguments) of every instruction of the Dockerfile, with continued lines joined."""
    joined = re.sub(r"\\\n", " ", (DOCKER / "Dockerfile").read_text())
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(None, 1)) for line in lines]


def test_the_dockerfile_has_only_known_instructions(instructions):
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert {keyword for keyword, _ in instructions} <= known
    assert instructions[0][0] == "FROM"


def test_everything_copied_exists_and_is_not_ignored(instructions):
    ignored = [line.strip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("/")]
    for keyword, arguments in instructions:
        if keyword == "COPY" and not arguments.startswith("--from"):
            for source in arguments.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert not any(source == name or source.startswith(name + "/") for name in ignored), source


def test_the_image_does_not_run_as_root(instructions):
    assert [arguments for keyword, arguments in instructions if keyword == "USER"] == ["sql-proxy"]


def test_the_image_has_the_libraries_that_the_binary_needs(instructions):
    installed = next(arguments for keyword, arguments in instructions if keyword == "RUN" and "libssl3" in arguments)
    linked = subprocess.run(["ldd", BINARY], check=True, capture_output=True, text=True).stdout
    direct = subprocess.run(["objdump", "-p", BINARY], check=True, capture_output=True, text=True).stdout
    needed = re.findall(r"NEEDED\s+(\S+)", direct)
    for name in needed:
        path = re.search(rf"{re.escape(name)} => (\S+)", linked)
        if not path:
            continue
        target = os.path.realpath(path[1])
        # dpkg knows some files by their names of before /lib became a link to /usr/lib.
        owner = subprocess.run(
            ["dpkg-query", "-S", target, target.removeprefix("/usr")],
            capture_output=True, text=True, check=False).stdout.split(":")[0]
        assert owner in installed.split() or owner in ("libc6", "libgcc-s1"), f"{name} is in package {owner}"


def test_compose_refers_only_to_what_exists(compose):
    services = compose["services"]
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DOCKER / source).exists() if source.startswith(".") else source in compose["volumes"], source
        for name in service.get("secrets", []):
            assert name in compose["secrets"], name
        for name in service.get("networks", []):
            assert name in compose["networks"], name
        for name in service.get("depends_on", {}):
            assert "healthcheck" in services[name]
    build = services["proxy"]["build"]
    assert (DOCKER / build["context"] / build["dockerfile"]).samefile(DOCKER / "Dockerfile")


def test_the_database_is_not_published_and_the_rest_only_on_loopback(compose):
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert list(published) == ["proxy", "prometheus", "grafana"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert compose["networks"]["database"]["internal"] is True


def test_the_secrets_and_the_configuration_fit(compose, tmp_path):
    """make-secrets.sh makes every file that compose names, and the configuration loads with them."""
    shutil.copy(DOCKER / "make-secrets.sh", tmp_path)
    subprocess.run([tmp_path / "make-secrets.sh"], check=True, capture_output=True)
    text = (DOCKER / "sql-proxy.toml").read_text()
    for name, secret in compose["secrets"].items():
        assert (tmp_path / secret["file"]).stat().st_size > 0
        text = text.replace(f"/run/secrets/{name}", str(tmp_path / secret["file"]))
    assert "/run/secrets" not in text
    config = tmp_path / "sql-proxy.toml"
    config.write_text(text)
    done = subprocess.run([BINARY, "check", "-c", config], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("answer", "healthy"), [(b"S", True), (b"N", True), (b"E", False), (b"", False)])
def test_the_healthcheck_asks_and_listens(answer, healthy):
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = []

        def serve():
            peer, _ = server.accept()
            with peer:
                asked.append(peer.recv(8))
                peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        done = subprocess.run(
            [DOCKER / "healthcheck.sh", str(server.getsockname()[1])], capture_output=True, timeout=10, check=False)
        thread.join()
    assert asked == [(8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")]
    assert (done.returncode == 0) == healthy
