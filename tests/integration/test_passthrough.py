"""identity = "passthrough": the server's own users, who are themselves on the server too."""

import signal
import socket
import time

import pytest

from harness import messages, scram
from harness.postgres import BINARIES, Postgres
from harness.proxy import SERVICE_USER, configuration, database, user
from harness.wire import ServerError, tls_context, types, wait_for

PASSWORD = "own-Password-1"
NEW_PASSWORD = "own-Password-2"
# What the proxy looks verifiers up with.
LOOKUP_USER = "lookup"
LOOKUP_PASSWORD = "lookup-Password-1"

HBA = [
    "host all hashed_md5 127.0.0.1/32 md5",
    "host all refused 127.0.0.1/32 reject",
    "host all all 127.0.0.1/32 scram-sha-256",
]

ROLES = f"""
CREATE ROLE {LOOKUP_USER} LOGIN SUPERUSER PASSWORD '{LOOKUP_PASSWORD}';
CREATE ROLE {SERVICE_USER} LOGIN PASSWORD 'service-Password-1';
CREATE ROLE ann LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE bob LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE "Odd ""name'é" LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE refused LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE no_login NOLOGIN PASSWORD '{PASSWORD}';
CREATE ROLE no_password LOGIN;
CREATE ROLE expired LOGIN PASSWORD '{PASSWORD}' VALID UNTIL '2020-01-01';
CREATE ROLE never LOGIN PASSWORD '{PASSWORD}' VALID UNTIL '-infinity';
CREATE ROLE forever LOGIN PASSWORD '{PASSWORD}' VALID UNTIL 'infinity';
CREATE ROLE later LOGIN PASSWORD '{PASSWORD}' VALID UNTIL '2999-01-01';
SET password_encryption = 'md5';
CREATE ROLE hashed_md5 LOGIN PASSWORD '{PASSWORD}';
"""


@pytest.fixture(scope="module")
def server(certificates):
    postgres = Postgres(certificates=certificates, hba=HBA).start()
    postgres.sql(ROLES)
    yield postgres
    postgres.stop()


def passthrough(server, **more):
    return database(server, **{"user": LOOKUP_USER, "password": LOOKUP_PASSWORD, "identity": "passthrough"} | more)


def passthrough_config(server, *, users=None, method="scram-sha-256", **more):
    """Databases: `postgres` by passthrough, `served` (the same one) by the service account."""
    config = configuration(server, users=users or [user("served_user", PASSWORD)])
    config["databases"] = {"postgres": passthrough(server, **more), "served": database(server, dbname="postgres")}
    config["auth"]["method"] = method
    return config


@pytest.fixture(scope="module")
def proxy(module_proxy, server, certificates):
    config = passthrough_config(server)
    config["server"]["tls"] = {"mode": "prefer", "cert": certificates.path("server.crt"), "key": certificates.path("server.key")}
    return module_proxy(config)


def refusal(proxy, name, password, *, database="postgres", tls=None, **options):
    with proxy.connect() as client:
        if tls:
            client.request_tls(tls)
        with pytest.raises(ServerError) as caught:
            client.login(name, password, database=database, **options)
        assert client.read_to_end() == b""
        return types(client.login_info.messages), caught.value.fields


def assert_own_identity(proxy, name, password=PASSWORD):
    with proxy.login(name, password) as client:
        assert client.rows("SELECT current_user, session_user")[0] == [name, name]


# --- Who one is -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ann", "bob", "forever", "later", "Odd \"name'é"])
def test_clients_are_themselves_on_the_server(proxy, name):
    assert_own_identity(proxy, name)


def test_rights_are_the_users_own(proxy, server):
    server.sql("CREATE TABLE IF NOT EXISTS only_ann (id int); REVOKE ALL ON only_ann FROM public; GRANT SELECT ON only_ann TO ann")
    with proxy.login("ann", PASSWORD) as client:
        assert client.rows("SELECT * FROM only_ann") == []
    with proxy.login("bob", PASSWORD) as client:
        assert client.error("SELECT * FROM only_ann")["C"] == "42501"


