"""Folders are layers (docs/architecture.md): which folder of src may include which, and where each library lives."""

import re

import pytest

from sources import text, under, without_comments

ALL = ["core", "config", "wire", "net", "pipeline", "audit", "identity", "backend", "frontend", "admin", "app"]
MAY_INCLUDE = {
    "core": [],
    "config": ["core"],
    "wire": ["core"],
    "net": ["core", "wire"],
    "pipeline": ["core"],
    "audit": ["core"],
    "identity": ["core", "config"],
    "backend": ["core", "config", "wire", "net", "pipeline"],
    "frontend": ["core", "config", "wire", "net", "pipeline", "audit", "identity", "backend"],
    "admin": ["core", "config", "wire", "net", "pipeline", "audit", "identity", "backend", "frontend"],
    "app": ALL,
    "main.cpp": ["core", "app"],
}
# The pipeline's inside is none of the backend's business: it loads catalogs and nothing more.
ONLY_HEADERS = {("backend", "pipeline"): re.compile(r"pipeline/catalog\w*\.hpp")}

ASIO_HOMES = ["net", "backend", "frontend", "admin", "app"]
LIBRARY_HOMES = [
    # Everybody may log; what the log looks like and where it goes is core's.
    (r"spdlog/(spdlog|fmt/\w+)\.h", ["core", "config", "wire", "net", "audit", "identity", "backend", "frontend", "admin", "app"]),
    (r"(spdlog|fmt)/.*", ["core"]),
    (r"toml\+\+/.*|toml\.hpp", ["config"]),
    (r"asio(\.hpp|/.*)", ASIO_HOMES),
    (r"openssl/.*", ["wire", "net", "audit", "identity"]),
    (r"libpq-fe\.h|libpq/.*", ["backend"]),
    (r"pg_query.*|postgres\.h|(nodes|parser|utils|catalog|access|common|lib|mb)/\w+\.h", ["pipeline"]),
    (r"xxhash\.h", ["pipeline"]),
    # Patterns of the configuration are checked where a fault has a place.
    (r"re2/.*", ["config", "pipeline"]),
    (r"zstd\.h", ["audit"]),
    (r"nlohmann/.*", ["identity", "admin", "app"]),
    (r"microhttpd\.h", ["admin"]),
    (r"CLI/.*", ["app", "main.cpp"]),
    (r"systemd/.*", ["app"]),
]
# Of the operating system; sockets and terminals are for the layers that do IO.
IO_HEADERS = r"(sys/(socket|un|epoll|eventfd)|netinet/\w+|netdb|poll|termios)\.h"
IO_HOMES = ["net", "backend", "frontend", "admin", "app"]
SYSTEM_HEADER = r"[a-z_0-9]+|(sys|netinet|arpa)/\w+\.h|(\w+)\.h"

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def own_include_fault(home, target):
    """Why a file of folder `home` may not include our header `target`, or None."""
    layer = target.split("/")[0]
    if layer not in MAY_INCLUDE:
        return f'"{target}" is not written from src/ on'
    if layer != home and layer not in MAY_INCLUDE[home]:
        return f'{home} is below or beside {layer}: it may not include "{target}"'
    only = ONLY_HEADERS.get((home, layer))
    if only and not only.fullmatch(target):
        return f'of {layer}, {home} may include only {only.pattern}, not "{target}"'
    return None


def library_include_fault(home, target):
    """Why a file of folder `home` may not include the library's or system's header `target`, or None."""
    if re.fullmatch(IO_HEADERS, target):
        return None if home in IO_HOMES else f"{home} does no IO: it may not include <{target}>"
    for pattern, homes in LIBRARY_HOMES:
        if re.fullmatch(pattern, target):
            return None if home in homes else f"<{target}> lives in {', '.join(homes)}, not in {home}"
    if re.fullmatch(SYSTEM_HEADER, target):
        return None
    return f"<{target}> is a library without a home: name one in tests/structure/test_layers.py and docs/architecture.md"


def include_faults(home, source):
    for own, library in INCLUDE.findall(without_comments(source)):
        fault = own_include_fault(home, own) if own else library_include_fault(home, library)
        if fault:
            yield fault


def home_of(path):
    return path.parts[1]


SOURCES = under("src", ".hpp", ".cpp")


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_includes_point_down(path):
    assert list(include_faults(home_of(path), text(path))) == []


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_namespace_is_the_folder(path):
    if home_of(path) in ("main.cpp",):
        return
    namespaces = re.findall(r"^namespace sqlproxy(?:::(\w+))?", text(path), re.MULTILINE)
    assert all(name == home_of(path) for name in namespaces), namespaces


def test_no_include_cycles():
    graph = {str(path): {f"src/{own}" for own, _ in INCLUDE.findall(without_comments(text(path))) if own} for path in SOURCES}
    done, open_now = set(), []

    def visit(node):
        if node in open_now:
            return open_now[open_now.index(node):] + [node]
        if node in done:
            return None
        open_now.append(node)
        for target in sorted(graph.get(node, ())):
            if cycle := visit(target):
                return cycle
        open_now.pop()
        done.add(node)
        return None

    for node in graph:
        assert visit(node) is None


@pytest.mark.parametrize(
    ("home", "line"),
    [
        ("core", '#include "wire/frame.hpp"'),
        ("wire", '#include "pipeline/analysis.hpp"'),
        ("pipeline", "#include <asio/ip/tcp.hpp>"),
        ("pipeline", "#include <sys/socket.h>"),
        ("backend", '#include "pipeline/policy.hpp"'),
        ("frontend", "#include <toml++/toml.h>"),
        ("net", '#include "frame.hpp"'),
        ("net", "#include <curl/curl.h>"),
        ("pipeline", "#include <spdlog/spdlog.h>"),
        ("net", "#include <spdlog/sinks/stdout_sinks.h>"),
        ("config", "#include <openssl/evp.h>"),
    ],
)
def test_a_wrong_include_is_seen(home, line):
    assert list(include_faults(home, f"#pragma once\n{line}\n"))


@pytest.mark.parametrize(
    ("home", "line"),
    [
        ("core", "#include <string_view>"),
        ("core", '// #include "wire/frame.hpp"'),
        ("net", '#include "wire/frame.hpp"'),
        ("backend", '#include "pipeline/catalog_snapshot.hpp"'),
        ("net", "#include <asio/ip/tcp.hpp>"),
        ("core", "#include <sys/random.h>"),
    ],
)
def test_a_right_include_passes(home, line):
    assert not list(include_faults(home, f"#pragma once\n{line}\n"))
