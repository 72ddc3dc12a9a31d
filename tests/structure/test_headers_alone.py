"""Every header compiles with nothing included before it."""

import concurrent.futures
import os
import subprocess

import pytest

from sources import ROOT, text, under

COMPILER = os.environ.get("SP_CLANG", "clang++-19")
FLAGS = [
    "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-pragma-once-outside-header",
    f"-I{ROOT}/src", f"-I{ROOT}",
    "-isystem/usr/include/postgresql", "-isystem/usr/include/postgresql/15/server", "-isystem/usr/include/pg_query",
    "-DASIO_STANDALONE", "-DASIO_SEPARATE_COMPILATION", "-DASIO_HAS_CO_AWAIT", "-DASIO_HAS_STD_COROUTINE",
    "-DASIO_NO_DEPRECATED",
]
HEADERS = [path for folder in ("src", "tests") for path in under(folder, ".hpp")]


def compile_alone(source, language="c++-header"):
    """Empty when the text of a header compiles, else the compiler's words."""
    done = subprocess.run(
        [COMPILER, *FLAGS, "-x", language, "-"], input=source, capture_output=True, text=True, timeout=120, check=False)
    return "" if done.returncode == 0 else done.stderr


@pytest.fixture(scope="session")
def verdicts():
    workers = len(os.sched_getaffinity(0))
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return dict(zip(HEADERS, pool.map(lambda path: compile_alone(f'#include "{ROOT / path}"\n'), HEADERS)))


@pytest.mark.parametrize("path", HEADERS, ids=str)
def test_header_compiles_alone(path, verdicts):
    assert verdicts[path] == ""


@pytest.mark.parametrize("path", HEADERS, ids=str)
def test_header_has_pragma_once(path):
    code = [line for line in text(path).splitlines() if line.strip() and not line.startswith("//")]
    assert code and code[0] == "#pragma once"


def test_a_header_that_leans_on_others_is_seen():
    assert "string" in compile_alone("inline std::string name() { return {}; }\n")