def test_service_mode_stays_as_it_is(proxy):
    with proxy.login("served_user", PASSWORD, database="served") as client:
        assert client.value("SELECT current_user") == SERVICE_USER
    # The server's users are nobody there, and the configuration's are nobody here.
    assert refusal(proxy, "ann", PASSWORD, database="served")[1]["C"] == "28P01"
    assert refusal(proxy, "served_user", PASSWORD)[1]["C"] == "28P01"


def test_configured_roles_hold(start_proxy, server):
    """The password is the server's all the same."""
    config = passthrough_config(server, users=[user("ann", "another", roles=["readers"]), user("served_user", PASSWORD)])
    proxy = start_proxy(config)
    assert refusal(proxy, "ann", "another")[1]["C"] == "28P01"
    assert_own_identity(proxy, "ann")
    assert_own_identity(proxy, "bob")
    by_user = {event["user"]: event for event in proxy.wait_for_audit(2, kind="connect")}
    assert by_user["ann"]["roles"] == ["readers"]
    assert by_user["bob"]["roles"] == [] and by_user["bob"]["tenant"] == "default"


def test_names_are_resolved_as_the_clients_own_user(start_proxy, server):
    """search_path's "$user" and ALTER ROLE ... SET are the client's, for the policy too."""
    server.sql("""CREATE SCHEMA IF NOT EXISTS ann AUTHORIZATION ann; CREATE TABLE IF NOT EXISTS ann.things (v text);
        GRANT SELECT ON ann.things TO public; GRANT USAGE ON SCHEMA ann TO public;
        CREATE TABLE IF NOT EXISTS public.things (v text); GRANT SELECT ON public.things TO public;
        TRUNCATE ann.things, public.things; INSERT INTO ann.things VALUES ('ann''s'); INSERT INTO public.things VALUES ('public');
        DROP ROLE IF EXISTS with_path; CREATE ROLE with_path LOGIN PASSWORD 'own-Password-1'; ALTER ROLE with_path SET search_path = ann""")
    config = passthrough_config(server)
    config["policies"] = [{"id": "public-only", "users": ["*"], "schema": "public", "statements": ["SELECT"], "action": "allow"}]
    proxy = start_proxy(config)
    with proxy.login("bob", PASSWORD) as client:
        assert client.value("SELECT v FROM things") == "public"
    with proxy.login("ann", PASSWORD) as client:
        assert client.error("SELECT v FROM things")["C"] == "42501"
    with proxy.login("with_path", PASSWORD) as client:
        assert client.error("SELECT v FROM things")["C"] == "42501"
    # A role that is younger than the catalog snapshot.
    server.sql("DROP ROLE IF EXISTS newcomer; CREATE ROLE newcomer LOGIN PASSWORD 'own-Password-1'; ALTER ROLE newcomer SET search_path = ann")
    with proxy.login("newcomer", PASSWORD) as client:
        assert client.error("SELECT v FROM things")["C"] == "42501"


def test_pools_are_separate_per_user(start_proxy, server):
    proxy = start_proxy(passthrough_config(server, pool_size=1, pool_wait_timeout="5s"))
    with proxy.login("ann", PASSWORD) as ann, proxy.login("bob", PASSWORD) as bob:
        assert ann.value("SELECT pg_backend_pid()") != bob.value("SELECT pg_backend_pid()")
        assert [c.value("SELECT current_user") for c in (ann, bob)] == ["ann", "bob"]
        first = ann.value("SELECT pg_backend_pid()")
    # The connection is ann's again, and nobody else's.
    with proxy.login("bob", PASSWORD) as bob:
        assert bob.value("SELECT pg_backend_pid()") != first
    with proxy.login("ann", PASSWORD) as ann:
        assert ann.value("SELECT current_user") == "ann"


# --- Who one is not ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD + " "])
def test_wrong_password(proxy, password):
    _, error = refusal(proxy, "ann", password)
    assert (error["S"], error["C"], error["M"]) == ("FATAL", "28P01", 'password authentication failed for user "ann"')


