"""Drivers of several languages: each a small program that prints what it sees, run directly and through the proxy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
JDBC = Path(os.environ.get("SP_PGJDBC", "/usr/share/java/postgresql.jar"))
NODE_PATH = os.environ.get("NODE_PATH", f"{ROOT}/build/node/node_modules:/usr/share/nodejs:/usr/lib/nodejs")


@pytest.mark.parametrize("program", ["psycopg/psycopg2_program.py", "psycopg/psycopg3_program.py", "asyncpg/program.py"])
def test_python(same, program):
    # -P: the folder's name must not hide the package of the same name.
    assert "the end" in same(sys.executable, "-P", HERE / program)


@pytest.fixture(scope="session")
def java_classes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pgjdbc")
    subprocess.run(["javac", "-cp", JDBC, "-d", folder, HERE / "pgjdbc/Program.java"], check=True, capture_output=True, text=True)
    return folder


@pytest.mark.slow
def test_pgjdbc(same, java_classes):
    assert "the end" in same("java", "-XX:TieredStopAtLevel=1", "-cp", f"{java_classes}:{JDBC}", "Program")


def test_node_postgres(same):
    assert shutil.which("node"), "Node.js is missing: scripts/test.sh installs it"
    assert "the end" in same("node", HERE / "node/program.js", NODE_PATH=NODE_PATH, NODE_NO_WARNINGS=1)
