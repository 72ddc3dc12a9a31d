"""Large texts are analysed on another thread: their session waits, in order, and nobody else does."""

import threading

import pytest

import shop
from harness import messages
from harness.wire import only_error, types

# Within all limits, and as costly to parse as texts get: about 50 ms and more.
COSTLY = "SELECT " + "+".join(["1"] * 140_000)
LONG = "SELECT '" + "x" * 200_000 + "'"
DENIED = "SELECT note FROM hr.salaries WHERE note <> '" + "y" * 100_000 + "'"
WRONG = "SELECT '" + "z" * 100_000 + "' FORM orders x y"


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode):
    shop.create(postgres)
    config = shop.shop_configuration(postgres, pool_mode)
    config["server"]["threads"] = 1
    return module_proxy(config)


@pytest.fixture
def client(proxy):
    with shop.log_in(proxy, "ann") as opened:
        yield opened


def test_answers_come_in_order(client):
    client.send(messages.query("SELECT 1"), messages.query(LONG), messages.query(DENIED), messages.query("SELECT 2"), messages.query(WRONG), messages.query(LONG), messages.query("SELECT 3"))
    received = client.ready(7)
    assert types(received) == "TDCZ" + "TDCZ" + "EZ" + "TDCZ" + "EZ" + "TDCZ" + "TDCZ"
    errors = [messages.error_fields(m.body)["C"] for m in received if m.type == "E"]
    assert errors == ["42501", "42601"]
    rows = [messages.data_row(m.body)[0] for m in received if m.type == "D"]
    assert [len(r) for r in rows] == [1, 200_000, 1, 200_000, 1]


def test_in_the_extended_protocol(client):
    client.send(messages.parse(LONG, "big"), messages.bind(statement="big"), messages.execute(), messages.sync(), messages.parse(DENIED), messages.bind(), messages.execute(), messages.sync(), messages.query("SELECT 1"))
    assert types(client.ready(3)) == "12DCZ" + "EZ" + "TDCZ"
    client.send(messages.bind(statement="big"), messages.execute(), messages.sync())
    assert types(client.ready()) == "2DCZ"


def test_in_a_transaction_a_denial_aborts_it(client):
    assert client.query("BEGIN")[-1].body == b"T"
    assert client.query(LONG)[-1].body == b"T"
    received = client.query(DENIED)
    assert only_error(received)["C"] == "42501" and received[-1].body == b"E"
    assert only_error(client.query(LONG))["C"] == "25P02"
    assert client.query("ROLLBACK")[-1].body == b"I"


def test_one_event_for_each(proxy):
    with shop.log_in(proxy, "ann", parameters={"application_name": "large-texts"}) as client:
        for sql in (LONG, DENIED, LONG, WRONG):
            client.query(sql)
    events = proxy.wait_for_audit(4, kind="statement", application_name="large-texts")
    assert [(e["statement_type"], e["decision"]) for e in events] == [("SELECT", "allow"), ("SELECT", "deny"), ("SELECT", "allow"), ("UNPARSED", "deny")]


def test_many_at_once_and_sessions_that_leave_meanwhile(proxy):
    """Each gets its own answer; who goes away while its text is analysed leaves nothing behind."""
    faults = []

    def work(number):
        try:
            with shop.log_in(proxy, "ann") as client:
                for turn in range(3):
                    text = f"SELECT {number * 10 + turn}, '" + "w" * 30_000 + "'"
                    rows = client.rows(text)
                    assert int(rows[0][0]) == number * 10 + turn
                client.send(messages.query(COSTLY))
                client.abort()
        except Exception as fault:  # noqa: BLE001
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with shop.log_in(proxy, "ann") as client:
        assert client.value("SELECT 1") == "1"
    proxy.check_alive()


def test_reload_while_a_text_waits(proxy):
    """The policy that is newest when the analysis is there decides."""
    with shop.log_in(proxy, "ann") as client:
        client.send(messages.query(COSTLY), messages.query(LONG))
        proxy.reload_and_wait()
        received = client.ready(2)
        assert received[-1].type == "Z" and types(received).endswith("TDCZ")
