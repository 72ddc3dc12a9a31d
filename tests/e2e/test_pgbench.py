"""pgbench in its three protocols: every transaction counts, and the books balance."""

import re

import pytest

CLIENTS, TRANSACTIONS = 8, 40


@pytest.fixture(scope="module")
def initialized(e2e_database, proxy):
    return []


@pytest.fixture
def bench(run, initialized, e2e_database):
    if not initialized:
        run("pgbench", "-i", "-q", "-s", "2", direct=False)
        initialized.append(True)

    def measure(*options, transactions=CLIENTS * TRANSACTIONS):
        output = run("pgbench", "-n", "-c", CLIENTS, "-j", "2", "-t", TRANSACTIONS, *options, direct=False)
        assert f"number of transactions actually processed: {transactions}/{transactions}" in output
        assert re.search(r"number of failed transactions: 0 \(", output), output
        assert "ERROR" not in output and "aborted" not in output

    return measure


def books(server):
    return server.sql("""SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(bbalance) FROM pgbench_branches),
        (SELECT sum(tbalance) FROM pgbench_tellers), (SELECT coalesce(sum(delta), 0) FROM pgbench_history), (SELECT count(*) FROM pgbench_history)""", "e2e")[0]


@pytest.mark.parametrize("protocol", ["simple", "extended", "prepared"])
def test_tpcb(bench, protocol, e2e_database):
    before = int(books(e2e_database)[4]) if e2e_database.value("SELECT to_regclass('pgbench_history') IS NOT NULL", "e2e") == "t" else 0
    bench("-M", protocol)
    accounts, branches, tellers, deltas, count = books(e2e_database)
    assert accounts == branches == tellers == deltas
    assert int(count) == before + CLIENTS * TRANSACTIONS


@pytest.mark.parametrize("protocol", ["simple", "extended", "prepared"])
def test_select_only(bench, protocol):
    bench("-M", protocol, "-S")


@pytest.mark.parametrize("protocol", ["simple", "prepared"])
def test_a_connection_for_each_transaction(bench, protocol):
    bench("-C", "-S", "-M", protocol, "-t", "5", transactions=CLIENTS * 5)


def test_pipeline_mode(bench, tmp_path):
    script = tmp_path / "pipeline.sql"
    script.write_text("\\set aid random(1, 1000)\n\\startpipeline\n" + "SELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n" * 20 + "\\endpipeline\n")
    bench("-M", "extended", "-f", script)
    bench("-M", "prepared", "-f", script)
