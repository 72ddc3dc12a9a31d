"""More clients, libraries and frameworks: each a small program that prints what it sees, run directly and through the proxy.

docs/clients.md lists them. Those marked every_client come from another package manager than Debian's: scripts/e2e.sh
installs them.
"""

import glob
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BUILD = Path(os.environ.get("SP_E2E_BUILD", HERE.parents[1] / "build/e2e"))
ODBC_DRIVER = next(iter(glob.glob("/usr/lib/*/odbc/psqlodbcw.so")), "psqlodbcw.so")

PROGRAMS = {
    "sqlalchemy": [sys.executable, "-P", HERE / "sqlalchemy/program.py"],
    "django": [sys.executable, "-P", HERE / "django/program.py"],
    "ruby-pg": ["ruby", HERE / "ruby/pg_program.rb"],
    "activerecord": ["ruby", HERE / "ruby/activerecord_program.rb"],
    "pdo": ["php", HERE / "php/program.php"],
    "dbd-pg": ["perl", HERE / "perl/program.pl"],
    "odbc": [sys.executable, "-P", HERE / "odbc/program.py", ODBC_DRIVER],
}
NODE_PROGRAMS = ["pg_streams", "postgres_js", "prisma", "typeorm", "drizzle"]


def built(*command, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", PROGRAMS)
def test_packaged_client(same, name):
    assert "the end" in same(*PROGRAMS[name])


@pytest.fixture(scope="session")
def libpq_program(tmp_path_factory):
    program = tmp_path_factory.mktemp("libpq") / "program"
    built("clang-19", "-Wall", "-Wextra", "-Werror", "-I/usr/include/postgresql", HERE / "libpq/program.c", "-lpq", "-o", program)
    return program


def test_libpq(same, libpq_program):
    assert "the end" in same(libpq_program)


@pytest.fixture(scope="session")
def go_programs():
    folder = BUILD / "go"
    folder.mkdir(parents=True, exist_ok=True)
    built("go", "build", "-o", f"{folder}/", "./...", cwd=HERE / "go", env=os.environ | {"GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"})
    return folder


@pytest.mark.every_client
@pytest.mark.parametrize("name", ["pgx", "database_sql"])
def test_go(same, go_programs, name):
    assert "the end" in same(go_programs / name)


@pytest.fixture(scope="session")
def rust_program():
    built("cargo", "build", "--locked", "--manifest-path", HERE / "rust/Cargo.toml", "--target-dir", BUILD / "rust")
    return BUILD / "rust/debug/e2e-tokio-postgres"


@pytest.mark.every_client
def test_tokio_postgres(same, rust_program):
    assert "the end" in same(rust_program)


@pytest.mark.every_client
@pytest.mark.parametrize("name", NODE_PROGRAMS)
def test_node(same, name):
    assert "the end" in same("node", HERE / f"node/{name}.js", NODE_PATH=BUILD / "node/node_modules", NODE_NO_WARNINGS=1)
