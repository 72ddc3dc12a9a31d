"""policy.mode = "observe": what would be denied runs, and the audit says which rule would have denied it, and why."""

import pytest

import shop
from harness import messages
from harness.wire import only_error, types


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode):
    shop.create(postgres)
    config = shop.shop_configuration(postgres, pool_mode)
    config["policy"]["mode"] = "observe"
    return module_proxy(config)


def _log_in(proxy, who, name):
    return shop.log_in(proxy, who, parameters={"application_name": name})


def _events(proxy, name, count=1, **wanted):
    return proxy.wait_for_audit(count, kind="statement", application_name=name, **wanted)


def test_a_denial_is_executed_and_told_apart(proxy):
    with _log_in(proxy, "ann", "observe-simple") as client:
        received = client.query("SELECT note FROM hr.salaries")
        assert types(received) == "TDCZ" and shop.SECRET.encode() in client.received
        client.query("SELECT id FROM orders")
    with _log_in(proxy, "bob", "observe-rule") as client:
        assert types(client.query("UPDATE public.orders SET total = total WHERE id = 1")) == "CZ"
    observed, allowed = _events(proxy, "observe-simple", 2)
    assert (observed["decision"], observed["status"], observed["sqlstate"], observed["rows_returned"]) == ("observe", "ok", None, 1)
    assert observed["matched_rule"] is None and observed["reason"] == "No policy rule allows SELECT on hr.salaries."
    assert (allowed["decision"], allowed["matched_rule"]) == ("allow", "analysts-read-sales")
    (blocked,) = _events(proxy, "observe-rule")
    assert (blocked["decision"], blocked["matched_rule"], blocked["specificity"]) == ("observe", "bob-no-update", 111)
    assert (blocked["status"], blocked["rows_affected"]) == ("ok", 1)


def test_in_the_extended_protocol_and_by_execute(proxy):
    with _log_in(proxy, "ann", "observe-extended") as client:
        client.send(messages.parse("SELECT note FROM hr.salaries", "s1"), messages.bind(statement="s1"), messages.execute(), messages.sync())
        assert types(client.ready()) == "12DCZ"
        client.query("PREPARE p1 AS SELECT note FROM hr.salaries")
        assert types(client.query("EXECUTE p1")) == "TDCZ"
    events = _events(proxy, "observe-extended", 3)
    assert [(e["sub_type"], e["decision"], e["status"]) for e in events] == [("SELECT", "observe", "ok"), ("PREPARE", "observe", "ok"), ("EXECUTE", "observe", "ok")]
    assert {e["reason"] for e in events} == {"No policy rule allows SELECT on hr.salaries."}


def test_function_calls_and_dangerous_functions(proxy, postgres):
    oid = int(postgres.value("SELECT 'pg_catalog.query_to_xml'::regproc::oid", "shop"))
    with _log_in(proxy, "ann", "observe-functions") as client:
        client.send(messages.function_call(oid, ["SELECT note FROM hr.salaries", "f", "f", ""], formats=[0], result_format=0))
        assert types(client.ready()) == "VZ" and shop.SECRET.encode() in client.received
        client.query("SET role = 'service'")
        assert types(client.query("SELECT pg_read_file('PG_VERSION')")) == "TDCZ"
    events = _events(proxy, "observe-functions", 3)
    assert [(e["decision"], e["status"]) for e in events] == [("observe", "ok")] * 3


def test_the_servers_own_errors_stay(proxy):
    with _log_in(proxy, "nemo", "observe-errors") as client:
        error = only_error(client.query("SELECT * FROM absent_table"))
        assert error["C"] == "42P01"
    (event,) = _events(proxy, "observe-errors")
    assert (event["decision"], event["status"], event["sqlstate"]) == ("observe", "error", "42P01")


def test_what_is_not_the_policys_stays_refused(proxy):
    with _log_in(proxy, "ann", "observe-refused") as client:
        for sql, sqlstate in [("SELEC 1", "42601"), ("SELECT " + "(" * 2000 + "1" + ")" * 2000, "54001"), ("SELECT 1" + ";SELECT 1" * 5000, "54000"), ("SELECT '" + "x" * (1 << 20) + "'", "54000")]:
            assert only_error(client.query(sql))["C"] == sqlstate
        client.send(messages.function_call(4294967290, [], formats=[0], result_format=0))
        client.ready()
        assert client.value("SELECT 1") == "1"
    for event in _events(proxy, "observe-refused", 4, statement_type="UNPARSED"):
        assert (event["decision"], event["status"]) == ("deny", "denied")


@pytest.mark.parametrize("options", [{"unparsed": "allow", "default": "allow"}, {}], ids=["open", "closed"])
def test_unparsed_texts_are_not_observed(start_proxy, postgres, pool_mode, options):
    """A rule that blocks anything keeps texts that nobody can read away from the server, in this mode too."""
    config = shop.shop_configuration(postgres, pool_mode)
    config["policy"].update(mode="observe", **options)
    proxy = start_proxy(config)
    with shop.log_in(proxy, "bob") as client:
        error = only_error(client.query("SELECT JSON_OBJECT('a': (SELECT note FROM hr.salaries))"))
        assert error["C"] == "42601" and "event" in error["H"]


def test_reload_between_the_modes(start_proxy, postgres, pool_mode):
    """Statements that were prepared before are judged by the mode of the moment at which they run."""
    proxy = start_proxy(shop.shop_configuration(postgres, pool_mode))
    with shop.log_in(proxy, "ann") as client:
        def prepared():
            client.send(messages.bind(statement="s1"), messages.execute(), messages.sync())
            return types(client.ready())

        assert only_error(client.query("SELECT note FROM hr.salaries"))["C"] == "42501"
        proxy.config["policy"]["mode"] = "observe"
        proxy.reload_and_wait()
        client.send(messages.parse("SELECT note FROM hr.salaries", "s1"), messages.sync())
        assert types(client.ready()) == "1Z"
        assert prepared() == "2DCZ"
        proxy.config["policy"]["mode"] = "enforce"
        proxy.reload_and_wait()
        assert prepared() == "EZ"
        assert only_error(client.query("SELECT note FROM hr.salaries"))["C"] == "42501"
        proxy.config["policy"]["mode"] = "observe"
        proxy.reload_and_wait()
        assert prepared() == "2DCZ"
