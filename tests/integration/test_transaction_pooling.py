"""Transaction pooling: a server connection for a transaction, and nobody can tell.

Every test plays on a pool of few connections. `Noise` is other clients that take all connections there are, so that the
client under test gets another one than before, used by somebody else meanwhile.
"""

import threading

import pytest

from harness import messages
from harness.proxy import configuration, database
from harness.wire import ServerError, types, wait_for

POOL_SIZE = 3


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres):
    config = configuration(postgres, **{"*": database(postgres, "transaction", pool_size=POOL_SIZE, pool_wait_timeout="3s")})
    # One worker, so that the order in which connections are used is known.
    config["server"]["threads"] = 1
    return module_proxy(config)


def pid(client):
    return client.value("SELECT pg_backend_pid()")


def occupy(clients, work=()):
    """Each of `clients` is in a transaction at the same time as the others, and does `work` there; returns their pids."""
    for client in clients:
        client.query("BEGIN")
        for sql in work:
            client.query(sql)
    pids = [pid(client) for client in clients]
    for client in clients:
        client.query("COMMIT")
    return pids


def move(proxy, client):
    """Makes `client` work on another server connection than before; requires that it is not pinned."""
    before = pid(client)
    with proxy.login() as other:
        other.query("BEGIN")
        other_pid = pid(other)
        if other_pid != before:
            with proxy.login() as third:
                # The connection that the client had last is busy while it looks for one.
                third.query("BEGIN")
                third_pid = pid(third)
                after = pid(client) if before in (other_pid, third_pid) else before
                third.query("COMMIT")
        else:
            after = pid(client)
        other.query("COMMIT")
    return before, after


def test_connections_are_shared(proxy):
    clients = [proxy.login() for _ in range(10)]
    try:
        pids = {pid(client) for _ in range(5) for client in clients}
        assert len(pids) <= POOL_SIZE
    finally:
        for client in clients:
            client.close()


def test_a_transaction_keeps_its_connection(proxy):
    with proxy.login() as client, proxy.login() as other:
        client.query("BEGIN")
        first = pid(client)
        for _ in range(5):
            assert pid(other) != first
            assert pid(client) == first
        client.query("COMMIT")


def test_a_pipeline_is_one_lease(proxy):
    with proxy.login() as client:
        for _ in range(3):
            client.send(messages.parse("SELECT pg_backend_pid()"), messages.bind(), messages.execute())
        client.send(messages.sync())
        rows = [m for m in client.ready() if m.type == "D"]
        assert len(rows) == 3 and len({m.body for m in rows}) == 1


# --- State follows the client -----------------------------------------------------------------------------------------