@pytest.mark.parametrize("name", ["nobody", "no_login", "no_password", "expired", "never", "hashed_md5", "ann'--", "$1", "%", "ANN", "a" * 200])
def test_who_cannot_log_in_gets_what_a_wrong_password_gets(proxy, name):
    def shape(who, password):
        with proxy.connect() as client:
            client.send(messages.startup({"user": who, "database": "postgres"}))
            offer = client.read_message()
            exchange = scram.ScramClient(password)
            client.send(messages.sasl_initial_response("SCRAM-SHA-256", exchange.first()))
            server_first = messages.decode(client.read_message())[2]
            client.send(messages.sasl_response(exchange.final(server_first)))
            error = {k: v.replace(who[:63], "NAME") for k, v in client.fatal().items()}
            return offer, len(exchange.salt), exchange.iterations, error
    assert shape(name, PASSWORD) == shape("ann", "wrong")


def test_a_name_that_is_not_utf8_is_nobody(proxy):
    with proxy.connect() as client:
        client.send(messages.startup({"user": "ann", "database": "postgres"}).replace(b"ann", b"a\xff\xfe"))
        assert messages.decode(client.read_message())[1] == "SASL"


def test_unknown_users_salt_is_stable(proxy):
    def salt(name):
        with proxy.connect() as client:
            client.send(messages.startup({"user": name, "database": "postgres"}))
            client.read_message()
            exchange = scram.ScramClient("x")
            client.send(messages.sasl_initial_response("SCRAM-SHA-256", exchange.first()))
            exchange.final(messages.decode(client.read_message())[2])
            return exchange.salt
    assert salt("nobody") == salt("nobody") != salt("nobody_else")
    assert salt("ann") == salt("ann")


def test_unknown_database_is_told_only_after_the_password(proxy):
    assert refusal(proxy, "ann", "wrong", database="missing")[1]["C"] == "28P01"
    assert refusal(proxy, "nobody", PASSWORD, database="missing")[1]["C"] == "28P01"
    assert refusal(proxy, "ann", PASSWORD, database="missing")[1]["C"] == "3D000"
    assert refusal(proxy, "served_user", PASSWORD, database="missing")[1]["C"] == "3D000"


def test_the_fallback_entry(start_proxy, server):
    """Names that clients make up before they have proved anything reach neither the lookup nor the catalog loader."""
    config = passthrough_config(server)
    config["databases"] = {"*": passthrough(server, auth_dbname="template1")}
    proxy = start_proxy(config)
    assert_own_identity(proxy, "ann")
    for name in ("made_up", "postgres"):
        assert refusal(proxy, "ann", "wrong", database=name)[1]["C"] == "28P01"
    assert refusal(proxy, "ann", PASSWORD, database="made_up")[1]["C"] == "3D000"
    assert server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sql-proxy passwords' AND datname = 'template1'") == "1"


def test_the_servers_own_refusal_is_passed_on(proxy):
    """pg_hba.conf is about the user itself, who has proved who it is."""
    _, error = refusal(proxy, "refused", PASSWORD)
    assert error["C"] == "28000" and "pg_hba.conf rejects connection" in error["M"]


def test_secrets_are_nowhere(proxy, server):
    refusal(proxy, "ann", "canary-4711")
    left = proxy.stderr() + proxy.audit_path.read_text()
    verifier = server.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'ann'")
    for secret in ("canary-4711", PASSWORD, LOOKUP_PASSWORD, verifier, verifier.split("$")[2].split(":")[0]):
        assert secret not in left


# --- Methods ----------------------------------------------------------------------------------------------------------


def test_channel_binding(proxy, certificates):
    with proxy.connect() as client:
        client.request_tls(tls_context(ca=certificates.path("ca.crt")))
        client.login("ann", PASSWORD, database="postgres", mechanism="SCRAM-SHA-256-PLUS",
                     gs2_header="p=tls-server-end-point,,", binding=client.certificate_hash())
        assert client.value("SELECT current_user") == "ann"
    assert refusal(proxy, "ann", PASSWORD, tls=tls_context(), mechanism="SCRAM-SHA-256-PLUS", gs2_header="p=tls-server-end-point,,", binding=b"\1" * 32)[1]["C"] == "28000"


