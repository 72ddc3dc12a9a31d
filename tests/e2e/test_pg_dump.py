"""pg_dump and pg_restore: the dump through the proxy is the dump, and restores to the same."""

import re
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def source(e2e_database):
    e2e_database.sql("DROP DATABASE IF EXISTS dumped WITH (FORCE)")
    e2e_database.sql("CREATE DATABASE dumped OWNER service")
    e2e_database.sql("SET ROLE service; " + (Path(__file__).parent / "pg_dump/schema.sql").read_text(), "dumped")
    return "dumped"


@pytest.fixture
def target(e2e_database):
    e2e_database.sql("DROP DATABASE IF EXISTS restored WITH (FORCE)")
    e2e_database.sql("CREATE DATABASE restored OWNER service")
    yield "restored"
    e2e_database.sql("DROP DATABASE IF EXISTS restored WITH (FORCE)")


def comparable(dump):
    # The key of \restrict is random on purpose.
    return re.sub(r"^\\(un)?restrict \w+$", r"\\\1restrict", dump, flags=re.MULTILINE)


@pytest.mark.parametrize("options", [(), ("--inserts", "--rows-per-insert=50"), ("--column-inserts", "--no-comments"), ("--schema-only",), ("--data-only", "--disable-triggers"), ("--serializable-deferrable",), ("-n", "app", "--no-owner")], ids=" ".join)
def test_plain_dump(same, source, options):
    dump = same("pg_dump", *options, database=source, normalize=comparable)
    assert "PostgreSQL database dump complete" in dump


@pytest.mark.parametrize("style", ["custom", "directory-2-jobs", "tar", "plain"])
def test_dump_and_restore_through_the_proxy(run, source, target, style, tmp_path):
    file = tmp_path / "dump"
    if style == "plain":
        run("pg_dump", "-f", file, database=source, direct=False)
        run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file, database=target, direct=False)
    else:
        run("pg_dump", "-F", style[0], *(["-j", "2"] if "jobs" in style else []), "-f", file, database=source, direct=False)
        run("pg_restore", "-d", target, "--exit-on-error", *(["-j", "2"] if style != "tar" else []), file, database=target, direct=False)
    assert comparable(run("pg_dump", database=target, direct=True)) == comparable(run("pg_dump", database=source, direct=True))