# name -> (what makes it, what shows it, what that shows, what it shows to a client without it)
STATE = {
    "setting": ("SET work_mem = '11MB'", "SHOW work_mem", "11MB", "4MB"),
    "reported-setting": ("SET DateStyle = 'German, DMY'", "SHOW DateStyle", "German, DMY", "ISO, MDY"),
    "setting-by-function": ("SELECT set_config('lock_timeout', '77s', false)", "SHOW lock_timeout", "77s", "0"),
    "setting-in-transaction": ("BEGIN; SET work_mem = '12MB'; COMMIT", "SHOW work_mem", "12MB", "4MB"),
    "setting-rolled-back": ("BEGIN; SET work_mem = '13MB'; COMMIT; BEGIN; SET work_mem = '14MB'; ROLLBACK", "SHOW work_mem", "13MB", "4MB"),
    "setting-before-savepoint": ("BEGIN; SET work_mem = '15MB'; SAVEPOINT s; SET work_mem = '16MB'; ROLLBACK TO s; COMMIT", "SHOW work_mem", "15MB", "4MB"),
    "setting-local": ("BEGIN; SET LOCAL work_mem = '17MB'; COMMIT", "SHOW work_mem", "4MB", "4MB"),
    "setting-reset": ("SET work_mem = '18MB'; RESET work_mem", "SHOW work_mem", "4MB", "4MB"),
    "setting-in-function": ("DO $$BEGIN PERFORM set_config('work_mem', '19MB', false); END$$", "SHOW work_mem", "19MB", "4MB"),
    "settings-discarded": ("SET work_mem = '20MB'; SET TimeZone = 'Asia/Tokyo'", None, None, None),
    "custom-setting": ("SET my.own = 'it''s \\ mine'", "SELECT coalesce(current_setting('my.own', true), '')", "it's \\ mine", ""),
    "search-path": ("SET search_path = pg_catalog, \"$user\"", "SHOW search_path", 'pg_catalog, "$user"', '"$user", public'),
    "time-zone": ("SET TIME ZONE 'Asia/Tokyo'", "SHOW TimeZone", "Asia/Tokyo", "UTC"),
    "transaction-default": ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SHOW default_transaction_read_only", "on", "off"),
    "role": ("SET ROLE pg_read_all_data", "SELECT current_user", "pg_read_all_data", "service"),
    "session-authorization": ("SET SESSION AUTHORIZATION service_md5", "SELECT session_user", "service_md5", "service"),
    "application-name": ("SET application_name = 'mine'", "SHOW application_name", "mine", ""),
    "sql-prepared": ("PREPARE p (int) AS SELECT 'mine ' || $1", "EXECUTE p(7)", "mine 7", None),
    "temporary-table": ("CREATE TEMP TABLE state AS SELECT 'mine'::text AS t", "SELECT t FROM pg_temp.state", "mine", None),
    "temporary-view": ("CREATE TEMP VIEW state_view AS SELECT 'mine'::text AS t", "SELECT t FROM pg_temp.state_view", "mine", None),
    "advisory-lock": ("SELECT pg_advisory_lock(4711)", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()", "1", "0"),
    "advisory-lock-in-function": ("DO $$BEGIN PERFORM pg_advisory_lock(4712); END$$", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()", "1", "0"),
    "advisory-lock-rolled-back": ("BEGIN; SELECT pg_advisory_lock(4713); ROLLBACK", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()", "1", "0"),
    "held-cursor": ("BEGIN; DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT 'mine'::text; COMMIT", "FETCH ABSOLUTE 1 FROM c", "mine", None),
    "prepared-in-function": ("DO $$BEGIN EXECUTE 'PREPARE made_inside AS SELECT 1'; END$$",
                             "SELECT count(*) FROM pg_prepared_statements WHERE name = 'made_inside'", "1", "0"),
    "temporary-in-function": ("DO $$BEGIN CREATE TEMP TABLE made_inside AS SELECT 'mine'::text AS t; END$$", "SELECT t FROM pg_temp.made_inside", "mine", None),
}


def outcome(client, sql):
    try:
        return client.value(sql)
    except ServerError:
        return None


@pytest.mark.parametrize("state", [name for name in STATE if STATE[name][1]])
def test_state_follows_the_client(proxy, state):
    make, look, expected, default = STATE[state]
    if "temp-buffers" in state:
        # Where temporary tables were used before, the server refuses it; what is idle is closed by a reload.
        proxy.reload_and_wait()
    with proxy.login() as client, proxy.login() as noise:
        received = client.query(make)
        assert "E" not in types(received), received
        for _ in range(3):
            # Another client on the same pool, at the same time and alone, neither sees nor disturbs it.
            noise.query("BEGIN")
            assert outcome(noise, look) == default
            noise.query("ROLLBACK")
            assert client.value(look) == expected
            noise.query("SET work_mem = '33MB'; SET TimeZone = 'Africa/Cairo'; SET my.own = 'noise'")
            assert client.value(look) == expected
            noise.query("RESET ALL; SET my.own = ''")
            client.query("BEGIN")
            assert client.value(look) == expected
            client.query("COMMIT")


@pytest.mark.parametrize("end", ["terminate", "close", "abort"])
@pytest.mark.parametrize("state", [name for name in STATE if STATE[name][1]])
def test_nothing_is_left_for_the_next_client(proxy, state, end):
    make, look, _, default = STATE[state]
    client = proxy.login()
    client.query(make)
    getattr(client, end)()
    successors = [proxy.login() for _ in range(POOL_SIZE)]
    try:
        # All of them at once, so that every connection of the pool is looked at.
        for successor in successors:
            successor.query("BEGIN")
        assert len({pid(successor) for successor in successors}) == POOL_SIZE
        for successor in successors:
            successor.query("SAVEPOINT s")
            assert outcome(successor, look) == default
            successor.query("ROLLBACK TO s")
        for successor in successors:
            successor.query("COMMIT")
    finally:
        for successor in successors:
            successor.close()


def test_start_up_settings_are_what_reset_returns_to(proxy):
    with proxy.login(parameters={"TimeZone": "Asia/Tokyo", "options": "-c work_mem=9MB", "application_name": "first"}) as client:
        with proxy.login(parameters={"TimeZone": "Africa/Cairo"}) as other:
            assert client.login_info.parameters["TimeZone"] == "Asia/Tokyo"
            assert client.login_info.parameters["application_name"] == "first"
            for _ in range(3):
                assert other.value("SHOW TimeZone") == "Africa/Cairo"
                assert other.value("SHOW application_name") == ""
                client.query("SET TimeZone = 'UTC'; SET work_mem = '10MB'")
                assert client.value("SHOW TimeZone") == "UTC"
                client.query("RESET ALL")
                assert client.value("SHOW TimeZone") == "Asia/Tokyo"
                assert client.value("SHOW work_mem") == "9MB"
                assert client.value("SHOW application_name") == "first"


def test_parameter_status_stays_true(proxy):
    with proxy.login() as client, proxy.login() as other:
        client.query("SET DateStyle = 'German'")
        other.query("SET DateStyle = 'SQL, DMY'; SET application_name = 'other'")
        for _ in range(3):
            for asked in (client, other):
                received = asked.query("SELECT 1")
                assert "S" not in types(received), received
            assert client.value("SHOW DateStyle") == "German, DMY"
            assert other.value("SHOW DateStyle") == "SQL, DMY"


def test_a_seed_that_code_has_set_is_nobody_elses(proxy, postgres):
    with postgres.admin() as direct:
        direct.value("SELECT setseed(0.5)")
        known = direct.value("SELECT random()")
    others = [proxy.login() for _ in range(POOL_SIZE - 1)]
    # There is no connection left that this one could have as its own.
    with proxy.login() as client, proxy.login() as other:
        client.query("DO $$BEGIN PERFORM setseed(0.5); END$$")
        assert client.value("SELECT random()") == known
        client.query("DO $$BEGIN PERFORM setseed(0.5); END$$")
        before = pid(client)
        assert other.value("SELECT random()") != known
        assert pid(other) == before
    for client in others:
        client.close()


def test_a_role_that_was_dropped_can_be_given_up(proxy, postgres):
    postgres.sql("CREATE ROLE short_lived; GRANT short_lived TO service")
    others = [proxy.login() for _ in range(POOL_SIZE - 1)]
    with proxy.login() as client, proxy.login() as other:
        client.query("SET ROLE short_lived; SET work_mem = '21MB'")
        assert client.value("SELECT current_user") == "short_lived"
        # Its connection is another's meanwhile, so that the role has to be set again.
        before = other.query("BEGIN; SET LOCAL work_mem = '1MB'") and other.query("COMMIT")
        assert "E" not in types(before)
        assert other.value("SELECT current_user") == "service"
        postgres.sql("DROP ROLE short_lived")
        for sql in ("SELECT 1", "SET ROLE short_lived", "SELECT 1"):
            with pytest.raises(ServerError) as refused:
                client.value(sql)
            assert "short_lived" in str(refused.value)
        received = client.query("RESET ROLE")
        assert types(received) == "SCZ", received  # is_superuser, as PostgreSQL would report it
        assert client.rows("SELECT current_user, current_setting('work_mem')") == [["service", "21MB"]]
    for client in others:
        client.close()


def test_temp_buffers_of_unseen_code_stay_with_the_client(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres, **{"*": database(postgres, "transaction", pool_size=2)}))
    with proxy.login() as client, proxy.login() as other:
        received = client.query("DO $$BEGIN PERFORM set_config('temp_buffers', '900', false); CREATE TEMP TABLE uses_them (a int); END$$")
        assert "E" not in types(received), received
        client.query("DROP TABLE uses_them")
        own = pid(client)
        for _ in range(3):
            assert other.value("SHOW temp_buffers") == "8MB"
            assert pid(other) != own
            assert client.value("SHOW temp_buffers") == "7200kB"
            client.query("CREATE TEMP TABLE uses_them AS SELECT 1; DROP TABLE uses_them")
            assert pid(client) == own
    wait_for(lambda: postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {own}") == "0", what="the end of the connection")


def test_the_wait_for_a_connection_is_audited(proxy):
    holders = [proxy.login() for _ in range(POOL_SIZE)]
    with proxy.login() as client:
        for holder in holders:
            holder.query("BEGIN")
        threading.Timer(0.3, lambda: holders[0].query("COMMIT")).start()
        assert client.value("SELECT 'waited'::text") == "waited"
        assert client.value("SELECT 'not waited'::varchar") == "not waited"
    for holder in holders:
        holder.close()
    waited = proxy.wait_for_audit(sql="SELECT $1::text")[-1]
    assert 200_000 < waited["queue_us"] < waited["total_us"]
    assert waited["proxy_us"] < 200_000 and waited["db_us"] < 200_000
    assert proxy.wait_for_audit(sql="SELECT $1::varchar")[-1]["queue_us"] == 0


# --- Pins end ---------------------------------------------------------------------------------------------------------

PINS = {
    "temporary-table": ("CREATE TEMP TABLE pinned (a int)", "DROP TABLE pinned"),
    "temporary-table-discarded": ("CREATE TEMP TABLE pinned (a int)", "DISCARD TEMP"),
    "on-commit-drop": ("BEGIN; CREATE TEMP TABLE pinned (a int) ON COMMIT DROP; COMMIT", "SELECT 1"),
    "advisory-lock": ("SELECT pg_advisory_lock_shared(1)", "SELECT pg_advisory_unlock_shared(1)"),
    "advisory-locks": ("SELECT pg_advisory_lock_shared(1), pg_advisory_lock_shared(2)", "SELECT pg_advisory_unlock_all()"),
    "held-cursor": ("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; COMMIT", "CLOSE c"),
    "prepared-in-function": ("DO $$BEGIN EXECUTE 'PREPARE made_inside AS SELECT 1'; END$$", "DEALLOCATE ALL"),
    "everything": ("CREATE TEMP TABLE pinned (a int); SELECT pg_advisory_lock_shared(1)", "DISCARD ALL"),
}


@pytest.mark.parametrize("pin", PINS)
def test_a_pin_ends_with_what_made_it(proxy, pin):
    make, end = PINS[pin]
    pinned = [proxy.login() for _ in range(POOL_SIZE)]
    try:
        for client in pinned:
            received = client.query(make)
            assert "E" not in types(received), received
        for client in pinned:
            received = client.query(end)
            assert "E" not in types(received), received
        with proxy.login() as free:
            assert free.value("SELECT 1") == "1"
    finally:
        for client in pinned:
            client.close()


def test_pinned_connections_are_not_shared(proxy):
    pinned = [proxy.login() for _ in range(POOL_SIZE)]
    other = proxy.login()
    try:
        for client in pinned:
            client.query("CREATE TEMP TABLE pinned (a int)")
        with pytest.raises(ServerError) as refused:
            other.value("SELECT 1")
        assert refused.value.sqlstate == "57014"
        # The session stays, and works as soon as there is a connection.
        pinned[0].query("DROP TABLE pinned")
        assert other.value("SELECT 1") == "1"
    finally:
        for client in [*pinned, other]:
            client.close()


def test_a_pinned_client_does_not_wait_for_probes(proxy, postgres):
    """What unseen code leaves is asked for now and then only, as long as the connection is the client's anyway."""
    postgres.sql("CREATE OR REPLACE FUNCTION ends_the_pin() RETURNS void LANGUAGE plpgsql AS $$BEGIN DROP TABLE pinned; END$$")
    pinned = [proxy.login() for _ in range(POOL_SIZE)]
    try:
        for client in pinned:
            client.query("CREATE TEMP TABLE pinned (a serial)")
        process, inserted = pid(pinned[0]), 0
        with postgres.admin() as admin:
            for _ in range(50):
                pinned[0].query("INSERT INTO pinned DEFAULT VALUES")
                inserted += admin.value(f"SELECT query LIKE 'INSERT%' FROM pg_stat_activity WHERE pid = {process}") == "t"
        assert inserted > 25
        for client in pinned:
            client.query("SELECT ends_the_pin()")
        with proxy.login() as free:
            assert free.value("SELECT 1") == "1"
    finally:
        for client in pinned:
            client.close()


# --- COPY -------------------------------------------------------------------------------------------------------------


def test_copy_that_fails_before_it_reads(proxy, postgres):
    """Drivers send Sync before they know that it is a COPY (protocol.md, 5.4); there has to be an answer to it."""
    postgres.sql("CREATE OR REPLACE VIEW no_copy AS SELECT 1 AS a")
    for pool in range(2 * POOL_SIZE):
        with proxy.login() as client:
            client.send(messages.parse("COPY no_copy FROM STDIN"), messages.bind(), messages.execute(), messages.sync())
            received = client.ready()
            assert types(received)[-2:] == "EZ" or list(types(received))[-2:] == ["E", "Z"]
            client.send(messages.copy_data(b"1\n"), messages.copy_done(), messages.sync())
            assert types(client.ready())[-1] == "Z"
            assert client.value("SELECT 1") == "1"


def test_many_clients_on_few_connections(proxy):
    """Each client sees its own settings and statements, thousands of times."""
    faults = []

    def work(number):
        try:
            with proxy.login() as client:
                client.query(f"SET my.number = '{number}'; SET statement_timeout = '{1000 + number}s'")
                client.send(messages.parse(f"SELECT {number} + $1::int", "mine"), messages.sync())
                client.ready()
                for turn in range(50):
                    client.send(messages.bind(statement="mine", values=[str(turn).encode()]), messages.execute(), messages.sync())
                    rows = [messages.decode(m) for m in client.ready() if m.type == "D"]
                    assert str(rows[0]).find(str(number + turn)) >= 0, rows
                    assert client.value("SELECT current_setting('my.number')") == str(number)
        except BaseException as fault:  # shown by the main thread
            faults.append((number, fault))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1000, 1020)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults, faults[:3]


# --- Process ids ------------------------------------------------------------------------------------------------------


def test_clients_go_by_server_processes_of_their_own(proxy):
    """As long as the pool has room; a client beyond it goes by a number that no process has."""
    clients = [proxy.login() for _ in range(POOL_SIZE + 1)]
    try:
        told = [client.login_info.pid for client in clients]
        assert len(set(told)) == POOL_SIZE + 1
        assert max(told[:POOL_SIZE]) < 1 << 22 <= told[POOL_SIZE]
        assert [int(pid(client)) for client in clients[:POOL_SIZE]] == told[:POOL_SIZE]
    finally:
        for client in clients:
            client.close()


def test_a_cancel_hits_a_statement_that_the_connection_lacked(proxy, postgres):
    """The Parse that the proxy sends in front of it is not answered before the statement's end: PostgreSQL keeps it back until the Sync."""
    with proxy.login() as client, proxy.login() as other:
        client.send(messages.parse("SELECT pg_sleep(71.5)", "slow"), messages.sync())
        client.ready()
        before = pid(client)
        # The connection that has it is somebody else's.
        other.query("BEGIN")
        holders = [other]
        while pid(holders[-1]) != before:
            holders.append(proxy.login())
            holders[-1].query("BEGIN")
        for holder in holders[:-1]:
            holder.query("ROLLBACK")
        client.send(messages.bind(statement="slow"), messages.execute(), messages.sync())
        wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(71.5)%' AND pid <> pg_backend_pid()") == "1")
        with proxy.connect() as canceller:
            canceller.send(messages.cancel_request(client.login_info.pid, client.login_info.key))
            assert canceller.read_to_end() == b""
        assert messages.error_fields(client.ready()[-2].body)["C"] == "57014"
        assert client.value("SELECT 'next'") == "next"
        for holder in holders:
            holder.close()


def test_a_client_whose_process_is_terminated_ends(proxy):
    """pg_terminate_backend of an idle client's process id ends that client and nobody else, as without the proxy."""
    victim, killer = proxy.login(), proxy.login()
    with victim, killer:
        assert killer.value(f"SELECT pg_terminate_backend({victim.login_info.pid})") == "t"
        victim.send(messages.query("SELECT 1"))
        error = victim.fatal()
        assert (error["C"], error["M"]) == ("57P01", "terminating connection due to administrator command")
        assert killer.value("SELECT 1") == "1"


def test_idle_clients_outlive_the_server(proxy, postgres):
    clients = [proxy.login() for _ in range(POOL_SIZE + 1)]
    try:
        postgres.restart()
        wait_for(lambda: proxy_answers(proxy), what="the proxy's way back to the server")
        assert [client.value("SELECT 1") for client in clients] == ["1"] * len(clients)
    finally:
        for client in clients:
            client.close()


def proxy_answers(proxy):
    try:
        with proxy.login() as client:
            return client.value("SELECT 1") == "1"
    except ServerError:
        return False
