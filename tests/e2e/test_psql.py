"""psql: scripts whose whole output, errors and notices included, is the same directly and through the proxy."""

import re
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent / "psql").glob("*.sql"))


def without_pids(text):
    return re.sub(r"(PID |pid=)\d+", r"\1N", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_script(same, script, tmp_path):
    output = same("psql", "-X", "-a", "-q", "-v", f"tmp={tmp_path}", "-f", script, normalize=without_pids)
    assert "the end" in output


def test_single_transaction_and_stop_on_error(same, tmp_path):
    script = tmp_path / "fails.sql"
    script.write_text("CREATE TABLE never_there (a int);\nSELECT 1/0;\nSELECT 'not reached';\n")
    same("psql", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-f", script, check=False)
    same("psql", "-X", "-c", "SELECT to_regclass('never_there')", "-c", "SELECT 2", "--csv")


def test_list_databases(same):
    same("psql", "-X", "-l")


def test_wrong_password_and_database(same):
    for options in ({"PGPASSWORD": "wrong"}, {"database": "no_such_database"}):
        # The address and the port are the only difference in libpq's message.
        same("psql", "-X", "-c", "SELECT 1", check=False, normalize=lambda text: re.sub(r"port \d+", "port N", text), **options)


def test_channel_binding_required(run, tls):
    if not tls:
        pytest.skip("channel binding needs TLS")
    assert "42" in run("psql", "-X", "-Atc", "SELECT 42", direct=False, PGCHANNELBINDING="require")
