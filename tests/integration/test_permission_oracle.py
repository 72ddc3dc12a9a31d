"""A sample of scripts/permission_oracle.sh: what PostgreSQL asks permissions for is named by the audit, for the corpus of test_columns.py.

The whole, PostgreSQL's regression suite, is run by hand: docs/conformance.md.
"""

import os
import shutil
import subprocess
import sys

import pytest

import column_corpus as corpus
from harness.postgres import BINARIES, Postgres
from harness.proxy import ROOT, SERVICE_PASSWORD, SERVICE_USER, Proxy, configuration, database

sys.path.insert(0, str(ROOT / "scripts/lib"))

from conformance import permissions  # noqa: E402

MODULE = ROOT / "scripts/lib/conformance/permission_log.c"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("module")
    for part in (folder, *folder.parents[:3]):
        os.chmod(part, part.stat().st_mode | 0o055)
    include = subprocess.run([BINARIES / "pg_config", "--includedir-server"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([shutil.which("cc") or "clang-19", "-O1", "-w", "-fPIC", "-shared", f"-I{include}", "-o", folder / "permission_log.so", MODULE], check=True)
    postgres = Postgres(settings={"session_preload_libraries": f"'{folder}/permission_log.so'"})
    try:
        postgres.start()
        postgres.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        postgres.sql(f"CREATE DATABASE {permissions.DATABASE}")
        postgres.sql(corpus.SCHEMA, permissions.DATABASE)
        yield postgres
    finally:
        postgres.stop("immediate")


def run_all(client):
    """Each statement as a Query, undone. A Bind checks within an error context, as functions do: the library leaves it out."""
    for statement in corpus.STATEMENTS:
        client.query("BEGIN")
        received = client.query(statement)
        assert not [m for m in received if m.type == "E"], (statement, received)
        client.query("ROLLBACK")


def test_the_audit_names_what_the_server_asks_permissions_for(server, pool_mode):
    config = configuration(server, **{"*": database(server, pool_mode)})
    config["audit"] = {**config.get("audit", {}), "log_sql": "raw"}
    proxy = Proxy(config)
    try:
        proxy.start()
        with proxy.login(database=permissions.DATABASE) as client:
            run_all(client)
        proxy.wait_for_audit(3 * len(corpus.STATEMENTS), kind="statement")
        events = proxy.audit_events(kind="statement")
    finally:
        proxy.stop()
    at = permissions.Messages(events)
    checked, holes = 0, []
    for line in permissions.load(server.folder / "data/permissions.jsonl"):
        if line["sql"] not in corpus.STATEMENTS:
            continue
        checked += 1
        found = at.at(line["pid"], line["began"] + permissions.EPOCH)
        holes += [(line["sql"], what) for relation in line["relations"] for what in permissions.missing(relation, found)]
    assert checked > 200
    assert not holes