def test_tls_to_the_server_binds_the_keys_too(start_proxy, server):
    proxy = start_proxy(passthrough_config(server, tls="require"))
    with proxy.login("ann", PASSWORD) as client:
        assert client.rows("SELECT current_user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0] == ["ann", "t"]


def test_md5_method(start_proxy, server):
    proxy = start_proxy(passthrough_config(server, method="md5"))
    with proxy.login("hashed_md5", PASSWORD) as client:
        assert client.login_info.messages[0].body[:4] == b"\0\0\0\5", "AuthenticationMD5Password"
        assert client.value("SELECT current_user") == "hashed_md5"
    assert refusal(proxy, "hashed_md5", "wrong")[1]["C"] == "28P01"
    # As in PostgreSQL, who has a SCRAM verifier is asked for that, and who does not exist too.
    assert_own_identity(proxy, "ann")
    assert refusal(proxy, "ann", "wrong")[0] == refusal(proxy, "nobody", "wrong")[0] == "RRE"


def test_clear_text_method(start_proxy, server, certificates):
    config = passthrough_config(server, method="password", auth_cache_ttl="1h")
    config["server"]["tls"] = {"mode": "require", "cert": certificates.path("server.crt"), "key": certificates.path("server.key")}
    proxy = start_proxy(config)
    for name in ("ann", "hashed_md5"):
        with proxy.connect() as client:
            client.request_tls(tls_context())
            client.login(name, PASSWORD, database="postgres")
            assert client.value("SELECT session_user") == name
        assert refusal(proxy, name, "wrong", tls=tls_context())[1]["C"] == "28P01"
    assert refusal(proxy, "nobody", PASSWORD, tls=tls_context())[1]["C"] == "28P01"
    # The new password is judged by what the server has now.
    server.sql(f"CREATE ROLE changing_clear LOGIN PASSWORD '{PASSWORD}'")
    for password in (PASSWORD, NEW_PASSWORD):
        server.sql(f"ALTER ROLE changing_clear PASSWORD '{password}'")
        with proxy.connect() as client:
            client.request_tls(tls_context())
            client.login("changing_clear", password, database="postgres")


def test_methods_without_a_password_let_nobody_in(start_proxy, server):
    proxy = start_proxy(passthrough_config(server, method="trust"))
    assert refusal(proxy, "ann", None)[1]["C"] == "28000"
    assert refusal(proxy, "nobody", None)[1]["C"] == "28000"


# --- What changes -----------------------------------------------------------------------------------------------------


@pytest.fixture
def changing(server):
    server.sql(f"DROP ROLE IF EXISTS changing; CREATE ROLE changing LOGIN PASSWORD '{PASSWORD}'")
    return "changing"


def test_a_changed_password_is_noticed_though_the_old_one_is_remembered(start_proxy, server, changing):
    proxy = start_proxy(passthrough_config(server, auth_cache_ttl="1h"))
    with proxy.login(changing, PASSWORD) as client:
        server.sql(f"ALTER ROLE {changing} PASSWORD '{NEW_PASSWORD}'")
        # The new password meets the old salt once; that is noticed.
        assert refusal(proxy, changing, NEW_PASSWORD)[1]["C"] == "28P01"
        with proxy.login(changing, NEW_PASSWORD) as new:
            assert new.value("SELECT current_user") == changing
        assert refusal(proxy, changing, PASSWORD)[1]["C"] == "28P01"
        assert client.value("SELECT 1") == "1", "a session outlives its password, as in PostgreSQL"


def test_the_old_password_opens_no_new_server_connection(start_proxy, server, changing):
    """The proxy believes the verifier still, the server does not: the keys do not fit, and nothing is remembered."""
    proxy = start_proxy(passthrough_config(server, auth_cache_ttl="1h"))
    with proxy.login(changing, PASSWORD) as client:
        client.query("BEGIN")  # no connection of the old password is free
        server.sql(f"ALTER ROLE {changing} PASSWORD '{NEW_PASSWORD}'")
        assert refusal(proxy, changing, PASSWORD)[1]["M"] == f'password authentication failed for user "{changing}"'
        assert client.value("SELECT 1") == "1"
    with proxy.login(changing, NEW_PASSWORD) as client:
        assert client.value("SELECT current_user") == changing


def test_a_server_connection_of_the_old_password_serves_nobody_with_the_new_one(start_proxy, server, changing):
    config = passthrough_config(server)
    config["server"]["threads"] = 1
    proxy = start_proxy(config)

    def pid_of_a_login(password):
        with proxy.login(changing, password) as client:
            pid = client.value("SELECT pg_backend_pid()")
        time.sleep(0.3)  # reset, and idle in the pool
        return pid
    old = pid_of_a_login(PASSWORD)
    assert pid_of_a_login(PASSWORD) == old, "with the same password it is used again"
    server.sql(f"ALTER ROLE {changing} PASSWORD '{NEW_PASSWORD}'")
    time.sleep(1.1)
    new = pid_of_a_login(NEW_PASSWORD)
    assert new != old
    assert pid_of_a_login(NEW_PASSWORD) == new


def test_by_default_changes_are_felt_within_seconds(proxy, server, changing):
    def logs_in(password):
        try:
            proxy.login(changing, password).close()
        except ServerError:
            return False
        return True
    assert logs_in(PASSWORD)
    for change in (f"PASSWORD '{NEW_PASSWORD}'", "NOLOGIN", "VALID UNTIL '2001-01-01'", "PASSWORD NULL"):
        server.sql(f"ALTER ROLE {changing} LOGIN VALID UNTIL 'infinity' PASSWORD '{PASSWORD}'")
        wait_for(lambda: logs_in(PASSWORD), what=f"the way back before {change}")
        server.sql(f"ALTER ROLE {changing} {change}")
        wait_for(lambda: not logs_in(PASSWORD), what=change)
    server.sql(f"DROP ROLE {changing}")
    assert not logs_in(PASSWORD)


def test_a_verifier_is_not_believed_past_its_valid_until(start_proxy, server, changing):
    proxy = start_proxy(passthrough_config(server, auth_cache_ttl="1h"))
    server.sql(f"ALTER ROLE {changing} VALID UNTIL '{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(time.time() + 4))}+00'")
    with proxy.login(changing, PASSWORD) as client:
        assert client.value("SELECT 1") == "1"
    time.sleep(4.2)
    shape, error = refusal(proxy, changing, PASSWORD)
    assert (shape, error["C"]) == ("RRE", "28P01")


def test_what_was_found_is_remembered(start_proxy, server):
    server.sql("DROP SEQUENCE IF EXISTS lookups; CREATE SEQUENCE lookups")
    query = "SELECT rolname, rolpassword, 1000 + 0 * nextval('public.lookups') FROM pg_authid WHERE rolname = $1"
    proxy = start_proxy(passthrough_config(server, auth_query=query, auth_cache_ttl="1h"))

    def lookups():
        return int(server.value("SELECT last_value FROM lookups"))
    for _ in range(5):
        assert_own_identity(proxy, "ann")
    assert lookups() == 1
    assert_own_identity(proxy, "bob")
    assert lookups() == 2
    # A failure forgets: the password may be a new one.
    refusal(proxy, "ann", "wrong")
    assert_own_identity(proxy, "ann")
    assert lookups() == 3


# --- The lookup -------------------------------------------------------------------------------------------------------

# Whoever may create objects in the database asked could put these before PostgreSQL's own.
TRAPS = """
CREATE TABLE public.pg_authid (rolname name, rolpassword text, rolvaliduntil timestamptz, rolcanlogin boolean);
INSERT INTO public.pg_authid SELECT 'ann', '{verifier}', NULL, true;
CREATE TABLE public.caught (by text);
GRANT ALL ON public.caught, public.pg_authid TO public;
CREATE FUNCTION public.trap(name, name) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.caught VALUES ('operator'); RETURN true; END $$;
CREATE FUNCTION public.trap(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.caught VALUES ('operator'); RETURN true; END $$;
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = public.trap);
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.trap);
CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.caught VALUES ('now'); RETURN '-infinity'; END $$;
CREATE FUNCTION public.date_part(text, timestamptz) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.caught VALUES ('date_part'); RETURN 1; END $$;
ALTER DATABASE trapped SET search_path = public, pg_catalog;
ALTER ROLE lookup SET search_path = public, pg_catalog;
ALTER ROLE lookup IN DATABASE trapped SET search_path = public, pg_catalog;
"""


@pytest.mark.parametrize("query", [
    None,
    # Somebody's own one, without a schema anywhere.
    "SELECT rolname, rolpassword, date_part('epoch', rolvaliduntil) - date_part('epoch', now()) FROM pg_authid WHERE rolname = $1 AND rolcanlogin",
], ids=["default", "unqualified"])
def test_nobody_can_interpose_objects_in_the_lookup(start_proxy, server, query):
    server.sql("DROP DATABASE IF EXISTS trapped WITH (FORCE)")
    server.sql("CREATE DATABASE trapped")
    server.sql(TRAPS.format(verifier=scram.make_verifier("attacker's")), "trapped")
    try:
        # The trap works.
        direct = server.admin("trapped")
        with direct:
            direct.query("SET search_path = public, pg_catalog")
            assert direct.value("SELECT rolpassword LIKE 'SCRAM%' FROM pg_authid WHERE rolname = 'ann'::name") == "t"
            assert direct.value("SELECT count(*) > 0 FROM public.caught") == "t"
            direct.query("TRUNCATE public.caught")
        proxy = start_proxy(passthrough_config(server, auth_dbname="trapped", **({"auth_query": query} if query else {})))
        assert refusal(proxy, "ann", "attacker's")[1]["C"] == "28P01"
        assert_own_identity(proxy, "ann")
        # Not the client's either.
        with pytest.raises(ServerError):
            proxy.login("bob", "attacker's", parameters={"search_path": "public,pg_catalog", "options": "-c search_path=public"})
        assert server.sql("SELECT * FROM public.caught", "trapped") == []
    finally:
        server.sql("ALTER ROLE lookup RESET ALL")
        server.sql("ALTER ROLE lookup IN DATABASE trapped RESET ALL")


def test_a_function_for_lookup_users_without_rights(start_proxy, server):
    """As docs/configuration.md shows it."""
    server.sql(f"""
        DROP FUNCTION IF EXISTS public.sql_proxy_verifier(text); DROP ROLE IF EXISTS modest;
        CREATE ROLE modest LOGIN PASSWORD '{LOOKUP_PASSWORD}';
        CREATE FUNCTION public.sql_proxy_verifier(wanted text)
          RETURNS TABLE (name text, verifier text, seconds_left double precision)
          LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
          SELECT rolname, rolpassword, date_part('epoch', rolvaliduntil) - date_part('epoch', now())
            FROM pg_authid WHERE rolname = wanted AND rolcanlogin AND NOT rolsuper
        $$;
        REVOKE ALL ON FUNCTION public.sql_proxy_verifier(text) FROM public;
        GRANT EXECUTE ON FUNCTION public.sql_proxy_verifier(text) TO modest;""")
    proxy = start_proxy(passthrough_config(server, user="modest", auth_query="SELECT * FROM public.sql_proxy_verifier($1)"))
    assert_own_identity(proxy, "ann")
    assert refusal(proxy, "expired", PASSWORD)[1]["C"] == "28P01"
    assert refusal(proxy, LOOKUP_USER, LOOKUP_PASSWORD)[1]["C"] == "28P01", "superusers are not the function's to give"


@pytest.mark.parametrize("query, said", [
    ("SELECT 'ann'::text, rolpassword FROM pg_authid WHERE rolname = 'ann' AND $1::text IS NOT NULL", "for another user"),
    ("SELECT $1::text, rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL", "more than one row"),
    ("SELECT rolname FROM pg_authid WHERE rolname = $1", "two columns"),
    ("SELECT rolname, rolpassword, rolvaliduntil FROM pg_authid WHERE rolname = $1 AND rolvaliduntil IS NOT NULL OR rolname = $1", "not a number"),
    ("SELECT rolname, rolpassword FROM no_such_table WHERE rolname = $1", "no_such_table"),
    ("SELECT rolname, rolpassword::int::text FROM pg_authid WHERE rolname = $1", "22P02"),
], ids=["other", "many", "columns", "third", "missing", "quoting"])
def test_a_query_that_is_wrong_lets_nobody_in_and_is_told_to_the_operator(start_proxy, server, query, said):
    proxy = start_proxy(passthrough_config(server, auth_query=query))
    name = "later" if "rolvaliduntil" in query else "bob"
    _, error = refusal(proxy, name, PASSWORD)
    assert error["C"] == "57P03" and said not in str(error)
    wait_for(lambda: said in proxy.stderr(), what="the log line")
    assert "SCRAM-SHA-256$" not in proxy.stderr(), "an error's text can quote what the query read"


def test_a_lookup_user_without_rights(start_proxy, server):
    server.sql(f"DROP ROLE IF EXISTS powerless; CREATE ROLE powerless LOGIN PASSWORD '{LOOKUP_PASSWORD}'")
    proxy = start_proxy(passthrough_config(server, user="powerless"))
    shape, error = refusal(proxy, "ann", PASSWORD)
    assert (shape, error["C"]) == ("E", "57P03")
    assert "permission denied for table pg_authid" in proxy.stderr()


def test_the_lookup_server_is_away_and_comes_back(start_proxy, certificates):
    postgres = Postgres(certificates=certificates, hba=HBA).start()
    try:
        postgres.sql(ROLES)
        proxy = start_proxy(passthrough_config(postgres, auth_cache_ttl="0s"))
        assert_own_identity(proxy, "ann")
        postgres.restart()
        # The kept connection is dead, which is not the client's affair.
        assert_own_identity(proxy, "ann")
        postgres._run(*_stop_command(postgres))
        for name, password in (("ann", PASSWORD), ("ann", "wrong"), ("nobody", "x")):
            shape, error = refusal(proxy, name, password)
            assert (shape, error["C"]) == ("E", "57P03"), "not 28P01, which would make a driver forget the password"
            assert error["M"] == 'database "postgres" is not available'
        # Service databases do not care, as far as logging in goes: the configuration's users are still told apart.
        assert refusal(proxy, "served_user", "wrong", database="served")[1]["C"] == "28P01"
        postgres.restart()
        assert_own_identity(proxy, "ann")
    finally:
        postgres.stop()


def _stop_command(postgres):
    return BINARIES / "pg_ctl", "-D", postgres._data, "-w", "-m", "fast", "stop"


def test_a_silent_lookup_server_does_not_hold_up_the_others(start_proxy, server):
    """A listener that accepts and says nothing; other databases log in meanwhile, and the proxy stops in time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = passthrough_config(server)
        config["databases"]["silent"] = {**passthrough(server), "port": silent.getsockname()[1]}
        proxy = start_proxy(config)
        with proxy.connect() as waiting:
            waiting.send(messages.startup({"user": "ann", "database": "silent"}))
            start = time.monotonic()
            assert_own_identity(proxy, "ann")
            assert time.monotonic() - start < 2
            assert waiting.fatal()["C"] == "57P03"
            assert time.monotonic() - start < 9


def test_a_stop_does_not_wait_for_a_silent_lookup_server(start_proxy, server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = passthrough_config(server)
        config["databases"]["silent"] = {**passthrough(server), "port": silent.getsockname()[1]}
        proxy = start_proxy(config)
        with proxy.connect() as waiting:
            waiting.send(messages.startup({"user": "ann", "database": "silent"}))
            silent.accept()  # the lookup is under way
            start = time.monotonic()
            proxy.process.send_signal(signal.SIGINT)
            proxy.wait()
            assert time.monotonic() - start < 4, "the farewell to the client takes up to two"


def test_a_reload_turns_passthrough_on_and_off(start_proxy, server):
    config = passthrough_config(server)
    proxy = start_proxy(config)
    assert_own_identity(proxy, "ann")
    proxy.config["databases"]["postgres"] = database(server)
    proxy.reload_and_wait()
    with proxy.login("served_user", PASSWORD) as client:
        assert client.value("SELECT current_user") == SERVICE_USER
    assert refusal(proxy, "ann", PASSWORD)[1]["C"] == "28P01"
    proxy.config["databases"]["postgres"] = passthrough(server)
    proxy.reload_and_wait()
    assert_own_identity(proxy, "ann")
